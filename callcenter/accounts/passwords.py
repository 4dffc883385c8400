"""Passwords, hashed with Argon2id (RFC 9106). Slow on purpose: call from a worker thread."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from callcenter.base.errors import CallcenterError

MIN_LENGTH = 10


class WeakPassword(CallcenterError):
    """A password must have at least 10 characters."""

    error_id = "weak-password"


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use ``hasher``, by default with the second recommended parameters of RFC 9106 §4 (64 MiB, 3 passes)."""
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return what to store.

        :raises WeakPassword: when it is too short.
        """
        if len(password) < MIN_LENGTH:
            raise WeakPassword(str(WeakPassword.__doc__))
        return self._hasher.hash(password)

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether ``password`` is right; an unknown user (``None``) takes as long as a known one."""
        try:
            self._hasher.verify(stored or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash should be made anew, with today's parameters, at the next sign-in."""
        return self._hasher.check_needs_rehash(stored)
