"""Test cases stored in a flow file: what the caller does, what the world answers, what must come of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from callcenter.calls.channel_results import DialOutcome, QueueOutcome, VoicemailOutcome
from callcenter.ivr.fields import Settings
from callcenter.ivr.ports import CallbackOutcome, CustomerOutcome, HoursState, HttpOutcome, StoreOutcome


class KeyStep(Settings):
    """What the caller does the next time the flow waits for keys; ``""`` is saying nothing until the wait is over.

    A plain string in JSON is a step pressed after the prompt.
    """

    press: str = Field("", pattern=r"^[0-9*#]{0,64}$")
    when: Literal["after_prompt", "during_prompt"] = "after_prompt"
    hang_up: bool = False
    "The caller hangs up instead."

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"press": value} if isinstance(value, str) else value


class CustomerAnswer(Settings):
    """What looking the customer up answers."""

    outcome: CustomerOutcome = CustomerOutcome.NONE
    customers: list[dict[str, Any]] = Field(default_factory=list)


class StoreAnswer(Settings):
    """What looking for the last store answers."""

    outcome: StoreOutcome = StoreOutcome.NONE
    stores: list[dict[str, Any]] = Field(default_factory=list)


class HttpAnswer(Settings):
    """What one web request answers."""

    outcome: HttpOutcome = HttpOutcome.SUCCESS
    status: int | None = None
    body: Any = None
    "The decoded JSON."


class DialAnswer(Settings):
    """What one dial comes to."""

    outcome: DialOutcome = DialOutcome.ANSWERED
    answered_by: str | None = None
    talk_s: float = Field(30.0, ge=0)


class QueueAnswer(Settings):
    """What one wait in a queue comes to."""

    outcome: QueueOutcome = QueueOutcome.ANSWERED
    waited_s: float = Field(20.0, ge=0)
    talk_s: float = Field(30.0, ge=0)
    "When it was answered."
    answered_by: str | None = None
    key: str | None = Field(None, pattern=r"^[0-9*#]$")
    "The exit key pressed; the node's first one when left out."


class CallbackAnswer(Settings):
    """What asking for one call-back comes to."""

    outcome: CallbackOutcome = CallbackOutcome.REQUESTED


class VoicemailAnswer(Settings):
    """What recording one message comes to."""

    outcome: VoicemailOutcome = VoicemailOutcome.RECORDED
    duration_s: float = Field(10.0, ge=0)


class Expectation(Settings):
    """What must come of a test case. What is left out does not matter."""

    visits: list[str] | None = None
    "Node ids that are entered in this order; others may come between."
    path: list[str] | None = None
    "Exactly the node ids entered, in order."
    heard: list[str] | None = None
    "Texts, each part of something heard, in this order."
    not_heard: list[str] | None = None
    dialled: list[str] | None = None
    "Exactly the targets dialled, in order."
    queued: list[str] | None = None
    "Exactly the queues waited in, in order."
    callbacks: list[str] | None = None
    "Exactly the numbers to be called back, in order."
    variables: dict[str, Any] | None = None
    tags: dict[str, str] | None = None
    ended: str | None = None
    "The cause of the end, e.g. ``completed``."
    language: str | None = None


class Scenario(Settings):
    """What the world is like when a call comes in, and what it answers."""

    caller_number: str | None = Field(default="0912345678", max_length=32)
    called_number: str = Field(default="19001234", max_length=32)
    at: datetime | None = None
    "When the call comes in, with its offset; a working Wednesday morning when left out."
    language: str | None = Field(default=None, pattern=r"^(vi|en)$")
    variables: dict[str, Any] = Field(default_factory=dict)
    customer: CustomerAnswer = Field(default_factory=CustomerAnswer)
    store: StoreAnswer = Field(default_factory=StoreAnswer)
    hours: dict[str, HoursState] = Field(default_factory=dict)
    "By store code."
    http: list[HttpAnswer] = Field(default_factory=list)
    dial: list[DialAnswer] = Field(default_factory=list)
    queue: list[QueueAnswer] = Field(default_factory=list)
    "When the list is used up nobody answers: ``max_wait``."
    callback: list[CallbackAnswer] = Field(default_factory=list)
    voicemail: list[VoicemailAnswer] = Field(default_factory=list)

    @model_validator(mode="after")
    def _aware(self) -> Self:
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("at needs an offset, e.g. +07:00")
        return self


class FlowTest(Scenario):
    """One test case."""

    name: str = Field(min_length=1, max_length=200)
    keys: list[KeyStep] = Field(default_factory=list)
    hang_up_at: str | None = None
    "The caller hangs up on entering this node."
    expect: Expectation = Field(default_factory=Expectation)

    def to_json(self) -> dict[str, Any]:
        """Return it as a flow file has it: what was written, in the order people read it."""
        written = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return {name: written[name] for name in _ORDER if name in written}


_ORDER = (
    "name", "caller_number", "called_number", "at", "language", "variables", "keys", "customer", "store", "hours",
    "http", "dial", "queue", "callback", "voicemail", "hang_up_at", "expect",
)  # fmt: skip
