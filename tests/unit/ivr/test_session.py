"""The driver on a channel: order of work, hanging up, cancellation, late look-ups."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from callcenter.calls.channel_results import (
    CallEnded,
    DialOutcome,
    DialRequest,
    DialResult,
    Digit,
    FlowRecord,
    NodeLeft,
    PlayResult,
    PromptPart,
    QueueOutcome,
    QueueRequest,
    QueueResult,
    VoicemailOutcome,
    VoicemailRequest,
    VoicemailResult,
)
from callcenter.ivr.interpreter import Interpreter
from callcenter.ivr.model import Program
from callcenter.ivr.ports import (
    CustomerLookup,
    CustomerOutcome,
    FlowServices,
    HoursState,
    HttpOutcome,
    HttpRequest,
    HttpResult,
    StoreLookup,
    StoreQuery,
)
from callcenter.ivr.session import run_flow
from tests.unit.ivr.timeline import flow, node, said


class Channel:
    """Plays at once, presses the keys it was given, then hangs up or waits for ever."""

    def __init__(self, keys: str = "", *, then: str = "hang up") -> None:
        self.keys = list(keys)
        self.then = then
        self.did: list[str] = []
        self.records: list[FlowRecord] = []

    async def play(self, prompts: Sequence[PromptPart], *, language: str, barge_in: bool) -> PlayResult:
        self.did.append(f"play {' '.join(part.value for part in prompts)} {language}")
        return PlayResult()

    async def next_digit(self, timeout_s: float) -> Digit | None:
        if self.keys:
            return Digit(self.keys.pop(0), 0.0)
        if self.then == "hang up":
            raise CallEnded
        if self.then == "wait":
            await asyncio.Event().wait()
        return None

    def take_digits(self) -> Sequence[Digit]:
        return []

    def flush_digits(self) -> None:
        self.did.append("flush")

    async def dial(self, request: DialRequest) -> DialResult:
        self.did.append(f"dial {request.target}")
        return DialResult(DialOutcome.ANSWERED)

    async def wait_in_queue(self, request: QueueRequest) -> QueueResult:
        self.did.append(f"wait in {request.queue}")
        return QueueResult(outcome=QueueOutcome.ANSWERED)

    async def record_voicemail(self, request: VoicemailRequest) -> VoicemailResult:
        self.did.append(f"voicemail {request.box}")
        return VoicemailResult(VoicemailOutcome.RECORDED)

    async def hangup(self, cause: str) -> None:
        self.did.append(f"hangup {cause}")

    def note(self, record: FlowRecord) -> None:
        self.records.append(record)

    def set_language(self, language: str) -> None:
        self.did.append(f"language {language}")

    def add_tag(self, tag: str, value: str) -> None:
        self.did.append(f"tag {tag}={value}")


class World:
    """Knows a customer at once and a store never."""

    async def look_up(self, number: str) -> CustomerLookup:
        return CustomerLookup(CustomerOutcome.FOUND, ({"id": 1, "name": "Lan"},))

    async def find(self, query: StoreQuery) -> StoreLookup:
        await asyncio.Event().wait()
        raise AssertionError

    def state(self, store: str, at: datetime) -> HoursState:
        return HoursState.CLOSED

    async def send(self, request: HttpRequest) -> HttpResult:
        return HttpResult(HttpOutcome.SUCCESS, 200, {"n": 1})


def interpreter(program: Program, **variables: Any) -> Interpreter:
    return Interpreter(
        program,
        {},
        variables={"caller_number": "1", **variables},
        now=lambda: 0.0,
        utcnow=lambda: datetime(2026, 11, 25, tzinfo=UTC),
    )


def services() -> FlowServices:
    world = World()
    return FlowServices(world, world, world, world)


def last(channel: Channel) -> NodeLeft:
    record = channel.records[-1]
    assert isinstance(record, NodeLeft)
    return record


async def test_every_effect_reaches_the_channel_or_a_service() -> None:
    program = flow(
        node("who", "customer_lookup", {"found": "store", "none": "end", "multiple": "end", "error": "end"}),
        node(
            "store",
            "last_store",
            {"error": "hours", "found": "end", "none": "end", "multiple": "end", "closed": "end"},
            budget_ms=20,
        ),
        node(
            "hours",
            "business_hours",
            {"closed": "http", "open": "end", "unknown": "end"},
            source={"kind": "store", "store": "S"},
        ),
        node(
            "http",
            "http_request",
            {"success": "tag", **{p: "end" for p in ("client_error", "server_error", "timeout", "blocked", "invalid")}},
            url="http://x/",
            captures=[{"variable": "n", "path": "n"}],
        ),
        node("tag", "log_tag", {"next": "lang"}, tag="n", value="{{ n }}"),
        node("lang", "language", {"next": "hello"}, source={"kind": "fixed", "language": "en"}),
        node("hello", "play", {"next": "vm"}, prompts={"en": [{"text": "Hi {{ customer.name }}"}]}),
        node(
            "vm",
            "voicemail",
            {"recorded": "ring", "empty": "end", "failed": "end"},
            greeting={"en": [{"text": "speak"}]},
        ),
        node(
            "ring",
            "dial",
            {p: "back" for p in ("answered", "busy", "no_answer", "unavailable", "closed", "failed", "left")},
            target={"kind": "plan", "plan": "p"},
            after_answer="continue",
        ),
        node(
            "back",
            "callback",
            {p: "wait" for p in ("requested", "declined", "exists", "failed")},
            queue={"kind": "queue", "queue": "q"},
            number="0912345678",
            offer={},
            confirm={},
        ),
        node(
            "wait",
            "queue",
            {p: "end" for p in ("full", "join_empty", "leave_empty", "closed", "max_wait", "callback", "failed")},
            queue={"kind": "queue", "queue": "q"},
        ),
        languages=["vi", "en"],
    )
    channel = Channel()
    ended = await run_flow(interpreter(program), channel, services())
    assert ended.cause == "completed"
    assert channel.did == [
        "tag n=1",
        "language en",
        "play Hi Lan en",
        "play speak en",
        "flush",
        "voicemail central",
        "dial p",
        "wait in q",
        "hangup normal",
    ]
    late = next(record for record in channel.records if isinstance(record, NodeLeft) and record.node_id == "store")
    assert late.detail["explanation"] == {"late": True, "budget_ms": 20}
    refused = next(record for record in channel.records if isinstance(record, NodeLeft) and record.node_id == "back")
    assert refused.port == "failed", "there are no call-backs where there is no desk"


MENU = flow(
    node(
        "number",
        "collect_digits",
        {"collected": "end", "no_input": "end", "invalid": "end"},
        variable="n",
        prompts=said("enter"),
    ),
)
SECRET = flow(
    node(
        "pin",
        "collect_digits",
        {"collected": "end", "no_input": "end", "invalid": "end"},
        variable="n",
        secure=True,
        prompts=said("pin"),
    ),
)


async def test_a_hang_up_writes_the_last_record_and_ends_the_flow() -> None:
    channel = Channel("12")
    ended = await run_flow(interpreter(MENU), channel, services())
    assert (ended.cause, ended.node_id, ended.keys) == ("caller_hung_up", "number", "12")
    assert (last(channel).node_id, last(channel).port, last(channel).keys) == ("number", None, "12")


async def test_a_hang_up_in_a_secret_entry_masks_the_keys() -> None:
    channel = Channel("12")
    ended = await run_flow(interpreter(SECRET), channel, services())
    assert (ended.keys, last(channel).keys) == ("••", "••")


async def test_cancellation_writes_the_last_record_and_is_passed_on() -> None:
    channel = Channel("1", then="wait")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await run_flow(interpreter(MENU), channel, services())
    assert (last(channel).node_id, last(channel).port, last(channel).keys) == ("number", None, "1")
