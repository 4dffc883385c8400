"""The root of every error this product raises on purpose.

Two families matter to callers: :class:`RemoteProtocolError` is the peer's fault and is answered on the wire, never
shown as a traceback; :class:`LocalError` is our own misuse of an interface and is raised. Domain errors derive from
:class:`CallcenterError` directly and carry a stable ``error_id`` that API clients may rely on.
"""

from __future__ import annotations

from typing import ClassVar


class CallcenterError(Exception):
    """Something this product can name went wrong."""

    error_id: ClassVar[str] = "callcenter-error"
    "Stable, kebab-case identifier for clients and logs."


class RemoteProtocolError(CallcenterError):
    """The peer broke the protocol."""

    error_id = "remote-protocol-error"


class LocalError(CallcenterError):
    """This interface was used against its rules."""

    error_id = "local-error"


class IllegalTransition(LocalError):
    """This input is not allowed in the current state; nothing was changed."""

    error_id = "illegal-transition"
