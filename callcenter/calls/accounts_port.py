"""What signalling needs to know about SIP accounts; the accounts package supplies it from memory."""

from __future__ import annotations

from typing import Protocol


class SipAccount(Protocol):
    """One extension: a user name, an address of record, somebody's phone."""

    @property
    def number(self) -> str:
        """Its user name."""
        ...

    @property
    def name(self) -> str:
        """Who or what it is, for display."""
        ...

    @property
    def store_id(self) -> str | None:
        """The store whose group it rings with."""
        ...

    @property
    def agent_id(self) -> str | None:
        """The user who sits at it."""
        ...

    @property
    def max_bindings(self) -> int:
        """How many devices may be registered at once."""
        ...


class DigestSecret(Protocol):
    """HA1 of an account for both digest algorithms, lower-case hex."""

    @property
    def ha1_md5(self) -> str:
        """H(user:realm:password) by MD5."""
        ...

    @property
    def ha1_sha256(self) -> str:
        """H(user:realm:password) by SHA-256."""
        ...


class AccountDirectory(Protocol):
    """Look-ups on the call path: answered from memory."""

    def extension(self, number: str) -> SipAccount | None:
        """Return the enabled account with this number."""
        ...

    def extension_of_agent(self, agent_id: str) -> SipAccount | None:
        """Return the enabled account a user sits at."""
        ...

    def credentials(self, number: str) -> DigestSecret | None:
        """Return what checks its digest; None for unknown and disabled accounts alike."""
        ...
