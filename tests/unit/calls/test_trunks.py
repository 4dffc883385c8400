"""Trunks: whose call it is, where a number may go, health checks and registrations at carriers."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from itertools import pairwise
from random import Random

import pytest

from callcenter.calls.dialling import DialTarget, TargetAddress
from callcenter.calls.routes import Routes
from callcenter.calls.trunks import OutboundRule, Trunks, TrunkSettings
from callcenter.sip.events import IncomingRequest
from callcenter.sip.flow import Flow
from callcenter.sip.settings import Credentials
from callcenter.testing.memory_sip import MemoryPhone
from callcenter.testing.switchboard import SERVER, Switchboard
from tests.unit.calls.conftest import Opener

CARRIER = "198.51.100.1"


def settings(name: str, **parts: object) -> TrunkSettings:
    known: dict[str, object] = {"kind": "ip", "host": f"{name}.example", "options_interval": 0, **parts}
    return TrunkSettings(name=name, **known)  # type: ignore[arg-type]  # checked by what uses it


def trunks(*names: str, rules: tuple[OutboundRule, ...] = (), **parts: object) -> Trunks:
    return Trunks([settings(name, **parts) for name in names], rules, Random(1))


def flow_from(host: str) -> Flow:
    return Flow("udp", (SERVER, 5060), (host, 5060))


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("198.51.100.7", "four"),
        ("198.51.101.7", None),
        ("2001:db8::7", "six"),
        ("fe80::1%eth0", "local"),
        ("127.0.0.1", None),
    ],
)
def test_a_trunk_is_known_by_its_address(host: str, found: str | None) -> None:
    table = Trunks(
        [
            settings("four", allow=(ip_network("198.51.100.0/24"),)),
            settings("six", allow=(ip_network("2001:db8::/32"),)),
            settings("local", allow=(ip_network("fe80::/10"),)),
        ],
        (),
        Random(1),
    )
    trunk = table.identify(flow_from(host))
    assert (trunk.name if trunk else None) == found


def test_the_longest_pattern_decides() -> None:
    rules = (OutboundRule("0", ("a",)), OutboundRule("00", ("b",)), OutboundRule("0084", ("a", "b")))
    table = trunks("a", "b", rules=rules)
    assert [trunk.name for trunk in table.candidates("0912", 0.0)] == ["a"]
    assert [trunk.name for trunk in table.candidates("0049", 0.0)] == ["b"]
    assert [trunk.name for trunk in table.candidates("008491", 0.0)] == ["a", "b"]
    assert table.candidates("112", 0.0) == []


def test_limits_of_a_rule_and_of_a_trunk() -> None:
    table = trunks("a", "b", rules=(OutboundRule("0", ("a", "b"), 3),), max_calls=2)
    a, b = table.by_name["a"], table.by_name["b"]
    for _ in range(2):
        table.call_began(a, "0912")
    assert [trunk.name for trunk in table.candidates("0912", 0.0)] == ["b"]
    table.call_began(b, "0912")
    assert table.candidates("0912", 0.0) == []
    table.call_ended(a, "0912")
    assert [trunk.name for trunk in table.candidates("0912", 0.0)] == ["a", "b"]
    table.call_began(a, None)  # An incoming call takes the line, not the rule's room.
    assert [trunk.name for trunk in table.candidates("0912", 0.0)] == ["b"]


def test_a_trunk_that_asked_for_peace_gets_it_and_one_in_doubt_comes_last() -> None:
    table = trunks("a", "b", rules=(OutboundRule("0", ("a", "b")),))
    table.by_name["a"].failed(100.0, None)
    assert [trunk.name for trunk in table.candidates("0", 101.0)] == ["b", "a"]
    assert [trunk.name for trunk in table.candidates("0", 130.0)] == ["a", "b"]
    table.by_name["b"].failed(100.0, 600)
    assert [trunk.name for trunk in table.candidates("0", 101.0)] == ["a"]
    assert [trunk.name for trunk in table.candidates("0", 701.0)] == ["a", "b"]


@pytest.mark.parametrize(
    ("parts", "uri"),
    [
        ({"host": "sip.example"}, "sip:09@sip.example"),
        ({"host": "sip.example", "port": 5080, "transport": "tcp"}, "sip:09@sip.example:5080;transport=tcp"),
        ({"host": "2001:db8::1", "port": 5060}, "sip:09@[2001:db8::1]:5060"),
    ],
)
def test_uris(parts: dict[str, object], uri: str) -> None:
    assert Trunks([settings("a", **parts)], (), Random(1)).by_name["a"].uri("09") == uri


# Health


def options_desk(open_desk: Opener) -> tuple[Switchboard, MemoryPhone]:
    desk = open_desk(
        trunks=(settings("carrier", host=CARRIER, options_interval=30.0),), rules=(OutboundRule("0", ("carrier",)),)
    )
    carrier = desk.peer("carrier", host=CARRIER)
    desk.trunks.start(desk.exchange)
    return desk, carrier


async def test_three_missed_checks_take_a_trunk_out_and_one_answer_brings_it_back(open_desk: Opener) -> None:
    desk, carrier = options_desk(open_desk)
    trunk = desk.trunks.by_name["carrier"]
    await asyncio.sleep(40)
    assert trunk.answers
    assert [event.request.method for event in carrier.of_kind(IncomingRequest)] == ["OPTIONS"]
    desk.network.lost.add(CARRIER)
    await asyncio.sleep(100)
    assert trunk.answers
    await asyncio.sleep(110)
    assert not trunk.answers
    assert desk.trunks.candidates("0912", desk.exchange.now()) == []
    trunk.failed(desk.exchange.now(), 3600)
    desk.network.lost.clear()
    await asyncio.sleep(70)
    assert [one.name for one in desk.trunks.candidates("0912", desk.exchange.now())] == ["carrier"]
    await desk.trunks.stop()


async def test_a_check_that_cannot_even_be_sent_counts_as_missed(open_desk: Opener) -> None:
    desk = open_desk(trunks=(settings("gone", host="203.0.113.9", options_interval=30.0),))
    desk.trunks.start(desk.exchange)
    await asyncio.sleep(100)
    assert desk.trunks.by_name["gone"].misses == 3
    await desk.trunks.stop()


# Registration at a carrier


class Carrier:
    """Answers REGISTER by a script and keeps when each came."""

    def __init__(self, open_desk: Opener, *replies: tuple[int, tuple[tuple[str, str], ...]]) -> None:
        trunk = settings("c", kind="register", host=CARRIER, credentials=Credentials("us", "pw"), register_expires=300)
        self.desk = open_desk(trunks=(trunk,))
        self.phone = self.desk.peer("carrier", host=CARRIER)
        self.came: list[tuple[float, int, int]] = []
        self._replies = list(replies)
        self._began = self.desk.exchange.now()
        inner = self.phone.node._handler

        def take(event: object) -> None:
            if not isinstance(event, IncomingRequest) or event.request.method != "REGISTER":
                inner(event)  # type: ignore[arg-type]  # passed on
                return
            now = self.phone.node.now()
            request = event.request
            self.came.append((now - self._began, request.cseq.number, request.expires or 0))
            status, headers = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
            self.phone.endpoint.respond(event.transaction, status, now, headers=headers)

        self.phone.node._handler = take
        self.desk.trunks.start(self.desk.exchange)

    @property
    def registered(self) -> bool:
        return self.desk.trunks.by_name["c"].registered

    @property
    def gaps(self) -> list[float]:
        times = [at for at, _, _ in self.came]
        return [round(later - sooner) for sooner, later in pairwise(times)]


async def test_it_refreshes_in_time_with_rising_cseq(open_desk: Opener) -> None:
    carrier = Carrier(open_desk, (200, ()))
    await asyncio.sleep(500)
    assert carrier.registered
    assert len(carrier.came) >= 4
    assert all(120 <= gap <= 150 for gap in carrier.gaps)
    assert [cseq for _, cseq, _ in carrier.came] == list(range(1, len(carrier.came) + 1))
    await carrier.desk.trunks.stop()


@pytest.mark.parametrize(
    "granted",
    [(("Contact", "<sip:us@192.0.2.1:5060>;expires=60"),), (("Expires", "60"),)],
    ids=["contact", "expires"],
)
async def test_it_follows_what_the_carrier_grants(open_desk: Opener, granted: tuple[tuple[str, str], ...]) -> None:
    carrier = Carrier(open_desk, (200, granted))
    await asyncio.sleep(200)
    assert all(24 <= gap <= 30 for gap in carrier.gaps)
    await carrier.desk.trunks.stop()


async def test_423_is_followed_once(open_desk: Opener) -> None:
    carrier = Carrier(open_desk, (423, (("Min-Expires", "900"),)), (200, ()))
    await asyncio.sleep(10)
    assert [expires for _, _, expires in carrier.came] == [300, 900]
    assert carrier.registered
    await carrier.desk.trunks.stop()


@pytest.mark.parametrize("value", ["900", "nonsense", "", "99999999999999"])
async def test_a_carrier_that_says_423_for_ever_is_not_hammered(open_desk: Opener, value: str) -> None:
    carrier = Carrier(open_desk, (423, (("Min-Expires", value),)))
    await asyncio.sleep(20)
    assert len(carrier.came) <= 2
    assert not carrier.registered
    await carrier.desk.trunks.stop()


async def test_failures_back_off(open_desk: Opener) -> None:
    carrier = Carrier(open_desk, (503, ()))
    await asyncio.sleep(500)
    assert not carrier.registered
    gaps = carrier.gaps
    assert len(gaps) >= 3
    assert all(30 * 2**index * 0.8 <= gap <= 30 * 2**index for index, gap in enumerate(gaps))
    await carrier.desk.trunks.stop()


async def test_an_unregistered_trunk_takes_no_calls(open_desk: Opener) -> None:
    carrier = Carrier(open_desk, (403, ()))
    await asyncio.sleep(1)
    assert not carrier.desk.trunks.by_name["c"].usable(carrier.desk.exchange.now())
    await carrier.desk.trunks.stop()


# Routes


async def test_a_peer_is_reached_where_it_registered(open_desk: Opener) -> None:
    peer = settings("pbx", kind="peer", host=None, credentials=Credentials("pbx", "long enough"))
    desk = open_desk(trunks=(peer,), rules=(OutboundRule("0", ("pbx",)),))
    routes = Routes(desk.accounts, desk.location, desk.trunks, "callcenter")
    target = DialTarget(TargetAddress.NUMBER, "0912")
    assert routes.alternatives(target, desk.exchange.now()) == []
    await desk.peer("pbx", host="2001:db8::9", credentials=Credentials("pbx", "long enough")).register()
    ((route,),) = routes.alternatives(target, desk.exchange.now())
    assert route.uri == "sip:0912@[2001:db8::9]:5060"
    assert route.flow is not None
    assert (route.flow.remote, route.credentials) == (("2001:db8::9", 5060), None)
