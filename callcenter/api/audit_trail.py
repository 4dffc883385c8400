"""Write every request that changes something into the audit log, whoever wrote the route."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.accounts.audit import AuditEntry, AuditLog, AuditNote, AuditOutcome, redact
from callcenter.accounts.principal import Principal
from callcenter.api.auth import SAFE_METHODS, source_of
from callcenter.base.ids import new_id
from callcenter.runtime.clock import Clock

_MAX_BODY = 64 * 1024


def audit_note(request: Request) -> AuditNote:
    """Return what a route may complete about the line its request gets in the audit log."""
    note: AuditNote = request.scope.setdefault("audit", AuditNote())
    return note


Audited = Annotated[AuditNote, Depends(audit_note)]
"Parameter of a route that names its action and target and tells what was before and after."


def audited_as(action: str) -> Any:
    """Return a dependency that names the action of a route whose path and body say the rest.

    :param action: subject and what was done to it, e.g. ``queue.changed``.
    """

    def name_action(request: Request) -> None:
        audit_note(request).action = action

    return Depends(name_action)


class AuditTrail:
    """Middleware: one line per request that changes something and whose sender is known.

    A route says more through :data:`Audited`; without that, action and target are the method, the path's template and
    its parameters, and the body without secrets stands for what is after. Reading leaves no line, unless the route
    names an action: listening to a recording does.
    """

    def __init__(self, app: ASGIApp, audit: AuditLog, clock: Clock) -> None:
        self._app = app
        self._audit = audit
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and write its line when the answer begins."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["audit"] = AuditNote()
        body = bytearray()

        async def listen() -> Message:
            message = await receive()
            if message["type"] == "http.request" and len(body) < _MAX_BODY:
                body.extend(message.get("body", b"")[:_MAX_BODY])
            return message

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._write(scope, int(message["status"]), bytes(body))
            await send(message)

        await self._app(scope, listen, answer)

    def _write(self, scope: Scope, status: int, body: bytes) -> None:
        note: AuditNote = scope["audit"]
        principal: Principal | None = scope.get("state", {}).get("principal")
        reading = scope["method"] in SAFE_METHODS
        if principal is None or note.replaced or (reading and (note.action is None or status >= 400)):
            return
        now = self._clock.utcnow()
        parameters: Mapping[str, Any] = scope.get("path_params", {})
        target = " ".join(f"{name.removesuffix('_id')}:{value}" for name, value in parameters.items())
        template = getattr(scope.get("route"), "path", scope["path"])
        self._audit.append(
            AuditEntry(
                id=new_id(now),
                at=now,
                action=(note.action or f"{scope['method']} {template}")[:96],
                outcome=_outcome(status),
                user_id=principal.user_id,
                login=principal.login,
                session_id=principal.session_id,
                token_id=principal.token_id,
                source=source_of(Request(scope)),
                target=note.target or target[:200] or None,
                before=note.before,
                after=note.after if note.after is not None else None if reading else _asked(body),
            )
        )


def _outcome(status: int) -> AuditOutcome:
    if status < 400:
        return AuditOutcome.DONE
    return AuditOutcome.REFUSED if status < 500 else AuditOutcome.FAILED


def _asked(body: bytes) -> Mapping[str, Any] | None:
    """Return what was asked for, without secrets."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return redact(value) if isinstance(value, dict) else None
