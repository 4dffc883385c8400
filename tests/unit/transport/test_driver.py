"""The driver over real loopback sockets with a recording endpoint: UDP, timer, events, foreign connections."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from callcenter.base.errors import LocalError
from callcenter.sip.events import SipEvent
from callcenter.sip.flow import Flow, Outgoing, SentBy, Target
from callcenter.sip.message import Request
from callcenter.transport.driver import SipDriver
from callcenter.transport.overload import OverloadGate
from callcenter.transport.settings import AddressInUse, ListenAddress, ListenFailed
from callcenter.transport.source_guard import GuardSettings, Offence, SourceGuard
from tests.unit.transport.fakes import FakeDns, FakeEndpoint, UdpPeer, make_driver, request, serve, target, until


@pytest.fixture
def endpoint() -> FakeEndpoint:
    return FakeEndpoint()


@pytest.fixture
async def driver(endpoint: FakeEndpoint) -> AsyncIterator[SipDriver]:
    subject = make_driver(endpoint)
    yield subject
    await subject.stop()


@pytest.fixture
async def peer() -> AsyncIterator[UdpPeer]:
    subject = UdpPeer()
    yield subject
    subject.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])
async def test_a_request_is_answered_to_where_it_came_from(
    endpoint: FakeEndpoint, driver: SipDriver, host: str
) -> None:
    endpoint.answers = True
    (port,) = await serve(driver, "udp", host=host)
    local = "::1" if ":" in host else "127.0.0.1"
    peer = UdpPeer(local)
    peer.send(request(), (local, port))
    data, source = await peer.receive()
    peer.close()
    assert source == (local, port)
    assert f";rport={peer.address[1]};received={local}".encode() in data.replace(b";branch=z9hG4bK-1", b"")
    assert endpoint.received[0][1] == Flow("udp", (local, port), peer.address)


async def test_a_wildcard_socket_answers_from_the_address_it_was_asked_at(
    endpoint: FakeEndpoint, driver: SipDriver, peer: UdpPeer
) -> None:
    endpoint.answers = True
    (port,) = await serve(driver, "udp", host="0.0.0.0")
    peer.send(request(), ("127.0.0.2", port))
    _, source = await peer.receive()
    assert source == ("127.0.0.2", port)


async def test_keep_alives_and_stun_are_neither_parsed_nor_counted_against_the_sender(
    endpoint: FakeEndpoint, driver: SipDriver, peer: UdpPeer
) -> None:
    (port,) = await serve(driver, "udp")
    for data in (b"\r\n\r\n", b"\0\0\0\0", b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12), request()):
        peer.send(data, ("127.0.0.1", port))
    await endpoint.wait(lambda: bool(endpoint.received))
    assert driver.counters.keep_alives == 3
    assert driver.counters.dropped_malformed == 0


async def test_malformed_requests_get_400_and_worse_gets_silence(
    endpoint: FakeEndpoint, driver: SipDriver, peer: UdpPeer
) -> None:
    (port,) = await serve(driver, "udp")
    for data in (
        b"this is no SIP message at all\r\n\r\n",
        request().replace(b"Content-Length: 0", b"Content-Length: 99"),
        b"SIP/2.0 xyz\r\n\r\n" + bytes(20),
        request("INVITE"),
    ):
        peer.send(data, ("127.0.0.1", port))
    await endpoint.wait(lambda: bool(endpoint.received))
    data, _ = await peer.receive()
    assert data.startswith(b"SIP/2.0 400 ")
    assert (driver.counters.answered_malformed, driver.counters.dropped_malformed) == (1, 2)


async def test_what_the_endpoint_finds_malformed_counts_against_its_sender(
    endpoint: FakeEndpoint, peer: UdpPeer
) -> None:
    driver = make_driver(endpoint, guard=SourceGuard(GuardSettings(malformed=3)))
    (port,) = await serve(driver, "udp", host="0.0.0.0")
    endpoint.problem = "Missing From"
    for _ in range(5):
        peer.send(request(), ("127.0.0.1", port))
    other = UdpPeer("127.0.0.3")
    other.send(request(), ("127.0.0.1", port))
    await endpoint.wait(lambda: endpoint.received[-1:] != [] and endpoint.received[-1][1].remote == other.address)
    await driver.stop()
    other.close()
    assert driver.counters.refused_malformed == 4
    assert [(ban.source, ban.reason) for ban in driver.guard.bans(driver.monotonic())] == [
        ("127.0.0.1", Offence.MALFORMED)
    ]


async def test_a_flooding_source_is_dropped_before_the_parser(endpoint: FakeEndpoint, peer: UdpPeer) -> None:
    driver = make_driver(endpoint, guard=SourceGuard(GuardSettings(rate=0.001, burst=3)))
    (port,) = await serve(driver, "udp", host="0.0.0.0")
    other = UdpPeer("127.0.0.3")
    for _ in range(10):
        peer.send(request(), ("127.0.0.1", port))
    other.send(request("INVITE"), ("127.0.0.1", port))
    await endpoint.wait(lambda: endpoint.received[-1:] != [] and endpoint.received[-1][1].remote == other.address)
    await driver.stop()
    other.close()
    assert len(endpoint.received) == 4
    assert driver.counters.dropped_by_guard == 7


async def test_a_scanner_is_banned_by_its_first_message(
    endpoint: FakeEndpoint, driver: SipDriver, peer: UdpPeer
) -> None:
    (port,) = await serve(driver, "udp", host="0.0.0.0")
    other = UdpPeer("127.0.0.3")
    peer.send(request(extra="User-Agent: friendly-scanner\r\n"), ("127.0.0.1", port))
    peer.send(request(), ("127.0.0.1", port))
    other.send(request(), ("127.0.0.1", port))
    await endpoint.wait(lambda: bool(endpoint.received))
    other.close()
    assert [flow.remote for _, flow in endpoint.received] == [other.address]
    assert [(ban.source, ban.reason) for ban in driver.guard.bans(driver.monotonic())] == [
        ("127.0.0.1", Offence.SCANNER)
    ]


async def test_a_banned_user_is_not_heard_and_its_neighbour_is(endpoint: FakeEndpoint, peer: UdpPeer) -> None:
    driver = make_driver(endpoint, guard=SourceGuard(GuardSettings(user_failures=1)))
    (port,) = await serve(driver, "udp")
    driver.guard.report(Offence.AUTH_FAILED, "127.0.0.1", "200", driver.monotonic())
    register = request("REGISTER")
    for data in (
        register.replace(b"<sip:100@", b"<sip:200@"),
        register.replace(b"To: <sip:1900@", b"To: <sip:200@"),
        request("REGISTER", extra='Authorization: Digest username="200", realm="x"\r\n'),
        request("BYE", to_tag="x").replace(b"<sip:100@", b"<sip:200@"),
        register,
    ):
        peer.send(data, ("127.0.0.1", port))
    await endpoint.wait(lambda: len(endpoint.received) == 2)
    await driver.stop()
    assert [message.method for message, _ in endpoint.received if isinstance(message, Request)] == ["BYE", "REGISTER"]


async def test_overload_is_answered_503_without_state(endpoint: FakeEndpoint, peer: UdpPeer) -> None:
    gate = OverloadGate()
    gate.draining = True
    driver = make_driver(endpoint, gate=gate)
    (port,) = await serve(driver, "udp")
    peer.send(request("INVITE"), ("127.0.0.1", port))
    data, _ = await peer.receive()
    retry_after = int(data.partition(b"Retry-After: ")[2].partition(b"\r\n")[0])
    peer.send(request("ACK", to_tag="x"), ("127.0.0.1", port))
    await endpoint.wait(lambda: bool(endpoint.received))
    await driver.stop()
    assert data.startswith(b"SIP/2.0 503 Service Unavailable\r\n")
    assert 5 <= retry_after <= 15
    assert driver.counters.refused_overload == 1


async def test_an_endpoint_that_fails_on_one_message_gets_the_next(
    endpoint: FakeEndpoint, driver: SipDriver, peer: UdpPeer
) -> None:
    (port,) = await serve(driver, "udp")
    endpoint.raises = RuntimeError("bug")
    peer.send(request(), ("127.0.0.1", port))
    await until(lambda: driver.counters.received == 1)
    endpoint.raises = None
    peer.send(request(), ("127.0.0.1", port))
    await endpoint.wait(lambda: len(endpoint.received) == 1)


async def test_events_reach_the_handler_in_order_and_its_failures_stay_its_own(endpoint: FakeEndpoint) -> None:
    seen: list[SipEvent] = []

    def handler(event: SipEvent) -> None:
        seen.append(event)
        if len(seen) == 1:
            endpoint.facts.append(SipEvent())  # A command in the handler may cause more events.
            subject.flush()
            raise RuntimeError("bug")

    subject = make_driver(endpoint, handler=handler)
    first, second = SipEvent(), SipEvent()
    endpoint.facts = [first, second]
    subject.flush()
    assert seen[:2] == [first, second]
    assert len(seen) == 3
    assert subject.counters.handler_failures == 1


async def test_one_timer_is_armed_for_the_earliest_deadline(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    await serve(driver, "udp")
    endpoint.deadline = driver.monotonic() + 60
    driver.flush()
    endpoint.deadline = driver.monotonic() + 0.01
    driver.flush()
    due = endpoint.deadline
    await endpoint.wait(lambda: bool(endpoint.timer_calls))
    assert len(endpoint.timer_calls) == 1
    assert endpoint.timer_calls[0] >= due


async def test_a_timer_that_comes_early_asks_again(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    await serve(driver, "udp")
    endpoint.deadline = driver.monotonic() + 0.01
    driver.flush()
    due = endpoint.deadline = driver.monotonic() + 0.05  # It moved; the loop's timer did not.
    await endpoint.wait(lambda: bool(endpoint.timer_calls))
    assert endpoint.timer_calls[0] >= due
    assert len(endpoint.timer_calls) == 1


async def test_a_request_to_a_numeric_target_goes_at_once(
    endpoint: FakeEndpoint, driver: SipDriver, peer: UdpPeer
) -> None:
    (port,) = await serve(driver, "udp", host="0.0.0.0")
    outgoing = Outgoing(request(), target=target(*peer.address))
    endpoint.outbox = [outgoing]
    driver.flush()
    assert endpoint.resolved == [(outgoing, Flow("udp", ("127.0.0.1", port), peer.address))]
    assert await peer.receive() == (request(), ("127.0.0.1", port))


async def test_messages_to_a_name_keep_their_order_and_are_not_doubled(endpoint: FakeEndpoint, peer: UdpPeer) -> None:
    dns = FakeDns()
    dns.a["phone.example"] = ["127.0.0.1"]
    driver = make_driver(endpoint, dns=dns)
    await serve(driver, "udp")
    first, second = request("INVITE"), request("CANCEL")
    goal = target("phone.example", peer.address[1])
    endpoint.outbox = [Outgoing(first, target=goal), Outgoing(first, target=goal), Outgoing(second, target=goal)]
    driver.flush()
    assert [(await peer.receive())[0] for _ in range(2)] == [first, second]
    await driver.stop()
    assert driver.counters.sent == 2


async def test_what_cannot_be_resolved_or_routed_is_reported(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    await serve(driver, "udp")
    lost = [
        Outgoing(request(), target=target("nowhere.example")),
        Outgoing(request(), target=target("::1", 5060)),  # No IPv6 socket is open.
        Outgoing(request(), flow=Flow("tcp", ("127.0.0.1", 1), ("127.0.0.1", 2), 77)),
        Outgoing(request(), target=target("127.0.0.1", 1, "ws")),
    ]
    endpoint.outbox = list(lost)
    driver.flush()
    await endpoint.wait(lambda: len(endpoint.failed) == 4)
    assert set(map(id, endpoint.failed)) == set(map(id, lost))
    assert driver.counters.send_failures == 4


async def test_a_busy_port_is_named_and_nothing_stays_open(endpoint: FakeEndpoint, peer: UdpPeer) -> None:
    driver = make_driver(endpoint)
    port = peer.address[1]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    with pytest.raises(AddressInUse, match=rf"^SIP UDP port {port} on 127\.0\.0\.1 is in use$"):
        await driver.start([ListenAddress("tcp", "127.0.0.1", free), ListenAddress("udp", "127.0.0.1", port)])
    with socket.socket() as again:
        again.bind(("127.0.0.1", free))


async def test_wrong_listen_addresses_are_named(endpoint: FakeEndpoint) -> None:
    driver = make_driver(endpoint)
    with pytest.raises(ListenFailed, match=r"sip\.example is not a numeric address"):
        await driver.start([ListenAddress("udp", "sip.example", 0)])
    with pytest.raises(ListenFailed, match="cannot be opened"):
        await driver.start([ListenAddress("udp", "192.0.2.1", 0)])
    with pytest.raises(LocalError, match="certificate"):
        await driver.start([ListenAddress("tls", "127.0.0.1", 0)])


async def test_advertised_addresses_are_told_to_the_endpoint(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    await driver.start(
        [
            ListenAddress("udp", "127.0.0.1", 0, advertised_host="203.0.113.1", advertised_port=5060),
            ListenAddress("tcp", "127.0.0.1", 0),
        ]
    )
    assert endpoint.sent_by == [SentBy("udp", "203.0.113.1", 5060)]


async def test_a_foreign_connection_is_fed_written_to_and_lost(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    endpoint.answers = True
    written: list[bytes] = []
    flow = driver.new_flow("wss", ("127.0.0.1", 443), ("192.0.2.5", 50000))
    driver.attach_connection(flow, written.append)
    driver.connection_received(flow, request(transport="WSS", sent_by="x.invalid"))
    driver.connection_received(flow, b"\r\n\r\n")
    assert written[0].startswith(b"SIP/2.0 200 OK\r\n")
    assert written[1:] == [b"\r\n"]
    driver.connection_closed(flow)
    driver.connection_closed(flow)
    driver.connection_received(flow, request())
    assert endpoint.lost == [flow]
    assert len(endpoint.received) == 1
    assert not driver.send_on_flow(b"x", flow)


async def test_a_foreign_connection_needs_an_id(driver: SipDriver) -> None:
    with pytest.raises(LocalError):
        driver.attach_connection(Flow("ws", ("a", 1), ("b", 2)), lambda data: None)


async def test_a_full_send_buffer_keeps_datagrams_for_later(
    endpoint: FakeEndpoint, driver: SipDriver, peer: UdpPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = await serve(driver, "udp")
    udp = driver._udp[0]
    refusals = [True, True]
    transmit = udp._transmit
    monkeypatch.setattr(
        udp, "_transmit", lambda data, flow: None if refusals and refusals.pop() else transmit(data, flow)
    )
    flow = Flow("udp", ("127.0.0.1", port), peer.address)
    for text in (b"one", b"two"):
        assert udp.send(text, flow)
    assert [(await peer.receive())[0] for _ in range(2)] == [b"one", b"two"]


async def test_an_udp_flow_of_a_target_is_used_and_an_impossible_port_is_reported(
    endpoint: FakeEndpoint, driver: SipDriver, peer: UdpPeer
) -> None:
    (port,) = await serve(driver, "udp")
    flow = Flow("udp", ("127.0.0.1", port), peer.address)
    goal = Target("nowhere.example", flow=flow)
    endpoint.outbox = [Outgoing(request(), target=goal), Outgoing(request(), target=target("127.0.0.1", 70000))]
    driver.flush()
    assert (await peer.receive())[0] == request()
    assert await driver.flow_to(goal) is flow
    await endpoint.wait(lambda: len(endpoint.failed) == 1)


async def test_empty_lines_before_a_request_do_not_hide_it_from_the_gate(endpoint: FakeEndpoint, peer: UdpPeer) -> None:
    gate = OverloadGate(max_calls=0)
    driver = make_driver(endpoint, gate=gate)
    (port,) = await serve(driver, "udp")
    peer.send(b"\r\n\r\n" + request("INVITE"), ("127.0.0.1", port))
    assert (await peer.receive())[0].startswith(b"SIP/2.0 503 ")
    await driver.stop()
