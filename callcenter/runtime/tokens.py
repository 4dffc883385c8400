"""Random tokens for tags, branches and identifiers on the wire."""

from __future__ import annotations

import secrets
from collections.abc import Callable

_TOKEN_BYTES = 8
_STOCK = 128


class Tokens:
    """Each call returns a fresh token of 16 hexadecimal digits nobody can guess.

    Fetched from the kernel 128 at a time: a call set up through to a second leg takes ten of them, and the system call
    costs more than all the rest.

    :param random_bytes: a cryptographic source.
    """

    def __init__(self, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random_bytes = random_bytes
        self._stock: list[str] = []

    def __call__(self) -> str:
        """Return the next token; none is given twice."""
        if not self._stock:
            digits = self._random_bytes(_TOKEN_BYTES * _STOCK).hex()
            size = 2 * _TOKEN_BYTES
            self._stock = [digits[start : start + size] for start in range(0, len(digits), size)]
        return self._stock.pop()
