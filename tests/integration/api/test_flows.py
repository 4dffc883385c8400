"""Drawing flows over the API: drafts, locks, publishing, versions, files and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from callcenter.ivr.flow_editing import FlowChanged, FlowLockLost
from callcenter.ivr.model import MAX_BYTES, load_flow
from tests.integration.api.conftest import Office, hello_flow
from tests.unit.ivr.timeline import flow_document, node, said


@pytest.fixture
async def lan(office: Office) -> httpx.AsyncClient:
    return await office.signed_in("supervisor")


@pytest.fixture
async def minh(office: Office) -> httpx.AsyncClient:
    return await office.signed_in("foreign")


def file_of(office: Office, name: str = "hello.json") -> Path:
    return office.recordings.parent / "flows" / name


async def draft(client: httpx.AsyncClient, flow_id: str = "hello") -> dict[str, Any]:
    answer = await client.get(f"/api/flows/{flow_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def save(client: httpx.AsyncClient, document: Any, revision: int, flow_id: str = "hello") -> httpx.Response:
    return await client.put(f"/api/flows/{flow_id}/draft", json={"document": document, "revision": revision})


async def publish(client: httpx.AsyncClient, revision: int, note: str = "", flow_id: str = "hello") -> httpx.Response:
    return await client.post(f"/api/flows/{flow_id}/publish", json={"revision": revision, "note": note})


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["id"]


def spoken(document: dict[str, Any]) -> str:
    menu = next(item for item in document["nodes"] if item["id"] == "menu")
    text: str = menu["data"]["prompts"]["vi"][0]["text"]
    return text


def saying(document: dict[str, Any], text: str) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(document))
    next(item for item in changed["nodes"] if item["id"] == "menu")["data"]["prompts"] = said(text)
    return changed


async def test_a_flow_in_a_file_is_listed_with_a_draft_and_a_version(lan: httpx.AsyncClient) -> None:
    (found,) = (await lan.get("/api/flows")).json()
    assert {name: found[name] for name in ("id", "published_version", "draft_revision", "changed", "errors")} == {
        "id": "hello", "published_version": 3, "draft_revision": 1, "changed": False, "errors": 0,
    }  # fmt: skip
    assert (found["dids"], found["lock"]) == (["1900"], None)
    (version,) = (await lan.get("/api/flows/hello/versions")).json()
    assert (version["version"], version["origin"], version["usable"], version["author"]) == (3, "file", True, "")


async def test_a_draft_is_kept_checked_and_published_atomically(office: Office, lan: httpx.AsyncClient) -> None:
    before = office.flow_files.library.snapshot()
    document = saying((await draft(lan))["document"], "Bấm 1")
    saved = (await save(lan, document, 1)).json()
    assert (saved["revision"], saved["changed"], saved["problems"]) == (2, True, [])
    assert saved["ports"]["menu"] == ["1", "no_input", "invalid"]
    answer = await publish(lan, 2, "Lời chào ngắn hơn")
    assert answer.status_code == 201, answer.text
    assert {
        "version": 4,
        "author": "Lan",
        "note": "Lời chào ngắn hơn",
        "origin": "editor",
    }.items() <= answer.json().items()
    on_disk = load_flow(file_of(office).read_bytes())
    assert (on_disk.version, spoken(on_disk.document.model_dump())) == (4, "Bấm 1")
    assert [path.name for path in file_of(office).parent.iterdir()] == ["hello.json"]
    running = office.flow_files.library.snapshot()["hello"]
    assert (running.version, before["hello"].version) == (4, 3), "calls under way keep their snapshot"
    state = await draft(lan)
    assert (state["published_version"], state["changed"], state["revision"]) == (4, False, 2)
    assert [found["version"] for found in (await lan.get("/api/flows/hello/versions")).json()] == [4, 3]


async def test_a_flow_with_errors_is_kept_and_not_published(office: Office, lan: httpx.AsyncClient) -> None:
    document = (await draft(lan))["document"]
    document["edges"] = [edge for edge in document["edges"] if edge["sourceHandle"] != "invalid"]
    saved = (await save(lan, document, 1)).json()
    (found,) = saved["problems"]
    assert (found["code"], found["severity"], found["node_id"], found["port"]) == (
        "missing-exit", "error", "menu", "invalid",
    )  # fmt: skip
    assert found["message"]["vi"] and found["message"]["en"]
    answer = await publish(lan, 2)
    assert problem(answer) == (422, "flow-has-errors")
    assert [each["code"] for each in answer.json()["problems"]] == ["missing-exit"]
    assert load_flow(file_of(office).read_bytes()).version == 3


async def test_what_two_pages_save_is_never_lost_silently(lan: httpx.AsyncClient) -> None:
    document = (await draft(lan))["document"]
    assert (await save(lan, saying(document, "a"), 1)).status_code == 200
    assert problem(await save(lan, saying(document, "b"), 1)) == (409, "draft-changed")
    assert problem(await publish(lan, 1)) == (409, "draft-changed")
    assert spoken((await draft(lan))["document"]) == "a"


async def test_the_lock_keeps_others_out_until_it_is_taken_over_or_expires(
    office: Office, lan: httpx.AsyncClient, minh: httpx.AsyncClient
) -> None:
    lock = (await lan.post("/api/flows/hello/lock", json={})).json()
    assert (lock["user_id"], lock["name"]) == ("u-supervisor", "Lan")
    refused = await minh.post("/api/flows/hello/lock", json={})
    assert problem(refused) == (423, "flow-locked") and "Lan" in refused.json()["detail"]
    document = (await draft(minh))["document"]
    for answer in (await save(minh, document, 1), await publish(minh, 1)):
        assert problem(answer) == (423, "flow-locked")
    assert (await save(lan, document, 1)).status_code == 200

    office.clock.advance(45)
    renewed = (await lan.post("/api/flows/hello/lock", json={})).json()
    assert renewed["since"] == lock["since"] and renewed["renewed_at"] > lock["renewed_at"]
    office.clock.advance(59)
    assert problem(await minh.post("/api/flows/hello/lock", json={})) == (423, "flow-locked")
    office.published.clear()
    assert (await minh.post("/api/flows/hello/lock", json={"take_over": True})).json()["name"] == "Minh"
    assert FlowLockLost("hello", "u-supervisor", "Minh") in office.published
    assert problem(await save(lan, document, 2)) == (423, "flow-locked")

    office.clock.advance(60)
    assert (await draft(lan))["lock"] is None
    assert (await lan.post("/api/flows/hello/lock", json={})).json()["user_id"] == "u-supervisor"
    assert (await minh.delete("/api/flows/hello/lock")).status_code == 204, "giving back what one lost is nothing"
    assert (await draft(lan))["lock"]["name"] == "Lan"
    assert (await lan.delete("/api/flows/hello/lock")).status_code == 204
    assert (await draft(lan))["lock"] is None


async def test_rolling_back_publishes_the_old_content_under_a_new_number(lan: httpx.AsyncClient) -> None:
    document = (await draft(lan))["document"]
    await save(lan, saying(document, "new"), 1)
    await publish(lan, 2)
    restored = (await lan.post("/api/flows/hello/versions/3/restore")).json()
    assert (restored["revision"], spoken(restored["document"]), restored["changed"]) == (3, "1", True)
    assert (await publish(lan, 3, "back")).json()["version"] == 5
    assert (await draft(lan))["changed"] is False
    kept = (await lan.get("/api/flows/hello/versions/4")).json()
    assert (kept["version"], spoken(kept["document"])) == (4, "new")


async def test_versions_are_compared_as_graphs(lan: httpx.AsyncClient) -> None:
    document = (await draft(lan))["document"]
    changed = saying(document, "khác")
    changed["nodes"].append({"id": "bye", "type": "hangup", "position": {"x": 9, "y": 9}, "data": {}})
    changed["nodes"][0]["position"] = {"x": 500, "y": 500}
    next(edge for edge in changed["edges"] if edge["sourceHandle"] == "1")["target"] = "bye"
    await save(lan, changed, 1)
    found = (await lan.get("/api/flows/hello/diff", params={"from": "3", "to": "draft"})).json()
    assert found["nodes"] == {
        "added": ["bye"],
        "removed": [],
        "changed": [{"id": "menu", "fields": ["data.prompts.vi[0].text"]}],
    }
    assert found["edges"] == {"added": ["menu-0"], "removed": ["menu-0"]}
    assert problem(await lan.get("/api/flows/hello/diff", params={"from": "77"})) == (404, "unknown-flow")
    assert problem(await lan.get("/api/flows/hello/diff", params={"from": "x"}))[0] == 422


async def test_a_changed_file_becomes_a_version_and_an_untouched_draft_follows_it(
    office: Office, lan: httpx.AsyncClient
) -> None:
    desk = office.services.flows
    assert desk is not None
    file_of(office).write_text(json.dumps(saying(hello_flow(), "by hand")))  # `version` was not raised.
    office.flow_files.look()
    await desk.take_in()
    state = await draft(lan)
    assert (state["published_version"], spoken(state["document"]), state["changed"]) == (4, "by hand", False)
    versions = (await lan.get("/api/flows/hello/versions")).json()
    assert [(each["version"], each["origin"]) for each in versions] == [(4, "file"), (3, "file")]

    await save(lan, saying(state["document"], "unpublished"), state["revision"])
    file_of(office).write_text(json.dumps(saying(hello_flow(), "by hand again")))
    answer = await publish(lan, state["revision"] + 1)  # Nobody had looked yet.
    assert answer.json()["version"] == 6
    assert spoken((await draft(lan))["document"]) == "unpublished"
    lost = (await lan.get("/api/flows/hello/versions/5")).json()
    assert (lost["origin"], spoken(lost["document"])) == ("file", "by hand again")


async def test_a_broken_file_is_put_aside_when_its_flow_is_published(office: Office, lan: httpx.AsyncClient) -> None:
    file_of(office).write_text('{"id": "hello", half of an edit')
    office.flow_files.look()
    await save(lan, saying((await draft(lan))["document"], "x"), 1)
    assert (await publish(lan, 2)).status_code == 201
    assert sorted(path.name for path in file_of(office).parent.iterdir()) == ["hello.json", "hello.json.refused-1"]
    assert "half of an edit" in file_of(office, "hello.json.refused-1").read_text()


async def test_a_flow_that_is_drawn_from_nothing_and_removed(office: Office, lan: httpx.AsyncClient) -> None:
    answer = await lan.post("/api/flows", json={"id": "survey", "name": "Khảo sát <b>"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["published_version"], made["name"]) == (None, "Khảo sát <b>")
    assert {found["code"] for found in made["problems"]} == {"missing-exit"}
    assert problem(await lan.post("/api/flows", json={"id": "survey", "name": "x"})) == (409, "flow-id-taken")
    assert problem(await lan.post("/api/flows", json={"id": "../x", "name": "x"}))[0] == 422
    document = flow_document(node("say", "play", {"next": "end"}, prompts=said("x")), flow_id="survey")
    assert (await save(lan, document, 1, "survey")).json()["problems"] == []
    assert (await publish(lan, 2, "", "survey")).json()["version"] == 1
    assert problem(await lan.delete("/api/flows/hello")) == (409, "flow-has-numbers")
    assert (await lan.delete("/api/flows/survey")).status_code == 204
    assert not file_of(office, "survey.json").exists() and "survey" not in office.flow_files.library.snapshot()
    assert problem(await lan.get("/api/flows/survey")) == (404, "unknown-flow")
    assert FlowChanged("survey", None, None, None) in office.published
    assert len((await lan.get("/api/flows/survey/versions")).json()) == 1, "calls of the past are still shown"
    await lan.post("/api/flows", json={"id": "survey", "name": "again"})
    await save(lan, document, 1, "survey")
    assert (await publish(lan, 2, "", "survey")).json()["version"] == 2


async def test_a_flow_that_others_lead_to_is_not_removed(lan: httpx.AsyncClient) -> None:
    await lan.post("/api/flows", json={"id": "part", "name": "Part"})
    part = flow_document(node("r", "return"), flow_id="part", kind="sub_flow")
    part["nodes"].pop()
    await save(lan, part, 1, "part")
    assert (await publish(lan, 2, "", "part")).status_code == 201
    user = flow_document(node("s", "sub_flow", {"returned": "end"}, flow="part"), flow_id="hello")
    await save(lan, user, 1)
    assert (await publish(lan, 2)).status_code == 201
    assert problem(await lan.delete("/api/flows/part")) == (409, "flow-in-use")


async def test_export_and_import_are_the_same_file(office: Office, lan: httpx.AsyncClient) -> None:
    raw = (await lan.get("/api/flows/hello/export")).content
    taken = await lan.post("/api/flows/import", content=raw)
    assert problem(taken) == (409, "flow-id-taken")
    copy = await lan.post("/api/flows/import", params={"as_id": "copy"}, content=raw)
    assert copy.status_code == 201, copy.text
    again = json.loads((await lan.get("/api/flows/copy/export")).content)
    assert again == {**json.loads(raw), "id": "copy"}
    over = await lan.post("/api/flows/import", params={"over": "draft"}, content=raw)
    assert (over.json()["revision"], over.json()["published_version"]) == (2, 3)
    assert office.flow_files.library.get("copy") is None, "nothing goes into service by import"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad-json"),
        (b"\xff\xfe", "bad-json"),
        (b"[]", "bad-json"),
        (b'{"id": NaN}', "bad-json"),
        (b'{"id": "x", "id": "y"}', "bad-json"),
        (b'{"id": "x", "name": "\\ud800", "nodes": []}', "bad-json"),
        (b"[" * 100_000 + b"]" * 100_000, "too-deep"),
        (b'{"id": "x", "name": "x", "nodes":' + b"[" * 60 + b"]" * 60 + b"}", "too-deep"),
        (b'{"id": "../../etc/passwd", "name": "x", "nodes": []}', "bad-value"),
        (b'{"name": "x", "nodes": []}', "bad-value"),
        (b'{"id": "x", "name": "x", "note": "' + b"x" * MAX_BYTES + b'"}', "too-large"),
    ],
)
async def test_a_hostile_file_is_refused_with_a_reason(lan: httpx.AsyncClient, raw: bytes, code: str) -> None:
    answer = await lan.post("/api/flows/import", content=raw)
    assert problem(answer) == (422, "flow-format-error"), answer.text
    assert code in [found["code"] for found in answer.json()["problems"]]
    assert len((await lan.get("/api/flows")).json()) == 1


async def test_a_body_larger_than_any_flow_is_not_read(lan: httpx.AsyncClient) -> None:
    answer = await lan.post("/api/flows/import", content=b" " * (3 * 1024 * 1024 + 1))
    assert problem(answer) == (413, "body-too-large")


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"nodes": ' + "[" * 60 + "]" * 60 + "}", '{"a": "\\ud800"}'])
async def test_a_draft_that_cannot_be_kept_is_refused(lan: httpx.AsyncClient, text: str) -> None:
    answer = await lan.put("/api/flows/hello/draft", content=f'{{"document": {text}, "revision": 1}}')
    assert answer.status_code == 422, answer.text
    assert (await draft(lan))["revision"] == 1


async def test_a_draft_may_be_nonsense_and_is_shown_as_it_is(lan: httpx.AsyncClient) -> None:
    drafts: list[dict[str, object]] = [
        {},
        {"nodes": 7},
        {"nodes": [1, {"id": 2}], "edges": {}, "languages": 3},
    ]
    for revision, nonsense in enumerate(drafts, 1):
        assert (await save(lan, nonsense, revision)).status_code == 200
        state = await draft(lan)
        assert state["document"] == {**nonsense, "id": "hello"} and state["problems"]
        assert (await lan.get("/api/flows")).json()[0]["errors"] > 0
        assert (await lan.get("/api/flows/hello/diff", params={"from": "3"})).status_code == 200
        assert (await lan.get("/api/flows/hello/export")).status_code == 200


async def test_checking_says_everything_and_keeps_nothing(office: Office, lan: httpx.AsyncClient) -> None:
    exits = {port: "end" for port in ("busy", "no_answer", "unavailable", "closed", "failed", "left")}
    document = flow_document(node("d", "dial", exits, target={"kind": "store", "store": "central"}))
    answer = (await lan.post("/api/flows/check", json={"document": document})).json()
    assert (answer["problems"], answer["worst_case_s"]) == ([], 0.0)
    assert answer["ports"]["start"] == ["next", "error"] and answer["ports"]["end"] == []
    assert set(answer["ports"]["d"]) == set(exits)
    document["nodes"][1]["data"]["ring_timeout_s"] = "long"
    answer = (await lan.post("/api/flows/check", json={"document": document})).json()
    (found,) = answer["problems"]
    assert (found["node_id"], found["field"], answer["worst_case_s"]) == ("d", "ring_timeout_s", None)
    assert "end" in answer["ports"], "what can be read is"
    assert not [line for line in await office.audit() if "check" in line[0]]


async def test_the_palette_holds_every_node_type_with_its_schema(lan: httpx.AsyncClient) -> None:
    palette = (await lan.get("/api/flow-nodes")).json()
    groups = {group["id"] for group in palette["categories"]}
    assert {"menu", "queue", "last_store", "voicemail"} <= {each["type"] for each in palette["types"]}
    for each in palette["types"]:
        assert each["category"] in groups and each["label"]["vi"] and each["schema"]["properties"]
    menu = next(each for each in palette["types"] if each["type"] == "menu")
    assert menu["dynamic_ports"] == {"setting": "options", "id_field": "keys", "label_field": "label"}
    assert menu["defaults"]["no_input_s"] == 7.0 and menu["defaults"]["options"] == []
    assert "caller_number" in palette["expressions"]["variables"]
    assert "default" in palette["expressions"]["filters"] and "upper" in palette["expressions"]["functions"]


async def test_publishing_is_in_the_audit_log_and_saving_says_no_words_of_the_flow(
    office: Office, lan: httpx.AsyncClient
) -> None:
    await save(lan, saying((await draft(lan))["document"], "bí mật"), 1)
    await publish(lan, 2)
    admin = await office.signed_in("admin")
    entries = (await admin.get("/api/audit", params={"limit": 50})).json()["items"]
    published = next(entry for entry in entries if entry["action"] == "flow.published")
    assert (published["target"], published["after"]) == ("flow:hello", {"version": 4})
    assert "bí mật" not in json.dumps(entries, ensure_ascii=False)
    told = [event for event in office.published if isinstance(event, FlowChanged)]
    assert (told[-1].revision, told[-1].published_version) == (2, 4)


async def test_a_flow_begins_with_a_template(lan: httpx.AsyncClient) -> None:
    gallery = (await lan.get("/api/flow-templates")).json()
    assert [each["id"] for each in gallery] == ["retail_last_store", "warranty_tree", "after_hours_callback", "survey"]
    made = await lan.post("/api/flows", json={"id": "shop", "name": "Cửa hàng", "template": "survey"})
    assert made.status_code == 201, made.text
    assert (made.json()["problems"], made.json()["document"]["id"]) == ([], "shop")
    results = (await lan.post("/api/flows/test", json={"document": made.json()["document"]})).json()
    assert results and all(result["passed"] for result in results)
    assert (await publish(lan, 1, "", "shop")).status_code == 201
    assert problem(await lan.post("/api/flows", json={"id": "x", "name": "x", "template": "y"})) == (
        422,
        "unknown-template",
    )
