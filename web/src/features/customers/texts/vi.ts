import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Khách hàng",
  hint: "Khách của các cửa hàng bạn phụ trách và khách bạn từng nói chuyện.",
  search: "Tên, số, mã hoặc e-mail",
  none: "Không tìm thấy khách hàng",
  noneText: "Hãy thử một phần của tên hoặc các số cuối.",
  noneAtAll: "Nhập khách hàng từ tệp CSV bằng lệnh: callcenter import customers.",
  vip: "VIP {{level}}",
  facts: "Thông tin",
  last: "Liên hệ gần nhất",
  email: "E-mail",
  address: "Địa chỉ",
  timeline: "Lịch sử",
  timelineHint: "Cuộc gọi, mua hàng, dịch vụ và yêu cầu, mới nhất ở trên.",
  nothing: "Chưa có gì.",
  columns: { name: "Tên", phones: "Số điện thoại", code: "Mã", store: "Cửa hàng" },
  kind: {
    call_in_answered: "Khách gọi đến",
    call_out_answered: "Gọi cho khách",
    call_out_unanswered: "Gọi cho khách, không nghe máy",
    call: "Khách gọi, không gặp ai",
    purchase: "Mua hàng",
    service_order: "Phiếu dịch vụ",
    ticket: "Yêu cầu hỗ trợ",
  },
};
