"""A file that takes over when the database is away and memory would fill: JSON lines, oldest first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from callcenter.storage.sinks import Unit
from callcenter.storage.statements import STATEMENTS

log = structlog.get_logger(__name__)


class SpoolFile:
    """Units on disk in the order they were handed over. Blocking: called from a worker thread.

    Units are read in chunks and the file is emptied when all are written to the database. A crash in between reads
    them again from the start, which does no harm because every write may be repeated.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_to = 0

    @property
    def path(self) -> Path:
        """Return where it is."""
        return self._path

    def count(self) -> int:
        """Return the number of lines not read yet."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._read_to)
                return sum(1 for _ in file)
        except (FileNotFoundError, NotADirectoryError):
            return 0

    def append(self, units: Iterable[Unit]) -> None:
        """Add units at the end.

        :raises OSError: when the disk is full; what was half written is cut off again.
        """
        text = "".join(encode_unit(unit) + "\n" for unit in units).encode()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            size = file.tell()
            try:
                file.write(b"\n" + text if self._ends_in_half_a_line(size) else text)
                file.flush()
            except OSError:
                file.truncate(size)
                raise

    def read(self, limit: int) -> list[Unit]:
        """Return the next units; an unreadable line (cut off by a crash) is logged and left out."""
        units: list[Unit] = []
        try:
            with self._path.open("rb") as file:
                file.seek(self._read_to)
                while len(units) < limit and (line := file.readline()):
                    self._read_to += len(line)
                    try:
                        if line.strip():
                            units.append(decode_unit(line))
                    except (ValueError, KeyError, TypeError):
                        log.error("unreadable line in the spool file left out", path=str(self._path))
        except (FileNotFoundError, NotADirectoryError):
            self._read_to = 0
        return units

    def replace(self, units: Iterable[Unit]) -> None:
        """Put ``units`` in the place of everything, or change nothing.

        :raises OSError: when the disk is full.
        """
        other = SpoolFile(self._path.with_suffix(".new"))
        other.clear()
        other.append(units)
        other.path.replace(self._path)
        self._read_to = 0

    def clear(self) -> None:
        """Forget everything: all of it is in the database."""
        with suppress(FileNotFoundError, NotADirectoryError):
            self._path.unlink()
        self._read_to = 0

    def _ends_in_half_a_line(self, size: int) -> bool:
        """Tell whether a crash cut the last line off."""
        if size == 0:
            return False
        with self._path.open("rb") as file:
            file.seek(size - 1)
            return file.read(1) != b"\n"


def encode_unit(unit: Unit) -> str:
    """Return a unit as one line of JSON."""
    return json.dumps([[statement.name, dict(row)] for statement, row in unit], default=_encode, separators=(",", ":"))


def decode_unit(line: bytes | str) -> Unit:
    """Read back :func:`encode_unit`.

    :raises ValueError: when it is no JSON.
    :raises KeyError: when a statement is unknown.
    """
    data: Sequence[Any] = json.loads(line, object_hook=_decode)
    return [(STATEMENTS[name], row) for name, row in data]


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    return str(value)


def _decode(data: dict[str, Any]) -> Any:
    return datetime.fromisoformat(data["$time"]) if data.keys() == {"$time"} else data
