import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  skip: "Tới nội dung chính",
  menu: "Trình đơn",
  nav: {
    label: "Các trang",
    operations: "Vận hành",
    status: "Trạng thái",
    machines: "Dành cho máy",
    openapi: "Mô tả OpenAPI",
    metrics: "Số đo Prometheus",
    figures: "Trạng thái dạng JSON",
  },
  licence: "Phần mềm tự do, GPL-3.0-or-later",
  language: { label: "Ngôn ngữ", vi: "Tiếng Việt", en: "English" },
  scheme: { toLight: "Giao diện sáng", toDark: "Giao diện tối" },
  notFound: { title: "Không có trang này", back: "Về trang trạng thái" },
  crash: {
    title: "Trang này gặp lỗi",
    text: "Tổng đài vẫn hoạt động. Hãy tải lại trang; nếu vẫn lỗi, xin báo lại nội dung sau:",
    reload: "Tải lại",
  },
};
