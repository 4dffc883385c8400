import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Đăng nhập",
  hint: "Bằng tài khoản mà quản trị viên đã cấp cho bạn.",
  login: "Tên đăng nhập",
  password: "Mật khẩu",
  showPassword: "Hiện hoặc ẩn mật khẩu",
  submit: "Đăng nhập",
  missing: "Vui lòng nhập mục này.",
  throttled_other: "Thử quá nhiều lần. Hãy thử lại sau {{count}} giây.",
};
