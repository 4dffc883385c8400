"""Drafts, versions and edit locks of flows, and where they are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from callcenter.ivr.model import Program, dump_flow

LOCK_EXPIRES = timedelta(seconds=60)
"An edit lock that is not renewed for so long is free."

Document = Mapping[str, Any]
"A flow file, decoded. That of a draft need not be a flow yet."


class VersionOrigin(StrEnum):
    """Where a version came from."""

    EDITOR = "editor"
    FILE = "file"
    "Somebody changed the file on disk."


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes flows."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class EditLock:
    """Who is editing a flow."""

    user_id: str
    name: str
    since: datetime
    renewed_at: datetime

    def holds(self, now: datetime) -> bool:
        """Tell whether it still keeps others out."""
        return now - self.renewed_at < LOCK_EXPIRES


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDraft:
    """What is being drawn."""

    id: str
    name: str
    document: Document
    revision: int
    "Counts what was saved; whoever saves names the one they began with."
    updated_at: datetime
    updated_by: str
    "Name for display; empty when it was the server."
    lock: EditLock | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowVersion:
    """A flow as it was published, for ever."""

    flow_id: str
    version: int
    document: Document
    fingerprint: str
    author: str
    "Name for display; empty when nobody is known."
    author_id: str | None
    note: str
    published_at: datetime
    origin: VersionOrigin
    usable: bool
    "It was free of errors and went into service."


class FlowStore(Protocol):
    """Keeps drafts and versions."""

    async def drafts(self) -> Sequence[FlowDraft]:
        """Return every draft, by name."""
        ...

    async def draft(self, flow_id: str) -> FlowDraft | None:
        """Return one draft."""
        ...

    async def add(self, draft: FlowDraft) -> bool:
        """Keep a new flow's draft; False when the id is taken."""
        ...

    async def save(self, draft: FlowDraft, *, over: int) -> bool:
        """Replace the draft of revision ``over``; False when that is not the newest."""
        ...

    async def take_lock(self, flow_id: str, lock: EditLock, *, by_force: bool) -> EditLock | None:
        """Give or renew the lock; return the one that stands, None when there is no such flow."""
        ...

    async def release_lock(self, flow_id: str, user_id: str) -> bool:
        """Free the lock if this user holds it."""
        ...

    async def remove(self, flow_id: str, at: datetime) -> None:
        """Forget the draft; versions stay."""
        ...

    async def add_version(self, version: FlowVersion) -> None:
        """Keep a version; one that is known stays as it is."""
        ...

    async def versions(self, flow_id: str) -> Sequence[FlowVersion]:
        """Return a flow's versions, newest first."""
        ...

    async def version(self, flow_id: str, version: int) -> FlowVersion | None:
        """Return one version."""
        ...

    async def known_versions(self) -> Sequence[tuple[str, int, str]]:
        """Return flow id, version and fingerprint of every version."""
        ...


def canonical_document(program: Program) -> dict[str, Any]:
    """Return a program's flow as its canonical file says it."""
    document: dict[str, Any] = json.loads(dump_flow(program.document))
    return document


def fingerprint(document: Document) -> str:
    """Return what two documents share when they differ at most in their version."""
    content = {name: value for name, value in document.items() if name != "version"}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """A version that was found in a file and is not kept yet."""

    flow_id: str
    version: int
    document: Document
    fingerprint: str


class VersionNumbers:
    """Gives contents their version numbers, so that one number never stands for two contents of a flow.

    A file that somebody changed without raising its ``version`` gets the next free number; a content that was there
    before has the number it had.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {}
        self._found: list[FoundVersion] = []

    def learn(self, known: Iterable[tuple[str, int, str]]) -> None:
        """Take note of versions kept: flow id, number, fingerprint, oldest first."""
        for flow_id, version, content in known:
            self._numbers.setdefault(flow_id, {})[content] = version

    def of(self, program: Program) -> int:
        """Return the number of a program's content, a new one if need be."""
        document = canonical_document(program)
        content = fingerprint(document)
        numbers = self._numbers.setdefault(program.id, {})
        if content not in numbers:
            last = max(numbers.values(), default=0)
            version = program.version if program.version > last else last + 1
            numbers[content] = version
            self._found.append(FoundVersion(program.id, version, {**document, "version": version}, content))
        return numbers[content]

    def following(self, flow_id: str) -> int:
        """Return the number the next version of a flow will have."""
        return max(self._numbers.get(flow_id, {}).values(), default=0) + 1

    def found(self) -> list[FoundVersion]:
        """Return what was found in files and is not kept yet, oldest first."""
        return list(self._found)

    def kept(self, found: FoundVersion) -> None:
        """Take note that a version found is kept now."""
        self._found.remove(found)
