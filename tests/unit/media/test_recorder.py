from __future__ import annotations

import array
import audioop
import wave
from pathlib import Path

from callcenter.media.plane import PlayEnd, PlayFinished, RecordingClosed, RecordingEnd
from callcenter.media.player import PlayOrder
from callcenter.media.ticker import MediaClock
from callcenter.media.track import Track
from callcenter.media.wav import wav_header
from tests.unit.media.rig import FRAME, Party, Rig

ONE, TWO = 0x10, 0x20
SILENT = audioop.alaw2lin(b"\xd5", 2)


def level(code: int) -> int:
    return int.from_bytes(audioop.alaw2lin(bytes((code,)), 2), "little", signed=True)


def sides(path: Path) -> tuple[array.array[int], array.array[int]]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        data = file.readframes(file.getnframes())
    return array.array("h", audioop.tomono(data, 2, 1, 0)), array.array("h", audioop.tomono(data, 2, 0, 1))


def talk(rig: Rig, seconds: float, *speakers: tuple[Party, int, int]) -> None:
    for _ in range(round(seconds / 0.02)):
        rig.advance(0.02)
        for party, port, code in speakers:
            party.send(port, bytes((code,)) * FRAME)
        rig.receive()


def test_wav_header_bytes() -> None:
    assert wav_header(32000, channels=2) == bytes.fromhex(
        "52494646 247d0000 57415645 666d7420 10000000 0100 0200 401f0000 007d0000 0400 1000 64617461 007d0000"
    )


def test_left_is_what_the_leg_says_and_right_what_it_hears(rig: Rig, tmp_path: Path) -> None:
    customer, customer_party = rig.leg(codec="PCMU")
    agent, agent_party = rig.leg()
    recording = rig.record(customer, tmp_path / "r.wav")
    music = tmp_path / "m.al"
    music.write_bytes(bytes((0x30,)) * 8000)
    customer.play(PlayOrder("m", [str(music)]))
    talk(rig, 0.5, (customer_party, customer.sockets.port, 0x80))
    customer.stop_play(None, PlayEnd.STOPPED)
    customer.bridge(agent)
    speakers = (customer_party, customer.sockets.port, 0x80), (agent_party, agent.sockets.port, TWO)
    talk(rig, 1.5, *speakers)
    recording.stop(RecordingEnd.STOPPED)
    left, right = sides(tmp_path / "r.wav")
    assert len(left) == 16000
    loud = int.from_bytes(audioop.ulaw2lin(b"\x80", 2), "little", signed=True)
    assert {abs(sample - loud) < 1024 for sample in left[200:15800]} == {True}
    assert {right[at] for at in range(400, 3800)} != {0}
    assert set(right[6000:15800]) == {level(TWO)}
    assert rig.events[-1] == RecordingClosed(
        "rec", str(tmp_path / "r.wav"), 2000, 44 + 64000, False, RecordingEnd.STOPPED
    )


def test_loss_and_silence_keep_time(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    recording = rig.record(leg, tmp_path / "r.wav")
    talk(rig, 1.0, (party, leg.sockets.port, ONE))
    party.sequence += 10
    party.timestamp += 10 * FRAME
    rig.advance(0.2)
    talk(rig, 0.5, (party, leg.sockets.port, ONE))
    rig.advance(3)
    recording.stop(RecordingEnd.STOPPED)
    left, right = sides(tmp_path / "r.wav")
    assert len(left) == 8 * 4700
    silent = int.from_bytes(SILENT, "little", signed=True)
    assert left[:8000].count(level(ONE)) == 8000
    assert set(left[8000:9600]) == {silent}
    assert left[9600:13600].count(level(ONE)) == 4000
    assert set(left[13600:]) == {silent}
    assert set(right) == {silent, level(0xD5)}


def test_file_is_playable_while_it_grows(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    rig.record(leg, tmp_path / "r.wav")
    with wave.open(str(tmp_path / "r.wav")) as file:
        assert file.getnframes() == 0
    talk(rig, 3.0, (party, leg.sockets.port, ONE))
    with wave.open(str(tmp_path / "r.wav")) as file:
        assert file.getnframes() >= 16000
        assert len(file.readframes(100_000)) == file.getnframes() * 4


def test_pause_writes_silence_for_both(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    recording = rig.record(leg, tmp_path / "r.wav")
    talk(rig, 1.0, (party, leg.sockets.port, ONE))
    recording.pause()
    talk(rig, 1.0, (party, leg.sockets.port, TWO))
    recording.resume()
    talk(rig, 1.0, (party, leg.sockets.port, ONE))
    recording.stop(RecordingEnd.STOPPED)
    left, _ = sides(tmp_path / "r.wav")
    assert len(left) == 24000
    assert level(TWO) not in left
    assert set(left[8000:16000]) == {0}
    assert left[16000:].count(level(ONE)) >= 7840


def test_voicemail_ends_by_digit_silence_and_length(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    rig.record(leg, tmp_path / "a.wav", stereo=False, end_digits="#")
    talk(rig, 1.0, (party, leg.sockets.port, ONE))
    party.send(leg.sockets.port, bytes.fromhex("0b0a00a0"), payload_type=101)
    rig.receive()
    rig.record(leg, tmp_path / "b.wav", stereo=False, end_silence_s=2.0)
    talk(rig, 1.0, (party, leg.sockets.port, ONE))
    talk(rig, 3.2, (party, leg.sockets.port, 0xD5))
    rig.record(leg, tmp_path / "c.wav", stereo=False, max_duration_s=2.0)
    talk(rig, 3.2, (party, leg.sockets.port, ONE))
    ended = [event for event in rig.events if isinstance(event, RecordingClosed)]
    assert [(event.reason, event.truncated) for event in ended] == [
        (RecordingEnd.DIGIT, False),
        (RecordingEnd.SILENCE, False),
        (RecordingEnd.MAX_DURATION, False),
    ]
    assert ended[0].duration_ms == 1000
    assert 1200 <= ended[1].duration_ms <= 1400
    assert ended[2].duration_ms == 2000
    with wave.open(str(tmp_path / "b.wav")) as file:
        assert (file.getnchannels(), file.getnframes()) == (1, ended[1].duration_ms * 8)


def test_disk_trouble_ends_the_recording_and_nothing_else(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    rig.record(leg, tmp_path / "missing" / "r.wav")
    full = rig.record(leg, Path("/dev/full"))
    assert full.over
    assert rig.events == [
        RecordingClosed("rec", str(tmp_path / "missing" / "r.wav"), 0, 0, True, RecordingEnd.DISK),
        RecordingClosed("rec", "/dev/full", 0, 0, True, RecordingEnd.DISK),
    ]
    party.send(leg.sockets.port, bytes(FRAME))
    rig.receive()
    assert leg.statistics().packets_in == 2


def test_closing_the_leg_closes_its_recording_and_play(rig: Rig, tmp_path: Path) -> None:
    leg, party = rig.leg()
    rig.record(leg, tmp_path / "r.wav")
    prompt = tmp_path / "p.al"
    prompt.write_bytes(bytes(80000))
    leg.play(PlayOrder("p", [str(prompt)]))
    talk(rig, 1.0, (party, leg.sockets.port, ONE))
    leg.close()
    assert rig.events == [
        PlayFinished("leg0", "p", PlayEnd.STOPPED, 1000),
        RecordingClosed("rec", str(tmp_path / "r.wav"), 1000, 44 + 32000, False, RecordingEnd.LEG_CLOSED),
    ]


def track_at(position: int) -> tuple[Track, MediaClock]:
    clock = MediaClock(0.0)
    track = Track(clock, 0)
    clock.samples = position
    return track, clock


def test_late_packet_fills_its_gap() -> None:
    track, clock = track_at(160)
    track.put(1000, bytes((1,)) * 160)
    clock.samples = 480
    track.put(1320, bytes((3,)) * 160)
    track.put(1160, bytes((2,)) * 160)
    assert track.take(480) == bytes((1,)) * 160 + bytes((2,)) * 160 + bytes((3,)) * 160


def test_sender_that_stops_its_timestamps_is_placed_by_arrival() -> None:
    track, clock = track_at(160)
    track.put(1000, bytes((1,)) * 160)
    clock.samples = 8000
    assert track.take(7000)[:320] == bytes((1,)) * 160 + b"\xd5" * 160
    track.put(1160, bytes((2,)) * 160)
    assert track.take(8000) == b"\xd5" * 840 + bytes((2,)) * 160


def test_sender_with_wild_timestamps_does_not_stretch_the_track() -> None:
    track, clock = track_at(160)
    track.put(1000, bytes((1,)) * 160)
    clock.samples = 320
    track.put(900_000, bytes((2,)) * 160)
    assert track.take(320) == bytes((1,)) * 160 + bytes((2,)) * 160
    for index in range(100):
        track.put(900_160 + 160 * index, bytes((3,)) * 160)
    assert len(track.take(480)) == 160
    clock.samples = 16000
    assert track.take(16000).count(3) <= 2400
