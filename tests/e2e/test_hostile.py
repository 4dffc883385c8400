"""Everything a stranger may try: whatever comes, the server answers as it should or not at all, and goes on.

The carrier is 127.0.0.9, the only one believed; strangers come from other loopback addresses, which the guard treats as
it treats the world. Nothing leaves the machine: hostile descriptions are refused before media goes anywhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import socket
import sqlite3
import statistics
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from callcenter.testing.audio import heard_tones, level_dbfs, read_wav
from callcenter.testing.pyvoip_wire import WireMessage
from callcenter.testing.raw_phone import RawMedia, RawPhone
from callcenter.testing.server import RunningServer, ServerOptions, SipAccount
from callcenter.testing.sip_peer import SipPeer
from tests.e2e.proving import SDP, Line
from tests.e2e.town import PROMPTS, all_to, audio, flow, keypad
from tests.protocol.torture.corpus import ACCEPTED, load
from tests.protocol.torture.test_rfc4475 import CASES as RFC4475
from tests.protocol.torture.test_rfc5118 import CASES as RFC5118

pytestmark = pytest.mark.peer

CARRIER = "127.0.0.9"
SECRET = "sesame-open-93-of-the-test"
CARD = "4929112233445566"
"Keyed in at the secret node: it must not be found anywhere afterwards."
NOBODY = ("busy", "no_answer", "unavailable", "closed", "failed")
FAILURES = 6
"Wrong passwords before a ban."


def _secure() -> dict[str, Any]:
    return flow(
        "secure",
        {
            "start": ("start", {}, {"next": "card"}),
            "card": (
                "collect_digits",
                {"variable": "card", "prompts": audio("menu"), "max_digits": 16, "secure": True, "no_input_s": 6},
                {"collected": "bye", "no_input": "bye", "invalid": "bye"},
            ),
            "bye": ("hangup", {"prompts": audio("goodbye")}, {}),
        },
    )


def _options() -> ServerOptions:
    ring = {"target": {"kind": "extension", "extension": "601"}, "ring_timeout_s": 8, "leave_key": None}
    long = ("play", {"prompts": audio("greeting"), "repeat": 20}, {"next": "bye"})
    bye: tuple[str, dict[str, Any], dict[str, str]] = ("hangup", {"prompts": audio("goodbye")}, {})
    return ServerOptions(
        config={
            "sip": {
                "t1": 0.1,
                "digest_algorithms": ["SHA-256", "MD5"],
                "guard": {"trusted": [f"{CARRIER}/32"], "failures_before_ban": FAILURES, "ban_seconds": 600},
            },
            "media": {"timeout": 20},
            "trunks": [
                {"name": "carrier", "kind": "ip", "allow": [f"{CARRIER}/32"], "options_interval": 0},
                {"name": "way-out", "kind": "ip", "host": "127.0.0.1:9", "options_interval": 0},
            ],
            "outbound": [{"pattern": "+84", "trunks": ["way-out"]}],
            "logging": {"level": "debug"},
        },
        flows={
            "announcement": flow("announcement", {"start": ("start", {}, {"next": "play"}), "play": long, "bye": bye}),
            "ring": flow(
                "ring",
                {"start": ("start", {}, {"next": "dial"}), "dial": ("dial", ring, all_to("bye", *NOBODY)), "bye": bye},
            ),
            "keypad": keypad(),
            "secure": _secure(),
        },
        dids={"1900": "announcement", "1901": "ring", "1902": "secure"},
        prompts=PROMPTS,
        accounts=[SipAccount(number, SECRET) for number in ("601", "602", "603", "604")],
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for all attacks."""
    with RunningServer(tmp_path_factory.mktemp("hostile"), _options()) as running:
        yield running


_hosts = iter(range(20, 250))


@pytest.fixture
def host() -> str:
    """An address nobody used yet, so that bans of one test do not hide what another asks."""
    return f"127.0.1.{next(_hosts)}"


def udp(server: RunningServer, host: str) -> SipPeer:
    """Return a stranger's socket."""
    return SipPeer("udp", server.sip, local_host=host)


def is_alive(server: RunningServer) -> bool:
    """Ask from an address that does nothing else."""
    with udp(server, "127.0.2.1") as peer:
        peer.send(peer.request("OPTIONS", "sip:127.0.0.1"))
        return peer.expect(status=200, timeout=2).status == 200


# Case 1: torture


def _expected(name: str, validated: int | None) -> tuple[int | None, ...]:
    """Return what the server may answer a message that both layers pass, or refuse with ``validated``."""
    if validated is None or name in ("unreason", "noreason", "bcast", "scalarlg", "bigcode"):
        return (None,)
    if validated != ACCEPTED:
        return (validated,)
    # 482: some messages of the RFC share Call-ID, From tag and CSeq, which makes them one request that came twice.
    return (200, 401, 404, 481, 405, 482, 489)


TORTURE = [(name, _expected(name, status)) for name, status in [*RFC4475, *((one[0], one[1]) for one in RFC5118)]]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_case01_torture(tmp_path: Path, transport: str) -> None:
    with RunningServer(tmp_path / transport, _options()) as server:
        assert _tortured(server, transport) == []


def _tortured(server: RunningServer, transport: str) -> list[tuple[str, int | None, tuple[int | None, ...]]]:
    """Send every message; return those that were not answered as they should be."""
    wrong = []
    for number, (name, allowed) in enumerate(TORTURE):
        source = f"127.0.3.{number + 1}" if transport == "udp" else f"127.0.4.{number + 1}"
        data = load(name)
        if name != "badbranch":  # Some share a branch, and would be taken for retransmissions of each other.
            data = data.replace(b"branch=z9hG4bK", b"branch=z9hG4bKn%d" % number)
        with SipPeer(transport, server.sip, local_host=source) as peer:  # type: ignore[arg-type]
            if transport == "udp":
                data = _answer_here(data, peer)
            with contextlib.suppress(OSError):
                peer.send(data)
            final = _final(peer, 0.35)
        if transport == "tcp" and final in (None, 400) and name in _NO_END_ON_STREAMS:
            final = allowed[0]
        if final not in allowed:
            wrong.append((name, final, allowed))
        if not is_alive(server):
            pytest.fail(f"dead after {name}")
    return wrong


_NO_END_ON_STREAMS = {"clerr", "ncl", "mcl01", "dblreq", "scalarlg", "inv2543", "lwsstart", "bigcode", "badinv01"}
"Without a usable Content-Length a message on a stream has no end; the connection is closed, answered or not (§18.3)."


def _answer_here(data: bytes, peer: SipPeer) -> bytes:
    """Return ``data`` as is: answers go to the Via, so ask by rport for one that comes back where it can be seen."""
    head, middle, rest = data.partition(b"\r\n\r\n")
    found = re.search(rb"(?im)^(via|v)([ \t]*):", head)
    if found is None or b"rport" in head:
        return data
    line = re.compile(rb"(?im)^((?:via|v)[ \t]*:[^\r\n;]*;)")
    return line.sub(rb"\1rport;", head, count=1) + middle + rest


def _final(peer: SipPeer, seconds: float) -> int | None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        message = peer.receive(left)
        if message is not None and message.is_response and message.status >= 200:
            return message.status
    return None


# Header injection


@pytest.mark.parametrize(
    "name",
    [
        '"a%0d%0aX-Evil: 1"',
        '"a\\\r\\\nX-Evil: 1"',
        '"a\\\x00b"',
        '"x" <sip:1@1>, "y"',
        '"<sip:admin@127.0.0.1>;tag=1"',
        '"\\"quoted\\\\"',
        "=2+2",
        '"<script>window.__x=1</script>"',
    ],
)
def test_display_names_cannot_break_out_of_the_b_leg(server: RunningServer, name: str) -> None:
    with (
        Line(SipPeer("udp", server.sip, local_host="127.0.0.3"), user="601", password=SECRET) as phone,
        Line(SipPeer("udp", server.sip, local_host=CARRIER), user="0912345678", rtp=True) as line,
    ):
        assert phone.register().status == 200
        line.local = f"{name} {line.local}"
        line.invite("1901")
        answer = next((one for one in iter(lambda: line.peer.receive(1), None) if one.status >= 200), None)
        if answer is None:
            assert "\r" in name  # What is no header line cannot be copied into an answer.
        elif answer.status >= 300:
            assert answer.status == 400
            line.ack_failure(answer)
        else:
            line.take(answer)
            line.ack()
            invite = phone.expect(method="INVITE")
            names = [key for key, _ in invite.headers]
            assert names.count("From") == 1
            assert not [key for key in names if key.lower() == "x-evil"]
            assert invite.get("From").count("tag=") == 1 or "tag=" in name
            phone.respond(invite, "486 Busy Here")
            phone.expect(method="ACK")
            line.respond(line.expect(method="BYE", timeout=6), "200 OK")
        phone.register(expires=0, contact="*")
    assert is_alive(server)


def test_users_of_strange_octets_are_called_back_and_logged(server: RunningServer) -> None:
    with Line(SipPeer("udp", server.sip, local_host=CARRIER), user="x", rtp=True) as line:
        line.local = line.local.replace("sip:x@", "sip:%ff%00%27;drop@")
        line.call("1900")
        assert line.bye() == 200
        assert server.story_of(line.call_id).record.from_raw == "?�';drop"
    assert is_alive(server)


@pytest.mark.parametrize("uri", ["sip:1900%0d%0aX-Evil:1@127.0.0.1", "sip:1900@127.0.0.1?X-Evil=1", "sip:1900\r\nX: 1"])
def test_request_uris_cannot_smuggle_lines(server: RunningServer, host: str, uri: str) -> None:
    with udp(server, host) as peer:
        peer.send(peer.request("INVITE", uri, headers={"To": "<sip:1900@127.0.0.1>"}))
        answer = _final(peer, 0.5)
        assert answer in (400, 401, 404, None)
        assert not any("X-Evil" in key for one in peer.received for key, _ in one.headers)
    assert is_alive(server)


# Descriptions


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "224.0.1.1",
        "255.255.255.255",
        "0.0.0.1",
        "239.1.1.1",
        "metadata.google.internal",
        "localhost",
    ],
)
def test_descriptions_may_not_aim_at_forbidden_places(server: RunningServer, address: str) -> None:
    with Line(SipPeer("udp", server.sip, local_host=CARRIER), user="0912345678") as line:
        line.invite("1900", line.sdp().replace(b"c=IN IP4 127.0.0.9", f"c=IN IP4 {address}".encode()))
        refused = line.final("INVITE", 1)
        line.ack_failure(refused)
        assert refused.status in (400, 488)
    assert is_alive(server)


def test_descriptions_may_not_aim_at_our_own_signalling(server: RunningServer) -> None:
    with Line(SipPeer("udp", server.sip, local_host=CARRIER), user="0912345678") as line:
        body = line.sdp(host="127.0.0.1").replace(
            f"m=audio {line.media_port}".encode(), b"m=audio %d" % server.sip_port
        )
        line.invite("1900", body)
        refused = line.final("INVITE", 1)
        line.ack_failure(refused)
        assert refused.status in (400, 488)


@pytest.mark.parametrize(
    "body",
    [
        "v=0\r\n" + "m=audio 9 RTP/AVP 0\r\n" * 1000,
        SDP.format(version=1, host=CARRIER, port=4000, extra="a=x:" + "y" * 60000),
        SDP.format(version=99999999999999999999999, host=CARRIER, port=4000, extra=""),
        SDP.format(version=1, host=CARRIER, port=99999, extra=""),
        SDP.format(version=1, host=CARRIER, port=-5, extra=""),
        "\x00" * 3000,
    ],
)
def test_descriptions_of_absurd_size_or_numbers(server: RunningServer, body: str) -> None:
    with Line(SipPeer("udp", server.sip, local_host=CARRIER), user="0912345678") as line:
        began = time.monotonic()
        line.invite("1900", body.replace("\r\n", "\n").replace("\n", "\r\n").encode())
        final = line.final("INVITE", 1)
        assert time.monotonic() - began < 0.5
        if final.status == 200:
            line.take(final)
            line.ack()
            assert line.bye() == 200
        else:
            assert final.status in (400, 413, 488, 513)
            line.ack_failure(final)
    assert is_alive(server)


# Toll fraud


@pytest.mark.parametrize("number", ["0084912345678", "0912345678", "+12025550123", "601", "1900", "911"])
def test_strangers_call_nobody(server: RunningServer, host: str, number: str) -> None:
    with Line(udp(server, host), user="601") as line:
        line.invite(number)
        refused = line.final("INVITE", 1)
        line.ack_failure(refused)
        assert refused.status in (401, 403, 404)
        assert not [one for one in server.call_log.records() if one.sip_call_id == line.call_id]


def test_strangers_refer_and_redirect_nobody(server: RunningServer, host: str) -> None:
    with udp(server, host) as peer:
        for method in ("REFER", "MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY", "INFO", "UPDATE"):
            headers = {"Refer-To": "<sip:0912345678@192.0.2.66>", "Event": "presence", "Expires": "60"}
            peer.send(peer.request(method, "sip:601@127.0.0.1", headers=headers))
            assert _final(peer, 1) in (401, 403, 405, 481, 489), method
        assert not [one for one in peer.received if not one.is_response]


def test_a_phone_may_not_call_where_no_rule_leads(server: RunningServer) -> None:
    with Line(SipPeer("udp", server.sip, local_host="127.0.0.3"), user="602", password=SECRET) as line:
        line.invite("+12025550123")
        refused = line.final("INVITE", line.cseq)
        line.ack_failure(refused)
        assert refused.status == 403


# Registration


def register(peer: SipPeer, user: str, password: str, *, aor: str | None = None, **more: str) -> WireMessage:
    """Try to register."""
    address = f"<sip:{aor or user}@127.0.0.1>"
    sender = {"From": f"{address};tag={secrets.token_hex(4)}", "To": address, "Expires": "60", **more}
    return peer.transact(
        "REGISTER", "sip:127.0.0.1", username=user if password else "", password=password, headers=sender, timeout=0.7
    )


def test_guessing_a_password_bans_the_guesser_and_nobody_else(server: RunningServer, host: str) -> None:
    with udp(server, host) as guesser:
        for number in range(FAILURES):
            assert register(guesser, "603", f"guess{number}").status == 401
        with pytest.raises(Exception, match="received: nothing"):
            register(guesser, "603", SECRET)  # The right one, too late.
    with udp(server, host) as neighbour:
        assert register(neighbour, "604", SECRET).status == 200
        assert register(neighbour, "604", SECRET, Expires="0").status == 200
    with udp(server, f"{host.rpartition('.')[0]}.251") as elsewhere:
        assert register(elsewhere, "603", SECRET).status == 200
        assert register(elsewhere, "603", SECRET, Expires="0").status == 200


def test_users_cannot_be_told_apart(server: RunningServer, host: str) -> None:
    shapes, times = {}, {}
    with udp(server, host) as peer:
        for user in ("601", "699", "nobody", "1900"):
            first = register(peer, user, "")
            second = register(peer, user, "wrong-for-all")
            shapes[user] = [
                (one.status, [key for key, _ in one.headers], re.findall(r'realm="[^"]*"', str(one.headers)))
                for one in (first, second)
            ]
    assert len({str(shape) for shape in shapes.values()}) == 1, shapes
    with udp(server, f"{host.rpartition('.')[0]}.252") as peer:
        for user in ("601", "699"):
            taken = []
            for _ in range(25):
                began = time.perf_counter()
                register(peer, user, "")
                taken.append(time.perf_counter() - began)
                time.sleep(0.012)  # Below the rate that is limited.
            times[user] = statistics.median(taken)
    assert abs(times["601"] - times["699"]) < 0.002


# Digest


class Digest:
    """Credentials made part by part."""

    def __init__(self, peer: SipPeer, user: str = "601", password: str = SECRET) -> None:
        self.peer = peer
        self.user = user
        self.password = password
        challenged = self.send({})
        self.parts = dict(re.findall(r'(\w+)="?([^",]*)"?', challenged.get_all("WWW-Authenticate")[-1]))
        assert self.parts["algorithm"] == "MD5"

    def send(self, headers: Mapping[str, str], aor: str | None = None) -> WireMessage:
        """Send a REGISTER as it is."""
        address = f"<sip:{aor or self.user}@127.0.0.1>"
        head = {"From": f"{address};tag={secrets.token_hex(4)}", "To": address, "Expires": "60", **headers}
        self.peer.send(self.peer.request("REGISTER", "sip:127.0.0.1", headers=head, cseq=secrets.randbelow(90000) + 1))
        return self.peer.expect(where=lambda one: one.status >= 200, timeout=1)

    def value(self, **changes: str) -> str:
        """Return an Authorization value; an empty change leaves a part out."""
        parts = {"nc": "00000001", "qop": "auth", "uri": "sip:127.0.0.1", "method": "REGISTER", **self.parts, **changes}

        def digest(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        one = digest(f"{self.user}:{parts['realm']}:{self.password}")
        two = digest(f"{parts['method']}:{parts['uri']}")
        if parts["qop"]:
            response = digest(f"{one}:{parts['nonce']}:{parts['nc']}:abc:{parts['qop']}:{two}")
            tail = f', qop={parts["qop"]}, nc={parts["nc"]}, cnonce="abc"'
        else:
            response, tail = digest(f"{one}:{parts['nonce']}:{two}"), ""
        return (
            f'Digest username="{self.user}", realm="{parts["realm"]}", nonce="{parts["nonce"]}", '
            f'uri="{parts["uri"]}", response="{response}", algorithm=MD5{tail}'
        )

    def status(self, aor: str | None = None, **changes: str) -> int:
        """Register with these credentials."""
        return self.send({"Authorization": self.value(**changes)}, aor).status


def test_digest_tricks(server: RunningServer, host: str) -> None:
    with udp(server, host) as peer:
        good = Digest(peer)
        assert good.status() == 200
        assert good.status() == 401  # the same nonce count again
        assert good.status(nc="00000002") == 200
        assert good.status(nc="00000001") == 401  # an older one
        assert Digest(peer).status(uri="sip:elsewhere.invalid") == 401
        assert Digest(peer).status(qop="") == 401  # the downgrade to RFC 2069
        assert Digest(peer).status(method="INVITE") == 401
        assert Digest(peer).status(realm="another") == 401
        assert Digest(peer).status(nonce=secrets.token_urlsafe(40)) == 401
        assert Digest(peer).status(aor="602") == 403  # one's own credentials for another's address
    with udp(server, host) as first, udp(server, f"{host.rpartition('.')[0]}.253") as second:
        stolen = Digest(first)
        stolen.peer = second
        assert stolen.status() == 401  # from another address
        assert len({Digest(first).parts["nonce"] for _ in range(5)}) == 5


# Floods


def resident_mb(server: RunningServer) -> float:
    """Return the resident memory of the control process."""
    pages = int(Path(f"/proc/{server.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_a_flood_from_one_source_hurts_nobody_else(server: RunningServer, host: str) -> None:
    media = RawMedia(tone_hz=None)
    stop = threading.Event()

    def flood() -> None:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.bind((host, 0))
        number = 0
        while not stop.is_set():
            for _ in range(25):
                number += 1
                text = (
                    f"{'INVITE' if number % 2 else 'REGISTER'} sip:{number}@127.0.0.1 SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP {host}:9;branch=z9hG4bK{number}\r\nFrom: <sip:{number}@x>;tag={number}\r\n"
                    f"To: <sip:{number}@127.0.0.1>\r\nCall-ID: f{number}\r\nCSeq: 1 "
                    f"{'INVITE' if number % 2 else 'REGISTER'}\r\nContact: <sip:x@{host}>\r\nContent-Length: 0\r\n\r\n"
                )
                with contextlib.suppress(OSError):
                    sender.sendto(text.encode(), server.sip)
            time.sleep(0.01)
        sender.close()

    with RawPhone(server.sip, "0912345678", local_host=CARRIER, media=media) as phone:
        call = phone.dial("1900")
        time.sleep(0.5)
        before = resident_mb(server)
        thread = threading.Thread(target=flood)
        thread.start()
        taken = []
        heard = len(call.media.listener.packets)
        began = time.monotonic()
        with udp(server, "127.0.0.2") as other:
            for _ in range(20):
                asked = time.monotonic()
                other.send(other.request("OPTIONS", "sip:127.0.0.1"))
                other.expect(status=200, timeout=1)
                taken.append(time.monotonic() - asked)
                time.sleep(0.15)
        lasted = time.monotonic() - began
        arrived = len(call.media.listener.packets) - heard
        stop.set()
        thread.join()
        assert sorted(taken)[18] < 0.2
        assert resident_mb(server) - before < 50
        assert arrived > 0.95 * lasted / 0.02
        call.hang_up()
    assert is_alive(server)


def descriptors(server: RunningServer) -> int:
    """Return how many files the control process has open."""
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def test_slow_and_broken_streams_are_cleared_away(server: RunningServer, host: str) -> None:
    before = descriptors(server)
    crowd = []
    half = b"INVITE sip:1900@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP x"
    for number in range(250):
        peer = socket.socket()
        peer.settimeout(1)
        peer.bind((f"127.0.5.{number % 10 + 1}", 0))
        peer.connect(server.sip)
        if number % 2:
            with contextlib.suppress(OSError):
                peer.sendall(half)
        crowd.append(peer)
    with SipPeer("tcp", server.sip, local_host="127.0.0.2") as good:
        began = time.monotonic()
        good.send(good.request("OPTIONS", "sip:127.0.0.1"))
        assert good.expect(status=200).status == 200
        assert time.monotonic() - began < 1
    for _ in range(200):  # abrupt ends in the middle of an INVITE
        with contextlib.suppress(OSError), socket.socket() as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.bind((host, 0))
            peer.connect(server.sip)
            peer.sendall(half)
    deadline = time.monotonic() + 14  # idle ones are given 10 s for their first message
    while descriptors(server) > before + 5 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert descriptors(server) <= before + 5
    for peer in crowd:
        peer.close()
    assert is_alive(server)


def test_one_address_gets_so_many_connections_and_no_more(server: RunningServer, host: str) -> None:
    kept = []
    for _ in range(100):
        peer = socket.socket()
        peer.settimeout(1)
        peer.bind((host, 0))
        peer.connect(server.sip)
        kept.append(peer)
    time.sleep(0.3)
    closed = 0
    for peer in kept:
        peer.settimeout(0.01)
        with contextlib.suppress(TimeoutError, OSError):
            closed += peer.recv(1) == b""
    assert closed >= 30
    for peer in kept:
        peer.close()


# Media


def test_injected_rtp_is_heard_by_nobody_and_junk_ends_nothing(server: RunningServer) -> None:
    with (
        RawPhone(server.sip, "601", SECRET, local_host="127.0.0.3", answers=True, media=RawMedia(tone_hz=700)) as agent,
        RawPhone(server.sip, "0912345678", local_host=CARRIER, media=RawMedia(tone_hz=1000)) as caller,
        RawPhone(server.sip, "spare", local_host="127.0.0.7", media=RawMedia(tone_hz=1600)) as attacker,
    ):
        assert agent.register() == 200
        call = caller.dial("1901")
        called = agent.wait_call()
        called.wait_tone(1000)
        call.wait_tone(700)
        target = call.media._remote
        assert target is not None
        injector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        injector.bind(("127.0.0.7", 0))
        talker = call.media.talker.__class__(8, 101, ssrc=0xBAD)
        talker.set_tone(1600)
        for number in range(100):
            for packet in talker.next_packets():
                injector.sendto(packet, target)
            injector.sendto(os.urandom(172), target)
            injector.sendto(b"\x80" + os.urandom(number % 40), target)
            injector.sendto(b"\x80\xc8\x00\x06" + os.urandom(24), (target[0], target[1] + 1))
            time.sleep(0.02)
        injector.setblocking(False)
        with pytest.raises(BlockingIOError):
            injector.recv(2048)  # Nothing was sent to the attacker.
        injector.close()
        heard = called.heard(1.5)
        assert heard_tones(heard, [1000, 1600])[1600] == 0
        assert level_dbfs(heard, 1000) - level_dbfs(heard, 1600) > 30
        assert not call.over.is_set() and not called.over.is_set()
        assert attacker.calls == []
        story_id = call.call_id
        call.hang_up()
    story = server.story_of(story_id)
    (recording,) = story.recordings
    recorded = read_wav(next(path for path in server.recorded() if path.name == Path(recording.path).name))
    assert heard_tones(recorded.left, [1000, 1600])[1000] > 1.5
    assert heard_tones(recorded.left, [1000, 1600])[1600] == 0
    assert heard_tones(recorded.right, [700, 1600])[1600] == 0


# What is left behind


def test_secrets_are_written_nowhere(server: RunningServer) -> None:
    with RawPhone(server.sip, "0912345678", local_host=CARRIER, media=RawMedia()) as phone:
        call = phone.dial("1902")
        time.sleep(0.5)
        for digit in CARD:
            call.media.talker.press(digit, duration_ms=60, gap_ms=60)
            time.sleep(0.16)
        assert call.over.wait(5)
    with udp(server, "127.0.0.3") as peer:
        digest = Digest(peer)
        used = digest.value()
        digest.send({"Authorization": used})
        digest.send({"Expires": "0", "Contact": "*", "Authorization": digest.value(nc="00000002")})
    server.story_of(call.call_id)
    database = next((server.directory / "var").glob("*.db"))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        dump = "\n".join(connection.iterdump())
    response = re.search(r'response="(\w+)"', used)
    assert response is not None
    for place, text in (("log", server.log()), ("database", dump)):
        for secret in (SECRET, CARD, response.group(1), digest.parts["nonce"], "Authorization:"):
            assert secret not in text, (place, secret)
    assert "Traceback" not in server.log()
