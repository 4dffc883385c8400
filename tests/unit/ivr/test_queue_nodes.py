"""The nodes that lead into a queue: waiting, being called back, leaving a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter.calls.channel_results import QueueOutcome, QueueRequest, QueueResult
from callcenter.ivr.model import Program
from callcenter.ivr.ports import CallbackOutcome, CallbackRequest, CallbackResult, CustomerLookup, CustomerOutcome
from callcenter.ivr.simulate import run_tests
from callcenter.ivr.validate import Catalogue, report, validate
from tests.unit.ivr.timeline import Caller, call, flow, node, said

CENTRAL = {"kind": "queue", "queue": "central"}
UNANSWERED = ("full", "join_empty", "leave_empty", "closed", "max_wait", "callback", "failed")


def exits(target: str, *more: str) -> dict[str, str]:
    return {port: target for port in (*UNANSWERED, *more)}


def waiting(**data: Any) -> Program:
    more = ["key"] if data.get("exit_keys") else []
    more += ["answered"] if data.get("after_answer") == "continue" else []
    return flow(node("wait", "queue", exits("end", *more), **{"queue": CENTRAL, **data}))


def result(outcome: QueueOutcome, **others: Any) -> QueueResult:
    return QueueResult(outcome=outcome, queue="central", **others)


def test_everything_a_flow_says_reaches_the_queue() -> None:
    program = flow(
        node("who", "customer_lookup", {port: "wait" for port in ("found", "none", "multiple", "error")}),
        node(
            "wait",
            "queue",
            exits("end", "key"),
            queue=CENTRAL,
            announce=said("hold on"),
            priority_from="customer.vip_level * 5",
            skills=[{"skill": "billing", "level": 2}, {"skill": "billing", "level": 4}, {"skill": "vi"}],
            prefer="customer.agents",
            exit_keys="0*",
        ),
    )
    customer = {"id": "c", "vip_level": 3, "agents": ["a2", 7, "a1"]}
    caller = Caller(
        customer=CustomerLookup(CustomerOutcome.FOUND, (customer,)), queue=[result(QueueOutcome.ANSWERED, talk_ms=9000)]
    )
    ended = call(program, caller)
    assert caller.texts == ["hold on"]
    assert caller.queued == [
        QueueRequest(
            queue="central",
            priority=15,
            skills={"billing": 4, "vi": 1},
            exit_keys="0*",
            preferred_agents=("a2", "a1"),
            language="vi",
        )
    ]
    assert (ended.cause, ended.node_id) == ("completed", "wait")


@pytest.mark.parametrize(
    "expression", ["missing", "customer_name", "'urgent'", "1 / 0", "10 ** 400"], ids=lambda text: text
)
def test_a_priority_that_is_no_number_is_the_fixed_one_with_a_warning(expression: str) -> None:
    program = waiting(priority=4, priority_from=expression)
    caller = Caller(queue=[result(QueueOutcome.ANSWERED)])
    call(program, caller, customer_name="Lan")
    assert [request.priority for request in caller.queued] == [4]
    assert len(caller.visit("wait").warnings) == 1


@pytest.mark.parametrize("outcome", [QueueOutcome(port) for port in UNANSWERED], ids=lambda outcome: outcome.value)
def test_every_outcome_is_a_port(outcome: QueueOutcome) -> None:
    caller = Caller(queue=[result(outcome, waited_ms=61_500, callback_id="cb")])
    ended = call(waiting(), caller)
    left = caller.visit("wait")
    assert (left.port, left.detail["outcome"], left.detail["waited_ms"]) == (outcome.value, outcome.value, 61_500)
    assert ended.variables["queue_waited_s"] == 61
    assert ended.variables.get("callback_id") == ("cb" if outcome is QueueOutcome.CALLBACK else None)


def test_the_key_that_left_the_queue_is_kept() -> None:
    caller = Caller(queue=[result(QueueOutcome.KEY, key="9")])
    ended = call(waiting(exit_keys="09"), caller)
    assert (caller.visit("wait").port, caller.visit("wait").keys, ended.variables["queue_key"]) == ("key", "9", "9")


def test_an_exit_key_pressed_ahead_is_obeyed_and_another_is_not() -> None:
    caller = Caller([(1.0, "0")])
    ended = call(waiting(exit_keys="0", announce=said("hold on")), caller)
    assert (caller.queued, ended.variables["queue_key"]) == ([], "0")
    caller = Caller([(1.0, "5")])
    call(waiting(exit_keys="0", announce=said("hold on")), caller)
    assert len(caller.queued) == 1


def test_after_the_conversation_the_flow_goes_on_when_it_is_drawn_so() -> None:
    caller = Caller(queue=[result(QueueOutcome.ANSWERED, talk_ms=5000, agent_id="a1", answered_by="2001")])
    call(waiting(after_answer="continue"), caller)
    left = caller.visit("wait")
    assert (left.port, left.detail["agent"], left.detail["answered_by"]) == ("answered", "a1", "2001")


def test_a_long_wait_is_not_silence_of_the_callers() -> None:
    program = flow(
        node("wait", "queue", exits("sorry"), queue=CENTRAL),
        node("sorry", "play", {"next": "end"}, prompts=said("sorry")),
    )
    caller = Caller(queue=[result(QueueOutcome.MAX_WAIT, waited_ms=3_600_000)])
    assert call(program, caller).cause == "completed"
    assert caller.texts == ["sorry"]


OVERFLOW = [
    node("hello", "play", {"next": "first"}, prompts=said("hello")),
    node("first", "queue", exits("second"), queue=CENTRAL),
]


@pytest.mark.parametrize(
    ("count_from", "waiting_since_ms"), [("now", None), ("first_queue", 5_000), ("call", 0)], ids=lambda value: value
)
def test_a_caller_who_overflows_keeps_the_place(count_from: str, waiting_since_ms: int | None) -> None:
    second = node("second", "queue", exits("end"), queue={"kind": "queue", "queue": "other"}, count_from=count_from)
    caller = Caller(queue=[result(QueueOutcome.MAX_WAIT, waited_ms=40_000), result(QueueOutcome.ANSWERED)])
    call(flow(*OVERFLOW, second), caller)
    assert [request.waiting_since_ms for request in caller.queued] == [None, waiting_since_ms]


def test_the_queue_of_the_callers_store_is_named_by_a_template() -> None:
    variable = {"kind": "variable", "queue": "store:{{ code }}"}
    caller = Caller(queue=[result(QueueOutcome.ANSWERED)])
    call(waiting(queue=variable), caller, code="HN-01")
    assert [request.queue for request in caller.queued] == ["store:HN-01"]
    caller = Caller()
    call(waiting(queue={"kind": "variable", "queue": "{{ code }}"}), caller, code=" ")
    assert (caller.queued, caller.visit("wait").port) == ([], "failed")


# Call-backs


def calling_back(**data: Any) -> Program:
    ports = {port: "end" for port in ("requested", "declined", "exists", "failed")}
    own = {"offer": said("offer"), "ask_number": said("which"), "bad_number": said("wrong")}
    own["confirm"] = {"vi": [{"text": "confirm"}, {"say": "number", "as": "digits"}]}
    return flow(node("back", "callback", ports, **{"queue": CENTRAL, **own, **data}))


def asked(caller: Caller) -> list[str]:
    return [text for text in caller.texts if text in ("offer", "confirm", "which", "wrong")]


def test_the_callers_own_number_is_confirmed_and_kept() -> None:
    caller = Caller([(6.0, "1"), (17.0, "1")])
    ended = call(calling_back(priority=2, skills=[{"skill": "vi"}]), caller, call_id="call-1")
    assert asked(caller) == ["offer", "confirm"]
    assert caller.texts[2] == "không chín một hai, ba bốn năm, sáu bảy tám"
    (request,) = caller.callbacks
    assert request == CallbackRequest(
        queue="central",
        number="+84912345678",
        call_id="call-1",
        waiting_since=caller.start + timedelta(seconds=17),
        priority=2,
        skills={"vi": 1},
        language="vi",
    )
    assert caller.visit("back").port == "requested"
    assert (ended.variables["callback_id"], ended.variables["callback_number"]) == ("cb", "+84912345678")


def test_who_declines_or_says_nothing_is_not_called_back() -> None:
    for keys in ([(6.0, "2")], []):
        caller = Caller(keys)
        call(calling_back(attempts=1), caller)
        assert (asked(caller), caller.callbacks, caller.visit("back").port) == (["offer"], [], "declined")


def test_a_withheld_number_is_asked_for_until_it_can_be_called() -> None:
    first = [(6.0 + index / 10, key) for index, key in enumerate("1")]
    wrong = [(12.0 + index / 10, key) for index, key in enumerate("123456789012345")]
    right = [(25.0 + index / 10, key) for index, key in enumerate("0987654321#")]
    caller = Caller([*first, *wrong, *right, (38.0, "1")])
    call(calling_back(), caller, caller_number="anonymous")
    assert asked(caller) == ["offer", "which", "wrong", "which", "confirm"]
    assert [request.number for request in caller.callbacks] == ["+84987654321"]


def test_another_number_may_be_entered() -> None:
    entry = [(20.0 + index / 10, key) for index, key in enumerate("0987654321#")]
    caller = Caller([(6.0, "1"), (17.0, "2"), *entry, (35.0, "1")])
    call(calling_back(), caller)
    assert asked(caller) == ["offer", "confirm", "which", "confirm"]
    assert [request.number for request in caller.callbacks] == ["+84987654321"]


def test_without_a_number_there_is_no_call_back() -> None:
    caller = Caller([(6.0, "1")])
    call(calling_back(attempts=2), caller, caller_number="")
    assert asked(caller) == ["offer", "which", "which"]
    assert (caller.callbacks, caller.visit("back").port) == ([], "failed")


@pytest.mark.parametrize("outcome", [CallbackOutcome.EXISTS, CallbackOutcome.FAILED])
def test_the_answer_of_the_queue_is_the_port(outcome: CallbackOutcome) -> None:
    caller = Caller(callback=[CallbackResult(outcome)])
    call(calling_back(offer={}, confirm={}), caller)
    assert (asked(caller), caller.visit("back").port) == ([], outcome.value)


def test_a_call_back_keeps_the_place_of_the_queue_left() -> None:
    program = flow(
        node("hello", "play", {"next": "wait"}, prompts=said("hello")),
        node("wait", "queue", exits("back"), queue=CENTRAL),
        node(
            "back", "callback", {port: "end" for port in ("requested", "declined", "exists", "failed")},
            queue=CENTRAL, offer={}, confirm={}, ask_number=said("which"),
        ),
    )  # fmt: skip
    caller = Caller(queue=[result(QueueOutcome.MAX_WAIT, waited_ms=40_000)])
    call(program, caller)
    assert [request.waiting_since for request in caller.callbacks] == [caller.start + timedelta(seconds=5)]


# The verifier


def problems(program: Program, **catalogue: Any) -> set[tuple[str, str | None]]:
    return {(found.code, found.node_id) for found in validate(program, Catalogue(**catalogue))}


def test_unknown_queues_name_the_node() -> None:
    known = frozenset({"warranty"})
    assert problems(waiting(), queues=known) == set(), "the central desk may always be named"
    assert problems(waiting(queue={"kind": "queue", "queue": "warranty"}), queues=known) == set()
    assert problems(waiting(queue={"kind": "queue", "queue": "sales"}), queues=known) == {("unknown-queue", "wait")}
    assert problems(waiting(queue={"kind": "queue", "queue": "sales"})) == set()
    assert problems(calling_back(queue={"kind": "queue", "queue": "sales"}), queues=known) == {
        ("unknown-queue", "back")
    }


def test_every_exit_that_can_happen_must_lead_somewhere() -> None:
    for port in UNANSWERED:
        wired = {name: target for name, target in exits("end").items() if name != port}
        program = flow(node("wait", "queue", wired, queue=CENTRAL))
        assert problems(program) == {("missing-exit", "wait")}
    assert problems(flow(node("wait", "queue", exits("end"), queue=CENTRAL, exit_keys="0"))) == {
        ("missing-exit", "wait")
    }


def test_a_queue_that_leads_back_to_itself_is_an_endless_loop() -> None:
    assert ("endless-loop", "wait") in problems(flow(node("wait", "queue", exits("wait"), queue=CENTRAL)))


def test_keys_that_clash_are_found() -> None:
    assert problems(waiting(exit_keys="00")) == {("duplicate-key", "wait")}
    assert problems(calling_back(accept_key="1", decline_key="1")) == {("duplicate-key", "back")}


def test_the_longest_way_to_a_human_ends_at_the_queue() -> None:
    program = flow(
        node("hello", "play", {"next": "wait"}, prompts={"vi": [{"tone": "beep"}]}),
        node("wait", "queue", exits("back"), queue=CENTRAL),
        node(
            "back", "callback", {port: "end" for port in ("requested", "declined", "exists", "failed")}, queue=CENTRAL
        ),
    )  # fmt: skip
    assert report(program).worst_case_to_human_s == 1.0
    assert program.nodes["wait"].type.worst_case_s(program.nodes["wait"].data) == 300.0
    assert 60 < program.nodes["back"].type.worst_case_s(program.nodes["back"].data) < 600


# Test cases in flow files


def test_flow_tests_say_what_queues_and_call_backs_answer() -> None:
    cases: list[dict[str, Any]] = [
        {
            "name": "answered",
            "queue": [{"outcome": "answered", "talk_s": 12}],
            "expect": {"queued": ["central"], "ended": "completed"},
        },
        {
            "name": "nobody answers",
            "keys": ["1", "1"],
            "expect": {"path": ["start", "wait", "back", "end"], "variables": {"queue_waited_s": 300}},
        },
        {
            "name": "left by key",
            "queue": [{"outcome": "key"}],
            "keys": ["1", "1"],
            "callback": [{"outcome": "exists"}],
            "expect": {"queued": ["central"], "callbacks": ["+84912345678"], "variables": {"queue_key": "0"}},
        },
        {"name": "wrong", "expect": {"queued": [], "callbacks": ["+84900000000"]}},
    ]
    program = flow(
        node("wait", "queue", exits("back", "key"), queue=CENTRAL, exit_keys="0"),
        node(
            "back", "callback", {port: "end" for port in ("requested", "declined", "exists", "failed")}, queue=CENTRAL
        ),
        tests=cases,
    )  # fmt: skip
    failures = {name: [str(each) for each in run.failures] for name, run in run_tests(program, {}).items()}
    assert failures == {
        "answered": [],
        "nobody answers": [],
        "left by key": [],
        "wrong": ["queued in ['central']", "to be called back: []"],
    }
