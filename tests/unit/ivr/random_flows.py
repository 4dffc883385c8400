"""Random flows free of errors, with random callers: for tests that compare two ways of running the same flow."""

from __future__ import annotations

import random
from typing import Any

from tests.unit.ivr.timeline import flow_document, node, said

Document = dict[str, Any]


def random_flow(rng: random.Random, *, nodes: int = 8, callers: int = 5) -> Document:
    """Return a flow whose nodes lead only to later ones, so every call ends."""
    names = [f"n{index}" for index in range(nodes)]
    drawn = [_node(rng, name, names[index + 1 :] or ["end"]) for index, name in enumerate(names)]
    document = flow_document(*_reachable(drawn), flow_id="random")
    document["tests"] = [_test(rng, f"caller {number}") for number in range(callers)]
    return document


def _reachable(drawn: list[Document]) -> list[Document]:
    """Leave out what no path leads to; the end is always led to by the last one."""
    reached = {drawn[0]["id"]}
    for item in drawn:
        if item["id"] in reached:
            reached |= set(item["exits"].values())
    kept = [item for item in drawn if item["id"] in reached]
    if not any("end" in item["exits"].values() for item in kept):
        last = kept[-1]["exits"]
        last[next(iter(last))] = "end"
    return kept


def _node(rng: random.Random, name: str, later: list[str]) -> Document:
    ports: tuple[str, ...]

    def to() -> str:
        return rng.choice([*later[:4], "end"] if len(later) < 4 else later[:4])

    match rng.choice(["play", "menu", "menu", "digits", "condition", "dial", "queue", "voicemail", "set"]):
        case "play":
            return node(name, "play", {"next": to()}, prompts=said(f"khối {name}"))
        case "menu":
            keys = rng.sample("1234567890", rng.randint(1, 3))
            exits = {key: to() for key in keys} | {"no_input": to(), "invalid": to()}
            options = [{"keys": key} for key in keys]
            return node(
                name, "menu", exits, prompts=said(f"chọn {name}"), options=options, max_no_input=rng.randint(1, 2)
            )
        case "digits":
            exits = {"collected": to(), "no_input": to(), "invalid": to()}
            return node(
                name, "collect_digits", exits, prompts=said(f"nhập {name}"), variable=f"v_{name}", min_digits=1,
                max_digits=rng.randint(1, 4), secure=rng.random() < 0.3, max_invalid=2, max_no_input=1,
            )  # fmt: skip
        case "condition":
            rules = [{"id": "even", "expression": "called_number | int % 2 == 0"}]
            return node(name, "condition", {"even": to(), "else": to()}, rules=rules)
        case "dial":
            ports = ("busy", "no_answer", "unavailable", "closed", "failed", "left")
            target = {"kind": "store", "store": "central"}
            return node(name, "dial", {port: to() for port in ports}, target=target, announce=said(f"nối {name}"))
        case "queue":
            ports = ("full", "join_empty", "leave_empty", "closed", "max_wait", "callback", "failed")
            queue = {"kind": "queue", "queue": "central"}
            return node(name, "queue", {port: to() for port in ports}, queue=queue)
        case "voicemail":
            ports = ("recorded", "empty", "failed")
            exits = {port: to() for port in ports}
            return node(name, "voicemail", exits, greeting=said("lời nhắn"), box="central", silence_seconds=2)
        case _:
            assigned = [{"variable": f"s_{name}", "value": "called_number | int + 1"}]
            return node(name, "set_variable", {"next": to()}, assignments=assigned)


def _test(rng: random.Random, name: str) -> Document:
    keys: list[Any] = []
    for _ in range(rng.randint(0, 5)):
        press = "".join(rng.choices("0123456789*#", k=rng.choice([0, 1, 1, 1, 2, 3])))
        keys.append({"press": press, "when": "during_prompt"} if press and rng.random() < 0.2 else press)
    if rng.random() < 0.3:
        keys.append({"hang_up": True})
    dials = rng.choices(["answered", "busy", "no_answer", "unavailable", "closed", "failed"], k=3)
    queues = rng.choices(["answered", "full", "join_empty", "closed", "max_wait", "callback"], k=3)
    return {
        "name": name,
        "called_number": str(rng.randint(1900, 1999)),
        "keys": keys,
        "dial": [{"outcome": outcome} for outcome in dials],
        "queue": [{"outcome": outcome, "waited_s": rng.randint(0, 40)} for outcome in queues],
        "voicemail": [{"outcome": rng.choice(["recorded", "empty"])} for _ in range(2)],
    }
