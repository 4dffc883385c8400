"""The published flows on disk: read at the start, looked at again while the server runs."""

from __future__ import annotations

from pathlib import Path

import structlog

from callcenter.ivr.library import FlowLibrary, FlowUpdate
from callcenter.ivr.problems import Severity

log = structlog.get_logger(__name__)


class FlowFiles:
    """Keeps a flow library in step with a directory; a broken file leaves the last good version in service."""

    def __init__(self, directory: Path, library: FlowLibrary) -> None:
        self._directory = directory
        self._library = library
        self._stamps: dict[str, tuple[int, int]] = {}

    def load(self) -> None:
        """Read every file; flows may name each other."""
        files = []
        for path in sorted(self._directory.glob("*.json")):
            raw, stamp = _read(path)
            if raw is not None:
                files.append((path.name, raw))
                self._stamps[path.name] = stamp
        for update in self._library.load(files):
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
                _report(self._library.update(path.name, raw))
        for name in [name for name in self._stamps if name not in present]:
            del self._stamps[name]
            _report(self._library.remove(name))


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
