"""TCP and TLS over real loopback sockets: framing, limits, reuse, fail-over."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from callcenter.sip.flow import Flow, Outgoing
from callcenter.sip.message import Request
from callcenter.transport import tcp
from callcenter.transport.driver import SipDriver
from callcenter.transport.resolver import Unresolvable
from callcenter.transport.settings import ListenAddress, StreamSettings, TlsFiles, TransportSettings, UdpSettings
from callcenter.transport.source_guard import GuardSettings, Offence, SourceGuard
from tests.unit.transport.fakes import (
    FakeDns,
    FakeEndpoint,
    LoopClock,
    UdpPeer,
    make_driver,
    request,
    serve,
    target,
    until,
)

HOST = "127.0.0.1"


@pytest.fixture
def endpoint() -> FakeEndpoint:
    subject = FakeEndpoint()
    subject.answers = True
    return subject


@pytest.fixture
async def driver(endpoint: FakeEndpoint) -> AsyncIterator[SipDriver]:
    subject = make_driver(endpoint)
    yield subject
    await subject.stop()


class StreamPeer:
    """A phone's TCP or TLS connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.address: tuple[str, int] = writer.get_extra_info("sockname")[:2]

    @classmethod
    async def open(cls, port: int, **options: Any) -> StreamPeer:
        return cls(*await asyncio.open_connection(HOST, port, **options))

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def read(self, end: bytes = b"\r\n\r\n") -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.readuntil(end)

    async def ended(self) -> bool:
        """Return once the other side has closed."""
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(65536):
                    pass
        return True

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


class Server:
    """A peer that listens and keeps what it was sent."""

    def __init__(self) -> None:
        self.connections: list[StreamPeer] = []
        self.arrived = asyncio.Event()

    async def start(self, context: ssl.SSLContext | None = None, port: int = 0) -> int:
        self.server = await asyncio.start_server(self._connected, HOST, port, ssl=context)
        return int(self.server.sockets[0].getsockname()[1])

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(StreamPeer(reader, writer))
        self.arrived.set()

    async def connection(self, number: int = 0) -> StreamPeer:
        async with asyncio.timeout(5):
            while len(self.connections) <= number:
                self.arrived.clear()
                await self.arrived.wait()
        return self.connections[number]

    async def stop(self) -> None:
        self.server.close()
        for connection in self.connections:
            await connection.close()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    subject = Server()
    yield subject
    await subject.stop()


def small(**limits: Any) -> TransportSettings:
    return TransportSettings(stream=StreamSettings(**limits))


async def test_two_messages_in_one_segment_and_one_in_single_bytes(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    (port,) = await serve(driver, "tcp")
    peer = await StreamPeer.open(port)
    message = request(transport="TCP")
    peer.write(message + message)
    for byte in message:
        peer.write(bytes([byte]))
        await peer.writer.drain()
        await asyncio.sleep(0)
    answers = [await peer.read() for _ in range(3)]
    await peer.close()
    assert all(answer.startswith(b"SIP/2.0 200 OK\r\n") for answer in answers)
    flow = endpoint.received[0][1]
    assert (flow.transport, flow.local, flow.remote) == ("tcp", (HOST, port), peer.address)
    assert {flow.id for _, flow in endpoint.received} == {flow.id}
    await endpoint.wait(lambda: endpoint.lost == [flow])


async def test_a_ping_is_answered_with_a_pong(driver: SipDriver) -> None:
    (port,) = await serve(driver, "tcp")
    peer = await StreamPeer.open(port)
    peer.write(b"\r\n\r\n")
    assert await peer.read(b"\r\n") == b"\r\n"
    await peer.close()


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        (request("INVITE").replace(b"Content-Length: 0", b"Content-Length: 70000"), 513),
        (request("INVITE").replace(b"Content-Length: 0", b"Content-Length: x"), 400),
        (request("INVITE").partition(b"Content-Length")[0] + b"Subject: " + b"x" * 70000, 513),
    ],
)
async def test_lost_framing_is_answered_and_the_connection_closed(
    endpoint: FakeEndpoint, driver: SipDriver, broken: bytes, status: int
) -> None:
    (port,) = await serve(driver, "tcp")
    peer = await StreamPeer.open(port)
    peer.write(broken)
    assert (await peer.read()).startswith(f"SIP/2.0 {status} ".encode())
    assert await peer.ended()
    await peer.close()
    assert endpoint.received == []


async def test_the_limit_per_source_and_the_ban_hold_for_connections(endpoint: FakeEndpoint) -> None:
    driver = make_driver(endpoint, guard=SourceGuard(GuardSettings()), settings=small(max_connections_per_source=2))
    (port,) = await serve(driver, "tcp")
    peers = [await StreamPeer.open(port) for _ in range(3)]
    peers[0].write(request())
    assert await peers[0].read()
    assert await peers[2].ended()
    await peers[1].close()
    await endpoint.wait(lambda: len(endpoint.lost) == 1)
    fourth = await StreamPeer.open(port)
    fourth.write(request())
    assert await fourth.read()
    driver.guard.report(Offence.SCANNER, HOST, None, driver.monotonic())
    fourth.write(request())
    assert await fourth.ended()
    fifth = await StreamPeer.open(port)
    assert await fifth.ended()
    for peer in (*peers, fourth, fifth):
        await peer.close()
    await driver.stop()
    assert driver.counters.connections_refused == 2


async def test_when_all_places_are_taken_the_oldest_silent_connection_makes_room(endpoint: FakeEndpoint) -> None:
    driver = make_driver(endpoint, settings=small(max_connections=2))
    (port,) = await serve(driver, "tcp")
    talker, silent = await StreamPeer.open(port), await StreamPeer.open(port)
    talker.write(request())
    assert await talker.read()
    third = await StreamPeer.open(port)
    assert await silent.ended()
    third.write(request())
    assert await third.read()
    fourth = await StreamPeer.open(port)
    assert await fourth.ended()
    for peer in (talker, silent, third, fourth):
        await peer.close()
    await driver.stop()


async def test_idle_silent_and_dribbling_connections_are_closed(endpoint: FakeEndpoint) -> None:
    clock = LoopClock()
    limits = small(idle_timeout_s=100, first_message_timeout_s=10, message_timeout_s=5)
    driver = make_driver(endpoint, clock=clock, settings=limits)
    (port,) = await serve(driver, "tcp")
    silent, dribbling, honest = [await StreamPeer.open(port) for _ in range(3)]
    for peer in (dribbling, honest):
        peer.write(request())
        assert await peer.read()
    dribbling.write(b"INVITE sip:a@b SIP/2.0\r\n")
    await until(lambda: driver._connections._streams[2].message_since is not None)
    sweep = driver._connections.sweep
    clock.now += 5.0
    dribbling.write(b"Subject: slow\r\n")
    await asyncio.sleep(0.01)
    sweep(driver.monotonic())
    assert await dribbling.ended()
    clock.now += 5.0
    sweep(driver.monotonic())
    assert await silent.ended()
    honest.write(request())
    assert await honest.read()
    clock.now += 100.0
    sweep(driver.monotonic())
    assert await honest.ended()
    for peer in (silent, dribbling, honest):
        await peer.close()
    await driver.stop()
    assert len(endpoint.lost) == 3


async def test_a_peer_that_does_not_read_is_disconnected(endpoint: FakeEndpoint) -> None:
    driver = make_driver(endpoint, settings=small(max_write_buffer_bytes=100_000))
    (port,) = await serve(driver, "tcp")
    peer = await StreamPeer.open(port, limit=1024)
    peer.write(request())
    await endpoint.wait(lambda: bool(endpoint.received))
    flow = endpoint.received[0][1]
    sent = 0
    while driver.send_on_flow(bytes(50_000), flow):
        sent += 1
        assert sent < 1000
    await endpoint.wait(lambda: endpoint.lost == [flow])
    assert not driver.send_on_flow(b"x", flow)
    await peer.close()
    await driver.stop()


async def test_abrupt_closes_leave_nothing_behind(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    (port,) = await serve(driver, "tcp")
    for _ in range(50):
        peer = await StreamPeer.open(port)
        peer.write(request("INVITE", transport="TCP")[:-10])
        await peer.writer.drain()
        peer.writer.transport.abort()
    await until(lambda: driver.counters.connections_lost == 50)
    assert len(driver._connections) == 0
    assert driver._connections._per_source == {}
    assert driver._connections._incoming == 0


async def test_accepting_survives_a_full_descriptor_table(driver: SipDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "ACCEPT_RETRY_S", 0.01)
    (port,) = await serve(driver, "tcp")
    listener = driver._listeners[0]
    real = listener._socket

    class Exhausted:
        """A listening socket that first finds no descriptor."""

        refusals = 1

        def accept(self) -> tuple[socket.socket, Any]:
            if self.refusals:
                self.refusals -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return real.accept()

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

    monkeypatch.setattr(listener, "_socket", Exhausted())
    first = await StreamPeer.open(port)
    assert await first.ended()  # Taken off the queue with the spare descriptor and closed.
    second = await StreamPeer.open(port)
    second.write(request())
    assert await second.read()
    assert listener._spare is not None
    for peer in (first, second):
        await peer.close()


async def test_outgoing_connections_are_opened_once_and_used_again(
    endpoint: FakeEndpoint, driver: SipDriver, server: Server
) -> None:
    await serve(driver, "tcp")
    port = await server.start()
    goal = target(HOST, port, "tcp")
    messages = [request(branch=f"z9hG4bK-{number}", transport="TCP") for number in range(3)]
    endpoint.outbox = [Outgoing(data, target=goal) for data in messages[:2]]
    driver.flush()
    connection = await server.connection()
    assert [await connection.read() for _ in range(2)] == messages[:2]
    flow = endpoint.resolved[0][1]
    assert (flow.local, flow.remote) == ((HOST, driver.listening[0].port), (HOST, port))
    endpoint.outbox = [Outgoing(messages[2], target=goal)]
    driver.flush()
    assert await connection.read() == messages[2]
    assert len(server.connections) == 1
    connection.write(request("NOTIFY", transport="TCP"))
    assert (await connection.read()).startswith(b"SIP/2.0 200 OK")
    assert endpoint.received[0][1] is flow
    assert await driver.flow_to(goal) is flow


async def test_a_known_open_flow_is_preferred_to_the_target(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    from dataclasses import replace

    (port,) = await serve(driver, "tcp")
    peer = await StreamPeer.open(port)
    peer.write(request())
    await peer.read()
    flow = endpoint.received[0][1]
    goal = replace(target("nowhere.example"), flow=flow)
    endpoint.outbox = [Outgoing(request(), target=goal)]
    driver.flush()
    assert await peer.read() == request()
    assert await driver.flow_to(goal) is flow
    await peer.close()


async def test_the_peers_own_connection_is_used_to_reach_it(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    (port,) = await serve(driver, "tcp")
    peer = await StreamPeer.open(port)
    peer.write(request())
    await peer.read()
    endpoint.outbox = [Outgoing(request("NOTIFY"), target=target(*peer.address, "tcp"))]
    driver.flush()
    assert await peer.read() == request("NOTIFY")
    await peer.close()


async def test_quiet_outgoing_connections_are_pinged(endpoint: FakeEndpoint, server: Server) -> None:
    clock = LoopClock()
    driver = make_driver(endpoint, clock=clock, settings=small(keep_alive_s=30))
    port = await server.start()
    await serve(driver, "tcp")
    flow = await driver.flow_to(target(HOST, port, "tcp"))
    connection = await server.connection()
    clock.now += 30.0
    driver._connections.sweep(driver.monotonic())
    assert await connection.read() == b"\r\n\r\n"
    connection.write(b"\r\n")
    connection.write(request())
    assert (await connection.read()).startswith(b"SIP/2.0 200 OK")
    await driver.stop()
    assert endpoint.lost == []  # The server stopped: the endpoint is not bothered any more.
    assert flow.id > 0


async def test_the_next_candidate_is_tried_when_one_refuses(endpoint: FakeEndpoint, server: Server) -> None:
    port = await server.start()
    dns = FakeDns()
    dns.a["trunk.example"] = ["127.0.0.9", HOST]
    driver = make_driver(endpoint, dns=dns)
    await serve(driver, "tcp")
    outgoing = Outgoing(request(transport="TCP"), target=target("trunk.example", port, "tcp"))
    endpoint.outbox = [outgoing]
    driver.flush()
    assert await (await server.connection()).read() == request(transport="TCP")
    assert [flow.remote[0] for _, flow in endpoint.resolved] == [HOST]
    assert endpoint.failed == []
    await driver.stop()


async def test_when_every_candidate_refuses_the_endpoint_is_told(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    await serve(driver, "tcp")
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        goal = target(HOST, closed.getsockname()[1], "tcp")
        outgoing = Outgoing(request(transport="TCP"), target=goal)
        endpoint.outbox = [outgoing]
        driver.flush()
        await endpoint.wait(lambda: endpoint.failed == [outgoing])
        with pytest.raises(Unresolvable):
            await driver.flow_to(goal)


async def test_a_response_whose_connection_is_gone_goes_over_a_new_one(
    endpoint: FakeEndpoint, driver: SipDriver, server: Server
) -> None:
    await serve(driver, "tcp")
    port = await server.start()
    response = f"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP x.invalid:{port};branch=z9hG4bK-1;received={HOST}\r\n\r\n".encode()
    endpoint.outbox = [Outgoing(response, flow=Flow("tcp", (HOST, 1), (HOST, 2), 4711))]
    driver.flush()
    assert await (await server.connection()).read() == response


async def test_a_large_request_goes_by_tcp_and_by_udp_when_tcp_is_refused(
    endpoint: FakeEndpoint, server: Server
) -> None:
    driver = make_driver(endpoint, settings=TransportSettings(udp=UdpSettings(stream_switch_timeout_s=0.2)))
    await serve(driver, "udp", "tcp")
    large = request("INVITE", body="x" * 1300)
    port = await server.start()
    endpoint.outbox = [Outgoing(large, target=target(HOST, port, "udp"))]
    driver.flush()
    connection = await server.connection()
    assert await connection.read(b"x" * 1300) == large
    assert endpoint.resolved[0][1].transport == "tcp"
    peer = UdpPeer()
    for _ in range(2):
        endpoint.outbox = [Outgoing(large, target=target(*peer.address))]
        driver.flush()
        assert (await peer.receive())[0] == large
    assert driver.counters.connections_opened == 1
    peer.close()
    await driver.stop()


def client_context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(files.certificate))
    return context


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    return TlsFiles(tmp_path / "tls" / "cert.pem", tmp_path / "tls" / "key.pem")


async def test_tls_is_served_with_a_self_made_certificate_that_is_kept(
    endpoint: FakeEndpoint, driver: SipDriver, files: TlsFiles
) -> None:
    await driver.start([ListenAddress("tls", HOST, 0)], files)
    kept = files.certificate.read_bytes()
    assert files.private_key.stat().st_mode & 0o777 == 0o600
    peer = await StreamPeer.open(driver.listening[0].port, ssl=client_context(files), server_hostname="localhost")
    peer.write(request(transport="TLS"))
    assert (await peer.read()).startswith(b"SIP/2.0 200 OK\r\n")
    assert endpoint.received[0][1].transport == "tls"
    await peer.close()
    again = make_driver(FakeEndpoint())
    await again.start([ListenAddress("tls", HOST, 0)], files)
    await again.stop()
    assert files.certificate.read_bytes() == kept


async def test_old_tls_and_what_is_no_tls_are_refused_and_nothing_leaks(
    endpoint: FakeEndpoint, driver: SipDriver, files: TlsFiles
) -> None:
    await driver.start([ListenAddress("tls", HOST, 0)], files)
    port = driver.listening[0].port
    plain = await StreamPeer.open(port)
    plain.write(request())
    assert await plain.ended()
    await plain.close()
    old = client_context(files)
    with pytest.warns(DeprecationWarning):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):
        await StreamPeer.open(port, ssl=old, server_hostname="localhost")
    await until(lambda: driver._connections._incoming == 0)
    assert endpoint.received == []
    assert endpoint.lost == []


@pytest.mark.parametrize("trusted", ["by authority", "unverified", "not"])
async def test_outgoing_tls_checks_the_certificate_of_the_name_called(
    endpoint: FakeEndpoint, server: Server, files: TlsFiles, tmp_path: Path, trusted: str
) -> None:
    from datetime import UTC, datetime

    from callcenter.transport.tls import server_context

    theirs = TlsFiles(tmp_path / "their.pem", tmp_path / "their.key", self_signed_names=("trunk.example",))
    port = await server.start(server_context(theirs, datetime.now(UTC)))
    dns = FakeDns()
    dns.a["trunk.example"] = dns.a["other.example"] = [HOST]
    ours = TlsFiles(
        files.certificate,
        files.private_key,
        ca_file=theirs.certificate if trusted == "by authority" else None,
        unverified_hosts=frozenset({"trunk.example"}) if trusted == "unverified" else frozenset(),
    )
    driver = make_driver(endpoint, dns=dns)
    await driver.start([ListenAddress("tcp", HOST, 0)], ours)
    for name, reached in (("trunk.example", trusted != "not"), ("other.example", False)):
        if reached:
            flow = await driver.flow_to(target(name, port, "tls"))
            assert flow.remote == (HOST, port)
        else:
            with pytest.raises(Unresolvable):
                await driver.flow_to(target(name, port, "tls"))
    await driver.stop()


async def test_stop_sends_what_is_written_and_closes_everything(endpoint: FakeEndpoint) -> None:
    driver = make_driver(endpoint)
    (port,) = await serve(driver, "tcp")
    peer = await StreamPeer.open(port)
    peer.write(request())
    assert await peer.read()
    endpoint.outbox = [Outgoing(request("BYE"), flow=endpoint.received[0][1])]
    await driver.stop()
    assert await peer.read() == request("BYE")
    assert await peer.ended()
    await peer.close()
    with pytest.raises(ConnectionRefusedError):
        await StreamPeer.open(port)
    await driver.stop()


async def test_requests_on_a_stream_carry_their_source(endpoint: FakeEndpoint, driver: SipDriver) -> None:
    (port,) = await serve(driver, "tcp")
    peer = await StreamPeer.open(port)
    peer.write(request(transport="TCP", sent_by="pc.invalid", via_params=""))
    await peer.read()
    message = endpoint.received[0][0]
    assert isinstance(message, Request)
    assert message.top_via.received == HOST
    await peer.close()
