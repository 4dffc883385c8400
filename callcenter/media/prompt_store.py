"""Keep prepared prompts as files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Collection
from pathlib import Path

from callcenter.media.codecs.g711 import ALAW_SILENCE, FRAME_BYTES
from callcenter.media.prompt import PromptUnavailable

SUFFIX = ".al"
_UNFINISHED = ".tmp"


class PromptStore:
    """A directory of raw 8 kHz mono A-law files named by content hash; several processes may share it."""

    def __init__(self, path: Path) -> None:
        """Create the directory, and remove what processes that have died left half-written."""
        self._path = path
        self._count = itertools.count()
        path.mkdir(parents=True, exist_ok=True)
        self._remove_unfinished()

    def find(self, key: str) -> Path | None:
        """Return the prepared file called ``key``, or None."""
        path = self._path / (key + SUFFIX)
        return path if is_whole(path) else None

    def store(self, key: str, alaw: bytes) -> Path:
        """Write ``alaw``, padded to whole 20 ms frames, as ``key`` and return its path.

        Raises :class:`PromptUnavailable` when it cannot be written; nothing is left behind then.
        """
        path = self._path / (key + SUFFIX)
        unfinished = self._path / f".{key}.{os.getpid()}.{next(self._count)}{_UNFINISHED}"
        try:
            with open(unfinished, "xb") as file:
                file.write(alaw + bytes([ALAW_SILENCE]) * (-len(alaw) % FRAME_BYTES))
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, path)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise PromptUnavailable(f"The prepared prompt cannot be stored: {error.strerror}") from error
        return path

    def prune(self, max_bytes: int, keep: Collection[Path] = ()) -> int:
        """Delete the oldest files until at most ``max_bytes`` remain, never one of ``keep``; return how many went."""
        files = []
        for path in self._path.glob("*" + SUFFIX):
            with contextlib.suppress(OSError):
                status = path.stat()
                files.append((status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, size, _ in files)
        removed = 0
        for _, size, path in sorted(files):
            if total <= max_bytes:
                break
            if path in keep:
                continue
            with contextlib.suppress(OSError):
                path.unlink()
                total -= size
                removed += 1
        return removed

    def _remove_unfinished(self) -> None:
        for path in self._path.glob(".*" + _UNFINISHED):
            process = path.name.split(".")[-3]
            if not (process.isdecimal() and _is_alive(int(process))):
                with contextlib.suppress(OSError):
                    path.unlink()


def is_whole(path: Path) -> bool:
    """Tell whether ``path`` is a prepared file that can be played."""
    try:
        return os.stat(path).st_size > 0
    except OSError:
        return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
