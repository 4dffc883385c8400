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
    live: "Hàng đợi trực tiếp",
    calls: "Cuộc gọi",
    customers: "Khách hàng",
    voicemails: "Hộp thư thoại",
    callbacks: "Gọi lại cho khách",
    users: "Người dùng",
    queues: "Hàng đợi",
    flows: "Luồng cuộc gọi",
    dispositions: "Kết quả và lý do nghỉ",
    stores: "Cửa hàng",
    audit: "Nhật ký kiểm tra",
    status: "Trạng thái",
  },
  user: { menu: "{{name}}: tài khoản và đăng xuất", account: "Tài khoản của tôi", signOut: "Đăng xuất" },
  expired: {
    title: "Hãy đăng nhập lại",
    text: "Phiên làm việc đã hết. Đăng nhập lại để tiếp tục; nội dung đang nhập vẫn còn nguyên.",
    other: "Đăng nhập bằng tài khoản khác",
  },
  lost: {
    short: "Mất kết nối trực tiếp",
    text: "Mất kết nối trực tiếp từ {{ago}}: số liệu có thể đã cũ. Đang nối lại.",
    retry: "Nối lại ngay",
  },
  palette: {
    open: "Đi tới hoặc tìm",
    placeholder: "Tên trang, tên khách hoặc số điện thoại",
    customers: "Tìm “{{text}}” trong khách hàng",
    calls: "Tìm “{{text}}” trong cuộc gọi",
    none: "Không tìm thấy",
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
