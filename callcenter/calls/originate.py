"""Calls that begin with us: click-to-call, and the agent's or the customer's side of a queue call-back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from callcenter.base.errors import CallcenterError
from callcenter.calls.call import Call
from callcenter.calls.call_target import CallTarget
from callcenter.calls.cdr import FinishedCall
from callcenter.calls.channel_results import QueueRequest
from callcenter.calls.dial import Lines
from callcenter.calls.dialling import DialPlanner
from callcenter.calls.exchange import Exchange
from callcenter.calls.ports import CallHandler


class CannotOriginate(CallcenterError):
    """This call cannot be started: the phone is not registered, or the target may not be dialled."""

    error_id = "cannot-originate"


class OriginateOutcome(StrEnum):
    """What came of a call of ours."""

    CONNECTED = "connected"
    "Both sides talked."
    AGENT_NO_ANSWER = "agent_no_answer"
    AGENT_REJECTED = "agent_rejected"
    AGENT_UNAVAILABLE = "agent_unavailable"
    "The agent's phone is not there, or busy."
    AGENT_LEFT = "agent_left"
    "The agent hung up while the other side rang."
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginateRequest:
    """Ring one of our phones first, then the target."""

    extension: str
    "Whose phone rings first; a browser answers by itself (``Answer-Mode: Auto``)."
    target: CallTarget
    caller_id: str | None = None
    "Number shown to an outside target; it must be an allowed one. None: the trunk's own."
    customer_id: str | None = None
    explanation: Mapping[str, Any] | None = None
    "Why this call is made, kept with its record (a queue call-back)."
    auto_answer: bool = True
    ring_s: float = 30.0
    "How long the agent's phone rings."
    target_ring_s: float = 45.0
    queue_id: str | None = None
    queue_name: str | None = None
    "The queue whose call-back this is, for the record and the agent's wrap-up."


@dataclass(frozen=True, slots=True)
class OriginateResult:
    """How a call of ours went, told when it is over."""

    outcome: OriginateOutcome
    call_id: str
    talk_ms: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


class Originate:
    """Starts calls.

    :param planner_for: makes the planner of one call.
    :param on_finished: told of every call's record when it is over.
    """

    def __init__(
        self,
        exchange: Exchange,
        lines: Lines,
        flows: CallHandler,
        planner_for: Callable[[Call], DialPlanner],
        on_finished: Callable[[FinishedCall], None],
    ) -> None:
        self._exchange = exchange
        self._lines = lines
        self._flows = flows
        self._planner_for = planner_for
        self._on_finished = on_finished

    def start(self, request: OriginateRequest) -> Call:
        """Start a call and return it at once; it goes on by itself.

        :raises CannotOriginate: when it cannot even begin.
        """
        raise CannotOriginate(request.extension)

    async def agent_first(self, request: OriginateRequest) -> OriginateResult:
        """Ring the agent, then the target, connect them, and return when the call is over.

        :raises CannotOriginate: when it cannot even begin.
        """
        raise CannotOriginate(request.extension)

    async def customer_first(self, number: str, queue: QueueRequest, request: OriginateRequest) -> OriginateResult:
        """Ring ``number``; whoever answers waits in the queue with the place that ``queue`` names.

        :raises CannotOriginate: when it cannot even begin.
        """
        raise CannotOriginate(number)
