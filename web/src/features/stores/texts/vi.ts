import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Cửa hàng",
  hint: "Các cửa hàng trong chuỗi. Mỗi cửa hàng có hàng đợi riêng.",
  search: "Tên, mã hoặc vùng",
  none: "Không tìm thấy cửa hàng",
  noneText: "Nhập cửa hàng từ tệp CSV bằng lệnh: callcenter import stores.",
  open: "Đang hoạt động",
  closed: "Đã đóng cửa",
  columns: {
    name: "Cửa hàng",
    region: "Vùng",
    address: "Địa chỉ",
    phones: "Số công khai",
    extensions: "Máy lẻ",
    state: "Trạng thái",
  },
};
