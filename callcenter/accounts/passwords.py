"""Passwords, hashed with Argon2id (RFC 9106). Slow on purpose: call from a worker thread."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from callcenter.base.errors import CallcenterError

MIN_LENGTH = 10
MAX_LENGTH = 200
"Hashing longer ones would only cost time."
MIN_DISTINCT = 5
_COMMON = (
    "password", "passw0rd", "matkhau", "qwerty", "asdfgh", "1q2w3e", "123456", "654321", "abcdef", "iloveyou",
    "letmein", "welcome", "administrator", "callcenter", "tongdai", "changeme",
)  # fmt: skip
"What the most used passwords are made of; none may be little more than one of them."


class WeakPassword(CallcenterError):
    """A password must have 10 to 200 characters, 5 different ones, and not be made of the login or a common word."""

    error_id = "weak-password"


class Passwords:
    """Hashes and checks passwords."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Use ``hasher``, by default with the second recommended parameters of RFC 9106 §4 (64 MiB, 3 passes)."""
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._nobody = self._hasher.hash("nobody has this password")

    def hash(self, password: str) -> str:
        """Return what to store.

        :raises WeakPassword: when it is too short or too long.
        """
        if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
            raise WeakPassword(str(WeakPassword.__doc__))
        return self._hasher.hash(password)

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether ``password`` is right; an unknown user (``None``) takes as long as a known one."""
        try:
            self._hasher.verify(stored or self._nobody, password[:MAX_LENGTH])
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether a hash should be made anew, with today's parameters, at the next sign-in."""
        return self._hasher.check_needs_rehash(stored)


def check_password(password: str, login: str) -> None:
    """Refuse a password that is guessed early (NIST SP 800-63B §5.1.1.2: length and known bad ones, no composition).

    :raises WeakPassword: when it is.
    """
    plain = password.casefold()
    rest = plain.replace(login.casefold(), "") if login else plain
    for word in _COMMON:
        rest = rest.replace(word, "")
    too_short = not MIN_LENGTH <= len(password) <= MAX_LENGTH
    if too_short or len(set(plain)) < MIN_DISTINCT or len(rest) < MIN_LENGTH - 5 or _is_run(plain):
        raise WeakPassword(str(WeakPassword.__doc__))


def _is_run(text: str) -> bool:
    """Tell whether each character follows the one before it, as in ``abcdefghij`` or ``0987654321``."""
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(text)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def generate_password(random_bytes: Callable[[int], bytes]) -> str:
    """Return a new password of 100 random bits in five groups that are easy to read out.

    :param random_bytes: e.g. :func:`secrets.token_bytes`.
    """
    value = int.from_bytes(random_bytes(13), "big")
    letters = []
    for _ in range(20):
        value, rest = divmod(value, 32)
        letters.append(_READABLE[rest])
    return "-".join("".join(letters[start : start + 4]) for start in range(0, 20, 4))


_READABLE = "abcdefghijkmnpqrstuvwxyz23456789"
