"""Simulated calls over the API, and tests that are kept with a flow."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.api.conftest import Office, hello_flow


@pytest.fixture
async def lan(office: Office) -> httpx.AsyncClient:
    return await office.signed_in("supervisor")


async def simulate(client: httpx.AsyncClient, *inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    wanted = {"document": hello_flow(), "inputs": list(inputs), **more}
    answer = await client.post("/api/flows/simulate", json=wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_call_is_stepped_through_and_always_comes_out_the_same(office: Office, lan: httpx.AsyncClient) -> None:
    found = await simulate(lan)
    assert found["waiting"] == {"kind": "keys", "node_id": "menu", "detail": {"timeout_s": 7.0}}
    assert (found["steps"][-1]["said"], found["path"], found["ended"]) == (["1"], ["start-0"], None)
    done = await simulate(
        lan, {"keys": "1"}, scenario={"caller_number": "0900000000", "at": "2026-11-25T20:00:00+07:00"}
    )
    assert (done["ended"], done["path"], done["steps"][1]["port"]) == ("completed", ["start-0", "menu-0"], "1")
    assert done["variables"]["caller_number"] == "0900000000" and done["variables"]["now"].startswith(
        "2026-11-25T20:00"
    )
    again = await simulate(
        lan, {"keys": "1"}, scenario={"caller_number": "0900000000", "at": "2026-11-25T20:00:00+07:00"}
    )
    assert done == again
    assert not [line for line in await office.audit() if "simulate" in line[0]]


async def test_what_cannot_be_simulated_is_refused_with_its_problems(lan: httpx.AsyncClient) -> None:
    for wanted, status in (
        ({"document": {"id": "x"}}, 422),
        ({"document": hello_flow(), "inputs": [{"keys": "x"}]}, 422),
        ({"document": hello_flow(), "inputs": [{"keys": "1"}] * 501}, 422),
        ({"document": hello_flow(), "scenario": {"at": "2026-11-25T20:00:00"}}, 422),
    ):
        assert (await lan.post("/api/flows/simulate", json=wanted)).status_code == status
    refused = (await lan.post("/api/flows/simulate", json={"document": {"id": "x"}})).json()
    assert refused["id"] == "flow-format-error" and refused["problems"]


async def test_an_endless_flow_ends(lan: httpx.AsyncClient) -> None:
    document = hello_flow()
    for edge in document["edges"]:
        edge["target"] = "menu"
    found = await simulate(lan, *[{"keys": "1"}] * 400, document=document)
    assert found["waiting"]["kind"] == "keys" and len(found["steps"]) == 402
    document["nodes"].append({"id": "s", "type": "set_variable", "data": {}})
    document["edges"] = [{"id": "a", "source": "start", "sourceHandle": "next", "target": "s"}]
    document["edges"].append({"id": "b", "source": "s", "sourceHandle": "next", "target": "s"})
    assert (await simulate(lan, document=document))["ended"] == "node_limit"


async def test_a_simulated_call_becomes_a_test_of_the_flow(lan: httpx.AsyncClient) -> None:
    wanted = {"name": "phím 1", "revision": 1, "inputs": [{"keys": "1"}]}
    kept = await lan.post("/api/flows/hello/tests", json=wanted)
    assert kept.status_code == 200, kept.text
    (test,) = kept.json()["document"]["tests"]
    assert test == {
        "name": "phím 1",
        "keys": [{"press": "1"}],
        "expect": {"path": ["start", "menu", "end"], "ended": "completed", "language": "vi"},
    }
    assert (await lan.post("/api/flows/hello/tests", json=wanted)).json()["id"] == "draft-changed"
    document = kept.json()["document"]
    (result,) = (await lan.post("/api/flows/test", json={"document": document})).json()
    assert (result["name"], result["passed"], result["failures"]) == ("phím 1", True, [])
    document["tests"][0]["keys"] = []
    document["tests"][0]["expect"]["ended"] = "caller_hung_up"
    (result,) = (await lan.post("/api/flows/test", json={"document": document})).json()
    assert result["passed"] is False
    assert result["failures"] == [{"vi": "kết thúc vì completed", "en": "ended by completed"}]
    assert (await lan.post("/api/flows/hello/publish", json={"revision": 2})).status_code == 201
