"""A running call as its viewers see it: computed when somebody asks, from what the call already knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from callcenter.calls.call import Call
from callcenter.calls.ports import PeopleBook


class ParticipantRole(StrEnum):
    """What somebody is in a call."""

    CUSTOMER = "customer"
    AGENT = "agent"
    EXTERNAL = "external"
    "A third party outside the house."
    SUPERVISOR = "supervisor"


class ParticipantState(StrEnum):
    """What somebody goes through."""

    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    "Hears music."
    AWAY = "away"
    "The device is gone; its owner is expected back."
    CONSULTING = "consulting"
    "Talks beside the held one."


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """One participant."""

    leg_id: str
    role: ParticipantRole
    name: str
    number: str | None
    agent_id: str | None
    extension: str | None
    state: ParticipantState
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """The customer as the screen pop names them."""

    id: str
    code: str
    name: str
    vip_level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    """The store a call is about."""

    id: str
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The queue a call waits or waited in."""

    id: str
    name: str
    waiting_since: datetime
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrStep:
    """One node the caller went through."""

    node_id: str
    name: str
    type: str
    at_ms: int
    keys: str = ""
    "Shown as dots when secret."
    port: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentView:
    """What the call goes through."""

    kind: str
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingView:
    """Whether the call is being recorded."""

    on: bool
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultView:
    """Whom an agent asks while the customer waits."""

    leg_id: str
    target_label: str
    state: str
    "``ringing``, ``talking`` or ``joined``."


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCallView:
    """The whole of what is shown of a running call."""

    id: str
    direction: str
    state: str
    started_at: datetime
    answered_at: datetime | None
    connected_at: datetime | None
    from_number: str | None
    from_name: str
    to_number: str | None
    did: str | None
    language: str
    customer: CustomerView | None
    store: StoreView | None
    queue: QueueView | None
    why: Mapping[str, Any] | None
    ivr_path: tuple[IvrStep, ...]
    keys_pressed: str
    tags: Mapping[str, str]
    segment: SegmentView | None
    recording: RecordingView
    transfers: int
    participants: tuple[ParticipantView, ...]
    consult: ConsultView | None
    actions: tuple[str, ...]
    "What the asking user may do now."


class LiveCalls:
    """Makes views of calls.

    :param people: names of agents and stores.
    """

    def __init__(self, people: PeopleBook) -> None:
        self._people = people

    def view(self, call: Call, user_id: str | None = None, *, supervisor: bool = False) -> LiveCallView:
        """Return ``call`` as ``user_id`` sees it; nobody in particular may do nothing."""
        raise LookupError(call.id)
