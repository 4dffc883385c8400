"""What is measured, one function per line of the table."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.browsers import Browsers
from bench.caller import HOST, BrowserCaller, Caller
from bench.measure import CpuMeter, idle_rate, memory_kib, settle
from bench.native import BenchError, RtpFloor, RtpLoad
from callcenter.testing.processes import free_ports
from callcenter.testing.server import RunningServer
from callcenter.testing.sip_peer import SipPeer
from callcenter.testing.sipp import Sipp, SippOptions, SippResult, run_sipp

IVR, BRIDGE, ANSWER, THROUGH = "1901", "1902", "1903", "1904"
"The numbers of the bench flows."
_RECORDED_PER_SECOND = 32_000
_RECORDING_STEP_S = 1.0
"Recordings are written in steps of up to that."


@dataclass(frozen=True)
class Scale:
    """How much of each is measured."""

    legs: int = 100
    "Legs of the C baseline and of the IVR scenario; twice as many sockets in the bridge."
    bridges: int = 60
    "Bridged calls."
    media_seconds: float = 25.0
    "Length of a media measurement."
    floor_seconds: float = 8.0
    "Length of a baseline measurement."
    calls: int = 2000
    "Calls of a signalling measurement."
    rate: float = 100.0
    """Calls per second of all signalling, the baseline's too: SIPp's own clock costs as much at any rate, and whoever
    is asked less often works with colder caches, so a ratio holds for one rate only."""
    spacing_calls: int = 300
    "Calls of the spacing and memory measurements."
    spacing_seconds: float = 20.0
    "Length of the spacing measurement."


QUICK = Scale(40, 20, 6.0, 3.0, 300, 100.0, 100, 6.0)


def c_floor(scale: Scale, mode: str) -> float:
    """Return processor milliseconds per leg-second of the bare C loop, with as many legs as the server will have."""
    legs = 2 * scale.bridges if mode == "forward" else scale.legs
    floor_ports, load_ports = free_ports(1, spacing=2 * legs)[0], free_ports(1, spacing=2 * legs)[0]
    with RtpFloor(floor_ports, legs, mode) as floor, RtpLoad(load_ports, legs) as load:
        for leg in range(legs):
            load.start(leg, HOST, floor_ports + 2 * leg)
        time.sleep(0.5)
        load.mark()
        meter = CpuMeter(floor.pid)
        time.sleep(scale.floor_seconds)
        span, report = meter.read(), load.report()
    if report["received"] < 0.98 * report["sent"]:
        raise BenchError(f"the C loop lost packets: {report}")
    return 1000 * span.cpu / span.wall / legs


def sipp_floor(scale: Scale, directory: Path) -> float:
    """Return processor milliseconds per call of ``sipp -sn uas`` answering ``sipp -sn uac``."""
    with Sipp(SippOptions("uas", calls=scale.calls + 1, timeout=300), directory, name="floor", trace=False) as uas:
        meter = CpuMeter(uas.pid)
        calls = run_sipp(
            SippOptions("uac", (HOST, uas.port), calls=scale.calls, rate=scale.rate, duration_ms=0, timeout=300),
            directory,
            name="floor-uac",
            trace=False,
        )
        span = meter.read()
    return 1000 * span.cpu / _good(calls)


def ivr(server: RunningServer, scale: Scale) -> float:
    """Return processor milliseconds per call-second: prompt, one digit, prompt, hang up; a steady number of calls."""
    idle = _idle(server)
    with _load(scale.legs + 20) as load, _caller(server, load) as caller:
        plan = ((4.0, "1"),)
        caller.keep_up(IVR, scale.legs, scale.legs / 20 + 1.0, keys=plan)
        load.mark()
        caller.call_seconds, since = 0.0, time.monotonic()
        meter = CpuMeter(server.pid)
        caller.keep_up(IVR, scale.legs, scale.media_seconds, keys=plan)
        span, talked = meter.read(idle=idle), caller.talk_seconds(since)
        report = load.report()
        caller.hang_up_all()
    # The baseline sends as much as it receives, so the prompts must last nearly the whole call.
    if caller.failed or not talked or report["received"] < 0.85 * report["sent"]:
        raise BenchError(f"IVR calls went wrong: refused {caller.failed[:3]}, RTP {report}")
    return 1000 * span.cpu / talked


def bridge(server: RunningServer, scale: Scale, callee_port: int, *, recorded: bool = False) -> float:
    """Return processor milliseconds per call-second of bridged calls, two legs each; both ends are ours.

    :param recorded: fail unless every call's recording grew in real time, two channels of 16 bits at 8 kHz.
    """
    idle = _idle(server)
    with _load(2 * scale.bridges + 8) as load, _caller(server, load, callee_port) as caller:
        caller.set_up(BRIDGE, scale.bridges, rate=20.0)
        caller.pump(3.0)
        load.mark()
        sizes = _recording_sizes(server)
        meter = CpuMeter(server.pid)
        caller.pump(scale.media_seconds)
        span, report, up = meter.read(idle=idle), load.report(), len(caller.calls) // 2
        grown = [size - sizes.get(path, 0) for path, size in _recording_sizes(server).items()]
        caller.hang_up_all()
    if up < scale.bridges or not 0.95 < report["received"] / report["sent"] < 1.05:
        raise BenchError(f"{up} of {scale.bridges} bridges stayed up, RTP {report}")
    whole = [size for size in grown if size > _RECORDED_PER_SECOND * (span.wall - _RECORDING_STEP_S)]
    if len(whole) != (scale.bridges if recorded else 0):
        raise BenchError(f"{len(whole)} recordings grew in real time, of {scale.bridges} calls")
    return 1000 * span.cpu / span.wall / up


def browser_bridge(server: RunningServer, scale: Scale, callee_port: int) -> float:
    """Return processor milliseconds per call-second of browsers (DTLS-SRTP) bridged to a plain RTP trunk."""
    idle = _idle(server)
    legs = 2 * scale.bridges + 8
    with _load(legs) as load, Browsers(legs) as browsers:
        caller = BrowserCaller(server.sip, load, browsers, port=callee_port)
        try:
            caller.set_up(BRIDGE, scale.bridges, rate=20.0)
            caller.pump(3.0)
            load.mark()
            browsers.mark()
            meter = CpuMeter(server.pid)
            caller.pump(scale.media_seconds)
            span, trunk, secure, up = meter.read(idle=idle), load.report(), browsers.report(), len(caller.calls) // 2
            caller.hang_up_all()
        finally:
            caller.close()
    through = trunk["received"] / max(secure["sent"], 1), secure["received"] / max(trunk["sent"], 1)
    if up < scale.bridges or secure["secured"] < scale.bridges or not all(0.95 < share < 1.05 for share in through):
        raise BenchError(f"{up} of {scale.bridges} bridges stayed up, RTP {trunk}, SRTP {secure}")
    return 1000 * span.cpu / span.wall / up


def _recording_sizes(server: RunningServer) -> dict[Path, int]:
    return {path: path.stat().st_size for path in server.recorded()}


def calls(server: RunningServer, scale: Scale, number: str, directory: Path) -> float:
    """Return processor milliseconds per call that SIPp sets up and tears down."""
    idle = _idle(server)
    _warm_up(server, number, directory)
    meter = CpuMeter(server.pid)
    result = run_sipp(
        SippOptions(
            "uac",
            server.sip,
            service=number,
            calls=scale.calls,
            rate=scale.rate,
            duration_ms=50,
            limit=200,
            timeout=300,
        ),
        directory,
        name=f"calls-{number}",
        trace=False,
    )
    time.sleep(1.0)
    return 1000 * meter.read(idle=idle).cpu / _good(result)


@contextmanager
def second_legs(port: int, directory: Path) -> Iterator[None]:
    """Let ``sipp -sn uas`` answer the server's second legs on ``port``."""
    with Sipp(SippOptions("uas", port=port, calls=1_000_000, timeout=600), directory, name="callee", trace=False):
        yield


def register(server: RunningServer, scale: Scale, user: str, password: str) -> float:
    """Return processor milliseconds per digest REGISTER: challenge, credentials, binding.

    Not by SIPp: it knows MD5 only and takes the first challenge, which is SHA-256. The client's cost is not counted.
    """
    idle = _idle(server)
    uri = f"sip:{HOST}:{server.sip_port}"
    headers = {"From": f"<sip:{user}@{HOST}>;tag=bench", "To": f"<sip:{user}@{HOST}>", "Expires": "300"}
    with SipPeer("udp", server.sip) as peer:
        meter, due = CpuMeter(server.pid), time.monotonic()
        for _ in range(scale.calls):
            answer = peer.transact("REGISTER", uri, username=user, password=password, headers=headers)
            if answer.status != 200:
                raise BenchError(f"REGISTER was answered with {answer.start}")
            peer.received.clear()
            due += 1 / scale.rate
            time.sleep(max(0.0, due - time.monotonic()))
        span = meter.read(idle=idle)
    return 1000 * span.cpu / scale.calls


def memory_and_spacing(server: RunningServer, scale: Scale) -> tuple[float, float, float]:
    """Return KiB (PSS) per call, and p99 and largest deviation from 20 ms at many IVR calls."""
    with _load(scale.spacing_calls + 20) as load, _caller(server, load) as caller:
        caller.set_up(ANSWER, 5)  # what is loaded at the first call is not part of every call
        caller.hang_up_all()
        before = memory_kib(server.pid)[1]
        caller.set_up(ANSWER, scale.spacing_calls)
        caller.pump(2.0)
        after = memory_kib(server.pid)[1]
        load.mark()
        caller.pump(scale.spacing_seconds)
        report, up = load.report(), len(caller.calls)
        caller.hang_up_all()
    if up < scale.spacing_calls or report["received"] < 0.95 * report["sent"]:
        raise BenchError(f"{up} of {scale.spacing_calls} calls stayed up, RTP {report}")
    return (after - before) / scale.spacing_calls, report["spacing_p99_ms"], report["spacing_max_ms"]


def _idle(server: RunningServer) -> float:
    """Return what the server uses with nothing to do, once the scenario before has died away."""
    settle(server.pid, timeout=15.0)
    return idle_rate(server.pid, 1.5)


@contextmanager
def _load(legs: int) -> Iterator[RtpLoad]:
    with RtpLoad(free_ports(1, spacing=2 * legs)[0], legs) as load:
        yield load


@contextmanager
def _caller(server: RunningServer, load: RtpLoad, port: int = 0) -> Iterator[Caller]:
    caller = Caller(server.sip, load, port=port)
    try:
        yield caller
    finally:
        caller.close()


def _warm_up(server: RunningServer, number: str, directory: Path) -> None:
    run_sipp(
        SippOptions("uac", server.sip, service=number, calls=20, rate=20, duration_ms=50, timeout=60),
        directory,
        name="warm-up",
        trace=False,
    )


def _good(result: SippResult) -> int:
    if result.failed or not result.successful:
        raise BenchError(f"{result.failed} of {result.failed + result.successful} calls failed: {result.errors[:800]}")
    return result.successful
