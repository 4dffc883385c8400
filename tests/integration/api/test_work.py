"""Call log, recordings, customers, stores and the directory as the desk sees them."""

from __future__ import annotations

import pytest

from callcenter.api.routes.directory import folded
from tests.integration.api.conftest import Office
from tests.integration.storage.samples import START


async def test_the_list_of_calls_names_whom_it_shows(office: Office) -> None:
    client = await office.signed_in("agent")
    page = (await client.get("/api/calls")).json()
    assert page["next_cursor"] is None
    [call] = page["items"]
    assert call["customer"] == {"id": "customer-1", "code": "KH-1", "name": "Nguyễn Văn An", "vip_level": 0}
    assert call["store"] == {"id": "store-1", "code": "HN-01", "name": "Hà Nội 1"}
    assert call["agent"] == {"id": "agent-1", "name": "Tú"}
    assert call["time_ms"] == {"ivr": 8_000, "ring": 4_500, "talk": 47_500}
    assert (call["recorded"], call["outcome"], call["started_at"]) == (True, "answered", "2026-03-02T02:01:00Z")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["call-2", "call-1"]),
        ({"number": "0912 345 678"}, ["call-1"]),
        ({"number": "nonsense"}, []),
        ({"store_id": "store-2"}, ["call-2"]),
        ({"agent_id": "agent-1"}, ["call-1"]),
        ({"queue_id": "q"}, []),
        ({"customer_id": "customer-2"}, ["call-2"]),
        ({"outcome": "answered", "direction": "inbound"}, ["call-2", "call-1"]),
        ({"outcome": "abandoned"}, []),
        ({"q": "Văn An"}, ["call-1"]),
        ({"from": "2026-03-02T09:02:00+07:00"}, ["call-2"]),
        ({"to": "2026-03-02T02:02:00Z"}, ["call-1"]),
        ({"limit": "1"}, ["call-2"]),
    ],
)
async def test_calls_are_filtered(office: Office, query: dict[str, str], found: list[str]) -> None:
    admin = await office.signed_in("admin")
    response = await admin.get("/api/calls", params=query)
    assert [call["id"] for call in response.json()["items"]] == found


async def test_calls_are_read_page_by_page(office: Office) -> None:
    admin = await office.signed_in("admin")
    cursor = (await admin.get("/api/calls", params={"limit": 1})).json()["next_cursor"]
    rest = (await admin.get("/api/calls", params={"limit": 1, "cursor": cursor})).json()
    assert ([call["id"] for call in rest["items"]], rest["next_cursor"]) == (["call-1"], None)


@pytest.mark.parametrize(
    "query",
    [{"from": "yesterday"}, {"from": "2026-03-02T02:00:00"}, {"outcome": "lost"}, {"limit": "0"}, {"limit": "201"}],
)
async def test_filters_that_mean_nothing_are_refused(office: Office, query: dict[str, str]) -> None:
    response = await (await office.signed_in("admin")).get("/api/calls", params=query)
    assert (response.status_code, response.json()["id"]) == (422, "invalid-request")


async def test_a_call_is_told_with_everything(office: Office) -> None:
    call = (await (await office.signed_in("supervisor")).get("/api/calls/call-1")).json()
    assert [segment["kind"] for segment in call["segments"]] == ["ivr", "ring", "talk"]
    assert call["segments"][2]["agent"] == {"id": "agent-1", "name": "Tú"}
    assert [leg["peer"] for leg in call["legs"]] == ["+84912345678", "101"]
    assert (call["legs"][0]["mos"], call["hangup_side"], call["hangup_cause"]) == (4.36, "caller", "normal_clearing")
    assert call["explanation"]["rule"] == "last_store"
    assert call["keys_pressed"] == "1 ****"
    assert [item["url"] for item in call["recordings"]] == ["/api/calls/call-1/recordings/call-1-r"]
    assert (call["notes"], call["dispositions"]) == ([], [])


async def test_a_recording_is_heard_in_parts_and_every_access_is_written_down(office: Office) -> None:
    client = await office.signed_in("agent")
    url = "/api/calls/call-1/recordings/call-1-r"
    whole = await client.get(url)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert whole.content[:4] == b"RIFF" and len(whole.content) == 44 + 32_000
    assert whole.headers["cache-control"] == "private, no-store"
    part = await client.get(url, headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert part.headers["content-range"] == "bytes 0-99/32044"
    beyond = await client.get(url, headers={"Range": "bytes=99999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */32044")
    (office.recordings / "call-1.wav").unlink()
    missing = await client.get(url)
    assert (missing.status_code, missing.json()["id"]) == (404, "recording-missing")

    admin = await office.signed_in("admin")
    found = (await admin.get("/api/audit", params={"action": "recording.listened"})).json()["items"]
    assert [(item["user_id"], item["target"], item["after"]) for item in found] == [
        ("agent-1", "recording:call-1-r", {"call_id": "call-1"})
    ] * 2


async def test_a_customer_is_shown_with_history_and_last_contact(office: Office) -> None:
    client = await office.signed_in("agent")
    [item] = (await client.get("/api/customers", params={"q": "an"})).json()["items"]
    assert (item["id"], item["phones"]) == ("customer-1", ["+84912345678"])
    customer = (await client.get("/api/customers/customer-1")).json()
    assert customer["last_contact"]["store"]["code"] == "HN-01"
    assert customer["last_contact"]["agent"] == {"id": "agent-1", "name": "Tú"}
    [entry] = customer["timeline"]
    assert (entry["kind"], entry["talk_s"], entry["call_id"]) == ("call_in_answered", 47.5, "call-1")


async def test_a_number_is_known_by_any_spelling(office: Office) -> None:
    client = await office.signed_in("agent")
    for spelling in ("0912345678", "+84912345678", "0912 345 678", "84912345678"):
        found = (await client.get(f"/api/customers/by-number/{spelling}")).json()
        assert (found["number"], [item["id"] for item in found["customers"]]) == ("+84912345678", ["customer-1"])
    for other in ("0987654321", "anonymous", "0911111111"):
        assert (await client.get(f"/api/customers/by-number/{other}")).status_code == 404


async def test_stores_are_those_of_ones_own(office: Office) -> None:
    for login, codes in (("admin", ["HN-01", "SG-01"]), ("supervisor", ["HN-01"]), ("agent", ["HN-01"]), ("idle", [])):
        client = await office.signed_in(login)
        assert [store["code"] for store in (await client.get("/api/stores")).json()] == codes
    detail = (await (await office.signed_in("agent")).get("/api/stores/store-1")).json()
    assert detail["extensions"] == ["101", "2001"]


async def test_the_directory_lists_whom_a_call_can_go_to(office: Office) -> None:
    client = await office.signed_in("agent")
    entries = (await client.get("/api/directory")).json()
    assert [(entry["kind"], entry["value"], entry["label"], entry["presence"]) for entry in entries] == [
        ("agent", "agent-1", "Tú", "offline"),
        ("queue", "queue-1", "Chăm sóc", None),
        ("store", "HN-01", "Hà Nội 1", None),
        ("store", "SG-01", "Sài Gòn 1", None),
        ("extension", "101", "Quầy 1", "offline"),
    ]


@pytest.mark.parametrize(
    ("q", "labels"),
    [("tu", ["Tú"]), ("ha noi", ["Hà Nội 1", "Quầy 1"]), ("2001", ["Tú"]), ("CHAM care", ["Chăm sóc"]), ("zzz", [])],
)
async def test_the_directory_is_searched_without_accents(office: Office, q: str, labels: list[str]) -> None:
    client = await office.signed_in("agent")
    entries = (await client.get("/api/directory", params={"q": q})).json()
    assert [entry["label"] for entry in entries] == labels


def test_accents_and_case_do_not_matter() -> None:
    assert folded("Đỗ Thị HÀ") == "do thi ha"


async def test_the_audit_log_is_filtered_by_time(office: Office) -> None:
    admin = await office.signed_in("admin")
    before = START.isoformat()
    assert (await admin.get("/api/audit", params={"to": before})).json()["items"] == []
    assert len((await admin.get("/api/audit", params={"from": before, "user_id": "u-admin"})).json()["items"]) == 1
