"""Prepared prompts in memory, once per worker and law, shared by every leg that plays them."""

from __future__ import annotations

import os
from collections import OrderedDict

from callcenter.media.codecs.g711 import ALAW_TO_ULAW
from callcenter.media.plane import Codec

_Key = tuple[str, Codec]
_Version = tuple[int, int, int]


class PromptCache:
    """Raw 8 kHz mono A-law files by path, translated to µ-law on demand.

    A file is read again when it has changed on disk. The least recently played are dropped beyond ``capacity``; a
    running play keeps its own reference.

    :param capacity: octets kept.
    """

    def __init__(self, capacity: int = 64 * 1024 * 1024) -> None:
        self._capacity = capacity
        self._size = 0
        self._prompts: OrderedDict[_Key, tuple[_Version, bytes]] = OrderedDict()

    def load(self, path: str, codec: Codec) -> bytes | None:
        """Return the audio of ``path`` in ``codec``, ``None`` when it cannot be read."""
        try:
            status = os.stat(path)
            version = (status.st_ino, status.st_mtime_ns, status.st_size)
            cached = self._prompts.get((path, codec))
            if cached is not None and cached[0] == version:
                self._prompts.move_to_end((path, codec))
                return cached[1]
            with open(path, "rb") as file:
                audio = file.read()
        except (OSError, ValueError):
            return None
        if codec is Codec.PCMU:
            audio = audio.translate(ALAW_TO_ULAW)
        self._keep((path, codec), version, audio)
        return audio

    def _keep(self, key: _Key, version: _Version, audio: bytes) -> None:
        replaced = self._prompts.pop(key, None)
        if replaced is not None:
            self._size -= len(replaced[1])
        self._prompts[key] = (version, audio)
        self._size += len(audio)
        while self._size > self._capacity and len(self._prompts) > 1:
            _, (_, dropped) = self._prompts.popitem(last=False)
            self._size -= len(dropped)
