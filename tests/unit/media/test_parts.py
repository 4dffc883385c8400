"""Ticker, source lock, ports, prompt cache and wire format."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.media.codecs.g711 import ALAW_TO_ULAW
from callcenter.media.plane import (
    Codec,
    DigitPressed,
    Direction,
    MediaCapacityExceeded,
    MediaTimeout,
    PlayEnd,
    PlayFinished,
    RecordingClosed,
    RecordingEnd,
    RecordingLimits,
    RemoteLocked,
    RemoteMedia,
)
from callcenter.media.ports import PortPairs, split_range
from callcenter.media.prompt_cache import PromptCache
from callcenter.media.source_lock import SourceLock, Verdict
from callcenter.media.ticker import Ticker, Wheel
from callcenter.media.wire import (
    FrameReader,
    event_from_wire,
    event_to_wire,
    limits_from_wire,
    limits_to_wire,
    pack,
    remote_from_wire,
    remote_to_wire,
)


class Visited:
    def __init__(self) -> None:
        self.count = 0

    def visit(self) -> None:
        self.count += 1


def test_wheel_spreads_the_load_and_lets_go() -> None:
    wheel = Wheel(24)
    visited = [Visited() for _ in range(8)]
    for one in visited:
        wheel.add(one.visit, 4)
    assert [len(wheel.visits(slot)) for slot in range(24)] == [2] * 24
    wheel.remove(visited[0].visit)
    wheel.remove(visited[0].visit)
    assert len(wheel) == 7
    assert [len(wheel.visits(slot)) for slot in range(4)] == [1, 2, 2, 2]


def test_wheel_fills_one_phase_before_the_next_and_uses_whole_strides() -> None:
    wheel = Wheel(24, stride=2, bunch=3)
    visited = [Visited() for _ in range(8)]
    for one in visited:
        wheel.add(one.visit, 4)
    assert [len(wheel.visits(slot)) for slot in range(8)] == [4, 0, 4, 0, 4, 0, 4, 0]
    for one in visited[1:]:
        wheel.remove(one.visit)
    wheel.add(visited[1].visit, 4)
    assert [len(wheel.visits(slot)) for slot in range(4)] == [2, 0, 0, 0]


def test_wheel_counts_periods_that_need_every_second_tick() -> None:
    wheel = Wheel(24)
    ten, twenty, thirty = (Visited() for _ in range(3))
    for one, every in ((ten, 2), (twenty, 4), (thirty, 6), (ten, 2)):
        wheel.add(one.visit, every)
    assert wheel.uneven == 2
    for one in (ten, twenty, ten):
        wheel.remove(one.visit)
    assert wheel.uneven == 1


def test_ticks_without_visits_are_slept_over() -> None:
    ticker = Ticker(0.0)
    one = Visited()
    ticker.look_after(one.visit)
    ticker.run(0.0)
    assert (one.count, round(ticker.due(2), 6)) == (1, 0.11)
    ticker.run(0.7)
    assert (one.count, round(ticker.due(2), 6)) == (1, 0.8)
    ticker.pace(one.visit, 20)
    assert round(ticker.due(2), 6) == 0.72


def test_ticks_keep_their_deadlines() -> None:
    ticker = Ticker(10.0)
    one = Visited()
    ticker.pace(one.visit, 20)
    ticker.run(10.0)
    assert (one.count, round(ticker.deadline(), 6)) == (1, 10.005)
    ticker.run(10.0149)
    assert (one.count, round(ticker.deadline(), 6)) == (1, 10.015)
    ticker.run(10.1001)
    assert one.count == 6
    ticker.run(10.05)
    assert one.count == 6


def test_ticks_missed_beyond_the_limit_are_skipped() -> None:
    ticker = Ticker(0.0)
    one = Visited()
    lags: list[float] = []
    ticker.lagged = lags.append
    ticker.pace(one.visit, 20)
    ticker.run(0.001)
    ticker.run(0.199)
    assert (one.count, lags) == (10, [])
    ticker.run(3.2001)
    assert one.count == 11
    assert [round(lag, 3) for lag in lags] == [3.0]


def test_slow_visits_come_every_800_ms() -> None:
    ticker = Ticker(0.0)
    one = Visited()
    ticker.look_after(one.visit)
    for step in range(1, 481):
        ticker.run(step * 0.005 + 1e-6)
    assert one.count == 4
    ticker.slow.remove(one.visit)
    assert ticker.idle


SDP = ("192.0.2.1", 4000)
SAME_HOST = ("192.0.2.1", 4002)
OTHER = ("198.51.100.7", 4000)


def test_strict_source() -> None:
    lock = SourceLock(SDP, learn=False, now=0.0)
    assert lock.judge(OTHER, 0.0) is Verdict.REJECT
    assert [lock.judge(SAME_HOST, 0.5) for _ in range(6)] == [Verdict.WAIT] * 6
    assert lock.judge(SDP, 1.0) is Verdict.LOCK


def test_same_host_from_another_port_is_heard_when_the_announced_one_is_silent() -> None:
    lock = SourceLock(SDP, learn=False, now=0.0)
    assert [lock.judge(SAME_HOST, 2.5) for _ in range(5)] == [Verdict.WAIT] * 4 + [Verdict.LISTEN]


def test_learned_source() -> None:
    lock = SourceLock(SDP, learn=True, now=0.0)
    assert [lock.judge(OTHER, 0.0) for _ in range(5)] == [Verdict.WAIT] * 4 + [Verdict.LOCK]
    crowd = [lock.judge(("203.0.113.1", port), 0.0) for port in range(20)]
    assert crowd == [Verdict.WAIT] * 7 + [Verdict.REJECT] * 13


def test_split_ranges_are_even_whole_and_apart() -> None:
    assert split_range(20001, 20012, 2) == [(20002, 20005), (20006, 20011)]
    assert split_range(20000, 20003, 1) == [(20000, 20003)]


@given(st.integers(1024, 60000), st.integers(0, 4000), st.integers(1, 16))
def test_split_ranges_cover_without_overlap(first: int, size: int, parts: int) -> None:
    ports: list[int] = []
    for begin, end in split_range(first, first + size, parts):
        assert begin % 2 == 0 and end % 2 == 1
        ports += range(begin, end + 1)
    assert len(ports) == len(set(ports))
    assert all(first <= port <= first + size for port in ports)


def test_busy_ports_are_skipped_and_exhaustion_is_said() -> None:
    squatter = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    squatter.bind(("127.0.0.1", 47001))
    pairs = PortPairs(47000, 47003)
    rtp, rtcp = pairs.open("127.0.0.1")
    assert (rtp.getsockname()[1], rtcp.getsockname()[1]) == (47002, 47003)
    with pytest.raises(MediaCapacityExceeded):
        pairs.open("127.0.0.1")
    rtp.close()
    rtcp.close()
    pairs.release(47002)
    squatter.close()
    for expected in (47000, 47002):
        rtp, rtcp = pairs.open("127.0.0.1")
        assert rtp.getsockname()[1] == expected
        rtp.close()
        rtcp.close()
    with pytest.raises(MediaCapacityExceeded, match="cannot open an RTP socket"):
        PortPairs(47000, 47003).open("192.0.2.77")


def test_prompt_cache(tmp_path: Path) -> None:
    cache = PromptCache(capacity=400)
    path = tmp_path / "p.al"
    assert cache.load(str(path), Codec.PCMA) is None
    path.write_bytes(b"\x01" * 200)
    first = cache.load(str(path), Codec.PCMA)
    assert first == b"\x01" * 200
    assert cache.load(str(path), Codec.PCMA) is first
    assert cache.load(str(path), Codec.PCMU) == bytes((ALAW_TO_ULAW[1],)) * 200
    path.write_bytes(b"\x02" * 300)
    assert cache.load(str(path), Codec.PCMA) == b"\x02" * 300
    assert cache.load("nul\0byte", Codec.PCMA) is None


@pytest.mark.parametrize(
    "event",
    [
        DigitPressed("a", "#", 20, "rfc4733"),
        PlayFinished("a", "p", PlayEnd.BARGE_IN, 100),
        MediaTimeout("a", 30.5),
        RemoteLocked("a", "::1", 4000),
        RecordingClosed("r", "/x.wav", 10, 204, True, RecordingEnd.DISK),
    ],
)
def test_events_cross_the_wire(
    event: DigitPressed | PlayFinished | MediaTimeout | RemoteLocked | RecordingClosed,
) -> None:
    reader = FrameReader()
    (message,) = reader.feed(pack([event_to_wire(event)]))
    assert event_from_wire(message) == event


def test_values_cross_the_wire() -> None:
    remote = RemoteMedia(
        host="192.0.2.1",
        port=4000,
        codec=Codec.PCMU,
        payload_type=0,
        accepted={0: Codec.PCMU, 8: Codec.PCMA},
        telephone_event_pt=101,
        telephone_event_receive_pt=96,
        direction=Direction.SENDONLY,
        behind_nat=True,
    )
    (message,) = FrameReader().feed(pack([["set_remote", remote_to_wire(remote)]]))
    assert remote_from_wire(message[1]) == remote
    limits = RecordingLimits(max_duration_s=3.0, end_digits="#")
    assert limits_from_wire(limits_to_wire(limits)) == limits
    assert limits_from_wire(limits_to_wire(None)) == RecordingLimits()


def test_frames_arrive_in_any_pieces() -> None:
    data = pack([["a", 1], ["b", 2]]) + pack([["c", 3]])
    reader = FrameReader()
    messages = [message for at in range(len(data)) for message in reader.feed(data[at : at + 1])]
    assert messages == [["a", 1], ["b", 2], ["c", 3]]
    with pytest.raises(ValueError, match="too long"):
        reader.feed(b"\x7f\xff\xff\xff")
