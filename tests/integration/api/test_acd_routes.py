"""The routes about queues and agents, on real storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from callcenter.acd.agent_state import AgentState
from callcenter.acd.view import LiveQueueView
from callcenter.api.acd_json import agent_json, queue_json
from callcenter.calls.cdr import EventLine, RecordingRecord
from callcenter.calls.channel_results import VOICEMAIL_EVENT
from tests.integration.api.acd_town import Town, town
from tests.integration.storage.samples import started, story


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path) as opened:
        yield opened


SALES = {"code": "sales", "name": "Bán hàng", "name_en": "Sales", "store_id": "s1"}


# Queues


async def test_a_supervisor_sees_the_queues_of_the_stores_and_an_agent_those_he_is_in(place: Town) -> None:
    assert [queue["code"] for queue in await place.ask("admin", "GET", "/api/queues")] == [
        "store:HN-01",
        "store:SG-01",
    ]
    for who in ("boss", "lan"):
        listed = await place.ask(who, "GET", "/api/queues")
        assert [(queue["code"], queue["implied"]) for queue in listed] == [("store:HN-01", True)]
        assert [queue["code"] for queue in await place.ask(who, "GET", "/api/live-queues")] == ["store:HN-01"]
    assert await place.ask("mai", "GET", "/api/queues") == []
    assert await place.ask("boss", "GET", "/api/queues/store:s2") == (404, "not-found")


async def test_a_queue_is_set_up_changed_and_removed(place: Town) -> None:
    made = await place.ask("boss", "POST", "/api/queues", {**SALES, "settings": {"ring_s": 20}})
    assert (made["settings"]["ring_s"], made["settings"]["strategy"], made["members"]) == (20, "longest_idle", [])
    path = f"/api/queues/{made['id']}"
    assert await place.ask("boss", "GET", path) == made
    wanted = {**SALES, "settings": {"wrap_up": {"mode": "until_coded"}}, "enabled": False}
    changed = await place.ask("boss", "PUT", path, wanted)
    assert (changed["enabled"], changed["settings"]["wrap_up"]["mode"]) == (False, "until_coded")
    assert changed["settings"]["ring_s"] == 15, "what is left out keeps its default"
    assert await place.ask("boss", "PUT", path, changed) == changed, "an answer can be sent back"
    assert await place.ask("boss", "DELETE", path) is None
    assert await place.ask("boss", "GET", path) == (404, "not-found")


@pytest.mark.parametrize(
    ("who", "body", "problem"),
    [
        ("lan", SALES, (403, "role-not-sufficient")),
        ("boss", {**SALES, "store_id": None}, (422, "unknown-store")),
        ("boss", {**SALES, "store_id": "s2"}, (422, "unknown-store")),
        ("admin", {**SALES, "store_id": "s9"}, (422, "unknown-store")),
        ("boss", {**SALES, "code": "store:SG-01"}, (422, "queue-code-reserved")),
        ("boss", {**SALES, "code": "store:X"}, (422, "queue-code-reserved")),
        ("boss", {**SALES, "settings": {"overflow": ["nowhere"]}}, (422, "unknown-queue")),
        ("boss", {**SALES, "settings": {"strategy": "loudest"}}, (422, "invalid-request")),
        ("boss", {**SALES, "code": "two words"}, (422, "invalid-request")),
    ],
    ids=str,
)
async def test_what_does_not_fit_is_refused(place: Town, who: str, body: dict[str, Any], problem: Any) -> None:
    assert await place.ask(who, "POST", "/api/queues", body) == problem
    assert len(place.storage.queue_book.setups) == 2


async def test_codes_of_queues_are_unique(place: Town) -> None:
    await place.ask("boss", "POST", "/api/queues", SALES)
    assert await place.ask("admin", "POST", "/api/queues", {**SALES, "store_id": "s2"}) == (409, "queue-code-taken")


async def test_the_queue_of_a_store_can_be_changed_and_goes_back_when_removed(place: Town) -> None:
    (before,) = await place.ask("boss", "GET", "/api/queues")
    assert [(member["agent_id"], member["implied"]) for member in before["members"]] == [
        ("lan", True),
        ("phone:102", True),
    ]
    assert await place.ask("boss", "DELETE", "/api/queues/store:s1") == (409, "queue-implied")
    wanted = {key: before[key] for key in ("code", "name", "store_id")}
    renamed = await place.ask("boss", "PUT", "/api/queues/store:s1", {**wanted, "settings": {"strategy": "linear"}})
    assert (renamed["implied"], renamed["settings"]["strategy"]) == (False, "linear")
    assert len(renamed["members"]) == 2
    moved = {**wanted, "code": "other"}
    assert await place.ask("boss", "PUT", "/api/queues/store:s1", moved) == (409, "queue-code-reserved")
    assert await place.ask("boss", "DELETE", "/api/queues/store:s1") is None
    assert await place.ask("boss", "GET", "/api/queues") == [before]


async def test_who_is_in_a_queue_is_said_one_by_one_or_as_a_whole(place: Town) -> None:
    queue = await place.ask("boss", "POST", "/api/queues", SALES)
    path = f"/api/queues/{queue['id']}/members"
    added = await place.ask("boss", "POST", path, {"agent_id": "lan", "weight": 3})
    assert [(member["agent_id"], member["name"], member["extension"]) for member in added] == [("lan", "Lan", "1001")]
    both = [{"agent_id": "phone:102"}, {"agent_id": "lan", "order": 1}]
    assert [member["agent_id"] for member in await place.ask("boss", "PUT", path, both)] == ["phone:102", "lan"]
    assert [member["agent_id"] for member in await place.ask("lan", "GET", path)] == ["phone:102", "lan"]
    rest = await place.ask("boss", "DELETE", f"{path}/phone:102")
    assert [member["agent_id"] for member in rest] == ["lan"]
    assert await place.ask("boss", "DELETE", f"{path}/phone:102") == (404, "not-found")
    assert await place.ask("boss", "POST", path, {"agent_id": "mai"}) == (422, "unknown-agent")
    assert await place.ask("boss", "PUT", path, [{"agent_id": "lan"}] * 2) == (422, "invalid-request")
    assert await place.ask("lan", "PUT", path, []) == (403, "role-not-sufficient")


async def test_a_queue_seen_through_its_members_is_not_ones_own(place: Town) -> None:
    queue = await place.ask("admin", "POST", "/api/queues", {**SALES, "store_id": None})
    path = f"/api/queues/{queue['id']}"
    assert await place.ask("boss", "GET", path) == (404, "not-found")
    await place.ask("admin", "POST", f"{path}/members", {"agent_id": "lan"})
    assert (await place.ask("boss", "GET", path))["code"] == "sales"
    assert await place.ask("boss", "PUT", path, SALES) == (403, "queue-of-others")
    assert await place.ask("boss", "DELETE", path) == (403, "queue-of-others")


async def test_naming_a_member_of_a_stores_queue_sets_it_up(place: Town) -> None:
    members = await place.ask("boss", "POST", "/api/queues/store:s1/members", {"agent_id": "phone:102", "order": 9})
    assert [(member["agent_id"], member["implied"]) for member in members] == [("phone:102", False), ("lan", True)]
    setup = place.storage.queue_book.setups["store:s1"]
    assert (setup.implied, place.storage.queue_book.queues["store:s1"].settings.strategy) == (False, "ring_all")


async def test_defaults_of_the_deployment_show_where_a_queue_says_nothing(tmp_path: Path) -> None:
    async with town(tmp_path, {"ring_s": 22}) as place:
        made = await place.ask("boss", "POST", "/api/queues", SALES)
        assert made["settings"]["ring_s"] == 22


# Agents


async def test_agents_choose_their_state_and_supervisors_change_it(place: Town) -> None:
    place.desk.sit_down("lan", "s1")
    chosen = await place.ask("lan", "PUT", "/api/me/agent-state", {"state": "break", "reason": "lunch"})
    assert (chosen["state"], chosen["reason"]) == ("break", "lunch")
    for body in ({"state": "break", "reason": "sleepy"}, {"state": "on_call"}):
        status, _ = await place.ask("lan", "PUT", "/api/me/agent-state", body)
        assert status == 422
    await place.ask("boss", "PUT", "/api/agents/lan/state", {"state": "available"})
    assert place.desk.forced == [("lan", AgentState.AVAILABLE, "boss")]
    assert await place.ask("boss", "PUT", "/api/me/agent-state", {"state": "available"}) == (409, "unknown-agent")


async def test_agents_are_seen_by_their_stores_and_themselves(place: Town) -> None:
    place.desk.sit_down("lan", "s1")
    place.desk.sit_down("mai", "s2")
    seen = {}
    for who in ("admin", "boss", "lan", "mai"):
        seen[who] = [agent["id"] for agent in await place.ask(who, "GET", "/api/agents")]
    assert seen == {"admin": ["lan", "mai"], "boss": ["lan"], "lan": ["lan"], "mai": ["mai"]}
    assert await place.ask("boss", "GET", "/api/agents/mai") == (404, "not-found")
    assert await place.ask("boss", "PUT", "/api/agents/mai/state", {"state": "offline"}) == (404, "not-found")
    assert await place.ask("lan", "PUT", "/api/agents/lan/state", {"state": "offline"}) == (403, "role-not-sufficient")


async def test_an_agent_as_json_is_what_pages_rely_on(place: Town) -> None:
    place.desk.sit_down("lan", "s1")
    place.desk.wrap_up("lan", "call-1", "sales")
    answer = await place.ask("lan", "GET", "/api/agents/lan")
    assert answer == {
        "id": "lan", "name": "lan", "extension": "101", "store_ids": ["s1"], "state": "wrap_up", "reason": None,
        "since": "2026-01-05T09:00:00Z", "next": None, "registered": True, "call_ids": [], "queue_ids": [],
        "wrap_up": {
            "call_id": "call-1", "queue_id": "sales", "queue_name": "sales", "ends_at": None,
            "disposition_required": False, "can_extend": True, "can_finish": True,
        },
        "missed_in_row": 0,
    }  # fmt: skip
    view = place.desk.agent("lan")
    assert view is not None and agent_json(view) == answer, "answers and live events are the same"
    live: LiveQueueView = place.desk.queues()[0]
    assert queue_json(live) == (await place.ask("admin", "GET", "/api/live-queues"))[0]


async def test_skills_are_said_by_supervisors_of_the_agent(place: Town) -> None:
    wanted = {"skills": {"billing": 3}}
    assert await place.ask("boss", "PUT", "/api/agents/lan/skills", wanted) == wanted
    assert await place.ask("lan", "GET", "/api/agents/lan/skills") == wanted
    assert dict(place.storage.queue_book.agents["lan"].skills) == {"billing": 3}
    assert await place.ask("boss", "PUT", "/api/agents/mai/skills", wanted) == (404, "not-found")
    assert await place.ask("boss", "PUT", "/api/agents/lan/skills", {"skills": {"x": 11}}) == (422, "invalid-request")


# After a call


async def test_saving_what_came_of_a_call_ends_the_wrap_up(place: Town) -> None:
    place.desk.sit_down("lan", "s1")
    place.desk.wrap_up("lan", "call-1", "sales", required=True)
    assert await place.ask("lan", "POST", "/api/calls/call-1/wrap-up", {}) == (409, "wrap-up-goes-on")
    noted = await place.ask("lan", "POST", "/api/calls/call-1/wrap-up", {"note": "  Khách hẹn mai "})
    assert (noted["finished"], noted["agent"]["state"]) == (False, "wrap_up"), "the note is kept, the code is missing"
    saved = await place.ask("lan", "POST", "/api/calls/call-1/wrap-up", {"disposition": "resolved"})
    assert (saved["finished"], saved["agent"]["state"]) == (True, "available")
    assert place.desk.finished == [("lan", "call-1", "resolved")]
    codes, notes = await place.storage.call_remarks.of_call("call-1")
    assert [(each.agent_id, each.code) for each in codes] == [("lan", "resolved")]
    assert [(each.agent_id, each.text) for each in notes] == [("lan", "Khách hẹn mai")]


async def test_only_codes_of_the_queue_can_be_chosen(place: Town) -> None:
    place.desk.sit_down("lan", "s1")
    place.desk.wrap_up("lan", "call-1", "store:s1")
    code = {"code": "sold", "label": "Đã bán", "label_en": "Sold", "queue_ids": ["store:s2"]}
    made = await place.ask("admin", "POST", "/api/dispositions", code)
    for wrong in ("sold", "nonsense"):
        answer = await place.ask("lan", "POST", "/api/calls/call-1/wrap-up", {"disposition": wrong})
        assert answer == (422, "unknown-disposition")
    await place.ask("admin", "PUT", f"/api/dispositions/{made['id']}", {**code, "queue_ids": ["store:s1"]})
    saved = await place.ask("lan", "POST", "/api/calls/call-1/wrap-up", {"disposition": "sold"})
    assert saved["finished"]


async def test_nobody_writes_about_the_calls_of_others(place: Town) -> None:
    place.storage.call_log.open_call(started())
    place.storage.call_log.close_call(story(store_id="s1")[1])
    await place.storage.writer.flush()
    place.desk.sit_down("mai", "s2")
    note = {"note": "x"}
    assert await place.ask("mai", "POST", "/api/calls/call-1/wrap-up", note) == (404, "not-found")
    assert await place.ask("boss", "POST", "/api/calls/call-1/wrap-up", note) == {"finished": False, "agent": None}
    assert await place.ask("boss", "POST", "/api/calls/call-9/wrap-up", note) == (404, "not-found")


async def test_codes_and_reasons_are_kept_by_administrators(place: Town) -> None:
    code = {"code": "sold", "label": "Đã bán", "label_en": "Sold", "queue_ids": ["store:s1"], "position": 1}
    assert await place.ask("boss", "POST", "/api/dispositions", code) == (403, "role-not-sufficient")
    made = await place.ask("admin", "POST", "/api/dispositions", code)
    assert await place.ask("admin", "POST", "/api/dispositions", code) == (409, "code-taken")
    offered = {each["code"] for each in await place.ask("lan", "GET", "/api/dispositions", queue_id="store:s2")}
    assert "sold" not in offered and "resolved" in offered
    path = f"/api/dispositions/{made['id']}"
    await place.ask("admin", "PUT", path, {**code, "active": False})
    assert "sold" not in {each["code"] for each in await place.ask("lan", "GET", "/api/dispositions")}
    everything = await place.ask("admin", "GET", "/api/dispositions", everything=True)
    assert "sold" in {each["code"] for each in everything}
    assert await place.ask("admin", "DELETE", path) is None
    assert await place.ask("admin", "DELETE", path) == (404, "not-found")
    unknown = {**code, "queue_ids": ["nowhere"]}
    assert await place.ask("admin", "POST", "/api/dispositions", unknown) == (422, "unknown-queue")
    tea = {"code": "tea", "label": "Uống trà", "label_en": "Tea"}
    reason = await place.ask("admin", "POST", "/api/break-reasons", tea)
    assert reason in await place.ask("lan", "GET", "/api/break-reasons")
    assert await place.ask("admin", "DELETE", f"/api/break-reasons/{reason['id']}") is None
    assert await place.ask("admin", "DELETE", f"/api/break-reasons/{reason['id']}") == (404, "not-found")


async def test_codes_of_the_product_can_only_be_renamed(place: Town) -> None:
    body = {"code": "spam", "label": "Rác", "label_en": "Junk"}
    assert (await place.ask("admin", "PUT", "/api/dispositions/spam", body))["system"] is True
    for wrong in ({**body, "code": "junk"}, {**body, "active": False}):
        assert await place.ask("admin", "PUT", "/api/dispositions/spam", wrong) == (409, "system-disposition")
    assert await place.ask("admin", "DELETE", "/api/dispositions/spam") == (409, "system-disposition")


# Call-backs


async def test_call_backs_are_asked_for_listed_and_called_off(place: Town) -> None:
    wanted = {"queue": "store:HN-01", "number": "0912345678", "customer_name": "Lan", "note": "hỏi giá"}
    made = await place.ask("lan", "POST", "/api/callbacks", wanted)
    assert (made["queue_id"], made["queue_name"], made["open"], made["state"]) == (
        "store:s1", "Cầu Giấy", True, "pending",
    )  # fmt: skip
    other = await place.ask("admin", "POST", "/api/callbacks", {"queue": "store:SG-01", "number": "0987654321"})
    assert [each["id"] for each in (await place.ask("admin", "GET", "/api/callbacks"))["items"]] == ["cb1", "cb0"]
    assert (await place.ask("boss", "GET", "/api/callbacks"))["items"] == [made]
    assert await place.ask("boss", "GET", "/api/callbacks", queue_id="store:s2") == {"items": [], "next_cursor": None}
    assert await place.ask("boss", "DELETE", f"/api/callbacks/{other['id']}") == (404, "not-found")
    assert await place.ask("lan", "DELETE", f"/api/callbacks/{made['id']}") == (403, "role-not-sufficient")
    assert await place.ask("boss", "DELETE", f"/api/callbacks/{made['id']}") is None
    assert await place.ask("boss", "DELETE", f"/api/callbacks/{made['id']}") == (404, "not-found")
    assert (await place.ask("boss", "GET", "/api/callbacks", open=True))["items"] == []
    (closed,) = (await place.ask("boss", "GET", "/api/callbacks", open=False))["items"]
    assert (closed["state"], closed["open"]) == ("cancelled", False)


async def test_a_call_back_into_a_foreign_queue_or_to_no_number_is_refused(place: Town) -> None:
    foreign = {"queue": "store:SG-01", "number": "0912345678"}
    assert await place.ask("lan", "POST", "/api/callbacks", foreign) == (422, "unknown-queue")
    nobody = {"queue": "store:HN-01", "number": "anonymous"}
    assert await place.ask("lan", "POST", "/api/callbacks", nobody) == (422, "invalid-callback-number")
    assert await place.ask("lan", "GET", "/api/callbacks", cursor="nonsense") == (400, "invalid-cursor")


# Voicemails


async def leave_message(place: Town, call_id: str, box: str) -> None:
    log = place.storage.call_log
    log.open_call(started(call_id))
    data = {"recording_id": f"{call_id}-vm", "box": box, "duration_ms": 9_000}
    log.append_event(call_id, EventLine(30_000, VOICEMAIL_EVENT, data))
    finished = story(call_id)[1]
    recording = RecordingRecord(
        id=f"{call_id}-vm", path=f"{call_id}-vm.wav", started_ms=30_000, duration_ms=9_000, channels=1
    )
    log.close_call(replace(finished, recordings=(recording,)))
    (place.recordings / recording.path).write_bytes(bytes(range(100)))
    await place.storage.writer.flush()


async def test_messages_are_heard_and_marked_by_those_of_the_store(place: Town) -> None:
    await leave_message(place, "call-1", "HN-01")
    await leave_message(place, "call-2", "SG-01")
    (message,) = (await place.ask("boss", "GET", "/api/voicemails", heard=False))["items"]
    assert (message["id"], message["store_id"], message["ready"]) == ("call-1-vm", "s1", True)
    path = f"/api/voicemails/{message['id']}"
    marked = await place.ask("boss", "PUT", path, {"heard": True})
    assert (marked["heard_by"], marked["heard_at"]) == ("boss", "2026-01-05T09:00:00Z")
    place.clock.advance(60)
    assert await place.ask("admin", "PUT", path, {"heard": True}) == marked, "who heard it first stays"
    assert (await place.ask("boss", "GET", "/api/voicemails", heard=False))["items"] == []
    assert (await place.ask("boss", "PUT", path, {"heard": False}))["heard_by"] is None
    assert await place.ask("boss", "PUT", "/api/voicemails/call-2-vm", {"heard": True}) == (404, "not-found")
    assert (await place.ask("lan", "GET", "/api/voicemails"))["items"] == []


async def test_the_audio_of_a_message_comes_in_ranges_and_leaves_a_trace(place: Town) -> None:
    await leave_message(place, "call-1", "HN-01")
    headers = {"Authorization": "Bearer boss", "Range": "bytes=10-19"}
    answer = await place.client.get("/api/voicemails/call-1-vm/audio", headers=headers)
    assert (answer.status_code, answer.content) == (206, bytes(range(10, 20)))
    assert answer.headers["content-type"] == "audio/wav"
    assert [(entry.action, entry.target) for entry in place.audit.entries] == [
        ("voicemail.heard", "voicemail:call-1-vm")
    ]
    assert await place.ask("lan", "GET", "/api/voicemails/call-1-vm/audio") == (404, "not-found")
    (place.recordings / "call-1-vm.wav").unlink()
    assert await place.ask("boss", "GET", "/api/voicemails/call-1-vm/audio") == (404, "not-found")


async def test_nothing_is_open_without_signing_in(place: Town) -> None:
    for path in ("/api/agents", "/api/queues", "/api/live-queues", "/api/dispositions", "/api/callbacks"):
        assert await place.ask("nobody", "GET", path) == (401, "not-signed-in")
