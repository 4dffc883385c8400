"""The pool with real worker processes over loopback."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from callcenter.media.client import WorkerPool
from callcenter.media.plane import (
    DigitPressed,
    LegsApart,
    LegStatistics,
    MediaCapacityExceeded,
    MediaEvent,
    MediaPlane,
    MediaWorkerDied,
    PlayEnd,
    PlayFinished,
    RecordingClosed,
    RecordingEnd,
    RemoteLocked,
    RemoteMedia,
)
from callcenter.media.settings import MediaSettings
from tests.unit.media.rig import FRAME, Party

ALAW = bytes((0x15,)) * FRAME


class Desk:
    """A started pool, what it reported, and the parties."""

    def __init__(self, pool: WorkerPool) -> None:
        self.pool = pool
        self.events: list[MediaEvent] = []
        self.parties: list[Party] = []
        pool.subscribe(self.events.append)

    async def leg(self, name: str, *, call: str = "call") -> tuple[Party, int]:
        """Open a leg with a remote end."""
        party = Party(ssrc=len(self.parties) + 1)
        self.parties.append(party)
        local = await self.pool.open_leg(call=call, leg=name)
        self.pool.set_remote(
            name,
            RemoteMedia(
                host="127.0.0.1",
                port=party.port,
                codec="PCMA",
                payload_type=8,
                accepted={8: "PCMA", 0: "PCMU"},
                telephone_event_pt=101,
            ),
        )
        await self.pool.leg_statistics(name)  # an answer proves that what was asked before is done
        return party, local.port

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be true."""
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - the events come from another process
                await asyncio.sleep(0.005)

    def seen(self, kind: type[MediaEvent]) -> list[MediaEvent]:
        """Events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    pool = WorkerPool(MediaSettings(workers=2, worker_fill=1, host="127.0.0.1", port_min=48000, port_max=48015))
    desk = Desk(pool)
    await pool.start()
    yield desk
    await pool.close()
    for party in desk.parties:
        party.socket.close()


async def test_bridge_record_play_and_digits_in_one_call(desk: Desk, tmp_path: Path) -> None:
    pool: MediaPlane = desk.pool
    customer, customer_port = await desk.leg("customer")
    agent, agent_port = await desk.leg("agent")
    prompt = tmp_path / "hello.al"
    prompt.write_bytes(ALAW * 100)
    pool.record("rec", tmp_path / "rec.wav", "customer")
    pool.play("customer", "greeting", [prompt])
    customer.send(customer_port, ALAW)
    await desk.until(lambda: bool(desk.seen(RemoteLocked)))
    await asyncio.sleep(0.1)
    customer.send(customer_port, bytes.fromhex("030a00a0"), payload_type=101)
    await desk.until(lambda: bool(desk.seen(PlayFinished)))
    assert [type(event) for event in desk.events] == [RemoteLocked, DigitPressed, PlayFinished]
    finished = desk.events[2]
    assert isinstance(finished, PlayFinished) and finished.reason is PlayEnd.BARGE_IN
    assert 60 <= finished.played_ms <= 400
    heard = customer.received()
    assert len(heard) == finished.played_ms // 20
    assert {packet.payload for packet in heard} == {ALAW}

    pool.bridge("customer", "agent")
    await pool.leg_statistics("agent")
    agent.send(agent_port, ALAW)
    await asyncio.sleep(0.02)
    for _ in range(5):
        customer.send(customer_port, ALAW)
        agent.send(agent_port, ALAW)
        await asyncio.sleep(0.02)
    from_agent, from_customer = customer.received(), agent.received()
    assert len(from_customer) == 5 and 5 <= len(from_agent) <= 6
    assert [packet.sequence_number for packet in from_agent] == list(
        range(heard[-1].sequence_number + 1, heard[-1].sequence_number + 1 + len(from_agent))
    )

    statistics = await pool.close_leg("customer")
    assert (statistics.packets_in, statistics.digits, statistics.packets_lost) == (7, 1, 0)
    assert statistics.packets_out == len(heard) + len(from_agent)
    (closed,) = desk.seen(RecordingClosed)
    assert isinstance(closed, RecordingClosed)
    assert (closed.recording_id, closed.reason, closed.truncated) == ("rec", RecordingEnd.LEG_CLOSED, False)
    with wave.open(closed.path) as file:
        assert file.getnframes() * 1000 // 8000 == closed.duration_ms
    assert await pool.close_leg("customer") == LegStatistics(leg="customer")


async def test_capacity_is_a_clean_refusal_and_ports_come_back(desk: Desk) -> None:
    for number in range(4):
        await desk.leg(f"leg{number}")
    with pytest.raises(MediaCapacityExceeded):
        await desk.pool.open_leg(call="call", leg="one too many")
    other = await desk.pool.open_leg(call="other call", leg="elsewhere")
    assert other.port % 2 == 0 and other.rtcp_port == other.port + 1
    with pytest.raises(LegsApart):
        desk.pool.bridge("leg0", "elsewhere")
    await desk.pool.close_leg("leg0")
    await desk.leg("again")


async def test_dead_worker_is_replaced_and_only_its_legs_are_lost(desk: Desk) -> None:
    await desk.leg("first", call="a")
    party, port = await desk.leg("second", call="b")
    before = desk.pool.process_ids
    os.kill(before[0], signal.SIGKILL)
    await desk.until(lambda: desk.pool.restarts == 1 and desk.pool.workers_alive == 2)
    assert desk.seen(MediaWorkerDied) == [MediaWorkerDied(("first",))]
    assert await desk.pool.close_leg("first") == LegStatistics(leg="first")
    party.send(port, ALAW)
    await desk.until(lambda: bool(desk.seen(RemoteLocked)))
    await desk.leg("third", call="a")
    assert before[1] in desk.pool.process_ids


async def test_stopped_worker_resumes_without_a_burst(desk: Desk, tmp_path: Path) -> None:
    party, port = await desk.leg("a")
    other, other_port = await desk.leg("b")
    music = tmp_path / "music.al"
    music.write_bytes(ALAW * 500)
    party.send(port, ALAW)
    other.send(other_port, ALAW)
    await desk.until(lambda: len(desk.seen(RemoteLocked)) == 2)
    desk.pool.bridge("a", "b")
    desk.pool.play("a", "music", [music])
    await asyncio.sleep(0.1)
    worker = desk.pool.process_ids[0]
    os.kill(worker, signal.SIGSTOP)
    party.received()
    for _ in range(30):
        party.send(port, ALAW)
    await asyncio.sleep(0.5)
    os.kill(worker, signal.SIGCONT)
    await asyncio.sleep(0.1)
    assert 2 <= len(party.received()) <= 8
    assert len(other.received()) <= 1
    assert (await desk.pool.leg_statistics("a")).packets_in == 31


async def test_calls_fill_one_worker_before_the_next() -> None:
    pool = WorkerPool(MediaSettings(workers=2, worker_fill=3, host="127.0.0.1", port_min=48200, port_max=48247))
    await pool.start()
    try:
        ports = [(await pool.open_leg(call=f"call{number}", leg=f"leg{number}")).port for number in range(8)]
        assert [port < 48224 for port in ports] == [True, True, True, False, False, False, True, False]
        await asyncio.gather(*(pool.close_leg(f"leg{number}") for number in (0, 1, 2, 6)))
        assert (await pool.open_leg(call="call4", leg="second leg of a call")).port >= 48224
        assert (await pool.open_leg(call="another", leg="room again")).port < 48224
    finally:
        await pool.close()


async def test_workers_ignore_signals_for_the_service_and_end_with_the_control_connection(tmp_path: Path) -> None:
    pool = WorkerPool(MediaSettings(workers=1, host="127.0.0.1", port_min=48100, port_max=48103))
    desk = Desk(pool)
    await pool.start()
    party, port = await desk.leg("a")
    pool.record("rec", tmp_path / "rec.wav", "a")
    party.send(port, ALAW)
    await desk.until(lambda: bool(desk.seen(RemoteLocked)))
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pool.process_ids[0], number)
    assert (await pool.leg_statistics("a")).packets_in == 1
    await pool.close()
    assert pool.workers_alive == 0
    assert [type(event) for event in desk.events] == [RemoteLocked, RecordingClosed]
    with wave.open(str(tmp_path / "rec.wav")) as file:
        assert file.getnframes() > 0
    with pytest.raises(MediaCapacityExceeded):
        await pool.open_leg(call="x", leg="x")
    party.socket.close()


async def test_ipv6_leg(desk: Desk) -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        local = await desk.pool.open_leg(call="six", leg="six", host="::1")
    except MediaCapacityExceeded:
        pytest.skip("this machine has no IPv6 loopback")
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as party:
        party.bind(("::1", 0))
        desk.pool.set_remote(
            "six",
            RemoteMedia(host="::1", port=party.getsockname()[1], codec="PCMA", payload_type=8, accepted={8: "PCMA"}),
        )
        await desk.pool.leg_statistics("six")
        party.sendto(bytes.fromhex("80080001 00000000 00000001") + ALAW, ("::1", local.port))
        await desk.until(lambda: desk.events == [RemoteLocked("six", "::1", party.getsockname()[1])])
