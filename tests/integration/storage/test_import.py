"""Spreadsheets into the database."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.crm.csv_file import UnreadableFile
from callcenter.crm.customer import Customer
from callcenter.crm.import_csv import ImportOptions, ImportReport, import_customers, import_stores
from callcenter.crm.interaction import InteractionKind
from callcenter.storage.database import Database
from callcenter.storage.repositories.customers import CustomerTable, InteractionTable
from callcenter.storage.repositories.stores import StoreTable

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
OPTIONS = ImportOptions(now=NOW)
STORES = {"HN-01": "a", "HN-02": "b"}
VIETNAMESE = """Mã KH;Họ và tên;Số điện thoại;SĐT 2;Cửa hàng;Ngày mua;Mã đơn;Màu yêu thích
KH-1;Nguyễn Văn An;0912 345 678;01234567890;HN-01;28/02/2026 09:30;DH-1;xanh
KH-1;;;;HN-02;01/03/2026;DH-2;
KH-2;Trần Thị Bình;+84987654321;;hn-02;;;đỏ
"""


async def _import(database: Database, path: Path, options: ImportOptions = OPTIONS) -> ImportReport:
    return await import_customers(path, CustomerTable(database), InteractionTable(database), STORES, options)


def _counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.contacts, len(report.refused)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
async def test_customers_with_their_histories(database: Database, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "khach.csv"
    if encoding == "cp1258":
        path.write_bytes(_to_cp1258(VIETNAMESE))
    else:
        path.write_text(VIETNAMESE, encoding=encoding)

    report = await _import(database, path)
    again = await _import(database, path)

    assert _counts(report) == (2, 1, 0, 2, 0)
    assert report.unknown_columns == ("Màu yêu thích",)
    assert _counts(again) == (0, 2, 1, 2, 0)
    found = (await CustomerTable(database).match("+84912345678")).customer
    assert found is not None
    assert found == Customer(
        id=found.id,
        code="KH-1",
        name="Nguyễn Văn An",
        phones=("+84912345678", "+84834567890"),
        owner_store_id="b",
        created_at=NOW,
    )
    history = await InteractionTable(database).history(None, (found.id,), NOW - timedelta(days=30))
    assert [(event.kind, event.store_id, event.at, event.reference) for event in history] == [
        (InteractionKind.PURCHASE, "b", datetime(2026, 2, 28, 17, 0, tzinfo=UTC), "DH-2"),
        (InteractionKind.PURCHASE, "a", datetime(2026, 2, 28, 2, 30, tzinfo=UTC), "DH-1"),
    ]
    assert (await CustomerTable(database).match("+84987654321")).customer is not None


def _to_cp1258(text: str) -> bytes:
    """Encode as Windows does: the tone marks stand apart from their letters."""
    encoded = bytearray()
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        tones = "".join(part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323")
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        encoded += letter.encode("cp1258") + tones.encode("cp1258")
    return bytes(encoded)


async def test_refused_lines_are_written_to_a_file_that_can_be_corrected(database: Database, tmp_path: Path) -> None:
    path, errors = tmp_path / "in.csv", tmp_path / "out" / "errors.csv"
    path.write_text(
        "name,phone,store,last purchase\n"
        "An,0912345678,HN-01,2026-02-28\n"
        "Bad phone,abc,,\n"
        ",,,\n"
        "No phone,,,\n"
        "Bad store,0912345679,XX,\n"
        "Bad date,0912345670,HN-01,yesterday\n"
        "No store,0912345671,,2026-02-28\n"
    )
    report = await _import(database, path, replace(OPTIONS, error_file=errors))

    assert _counts(report) == (1, 0, 0, 1, 5)
    assert report.error_file == errors
    assert errors.read_text(encoding="utf-8-sig").splitlines() == [
        "line,reason,name,phone,store,last purchase",
        "3,'abc' is no phone number,Bad phone,abc,,",
        "5,neither a phone number nor a customer code,No phone,,,",
        "6,unknown store 'XX',Bad store,0912345679,XX,",
        "7,'yesterday' is no date,Bad date,0912345670,HN-01,yesterday",
        "8,a contact without a store,No store,0912345671,,2026-02-28",
    ]


async def test_a_dry_run_writes_nothing_and_tells_the_same(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(VIETNAMESE)
    seen: list[tuple[int, int]] = []
    options = replace(OPTIONS, dry_run=True, batch_lines=2, progress=lambda done, total: seen.append((done, total)))
    report = await _import(database, path, options)

    assert _counts(report) == (2, 1, 0, 2, 0)
    assert seen == [(2, 3), (3, 3)]
    assert (await CustomerTable(database).match("+84912345678")).customer is None


async def test_the_same_person_in_later_batches_and_files(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        "phone,name,email\n0912345678,An,\n0987654321,Bình,\n84912345678,,an@example.org\n01234567890,Chi,\n"
    )
    assert _counts(await _import(database, path, replace(OPTIONS, batch_lines=1))) == (3, 1, 0, 0, 0)
    path.write_text("code\tphone\nKH-9\t0912345678\n")
    assert _counts(await _import(database, path)) == (0, 1, 0, 0, 0)
    found = (await CustomerTable(database).match("+84912345678")).customer
    assert found is not None
    assert (found.code, found.name, found.email) == ("KH-9", "An", "an@example.org")


async def test_two_customers_with_codes_may_share_a_number(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("code,phone,name\nKH-1,0912345678,An\nKH-2,0912345678,Bình\n")
    assert _counts(await _import(database, path)) == (2, 0, 0, 0, 0)
    assert _counts(await _import(database, path)) == (0, 0, 2, 0, 0)
    match = await CustomerTable(database).match("+84912345678")
    assert sorted(customer.name for customer in match.candidates) == ["An", "Bình"]


async def test_headings_can_be_mapped_by_hand(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("who|dial\nAn|0912345678\n")
    with pytest.raises(UnreadableFile, match="no known column in who, dial"):
        await _import(database, path)
    await _import(database, path, replace(OPTIONS, mapping={"who": "name", "dial": "phone"}))
    found = (await CustomerTable(database).match("+84912345678")).customer
    assert found is not None and found.name == "An"


async def test_an_undecodable_or_empty_file_is_refused(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    for content in (b"", b"name,phone\n\x81\x8d\xd2", b"\xff\xfea"):
        path.write_bytes(content)
        with pytest.raises(UnreadableFile):
            await _import(database, path)


async def test_stores(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "stores.csv"
    path.write_text(
        "Mã cửa hàng,Tên,SĐT,Khu vực,Cửa hàng dự phòng,Sáp nhập vào,Đóng cửa,Giờ mở cửa,Nghỉ lễ\n"
        'HN-01,Hà Nội 1,024 3822 1234,north,HN-02,,,"T2-T7 08:00-12:00, 13:30-21:00; CN nghỉ",x\n'
        "HN-02,Hà Nội 2,,north,,,,24/7,\n"
        "HN-03,Hà Nội 3,,north,,HN-01,x,,\n"
        "HN-04,Bad,,,XX,,,,\n"
        "HN-05,Bad,,,,,,soon,\n"
        ",Bad,,,,,,,\n"
    )
    table = StoreTable(database)
    report = await import_stores(path, table, OPTIONS)
    again = await import_stores(path, table, OPTIONS)

    assert _counts(report) == (3, 0, 0, 0, 3)
    assert [reason for _, reason in report.refused] == ["unknown store 'XX'", "unknown day 'soon'", "no store code"]
    assert _counts(again) == (0, 0, 3, 0, 3)
    first, second, third = await table.all()
    assert (first.name, first.phones, first.sister_store_id) == ("Hà Nội 1", ("+842438221234",), second.id)
    assert first.hours.closed_on_holidays and len(first.hours.weekdays[0]) == 2
    assert (third.closed, third.merged_into) == (True, first.id)
