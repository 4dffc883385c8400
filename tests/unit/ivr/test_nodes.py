"""What each node type does, and the limits that protect a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from callcenter.calls.channel_results import DialOutcome, DialResult, TargetKind
from callcenter.ivr import effects
from callcenter.ivr.flow_call import FlowSettings
from callcenter.ivr.model import Program, program_from
from callcenter.ivr.nodes.condition import Operator, compare
from callcenter.ivr.ports import CustomerLookup, CustomerOutcome, HttpOutcome, HttpResult, StoreLookup, StoreOutcome
from callcenter.ivr.variables import Secret
from tests.unit.ivr.timeline import Caller, call, flow, flow_document, node, said


def collect(**data: Any) -> Program:
    return flow(
        node(
            "number",
            "collect_digits",
            {"collected": "end", "no_input": "silent", "invalid": "wrong"},
            **{"variable": "entry_no", "prompts": said("enter"), "repeat_prompts": said("again"), **data},
        ),
        node("silent", "hangup"),
        node("wrong", "hangup"),
    )


def press(keys: str, at: float = 6.0, step: float = 1.0) -> list[tuple[float, str]]:
    return [(at + index * step, key) for index, key in enumerate(keys)]


@pytest.mark.parametrize(
    ("keys", "settings", "value", "finished"),
    [
        ("123#", {}, "123", 9.0),
        ("123", {}, "123", 11.0),
        ("1234", {"max_digits": 4}, "1234", 9.0),
        ("99*123#", {}, "123", 12.0),
        ("123", {"terminator": None}, "123", 11.0),
    ],
    ids=["terminator", "inter-digit", "full length", "cleared", "no terminator"],
)
def test_a_number_is_complete(keys: str, settings: dict[str, Any], value: str, finished: float) -> None:
    caller = Caller(press(keys))
    ended = call(collect(**settings), caller)
    assert (ended.node_id, ended.variables["entry_no"], caller.now) == ("end", value, finished)


def test_too_few_digits_are_invalid_and_the_short_prompt_follows() -> None:
    caller = Caller([*press("1#"), *press("123#", at=18.0)])
    assert call(collect(min_digits=3), caller).variables["entry_no"] == "123"
    assert caller.texts == ["enter", "again"]


def test_number_counters_and_exits() -> None:
    assert call(collect(), Caller()).node_id == "silent"
    assert call(collect(min_digits=3), Caller([*press("#"), *press("#", 13.0), *press("#", 20.0)])).node_id == "wrong"


def test_a_terminator_after_the_full_length_does_not_reach_the_next_node() -> None:
    program = flow(
        node(
            "number",
            "collect_digits",
            {"collected": "menu", "no_input": "end", "invalid": "end"},
            variable="x",
            prompts=said("enter"),
            max_digits=3,
        ),
        node(
            "menu",
            "menu",
            {"1": "end", "no_input": "end", "invalid": "end"},
            options=[{"keys": "1"}],
            prompts=said("menu"),
        ),
    )
    caller = Caller([*press("123#", step=0.2), (8.0, "1")])
    call(program, caller)
    assert caller.visit("menu").keys == "1"


def test_confirm_reads_back_and_forgets_keys_pressed_before() -> None:
    program = collect(confirm={})
    keys = [*press("42#", step=0.1), (30.0, "2"), *press("43#", at=40.0), (60.0, "1")]
    caller = Caller(keys)
    ended = call(program, caller)
    assert ended.variables["entry_no"] == "43"
    assert caller.texts[1:4] == ["Quý khách vừa nhập", "bốn hai", "Đúng, bấm 1. Nhập lại, bấm 2."]
    assert any(isinstance(effect, effects.FlushDigits) for effect in caller.log)


def test_a_key_pressed_before_the_read_back_does_not_confirm() -> None:
    caller = Caller([(6.0, "4"), (6.0, "2"), (6.0, "#"), (6.0, "1")])
    call(collect(confirm={}), caller)
    assert caller.texts[1] == "Quý khách vừa nhập"


SECRET = "8315"


def test_secret_digits_never_leave_but_in_the_marked_body() -> None:
    program = flow(
        node(
            "pin",
            "collect_digits",
            {"collected": "copy", "no_input": "end", "invalid": "end"},
            variable="pin",
            secure=True,
            max_digits=4,
            prompts=said("pin?"),
        ),
        node(
            "copy",
            "set_variable",
            {"next": "tag"},
            assignments=[{"variable": "copied", "value": "pin"}, {"variable": "text", "value": "'pin ' ~ pin"}],
        ),
        node("tag", "log_tag", {"next": "tell"}, tag="pin", value="{{ pin }}"),
        node("tell", "say", {"next": "check"}, value="pin", **{"as": "digits"}, before=said("pin is {{ pin }}")),
        node(
            "check",
            "condition",
            {"right": "http", "else": "end"},
            rules=[{"id": "right", "value": "pin", "operand": SECRET}],
        ),
        node(
            "http",
            "http_request",
            {port: "end" for port in ("success", "client_error", "server_error", "timeout", "blocked", "invalid")},
            method="POST",
            url="https://shop.vn/{{ pin }}",
            headers={"X-Pin": "{{ pin }}"},
            body='{"pin": {{ pin|tojson }}, "copy": "{{ copied }}"}',
            secrets=["pin"],
        ),
    )
    caller = Caller(press(SECRET + "77"), http=[HttpResult(HttpOutcome.SUCCESS, 200)])
    ended = call(program, caller)
    request = next(effect.request for effect in caller.log if isinstance(effect, effects.HttpCall))
    assert json.loads(request.body or "") == {"pin": SECRET, "copy": "••••"}
    assert caller.visit("pin").keys == "••••"
    assert caller.visit("check").port == "right"
    everything = (
        repr(caller.log) + repr(caller.left) + repr(ended) + json.dumps(dict(ended.variables)) + str(caller.heard)
    )
    everything += request.url + str(request.headers)
    assert SECRET not in everything


def test_a_secret_prints_as_bullets_whatever_is_tried() -> None:
    secret = Secret(SECRET)
    assert [str(secret), repr(secret), f"{secret:>10}", f"{secret}"] == ["••••"] * 4
    assert secret == SECRET and secret != "1" and len(secret) == 4


def test_say_and_play_speak_values_in_the_callers_language() -> None:
    program = flow(
        node("a", "say", {"next": "b"}, value="total", **{"as": "money"}),
        node("b", "language", {"next": "c"}, source={"kind": "fixed", "language": "en"}),
        node("c", "play", {"next": "end"}, prompts={"vi": [{"text": "x"}], "en": [{"say": "total", "as": "money"}]}),
        languages=["vi", "en"],
    )
    caller = Caller()
    ended = call(program, caller, total=125000)
    assert caller.texts == ["một trăm hai mươi lăm nghìn đồng", "one hundred and twenty-five thousand dong"]
    assert ended.language == "en"


def test_play_repeats_until_a_key_is_pressed() -> None:
    program = flow(node("a", "play", {"next": "end"}, prompts=said("x"), repeat=5))
    caller = Caller([(7.0, "1")])
    call(program, caller)
    assert (caller.texts, caller.now) == (["x", "x"], 7.0)


@pytest.mark.parametrize(
    ("value", "operator", "operand", "holds"),
    [
        ("5", "equals", 5, True),
        (5, "equals", "5.0", True),
        ("a", "equals", "b", False),
        (True, "equals", "true", True),
        ("a", "not_equals", "b", True),
        ("b", "in", ["a", "b"], True),
        ("b", "in", "a, b", True),
        ("c", "in", "a, b", False),
        ("abc", "contains", "b", True),
        (["vip"], "contains", "vip", True),
        ("abc", "starts_with", "ab", True),
        ("", "empty", None, True),
        ("x", "not_empty", None, True),
        ("9", "less", "10", True),
        (10, "less_or_equal", 10, True),
        (11, "greater", "10", True),
        (10, "greater_or_equal", 10, True),
        ("x", "greater", 1, False),
        (None, "equals", 0, False),
    ],
)
def test_operators(value: Any, operator: str, operand: Any, holds: bool) -> None:
    assert compare(value, Operator(operator), operand) is holds


def test_condition_takes_the_first_rule_that_holds_and_a_missing_variable_is_false() -> None:
    program = flow(
        node(
            "c",
            "condition",
            {"a": "lost", "b": "lost", "gold": "good", "else": "lost"},
            rules=[
                {"id": "a", "expression": "nobody > 3"},
                {"id": "b", "value": "nobody", "operand": 1},
                {"id": "gold", "expression": "customer.level == 'gold' and total >= 100"},
            ],
        ),
        node("good", "hangup"),
        node("lost", "hangup"),
    )
    caller = Caller()
    assert call(program, caller, customer={"level": "gold"}, total=100).node_id == "good"
    assert len(caller.visit("c").warnings) == 2


@pytest.mark.parametrize("outcome", list(CustomerOutcome))
def test_customer_lookup_exits(outcome: CustomerOutcome) -> None:
    program = flow(
        node("who", "customer_lookup", {port.value: port.value for port in CustomerOutcome}),
        *(node(port.value, "hangup") for port in CustomerOutcome),
    )
    people = ({"id": 7, "name": "Lan"}, {"id": 8, "name": "Minh"})
    found = people if outcome in ("found", "multiple") else ()
    ended = call(program, Caller(customer=CustomerLookup(outcome, found)))
    assert ended.node_id == outcome.value
    assert ended.variables.get("customer") == (people[0] if found else None)


@pytest.mark.parametrize("outcome", list(StoreOutcome))
def test_last_store_exits_and_its_explanation_goes_with_the_dial(outcome: StoreOutcome) -> None:
    program = flow(
        node("which", "last_store", {port.value: "ring" for port in StoreOutcome}, mode="score", window_days=30),
        node(
            "ring",
            "dial",
            {port: "end" for port in ("busy", "no_answer", "unavailable", "closed", "failed", "left")},
            target={"kind": "store_variable"},
        ),
    )
    stores = ({"code": "HN01", "name": "Cầu Giấy"},) if outcome in ("found", "multiple", "closed") else ()
    caller = Caller(store=StoreLookup(outcome, stores, {"why": "visited"}))
    call(program, caller, customer={"id": 7})
    query = next(effect.query for effect in caller.log if isinstance(effect, effects.FindLastStore))
    assert (query.number, query.customer_id, query.mode, query.window_days) == ("+84912345678", "7", "score", 30)
    assert caller.visit("which").port == outcome.value
    if stores:
        assert (caller.dials[0].target, caller.dials[0].kind) == ("HN01", TargetKind.STORE)
        assert caller.dials[0].explanation == {"why": "visited"}
    else:
        assert caller.dials == [] and caller.visit("ring").port == "failed"


@pytest.mark.parametrize("outcome", [outcome for outcome in DialOutcome if outcome is not DialOutcome.ANSWERED])
def test_dial_exits(outcome: DialOutcome) -> None:
    ports = ("busy", "no_answer", "unavailable", "closed", "failed", "left")
    program = flow(
        node(
            "ring",
            "dial",
            {port: port for port in ports},
            target={"kind": "extension", "extension": "101"},
            announce=said("hold"),
        ),
        *(node(port, "hangup") for port in ports),
    )
    caller = Caller(dial=[DialResult(outcome)])
    assert call(program, caller).node_id == outcome.value
    assert [part.value for part in caller.dials[0].announce] == ["hold"]


def test_after_a_conversation_the_call_ends_or_goes_on() -> None:
    exits = {port: "end" for port in ("busy", "no_answer", "unavailable", "closed", "failed", "left")}
    answered = DialResult(DialOutcome.ANSWERED, talk_ms=2_000_000)
    ending = flow(node("ring", "dial", exits, target={"kind": "store", "store": "central"}))
    assert call(ending, Caller(dial=[answered])).node_id == "ring"
    lasting = flow(
        node(
            "ring",
            "dial",
            {**exits, "answered": "more"},
            target={"kind": "number", "number": "19001234"},
            after_answer="continue",
        ),
        node("more", "play", {"next": "end"}, prompts=said("thanks")),
    )
    caller = Caller(dial=[answered])
    ended = call(lasting, caller)
    assert (ended.cause, caller.texts) == ("completed", ["thanks"])  # Talking does not count as doing nothing.


def test_the_leave_key_pressed_ahead_leaves_without_ringing() -> None:
    program = flow(
        node("hello", "play", {"next": "ring"}, prompts=said("hello")),
        node(
            "ring",
            "dial",
            {port: "end" for port in ("busy", "no_answer", "unavailable", "closed", "failed", "left")},
            target={"kind": "store", "store": "central"},
        ),
    )
    caller = Caller([(1.0, "0")])
    call(program, caller)
    assert (caller.visit("ring").port, caller.dials) == ("left", [])


def test_voicemail_records_for_the_callers_store() -> None:
    program = flow(
        node(
            "vm",
            "voicemail",
            {"recorded": "end", "empty": "end", "failed": "end"},
            greeting=said("speak"),
            store="{{ store.code }}",
        )
    )
    caller = Caller()
    call(program, caller, store={"code": "HN01"})
    assert caller.visit("vm").detail == {"outcome": "recorded", "box": "HN01", "recording": "rec", "duration_ms": 1000}


def test_http_captures_values_and_leaves_by_outcome() -> None:
    ports = [outcome.value for outcome in HttpOutcome]
    program = flow(
        node(
            "ask",
            "http_request",
            {port: port for port in ports},
            url="https://shop.vn/o/{{ order|urlencode }}",
            captures=[
                {"variable": "status", "path": "$.order.items[0].status", "required": True},
                {"variable": "eta", "path": "$.eta"},
            ],
        ),
        *(node(port, "hangup") for port in ports),
    )
    good = HttpResult(HttpOutcome.SUCCESS, 200, {"order": {"items": [{"status": "đang giao"}]}})
    ended = call(program, caller := Caller(http=[good]), order="a/b c")
    assert (ended.node_id, ended.variables["status"], ended.variables["http_status"]) == ("success", "đang giao", 200)
    assert next(e.request.url for e in caller.log if isinstance(e, effects.HttpCall)) == "https://shop.vn/o/a/b%20c"
    assert call(program, Caller(http=[HttpResult(HttpOutcome.SUCCESS, 200, {})]), order="1").node_id == "invalid"
    for outcome in HttpOutcome:
        if outcome is not HttpOutcome.SUCCESS:
            assert call(program, Caller(http=[HttpResult(outcome)]), order="1").node_id == outcome.value


def test_language_asked_with_keys() -> None:
    program = flow(
        node(
            "lang",
            "language",
            {"next": "end"},
            source={
                "kind": "ask",
                "prompts": said("vi/en?"),
                "keys": [{"key": "1", "language": "vi"}, {"key": "2", "language": "en"}],
            },
        ),
        languages=["vi", "en"],
    )
    assert call(program, Caller([(6.0, "2")])).language == "en"
    assert call(program, Caller()).language == "vi"


def test_sub_flow_outcomes_map_to_exits_and_variables_are_shared() -> None:
    inner = flow(
        node("set", "set_variable", {"next": "back"}, assignments=[{"variable": "x", "value": "base + 1"}]),
        node("back", "return", outcome="odd"),
        flow_id="inner",
        kind="sub_flow",
        variables={"base": 10},
    )

    def outer(*outcomes: str) -> Program:
        return flow(
            node("sub", "sub_flow", {"odd": "mapped", "returned": "other"}, flow="inner", outcomes=list(outcomes)),
            node("mapped", "hangup"),
            node("other", "hangup"),
        )

    ended = call(outer("odd"), Caller(), inner, base=1)
    assert (ended.flow_id, ended.node_id, ended.variables["x"]) == ("flow", "mapped", 2)
    assert call(outer(), Caller(), inner).node_id == "other"


def looping(**extra: Any) -> Program:
    return flow(node("a", "set_variable", {"next": "b"}), node("b", "set_variable", {"next": "a"}), **extra)


def test_500_nodes_are_the_most() -> None:
    caller = Caller()
    ended = call(looping(), caller)
    assert (ended.cause, len(caller.left)) == ("node_limit", 500)
    assert caller.log[-1] == effects.Hangup("error")


def test_the_error_exit_is_taken_once() -> None:
    document_nodes = (
        node("a", "set_variable", {"next": "a"}),
        node("sorry", "play", {"next": "end"}, prompts=said("sorry")),
    )
    document = flow_document(*document_nodes)
    document["edges"].append({"id": "err", "source": "start", "sourceHandle": "error", "target": "sorry"})
    caller = Caller()
    assert call(program_from(document), caller).cause == "completed"
    assert caller.texts == ["sorry"]
    document["edges"][-1]["target"] = "a"
    caller = Caller()
    assert (
        call(program_from(document), caller, settings=FlowSettings(max_nodes=100, error_nodes=20)).cause == "node_limit"
    )
    assert len(caller.left) == 120


def test_ten_minutes_without_an_input_node_end_the_call() -> None:
    program = flow(node("a", "play", {"next": "a"}, prompts=said("x"), barge_in=False))
    caller = Caller()
    assert call(program, caller).cause == "no_input_limit"
    assert 600 < caller.now <= 605


def test_input_nodes_restart_the_ten_minutes() -> None:
    program = flow(
        node("a", "play", {"next": "m"}, prompts=said("x"), repeat=20),
        node(
            "m",
            "menu",
            {"1": "a", "no_input": "a", "invalid": "a"},
            options=[{"keys": "1"}],
            prompts=said("m"),
            max_no_input=1,
        ),
    )
    assert call(program, Caller(), settings=FlowSettings(max_nodes=40)).cause == "node_limit"


def test_a_flow_that_leads_nowhere_ends_with_its_cause() -> None:
    assert call(flow(node("a", "play", prompts=said("x"))), Caller()).cause == "flow_error"
    assert call(flow(node("a", "goto_flow", flow="gone")), Caller()).cause == "flow_error"
