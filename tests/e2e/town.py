"""The chain of stores that the end-to-end tests call: its flows, stores, customers, phones, and what they check alike.

Customers dial in from 127.0.0.2, the carrier's address; store phones register from 127.0.0.1. A customer number is used
by one test only, because every answered call becomes a contact of its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.calls.cdr import Segment, SegmentKind, total_ms
from callcenter.crm.customer import Customer
from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.phone_number import normalise
from callcenter.crm.store import ALWAYS_OPEN, OpeningHours, Store
from callcenter.routing.last_store import recompute
from callcenter.storage.assembly import Storage
from callcenter.storage.repositories.calls import CallStory
from callcenter.testing.audio import Samples, sine
from callcenter.testing.call_log import events_of
from callcenter.testing.phone import CustomerPhone, PhoneCall
from callcenter.testing.pyvoip_line import Account
from callcenter.testing.raw_phone import RawMedia, RawPhone
from callcenter.testing.server import RunningServer, ServerOptions, SipAccount
from callcenter.testing.store_phone import StorePhone, StorePhoneSettings

CARRIER = "127.0.0.2"
"Where customers' calls come from."
SECRET = "correct-horse-7"
"The SIP secret of every phone."

GREETING_HZ, MENU_HZ, GOODBYE_HZ, MAILBOX_HZ, INVALID_HZ = 500.0, 620.0, 860.0, 980.0, 740.0
PROMPTS: Mapping[str, Samples] = {
    "greeting": sine(GREETING_HZ, 0.6),
    "menu": sine(MENU_HZ, 0.8),
    "goodbye": sine(GOODBYE_HZ, 0.5),
    "mailbox": sine(MAILBOX_HZ, 0.5),
    "invalid": sine(INVALID_HZ, 0.5),
}

STORES: Mapping[str, tuple[str, str | None, tuple[str, ...]]] = {
    "central": ("all", None, ("100",)),
    "HN-01": ("north", "HN-02", ("101", "102")),
    "HN-02": ("north", None, ("201",)),
    "HN-03": ("north", None, ("203",)),
    "SG-01": ("south", None, ("301",)),
    "DN-01": ("middle", None, ("401", "402")),
    "HP-01": ("coast", None, ("601",)),
}
"Region, sister store and phones by store code. SG-01 is never open."
OFFICE = ("501", "502", "503")
"Phones that belong to no store."

GROUPS = {
    "HN-01": "09120001",
    "HN-01/101": "09120002",
    "SG-01": "09120003",
    "DN-01": "09120004",
    "new": "09120005",
    "HP-01": "09120006",
}
"The first eight digits of customers' numbers by their last store (and phone)."
CUSTOMERS = 30
"Customers per group."
MOVED_NUMBER = ("0701234567", "01201234567", "+841201234567")
"One customer's number as written today, before 2018, and before 2018 with the country code."


def flow(flow_id: str, nodes: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, str]]]) -> dict[str, Any]:
    """Return a flow file; ``nodes`` gives type, settings and target by exit for each node id."""
    return {
        "schema_version": 1,
        "id": flow_id,
        "name": flow_id,
        "version": 1,
        "kind": "call",
        "default_language": "vi",
        "languages": ["vi"],
        "nodes": [
            {"id": name, "type": kind, "position": {"x": 240 * at, "y": 0}, "data": {"name": name, **data}}
            for at, (name, (kind, data, _)) in enumerate(nodes.items())
        ],
        "edges": [
            {"id": f"{name}-{port}", "source": name, "sourceHandle": port, "target": target}
            for name, (_, _, exits) in nodes.items()
            for port, target in exits.items()
        ],
    }


def audio(name: str) -> dict[str, Any]:
    """Return the prompts that play one file."""
    return {"vi": [{"file": name}]}


def all_to(target: str, *ports: str) -> dict[str, str]:
    """Return exits that all lead to ``target``."""
    return dict.fromkeys(ports, target)


UNANSWERED = ("busy", "no_answer", "unavailable", "closed", "failed")
_FOUND = ("found", "none", "multiple", "closed", "error")
_END: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, str]]] = {
    "voicemail": (
        "voicemail",
        {"greeting": audio("mailbox"), "max_seconds": 10, "silence_seconds": 0, "end_keys": "#"},
        all_to("bye", "recorded", "empty", "failed"),
    ),
    "bye": ("hangup", {"prompts": audio("goodbye")}, {}),
}
_CHAIN = {"target": {"kind": "plan", "plan": "last_store"}, "ring_timeout_s": 5, "leave_key": "0"}


def hotline() -> dict[str, Any]:
    """Greeting, menu, last store with its fallbacks, 0 for the central group, voicemail."""
    return flow(
        "hotline",
        {
            "start": ("start", {}, {"next": "greeting"}),
            "greeting": ("play", {"prompts": audio("greeting"), "barge_in": True}, {"next": "customer"}),
            "customer": ("customer_lookup", {}, all_to("menu", "found", "none", "multiple", "error")),
            "menu": (
                "menu",
                {
                    "prompts": audio("menu"),
                    "options": [{"keys": "1", "label": "store"}, {"keys": "2", "label": "order"}],
                    "no_input_s": 4,
                    "max_no_input": 1,
                    "max_invalid": 1,
                },
                {"1": "last_store", "2": "order", "no_input": "voicemail", "invalid": "voicemail"},
            ),
            "order": (
                "collect_digits",
                {"variable": "order", "prompts": audio("menu"), "max_digits": 16, "no_input_s": 3, "max_invalid": 1},
                {"collected": "bye", "no_input": "bye", "invalid": "bye"},
            ),
            "last_store": ("last_store", {}, all_to("chain", *_FOUND)),
            "chain": ("dial", _CHAIN, {**all_to("voicemail", *UNANSWERED), "left": "central"}),
            "central": (
                "dial",
                {"target": {"kind": "store", "store": "central"}, "ring_timeout_s": 4, "leave_key": None},
                all_to("voicemail", *UNANSWERED),
            ),
            **_END,
        },
    )


def quick() -> dict[str, Any]:
    """Straight to the last store, then voicemail: for tests that are about what comes after."""
    return flow(
        "quick",
        {
            "start": ("start", {}, {"next": "customer"}),
            "customer": ("customer_lookup", {}, all_to("last_store", "found", "none", "multiple", "error")),
            "last_store": ("last_store", {}, all_to("chain", *_FOUND)),
            "chain": ("dial", {**_CHAIN, "leave_key": None}, all_to("voicemail", *UNANSWERED)),
            **_END,
        },
    )


def keypad() -> dict[str, Any]:
    """Two menus, a number and a secret number, each waiting for keys."""
    patient = {"no_input_s": 8, "max_no_input": 1, "max_invalid": 1}
    exits = {"no_input": "bye", "invalid": "bye"}
    return flow(
        "keypad",
        {
            "start": ("start", {}, {"next": "first"}),
            "first": (
                "menu",
                {"prompts": audio("menu"), "options": [{"keys": "1"}, {"keys": "2"}], **patient},
                {"1": "second", "2": "secret", **exits},
            ),
            "second": (
                "menu",
                {"prompts": audio("menu"), "options": [{"keys": "3"}], **patient},
                {"3": "number", **exits},
            ),
            "number": (
                "collect_digits",
                {"variable": "number", "prompts": audio("menu"), "max_digits": 32, **patient},
                {"collected": "tag", **exits},
            ),
            "tag": ("log_tag", {"tag": "number", "value": "{{ number }}"}, {"next": "bye"}),
            "secret": (
                "collect_digits",
                {"variable": "pin", "prompts": audio("menu"), "max_digits": 4, "secure": True, **patient},
                {"collected": "bye", **exits},
            ),
            "bye": ("hangup", {"prompts": audio("goodbye")}, {}),
        },
    )


def long_prompt() -> dict[str, Any]:
    """The greeting over and over: a call that stays in the flow."""
    return flow(
        "announcement",
        {
            "start": ("start", {}, {"next": "greeting"}),
            "greeting": ("play", {"prompts": audio("greeting"), "repeat": 20}, {"next": "bye"}),
            "bye": ("hangup", {"prompts": audio("goodbye")}, {}),
        },
    )


HOTLINE, QUICK, KEYPAD, ANNOUNCEMENT = "1900", "1901", "1902", "1903"
RING_S = 2
"How long each step of the fallback chain rings."
CONFIG: Mapping[str, Any] = {
    "trunks": [{"name": "carrier", "kind": "ip", "allow": [f"{CARRIER}/32", "::1/128"], "options_interval": 0}],
    "last_store": {
        "agent_ring": RING_S,
        "store_ring": RING_S,
        "sister_ring": RING_S,
        "region_ring": RING_S,
        "central_ring": RING_S,
    },
    "logging": {"level": "debug"},
}


async def seed(storage: Storage) -> None:
    """Fill the database: stores, and customers per group with one contact three days ago."""
    for code, (region, sister, extensions) in STORES.items():
        await storage.stores.save(
            Store(
                id=store_id(code),
                code=code,
                name=code,
                hours=OpeningHours() if code == "SG-01" else ALWAYS_OPEN,
                extensions=extensions,
                region=region,
                sister_store_id=store_id(sister) if sister else None,
            )
        )
    numbers = [
        (f"{prefix}{at:02}", group) for group, prefix in GROUPS.items() if group != "new" for at in range(CUSTOMERS)
    ]
    for raw, group in [*numbers, (MOVED_NUMBER[0], "DN-01")]:
        number = normalise(raw)
        assert number is not None
        customer_id = f"c{number}"
        await storage.customers.save(Customer(id=customer_id, name=f"Khách {raw}", phones=(number,)))
        code, _, extension = group.partition("/")
        await storage.interactions.add(
            Interaction(
                id=f"i{number}",
                kind=InteractionKind.PURCHASE,
                at=datetime.now(UTC) - timedelta(days=3),
                store_id=store_id(code),
                number=number,
                customer_id=customer_id,
                extension=extension or None,
            )
        )


def store_id(code: str) -> str:
    """Return the id of a store."""
    return f"s-{code.lower()}"


def town_options(**changes: Any) -> ServerOptions:
    """Return the options of a server for this town; ``changes`` replaces whole options."""
    accounts = [
        SipAccount(number, SECRET, store_id(code)) for code, (_, _, numbers) in STORES.items() for number in numbers
    ]
    options: dict[str, Any] = {
        "config": CONFIG,
        "flows": {"hotline": hotline(), "quick": quick(), "keypad": keypad(), "announcement": long_prompt()},
        "dids": {HOTLINE: "hotline", QUICK: "quick", KEYPAD: "keypad", ANNOUNCEMENT: "announcement"},
        "prompts": PROMPTS,
        "accounts": [*accounts, *(SipAccount(number, SECRET) for number in OFFICE)],
        "seed": seed,
    }
    return ServerOptions(**{**options, **changes})


@dataclass
class Town:
    """A running server of the town and its inhabitants' phones."""

    server: RunningServer
    _used: dict[str, int] = field(default_factory=dict)

    def number(self, group: str) -> str:
        """Return the number of a customer nobody used yet; see :data:`GROUPS`."""
        count = self._used[group] = self._used.get(group, -1) + 1
        assert count < CUSTOMERS, f"more than {CUSTOMERS} customers of {group} are needed"
        return f"{GROUPS[group]}{count:02}"

    def store_phone(self, extension: str, **settings: Any) -> StorePhone:
        """Return a store's phone, to be entered; it answers after 0.2 s and talks until the caller hangs up."""
        defaults: dict[str, Any] = {"ring_seconds": 0.2, "talk_seconds": None}
        return StorePhone(
            StorePhoneSettings(Account(extension, SECRET), port=self.server.sip_port, **{**defaults, **settings})
        )

    def customer(self, number: str, dials: str = HOTLINE, **more: Any) -> CustomerPhone:
        """Return a customer's phone, to be entered."""
        return CustomerPhone(self.call(number, dials, **more))

    def call(self, number: str, dials: str = HOTLINE, **more: Any) -> PhoneCall:
        """Return a customer's call."""
        return PhoneCall(dials, port=self.server.sip_port, from_number=number, local_host=CARRIER, **more)

    def raw_customer(self, number: str, **media: Any) -> RawPhone:
        """Return a customer's raw phone, to be entered."""
        return RawPhone(self.server.sip, number, local_host=CARRIER, media=RawMedia(**media))

    def raw_phone(self, extension: str, *, answers: bool = False, **media: Any) -> RawPhone:
        """Return a registered raw phone of an extension, to be entered."""
        phone = RawPhone(self.server.sip, extension, SECRET, media=RawMedia(**media), answers=answers)
        assert phone.register() == 200
        return phone


# What every call's record must satisfy


def check_books(story: CallStory) -> None:
    """Every millisecond of the call belongs to exactly one segment, and the story is told in order."""
    segments, duration = story.segments, story.record.duration_ms
    assert duration is not None
    assert segments or duration == 0
    assert not segments or (segments[0].start_ms, segments[-1].end_ms) == (0, duration)
    assert [one.end_ms for one in segments[:-1]] == [one.start_ms for one in segments[1:]]
    assert all(one.duration_ms > 0 for one in segments)
    assert total_ms(segments) == duration
    times = [event.at_ms for event in story.events]
    assert times == sorted(times)
    assert story.record.outcome is not None
    assert story.record.hangup_cause is not None
    assert story.record.hangup_side is not None


def check_explanation(story: CallStory) -> None:
    """The stored routing explanation leads to the same decision when it is computed again."""
    stored = story.record.explanation
    assert stored is not None
    again = recompute(stored).explanation
    assert {key: stored[key] for key in again} == dict(again)


def kinds(story: CallStory) -> list[str]:
    """Return the kinds of the call's segments in order, neighbours of one kind told apart by participant only once."""
    found: list[str] = []
    for segment in story.segments:
        if not found or found[-1] != segment.kind.value:
            found.append(segment.kind.value)
    return found


def talks(story: CallStory) -> list[Segment]:
    """Return the segments in which two people talked."""
    return [segment for segment in story.segments if segment.kind is SegmentKind.TALK]


def flow_path(story: CallStory) -> list[str]:
    """Return the nodes the caller went through, in order."""
    return [str(event.data["node"]) for event in events_of(story, "node_entered")]


def attempts(story: CallStory) -> list[tuple[str, str]]:
    """Return ``(step, outcome)`` of everything that was rung."""
    assert story.record.explanation is not None
    dials: Sequence[Mapping[str, Any]] = story.record.explanation["dials"]
    return [(attempt["step"], attempt["outcome"]) for dial in dials for attempt in dial["attempts"]]


def skipped(story: CallStory) -> list[tuple[str, str]]:
    """Return ``(step, reason)`` of everything that routing passed over without ringing."""
    assert story.record.explanation is not None
    return [(line["kind"], line["reason"]) for line in story.record.explanation["skipped"]]
