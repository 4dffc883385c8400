import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  skip: "Tới nội dung chính",
  menu: "Trình đơn",
  nav: {
    label: "Các trang",
    work: "Công việc",
    administration: "Quản trị",
    desk: "Bàn làm việc",
    status: "Trạng thái",
  },
  licence: "Phần mềm tự do, GPL-3.0-or-later",
  language: { label: "Ngôn ngữ", vi: "Tiếng Việt", en: "English" },
  scheme: { toLight: "Giao diện sáng", toDark: "Giao diện tối" },
  notFound: { title: "Không có trang này", back: "Về trang đầu" },
  away: {
    title: "Tổng đài không trả lời",
    text: "Chưa có gì để hiển thị. Tổng đài đã chạy chưa? Khởi động bằng lệnh",
    trying: "Trang này hỏi lại mỗi {{seconds}} giây.",
    retry: "Thử lại",
  },
  crash: {
    title: "Trang này gặp lỗi",
    text: "Tổng đài vẫn hoạt động. Hãy tải lại trang; nếu vẫn lỗi, xin báo lại nội dung sau:",
    reload: "Tải lại",
  },
};
