import type { Translated } from "@/shared/i18n/texts";

import type { en } from "./en";

export const vi: Translated<typeof en> = {
  title: "Hộp thư thoại",
  hint: "Lời nhắn khách để lại trong hộp thư của các cửa hàng bạn phụ trách.",
  shown: "Lời nhắn nào",
  show: { fresh: "Mới", heard: "Đã nghe", all: "Tất cả" },
  none: "Không có lời nhắn",
  noneText: "Khi khách để lại lời nhắn, lời nhắn sẽ hiện ở đây.",
  listen: "Lời nhắn của {{number}}",
  notReady: "Khách vẫn đang nói.",
  fresh: "Mới",
  heard: "Đã nghe",
  markHeard: "Đánh dấu đã nghe",
  markFresh: "Đánh dấu là mới",
  call: "Xem cuộc gọi",
};
