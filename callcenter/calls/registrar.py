"""The registrar (RFC 3261 §10.3): what a proven REGISTER does to the location service, without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from callcenter.calls.location import Binding, Location, expiry
from callcenter.sip.flow import Flow
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr
from callcenter.sip.message import Request


@dataclass(frozen=True, slots=True)
class RegistrarSettings:
    """Seconds and counts."""

    min_expires: int = 60
    default_expires: int = 300
    max_expires: int = 3600
    max_contacts: int = 10
    "Devices per address of record, whatever the account allows."


class RegisterReply(NamedTuple):
    """What to answer."""

    status: int
    reason: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    registered: bool | None = None
    "True when a device came or stayed, False when the last one left, None when nothing changed."


class _Wish(NamedTuple):
    """One contact of a REGISTER, checked."""

    address: NameAddr
    seconds: int
    instance_id: str | None
    reg_id: int | None


class Registrar:
    """Adds, refreshes, removes and lists bindings. Authentication and authorisation come before."""

    def __init__(self, location: Location, settings: RegistrarSettings) -> None:
        self._location = location
        self._settings = settings

    def register(
        self, request: Request, aor: str, flow: Flow, max_bindings: int, now: float, utcnow: datetime
    ) -> RegisterReply:
        """Carry out ``request`` for the address of record ``aor``, whose owner sent it over ``flow``."""
        try:
            if request.has_wildcard_contact:
                return self._remove_all(request, aor, now)
            wishes = [self._wish(contact, request.expires) for contact in request.contacts]
        except SipParseError as error:
            return RegisterReply(400, str(error))
        if any(0 < wish.seconds < self._settings.min_expires for wish in wishes):
            return RegisterReply(423, headers=(("Min-Expires", str(self._settings.min_expires)),))
        if (refusal := self._refuse(request, aor, wishes, max_bindings, now)) is not None:
            return refusal
        for wish in wishes:
            self._apply(wish, request, aor, flow, now, utcnow)
        return self._listing(aor, now, changed=bool(wishes))

    def _remove_all(self, request: Request, aor: str, now: float) -> RegisterReply:
        """Handle ``Contact: *``, allowed alone and with Expires: 0 only (§10.3 step 6)."""
        if request.expires != 0 or len(request.headers.get_all("Contact")) != 1:
            return RegisterReply(400, "Contact: * needs Expires: 0 and no other Contact")
        bindings = [binding for binding, _ in self._location.listing(aor, now)]
        if any(self._is_stale(binding, request) for binding in bindings):
            return RegisterReply(400, "CSeq is out of order")
        for binding in bindings:
            self._location.drop(aor, binding.contact)
        return self._listing(aor, now, changed=bool(bindings))

    def _wish(self, contact: NameAddr, expires: int | None) -> _Wish:
        if not contact.uri.is_sip:
            raise SipParseError("Contact must be a SIP URI")
        own = contact.expires
        seconds = own if own is not None else expires if expires is not None else self._settings.default_expires
        instance = contact.params.get("+sip.instance")
        reg_id = contact.params.get("reg-id")
        return _Wish(
            contact,
            min(seconds, self._settings.max_expires),
            instance.strip('"') if instance else None,
            int(reg_id) if reg_id and reg_id.isdecimal() else None,
        )

    def _refuse(
        self, request: Request, aor: str, wishes: list[_Wish], max_bindings: int, now: float
    ) -> RegisterReply | None:
        added = 0
        removed = 0
        for wish in wishes:
            old = self._location.find(aor, wish.address.uri, wish.instance_id, wish.reg_id, now)
            if old is not None and self._is_stale(old, request):
                return RegisterReply(400, "CSeq is out of order")
            if wish.seconds and old is None:
                added += 1
            elif not wish.seconds and old is not None:
                removed += 1
        limit = min(max_bindings, self._settings.max_contacts)
        if added and len(self._location.listing(aor, now)) + added - removed > limit:
            return RegisterReply(403, "Too many devices")
        return None

    @staticmethod
    def _is_stale(binding: Binding, request: Request) -> bool:
        """Tell whether the request is older than the one that made the binding (§10.3 step 7)."""
        return binding.call_id == request.call_id and request.cseq.number <= binding.cseq

    def _apply(self, wish: _Wish, request: Request, aor: str, flow: Flow, now: float, utcnow: datetime) -> None:
        uri = wish.address.uri
        old = self._location.find(aor, uri, wish.instance_id, wish.reg_id, now)
        if wish.seconds == 0:
            if old is not None:
                self._location.drop(aor, old.contact)
            return
        binding = Binding(
            aor=aor,
            contact=str(uri),
            call_id=request.call_id,
            cseq=request.cseq.number,
            expires_at=expiry(utcnow, wish.seconds),
            transport=flow.transport,
            remote_host=flow.remote[0],
            remote_port=flow.remote[1],
            local_host=flow.local[0],
            local_port=flow.local[1],
            user_agent=request.headers.get("User-Agent") or "",
            instance_id=wish.instance_id,
            reg_id=wish.reg_id,
            q=wish.address.q,
            path=tuple(request.headers.get_all("Path")),
        )
        self._location.put(binding, flow, wish.seconds, now)

    def _listing(self, aor: str, now: float, *, changed: bool) -> RegisterReply:
        bindings = self._location.listing(aor, now)
        headers = [("Contact", f"<{binding.contact}>;expires={seconds}") for binding, seconds in bindings]
        if bindings and bindings[-1][0].path:
            headers.append(("Path", ", ".join(bindings[-1][0].path)))
        return RegisterReply(200, None, tuple(headers), bool(bindings) if changed else None)
