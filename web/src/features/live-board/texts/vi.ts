import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Hàng đợi trực tiếp",
  hint: "Ai đang chờ, ai đang làm việc và hôm nay ra sao, ngay lúc này.",
  showStores: "Cả hàng đợi của cửa hàng",
  noQueues: "Chưa có hàng đợi",
  noQueuesText: "Tạo hàng đợi ở mục Quản trị, Hàng đợi.",
  noAgents: "Chưa có tổng đài viên",
  noAgentsText: "Người dùng được gán máy lẻ sẽ trở thành tổng đài viên.",
  noEstimate: "Chưa đủ số liệu để ước tính thời gian chờ",
  estimate: "Khách gọi lúc này chờ khoảng {{duration}}",
  level: "{{share}} kịp thời",
  noLevel: "Hôm nay chưa có cuộc gọi",
  waiting: "Đang chờ",
  longest: "Chờ lâu nhất",
  free: "Người rảnh",
  noneWaiting: "Không có ai đang chờ.",
  callback: "hẹn gọi lại",
  ringing_other: "đang đổ chuông {{count}} người",
  moreWaiting_other: "Thêm {{count}} khách",
  fewer: "Thu gọn",
  over: "quá mục tiêu",
  farOver: "quá lâu",
  agents: "Tổng đài viên",
  nobody: "Chưa có ai trong hàng đợi này.",
  today:
    "Hôm nay {{offered}} khách vào, {{answered}} được trả lời, {{abandoned}} bỏ máy, {{calledBack}} được gọi lại · mục tiêu {{target}} giây",
  columns: {
    agent: "Tổng đài viên",
    state: "Trạng thái",
    since: "Đã được",
    queues: "Hàng đợi",
    store: "Cửa hàng",
    change: "Đổi",
  },
  noExtension: "chưa có máy lẻ",
  next: "sau đó: {{state}}",
  change: "Đổi trạng thái của {{name}}",
  afterCall: "Sau cuộc gọi",
  forced: "Đã đổi trạng thái của {{name}}",
};
