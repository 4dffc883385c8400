"""An agent's call with everything around it on PostgreSQL, and again after a power cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.calls.cdr import Outcome
from callcenter.testing.call_log import events_of
from callcenter.testing.postgresql import Cluster, NoPostgresql
from tests.e2e.floor import Floor, Line, until
from tests.e2e.town import check_books, talks

pytestmark = [pytest.mark.peer, pytest.mark.postgres]

ANN_HZ, CUSTOMER_HZ = 700.0, 1150.0


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    try:
        cluster = Cluster.launch()
    except NoPostgresql as error:
        pytest.skip(f"NOT RUN: agents' calls on PostgreSQL, because {error}")
    yield cluster
    cluster.stop()


def test_an_agents_call_is_kept_on_postgresql(cluster: Cluster, tmp_path: Path) -> None:
    lines = {"desk": Line(["ann"], {"wrap_up": {"mode": "timed", "seconds": 60}})}
    floor = Floor(tmp_path, {"ann": "501"}, lines, config={"database": {"url": cluster.create_database()}})
    with floor.server as server, floor.customer("0912000501", tone_hz=CUSTOMER_HZ) as customer:
        ann = floor.browser("ann", tone_hz=ANN_HZ)
        call = floor.call(customer, "desk")
        ann.wait_call().wait_tone(CUSTOMER_HZ)
        call.wait_tone(ANN_HZ)
        call.hang_up()
        floor.wait_state("ann", "wrap_up")
        story = floor.story(call)
        me = floor.page("ann")
        saved = me.send("POST", f"/api/calls/{story.record.id}/wrap-up", {"note": "Đã tư vấn xong"})
        assert saved["finished"] is True
        floor.wait_state("ann", "available")
        until(lambda: me.send("GET", f"/api/calls/{story.record.id}")["notes"], "the note written", 3)
        second = floor.call(customer, "desk")
        ann.wait_call(2).wait_tone(CUSTOMER_HZ)
        until(lambda: [one for one in server.call_log.records() if one.sip_call_id == second.call_id], "written", 3)
        server.kill()
        ann.crash()
        server.start()
        assert floor.wait_state("ann", "available", "unreachable", "wrap_up", timeout=5)["call_ids"] == []
        lost = next(one for one in server.call_log.records() if one.sip_call_id == second.call_id)
        assert lost.outcome is Outcome.SYSTEM_FAILURE
        check_books(server.call_log.story(lost.id))
        with floor.browser("ann") as back:
            assert back.registered_contacts
        assert "Traceback" not in server.log()
    assert talks(story)[-1].agent_id == floor.seats["ann"].user_id
    assert events_of(story, "queue_answered")[0].data["queue"] == "desk"
