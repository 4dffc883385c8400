"""Whose packets a leg takes: the rule against RTP bleed and injection.

The address in the SDP is believed. Only when it is known to be useless (private, behind NAT) is the real one learned
from the first packets, and then it is fixed: an attacker who sends to our port later, or who sends to it while the real
party does too, gets nothing and puts nothing in. Learning starts again only after a re-negotiation, or for a party
behind NAT after it has been silent for long.
"""

from __future__ import annotations

from enum import Enum

LEARN_PACKETS = 5
"A source must bring this many usable packets to be learned."
ASYMMETRIC_AFTER_S = 2.0
"The SDP's host speaks from another port than announced when the announced one has been silent that long."
_MAX_CANDIDATES = 8

Address = tuple[str, int]


class Verdict(Enum):
    """What to do with a packet from a source that is not locked yet."""

    LOCK = "lock"
    "Take it, and from now on only this source; send there too."
    LISTEN = "listen"
    "Take it, and from now on only this source; go on sending to the SDP address."
    WAIT = "wait"
    "Drop it; the source may be locked later."
    REJECT = "reject"
    "Drop it."


class SourceLock:
    """Decide which source to lock.

    :param expected: host and port of the SDP.
    :param learn: the SDP address is not where packets will come from.
    :param now: monotonic seconds.
    """

    __slots__ = ("_candidates", "_expected", "_learn", "_since")

    def __init__(self, expected: Address, *, learn: bool, now: float) -> None:
        self._expected = expected
        self._learn = learn
        self._since = now
        self._candidates: dict[Address, int] = {}

    def judge(self, source: Address, now: float) -> Verdict:
        """Judge a well-formed packet of a negotiated payload type from ``source``."""
        if source == self._expected:
            return Verdict.LOCK
        same_host = source[0] == self._expected[0]
        if not self._learn and not same_host:
            return Verdict.REJECT
        candidates = self._candidates
        if source not in candidates and len(candidates) >= _MAX_CANDIDATES:
            return Verdict.REJECT
        count = candidates[source] = candidates.get(source, 0) + 1
        if count < LEARN_PACKETS:
            return Verdict.WAIT
        if self._learn:
            return Verdict.LOCK
        return Verdict.LISTEN if now - self._since >= ASYMMETRIC_AFTER_S else Verdict.WAIT
