"""Every rule of a menu, each on a timeline. Prompts last 5 s."""

from __future__ import annotations

from typing import Any

import pytest

from callcenter.ivr.model import Program
from tests.unit.ivr.timeline import Caller, call, flow, node, said


def menu(*options: str, **data: Any) -> Program:
    exits = {option: f"end_{index}" for index, option in enumerate(options)}
    settings: dict[str, Any] = {
        "prompts": said("greeting"),
        "repeat_prompts": said("short"),
        "invalid_prompts": said("invalid"),
        "no_input_prompts": said("silence"),
        **data,
    }
    return flow(
        node(
            "menu",
            "menu",
            {**exits, "no_input": "end_no_input", "invalid": "end_invalid"},
            options=[{"keys": option} for option in options],
            **settings,
        ),
        *(node(name, "hangup") for name in [*exits.values(), "end_no_input", "end_invalid"]),
    )


def test_a_valid_key_stops_the_prompt_and_is_taken_at_once() -> None:
    caller = Caller([(1.0, "1")])
    ended = call(menu("1", "2"), caller)
    assert (ended.node_id, caller.now) == ("end_0", 1.0)


def test_a_key_that_is_no_option_stops_the_prompt_too_and_counts_as_invalid() -> None:
    caller = Caller([(1.0, "9"), (12.0, "1")])
    ended = call(menu("1"), caller)
    assert caller.heard == [(0.0, "greeting"), (1.0, "invalid"), (1.0, "short")]
    assert (ended.node_id, caller.now) == ("end_0", 12.0)


def test_the_no_input_timer_runs_seven_seconds_from_the_end_of_the_prompt() -> None:
    assert call(menu("1"), caller := Caller([(11.9, "1")])).node_id == "end_0"
    assert caller.texts == ["greeting"]
    call(menu("1"), caller := Caller([(12.1, "1")]))
    assert caller.heard[:2] == [(0.0, "greeting"), (12.0, "silence")]


def test_the_first_greeting_is_long_and_repeats_are_short() -> None:
    caller = Caller()
    assert call(menu("1"), caller).node_id == "end_no_input"
    assert caller.texts == ["greeting", "silence", "short", "silence", "short"]


def test_without_a_short_prompt_the_greeting_is_repeated() -> None:
    call(menu("1", repeat_prompts={}), caller := Caller())
    assert caller.texts == ["greeting", "silence", "greeting", "silence", "greeting"]


def test_three_silences_leave_by_no_input() -> None:
    caller = Caller()
    assert call(menu("1"), caller).node_id == "end_no_input"
    assert caller.now == 5 + 7 + 10 + 7 + 10 + 7


def test_three_wrong_keys_leave_by_invalid() -> None:
    caller = Caller([(6.0, "9"), (17.0, "8"), (28.0, "7")])
    assert call(menu("1"), caller).node_id == "end_invalid"
    assert caller.now == 28.0


def test_the_two_counters_are_separate() -> None:
    # invalid, silence, invalid, silence: neither has reached three.
    keys = [(6.0, "9"), (24.0, "8"), (47.0, "1")]
    caller = Caller(keys)
    assert call(menu("1"), caller).node_id == "end_0"
    assert caller.texts == ["greeting", "invalid", "short", "silence", "short", "invalid", "short", "silence", "short"]


def test_counters_belong_to_one_visit() -> None:
    program = flow(
        node(
            "menu",
            "menu",
            {"1": "again", "2": "end", "no_input": "end", "invalid": "lost"},
            options=[{"keys": "1"}, {"keys": "2"}],
            prompts=said("greeting"),
        ),
        node("again", "set_variable", {"next": "menu"}),
        node("lost", "hangup"),
    )
    caller = Caller([(6.0, "9"), (12.0, "9"), (18.0, "1"), (24.0, "9"), (30.0, "9"), (36.0, "2")])
    assert call(program, caller).node_id == "end"


def test_a_longer_option_is_waited_for_three_seconds() -> None:
    caller = Caller([(6.0, "1")])
    assert call(menu("1", "123"), caller).node_id == "end_0"
    assert caller.now == 9.0


def test_the_longest_option_wins() -> None:
    caller = Caller([(6.0, "1"), (8.9, "2"), (11.8, "3")])
    assert call(menu("1", "123"), caller).node_id == "end_1"
    assert caller.now == 11.8


def test_strict_takes_an_option_as_soon_as_it_is_complete() -> None:
    caller = Caller([(6.0, "1"), (6.5, "2")])
    assert call(menu("1", "123", strict=True), caller).node_id == "end_0"
    assert caller.now == 6.0


def test_an_unfinished_option_is_invalid() -> None:
    caller = Caller([(6.0, "1"), (7.0, "2")])
    call(menu("1", "123"), caller)
    assert caller.heard[1] == (10.0, "invalid")


def test_hash_ends_the_entry() -> None:
    caller = Caller([(6.0, "1"), (6.2, "#")])
    assert call(menu("1", "123"), caller).node_id == "end_0"
    assert caller.now == 6.2


def test_hash_alone_is_invalid_unless_it_is_an_option() -> None:
    call(menu("1"), caller := Caller([(6.0, "#")]))
    assert caller.heard[1] == (6.0, "invalid")
    assert call(menu("1", "#"), Caller([(6.0, "#")])).node_id == "end_1"


def test_star_clears_the_entry() -> None:
    caller = Caller([(6.0, "1"), (6.2, "*"), (8.0, "2")])
    assert call(menu("12", "2"), caller).node_id == "end_1"
    assert caller.texts == ["greeting"]


def test_star_as_an_option_does_not_clear() -> None:
    assert call(menu("1", "*"), Caller([(6.0, "*")])).node_id == "end_1"
    caller = Caller([(6.0, "*"), (6.5, "1")])
    assert call(menu("*1"), caller).node_id == "end_0"


def two_menus(**second: Any) -> Program:
    return flow(
        node(
            "first",
            "menu",
            {"1": "second", "no_input": "end", "invalid": "end"},
            options=[{"keys": "1"}],
            prompts=said("first"),
        ),
        node(
            "second",
            "menu",
            {"5": "done", "no_input": "silent", "invalid": "end"},
            options=[{"keys": "5"}],
            prompts=said("second"),
            **second,
        ),
        node("done", "hangup"),
        node("silent", "hangup"),
    )


def test_keys_pressed_ahead_skip_the_next_menus_prompt() -> None:
    caller = Caller([(1.0, "1"), (1.0, "5")])
    assert call(two_menus(), caller).node_id == "done"
    assert caller.texts == ["first"]
    assert caller.visit("second").detail == {"prompt_skipped": True}


def test_keys_pressed_ahead_survive_a_sub_flow_and_a_flow_change() -> None:
    inner = flow(
        node(
            "ask",
            "menu",
            {"2": "back", "no_input": "back", "invalid": "back"},
            options=[{"keys": "2"}],
            prompts=said("in"),
        ),
        node("back", "return", outcome="done"),
        flow_id="inner",
        kind="sub_flow",
    )
    other = flow(
        node(
            "last",
            "menu",
            {"3": "good", "no_input": "end", "invalid": "end"},
            options=[{"keys": "3"}],
            prompts=said("last"),
        ),
        node("good", "hangup"),
        flow_id="other",
    )
    program = flow(
        node(
            "ask",
            "menu",
            {"1": "sub", "no_input": "end", "invalid": "end"},
            options=[{"keys": "1"}],
            prompts=said("out"),
        ),
        node("sub", "sub_flow", {"done": "go", "returned": "end"}, flow="inner", outcomes=["done"]),
        node("go", "goto_flow", flow="other"),
    )
    caller = Caller([(1.0, "1"), (1.0, "2"), (1.0, "3")])
    ended = call(program, caller, inner, other)
    assert (ended.flow_id, ended.node_id, caller.texts) == ("other", "good", ["out"])


def test_flush_forgets_keys_pressed_ahead() -> None:
    caller = Caller([(1.0, "1"), (1.0, "5")])
    assert call(two_menus(flush=True), caller).node_id == "silent"
    assert caller.texts[:2] == ["first", "second"]


def test_keys_older_than_ten_seconds_are_forgotten() -> None:
    program = flow(
        node(
            "notice",
            "play",
            {"next": "menu"},
            prompts={"vi": [{"text": "a"}, {"text": "b"}, {"text": "c"}]},
            barge_in=False,
        ),
        node(
            "menu",
            "menu",
            {"5": "done", "no_input": "silent", "invalid": "end"},
            options=[{"keys": "5"}],
            prompts=said("menu"),
            max_no_input=1,
        ),
        node("done", "hangup"),
        node("silent", "hangup"),
    )
    assert call(program, Caller([(4.9, "5")])).node_id == "silent"
    assert call(program, Caller([(5.1, "5")])).node_id == "done"


def test_at_most_32_keys_are_kept() -> None:
    program = flow(
        node(
            "menu",
            "menu",
            {"1": "menu", "2": "two", "no_input": "silent", "invalid": "end"},
            options=[{"keys": "1"}, {"keys": "2"}],
            prompts=said("menu"),
            max_no_input=1,
        ),
        node("two", "hangup"),
        node("silent", "hangup"),
    )
    keys = [(1.0, "1")] * 40 + [(1.0, "2")]
    caller = Caller(keys)
    assert call(program, caller).node_id == "silent"
    assert "".join(record.keys for record in caller.left if record.node_id == "menu") == "1" * 32


def test_with_barge_in_off_the_prompt_is_heard_out_and_the_key_still_counts() -> None:
    caller = Caller([(1.0, "1")])
    assert call(menu("1", barge_in=False), caller).node_id == "end_0"
    assert (caller.texts, caller.now) == (["greeting"], 5.0)


def test_a_key_during_a_play_node_stops_it_and_is_kept_for_the_menu() -> None:
    program = flow(
        node("hello", "play", {"next": "menu"}, prompts=said("hello")),
        node(
            "menu",
            "menu",
            {"1": "end", "no_input": "lost", "invalid": "lost"},
            options=[{"keys": "1"}],
            prompts=said("menu"),
        ),
        node("lost", "hangup"),
    )
    caller = Caller([(2.0, "1")])
    assert call(program, caller).node_id == "end"
    assert (caller.texts, caller.now) == (["hello"], 2.0)


@pytest.mark.parametrize("prompts", [said("greeting"), said("{{ nobody }}")], ids=["speech fails", "variable missing"])
def test_a_prompt_that_cannot_be_played_is_skipped_and_the_menu_stays_open(
    prompts: dict[str, Any],
) -> None:
    caller = Caller([(6.0, "1")], failing=frozenset({"greeting"}))
    assert call(menu("1", prompts=prompts), caller).node_id == "end_0"
    assert caller.texts == []
    assert len(caller.visit("menu").warnings) == 1


def test_the_record_of_a_menu_tells_what_happened() -> None:
    caller = Caller([(6.0, "9"), (17.0, "1")])
    call(menu("1"), caller)
    record = caller.visit("menu")
    assert (record.port, record.keys, record.prompts) == ("1", "91", ("greeting", "invalid", "short"))
    assert record.duration_ms == 17000
