import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Kết quả và lý do nghỉ",
  hint: "Những lựa chọn của tổng đài viên sau cuộc gọi và khi tạm nghỉ.",
  dispositions: "Kết quả xử lý",
  dispositionsHint: "Cuộc gọi về việc gì. Hàng đợi có thể bắt buộc chọn.",
  addDisposition: "Thêm kết quả",
  noDispositions: "Chưa có kết quả nào",
  noDispositionsText: "Hãy thêm để tổng đài viên ghi lại cuộc gọi về việc gì.",
  breaks: "Lý do nghỉ",
  breaksHint: "Tổng đài viên chọn khi tạm nghỉ; giám sát viên nhìn thấy.",
  addBreak: "Thêm lý do",
  noBreaks: "Chưa có lý do nào",
  noBreaksText: "Khi không có lý do, tổng đài viên chỉ chọn tạm nghỉ.",
  name: "Tên",
  label: "Tiếng Việt",
  labelEn: "Tiếng Anh",
  code: "Mã",
  codeHint: "Dùng cho báo cáo, không đổi khi sửa chữ. Chữ thường không dấu, số, _ và -.",
  badCode: "Chỉ dùng chữ thường không dấu, số, _ và -",
  position: "Vị trí trong danh sách",
  positionHint: "Số nhỏ đứng trước.",
  queues: "Hàng đợi",
  queuesHint: "Chỉ sau cuộc gọi của các hàng đợi này. Để trống: tất cả.",
  state: "Trạng thái",
  active: "Cho tổng đài viên chọn",
  activeHint: "Khi tắt, các cuộc gọi cũ vẫn giữ kết quả này.",
  offered: "Đang dùng",
  off: "Đã tắt",
  system: "Có sẵn",
};
