"""The published flows on disk: read at the start, looked at again while the server runs, written by publishing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import structlog

from callcenter.ivr.flow_editing import FlowFileNotWritten
from callcenter.ivr.flow_versions import VersionNumbers
from callcenter.ivr.library import FlowLibrary, FlowUpdate
from callcenter.ivr.problems import Severity, has_errors
from callcenter.ivr.validate import Catalogue

log = structlog.get_logger(__name__)


class FlowFiles:
    """Keeps a flow library in step with a directory; a broken file leaves the last good version in service.

    A :class:`~callcenter.ivr.flow_editing.FlowShelf`.
    """

    def __init__(self, directory: Path, catalogue: Callable[[], Catalogue] | None = None) -> None:
        self._directory = directory
        self.numbers = VersionNumbers()
        self.library = FlowLibrary(catalogue, number=self.numbers.of)
        self._stamps: dict[str, tuple[int, int]] = {}

    def load(self) -> None:
        """Read every file; flows may name each other."""
        files = []
        for path in sorted(self._directory.glob("*.json")):
            raw, stamp = _read(path)
            if raw is not None:
                files.append((path.name, raw))
                self._stamps[path.name] = stamp
        for update in self.library.load(files):
            _report(update)

    def look(self) -> None:
        """Take in files that are new, changed or gone."""
        present = {}
        for path in sorted(self._directory.glob("*.json")):
            present[path.name] = path
            stamp = _stamp(path)
            if stamp is None or self._stamps.get(path.name) == stamp:
                continue
            raw, stamp = _read(path)
            if raw is not None:
                self._stamps[path.name] = stamp
                _report(self.library.update(path.name, raw))
        for name in [name for name in self._stamps if name not in present]:
            del self._stamps[name]
            _report(self.library.remove(name))

    def write(self, flow_id: str, raw: bytes) -> FlowUpdate:
        """Write a flow's file, whole or not at all, and put it into service.

        A file that stands there and cannot be read as a flow is put aside, not overwritten.

        :raises FlowFileNotWritten: when the disk refuses.
        """
        name = self.library.path_of(flow_id) or f"{flow_id}.json"
        path = self._directory / name
        beside = path.with_name(f".{name}.new")
        try:
            if has_errors(self.library.problems().get(name, [])) and path.exists():
                path.replace(_free_name(path))
            with beside.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise FlowFileNotWritten(f"{path}: {error.strerror}") from error
        self._stamps[name] = _stamp(path) or (0, 0)
        update = self.library.update(name, raw)
        _report(update)
        return update

    def delete(self, flow_id: str) -> FlowUpdate:
        """Take a flow out of service and delete its file, unless other flows lead to it."""
        name = self.library.path_of(flow_id) or f"{flow_id}.json"
        update = self.library.remove(name)
        if update.accepted:
            (self._directory / name).unlink(missing_ok=True)
            self._stamps.pop(name, None)
        return update


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.refused-{number}")).exists():
        number += 1
    return aside


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> tuple[bytes | None, tuple[int, int]]:
    """Return a flow file's bytes and stamp; None when it cannot be read, which is logged."""
    stamp = _stamp(path) or (0, 0)
    try:
        return path.read_bytes(), stamp
    except OSError as error:
        log.error("flow file cannot be read", file=path.name, error=str(error))
        return None, stamp


def _report(update: FlowUpdate) -> None:
    """Tell the operator what became of a flow file."""
    for problem in update.problems:
        report = log.warning if problem.severity is Severity.WARNING else log.error
        report(f"flow {update.path}: {problem.message['en']}", code=problem.code, node=problem.node_name)
    if not update.accepted:
        log.error("flow refused, the last good version stays in service", file=update.path, flow=update.flow_id)
