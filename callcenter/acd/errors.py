"""What can be wrong with a request about agents, queues or call-backs."""

from __future__ import annotations

from typing import ClassVar

from callcenter.base.errors import CallcenterError


class UnknownAgent(CallcenterError):
    """There is no such agent."""

    error_id: ClassVar[str] = "unknown-agent"


class UnknownQueue(CallcenterError):
    """There is no such queue."""

    error_id: ClassVar[str] = "unknown-queue"


class UnknownCallback(CallcenterError):
    """There is no such open call-back."""

    error_id: ClassVar[str] = "unknown-callback"


class AgentNotReachable(CallcenterError):
    """Only an agent whose phone is registered can be available."""

    error_id: ClassVar[str] = "agent-not-reachable"


class StateNotChosen(CallcenterError):
    """Only available, break and offline can be chosen; the rest follows from what happens."""

    error_id: ClassVar[str] = "state-not-chosen"


class NoWrapUp(CallcenterError):
    """The agent is not in wrap-up for that call."""

    error_id: ClassVar[str] = "no-wrap-up"


class AlreadyExtended(CallcenterError):
    """A wrap-up is extended once, and only when it has an end."""

    error_id: ClassVar[str] = "already-extended"


class WrapUpGoesOn(CallcenterError):
    """This wrap-up cannot be ended now: a disposition code is missing, or its time is fixed."""

    error_id: ClassVar[str] = "wrap-up-goes-on"


class InvalidCallbackNumber(CallcenterError):
    """The number cannot be called back."""

    error_id: ClassVar[str] = "invalid-callback-number"
