"""Web requests against a small local server, with a resolver that says what the test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from callcenter.ivr.http_call import HttpCaller, HttpSettings, is_public
from callcenter.ivr.ports import HttpOutcome, HttpRequest, HttpResult


class FakeResolver:
    """Answers with a list of addresses per look-up; the last one stays."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers) or [["127.0.0.1"]]
        self.asked: list[str] = []

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Server:
    """Sends canned answers by path and keeps what it was sent."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.answers: dict[str, list[bytes]] = {}
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        self.requests.append(head + await reader.readexactly(length))
        answers = self.answers[head.split()[1].decode()]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer != b"silence":
            writer.write(answer)
            await writer.drain()
        else:
            await reader.read()
        writer.close()


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [
        f"HTTP/1.1 {status} X",
        f"Content-Length: {len(body)}",
        *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    toy = Server()
    listener = await asyncio.start_server(toy.serve, "127.0.0.1", 0)
    toy.port = listener.sockets[0].getsockname()[1]
    yield toy
    listener.close()
    await listener.wait_closed()


async def send(
    server: Server,
    path: str = "/",
    *,
    resolver: FakeResolver | None = None,
    host: str = "shop.test",
    internal: bool = True,
    **request: Any,
) -> HttpResult:
    settings = HttpSettings(
        ports=frozenset({80, 443, server.port}), internal_hosts=frozenset({f"{host}:{server.port}"} if internal else ())
    )
    caller = HttpCaller(settings, now=lambda: 0.0, resolver=resolver or FakeResolver())
    try:
        return await caller.send(
            HttpRequest(**{"method": "GET", "url": f"http://{host}:{server.port}{path}", **request})
        )
    finally:
        await caller.close()


async def test_success_with_json_and_the_original_host(server: Server) -> None:
    server.answers["/o?id=1"] = [reply(200, '{"tên": "Lan"}'.encode())]
    result = await send(server, "/o?id=1", headers={"X-Key": "k"})
    assert (result.outcome, result.status, result.json) == (HttpOutcome.SUCCESS, 200, {"tên": "Lan"})
    head = server.requests[0].lower()
    assert f"host: shop.test:{server.port}".encode() in head and b"x-key: k" in head


async def test_a_body_is_sent(server: Server) -> None:
    server.answers["/"] = [reply(201, b"{}")]
    await send(server, method="POST", body='{"a": "ă"}')
    assert server.requests[0].endswith('{"a": "ă"}'.encode())
    assert b"content-type: application/json" in server.requests[0].lower()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply(404), HttpOutcome.CLIENT_ERROR),
        (reply(503), HttpOutcome.SERVER_ERROR),
        (reply(200, b"<html>"), HttpOutcome.INVALID),
        (reply(304), HttpOutcome.INVALID),
        (reply(200, b"[" * 100_000), HttpOutcome.INVALID),
        (reply(200, b"x" * 300_000), HttpOutcome.INVALID),
        (reply(200, b"zz", Content_Encoding="gzip"), HttpOutcome.INVALID),
        (b"nonsense\r\n\r\n", HttpOutcome.SERVER_ERROR),
        (b"", HttpOutcome.SERVER_ERROR),
    ],
)
async def test_outcomes(server: Server, answer: bytes, outcome: HttpOutcome) -> None:
    server.answers["/"] = [answer]
    assert (await send(server)).outcome is outcome


async def test_silence_is_a_timeout_of_the_whole_exchange(server: Server) -> None:
    server.answers["/"] = [b"silence"]
    assert (await send(server, timeout_s=0.05, retries=3)).outcome is HttpOutcome.TIMEOUT


async def test_retries_follow_server_errors_of_repeatable_methods_only(server: Server) -> None:
    server.answers["/"] = [reply(500), reply(500), reply(200, b"{}")]
    result = await send(server, retries=2)
    assert (result.outcome, result.attempts) == (HttpOutcome.SUCCESS, 3)
    server.answers["/"] = [reply(500), reply(200, b"{}")]
    assert (await send(server, method="POST", body="{}", retries=2)).attempts == 1
    server.answers["/"] = [reply(404), reply(200, b"{}")]
    assert (await send(server, retries=2)).attempts == 1


async def test_nobody_there_is_a_server_error(server: Server) -> None:
    result = await send(server, resolver=FakeResolver([]))
    assert (result.outcome, result.reason) == (HttpOutcome.SERVER_ERROR, "shop.test has no address")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a00:1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fd00::1]",
        "[fe80::1]",
        "0.0.0.0",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "224.0.0.1",
        "255.255.255.255",
        "127.0.0.1.",
        "[::]",
        "[::127.0.0.1]",
    ],
)
async def test_inside_addresses_are_blocked_in_every_form(server: Server, host: str) -> None:
    result = await send(server, host=host, internal=False, url=f"http://{host}/")
    assert result.outcome in (HttpOutcome.BLOCKED, HttpOutcome.INVALID)
    assert server.requests == []


async def test_names_that_resolve_inside_are_blocked_even_among_public_addresses(server: Server) -> None:
    for addresses in (["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["::ffff:169.254.169.254"]):
        result = await send(server, internal=False, resolver=FakeResolver(addresses))
        assert result.outcome is HttpOutcome.BLOCKED


async def test_rebinding_gains_nothing_the_checked_address_is_the_one_connected_to(server: Server) -> None:
    server.answers["/"] = [reply(200, b"{}")]
    resolver = FakeResolver(["127.0.0.1"], ["203.0.113.1"])
    assert (await send(server, resolver=resolver)).outcome is HttpOutcome.SUCCESS
    assert resolver.asked == ["shop.test"]
    # A name that was public a moment ago is checked again for every retry.
    resolver = FakeResolver([], ["127.0.0.1"])
    result = await send(server, internal=False, resolver=resolver, retries=1)
    assert (result.outcome, resolver.asked) == (HttpOutcome.BLOCKED, ["shop.test", "shop.test"])


@pytest.mark.parametrize("url", ["ftp://shop.test/", "file:///etc/passwd", "http://shop.test:22/", "gopher://x/"])
async def test_schemes_and_ports(server: Server, url: str) -> None:
    assert (
        await send(server, url=url, internal=False, resolver=FakeResolver(["8.8.8.8"]))
    ).outcome is HttpOutcome.BLOCKED


@pytest.mark.parametrize(
    "request_",
    [
        {"url": "http://user:pw@shop.test/"},
        {"url": "http://"},
        {"url": "nonsense\n"},
        {"headers": {"X": "a\r\nEvil: 1"}},
        {"headers": {"Host": "x"}},
        {"headers": {"X-Name": "Lân"}},
        {"headers": {"bad name": "x"}},
        {"body": "x"},
    ],
)
async def test_malformed_requests_are_never_sent(server: Server, request_: dict[str, Any]) -> None:
    assert (await send(server, **request_)).outcome in (HttpOutcome.INVALID, HttpOutcome.BLOCKED)
    assert server.requests == []


async def test_redirects_are_followed_three_times_and_checked(server: Server) -> None:
    server.answers["/"] = [reply(302, Location="/a")]
    server.answers["/a"] = [reply(307, Location="/b")]
    server.answers["/b"] = [reply(301, Location="/c")]
    server.answers["/c"] = [reply(200, b"{}"), reply(302, Location="/c")]
    assert (await send(server)).outcome is HttpOutcome.SUCCESS
    assert (await send(server)).reason == "too many redirects"
    server.answers["/"] = [reply(302, Location="http://169.254.169.254/latest/meta-data")]
    assert (await send(server)).outcome is HttpOutcome.BLOCKED


async def test_a_redirect_elsewhere_takes_neither_headers_nor_body(server: Server) -> None:
    server.answers["/"] = [reply(302, Location=f"http://127.0.0.1:{server.port}/there")]
    server.answers["/there"] = [reply(200, b"{}")]
    settings = HttpSettings(internal_hosts=frozenset({"shop.test", "127.0.0.1"}))
    caller = HttpCaller(settings, now=lambda: 0.0, resolver=FakeResolver())
    url = f"http://shop.test:{server.port}/"
    assert (await caller.send(HttpRequest("GET", url, {"Authorization": "t"}))).outcome is HttpOutcome.SUCCESS
    assert b"authorization" in server.requests[0].lower() and b"authorization" not in server.requests[1].lower()
    server.answers["/"] = [reply(307, Location=f"http://127.0.0.1:{server.port}/there")]
    assert (await caller.send(HttpRequest("POST", url, body="pin"))).outcome is HttpOutcome.BLOCKED
    await caller.close()


def test_public_addresses() -> None:
    assert all(is_public(address) for address in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"))
    assert not any(
        is_public(address) for address in ("nonsense", "fe80::1%eth0", "100.127.0.1", "198.18.0.1", "240.0.0.1")
    )
