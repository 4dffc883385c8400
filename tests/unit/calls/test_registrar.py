"""REGISTER: who may, what it does to the bindings, and what comes back (RFC 3261 §10.3, RFC 5626)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.calls.location import Binding, Location
from callcenter.calls.reconnection import reconnect
from callcenter.calls.trunks import TrunkSettings
from callcenter.sip.flow import Flow, Target
from callcenter.sip.message import Response
from callcenter.sip.settings import Credentials
from callcenter.testing.memory_sip import MemoryPhone
from callcenter.testing.switchboard import MemoryBindings, Switchboard, password_of
from callcenter.transport.source_guard import Offence
from tests.unit.calls.conftest import Opener


async def register(
    phone: MemoryPhone,
    *contacts: str,
    expires: int | None = 300,
    call_id: str | None = None,
    cseq: int | None = None,
    to: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Response:
    """Send a REGISTER with exactly these Contact values and return the final response."""
    lines = [("Contact", contact) for contact in contacts]
    if expires is not None:
        lines.append(("Expires", str(expires)))
    completed = await phone.request(
        "REGISTER",
        headers=(*lines, *headers),
        call_id=call_id,
        cseq=cseq,
        to=to or f"<sip:{phone.user}@callcenter>",
    )
    assert completed.response is not None
    return completed.response


def bindings(response: Response) -> list[str]:
    return response.headers.get_all("Contact")


@pytest.fixture
def bob(desk: Switchboard) -> MemoryPhone:
    desk.accounts.add("102", max_bindings=3)
    return desk.peer("102", credentials=Credentials("102", password_of("102")))


# Case 23


async def test_unproven_then_proven(desk: Switchboard, bob: MemoryPhone) -> None:
    response = await register(bob, "<sip:102@192.0.2.11>")
    assert response.status == 200
    assert bindings(response) == ["<sip:102@192.0.2.11>;expires=300"]
    seen = [line for source, _, line in desk.network.seen if source == "192.0.2.1"]
    assert seen[0].startswith("SIP/2.0 401")


@pytest.mark.parametrize("user", ["102", "999"])
async def test_a_wrong_password_and_an_unknown_user_look_alike(desk: Switchboard, bob: MemoryPhone, user: str) -> None:
    liar = desk.peer(user, credentials=Credentials(user, "guess"))
    response = await register(liar, "<sip:x@192.0.2.66>")
    assert (response.status, response.reason) == (401, "Unauthorized")
    assert sorted({name for name, _ in response.headers.items()}) == [
        "CSeq",
        "Call-ID",
        "Content-Length",
        "From",
        "To",
        "Via",
        "WWW-Authenticate",
    ]
    assert (Offence.AUTH_FAILED, liar.host, user) in desk.offences
    assert len(desk.location) == 0
    assert bob.events == []


async def test_a_disabled_account_is_unknown(desk: Switchboard, bob: MemoryPhone) -> None:
    desk.accounts.add("102", enabled=False)
    assert (await register(bob, "<sip:102@192.0.2.11>")).status == 401


async def test_success_is_reported_to_the_guard(desk: Switchboard, bob: MemoryPhone) -> None:
    await register(bob, "<sip:102@192.0.2.11>")
    assert desk.offences == [(Offence.AUTH_SUCCEEDED, bob.host, "102")]


async def test_without_contact_it_lists(desk: Switchboard, bob: MemoryPhone) -> None:
    await register(bob, "<sip:102@192.0.2.11>")
    await asyncio.sleep(100)
    assert bindings(await register(bob, expires=None)) == ["<sip:102@192.0.2.11>;expires=200"]


async def test_the_star_removes_everything(desk: Switchboard, bob: MemoryPhone) -> None:
    await register(bob, "<sip:102@192.0.2.11>", "<sip:102@192.0.2.12>")
    assert bindings(await register(bob, "*", expires=0)) == []
    assert desk.bindings.saved == {}


@pytest.mark.parametrize(("contacts", "expires"), [(("*",), None), (("*",), 60), (("*", "<sip:102@192.0.2.11>"), 0)])
async def test_a_wrong_star_is_400(
    bob: MemoryPhone, desk: Switchboard, contacts: tuple[str, ...], expires: int
) -> None:
    await register(bob, "<sip:102@192.0.2.11>")
    assert (await register(bob, *contacts, expires=expires)).status == 400
    assert len(desk.location) == 1


async def test_too_many_devices_is_403_and_changes_nothing(desk: Switchboard, bob: MemoryPhone) -> None:
    response = await register(bob, *(f"<sip:102@192.0.2.{host}>" for host in range(50, 54)))
    assert response.status == 403
    assert len(desk.location) == 0
    for host in range(50, 53):
        assert (await register(bob, f"<sip:102@192.0.2.{host}>")).status == 200
    assert (await register(bob, "<sip:102@192.0.2.60>")).status == 403
    moved = await register(bob, "<sip:102@192.0.2.60>", "<sip:102@192.0.2.50>;expires=0")
    assert moved.status == 200
    assert len(bindings(moved)) == 3


async def test_too_brief_is_423(bob: MemoryPhone, desk: Switchboard) -> None:
    response = await register(bob, "<sip:102@192.0.2.11>;expires=30")
    assert (response.status, response.headers.get("Min-Expires")) == (423, "60")
    assert len(desk.location) == 0


async def test_too_long_is_shortened_and_none_is_the_default(bob: MemoryPhone, desk: Switchboard) -> None:
    assert bindings(await register(bob, "<sip:102@192.0.2.11>", expires=999_999))[0].endswith(";expires=3600")
    assert bindings(await register(bob, "<sip:102@192.0.2.11>", expires=None))[0].endswith(";expires=300")
    assert len(desk.location) == 1


async def test_only_the_own_address_of_record(desk: Switchboard, bob: MemoryPhone) -> None:
    desk.accounts.add("101")
    assert (await register(bob, "<sip:102@192.0.2.11>", to="<sip:101@callcenter>")).status == 403
    assert not desk.location.is_registered("101", desk.exchange.now())


async def test_a_contact_that_is_no_sip_uri_is_400(bob: MemoryPhone, desk: Switchboard) -> None:
    assert (await register(bob, "<mailto:bob@example.com>")).status == 400
    assert len(desk.location) == 0


# Case 24


async def test_a_refresh_from_a_new_port_moves_the_binding(desk: Switchboard, bob: MemoryPhone) -> None:
    await register(bob, "<sip:102@192.0.2.11>", call_id="one", cseq=1)
    moved = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.11", 6666))
    original = desk.node.receive
    desk.node.receive = lambda data, flow: original(data, moved)  # type: ignore[method-assign]
    assert (await register(bob, "<sip:102@192.0.2.11>", call_id="one", cseq=10)).status == 200
    (device,) = desk.location.devices("102", desk.exchange.now())
    assert device.flow is not None
    assert device.flow.remote == ("192.0.2.11", 6666)


async def test_an_older_cseq_changes_nothing(desk: Switchboard, bob: MemoryPhone) -> None:
    await register(bob, "<sip:102@192.0.2.11>", call_id="one", cseq=20)
    assert (await register(bob, "<sip:102@192.0.2.11>", expires=0, call_id="one", cseq=5)).status == 400
    assert (await register(bob, "*", expires=0, call_id="one", cseq=7)).status == 400
    assert len(desk.location) == 1
    assert (await register(bob, "<sip:102@192.0.2.11>", expires=0, call_id="one", cseq=30)).status == 200
    assert len(desk.location) == 0


async def test_two_devices_are_both_listed_and_both_ring(desk: Switchboard, bob: MemoryPhone) -> None:
    await register(bob, "<sip:102@192.0.2.11>")
    response = await register(bob, "<sip:102@192.0.2.12>;q=0.5")
    assert bindings(response) == ["<sip:102@192.0.2.11>;expires=300", "<sip:102@192.0.2.12>;expires=300"]
    devices = desk.location.devices("102", desk.exchange.now())
    assert [device.binding.contact for device in devices] == ["sip:102@192.0.2.11", "sip:102@192.0.2.12"]


async def test_an_instance_replaces_its_own_binding_wherever_it_is_now(desk: Switchboard, bob: MemoryPhone) -> None:
    instance = ';+sip.instance="<urn:uuid:1>";reg-id='
    await register(bob, f"<sip:102@192.0.2.11>{instance}1")
    await register(bob, f"<sip:102@192.0.2.77>{instance}1")
    assert [binding.contact for binding in desk.location] == ["sip:102@192.0.2.77"]
    assert list(desk.bindings.saved) == [("102", "sip:102@192.0.2.77")]
    await register(bob, f"<sip:102@192.0.2.78>{instance}2")
    assert len(desk.location) == 2


async def test_the_path_is_kept(desk: Switchboard, bob: MemoryPhone) -> None:
    headers = (("Path", "<sip:edge.example;lr>"), ("Supported", "path"))
    response = await register(bob, "<sip:102@192.0.2.11>", headers=headers)
    assert response.headers.get("Path") == "<sip:edge.example;lr>"
    (binding,) = desk.location
    assert binding.path == ("<sip:edge.example;lr>",)


async def test_a_peer_trunk_registers_as_itself(open_desk: Opener) -> None:
    peer = TrunkSettings(name="pbx", kind="peer", credentials=Credentials("pbx", "long enough"))
    desk = open_desk(trunks=(peer,))
    pbx = desk.peer("pbx", credentials=Credentials("pbx", "long enough"))
    assert (await register(pbx, "<sip:pbx@192.0.2.11>")).status == 200
    assert desk.location.is_registered("pbx", desk.exchange.now())


# Other requests outside dialogs


@pytest.mark.parametrize(
    ("method", "unproven", "proven"),
    [("MESSAGE", 401, 405), ("SUBSCRIBE", 401, 489), ("PUBLISH", 401, 489), ("REFER", 401, 405), ("OPTIONS", 200, 200)],
)
async def test_what_others_ask(desk: Switchboard, bob: MemoryPhone, method: str, unproven: int, proven: int) -> None:
    extra = {"headers": (("Refer-To", "<sip:1@x>"),)} if method == "REFER" else {}
    stranger = desk.peer("stranger")
    assert (await stranger.request(method, **extra)).status == unproven
    assert (await bob.request(method, **extra)).status == proven


async def test_options_while_draining(desk: Switchboard) -> None:
    desk.signalling.draining = True
    completed = await desk.peer("probe").request("OPTIONS")
    assert completed.status == 503
    assert completed.response is not None
    assert completed.response.headers.get("Retry-After") == "30"


# The location service

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def binding(contact: str, seconds: int = 300, **parts: object) -> Binding:
    settings: dict[str, object] = {
        "aor": "102",
        "contact": contact,
        "call_id": "c",
        "cseq": 1,
        "expires_at": NOW + timedelta(seconds=seconds),
        "transport": "udp",
        "remote_host": "192.0.2.11",
        "remote_port": 5060,
        "local_host": "192.0.2.1",
        "local_port": 5060,
        **parts,
    }
    return Binding(**settings)  # type: ignore[arg-type]  # checked by the dataclass's users


def test_bindings_run_out() -> None:
    store = MemoryBindings()
    location = Location(store)
    flow = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.11", 5060))
    location.put(binding("sip:102@192.0.2.11"), flow, 300, now=50.0)
    assert location.is_registered("102", 349.9)
    assert not location.is_registered("102", 350.0)
    assert location.expire(349.9) == []
    assert location.expire(350.0) == ["102"]
    assert (len(location), store.saved) == (0, {})


def test_a_restart_keeps_what_has_not_run_out() -> None:
    location = Location(MemoryBindings())
    location.restore([binding("sip:102@a.example", 100), binding("sip:102@b.example", -1)], now=7.0, utcnow=NOW)
    ((kept, seconds),) = location.listing("102", 7.0)
    assert (kept.contact, seconds) == ("sip:102@a.example", 100)
    (device,) = location.devices("102", 7.0)
    assert device.flow == Flow("udp", ("192.0.2.1", 5060), ("192.0.2.11", 5060))
    assert not location.is_registered("102", 107.0)


def test_a_restart_ends_every_connection() -> None:
    store = MemoryBindings()
    location = Location(store)
    bindings = [
        binding("sip:102@192.0.2.11:5060;transport=tcp", transport="tcp"),
        binding("sip:103@192.0.2.11:5061;transport=tls", aor="103", transport="tls"),
        binding("sip:104@10.0.0.4:5060;transport=tcp", aor="104", transport="tcp"),
        binding("sip:105@x.invalid;transport=ws", aor="105", transport="wss"),
        binding("sip:106@10.0.0.6", aor="106", transport="tcp", path=("<sip:192.0.2.11:5070;lr>",)),
        binding("sip:107@10.0.0.7", aor="107"),
    ]
    for one in bindings:
        store.save(one)
    location.restore(bindings, now=7.0, utcnow=NOW)
    assert [number for number in map(str, range(102, 108)) if location.is_registered(number, 7.0)] == ["107"]
    assert len(location) == 1
    assert {device.binding.aor: device.target for device in location.disconnected()} == {
        "102": Target("192.0.2.11", 5060, "tcp"),
        "103": Target("192.0.2.11", 5061, "tls", secure=True),
        "106": Target("192.0.2.11", 5070, "tcp"),
    }
    assert {aor for aor, _ in store.saved} == {"102", "103", "106", "107"}


def test_a_device_connected_to_is_there_again() -> None:
    location = Location(MemoryBindings())
    contact = "sip:102@192.0.2.11:5060;transport=tcp"
    location.restore([binding(contact, transport="tcp")], now=7.0, utcnow=NOW)
    flow = Flow("tcp", ("192.0.2.1", 40_000), ("192.0.2.11", 5060), 3)
    location.reconnected("102", contact, flow)
    assert location.is_registered("102", 7.0)
    location.reconnected("102", contact, Flow("tcp", ("192.0.2.1", 40_001), ("192.0.2.11", 5060), 4))
    (device,) = location.devices("102", 7.0)
    assert (device.flow, location.disconnected()) == (flow, [])


async def test_after_a_restart_phones_are_connected_to(desk: Switchboard) -> None:
    desk.peer("102", host="192.0.2.51")
    there, gone = (
        binding(
            f"sip:{number}@192.0.2.{number[1:]};transport=tcp",
            aor=number,
            transport="tcp",
            remote_host=f"192.0.2.{number[1:]}",
        )
        for number in ("151", "152")
    )
    desk.location.restore([there, gone], desk.exchange.now(), NOW)
    await reconnect(desk.location, desk.exchange.flow_to)
    now = desk.exchange.now()
    assert (desk.location.is_registered("151", now), desk.location.is_registered("152", now)) == (True, False)
    assert [device.binding.aor for device in desk.location.disconnected()] == ["152"]


def test_a_websockets_end_is_the_devices_end() -> None:
    location = Location(MemoryBindings())
    socket = Flow("wss", ("192.0.2.1", 443), ("192.0.2.11", 50_000), 9)
    udp = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.11", 5060))
    location.put(binding("sip:102@x.invalid;transport=ws", transport="wss"), socket, 300, 0.0)
    assert location.flow_lost(udp) == []
    assert location.flow_lost(socket) == ["102"]
    assert list(location) == []


def test_another_device_keeps_the_address_of_record_there() -> None:
    location = Location(MemoryBindings())
    socket = Flow("wss", ("192.0.2.1", 443), ("192.0.2.11", 50_000), 9)
    udp = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.11", 5060))
    location.put(binding("sip:102@x.invalid;transport=ws", transport="wss"), socket, 300, 0.0)
    location.put(binding("sip:102@192.0.2.11"), udp, 300, 0.0)
    assert location.flow_lost(socket) == []
    assert [kept.contact for kept in location] == ["sip:102@192.0.2.11"]


def test_a_phone_whose_connection_broke_is_not_there_until_it_can_be_connected_to() -> None:
    location = Location(MemoryBindings())
    direct = Flow("tcp", ("192.0.2.1", 5060), ("192.0.2.51", 40_000), 3)
    behind_nat = Flow("tcp", ("192.0.2.1", 5060), ("198.51.100.9", 40_000), 4)
    location.put(
        binding("sip:102@192.0.2.51;transport=tcp", transport="tcp", remote_host="192.0.2.51"), direct, 300, 0.0
    )
    location.put(
        binding("sip:103@10.0.0.9;transport=tcp", aor="103", transport="tcp", remote_host="198.51.100.9"),
        behind_nat,
        300,
        0.0,
    )
    assert location.flow_lost(direct) == ["102"]
    assert location.flow_lost(behind_nat) == ["103"]
    assert not location.is_registered("102", 1.0)
    (device,) = location.devices("102", 1.0)
    assert (device.flow, device.target is not None) == (None, True)
    assert location.devices("103", 1.0) == []
    location.reconnected("102", "sip:102@192.0.2.51;transport=tcp", direct)
    assert location.is_registered("102", 1.0)


def test_devices_of_some_transports_can_be_forgotten() -> None:
    location = Location(MemoryBindings())
    socket = Flow("wss", ("192.0.2.1", 443), ("192.0.2.11", 50_000), 9)
    udp = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.11", 5060))
    location.put(binding("sip:102@x.invalid;transport=ws", transport="wss"), socket, 300, 0.0)
    location.put(binding("sip:102@192.0.2.11"), udp, 300, 0.0)
    location.drop_transports("102", frozenset({"ws", "wss"}))
    assert [kept.contact for kept in location] == ["sip:102@192.0.2.11"]


def test_preferred_devices_come_first() -> None:
    location = Location(MemoryBindings())
    flow = Flow("udp", ("192.0.2.1", 5060), ("192.0.2.11", 5060))
    for contact, q, seconds in (("sip:102@old", 1.0, 100), ("sip:102@poor", 0.1, 900), ("sip:102@new", 1.0, 200)):
        location.put(binding(contact, q=q), flow, seconds, 0.0)
    assert [device.binding.contact for device in location.devices("102", 1.0)] == [
        "sip:102@new",
        "sip:102@old",
        "sip:102@poor",
    ]
