"""Encryption at rest for what the database holds of secrets; the key lives in a file beside it, not in it."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from callcenter.base.errors import CallcenterError


class WrongKey(CallcenterError):
    """A stored secret was encrypted with another key: the key file does not belong to this database."""

    error_id = "wrong-key"


class SecretBox:
    """Encrypts and authenticates short texts (Fernet: AES-128-CBC with HMAC-SHA-256)."""

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    @classmethod
    def from_file(cls, path: Path) -> SecretBox:
        """Read the key, or make one: the file is created for its owner only (0600).

        :raises ValueError: when the file holds no key.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(path.read_bytes().strip())
        key = Fernet.generate_key()
        with os.fdopen(descriptor, "wb") as file:
            file.write(key + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return cls(key)

    def seal(self, text: str) -> str:
        """Encrypt."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Decrypt.

        :raises WrongKey: when it was sealed with another key or changed since.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise WrongKey(str(WrongKey.__doc__)) from None
