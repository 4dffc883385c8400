"""What the desk where flows are drawn may refuse, the facts it states, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from callcenter.base.errors import CallcenterError
from callcenter.ivr.flow_check import CheckedFlow
from callcenter.ivr.flow_versions import EditLock, FlowDraft, VersionNumbers
from callcenter.ivr.library import FlowLibrary, FlowUpdate
from callcenter.ivr.problems import Problem


class UnknownFlow(CallcenterError):
    """There is no such flow or version."""

    error_id: ClassVar[str] = "unknown-flow"


class FlowIdTaken(CallcenterError):
    """Another flow has this id."""

    error_id: ClassVar[str] = "flow-id-taken"


class DraftChanged(CallcenterError):
    """The draft was saved meanwhile; load it again."""

    error_id: ClassVar[str] = "draft-changed"


class FlowLocked(CallcenterError):
    """Somebody else is editing this flow."""

    error_id: ClassVar[str] = "flow-locked"


class FlowHasErrors(CallcenterError):
    """A flow with errors cannot go into service."""

    error_id: ClassVar[str] = "flow-has-errors"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(found.message["en"] for found in problems[:5]))
        self.problems = problems


class FlowHasNumbers(CallcenterError):
    """Numbers lead to this flow."""

    error_id: ClassVar[str] = "flow-has-numbers"


class FlowInUse(CallcenterError):
    """Other flows lead to this flow."""

    error_id: ClassVar[str] = "flow-in-use"


class FlowFileNotWritten(CallcenterError):
    """The flow's file could not be written."""

    error_id: ClassVar[str] = "flow-file-not-written"


@dataclass(frozen=True, slots=True)
class FlowChanged:
    """A draft, its lock or what is in service changed, or the flow was removed."""

    flow_id: str
    revision: int | None
    "None: removed."
    published_version: int | None
    lock: EditLock | None


@dataclass(frozen=True, slots=True)
class FlowLockLost:
    """Somebody took over the edit lock."""

    flow_id: str
    user_id: str
    "Who lost it."
    taken_by: str
    "Name for display."


class FlowShelf(Protocol):
    """The flows in service and their files."""

    @property
    def library(self) -> FlowLibrary:
        """What calls use."""
        ...

    @property
    def numbers(self) -> VersionNumbers:
        """Numbers the contents of files."""
        ...

    def look(self) -> None:
        """Take in files that changed."""
        ...

    def write(self, flow_id: str, raw: bytes) -> FlowUpdate:
        """Write a flow's file, whole or not at all, and put it into service.

        :raises FlowFileNotWritten: when the disk refuses.
        """
        ...

    def delete(self, flow_id: str) -> FlowUpdate:
        """Take a flow out of service and delete its file, unless other flows lead to it."""
        ...


@dataclass(frozen=True, slots=True)
class FlowState:
    """A flow as the editor shows it."""

    draft: FlowDraft
    checked: CheckedFlow
    published_version: int | None
    changed: bool
    "The draft differs from what is in service."
    numbers: tuple[str, ...]
    "The numbers that lead to it."
