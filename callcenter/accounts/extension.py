"""SIP accounts: the phones of stores and agents, and how they prove who they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callcenter.base.errors import CallcenterError
from callcenter.calls.location import Binding as Binding

SECRET_BYTES = 20
"Length of generated secrets: 160 bits."
MIN_SECRET_LENGTH = 8


class WeakSecret(CallcenterError):
    """A SIP secret must have at least 8 characters and differ from the extension's number."""

    error_id = "weak-secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """One SIP account. Its number is its user name and its address of record."""

    number: str
    name: str = ""
    store_id: str | None = None
    agent_id: str | None = None
    "The user who sits at it."
    enabled: bool = True
    max_bindings: int = 5
    "How many devices may be registered at once."


@dataclass(frozen=True, slots=True)
class SipCredentials:
    """What checking a digest needs (RFC 7616 §3.4.2): never the secret itself."""

    username: str
    realm: str
    ha1_md5: str
    "Lower-case hex."
    ha1_sha256: str
    "Lower-case hex."


class ExtensionDirectory(Protocol):
    """Look-ups on the call path: answered from memory."""

    def extension(self, number: str) -> Extension | None:
        """Return the enabled account with this number."""
        ...

    def credentials(self, number: str) -> SipCredentials | None:
        """Return what checks its digest."""
        ...

    def extensions_of_store(self, store_id: str) -> tuple[Extension, ...]:
        """Return the enabled accounts of a store, by number."""
        ...


class BindingRepository(Protocol):
    """Where registrations survive a restart."""

    async def all(self, now: datetime) -> tuple[Binding, ...]:
        """Return those not expired at ``now``."""
        ...

    def save(self, binding: Binding) -> None:
        """Insert or refresh one; never blocks."""
        ...

    def remove(self, aor: str, contact: str) -> None:
        """Forget one; never blocks."""
        ...


def compute_credentials(username: str, realm: str, secret: str) -> SipCredentials:
    """Hash ``username:realm:secret`` with both algorithms we challenge with."""
    text = f"{username}:{realm}:{secret}".encode()
    md5 = hashlib.md5(text, usedforsecurity=False).hexdigest()
    return SipCredentials(username, realm, md5, hashlib.sha256(text).hexdigest())


def generate_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Return a new secret of 160 random bits, in letters and digits that are easy to read out.

    :param random_bytes: e.g. :func:`secrets.token_bytes`.
    """
    value = int.from_bytes(random_bytes(SECRET_BYTES), "big")
    text = ""
    for _ in range(SECRET_BYTES * 8 // 5):
        value, rest = divmod(value, 32)
        text += _READABLE[rest]
    return text


_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"


def check_secret(number: str, secret: str) -> None:
    """Refuse secrets a scanner would try.

    :raises WeakSecret: when it is short or made of the number.
    """
    if len(secret) < MIN_SECRET_LENGTH or secret == number or set(secret) <= set(number):
        raise WeakSecret(f"the secret of extension {number} is too easy to guess")
