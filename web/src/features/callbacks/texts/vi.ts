import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Gọi lại cho khách",
  hint: "Khách đã gác máy nhưng vẫn giữ chỗ trong hàng đợi.",
  shown: "Yêu cầu nào",
  show: { open: "Chưa xong", closed: "Đã xong", all: "Tất cả" },
  none: "Không có yêu cầu gọi lại",
  noneText: "Khách chọn được gọi lại và những yêu cầu bạn thêm sẽ hiện ở đây.",
  add: "Thêm yêu cầu",
  added: "Khách đã có chỗ trong hàng đợi",
  badNumber: "Hãy nhập số điện thoại.",
  whenFree: "Khi có người rảnh",
  notBefore: "Không trước {{when}}",
  closed: "Xong lúc {{when}}",
  cancel: "Hủy",
  cancelTitle: "Hủy gọi lại cho {{who}}?",
  cancelText: "Khách mất chỗ trong hàng đợi và sẽ không được gọi.",
  cancelled: "Đã hủy yêu cầu gọi lại",
  state: {
    pending: "Đang chờ",
    dialling: "Đang gọi",
    done: "Đã nói chuyện",
    failed: "Không gặp được",
    expired: "Quá hạn",
    cancelled: "Đã hủy",
    resumed: "Khách đã gọi lại",
  },
  columns: {
    number: "Khách hàng hoặc số",
    name: "Tên",
    note: "Ghi chú",
    queue: "Hàng đợi",
    state: "Trạng thái",
    since: "Đã chờ",
    attempts: "Số lần gọi",
    next: "Tiếp theo",
  },
};
