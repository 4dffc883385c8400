"""kill -9 in the middle of calls: finished calls are whole, open ones are closed at the next start."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from callcenter.accounts.scope import EVERYTHING
from callcenter.calls.cdr import Outcome, total_ms
from callcenter.storage.assembly import Storage, StorageSettings, open_storage
from callcenter.storage.repositories.calls import CallFilter

_SCRIPT = """
import asyncio, sys
from pathlib import Path
from callcenter.storage.assembly import StorageSettings, open_storage
from tests.integration.storage.samples import started, story

async def main():
    var = Path(sys.argv[1])
    storage = await open_storage(StorageSettings(
        url=f"sqlite+aiosqlite:///{var}/callcenter.db", var_dir=var, recordings_dir=var))
    log = storage.call_log
    number = 0
    while True:
        # Calls overlap: each finishes while the following ones run.
        lines, _ = story(f"call-{number}", minutes=number)
        log.open_call(started(f"call-{number}", minutes=number))
        for line in lines:
            log.append_event(f"call-{number}", line)
        if number >= 20:
            log.close_call(story(f"call-{number - 20}", minutes=number - 20)[1])
        if number % 10 == 0:
            await log.flush()
            sys.stdout.write(f"{number}\\n")
            sys.stdout.flush()
        await asyncio.sleep(0)
        number += 1

asyncio.run(main())
"""


def _write_calls_and_die(var_dir: Path) -> int:
    """Let another process write calls, kill it, and return the last call it said was on disk."""
    process = subprocess.Popen([sys.executable, "-c", _SCRIPT, str(var_dir)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = 0
    for line in process.stdout:
        acknowledged = int(line)
        if acknowledged >= 200:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    return acknowledged


async def test_kill_9_in_the_middle_of_calls(tmp_path: Path) -> None:
    acknowledged = _write_calls_and_die(tmp_path)
    with sqlite3.connect(tmp_path / "callcenter.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    storage = await open_storage(
        StorageSettings(url=f"sqlite+aiosqlite:///{tmp_path}/callcenter.db", var_dir=tmp_path, recordings_dir=tmp_path)
    )
    try:
        await _check(storage, acknowledged)
    finally:
        await storage.close()


async def _check(storage: Storage, acknowledged: int) -> None:
    found = (await storage.calls.page(scope=EVERYTHING, limit=100_000)).calls
    by_id = {record.id: record for record in found}
    assert len(by_id) == len(found)
    assert by_id.keys() >= {f"call-{number}" for number in range(acknowledged + 1)}
    finished = [record for record in found if record.outcome is Outcome.ANSWERED]
    interrupted = [record for record in found if record.outcome is Outcome.SYSTEM_FAILURE]
    assert len(finished) + len(interrupted) == len(found)
    assert {record.id for record in finished} >= {f"call-{number}" for number in range(acknowledged - 19)}
    assert {record.id for record in interrupted} == set(storage.interrupted_calls)
    assert (await storage.calls.page(CallFilter(running=True), scope=EVERYTHING)).calls == ()
    for record in [*finished[:5], *finished[-5:], *interrupted]:
        story = await storage.calls.story(record.id, scope=EVERYTHING)
        assert story is not None
        assert total_ms(story.segments) == record.duration_ms
        if record.outcome is Outcome.ANSWERED:
            assert (len(story.segments), len(story.legs), len(story.recordings)) == (3, 2, 1)
