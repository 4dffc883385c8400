"""Everybody who follows calls while they run, told one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.ports import CallObserver

log = structlog.get_logger(__name__)
Subject = TypeVar("Subject", Call, Leg)


class Observers:
    """A :class:`~callcenter.calls.ports.CallObserver` that passes everything on; one that fails silences no other."""

    def __init__(self) -> None:
        self._observers: tuple[CallObserver, ...] = ()

    def add(self, observer: CallObserver) -> None:
        """Tell ``observer`` too, from now on."""
        self._observers += (observer,)

    def call_changed(self, call: Call) -> None:
        """Pass it on."""
        self._tell([observer.call_changed for observer in self._observers], call)

    def leg_ringing(self, leg: Leg) -> None:
        """Pass it on."""
        self._tell([observer.leg_ringing for observer in self._observers], leg)

    def leg_answered(self, leg: Leg) -> None:
        """Pass it on."""
        self._tell([observer.leg_answered for observer in self._observers], leg)

    def leg_ended(self, leg: Leg) -> None:
        """Pass it on."""
        self._tell([observer.leg_ended for observer in self._observers], leg)

    def call_ended(self, call: Call) -> None:
        """Pass it on."""
        self._tell([observer.call_ended for observer in self._observers], call)

    @staticmethod
    def _tell(notes: list[Callable[[Subject], None]], subject: Subject) -> None:
        for note in notes:
            try:
                note(subject)
            except Exception:  # A supervised edge: a call must not end because somebody who watches it failed.
                log.exception("observer failed")
