"""The overload gate and the lag gauge."""

from __future__ import annotations

from callcenter.transport.overload import LoopLagGauge, OverloadGate
from tests.unit.transport.fakes import HandClock, request, until


def test_new_calls_are_refused_at_the_limit_and_in_dialog_requests_pass() -> None:
    calls = 9
    gate = OverloadGate(calls=lambda: calls, max_calls=10)
    assert gate.refusal(request("INVITE", branch="z9hG4bK-1"), 0.0) is None
    gate.batch_done()
    calls = 10
    assert gate.refusal(request("INVITE", branch="z9hG4bK-2"), 0.0) == "too many calls"
    assert gate.refusal(request("INVITE", branch="z9hG4bK-3", to_tag="b"), 0.0) is None
    assert gate.refusal(request("BYE", branch="z9hG4bK-4", to_tag="b"), 0.0) is None
    assert gate.refusal(request("OPTIONS", branch="z9hG4bK-5"), 0.0) is None


def test_invites_of_one_batch_count_before_they_are_calls() -> None:
    gate = OverloadGate(calls=lambda: 0, max_calls=2)
    results = [gate.refusal(request("INVITE", branch=f"z9hG4bK-{number}"), 0.0) for number in range(3)]
    assert results == [None, None, "too many calls"]


def test_the_retransmission_of_an_admitted_invite_passes_for_as_long_as_it_may_come() -> None:
    calls = 0
    gate = OverloadGate(calls=lambda: calls, max_calls=1)
    assert gate.refusal(request("INVITE"), 0.0) is None
    gate.batch_done()
    calls = 1
    assert gate.refusal(request("INVITE"), 32.0) is None
    assert gate.refusal(request("INVITE"), 33.0) == "too many calls"
    assert gate.refusal(request("INVITE"), 33.5) == "too many calls"


def test_a_late_loop_refuses_calls() -> None:
    lag = 0.6
    gate = OverloadGate(lag=lambda: lag, max_loop_lag_s=0.5)
    assert gate.refusal(request("INVITE"), 0.0) == "event loop is late"
    lag = 0.4
    assert gate.refusal(request("INVITE"), 0.0) is None


def test_draining_refuses_calls_and_options_but_not_dialogs() -> None:
    gate = OverloadGate()
    gate.draining = True
    assert gate.refusal(request("INVITE"), 0.0) == "draining"
    assert gate.refusal(request("OPTIONS"), 0.0) == "draining"
    assert gate.refusal(request("OPTIONS", to_tag="b"), 0.0) is None
    assert gate.refusal(request("REGISTER"), 0.0) is None


def test_the_gauge_smooths_and_recovers() -> None:
    gauge = LoopLagGauge(HandClock(), smoothing=0.5)
    gauge.record(1.0)
    assert gauge.value == 0.5
    gauge.record(-0.1)
    assert gauge.value == 0.25


async def test_the_gauge_reads_the_loop() -> None:
    clock = HandClock()
    readings: list[float] = []

    class Recording(LoopLagGauge):
        def record(self, lag_s: float) -> None:
            readings.append(round(lag_s, 6))

    gauge = Recording(clock, interval_s=0.001)
    gauge.start()
    clock.now = 3.001
    await until(lambda: len(readings) >= 2)
    gauge.stop()
    assert readings[:2] == [3.0, -0.001]
