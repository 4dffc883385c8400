"""What is left when things break: power, media processes, disks, files and networks, with calls in progress."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.runtime.clock import SystemClock
from callcenter.testing.audio import heard_tones, read_wav
from callcenter.testing.call_log import events_of
from callcenter.testing.phone import CustomerPhone, place_call
from callcenter.testing.raw_phone import RawMedia, RawPhone
from callcenter.testing.server import RunningServer, ServerOptions
from tests.e2e.town import (
    ANNOUNCEMENT,
    CARRIER,
    CONFIG,
    GREETING_HZ,
    MENU_HZ,
    QUICK,
    SECRET,
    Town,
    check_books,
    kinds,
    long_prompt,
    talks,
    town_options,
)

pytestmark = pytest.mark.peer

CUSTOMER_HZ, STORE_HZ = 1150.0, 1400.0


def options(**sections: Any) -> ServerOptions:
    """Return the town's options with some sections of the configuration changed."""
    return town_options(config={**CONFIG, **sections})


def eventually(condition: Callable[[], bool], timeout: float = 8.0) -> bool:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


def media_workers(server: RunningServer) -> list[int]:
    """Return the process ids of the server's media workers."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        if parent == str(server.pid) and b"callcenter.media.worker" in command:
            found.append(int(entry.name))
    return sorted(found)


def test_a_power_cut_in_the_middle_of_twenty_calls(tmp_path: Path) -> None:
    """Ten callers in the flow, three in conversation, seven leaving messages, and two whose calls are over."""
    with RunningServer(tmp_path, options(limits={"drain_seconds": 1})) as server, ExitStack() as stack:
        town = Town(server)
        ended = [place_call(town.call(town.number("new"), hang_up_after=0.2)).call_id for _ in range(2)]
        for call_id in ended:
            server.story_of(call_id)
        stores = {"DN-01": "401", "HP-01": "601", "HN-01": "101"}
        phones = [
            stack.enter_context(town.raw_phone(number, answers=True, tone_hz=STORE_HZ)) for number in stores.values()
        ]

        def customers(number: str, dials: str, count: int) -> list[CustomerPhone]:
            callers = [
                stack.enter_context(town.customer(town.number(number), dials, tone_hz=CUSTOMER_HZ))
                for _ in range(count)
            ]
            for caller in callers:
                caller.dial()
            return callers

        in_flow = customers("new", ANNOUNCEMENT, 10)
        talking = [customers(code, QUICK, 1)[0] for code in stores]
        for customer in talking:
            customer.wait_tone(STORE_HZ, timeout=6)
        leaving = customers("new", QUICK, 7)  # Nobody in the central group: voicemail.
        for customer in in_flow:
            customer.wait_answered(5)
        assert eventually(lambda: len(server.call_log.records()) >= 22)
        time.sleep(3.0)
        server.kill()
        killed_at = SystemClock().utcnow()
        running = [customer.report().call_id for customer in (*in_flow, *talking, *leaving)]
        assert [len(phone.calls) for phone in phones] == [1, 1, 1]
        server.start()

        records = server.call_log.records()
        counted = Counter(record.sip_call_id for record in records)
        assert [counted[call_id] for call_id in (*running, *ended)] == [1] * 22
        assert len(records) == 22
        by_id = {record.sip_call_id: record for record in records}
        for call_id in running:
            story = server.call_log.story(by_id[call_id].id)
            check_books(story)
            assert story.record.outcome is Outcome.SYSTEM_FAILURE
            assert story.record.hangup_cause is HangupCause.SYSTEM_FAILURE
            # A call ends at the last moment it is known to have lived: the node's last heartbeat, at most a second
            # before the end, the call's last event, or the end of its recording. All had lived for three seconds.
            lived = [line.started_ms + line.duration_ms for line in story.recordings]
            assert story.record.duration_ms is not None
            assert story.record.duration_ms >= max([*lived, story.events[-1].at_ms, 1800])
            assert story.record.ended_at is not None and story.record.ended_at <= killed_at
            assert not lived or lived[0] > 1000
        assert {by_id[call_id].outcome for call_id in ended} == {Outcome.ABANDONED}
        for customer in talking:
            talked = server.call_log.story(by_id[customer.report().call_id].id)
            assert kinds(talked)[-1] == "talk"
            assert [len(read_wav(server.recordings / line.path).channels) for line in talked.recordings] == [2]
        recordings = 0
        for record in records:
            for line in server.call_log.story(record.id).recordings:
                recorded = read_wav(server.recordings / line.path)
                recordings += 1
                assert recorded.duration > 0.9
                assert recorded.duration == pytest.approx(line.duration_ms / 1000, abs=0.1)
                size = (server.recordings / line.path).stat().st_size
                assert size == 44 + 2 * len(recorded.channels) * len(recorded.left)
                assert heard_tones(recorded.left, [CUSTOMER_HZ])[CUSTOMER_HZ] > 0.8
        assert recordings == len(server.recorded())
        assert recordings >= 10
        assert place_call(town.call(town.number("new"), hang_up_after=0.3)).answered


def test_registrations_survive_a_power_cut(tmp_path: Path) -> None:
    with RunningServer(tmp_path, options()) as server:
        town = Town(server)
        with town.store_phone("401", tone_hz=STORE_HZ) as store:
            assert eventually(lambda: server.get_json("/api/status")["phones_registered"] == 1)
            time.sleep(0.6)  # The log of registrations is written in groups.
            server.kill()
            server.start()
            assert server.get_json("/api/status")["phones_registered"] == 1
            with town.customer(town.number("DN-01"), QUICK) as customer:
                customer.dial()
                customer.wait_tone(STORE_HZ, timeout=5)
                customer.hang_up()
            assert len(store.calls) == 1


def test_sigterm_lets_calls_finish(tmp_path: Path) -> None:
    with RunningServer(tmp_path, options(limits={"drain_seconds": 20})) as server:
        town = Town(server)
        store = town.raw_phone("401", answers=True, tone_hz=STORE_HZ)
        with town.customer(town.number("DN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer:
            customer.dial()
            customer.wait_tone(STORE_HZ, timeout=5)
            server.terminate()
            assert eventually(lambda: "waiting for calls" in server.log())
            refused = place_call(town.call(town.number("new")))
            assert refused.status == 503
            assert customer.wait(1.0)
            customer.wait_tone(STORE_HZ, timeout=1)
            customer.hang_up()
            assert server.wait(8) == 0
            assert store.calls[0].over.is_set()
            store.vanish()  # There is nobody left to unregister at.
            report = customer.report()
        story = server.story_of(report.call_id)
        check_books(story)
        assert story.record.outcome is Outcome.ANSWERED
        assert story.record.hangup_side is HangupSide.CALLER
        assert len(story.recordings) == 1


def test_calls_that_outlive_the_drain_are_ended_with_a_reason(tmp_path: Path) -> None:
    with RunningServer(tmp_path, options(limits={"drain_seconds": 0.5})) as server:
        town = Town(server)
        with town.customer(town.number("new"), ANNOUNCEMENT) as customer:
            customer.dial()
            customer.wait_tone(GREETING_HZ, timeout=5, width=0.15)
            server.terminate()
            customer.wait_over(6)
            report = customer.report()
            assert server.wait(8) == 0
        assert report.ended_by == "there"
        assert report.reason is not None
        assert "cause=41" in report.reason
        story = server.story_of(report.call_id)
        check_books(story)
        assert (story.record.hangup_cause, story.record.hangup_side) == (
            HangupCause.SYSTEM_SHUTDOWN,
            HangupSide.SYSTEM,
        )


def test_a_call_keeps_its_flow_when_the_file_changes(town: Town) -> None:
    """The next call gets the new version; a broken file is refused by the node's name and changes nothing."""
    server = town.server
    file = server.directory / "flows" / "announcement.json"
    original = file.read_text()
    changed = long_prompt()
    changed["version"] = 2
    next(node for node in changed["nodes"] if node["id"] == "greeting")["data"]["prompts"] = {"vi": [{"file": "menu"}]}
    broken = long_prompt()
    broken["version"] = 3
    broken["edges"] = [edge for edge in broken["edges"] if edge["source"] != "greeting"]

    def version_of_a_call() -> tuple[int | None, float]:
        report = place_call(town.call("0912000597", ANNOUNCEMENT, hang_up_after=0.9))
        record = server.story_of(report.call_id).record
        sounds = heard_tones(report.heard, [GREETING_HZ, MENU_HZ])
        return record.flow_version, max(sounds, key=sounds.__getitem__)

    try:
        with town.customer("0912000598", ANNOUNCEMENT) as customer:
            customer.dial()
            customer.wait_tone(GREETING_HZ, timeout=5, width=0.15)
            file.write_text(json.dumps(changed))
            assert eventually(lambda: version_of_a_call() == (2, MENU_HZ), 12)
            customer.wait_tone(GREETING_HZ, timeout=3, width=0.15)
            file.write_text(json.dumps(broken))
            assert eventually(lambda: "flow refused" in server.log(), 12)
            assert version_of_a_call() == (2, MENU_HZ)
            assert "greeting" in repr(server.get_json("/api/status")["flow_problems"])
            customer.wait_tone(GREETING_HZ, timeout=3, width=0.15)
            customer.hang_up()
            report = customer.report()
        assert server.story_of(report.call_id).record.flow_version == 1
        assert heard_tones(report.heard, [MENU_HZ]) == {MENU_HZ: 0}
    finally:
        file.write_text(original)


def test_a_media_worker_that_dies_takes_only_its_calls(tmp_path: Path) -> None:
    """One worker is filled before the next, so few ports spread four calls over two workers."""
    few_ports = replace(options(media={"workers": 2}), rtp_ports=16)
    with RunningServer(tmp_path, few_ports) as server, ExitStack() as stack:
        town = Town(server)
        phones = [stack.enter_context(town.customer(town.number("new"), ANNOUNCEMENT)) for _ in range(4)]
        for phone in phones:
            phone.dial()
            phone.wait_tone(GREETING_HZ, timeout=5, width=0.15)
        workers = media_workers(server)
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        assert eventually(lambda: any(not phone.wait(0) for phone in phones))
        time.sleep(0.5)
        up = [phone for phone in phones if phone.wait(0)]
        down = [phone for phone in phones if phone not in up]
        assert sorted((len(up), len(down))) == [1, 3]
        for phone in up:
            phone.wait_tone(GREETING_HZ, timeout=3, width=0.15)
        assert eventually(lambda: server.get_json("/api/status")["media_workers"] == 2)
        for _ in range(2):
            report = place_call(town.call(town.number("new"), ANNOUNCEMENT, hang_up_after=0.6))
            assert report.tone(GREETING_HZ)
        for phone in up:
            phone.hang_up()
        for phone in down:
            story = server.story_of(phone.report().call_id)
            check_books(story)
            assert story.record.outcome is Outcome.MEDIA_FAILURE
            assert story.record.hangup_cause is HangupCause.MEDIA_FAILURE
        for phone in up:
            assert server.story_of(phone.report().call_id).record.outcome is Outcome.ABANDONED


def test_silence_on_the_wire_ends_the_call(tmp_path: Path) -> None:
    with RunningServer(tmp_path, options(media={"timeout": 2})) as server:
        town = Town(server)
        with (
            town.store_phone("401", tone_hz=STORE_HZ) as store,
            RawPhone(
                server.sip, town.number("DN-01"), local_host=CARRIER, media=RawMedia(tone_hz=CUSTOMER_HZ)
            ) as customer,
        ):
            call = customer.dial(QUICK)
            call.wait_tone(STORE_HZ)
            call.media.sending = False
            assert call.over.wait(6)
            assert "cause=31" in call.reason
            assert store.calls[0].over.wait(3)
        story = server.story_of(call.call_id)
        check_books(story)
        assert story.record.outcome is Outcome.MEDIA_FAILURE
        assert story.record.hangup_cause is HangupCause.MEDIA_TIMEOUT
        assert events_of(story, "media_timeout")[0].data["silent_s"] >= 2
        assert talks(story)[0].duration_ms == pytest.approx(2500, abs=1200)


def test_a_call_goes_on_when_its_recording_cannot_be_written(tmp_path: Path) -> None:
    """The recordings directory is a file: nothing can be made in it, whoever the server runs as."""
    server = RunningServer(tmp_path, options())
    server.prepare()
    with server:
        town = Town(server)
        for entry in server.recordings.iterdir():
            entry.rmdir()
        server.recordings.rmdir()
        server.recordings.write_text("no room")
        with (
            town.store_phone("401", tone_hz=STORE_HZ),
            town.customer(town.number("DN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer,
        ):
            customer.dial()
            customer.wait_tone(STORE_HZ, timeout=5)
            customer.wait(0.5)
            customer.wait_tone(STORE_HZ, timeout=1)
            customer.hang_up()
            report = customer.report()
        story = server.story_of(report.call_id)
        check_books(story)
        assert story.record.outcome is Outcome.ANSWERED
        assert len(events_of(story, "recording_failed")) == 1
        assert story.recordings == ()


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/proc/mounts").exists(), reason="a small disk needs root to mount")
def test_a_call_goes_on_when_the_disk_is_full(tmp_path: Path) -> None:
    server = RunningServer(tmp_path, options())
    server.recordings.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(server.recordings)], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        with server:
            town = Town(server)
            with (
                town.store_phone("401", tone_hz=STORE_HZ),
                town.customer(town.number("DN-01"), QUICK, tone_hz=CUSTOMER_HZ) as customer,
            ):
                customer.dial()
                customer.wait_tone(STORE_HZ, timeout=5)
                customer.wait(4.0)
                customer.wait_tone(STORE_HZ, timeout=1)
                customer.hang_up()
                report = customer.report()
            story = server.story_of(report.call_id)
            check_books(story)
            assert story.record.outcome is Outcome.ANSWERED
            (recording,) = story.recordings
            assert recording.truncated
            recorded = read_wav(server.recordings / recording.path)
            assert 0.5 < recorded.duration < 3.0
            assert heard_tones(recorded.left, [CUSTOMER_HZ])[CUSTOMER_HZ] > 0.4
    finally:
        subprocess.run(["umount", "-l", str(server.recordings)], check=False)


def test_a_phone_whose_cable_is_pulled_is_not_waited_for(town: Town) -> None:
    """The device is registered but gone: ringing it ends with the step's time, and the chain goes on."""
    ghost = town.raw_phone("201")
    ghost.vanish()
    with town.store_phone("203", talk_seconds=0.4):
        report = place_call(town.call(town.number("HN-01"), QUICK))
    story = town.server.story_of(report.call_id)
    check_books(story)
    assert [talk.extension for talk in talks(story)] == ["203"]
    with RawPhone(town.server.sip, "201", SECRET) as cleaner:
        assert cleaner.register(0, contact="*") == 200
