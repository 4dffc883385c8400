"""Find the file of a named prompt: inside the prompt directory, in the best language there is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from callcenter.media.audio_file import SUFFIXES
from callcenter.media.prompt import PromptFile, PromptUnavailable

MAX_NAME = 255
"Bytes in a whole name, directories included."


class PromptDirectory:
    """A directory of audio files with a subdirectory per language.

    For ``welcome`` in ``vi-south`` these are tried in order: ``vi-south/``, ``vi/``, the top directory (files fit for
    every language, such as music), then the default language's directory. Only the last counts as a fallback.
    """

    def __init__(self, path: Path, default_language: str) -> None:
        self._path = path
        self._default_language = default_language

    def find(self, name: str, language: str) -> PromptFile:
        """Return the file for ``name``. Raises :class:`PromptUnavailable` when there is none or it is not allowed."""
        _check_name(name)
        if not language.replace("-", "").isalnum() or not language.isascii() or len(language) > 20:
            raise PromptUnavailable(f"{language[:20]!r} is not a language")
        root = os.path.realpath(self._path)
        for directory in self._directories(language):
            for candidate in _candidates(name):
                path = os.path.join(root, directory, candidate)
                if os.path.lexists(path):
                    real = os.path.realpath(path)
                    if not real.startswith(root + os.sep):
                        raise PromptUnavailable(f"The prompt {name!r} leads outside the prompt directory")
                    if os.path.isfile(real):
                        base = language.lower().partition("-")[0]
                        is_fallback = directory != "" and directory.partition("-")[0] != base
                        return PromptFile(Path(real), directory or None, is_fallback)
        raise PromptUnavailable(f"There is no prompt file called {name!r} for the language {language!r}")

    def _directories(self, language: str) -> list[str]:
        code = language.lower()
        return list(dict.fromkeys([code, code.partition("-")[0], "", self._default_language]))


def read(path: Path, max_bytes: int) -> bytes:
    """Read a prompt file whole. Raises :class:`PromptUnavailable` when it is no regular file or larger than allowed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise PromptUnavailable(f"{path.name} is not a file")
            if status.st_size > max_bytes:
                raise PromptUnavailable(f"{path.name} is larger than {max_bytes} bytes")
            return file.read(max_bytes)
    except OSError as error:
        raise PromptUnavailable(f"{path.name} cannot be read: {error.strerror}") from error


def _check_name(name: str) -> None:
    if not name or len(os.fsencode(name.encode("utf-8", "replace"))) > MAX_NAME:
        raise PromptUnavailable(f"A prompt name has 1 to {MAX_NAME} bytes")
    if not name.isprintable() or "\\" in name:
        raise PromptUnavailable("A prompt name has no control characters and no backslashes")
    if any(not part or part.startswith(".") for part in name.split("/")):
        raise PromptUnavailable(f"The prompt name {name!r} may not leave the prompt directory or name hidden files")


def _candidates(name: str) -> Iterator[str]:
    yield name
    if not name.lower().endswith(SUFFIXES):
        for suffix in SUFFIXES:
            yield name + suffix
