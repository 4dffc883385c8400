"""Web requests from flows, unable to reach what lies inside the network.

Whoever can edit a flow must not be able to read the cloud's metadata service or the database's port through the server.
So every address is resolved once, checked, and connected to as checked: a name that resolves differently a moment later
(DNS rebinding) gains nothing. Redirects are followed by hand and checked like first requests. Hosts a deployment wants
reachable inside are listed in its configuration.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urljoin

import httpx

from callcenter.ivr.ports import HttpOutcome, HttpRequest, HttpResult

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"})
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "expect", "accept-encoding"}
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Resolver(Protocol):
    """Turns a host name into addresses."""

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the addresses of ``host``, preferred first.

        :raises OSError: when there are none.
        """
        ...


class SystemResolver:
    """The operating system's resolver."""

    async def resolve(self, host: str) -> Sequence[str]:
        """Return the addresses of ``host``."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        return [str(entry[4][0]) for entry in found]


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What flows may reach."""

    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})
    internal_hosts: frozenset[str] = frozenset()
    "``host`` or ``host:port`` that flows may reach although it is inside, on any port when none is given."
    max_bytes: int = 256 * 1024
    max_redirects: int = 3


class _Refused(Exception):
    """The request ends with this outcome."""

    def __init__(self, outcome: HttpOutcome, reason: str, *, status: int | None = None, sent: bool = True) -> None:
        super().__init__(reason)
        self.outcome, self.reason, self.status, self.sent = outcome, reason, status, sent


@dataclass(slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)


class HttpCaller:
    """Makes web requests for flows.

    :param now: monotonic seconds.
    :param tls: how servers prove themselves; the system's authorities when left out.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        now: Callable[[], float],
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._now = now
        self._resolver = resolver or SystemResolver()
        # A transport, not a client: no cookies, proxies or redirects. No kept connections: a connection is made for one
        # host name and must not serve another that shares its address.
        self._transport = httpx.AsyncHTTPTransport(
            verify=tls or ssl.create_default_context(),
            trust_env=False,
            limits=httpx.Limits(max_connections=200, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    async def send(self, request: HttpRequest) -> HttpResult:
        """Make the request, with retries, within its time. Every failure is an outcome."""
        started = self._now()
        attempts = 0
        last = _Refused(HttpOutcome.TIMEOUT, "no time for an attempt")
        result: HttpResult | None = None
        try:
            async with asyncio.timeout(request.timeout_s):
                _check_request(request)
                while attempts <= request.retries:
                    attempts += 1
                    try:
                        result = self._result(request, await self._follow(request))
                        break
                    except _Refused as refused:
                        last = refused
                        if not _may_retry(request, refused):
                            break
        except TimeoutError:
            last = _Refused(HttpOutcome.TIMEOUT, f"no answer within {request.timeout_s:g} s")
        except _Refused as refused:
            last = refused
        elapsed_ms = round((self._now() - started) * 1000)
        if result is None:
            return HttpResult(last.outcome, last.status, reason=last.reason, elapsed_ms=elapsed_ms, attempts=attempts)
        return HttpResult(result.outcome, result.status, result.json, result.text, "", elapsed_ms, attempts)

    async def _follow(self, request: HttpRequest) -> _Answer:
        method, url, body = request.method, request.url, request.body
        headers = dict(request.headers)
        for _ in range(self._settings.max_redirects + 1):
            answer = await self._exchange(method, url, headers, body)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or location is None:
                return answer
            target = urljoin(url, location)
            if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
                method, body = "GET", None
            if _origin(target) != _origin(url):
                if body is not None:
                    raise _Refused(HttpOutcome.BLOCKED, "a redirect would carry the body to another server")
                headers = {}  # They may hold a token that is meant for the first server.
            url = target
        raise _Refused(HttpOutcome.INVALID, "too many redirects")

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> _Answer:
        parsed = _parse_url(url)
        address = await self._address(parsed)
        pinned = parsed.copy_with(host=address, fragment=None)
        sent = {"accept": "application/json, */*;q=0.5", "user-agent": "callcenter", **_lower(headers)}
        sent |= {"host": parsed.netloc.decode("ascii"), "accept-encoding": "identity", "connection": "close"}
        content = None if body is None else body.encode("utf-8", "replace")
        if content is not None:
            sent.setdefault("content-type", "application/json")
        request = httpx.Request(
            method, pinned, headers=sent, content=content, extensions={"sni_hostname": parsed.raw_host.decode("ascii")}
        )
        try:
            response = await self._transport.handle_async_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _Refused(HttpOutcome.SERVER_ERROR, f"no connection: {type(error).__name__}", sent=False) from None
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol) as error:
            raise _Refused(HttpOutcome.INVALID, type(error).__name__) from None
        except httpx.TransportError as error:
            raise _Refused(HttpOutcome.SERVER_ERROR, type(error).__name__) from None
        try:
            return _Answer(response.status_code, response.headers, await self._read(response))
        finally:
            await response.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("", "identity"):
            raise _Refused(HttpOutcome.INVALID, "a compressed answer was not asked for", status=response.status_code)
        limit = self._settings.max_bytes
        parts: list[bytes] = []
        total = 0
        try:
            async for chunk in response.aiter_raw():
                total += len(chunk)
                if total > limit:
                    reason = f"the answer is longer than {limit} bytes"
                    raise _Refused(HttpOutcome.INVALID, reason, status=response.status_code)
                parts.append(chunk)
        except httpx.TransportError as error:
            raise _Refused(HttpOutcome.SERVER_ERROR, type(error).__name__) from None
        return b"".join(parts)

    async def _address(self, url: httpx.URL) -> str:
        host = url.raw_host.decode("ascii").lower()
        port = url.port or (443 if url.scheme == "https" else 80)
        internal = self._settings.internal_hosts & {host, f"{host}:{port}"}
        if not internal and port not in self._settings.ports:
            raise _Refused(HttpOutcome.BLOCKED, f"port {port} is not allowed")
        literal = _literal(host)
        if literal is not None:
            addresses: Sequence[str] = [literal]
        else:
            try:
                addresses = await self._resolver.resolve(host)
            except (OSError, UnicodeError):
                addresses = []
        if not addresses:
            raise _Refused(HttpOutcome.SERVER_ERROR, f"{host} has no address", sent=False)
        if not internal:
            for address in addresses:
                if not is_public(address):
                    raise _Refused(HttpOutcome.BLOCKED, f"{host} is not a public address")
        return addresses[0]

    def _result(self, request: HttpRequest, answer: _Answer) -> HttpResult:
        status = answer.status
        if 500 <= status <= 599:
            raise _Refused(HttpOutcome.SERVER_ERROR, f"status {status}", status=status)
        if 400 <= status <= 499:
            raise _Refused(HttpOutcome.CLIENT_ERROR, f"status {status}", status=status)
        if not 200 <= status <= 299:
            raise _Refused(HttpOutcome.INVALID, f"status {status}", status=status)
        text = answer.body.decode("utf-8", "replace")
        document: Any = None
        try:
            document = json.loads(text) if text.strip() else None
        except (ValueError, RecursionError):
            if request.expect_json:
                raise _Refused(HttpOutcome.INVALID, "the answer is not JSON", status=status) from None
        return HttpResult(HttpOutcome.SUCCESS, status, document, text)


def is_public(address: str) -> bool:
    """Tell whether ``address`` lies in the public internet, whatever it is wrapped in."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is None and int(ip) >> 32 == 0:
            inner = ipaddress.IPv4Address(int(ip))
        if inner is not None:
            ip = inner
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _literal(host: str) -> str | None:
    """Return ``host`` when it is an address, ``None`` when it is a name.

    :raises _Refused: when it is an address in one of the forms only old C libraries read (``0x7f.1``, ``2130706433``).
    """
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    last = host.rstrip(".").rpartition(".")[2]
    if last.isdigit() or last.startswith("0x") or ":" in host:
        raise _Refused(HttpOutcome.BLOCKED, "the host is an address in an unusual form")
    return None


def _parse_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
        parsed.netloc.decode("ascii")
    except (httpx.InvalidURL, ValueError, TypeError):
        raise _Refused(HttpOutcome.INVALID, "not a web address") from None
    if parsed.scheme not in ("http", "https"):
        raise _Refused(HttpOutcome.BLOCKED, "only http and https are allowed")
    if not parsed.host:
        raise _Refused(HttpOutcome.INVALID, "no host")
    if parsed.userinfo:
        raise _Refused(HttpOutcome.INVALID, "a web address must not hold a password")
    return parsed


def _check_request(request: HttpRequest) -> None:
    if request.method not in _METHODS:
        raise _Refused(HttpOutcome.INVALID, "unknown method")
    for name, value in request.headers.items():
        token = name.replace("-", "").replace("_", "")
        if not (token.isascii() and token.isalnum()) or name.lower() in _OWN_HEADERS:
            raise _Refused(HttpOutcome.INVALID, f"the header {name[:40]!r} cannot be set")
        if not (value.isascii() and value.isprintable()):
            raise _Refused(HttpOutcome.INVALID, f"the header {name} holds a character that headers cannot carry")
    if request.body is not None and request.method in ("GET", "HEAD"):
        raise _Refused(HttpOutcome.INVALID, f"{request.method} has no body")


def _may_retry(request: HttpRequest, refused: _Refused) -> bool:
    if refused.outcome is not HttpOutcome.SERVER_ERROR:
        return False
    return request.method in _REPEATABLE or not refused.sent


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _origin(url: str) -> tuple[str, str, int | None]:
    parsed = _parse_url(url)
    return parsed.scheme, parsed.host, parsed.port
