"""What the headings and words in import files mean, folded (see :func:`~callcenter.crm.csv_file.fold`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callcenter.crm.interaction import InteractionKind

CUSTOMER_COLUMNS: Mapping[str, Sequence[str]] = {
    "code": ("customer code", "customer id", "ma kh", "ma khach hang", "makh", "ma"),
    "name": ("full name", "customer name", "ten", "ho ten", "ho va ten", "ten khach hang", "ten kh", "khach hang"),
    "phone": (
        "phone number", "phones", "phone 1", "phone 2", "phone 3", "mobile", "tel", "telephone", "so dien thoai", "sdt",
        "dien thoai", "di dong", "so dt", "sdt 2", "so dien thoai 2", "dien thoai 2",
    ),
    "language": ("lang", "ngon ngu"),
    "email": ("e mail", "thu dien tu"),
    "address": ("dia chi",),
    "notes": ("note", "ghi chu"),
    "store": ("store code", "owner store", "cua hang", "ma cua hang", "chi nhanh", "cua hang phu trach"),
    "vip": ("vip level", "hang vip", "muc vip"),
    "contact_at": (
        "last contact", "last purchase", "contact date", "date", "ngay", "ngay mua", "ngay lien he", "lan lien he cuoi",
        "ngay giao dich", "ngay mua cuoi", "thoi gian",
    ),
    "contact_store": ("contact store code", "last store", "cua hang lien he", "cua hang mua", "cua hang giao dich"),
    "contact_kind": ("kind", "type", "contact type", "loai", "loai lien he", "loai giao dich"),
    "talk_s": ("talk seconds", "thoi luong", "thoi luong goi"),
    "reference": ("order", "order no", "receipt", "ma don", "ma don hang", "so phieu", "hoa don", "so hoa don"),
}  # fmt: skip

STORE_COLUMNS: Mapping[str, Sequence[str]] = {
    "code": ("store code", "ma", "ma cua hang", "ma ch"),
    "name": ("store name", "ten", "ten cua hang", "cua hang"),
    "phone": ("phones", "phone number", "so dien thoai", "sdt", "dien thoai", "hotline"),
    "region": ("khu vuc", "vung", "mien", "tinh", "thanh pho"),
    "sister": ("sister store", "sister store code", "cua hang lan can", "cua hang du phong", "cua hang ket nghia"),
    "merged_into": ("merged into code", "sap nhap vao", "chuyen ve"),
    "closed": ("da dong cua", "dong cua"),
    "hours": ("opening hours", "gio mo cua", "gio lam viec"),
    "holidays_closed": ("closed on holidays", "nghi le"),
    "address": ("dia chi",),
    "language": ("lang", "ngon ngu"),
}

CONTACT_KINDS: Mapping[str, InteractionKind] = {
    "purchase": InteractionKind.PURCHASE,
    "mua": InteractionKind.PURCHASE,
    "mua hang": InteractionKind.PURCHASE,
    "service": InteractionKind.SERVICE_ORDER,
    "service order": InteractionKind.SERVICE_ORDER,
    "dich vu": InteractionKind.SERVICE_ORDER,
    "sua chua": InteractionKind.SERVICE_ORDER,
    "bao hanh": InteractionKind.SERVICE_ORDER,
    "bao duong": InteractionKind.SERVICE_ORDER,
    "ticket": InteractionKind.TICKET,
    "phieu": InteractionKind.TICKET,
    "khieu nai": InteractionKind.TICKET,
    "call": InteractionKind.CALL_IN_ANSWERED,
    "goi den": InteractionKind.CALL_IN_ANSWERED,
    "call in answered": InteractionKind.CALL_IN_ANSWERED,
    "goi di": InteractionKind.CALL_OUT_ANSWERED,
    "call out answered": InteractionKind.CALL_OUT_ANSWERED,
    "goi nho": InteractionKind.CALL_OUT_UNANSWERED,
    "call out unanswered": InteractionKind.CALL_OUT_UNANSWERED,
}
