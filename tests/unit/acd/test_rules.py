"""Skills, estimates, announcements, call-backs, counters and words: each rule alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.acd.agent import Agent
from callcenter.acd.agent_state import AgentState
from callcenter.acd.announcements import Announcement, AnnouncementSchedule
from callcenter.acd.callback import Callback, CallbackState
from callcenter.acd.callback_book import CallbackBook, end_of_quiet, held_until
from callcenter.acd.errors import UnknownCallback
from callcenter.acd.estimate import WaitEstimate, rounded_wait
from callcenter.acd.offer import Offer, OfferState
from callcenter.acd.queue import (
    AgentProfile,
    AnnouncementSettings,
    CallbackSettings,
    EstimateMethod,
    EstimateSettings,
    Queue,
    QueueSettings,
    SkillRelaxation,
    StaffRule,
)
from callcenter.acd.records import OfferOutcome, VisitOutcome
from callcenter.acd.returning import ReturningCallers
from callcenter.acd.sayings import Sayings
from callcenter.acd.service_level import DayCounters
from callcenter.acd.skills import meets, next_relaxation, required_after
from callcenter.acd.staffing import StaffWatch, satisfies
from callcenter.base.errors import IllegalTransition
from callcenter.calls.channel_results import PromptKind, PromptPart
from callcenter.testing.queue_floor import DigitWords

# Skills


def test_skills_give_way_step_by_step() -> None:
    asked = {"en": 4, "tv": 3}
    steps = (
        SkillRelaxation(after_s=30, lower_by=2),
        SkillRelaxation(after_s=60, drop=("tv",)),
        SkillRelaxation(after_s=90, drop_all=True),
    )
    assert [dict(required_after(asked, steps, waited)) for waited in (0, 29.9, 30, 60, 90)] == [
        {"en": 4, "tv": 3},
        {"en": 4, "tv": 3},
        {"en": 2, "tv": 1},
        {"en": 2},
        {},
    ]
    assert [next_relaxation(steps, waited) for waited in (0, 30, 90)] == [30, 60, None]
    assert meets({"en": 2}, {"en": 2})
    assert not meets({"en": 1, "tv": 9}, {"en": 2})


# Estimates


def test_the_estimate_is_silent_while_data_are_thin() -> None:
    estimate = WaitEstimate(EstimateSettings())
    for n in range(9):
        estimate.answered(100.0, float(n))
    assert estimate.honest(position=1, waited_s=0, agents=3, now=10.0) is None
    estimate.answered(100.0, 9.0)
    assert estimate.honest(position=1, waited_s=0, agents=3, now=10.0) == 130.0
    assert estimate.honest(position=1, waited_s=200, agents=3, now=10.0) == 0.0
    assert estimate.honest(position=1, waited_s=0, agents=0, now=10.0) is None
    assert estimate.honest(position=1, waited_s=0, agents=3, now=3700.0) is None, "an hour later they are old"


def test_the_average_weighs_three_to_one() -> None:
    estimate = WaitEstimate(EstimateSettings(min_samples=1, padding_s=0))
    estimate.answered(40.0, 0.0)
    estimate.answered(80.0, 1.0)
    assert estimate.honest(position=5, waited_s=0, agents=1, now=1.0) == 50.0


def test_by_handling_time() -> None:
    estimate = WaitEstimate(EstimateSettings(method=EstimateMethod.HANDLING_TIME, min_samples=1))
    assert estimate.for_decisions(position=2, agents=3) == 60.0
    assert estimate.for_decisions(position=2, agents=0) is None
    estimate.answered(1.0, 0.0)
    assert estimate.honest(position=2, waited_s=0, agents=3, now=0.0) is None, "assumed times are not announced"
    estimate.handled(120.0)
    assert estimate.honest(position=2, waited_s=50, agents=3, now=0.0) == 80.0


@given(st.floats(0, 100_000))
def test_a_wait_is_rounded_up_to_half_minutes_and_never_nothing(seconds: float) -> None:
    rounded = rounded_wait(seconds)
    assert rounded >= 30
    assert rounded % 30 == 0
    assert seconds <= rounded + 1e-6 and rounded <= max(seconds, 0) + 30


# Announcements


class Schedule:
    """Looks every half second and keeps what was said, by moment."""

    def __init__(self, **settings: object) -> None:
        self.settings = QueueSettings(
            announcements=AnnouncementSettings(**settings),  # type: ignore[arg-type] # Names are the test's.
            callback=CallbackSettings(enabled=False),
        )
        self.schedule = AnnouncementSchedule(self.settings, 0.0, callback_possible=True)
        self.said: dict[float, Announcement] = {}

    def until(
        self, end: float, *, position: int, start: float, wait_s: float | None = None, rung: bool = False
    ) -> None:
        at = start
        while at < end:
            what = self.schedule.due(at, position=position, wait_s=wait_s, rung=rung)
            if what is not None:
                self.said[at] = what
            at += 0.5

    @property
    def places(self) -> dict[float, int | None]:
        return {at: what.place for at, what in self.said.items()}


def test_the_place_is_said_after_five_seconds_on_change_and_again_in_time() -> None:
    timeline = Schedule()
    timeline.until(8, position=4, start=0)
    timeline.until(100, position=3, start=8)
    assert timeline.places == {5.0: 4, 20.0: 3, 95.0: 3}


def test_changes_are_gathered_for_fifteen_seconds() -> None:
    timeline = Schedule()
    for position in range(5, 1, -1):
        timeline.until((6 - position) * 6.0, position=position, start=(5 - position) * 6.0)
    assert timeline.places == {5.0: 5, 20.0: 2}


def test_nothing_is_said_while_an_agent_is_rung() -> None:
    timeline = Schedule()
    timeline.until(30, position=1, start=0, rung=True)
    timeline.until(40, position=1, start=30)
    assert timeline.places == {30.0: 1}


def test_only_when_better() -> None:
    timeline = Schedule(only_when_better=True, estimated_wait=False)
    timeline.until(30, position=2, start=0)
    timeline.until(200, position=3, start=30)
    timeline.until(230, position=1, start=200)
    assert timeline.places == {5.0: 2, 200.0: 1}


def test_far_places_are_more_than_the_limit_and_not_said_at_every_step() -> None:
    timeline = Schedule()
    timeline.until(30, position=9, start=0)
    timeline.until(60, position=7, start=30)
    assert [(what.place, what.more_than) for what in timeline.said.values()] == [(5, True)]
    timeline.until(79, position=5, start=60)
    assert (timeline.said[60.0].place, timeline.said[60.0].more_than) == (5, False)


def test_without_an_honest_estimate_and_a_place_nothing_is_said() -> None:
    timeline = Schedule(position=False)
    timeline.until(200, position=3, start=0)
    assert timeline.said == {}
    timeline.until(400, position=3, start=200, wait_s=0.0)
    assert {what.wait_s for what in timeline.said.values()} == {30.0}


def test_periodic_texts() -> None:
    text = PromptPart(PromptKind.TEXT, "hello", "vi")
    timeline = Schedule(position=False, estimated_wait=False, periodic=(text,), periodic_every_s=60.0)
    timeline.until(200, position=3, start=0)
    assert list(timeline.said) == [60.0, 120.0, 180.0]


def test_the_callback_is_offered_once_and_every_two_minutes_sooner_when_the_wait_is_long() -> None:
    settings = QueueSettings(announcements=AnnouncementSettings(position=False, estimated_wait=False))
    for wait_s, expected in ((None, [60.0, 180.0, 300.0]), (121.0, [5.0, 125.0, 245.0])):
        schedule = AnnouncementSchedule(settings, 0.0, callback_possible=True)
        said = []
        for half in range(700):
            what = schedule.due(half / 2, position=3, wait_s=wait_s, rung=False)
            if what is not None:
                assert what.offer_callback
                said.append(half / 2)
        assert said == expected
        assert schedule.callback_offered


# Words


class NumbersSaid(DigitWords):
    """Keeps every number it was asked to say."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def number(self, value: int, language: str) -> str:
        self.numbers.append(value)
        return super().number(value, language)


@given(seconds=st.floats(0, 40_000), language=st.sampled_from(["vi", "en"]))
def test_nobody_hears_of_zero_minutes(seconds: float, language: str) -> None:
    words = NumbersSaid()
    text = Sayings(words).wait(rounded_wait(seconds), language)
    assert all(minutes >= 1 for minutes in words.numbers)
    assert ("chưa đến một phút" in text or "under one minute" in text) == (seconds <= 30 + 1e-6)


def test_the_sentences_in_both_languages() -> None:
    sayings = Sayings(DigitWords())
    settings = QueueSettings()
    what = Announcement(place=3, wait_s=150.0, offer_callback=True)
    assert [part.value for part in sayings.announcement(what, settings, "vi")] == [
        "Quý khách đang ở vị trí thứ 3 trong hàng chờ.",
        "Thời gian chờ dự kiến khoảng 2 phút rưỡi.",
        "Nếu không muốn chờ máy, quý khách bấm phím 1, chúng tôi sẽ gọi lại và giữ nguyên vị trí của quý khách.",
    ]
    assert [part.value for part in sayings.announcement(what, settings, "en")] == [
        "You are number 3 in line.",
        "Your expected wait is about 2 and a half minutes.",
        "If you would rather not wait, press 1: we will call you back and keep your place in line.",
    ]
    far = Announcement(place=5, more_than=True, wait_s=30.0)
    assert [part.value for part in sayings.announcement(far, settings, "en")] == [
        "More than 5 callers are waiting ahead of you.",
        "Your expected wait is under one minute.",
    ]


# Who is there


def an_agent(name: str, *, state: AgentState | None = AgentState.AVAILABLE) -> Agent:
    agent = Agent(AgentProfile(id=name, name=name, extension="201"), 0.0)
    if state is not None:
        agent.connected(0.0)
        agent.choose(state, None, 0.0)
    return agent


def test_conditions_for_joining() -> None:
    offline, away, free = an_agent("a", state=None), an_agent("b", state=AgentState.BREAK), an_agent("c")
    assert satisfies(StaffRule.NOBODY, [], 1.0)
    assert satisfies(StaffRule.LOGGED_IN, [offline, away], 1.0)
    assert not satisfies(StaffRule.LOGGED_IN, [offline], 1.0)
    assert not satisfies(StaffRule.ON_QUEUE, [offline, away], 1.0)
    assert satisfies(StaffRule.AVAILABLE, [offline, away, free], 1.0)
    free.call_began("c", 1.0)
    assert not satisfies(StaffRule.AVAILABLE, [free], 1.0)
    assert satisfies(StaffRule.ON_QUEUE, [free], 1.0)


def test_who_is_gone_for_a_moment_is_still_counted_on() -> None:
    agent = an_agent("a")
    agent.disconnected(10.0)
    assert satisfies(StaffRule.LOGGED_IN, [agent], 70.0)
    assert not satisfies(StaffRule.LOGGED_IN, [agent], 70.1)
    assert not satisfies(StaffRule.ON_QUEUE, [agent], 11.0)


def test_callers_leave_only_after_the_queue_was_empty_long_enough_for_them() -> None:
    watch = StaffWatch()
    watch.look(False, 10.0)
    assert not watch.broken_for(30, 0.0, 39.9)
    assert watch.broken_for(30, 0.0, 40.0)
    assert not watch.broken_for(30, 20.0, 40.0)
    watch.look(True, 41.0)
    assert not watch.broken_for(30, 0.0, 100.0)


def test_who_rings_back_in_time_resumes_once() -> None:
    callers = ReturningCallers()
    callers.abandoned("q", "100", arrived=5.0, now=50.0)
    callers.abandoned("q", None, arrived=5.0, now=50.0)
    assert callers.take_place("q", None, within_s=60, now=60.0) is None
    assert callers.take_place("other", "100", within_s=60, now=60.0) is None
    assert callers.take_place("q", "100", within_s=60, now=110.0) == 5.0
    assert callers.take_place("q", "100", within_s=60, now=110.0) is None
    callers.abandoned("q", "100", arrived=5.0, now=50.0)
    assert callers.take_place("q", "100", within_s=60, now=110.1) is None


# Offers


def test_an_offer_ends_once() -> None:
    offer = Offer("e", "q", "an", "201", 1.0, 15.0)
    offer.end(OfferOutcome.NO_ANSWER, 16.0)
    assert (offer.state, offer.outcome, offer.ended) == (OfferState.MISSED, OfferOutcome.NO_ANSWER, 16.0)
    with pytest.raises(IllegalTransition):
        offer.end(OfferOutcome.ANSWERED, 17.0)
    assert offer.outcome is OfferOutcome.NO_ANSWER


# Counters


def test_the_counters_of_the_day() -> None:
    settings = QueueSettings(target_s=20.0, short_abandon_s=5.0)
    counters = DayCounters.of(date(2026, 11, 23), settings)
    for outcome, waited in (
        (VisitOutcome.ANSWERED, 20.0),
        (VisitOutcome.ANSWERED, 20.1),
        (VisitOutcome.ABANDONED, 4.9),
        (VisitOutcome.ABANDONED, 60.0),
        (VisitOutcome.CALLBACK, 90.0),
        (VisitOutcome.MAX_WAIT, 300.0),
        (VisitOutcome.FULL, 0.0),
        (VisitOutcome.CLOSED, 0.0),
    ):
        counters.count(outcome, waited, settings)
    view = counters.view
    assert (view.offered, view.answered, view.within_target, view.abandoned, view.called_back) == (6, 2, 1, 1, 1)


# Call-backs

MORNING = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # 10:00 in Vietnam.


def a_callback(callback_id: str = "b1", **parts: object) -> Callback:
    callback = Callback(
        id=callback_id,
        queue_id="q",
        number="+84901234567",
        arrived_at=MORNING - timedelta(minutes=3),
        requested_at=MORNING,
        expires_at=MORNING + timedelta(days=7),
    )
    return replace(callback, **parts)  # type: ignore[arg-type] # Names are checked by replace.


def test_one_callback_per_number_and_queue() -> None:
    book = CallbackBook()
    first = book.request(a_callback())
    merged = book.request(a_callback("b2", arrived_at=MORNING, note="the fridge"))
    assert (merged.id, merged.arrived_at, merged.note) == (first.id, first.arrived_at, "the fridge")
    other = book.request(a_callback("b3", queue_id="other"))
    assert [callback.id for callback in book.open()] == [first.id, other.id]


def test_three_attempts_ten_minutes_apart() -> None:
    book, settings = CallbackBook([a_callback()]), CallbackSettings()
    for attempt in (1, 2):
        book.dial("b1")
        missed = book.missed("b1", settings, MORNING, f"call-{attempt}")
        assert (missed.state, missed.attempts) == (CallbackState.PENDING, attempt)
        assert missed.not_before == MORNING + timedelta(minutes=10)
    book.dial("b1")
    assert book.missed("b1", settings, MORNING, "call-3").state is CallbackState.FAILED
    with pytest.raises(UnknownCallback):
        book.get("b1")


def test_an_agent_who_does_not_answer_costs_no_attempt() -> None:
    book = CallbackBook([a_callback()])
    book.dial("b1")
    assert (book.not_dialled("b1").attempts, book.get("b1").state) == (0, CallbackState.PENDING)


def test_a_callback_expires_and_a_restart_forgets_the_dial_under_way() -> None:
    book = CallbackBook([a_callback(state=CallbackState.DIALLING), a_callback("b2", state=CallbackState.DONE)])
    assert [callback.state for callback in book.open()] == [CallbackState.PENDING]
    assert book.expired(MORNING + timedelta(days=6)) == []
    assert [callback.id for callback in book.expired(MORNING + timedelta(days=7))] == ["b1"]


@pytest.mark.parametrize(
    ("local", "until"),
    [
        ("2026-11-23T20:59:59", None),
        ("2026-11-23T21:00:00", "2026-11-24T08:00:00"),
        ("2026-11-24T03:00:00", "2026-11-24T08:00:00"),
        ("2026-11-24T08:00:00", None),
    ],
)
def test_nobody_is_called_at_night(local: str, until: str | None) -> None:
    zone = timedelta(hours=7)
    moment = datetime.fromisoformat(local).replace(tzinfo=UTC) - zone
    found = end_of_quiet(CallbackSettings(), "Asia/Ho_Chi_Minh", moment)
    assert found == (None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC) - zone)


def test_a_retry_that_falls_into_the_night_waits_for_the_morning() -> None:
    queue = Queue(id="q", code="q", name="Q")
    evening = datetime(2026, 11, 23, 13, 55, tzinfo=UTC)  # 20:55 in Vietnam.
    assert held_until(a_callback(), queue, evening) is None
    assert held_until(a_callback(not_before=evening + timedelta(minutes=3)), queue, evening) == evening + timedelta(
        minutes=3
    )
    assert held_until(a_callback(not_before=evening + timedelta(minutes=10)), queue, evening) == datetime(
        2026, 11, 24, 1, 0, tzinfo=UTC
    )
    never_quiet = CallbackSettings(quiet_from=time(0), quiet_until=time(0))
    always = replace(queue, settings=replace(queue.settings, callback=never_quiet))
    assert held_until(a_callback(), always, evening + timedelta(hours=3)) is None
