import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Bàn làm việc",
  idle: {
    title: "Chưa có cuộc gọi",
    text: "Cuộc gọi tiếp theo hiện ở đây cùng mọi điều đã biết về khách, trước khi bạn trả lời.",
    tips: {
      state: "Chọn trạng thái của bạn ở khung điện thoại góc dưới bên phải.",
      dial: "Nhấn Alt + C để gọi đi.",
      help: "Nhấn ? để xem mọi phím tắt.",
    },
  },
  queues: {
    title: "Hàng đợi của tôi",
    none: "Bạn không ở hàng đợi nào. Cuộc gọi chỉ tới qua máy lẻ của bạn.",
    waiting_other: "{{count}} đang chờ",
    nobody: "Không ai chờ",
    longest: "lâu nhất {{time}}",
    free_other: "{{count}} người rảnh",
  },
  calls: {
    title: "Cuộc gọi gần đây",
    none: "Chưa có cuộc gọi nào.",
    all: "Xem tất cả",
    call: "Gọi {{number}}",
    answered: "Đã trả lời",
    missed: "Gọi nhỡ",
  },
  callbacks: {
    title: "Yêu cầu gọi lại",
    none: "Không ai đang chờ gọi lại.",
    since: "yêu cầu {{ago}}",
    all: "Xem tất cả",
  },
};
