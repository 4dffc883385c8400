"""A store's telephone that answers by itself: for the demo, and wherever a test needs somebody at the other end.

It is pyVoIP too (see :mod:`callcenter.testing.pyvoip_line`); several run in one process, each on ports of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from callcenter.testing.audio import Samples
from callcenter.testing.phone import PhoneError
from callcenter.testing.pyvoip_line import Account, Line, LineCall


@dataclass(frozen=True)
class StorePhoneSettings:
    """How a store phone behaves."""

    account: Account | None
    "Credentials to register with; ``None`` only listens."
    host: str = "127.0.0.1"
    "The server's SIP address."
    port: int = 5060
    "The server's SIP UDP port."
    user: str = "store"
    "The user part of its Contact when there is no account."
    ring_seconds: float = 2.0
    "How long it rings before it answers."
    refuse: str | None = None
    "Refuse instead, with this status line, e.g. ``486 Busy Here``."
    never_answer: bool = False
    "Ring until the caller gives up."
    talk_seconds: float | None = 20.0
    "Hang up this long after answering; ``None`` leaves it to the caller."
    tone_hz: float | None = None
    "A tone to send throughout the call."
    greeting: Samples | None = field(default=None, compare=False)
    "8 kHz samples to speak once after answering, before the tone."
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    "Codecs it accepts."
    local_host: str = "127.0.0.1"
    "The address it binds and advertises."


class StorePhone:
    """An auto-answering phone; use as a context manager, or call :meth:`start` and :meth:`stop`."""

    def __init__(self, settings: StorePhoneSettings, *, on_call: Callable[[LineCall], None] | None = None) -> None:
        self.settings = settings
        "What it was given."
        self.calls: list[LineCall] = []
        "Every call that rang here, oldest first."
        self._on_call = on_call
        self._arrived = threading.Condition()
        self._line = Line(
            server=(settings.host, settings.port),
            user=settings.account.username if settings.account else settings.user,
            account=settings.account,
            local_host=settings.local_host,
            codecs=settings.codecs,
            on_incoming=self._incoming,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def sip_port(self) -> int:
        """Return the UDP port it listens on."""
        return self._line.sip_port

    @property
    def uri(self) -> str:
        """Return the SIP URI that reaches it without the server."""
        account = self.settings.account
        return f"sip:{account.username if account else self.settings.user}@{self.settings.local_host}:{self.sip_port}"

    def start(self) -> None:
        """Bind and register; raises :class:`~callcenter.testing.phone.PhoneError` when refused."""
        status = self._line.start()
        if status != 200:
            self._line.stop()
            raise PhoneError(f"{self._line.username}: registration refused with status {status}")

    def stop(self) -> None:
        """Hang up, unregister and free the ports."""
        self._line.stop()

    def send_to(self, port: int) -> None:
        """Talk to a caller on this port, without a server in between: pyVoIP sends to one address only."""
        self._line.sip.port = self._line.port = port

    def hang_up(self) -> None:
        """End every call that is up or ringing."""
        for call in list(self.calls):
            call.end()

    def wait_call(self, count: int = 1, *, timeout: float = 10.0, answered: bool = False) -> LineCall:
        """Return the ``count``-th call once it rings (or is answered); raises ``PhoneError`` after ``timeout`` s."""
        deadline = time.monotonic() + timeout
        with self._arrived:
            self._arrived.wait_for(lambda: len(self.calls) >= count, timeout)
            if len(self.calls) < count:
                raise PhoneError(f"{len(self.calls)} of {count} calls arrived within {timeout:g} s")
            call = self.calls[count - 1]
        while answered and not call.is_answered:
            if call.is_over or time.monotonic() >= deadline:
                raise PhoneError(f"the call was not answered within {timeout:g} s")
            time.sleep(0.02)
        return call

    def _incoming(self, call: LineCall) -> None:
        settings = self.settings
        with self._arrived:
            self.calls.append(call)
            self._arrived.notify_all()
        if self._on_call is not None:
            self._on_call(call)
        if settings.refuse is not None:
            call.refuse(settings.refuse)
        if settings.never_answer or call.over.wait(settings.ring_seconds):
            return
        call.set_tone(settings.tone_hz)
        call.answer()
        if settings.greeting is not None:
            call.say(settings.greeting)
        if settings.talk_seconds is not None and not call.over.wait(settings.talk_seconds):
            call.end()
