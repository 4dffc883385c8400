"""Protect and unprotect RTP and RTCP packets in place (RFC 3711), by libsrtp.

pylibsrtp's own methods copy every packet in and out and allocate twice: 2 to 3 µs. Calling its binding on a buffer that
stays costs half of that, so the media worker's per-packet path goes through :class:`SrtpSender` and
:class:`SrtpReceiver`; the tests hold them to what pylibsrtp's methods do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pylibsrtp
from pylibsrtp import Policy, Session

from callcenter.rtp.srtp_keys import SrtpSuite

_binding: Any = __import__("pylibsrtp._binding", fromlist=["ffi", "lib"])
_ffi, _lib = _binding.ffi, _binding.lib

TRAILER = 32
"A protected packet is at most so much longer: authentication tag (16) and SRTCP index (4), rounded up."
REPLAY_WINDOW = 1024
"Packets: 20 s of audio may arrive out of order before they look like a replay."

_PROFILES = {
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    SrtpSuite.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpSuite.AEAD_AES_256_GCM: Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}

Transform = Callable[[int], int]
"Given the size of the packet in the buffer, change it there and return its new size, negative when it may not pass."


class SrtpSender:
    """Protects packets that lie in ``data``.

    A sequence number is never used twice, since with GCM that would give the key away (RFC 7714 §8.1): a packet whose
    number has gone out before is refused, as is one too old to tell.

    :param key: master key and salt.
    :param data: the buffer, with :data:`TRAILER` octets to spare behind the longest packet.
    :raises ValueError: when the key does not have the suite's length.
    """

    __slots__ = ("_session", "protect", "protect_rtcp")

    def __init__(self, suite: SrtpSuite, key: bytes, data: bytearray) -> None:
        self._session = _session(suite, key, Policy.SSRC_ANY_OUTBOUND)
        self.protect: Transform = _in_place(_lib.srtp_protect, self._session, data)
        "For RTP."
        self.protect_rtcp: Transform = _in_place(_lib.srtp_protect_rtcp, self._session, data)
        "For a compound RTCP packet."


class SrtpReceiver:
    """Checks and unprotects packets that lie in ``data``; parameters as for :class:`SrtpSender`.

    What is forged, damaged or replayed gives a negative size, and the buffer's content is then not to be used.
    """

    __slots__ = ("_session", "unprotect", "unprotect_rtcp")

    def __init__(self, suite: SrtpSuite, key: bytes, data: bytearray) -> None:
        self._session = _session(suite, key, Policy.SSRC_ANY_INBOUND)
        self.unprotect: Transform = _in_place(_lib.srtp_unprotect, self._session, data)
        "For RTP."
        self.unprotect_rtcp: Transform = _in_place(_lib.srtp_unprotect_rtcp, self._session, data)
        "For a compound RTCP packet."


def _session(suite: SrtpSuite, key: bytes, direction: int) -> Session:
    if len(key) != suite.key_length + suite.salt_length:
        raise ValueError(f"{suite} has keys of {suite.key_length + suite.salt_length} octets, not {len(key)}")
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=_PROFILES[suite])
    policy.window_size = REPLAY_WINDOW
    return Session(policy)


def _in_place(function: Callable[[Any, Any, Any], int], session: Session, data: bytearray) -> Transform:
    context = session._srtp[0]
    packet = _ffi.from_buffer("unsigned char[]", data)
    length = _ffi.new("int *")

    def transform(size: int) -> int:
        length[0] = size
        if function(context, packet, length):
            return -1
        changed: int = length[0]
        return changed

    return transform


VERSION: str = pylibsrtp.__version__
"Of the binding, for diagnostics."
