"""What a supervisor writes about a queue, and what the distribution of calls makes of it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, time
from typing import Any

import pytest

from callcenter.acd.queue import QueueSettings, SkillRelaxation, StaffRule, WrapUpMode
from callcenter.acd.strategies import STRATEGIES
from callcenter.calls.channel_results import PromptKind, PromptPart
from callcenter.crm.store import ALWAYS_OPEN, OpeningHours, Shift
from callcenter.routing.hours_form import HoursForm
from callcenter.routing.queue_form import InvalidQueueSettings, QueueForm, read_settings


def test_nothing_written_is_what_queues_come_with() -> None:
    assert QueueForm().to_settings() == QueueSettings()


def names_of(value: Any, path: str = "") -> set[str]:
    """Return the dotted names of everything that can be set; opening hours count as one."""
    found = set()
    for field in fields(value):
        inner = getattr(value, field.name)
        if is_dataclass(inner) and not isinstance(inner, OpeningHours):
            found |= names_of(inner, f"{path}{field.name}.")
        else:
            found.add(f"{path}{field.name}")
    return found


def names_in(schema: dict[str, Any], root: dict[str, Any], path: str = "") -> set[str]:
    found = set()
    for name, field in schema["properties"].items():
        inner = root["$defs"].get(field.get("$ref", "").rpartition("/")[2], {})
        if "properties" in inner and inner["title"] != "HoursForm":
            found |= names_in(inner, root, f"{path}{name}.")
        else:
            found.add(f"{path}{name}")
    return found


def test_every_setting_of_a_queue_can_be_written_and_nothing_else() -> None:
    schema = QueueForm.model_json_schema()
    assert names_in(schema, schema) == names_of(QueueSettings())


def test_every_setting_has_labels_in_both_languages() -> None:
    schema = QueueForm.model_json_schema()
    for shape in (schema, *schema["$defs"].values()):
        for name, field in shape.get("properties", {}).items():
            if shape.get("title", "").endswith("Form"):
                assert set(field["label"]) == {"vi", "en"}, name


def test_the_schema_offers_the_strategies_there_are() -> None:
    assert QueueForm.model_json_schema()["properties"]["strategy"]["enum"] == list(STRATEGIES)


def test_everything_written_arrives() -> None:
    settings = read_settings(
        {
            "strategy": "linear",
            "skills": {"billing": 3},
            "relaxations": [{"after_s": 60, "lower_by": 1}, {"after_s": 120, "drop": ["billing"]}],
            "join_when": "on_queue",
            "overflow": ["central"],
            "greeting": {"vi": [{"text": "Xin chào"}, {"tone": "beep"}], "en": [{"file": "hello"}]},
            "hours": {"always_open": False, "weekdays": {"mon": ["08:00-12:00"]}, "exceptions": {"2027-02-06": []}},
            "announcements": {"periodic": {"vi": [{"text": "Vui lòng chờ"}]}, "max_gap_s": 90},
            "callback": {"quiet_from": "20:30"},
            "wrap_up": {"mode": "until_coded"},
        }
    ).to_settings()
    assert (settings.strategy, settings.skills, settings.overflow) == ("linear", {"billing": 3}, ("central",))
    assert settings.relaxations == (
        SkillRelaxation(after_s=60, lower_by=1),
        SkillRelaxation(after_s=120, drop=("billing",)),
    )
    assert settings.join_when is StaffRule.ON_QUEUE
    assert settings.greeting == (
        PromptPart(PromptKind.TEXT, "Xin chào", "vi"),
        PromptPart(PromptKind.TONE, "beep", "vi"),
        PromptPart(PromptKind.FILE, "hello", "en"),
    )
    assert settings.hours == OpeningHours(
        weekdays={0: (Shift(time(8), time(12)),)}, exceptions={date(2027, 2, 6): ()}, closed_on_holidays=False
    )
    assert settings.announcements.periodic == (PromptPart(PromptKind.TEXT, "Vui lòng chờ", "vi"),)
    assert settings.callback.quiet_from == time(20, 30)
    assert settings.wrap_up.mode is WrapUpMode.UNTIL_CODED


def test_what_is_left_out_is_as_the_deployment_says() -> None:
    defaults = {"ring_s": 20, "wrap_up": {"seconds": 45, "extend_s": 10}, "skills": {"vi": 1}}
    form = read_settings({"wrap_up": {"seconds": 5}, "skills": {"en": 2}}, defaults)
    assert (form.ring_s, form.wrap_up.seconds, form.wrap_up.extend_s) == (20, 5, 10)
    assert form.skills == {"en": 2}, "skills are set as a whole"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({"strategy": "loudest"}, "strategy"),
        ({"rings": 3}, "rings"),
        ({"ring_s": 0}, "ring_s"),
        ({"music": "../secret"}, "music"),
        ({"greeting": {"vi": [{"text": "Chào {{ customer.name }}"}]}}, "greeting"),
        ({"greeting": {"vi": [{"say": "x", "as": "digits"}]}}, "greeting"),
        ({"hours": {"always_open": False, "weekdays": {"mon": ["25:00-26:00"]}}}, "hours"),
        ({"hours": {"always_open": False, "timezone": "Mars/Base"}}, "hours"),
        ({"callback": {"quiet_from": "9pm"}}, "callback.quiet_from"),
        ({"skills": {"billing": 99}}, "skills.billing"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused_by_name(written: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidQueueSettings, match=reason):
        read_settings(written)


def test_hours_are_written_back_as_they_are() -> None:
    hours = OpeningHours(weekdays={6: (Shift(time(8, 30), time(0)),)}, closed_on_holidays=True)
    assert HoursForm.of(hours).to_hours() == hours
    assert HoursForm.of(ALWAYS_OPEN) == HoursForm()
