from __future__ import annotations

import audioop
from itertools import pairwise

from callcenter.media.leg import Leg
from callcenter.media.mixer import Room
from tests.unit.media.rig import FRAME, Party, Rig

CODES = (0x90, 0xA0, 0xB0)


def linear(*codes: int) -> bytes:
    total = audioop.alaw2lin(bytes((codes[0],)), 2)
    for code in codes[1:]:
        total = audioop.add(total, audioop.alaw2lin(bytes((code,)), 2), 2)
    return audioop.lin2alaw(total, 2)


def speak(rig: Rig, members: list[tuple[Leg, Party]], rounds: int = 8) -> list[set[int]]:
    for _ in range(rounds):
        for (leg, party), code in zip(members, CODES, strict=True):
            party.send(leg.sockets.port, bytes((code,)) * FRAME)
        rig.receive()
        rig.advance(0.02)
    return [{packet.payload[0] for packet in party.received()[3:]} for _, party in members]


def test_everybody_hears_the_others(rig: Rig) -> None:
    members = [rig.leg() for _ in range(3)]
    room = Room(rig.engine)
    for leg, _ in members:
        leg.enter(room, None, None)
    heard = speak(rig, members)
    assert heard == [{linear(0xA0, 0xB0)[0]}, {linear(0x90, 0xB0)[0]}, {linear(0x90, 0xA0)[0]}]
    for leg, _ in members:
        leg.unmix()
    assert len(room) == 0
    assert len(rig.engine.ticker.fast) == 0


def test_listen_whisper_and_barge(rig: Rig) -> None:
    members = [rig.leg() for _ in range(3)]
    customer, agent, supervisor = (leg for leg, _ in members)
    room = Room(rig.engine)
    customer.enter(room, None, None)
    agent.enter(room, None, None)
    supervisor.enter(room, None, [])
    both = linear(0x90, 0xA0)[0]
    assert speak(rig, members) == [{0xA0}, {0x90}, {both}]
    supervisor.enter(room, None, [agent.id])
    heard = speak(rig, members)
    assert heard[0] == {0xA0}
    assert linear(0x90, 0xB0)[0] in heard[1]
    supervisor.enter(room, [agent.id], None)
    heard = speak(rig, members)
    assert linear(0xA0, 0xB0)[0] in heard[0]
    assert heard[2] == {0xA0}


def test_room_speaks_each_law(rig: Rig) -> None:
    members = [rig.leg(codec="PCMU"), rig.leg(), rig.leg()]
    room = Room(rig.engine)
    for leg, _ in members[:2]:
        leg.enter(room, None, None)
    heard = speak(rig, members)
    assert heard[0] == {audioop.lin2ulaw(audioop.alaw2lin(b"\xa0", 2), 2)[0]}
    assert heard[1] == {audioop.lin2alaw(audioop.ulaw2lin(b"\x90", 2), 2)[0]}
    assert heard[2] == set()


def test_numbers_are_continuous_from_bridge_to_room(rig: Rig) -> None:
    members = [rig.leg() for _ in range(3)]
    (a, party_a), (b, party_b), _ = members
    a.bridge(b)
    party_a.send(a.sockets.port, bytes(FRAME))
    rig.receive()
    room = Room(rig.engine)
    for leg, _ in members:
        leg.enter(room, None, None)
    assert a.peer is None and b.peer is None
    for _ in range(5):
        party_a.send(a.sockets.port, bytes(FRAME))
        rig.receive()
        rig.advance(0.02)
    packets = party_b.received()
    assert [packet.sequence_number for packet in packets] == list(range(100, 100 + len(packets)))
    steps = {late.timestamp - early.timestamp for early, late in pairwise(packets)}
    assert steps == {160}
