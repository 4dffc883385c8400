"""A headless baresip: a complete, independent SIP phone under a test's control.

What it needs, each found the hard way: ``net_interface`` takes an address, not ``lo``; the SIP port also opens TLS on
the next one, so ports are two apart; with G.711 the source must be an 8 kHz mono WAV (``aufile``); recording is the
``sndfile`` module; keys are RFC 4733 only; it unregisters on SIGTERM, and waits ten seconds when nobody answers.
"""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from callcenter.testing.audio import Recording, read_wav, sine, write_wav
from callcenter.testing.processes import ProcessFailed, Program, free_ports

_MODULES = Path("/usr/lib/baresip/modules")


@dataclass(frozen=True)
class BaresipAccount:
    """Who the phone is."""

    user: str
    "User part of the address of record."
    registrar: tuple[str, int] | None = None
    "Where to register; ``None`` calls and answers by address."
    password: str = ""
    "Digest password."
    transport: str = "udp"
    "``udp``, ``tcp`` or ``tls``."
    auto_answer: bool = False
    "Answer every call at once."
    codecs: str = "PCMA/8000/1,PCMU/8000/1"
    "baresip's codec list."
    parameters: str = ""
    "More account parameters, e.g. ``;mediaenc=srtp``."


def is_installed() -> bool:
    """Tell whether baresip and its modules are there."""
    return shutil.which("baresip") is not None and _MODULES.is_dir()


class Baresip:
    """One baresip process. A context manager; every wait has a timeout in seconds."""

    def __init__(self, account: BaresipAccount, directory: Path, *, tone_hz: float = 440.0) -> None:
        self.account = account
        "Who it is."
        self.directory = directory
        "Its configuration, log and recordings."
        self.sip_port, self._control_port = free_ports(2, spacing=4)
        self.events: list[dict[str, Any]] = []
        "Every event received, oldest first."
        directory.mkdir(parents=True, exist_ok=True)
        self._recordings = directory / "recordings"
        self._recordings.mkdir(exist_ok=True)
        source = write_wav(directory / "tone.wav", sine(tone_hz, 60.0))
        (directory / "config").write_text(self._configuration(source))
        (directory / "accounts").write_text(self._account_line() + "\n")
        (directory / "contacts").write_text("")
        self._control: socket.socket | None = None
        self._buffer = b""
        self._responses: dict[str, dict[str, Any]] = {}
        self._token = 0
        self._program: Program | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Life

    def start(self, timeout: float = 10.0) -> None:
        """Start it, connect to its control port and, with a registrar, wait until registered."""
        self._program = Program(["baresip", "-4", "-v", "-f", str(self.directory)], log=self.directory / "baresip.log")
        deadline = time.monotonic() + timeout
        while self._control is None:
            try:
                self._control = socket.create_connection(("127.0.0.1", self._control_port), 1.0)
            except OSError:
                if not self._program.is_running or time.monotonic() > deadline:
                    self._program.kill()
                    raise ProcessFailed(f"baresip did not start\n{self._program.output()[-2000:]}") from None
                time.sleep(0.05)
        if self.account.registrar is not None:
            try:
                self._wait_registered(deadline)
            except ProcessFailed:
                self.stop()
                raise

    def stop(self) -> None:
        """Hang up, let it unregister for two seconds, and end it."""
        if self._program is None:
            return
        if self._control is not None:
            self._control.close()
            self._control = None
        self._program.stop(2.0)

    # Commands

    def dial(self, target: str) -> None:
        """Call a SIP URI, or a number at the registrar."""
        self.command("dial", target)

    def answer(self) -> None:
        """Answer the incoming call."""
        self.command("accept")

    def press(self, digits: str, *, gap: float = 0.2) -> None:
        """Press keys, ``gap`` seconds apart."""
        for digit in digits:
            self.command("sndcode", digit)
            self._read(gap)

    def hold(self) -> None:
        """Put the call on hold (a=sendonly)."""
        self.command("hold")

    def resume(self) -> None:
        """Take the call off hold."""
        self.command("resume")

    def transfer(self, target: str) -> None:
        """Transfer the call blindly (REFER)."""
        self.command("transfer", target)

    def hang_up(self) -> None:
        """End the call."""
        self.command("hangup")

    def command(self, name: str, parameters: str = "", *, timeout: float = 3.0) -> str:
        """Carry out a control command and return its output; raises :class:`ProcessFailed` without an answer."""
        assert self._control is not None, "start it first"
        self._token += 1
        token = str(self._token)
        frame = json.dumps({"command": name, "params": parameters, "token": token}).encode()
        self._control.sendall(b"%d:%s," % (len(frame), frame))
        deadline = time.monotonic() + timeout
        while token not in self._responses:
            if time.monotonic() >= deadline:
                raise ProcessFailed(f"baresip did not answer {name!r}")
            self._read(deadline - time.monotonic())
        return str(self._responses.pop(token).get("data", ""))

    # Observations

    def wait_for(
        self,
        kind: str,
        *,
        timeout: float = 5.0,
        count: int = 1,
        where: Callable[[dict[str, Any]], bool] | None = None,
    ) -> dict[str, Any]:
        """Return the ``count``-th event of ``kind``, e.g. ``CALL_ESTABLISHED``, ``CALL_CLOSED``, ``CALL_INCOMING``.

        Events received before count too. Raises :class:`ProcessFailed` with what came instead.
        """
        deadline = time.monotonic() + timeout
        while True:
            fitting = [event for event in self.events if event.get("type") == kind and (where is None or where(event))]
            if len(fitting) >= count:
                return fitting[count - 1]
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                seen = ", ".join(str(event.get("type")) for event in self.events)
                raise ProcessFailed(f"baresip: {len(fitting)} of {count} {kind} within {timeout:g} s; events: {seen}")
            self._read(remaining)

    def wait(self, seconds: float) -> None:
        """Let time pass, taking in events."""
        deadline = time.monotonic() + seconds
        while (remaining := deadline - time.monotonic()) > 0:
            self._read(remaining)

    def log(self) -> str:
        """Return what it printed."""
        return self._program.output() if self._program is not None else ""

    def digits_received(self) -> str:
        """Return the keys the far end pressed, in order."""
        self._read(0.0)
        return "".join(str(event.get("param", "")) for event in self.events if event.get("type") == "CALL_DTMF_START")

    def heard(self) -> list[Recording]:
        """Return what it heard, one recording per call, oldest first; complete once the call has closed."""
        return [read_wav(path) for path in sorted(self._recordings.glob("*-dec.wav"))]

    # Inside

    def _wait_registered(self, deadline: float) -> None:
        """Ask until registered: the event may have come before we were connected."""
        while "OK" not in (answer := self.command("reginfo")):
            if time.monotonic() >= deadline:
                raise ProcessFailed(f"baresip is not registered: {answer.strip()}\n{self.log()[-500:]}")
            self._read(0.1)

    def _account_line(self) -> str:
        account = self.account
        host, port = account.registrar or ("127.0.0.1", self.sip_port)
        line = f"<sip:{account.user}@{host}:{port};transport={account.transport}>"
        line += ";regint=60" if account.registrar else ";regint=0"
        if account.password:
            line += f";auth_user={account.user};auth_pass={account.password}"
        if account.auto_answer:
            line += ";answermode=auto"
        return f"{line};audio_codecs={account.codecs};ptime=20{account.parameters}"

    def _configuration(self, source: Path) -> str:
        media = free_ports(1, spacing=20)[0]
        name = self.account.user
        modules = ("g711", "aubridge", "aufile", "sndfile", "srtp", "dtls_srtp")
        return "\n".join(
            [
                "poll_method epoll",
                f"sip_listen 127.0.0.1:{self.sip_port}",
                "call_local_timeout 120",
                "call_max_calls 8",
                f"audio_player aubridge,sink_{name}",
                f"audio_source aufile,{source}",
                f"audio_alert aubridge,alert_{name}",
                "ausrc_srate 8000",
                "auplay_srate 8000",
                "ausrc_channels 1",
                "auplay_channels 1",
                "audio_txmode poll",
                *(f"{part}_format s16" for part in ("ausrc", "auplay", "auenc", "audec")),
                "audio_buffer 20-160",
                f"rtp_ports {media}-{media + 18}",
                "jitter_buffer_delay 2-5",
                "rtp_stats yes",
                "rtp_timeout 60",
                "net_interface 127.0.0.1",
                f"module_path {_MODULES}",
                *(f"module {module}.so" for module in modules if (_MODULES / f"{module}.so").exists()),
                "module_tmp uuid.so",
                "module_tmp account.so",
                "module_app menu.so",
                "module_app ctrl_tcp.so",
                f"ctrl_tcp_listen 127.0.0.1:{self._control_port}",
                f"snd_path {self._recordings}",
                "menu_bell no",
                "ringback_disabled yes",
                "",
            ]
        )

    def _read(self, timeout: float) -> None:
        assert self._control is not None, "start it first"
        self._control.settimeout(max(0.01, timeout))
        try:
            data = self._control.recv(65535)
        except TimeoutError:
            return
        if not data:
            raise ProcessFailed("baresip closed its control connection")
        self._buffer += data
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            size = int(length)
            if len(rest) <= size:
                return
            self._take(json.loads(rest[:size]))
            self._buffer = rest[size + 1 :]

    def _take(self, frame: dict[str, Any]) -> None:
        if frame.get("event"):
            self.events.append(frame)
        elif frame.get("response"):
            self._responses[str(frame.get("token"))] = frame
