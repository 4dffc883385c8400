"""The way of a past call on the graph, and what a draft would have changed, over the API."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx

from callcenter.calls.cdr import EventLine
from tests.integration.api.conftest import Office, hello_flow
from tests.integration.storage.samples import START, started, story


def told(node: str, kind: str, entered_ms: int, left_ms: int, **left: Any) -> list[EventLine]:
    what = {"flow": "hello", "node": node, "name": node, "type": kind}
    given = {"port": None, "keys": "", "detail": {}, **left}
    return [
        EventLine(entered_ms, "node_entered", {**what, "version": 3}),
        EventLine(left_ms, "node_left", {**what, **given}),
    ]


async def log_call(office: Office, call_id: str, keys: str, port: str | None) -> None:
    """Write a call of store 1 through the flow ``hello``."""
    way = [*told("start", "start", 0, 0, port="next"), *told("menu", "menu", 0, 3000, keys=keys, port=port)]
    if port is not None:
        way += told("end", "hangup", 3000, 3000)
    record = replace(started(call_id), started_at=START.replace(hour=11), did="1900", flow_id="hello", flow_version=3)
    office.storage.call_log.open_call(record)
    for line in way:
        office.storage.call_log.append_event(call_id, line)
    _, finished = story(call_id)
    whole = replace(
        finished.record, started_at=record.started_at, did="1900", flow_id="hello", flow_version=3,
        ended_at=record.started_at.replace(minute=5),
    )  # fmt: skip
    office.storage.call_log.close_call(replace(finished, record=whole, recordings=(), legs=()))
    await office.storage.call_log.flush()


async def finished_run(client: httpx.AsyncClient) -> dict[str, Any]:
    for _ in range(500):
        found: dict[str, Any] = (await client.get("/api/flows/hello/what-if")).json()
        if found["state"] != "running":
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("the run does not end")


async def test_a_calls_way_is_shown_on_the_version_it_ran_on(office: Office) -> None:
    await log_call(office, "call-9", "1", "1")
    lan = await office.signed_in("supervisor")
    found = (await lan.get("/api/calls/call-9/flow-path")).json()
    assert (found["flow_id"], found["version"], found["version_known"]) == ("hello", 3, True)
    shown = [(step["node_id"], step["port"], step["edge_id"], step["keys"], step["left_ms"]) for step in found["steps"]]
    assert shown == [
        ("start", "next", "start-0", "", 0),
        ("menu", "1", "menu-0", "1", 3000),
        ("end", None, None, "", 3000),
    ]
    minh = await office.signed_in("foreign")
    assert (await minh.get("/api/calls/call-9/flow-path")).status_code == 404
    other = (await lan.get("/api/calls/call-1/flow-path")).json()
    assert (other["flow_id"], other["version_known"], other["steps"]) == ("hotline", False, [])


async def test_a_draft_is_run_over_past_calls(office: Office) -> None:
    await log_call(office, "call-7", "1", "1")
    await log_call(office, "call-8", "1", "1")
    await log_call(office, "call-9", "", None)
    lan = await office.signed_in("supervisor")
    assert (await lan.get("/api/flows/hello/what-if")).json() is None
    document = hello_flow()
    document["nodes"].append({"id": "bye", "type": "hangup", "data": {}})
    next(edge for edge in document["edges"] if edge["sourceHandle"] == "1")["target"] = "bye"
    assert (await lan.put("/api/flows/hello/draft", json={"document": document, "revision": 1})).status_code == 200
    begun = await lan.post("/api/flows/hello/what-if", json={"days": 1})
    assert begun.status_code == 202, begun.text
    found = await finished_run(lan)
    assert found["state"] == "done"
    assert (found["calls"], found["same"], found["another_way"], found["undecided"]) == (3, 1, 2, 0)
    (group,) = found["groups"]
    assert (group["after"]["node_id"], group["before"]["node_id"], group["now"]["node_id"]) == ("menu", "end", "bye")
    assert (group["count"], sorted(group["call_ids"])) == (2, ["call-7", "call-8"])
    minh = await office.signed_in("foreign")
    await minh.post("/api/flows/hello/what-if", json={"days": 1})
    foreign = await finished_run(minh)
    assert foreign["calls"] == 0, "only calls one may see"


async def test_a_draft_that_is_no_flow_is_not_run(office: Office) -> None:
    lan = await office.signed_in("supervisor")
    await lan.put("/api/flows/hello/draft", json={"document": {"nodes": 7}, "revision": 1})
    answer = await lan.post("/api/flows/hello/what-if", json={"days": 1})
    assert (answer.status_code, answer.json()["id"]) == (422, "flow-format-error")
    assert (await lan.post("/api/flows/hello/what-if", json={"days": 99})).status_code == 422
