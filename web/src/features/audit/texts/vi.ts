import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Nhật ký kiểm tra",
  hint: "Ai làm gì, lúc nào, từ đâu. Các dòng chỉ được thêm, không bao giờ bị sửa.",
  none: "Không có dòng nào",
  noneText: "Không có kết quả phù hợp với điều kiện lọc.",
  system: "hệ thống",
  topic: "Về việc",
  topics: {
    session: "Đăng nhập, đăng xuất",
    user: "Người dùng",
    password: "Mật khẩu",
    token: "Khóa API",
    recording: "Nghe ghi âm",
    voicemail: "Nghe lời nhắn",
  },
  outcome: { done: "Đã làm", refused: "Bị từ chối", failed: "Lỗi" },
  columns: { action: "Việc", who: "Ai", at: "Lúc", source: "Từ", outcome: "Kết quả", changes: "Thay đổi" },
};
