"""Reading the spreadsheets people have: any encoding, delimiter, column names and date spelling used in Vietnam."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from callcenter.base.errors import CallcenterError


class UnreadableFile(CallcenterError):
    """The file is no table that can be read."""

    error_id = "unreadable-file"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table, by our field names."""

    number: int
    "In the file; the header is 1."
    values: Mapping[str, str]
    cells: Sequence[str]
    "As read, for the error file."

    def get(self, field: str) -> str:
        """Return a field's text, empty when there is no such column."""
        return self.values.get(field, "")


@dataclass(frozen=True, slots=True)
class Table:
    """A table, read and understood."""

    header: Sequence[str]
    lines: Sequence[Line]
    encoding: str
    delimiter: str
    unknown_columns: tuple[str, ...]


def read_table(path: Path, columns: Mapping[str, Sequence[str]], mapping: Mapping[str, str] | None = None) -> Table:
    """Read a CSV file.

    :param columns: our field names and the headings, folded, that mean them.
    :param mapping: headings of this file and the fields they mean, where guessing is not wanted.
    :raises UnreadableFile: when it cannot be decoded or has no column we know.
    """
    encoding, text = decode(path.read_bytes())
    delimiter = sniff_delimiter(text)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        fields = _fields(header, columns, mapping or {})
        if not any(fields):
            raise UnreadableFile(f"{path.name}: no known column in {', '.join(header) or 'an empty file'}")
        lines = tuple(_lines(rows, fields))
    except csv.Error as error:
        raise UnreadableFile(f"{path.name}: {error}") from None
    unknown = tuple(name for name, field in zip(header, fields, strict=True) if field is None)
    return Table(header, lines, encoding, delimiter, unknown)


def decode(data: bytes) -> tuple[str, str]:
    """Return ``(encoding, text)``: UTF-8 or UTF-16 with a mark, UTF-8, else Windows-1258; composed letters.

    :raises UnreadableFile: when it is none of these.
    """
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    candidates = ("utf-16",) if marked else ("utf-8-sig", "cp1258")
    for encoding in candidates:
        try:
            return encoding, unicodedata.normalize("NFC", data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(f"not {' or '.join(candidates)} text")


def sniff_delimiter(text: str) -> str:
    """Return the delimiter that splits the header line into the most cells outside quotes."""
    header = text[: text.find("\n")] if "\n" in text else text
    counts = {mark: len(next(csv.reader([header], delimiter=mark), [])) for mark in ",;\t|"}
    return max(counts, key=lambda mark: counts[mark])


def fold(text: str) -> str:
    """Return ``text`` in lower case without accents and signs: ``Số điện thoại`` becomes ``so dien thoai``."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = (char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join("".join(letters).split())


_DATE_FORMATS = (
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%d.%m.%Y", "%H:%M %d/%m/%Y",
)  # fmt: skip


def parse_time(text: str, zone: ZoneInfo) -> datetime:
    """Read a date or a time, ISO or day first, local when it names no zone; return UTC.

    :raises ValueError: when it is neither.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = _parse_local(text)
    return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)


def _parse_local(text: str) -> datetime:
    for pattern in _DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no date")


def write_error_file(path: Path, header: Sequence[str], refused: Sequence[tuple[Line, str]]) -> None:
    """Write the refused lines as they were, with their line number and the reason, ready to be corrected and read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["line", "reason", *header])
        writer.writerows([str(line.number), reason, *line.cells] for line, reason in refused)


def _fields(
    header: Sequence[str], columns: Mapping[str, Sequence[str]], mapping: Mapping[str, str]
) -> list[str | None]:
    meanings = {heading: field for field, headings in columns.items() for heading in (fold(field), *headings)}
    return [mapping.get(name) or meanings.get(fold(name)) for name in header]


def _lines(rows: Iterator[list[str]], fields: Sequence[str | None]) -> Iterator[Line]:
    number = 1
    for cells in rows:
        number += 1
        if not any(cells):
            continue
        values: dict[str, str] = {}
        for field, cell in zip(fields, cells, strict=False):
            text = cell.strip()
            if field is None or not text:
                continue
            # Several columns may mean the same field: phone, phone 2.
            values[field] = f"{values[field]};{text}" if field in values else text
        yield Line(number, values, cells)
