"""A leg as a whole: source, digits, plays, bridges, statistics, over real loopback sockets and a hand-moved clock."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from callcenter.media.codecs.g711 import ALAW_TO_ULAW, ULAW_TO_ALAW
from callcenter.media.plane import (
    DigitPressed,
    Direction,
    MediaTimeout,
    PlayEnd,
    PlayFinished,
    RemoteLocked,
)
from callcenter.media.player import PlayOrder
from callcenter.rtp import rtcp
from tests.unit.media.rig import FRAME, Party, Rig

AUDIO = bytes(range(160))


def prompt(tmp_path: Path, name: str, *frames: int) -> str:
    path = tmp_path / f"{name}.al"
    path.write_bytes(b"".join(bytes((value,)) * FRAME for value in frames))
    return str(path)


def values(party: Party) -> list[int]:
    return [packet.payload[0] for packet in party.received()]


# The source.


def test_announced_source_is_locked_at_its_first_packet(rig: Rig) -> None:
    leg, party = rig.leg(lock=False)
    party.send(leg.sockets.port, AUDIO)
    rig.receive()
    assert rig.events == [RemoteLocked("leg0", "127.0.0.1", party.port)]
    assert leg.sockets.connected
    assert leg.statistics().packets_in == 1


def test_stranger_gets_nothing_and_puts_nothing_in(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg(lock=False)
    stranger = Party(ssrc=9)
    rig.parties.append(stranger)
    for _ in range(20):
        stranger.send(leg.sockets.port, AUDIO)
    rig.receive()
    assert leg.statistics().packets_in == 0
    assert leg.statistics().packets_dropped == 20
    party.send(leg.sockets.port, AUDIO)
    rig.receive()
    for _ in range(20):
        stranger.send(leg.sockets.port, AUDIO)
    rig.receive()
    assert leg.statistics().packets_in == 1
    leg.play(PlayOrder("p", [prompt(tmp_path, "p", 1, 2)]))
    rig.advance(0.1)
    assert values(party) == [1, 2]
    assert stranger.received() == []


def test_source_behind_nat_is_learned_then_kept(rig: Rig) -> None:
    leg, _ = rig.leg(lock=False, host="192.0.2.1", port=4000, behind_nat=True)
    party, stranger = Party(), Party(ssrc=9)
    rig.parties += [party, stranger]
    for _ in range(4):
        party.send(leg.sockets.port, AUDIO)
    stranger.send(leg.sockets.port, AUDIO)
    rig.receive()
    assert rig.events == []
    party.send(leg.sockets.port, AUDIO)
    rig.receive()
    assert rig.events == [RemoteLocked("leg0", "127.0.0.1", party.port)]
    for _ in range(10):
        stranger.send(leg.sockets.port, AUDIO)
    rig.receive()
    assert leg.statistics().packets_in == 1


def test_source_behind_nat_is_learned_anew_after_long_silence(rig: Rig) -> None:
    leg, _ = rig.leg(lock=False, host="192.0.2.1", port=4000, behind_nat=True)
    first, second = Party(), Party(ssrc=9)
    rig.parties += [first, second]
    for _ in range(5):
        first.send(leg.sockets.port, AUDIO)
    rig.receive()
    port = leg.sockets.port
    rig.advance(11)
    for _ in range(5):
        second.send(port, AUDIO)
    rig.receive()
    assert [event for event in rig.events if isinstance(event, RemoteLocked)] == [
        RemoteLocked("leg0", "127.0.0.1", first.port),
        RemoteLocked("leg0", "127.0.0.1", second.port),
    ]


def test_unchanged_address_keeps_the_lock_and_a_changed_one_is_learned(rig: Rig) -> None:
    leg, party = rig.leg()
    rig.remote(leg, party, direction=Direction.SENDONLY)
    assert leg.sockets.connected
    other = Party(ssrc=5)
    rig.parties.append(other)
    rig.remote(leg, other)
    assert not leg.sockets.connected
    party.send(leg.sockets.port, AUDIO)
    other.send(leg.sockets.port, AUDIO)
    rig.receive()
    assert rig.events == [RemoteLocked("leg0", "127.0.0.1", other.port)]


# What arrives.


def test_junk_and_unknown_payload_types_are_counted(rig: Rig) -> None:
    leg, party = rig.leg()
    for data in (b"", b"\x80", b"\x00" * 40, b"\x80\xc8" + bytes(20), b"\x8f\x08" + bytes(20)):
        party.socket.sendto(data, ("127.0.0.1", leg.sockets.port))
    party.send(leg.sockets.port, AUDIO, payload_type=96)
    rig.receive()
    statistics = leg.statistics()
    assert (statistics.packets_in, statistics.packets_dropped) == (1, 6)


def test_header_extension_and_padding_are_stepped_over(rig: Rig) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg()
    a.bridge(b)
    party_a.send(a.sockets.port, AUDIO, extension=(0xBEDE, b"1234"), csrcs=(1, 2), padding=4)
    rig.receive()
    (packet,) = party_b.received()
    assert (packet.payload, packet.extension, packet.csrcs) == (AUDIO, None, ())


def test_digit_is_reported_once_and_stops_the_play_first(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    leg.play(PlayOrder("p", [prompt(tmp_path, "p", *range(50))]))
    rig.advance(0.1)
    assert len(party.received()) == 5
    event_time = party.timestamp
    for payload in ("050a00a0", "050a0140", "058a01e0", "058a01e0", "058a01e0"):
        party.send(leg.sockets.port, bytes.fromhex(payload), payload_type=101, timestamp=event_time)
    rig.receive()
    assert rig.events == [
        DigitPressed("leg0", "5", 20, "rfc4733"),
        PlayFinished("leg0", "p", PlayEnd.BARGE_IN, 100),
    ]
    rig.advance(0.1)
    assert party.received() == []
    assert leg.statistics().digits == 1
    assert "5" not in repr(rig.events[0]).replace("rfc4733", "")


def test_play_that_does_not_allow_barge_in_goes_on(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    leg.play(PlayOrder("p", [prompt(tmp_path, "p", 1, 2)], barge_in=False))
    party.send(leg.sockets.port, bytes.fromhex("050a00a0"), payload_type=101)
    rig.receive()
    rig.advance(0.1)
    assert rig.events[1:] == [PlayFinished("leg0", "p", PlayEnd.FINISHED, 40)]


def test_tones_in_the_audio_are_heard_only_without_telephone_events(rig: Rig) -> None:
    sender, _ = rig.leg(telephone_event_pt=None)
    _, listener_party = sender, rig.parties[0]
    plain, plain_party = rig.leg(telephone_event_pt=None)
    modern, modern_party = rig.leg()
    sender.send_dtmf("7#", duration_ms=100, gap_ms=60)
    rig.advance(0.4)
    for packet in listener_party.received():
        plain_party.send(plain.sockets.port, packet.payload)
        modern_party.send(modern.sockets.port, packet.payload)
        rig.receive()
    pressed = [event for event in rig.events if isinstance(event, DigitPressed)]
    assert pressed == [DigitPressed("leg1", "7", 50, "inband"), DigitPressed("leg1", "#", 50, "inband")]


# Playing.


def test_play_sends_one_stream_with_continuous_numbers(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    files = [prompt(tmp_path, "a", 1, 2), prompt(tmp_path, "b", 3)]
    leg.play(PlayOrder("p", files, gap_ms=20))
    rig.advance(0.12)
    packets = party.received()
    assert [packet.payload[0] for packet in packets] == [1, 2, 0xD5, 3]
    assert [packet.sequence_number for packet in packets] == [100, 101, 102, 103]
    assert [packet.timestamp for packet in packets] == [5000 + 160 * index for index in range(4)]
    assert {(packet.ssrc, packet.payload_type) for packet in packets} == {(0xA000, 8)}
    assert rig.events == [PlayFinished("leg0", "p", PlayEnd.FINISHED, 80)]


def test_play_in_the_other_law_and_packet_time(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg(codec="PCMU", ptime_ms=30)
    leg.play(PlayOrder("p", [prompt(tmp_path, "a", 1, 2)]))
    rig.advance(0.12)
    packets = party.received()
    one, two = ALAW_TO_ULAW[1], ALAW_TO_ULAW[2]
    assert [packet.payload for packet in packets] == [
        bytes((one,)) * 160 + bytes((two,)) * 80,
        bytes((two,)) * 80 + b"\xff" * 160,
    ]
    assert packets[1].timestamp - packets[0].timestamp == 240


def test_loop_offset_replacement_and_stop(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    music = prompt(tmp_path, "music", 1, 2, 3)
    leg.play(PlayOrder("moh", [music], loop=True, offset_ms=40))
    rig.advance(0.1)
    assert values(party) == [3, 1, 2, 3, 1]
    leg.play(PlayOrder("next", [music]))
    assert rig.events == [PlayFinished("leg0", "moh", PlayEnd.STOPPED, 100)]
    leg.stop_play("moh", PlayEnd.STOPPED)
    leg.stop_play("next", PlayEnd.STOPPED)
    assert rig.events[1:] == [PlayFinished("leg0", "next", PlayEnd.STOPPED, 0)]


def test_missing_files_are_skipped_or_fail(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    missing = str(tmp_path / "missing.al")
    leg.play(PlayOrder("a", [missing, prompt(tmp_path, "x", 7)]))
    rig.advance(0.06)
    assert values(party) == [7]
    leg.play(PlayOrder("b", [missing], loop=True))
    rig.advance(0.04)
    leg.play(PlayOrder("c", []))
    rig.advance(0.04)
    assert rig.events == [
        PlayFinished("leg0", "a", PlayEnd.FINISHED, 20),
        PlayFinished("leg0", "b", PlayEnd.FAILED, 0),
        PlayFinished("leg0", "c", PlayEnd.FINISHED, 0),
    ]


def test_pause_between_plays_moves_the_timestamp(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    leg.play(PlayOrder("a", [prompt(tmp_path, "x", 7)]))
    rig.advance(0.5)
    leg.play(PlayOrder("b", [prompt(tmp_path, "x", 7)]))
    rig.advance(0.1)
    first, second = party.received()
    assert second.sequence_number - first.sequence_number == 1
    assert abs(second.timestamp - first.timestamp - 4000) <= 160


def test_play_towards_a_party_that_takes_nothing_ends_on_time(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg(direction=Direction.RECVONLY)
    leg.play(PlayOrder("p", [prompt(tmp_path, "p", 1, 2)]))
    rig.advance(0.08)
    assert party.received() == []
    assert rig.events == [PlayFinished("leg0", "p", PlayEnd.FINISHED, 40)]
    assert leg.statistics().packets_out == 0


def test_lag_is_skipped_without_a_burst(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    skipped: list[float] = []

    def lagged(seconds: float) -> None:
        skipped.append(seconds)
        leg.drain()
        leg.out.resume()

    rig.engine.ticker.lagged = lagged
    leg.play(PlayOrder("p", [prompt(tmp_path, "p", *range(100))]))
    rig.advance(0.1)
    before = party.received()
    rig.jump(3.0)
    rig.advance(0.1)
    after = party.received()
    assert [round(seconds) for seconds in skipped] == [3]
    assert 5 <= len(after) <= 6
    assert after[0].sequence_number == before[-1].sequence_number + 1
    assert abs(after[0].timestamp - before[-1].timestamp - 24000) <= 320


def test_digits_as_telephone_events_interrupt_the_play(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    leg.play(PlayOrder("p", [prompt(tmp_path, "p", *range(20))]))
    rig.advance(0.04)
    leg.send_dtmf("1", duration_ms=60, gap_ms=40)
    rig.advance(0.1)
    rig.advance(0.06)
    packets = party.received()
    events = [packet for packet in packets if packet.payload_type == 101]
    assert [packet.payload.hex() for packet in events] == ["010a00a0", "010a0140"] + ["018a01e0"] * 3
    assert [packet.marker for packet in events] == [True, False, False, False, False]
    assert {packet.timestamp for packet in events} == {events[0].timestamp}
    assert [packet.sequence_number for packet in packets] == list(range(100, 100 + len(packets)))
    assert [packet.payload[0] for packet in packets if packet.payload_type == 8] == list(range(len(packets) - 5))


# Bridges.


def test_bridge_rewrites_the_header_and_keeps_the_payload(rig: Rig) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg()
    a.bridge(b)
    for _ in range(3):
        party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    packets = party_b.received()
    assert [packet.payload for packet in packets] == [AUDIO] * 3
    assert [packet.sequence_number for packet in packets] == [100, 101, 102]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 160, 320]
    assert [packet.marker for packet in packets] == [True, False, False]
    assert {packet.ssrc for packet in packets} == {0xA001}
    assert party_a.received() == []


def test_bridge_translates_laws_and_passes_any_packet_time(rig: Rig) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg(codec="PCMU")
    a.bridge(b)
    party_a.send(a.sockets.port, AUDIO * 2)
    party_b.send(b.sockets.port, AUDIO)
    rig.receive()
    (to_b,), (to_a,) = party_b.received(), party_a.received()
    assert (to_b.payload_type, to_b.payload) == (0, (AUDIO * 2).translate(ALAW_TO_ULAW))
    assert (to_a.payload_type, to_a.payload) == (8, AUDIO.translate(ULAW_TO_ALAW))


def test_bridge_passes_loss_and_order_and_drops_duplicates(rig: Rig) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg()
    a.bridge(b)
    base = party_a.sequence
    for step in (0, 3, 2, 2, 4):
        party_a.send(a.sockets.port, AUDIO, sequence_number=base + step, timestamp=160 * (base + step))
    rig.receive()
    assert [packet.sequence_number for packet in party_b.received()] == [100, 103, 102, 104]
    assert b.out.next_sequence == 105


def test_new_source_continues_the_stream(rig: Rig) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg()
    a.bridge(b)
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    rig.jump(0.02)
    party_a.send(a.sockets.port, AUDIO, ssrc=77, sequence_number=40000, timestamp=9)
    party_a.send(a.sockets.port, AUDIO, ssrc=77, sequence_number=40001, timestamp=169)
    rig.receive()
    packets = party_b.received()
    assert [packet.sequence_number for packet in packets] == [100, 101, 102]
    assert [packet.timestamp - packets[0].timestamp for packet in packets] == [0, 160, 320]
    assert {packet.ssrc for packet in packets} == {0xA001}


def test_digits_cross_the_bridge_under_the_other_legs_type(rig: Rig) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg(telephone_event_pt=96)
    a.bridge(b)
    party_a.send(a.sockets.port, AUDIO)
    party_a.send(a.sockets.port, bytes.fromhex("0b0a00a0"), payload_type=101, marker=True)
    rig.receive()
    audio, event = party_b.received()
    assert (event.payload_type, event.marker, event.payload.hex()) == (96, True, "0b0a00a0")
    assert (event.sequence_number, event.timestamp) == (audio.sequence_number + 1, audio.timestamp + 160)
    assert rig.events == [DigitPressed("leg0", "#", 20, "rfc4733")]


def test_digits_may_come_and_go_under_different_types(rig: Rig) -> None:
    leg, party = rig.leg(telephone_event_pt=96, telephone_event_receive_pt=101)
    party.send(leg.sockets.port, bytes.fromhex("050a00a0"), payload_type=101, timestamp=8000)
    rig.receive()
    assert rig.events == [DigitPressed("leg0", "5", 20, "rfc4733")]
    party.send(leg.sockets.port, bytes.fromhex("060a00a0"), payload_type=96, timestamp=16000)
    rig.receive()
    assert len(rig.events) == 1
    assert leg.statistics().packets_dropped == 1
    leg.send_dtmf("7", duration_ms=60, gap_ms=40)
    rig.advance(0.2)
    assert {packet.payload_type for packet in party.received() if len(packet.payload) == 4} == {96}


def test_play_replaces_the_other_party_for_one_side_only(rig: Rig, tmp_path: Path) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg()
    a.bridge(b)
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    b.play(PlayOrder("w", [prompt(tmp_path, "w", 9)]))
    party_a.send(a.sockets.port, AUDIO)
    party_b.send(b.sockets.port, AUDIO)
    rig.receive()
    rig.advance(0.04)
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    packets = party_b.received()
    assert [packet.payload[1] for packet in packets] == [1, 9, 1]
    assert [packet.sequence_number for packet in packets] == [100, 101, 102]
    assert len(party_a.received()) == 1


def test_hold_and_mute(rig: Rig) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg()
    a.bridge(b)
    a.mute(True)
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    a.mute(False)
    a.unbridge()
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    assert party_b.received() == []
    a.bridge(b)
    rig.remote(b, party_b, direction=Direction.RECVONLY)
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    assert party_b.received() == []
    rig.remote(b, party_b)
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    assert len(party_b.received()) == 1


# Looking after.


def test_media_timeout_once_and_longer_on_hold(rig: Rig) -> None:
    leg, party = rig.leg()
    rig.advance(32)
    rig.advance(32)
    assert [(type(event), round(event.silent_s)) for event in rig.events if isinstance(event, MediaTimeout)] == [
        (MediaTimeout, 30)
    ]
    party.send(leg.sockets.port, AUDIO)
    rig.receive()
    rig.remote(leg, party, direction=Direction.SENDONLY)
    rig.events.clear()
    rig.advance(290)
    assert rig.events == []
    rig.advance(12)
    assert [type(event) for event in rig.events] == [MediaTimeout]


def test_keep_alive_while_there_is_nothing_to_send(rig: Rig) -> None:
    a, party_a = rig.leg()
    b, party_b = rig.leg()
    a.bridge(b)
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    rig.advance(6)
    party_a.send(a.sockets.port, AUDIO)
    rig.receive()
    first, alive, second = party_b.received()
    assert alive.payload == b"\xd5" * 160
    assert [packet.sequence_number for packet in (first, alive, second)] == [100, 101, 102]
    assert first.timestamp < alive.timestamp < second.timestamp


def test_reports_go_out_and_come_in(rig: Rig) -> None:
    leg, party = rig.leg(rtcp_mux=True)
    rig.advance(8)
    reports = []
    while True:
        try:
            data = party.socket.recv(2048)
        except BlockingIOError:
            break
        if data[1] in (200, 201):
            reports.append(rtcp.parse(data))
    assert 1 <= len(reports) <= 4
    report, description = reports[0][:2]
    assert isinstance(report, rtcp.SenderReport | rtcp.ReceiverReport)
    assert report.reports[0].ssrc == party.ssrc
    assert description == rtcp.SourceDescription(ssrc=0xA000, cname="c")
    unix_now = rig.now + rig.engine.ntp_offset
    block = rtcp.ReportBlock(
        ssrc=0xA000,
        fraction_lost=0,
        packets_lost=0,
        highest_sequence=100,
        jitter=0,
        last_sr=rtcp.ntp_middle(rtcp.ntp_time(unix_now - 1.0)),
        delay_since_last_sr=int(0.9 * 65536),
    )
    party.socket.sendto(
        rtcp.encode([rtcp.ReceiverReport(ssrc=party.ssrc, reports=(block,))]), ("127.0.0.1", leg.sockets.port)
    )
    rig.receive()
    statistics = leg.statistics()
    assert statistics.rtt_ms is not None and abs(statistics.rtt_ms - 100) < 1
    assert statistics.remote_loss == 0.0


def test_statistics_of_a_lossy_leg(rig: Rig) -> None:
    leg, party = rig.leg()
    for index in range(100):
        if index % 10 == 5:
            party.sequence += 1
            party.timestamp += FRAME
        rig.jump(0.02)
        party.send(leg.sockets.port, AUDIO)
        rig.receive()
    statistics = leg.statistics()
    assert (statistics.packets_in, statistics.packets_lost, statistics.bytes_in) == (101, 10, 101 * 160)
    assert statistics.mos is not None and 3.4 < statistics.mos < 3.7
    assert (statistics.codec, statistics.remote_port) == ("PCMA", party.port)
    assert statistics.last_packet_s == 2.0


def test_closed_leg_frees_its_ports(rig: Rig) -> None:
    leg, _ = rig.leg()
    port = leg.sockets.port
    leg.close()
    leg.close()
    assert rig.handlers == {}
    rig.pairs = type(rig.pairs)(port, port + 1)
    again, _ = rig.leg(lock=False)
    assert again.sockets.port == port


def reports_to(rig: Rig, party: Party, port: int | None) -> int:
    """Return how many RTCP packets come to the port after the party's RTP port, of a leg told ``port`` for them."""
    beside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    beside.bind(("127.0.0.1", party.port + 1))
    beside.setblocking(False)
    leg = rig.legs[0]
    rig.remote(leg, party, rtcp_port=port)
    rig.advance(12)
    leg.close()
    count = 0
    while True:
        try:
            beside.recv(2048)
        except BlockingIOError:
            beside.close()
            return count
        count += 1


def test_reports_go_to_the_next_port_by_default(rig: Rig) -> None:
    _, party = rig.leg()
    assert reports_to(rig, party, None) >= 2


def test_port_0_for_reports_sends_none(rig: Rig) -> None:
    _, party = rig.leg()
    assert reports_to(rig, party, 0) == 0


def test_a_report_that_comes_all_the_same_does_not_open_a_way_back(rig: Rig) -> None:
    leg, party = rig.leg(rtcp_port=0, behind_nat=True)
    empty = rtcp.encode([rtcp.ReceiverReport(ssrc=party.ssrc), rtcp.SourceDescription(ssrc=party.ssrc, cname="x")])
    beside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    beside.bind(("127.0.0.1", 0))
    beside.setblocking(False)
    beside.sendto(empty, ("127.0.0.1", leg.sockets.port + 1))
    rig.receive()
    rig.advance(12)
    leg.close()
    with pytest.raises(BlockingIOError):
        beside.recv(2048)
    beside.close()


def test_the_last_rtp_port_has_no_report_port_after_it(rig: Rig) -> None:
    leg, party = rig.leg()
    rig.remote(leg, party, port=65535)
    rig.advance(12)
    leg.close()


def test_engine_knows_whose_audio_somebody_hears(rig: Rig) -> None:
    a, _ = rig.leg()
    b, _ = rig.leg()
    passing = rig.engine.passing
    assert not passing
    a.bridge(b)
    assert passing == {a, b}
    a.mute(True)
    assert passing == {b}
    a.unbridge()
    assert not passing
    a.mute(False)
    b.bridge(a)
    a.close()
    assert not passing
