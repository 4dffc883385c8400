"""The proving ground: a server with short timers, flows for every situation, and lines that say what a test wants.

127.0.0.1 is the carrier: its calls are taken as the trunk's. Phones of ours use 127.0.0.3 and beyond.
"""

from __future__ import annotations

import re
import secrets
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from callcenter.calls.cdr import CallRecord, HangupCause, HangupSide, Outcome
from callcenter.testing.processes import free_ports
from callcenter.testing.pyvoip_wire import WireMessage, authorize, new_branch, uri_in
from callcenter.testing.raw_phone import RawMedia, RawPhone
from callcenter.testing.rtp_end import RtpEnd
from callcenter.testing.server import RunningServer, ServerOptions, SipAccount
from callcenter.testing.sip_peer import SipPeer, Unexpected
from callcenter.testing.sipp import SippOptions, SippResult, run_sipp
from tests.e2e.town import PROMPTS, SECRET, all_to, audio, flow, keypad

SCENARIOS = Path(__file__).parent / "scenarios"
CARRIER, PHONES = "127.0.0.1", "127.0.0.3"
ANNOUNCEMENT, KEYPAD, SHORT, RING, CHAIN, OUT, FAILOVER = "1900", "1901", "1902", "1903", "1904", "1905", "1906"
"Speaks for 72 s; reads keys; speaks half a second; rings 601; rings 621 to 624 in turn; dials out; dials out anew."
EXTENSIONS = ("601", "602", "603", "621", "622", "623", "624", "631", "632")
OUTSIDE, OUTSIDE_FAILOVER = "0912000001", "0922000001"
T1 = 0.1
"Timer T1 of the server, so that 64 T1 are 6.4 s."
MEDIA_TIMEOUT, HOLD_TIMEOUT = 4, 7
SDP = """v=0
o=line 4711 {version} IN IP4 {host}
s=-
c=IN IP4 {host}
t=0 0
m=audio {port} RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a=ptime:20
{extra}"""
NOBODY = ("busy", "no_answer", "unavailable", "closed", "failed")


def _dial(target: Mapping[str, str], ring_s: float) -> dict[str, Any]:
    return {"target": target, "ring_timeout_s": ring_s, "leave_key": None}


def _announcement() -> dict[str, Any]:
    names = [f"part{number}" for number in range(6)]
    nodes: dict[str, tuple[str, Mapping[str, Any], Mapping[str, str]]] = {"start": ("start", {}, {"next": names[0]})}
    for name, following in zip(names, [*names[1:], "bye"], strict=True):
        nodes[name] = ("play", {"prompts": audio("greeting"), "repeat": 20}, {"next": following})
    return flow("announcement", {**nodes, "bye": ("hangup", {"prompts": audio("goodbye")}, {})})


def _short() -> dict[str, Any]:
    return flow(
        "short", {"start": ("start", {}, {"next": "bye"}), "bye": ("hangup", {"prompts": audio("goodbye")}, {})}
    )


def _dialling(name: str, *targets: Mapping[str, str], ring_s: float) -> dict[str, Any]:
    steps = [f"dial{at}" for at in range(len(targets))]
    nodes: dict[str, tuple[str, Mapping[str, Any], Mapping[str, str]]] = {"start": ("start", {}, {"next": steps[0]})}
    for step, target, following in zip(steps, targets, [*steps[1:], "bye"], strict=True):
        nodes[step] = ("dial", _dial(target, ring_s), all_to(following, *NOBODY))
    return flow(name, {**nodes, "bye": ("hangup", {"prompts": audio("goodbye")}, {})})


def _extension(number: str) -> dict[str, str]:
    return {"kind": "extension", "extension": number}


def _number(number: str) -> dict[str, str]:
    return {"kind": "number", "number": number}


class Line:
    """One dialog with the server, message by message. Nothing is sent that a test does not ask for."""

    def __init__(self, peer: SipPeer, *, user: str, password: str = "", rtp: bool = False) -> None:
        self.peer = peer
        "Its socket."
        self.user = user
        "User part of its own address."
        self.call_id = f"{secrets.token_hex(8)}@line"
        "Call-ID."
        self.local = f"<sip:{user}@{peer.remote[0]}>;tag={secrets.token_hex(4)}"
        "Our From (or To) value."
        self.remote = ""
        "Theirs."
        self.target = ""
        "Where requests go."
        self.cseq = 0
        self.invite_data = b""
        "The last INVITE as sent."
        self.branch = ""
        "Its branch."
        self.rtp = RtpEnd(peer.local[0], 8, 101) if rtp else None
        "What keeps the media alive, when asked for."
        self.media_port = self.rtp.port if self.rtp is not None else free_ports(1, host=peer.local[0])[0]
        "Where it says it listens."
        self._password = password
        self._version = 0

    def close(self) -> None:
        """Free the ports."""
        if self.rtp is not None:
            self.rtp.close()
        self.peer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # As the caller

    def sdp(self, *extra: str, version: int | None = None, host: str | None = None) -> bytes:
        """Return a description of our audio; ``extra`` are attribute lines."""
        self._version = self._version + 1 if version is None else version
        text = SDP.format(
            version=self._version,
            host=host or self.peer.local[0],
            port=self.media_port,
            extra="".join(f"{line}\n" for line in extra),
        )
        return text.replace("\n", "\r\n").encode()

    def invite(
        self,
        number: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        challenge: bool = True,
    ) -> None:
        """Send an INVITE, with our offer unless there is a ``body``; answer a challenge when there is a password."""
        self.target = f"sip:{number}@{self.peer.remote[0]}:{self.peer.remote[1]}"
        self.remote = f"<{self.target}>"
        offer = self.sdp() if body is None else body
        self.send("INVITE", offer, headers=headers)
        if self._password and challenge:
            refused = self.expect(401)
            self.ack_failure(refused)
            value = authorize(refused.get_all("WWW-Authenticate"), "INVITE", self.target, self.user, self._password)
            self.send("INVITE", offer, headers={**(headers or {}), "Authorization": value or ""})

    def call(self, number: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None) -> WireMessage:
        """Call and be answered; return the 200."""
        self.invite(number, body, headers=headers)
        answer = self.expect(200, method="INVITE", timeout=5)
        self.take(answer)
        self.ack()
        return answer

    def take(self, answer: WireMessage) -> None:
        """Make the dialog of a 2xx (or 18x)."""
        self.remote = answer.get("To")
        self.target = uri_in(answer.get("Contact"))
        if self.rtp is not None and (found := media_of(answer)) is not None:
            self.rtp.connect(*found)

    def ack(self, body: bytes = b"", *, cseq: int | None = None) -> None:
        """Acknowledge a 2xx."""
        self.peer.send(self.compose("ACK", body, cseq=self.cseq if cseq is None else cseq))

    def ack_failure(self, answer: WireMessage) -> None:
        """Acknowledge a failure, in the transaction of the INVITE."""
        headers = {"To": answer.get("To"), "Via": answer.get("Via")}
        self.peer.send(self.compose("ACK", cseq=answer.cseq, headers=headers))

    def cancel(self) -> None:
        """Cancel the last INVITE."""
        self.peer.send(self.compose("CANCEL", cseq=self.cseq, headers={"Via": self.via(self.branch), "Contact": ""}))

    def drain(self) -> None:
        """Forget what has arrived so far."""
        while self.peer.receive(0.02) is not None:
            pass

    # Either way

    def send(
        self, method: str, body: bytes = b"", *, headers: Mapping[str, str] | None = None, cseq: int | None = None
    ) -> int:
        """Send a request of this dialog and return its CSeq number."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        branch = new_branch()
        data = self.compose(method, body, cseq=cseq, headers={"Via": self.via(branch), **(headers or {})})
        if method == "INVITE":
            self.invite_data, self.branch = data, branch
        self.peer.send(data)
        return cseq

    def ask(self, method: str, body: bytes = b"", **more: Any) -> WireMessage:
        """Send a request and return its final response; an INVITE is acknowledged."""
        cseq = self.send(method, body, **more)
        answer = self.final(method, cseq)
        if method == "INVITE":
            if answer.status < 300:
                self.ack(cseq=cseq)
            else:
                self.ack_failure(answer)
        return answer

    def bye(self) -> int:
        """Hang up and return the status."""
        return self.ask("BYE").status

    def final(self, method: str, cseq: int, timeout: float = 4.0) -> WireMessage:
        """Return the final response to a request of ours."""
        return self.peer.expect(
            where=lambda one: one.is_response and one.status >= 200 and one.method == method and one.cseq == cseq,
            timeout=timeout,
        )

    def expect(self, status: int | None = None, *, method: str | None = None, timeout: float = 3.0) -> WireMessage:
        """Return the next response with this status, or request with this method."""
        return self.peer.expect(status=status, method=method, timeout=timeout)

    def respond(self, request: WireMessage, status: str, body: bytes = b"") -> None:
        """Answer a request of the server inside the dialog, or its INVITE."""
        to = request.get("To")
        if ";tag=" not in to:
            to = f"{to};tag={self.local.rpartition('=')[2]}"
        lines = [
            f"SIP/2.0 {status}",
            *(f"Via: {via}" for via in request.get_all("Via")),
            f"From: {request.get('From')}",
            f"To: {to}",
            f"Call-ID: {request.get('Call-ID')}",
            f"CSeq: {request.get('CSeq')}",
            f"Contact: <sip:{self.user}@{self.peer.local[0]}:{self.peer.local[1]}>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body)}",
        ]
        self.peer.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def join(self, invite: WireMessage) -> None:
        """Make the dialog of an INVITE of the server's that is being answered."""
        self.call_id = invite.get("Call-ID")
        self.local = f"{invite.get('To')};tag={self.local.rpartition('=')[2]}"
        self.remote = invite.get("From")
        self.target = uri_in(invite.get("Contact"))
        self.cseq = 100
        if self.rtp is not None and (found := media_of(invite)) is not None:
            self.rtp.connect(*found)

    def compose(self, method: str, body: bytes = b"", *, cseq: int, headers: Mapping[str, str] | None = None) -> bytes:
        """Return a request of this dialog."""
        values = {
            "Via": self.via(new_branch()),
            "From": self.local,
            "To": self.remote,
            "Call-ID": self.call_id,
            **({"Content-Type": "application/sdp"} if body else {}),
            **(headers or {}),
        }
        return self.peer.request(method, self.target, headers=values, body=body, cseq=cseq)

    def via(self, branch: str) -> str:
        """Return a Via value."""
        host, port = self.peer.local
        return f"SIP/2.0/{self.peer.transport.upper()} {host}:{port};branch={branch};rport"

    def register(self, *, expires: int = 300, contact: str | None = None) -> WireMessage:
        """Register this line's socket and return the final answer."""
        host, port = self.peer.local
        server = f"sip:{self.peer.remote[0]}:{self.peer.remote[1]}"
        address = f"<sip:{self.user}@{self.peer.remote[0]}>"
        return self.peer.transact(
            "REGISTER",
            server,
            username=self.user,
            password=self._password or SECRET,
            headers={
                "From": f"{address};tag={secrets.token_hex(4)}",
                "To": address,
                "Contact": contact or f"<sip:{self.user}@{host}:{port}>",
                "Expires": str(expires),
            },
        )


def media_of(message: WireMessage) -> tuple[str, int] | None:
    """Return where a description wants audio."""
    text = message.body.decode("utf-8", "replace")
    address, port = re.search(r"^c=IN IP[46] (\S+)", text, re.M), re.search(r"^m=audio (\d+)", text, re.M)
    return (address.group(1), int(port.group(1))) if address is not None and port is not None else None


def header(message: WireMessage, name: str) -> str:
    """Return a header whatever its spelling."""
    return next((value for key, value in message.headers if key.lower() == name.lower()), "")


def origin_version(message: WireMessage) -> int:
    """Return the version in an o= line."""
    found = re.search(rb"^o=\S+ \S+ (\d+) ", message.body, re.M)
    assert found is not None
    return int(found.group(1))


@dataclass
class Calls:
    """The calls that a test made."""

    known: frozenset[str]
    records: list[CallRecord] = field(default_factory=list)
    "Filled when the block ends."


class Proving:
    """The server and everybody around it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        names = ("plain", "busy", "silent", "challenger", "good")
        ports = free_ports(len(names), host=CARRIER)
        self.trunk_ports = dict(zip(names, ports, strict=True))
        "Where the carriers of the outbound rules listen, once a test starts one."
        self.server = RunningServer(directory / "server", self._options())
        "The server."
        self.background = 0
        "Calls that may go on beside those of a test."

    def _options(self) -> ServerOptions:
        flows = {
            "announcement": _announcement(),
            "keypad": keypad(),
            "short": _short(),
            "ring": _dialling("ring", _extension("601"), ring_s=8),
            "chain": _dialling("chain", *(_extension(number) for number in ("621", "622", "623", "624")), ring_s=3),
            "out": _dialling("out", _number(OUTSIDE), ring_s=12),
            "failover": _dialling("failover", _number(OUTSIDE_FAILOVER), ring_s=25),
        }
        trunks = [{"name": "carrier", "kind": "ip", "allow": [f"{CARRIER}/32"], "options_interval": 0}]
        for name, port in self.trunk_ports.items():
            trunk: dict[str, Any] = {"name": name, "kind": "ip", "host": f"{CARRIER}:{port}", "options_interval": 0}
            if name == "challenger":
                trunk |= {"username": "us", "password": "pw"}
            trunks.append(trunk)
        failover = [name for name in self.trunk_ports if name != "plain"]
        return ServerOptions(
            config={
                "sip": {"t1": T1, "session_timer": {"expires": 1800, "min_se": 90}},
                "media": {"timeout": MEDIA_TIMEOUT, "timeout_on_hold": HOLD_TIMEOUT},
                "recording": {"when": "always"},
                "trunks": trunks,
                "outbound": [
                    {"pattern": "+8491", "trunks": ["plain"]},
                    {"pattern": "+8492", "trunks": failover},
                ],
                "logging": {"level": "debug"},
            },
            flows=flows,
            dids={
                ANNOUNCEMENT: "announcement",
                KEYPAD: "keypad",
                SHORT: "short",
                RING: "ring",
                CHAIN: "chain",
                OUT: "out",
                FAILOVER: "failover",
            },
            prompts=PROMPTS,
            accounts=[SipAccount(number, SECRET) for number in EXTENSIONS],
        )

    # Far ends

    def caller(self, *, user: str = "0912345678", host: str = CARRIER, port: int = 0, **more: Any) -> Line:
        """Return a line from the carrier."""
        return Line(SipPeer("udp", self.server.sip, local_host=host, local_port=port), user=user, **more)

    def phone(self, extension: str, *, host: str = PHONES, port: int = 0, **more: Any) -> Line:
        """Return a line of one of our phones, which is not registered yet."""
        return self.caller(user=extension, password=SECRET, host=host, port=port, **more)

    def raw_phone(self, extension: str, *, answers: bool = False, tone_hz: float | None = None) -> RawPhone:
        """Return a registered phone with a will of its own."""
        media = RawMedia(tone_hz=tone_hz)
        phone = RawPhone(self.server.sip, extension, SECRET, local_host=PHONES, answers=answers, media=media)
        assert phone.register() == 200
        return phone

    def sipp(self, scenario: str, service: str = ANNOUNCEMENT, **options: Any) -> SippResult:
        """Run a SIPp scenario to its end; it must succeed."""
        defaults: dict[str, Any] = {"duration_ms": 300, "timeout": 30}
        options = {**defaults, **options}
        wanted = SippOptions(SCENARIOS / f"{scenario}.xml", self.server.sip, service=service, **options)
        return run_sipp(wanted, self.directory / "sipp", name=scenario).check()

    # What happened

    @contextmanager
    def calls(self, count: int = 1, *, timeout: float = 10.0) -> Iterator[Calls]:
        """Watch the log: exactly ``count`` calls must come out of the block, and be over within ``timeout``."""
        calls = Calls(frozenset(record.id for record in self.server.call_log.records()))
        yield calls
        deadline = time.monotonic() + timeout
        while True:
            new = [record for record in self.server.call_log.records() if record.id not in calls.known]
            if len(new) >= count and all(record.ended_at is not None for record in new):
                break
            assert time.monotonic() < deadline, [(one.sip_call_id, one.ended_at, one.outcome) for one in new]
            time.sleep(0.05)
        assert len(new) == count, [(one.sip_call_id, one.outcome) for one in new]
        calls.records = new[::-1]

    @contextmanager
    def one_call(
        self,
        outcome: Outcome = Outcome.ABANDONED,
        cause: HangupCause = HangupCause.NORMAL_CLEARING,
        side: HangupSide = HangupSide.CALLER,
    ) -> Iterator[Calls]:
        """Watch the log: exactly one call comes out of the block, and it went like this."""
        with self.calls() as calls:
            yield calls
        record = calls.records[0]
        assert (record.outcome, record.hangup_cause, record.hangup_side) == (outcome, cause, side)

    @contextmanager
    def no_call(self) -> Iterator[None]:
        """Watch the log: nothing may come out of the block."""
        with self.calls(0):
            yield
            time.sleep(0.3)  # The log is written in groups.

    def gauges(self) -> dict[str, float]:
        """Return what /metrics says, by name and labels."""
        with urllib.request.urlopen(f"{self.server.url}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[:1] != "#")}

    def wait_gauges(self, wanted: Mapping[str, float], timeout: float) -> None:
        """Return when every gauge has the value; fails with what it has instead."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.gauges()
            shown = {name: found[name] for name in wanted}
            if shown == dict(wanted):
                return
            assert time.monotonic() < deadline, shown
            time.sleep(0.1)

    def check_alive(self) -> None:
        """The server answers, and no call, session or media leg is left over."""
        assert self.server.answers_options()
        names = ("callcenter_calls_active", "callcenter_media_legs")
        deadline = time.monotonic() + 5
        while any(self.gauges()[name] > self.background for name in names):
            assert time.monotonic() < deadline, self.gauges()
            time.sleep(0.05)

    def check_empty(self, timeout: float = 12.0) -> None:
        """After the last transaction's time nothing of the calls is remembered."""
        time.sleep(0.1)
        self.wait_gauges(dict.fromkeys(EMPTY, 0), timeout)


EMPTY = (
    "callcenter_calls_active",
    "callcenter_media_legs",
    "callcenter_sip_sessions",
    "callcenter_sip_dialogs",
    'callcenter_sip_transactions{side="client"}',
    'callcenter_sip_transactions{side="server"}',
)


def is_silent(line: Line, seconds: float) -> bool:
    """Tell whether nothing comes for that long."""
    try:
        line.peer.expect_silence(seconds)
    except Unexpected:
        return False
    return True
