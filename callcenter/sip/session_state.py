"""The life of an INVITE session as one table, for both roles."""

from __future__ import annotations

from enum import Enum

from callcenter.base.fsm import TransitionTable


class Role(Enum):
    """Who sent the INVITE."""

    UAC = "uac"
    UAS = "uas"


class SessionState(Enum):
    """Where a session is in its life."""

    CALLING = "calling"
    "UAC: INVITE sent, nothing heard but perhaps 100."
    INCOMING = "incoming"
    "UAS: INVITE received, only 100 Trying sent."
    EARLY = "early"
    "A provisional response above 100 passed."
    CANCELLING = "cancelling"
    "UAC: we gave up and wait for the final response."
    ACCEPTED = "accepted"
    "A 2xx passed, its ACK did not yet."
    CONFIRMED = "confirmed"
    "2xx and ACK passed."
    CLOSING = "closing"
    "Ended for the application; our BYE is under way, or waits for the ACK that must come first."
    TERMINATED = "terminated"
    "Over."


class SessionInput(Enum):
    """What moves a session."""

    PROVISIONAL = "101-199"
    SUCCESS = "2xx"
    FAILURE = "no 2xx will come"
    ACK = "ACK"
    GIVE_UP = "cancel"
    BYE = "we end"
    PEER_BYE = "BYE"
    GONE = "481 or silence"
    CLOSED = "our BYE is done"


_S, _I = SessionState, SessionInput
SESSION = TransitionTable(
    "INVITE session",
    _S.CALLING,
    {
        (_S.CALLING, _I.PROVISIONAL): _S.EARLY,
        (_S.CALLING, _I.SUCCESS): _S.ACCEPTED,
        (_S.CALLING, _I.FAILURE): _S.TERMINATED,
        (_S.CALLING, _I.GIVE_UP): _S.CANCELLING,
        (_S.INCOMING, _I.PROVISIONAL): _S.EARLY,
        (_S.INCOMING, _I.SUCCESS): _S.ACCEPTED,
        (_S.INCOMING, _I.FAILURE): _S.TERMINATED,
        (_S.INCOMING, _I.PEER_BYE): _S.TERMINATED,
        (_S.EARLY, _I.PROVISIONAL): _S.EARLY,
        (_S.EARLY, _I.SUCCESS): _S.ACCEPTED,
        (_S.EARLY, _I.FAILURE): _S.TERMINATED,
        (_S.EARLY, _I.GIVE_UP): _S.CANCELLING,
        (_S.EARLY, _I.PEER_BYE): _S.TERMINATED,
        (_S.CANCELLING, _I.FAILURE): _S.TERMINATED,
        (_S.CANCELLING, _I.PEER_BYE): _S.TERMINATED,
        (_S.ACCEPTED, _I.ACK): _S.CONFIRMED,
        (_S.ACCEPTED, _I.BYE): _S.CLOSING,
        (_S.ACCEPTED, _I.PEER_BYE): _S.TERMINATED,
        (_S.ACCEPTED, _I.GONE): _S.TERMINATED,
        (_S.CONFIRMED, _I.BYE): _S.CLOSING,
        (_S.CONFIRMED, _I.PEER_BYE): _S.TERMINATED,
        (_S.CONFIRMED, _I.GONE): _S.TERMINATED,
        (_S.CLOSING, _I.ACK): _S.CLOSING,
        (_S.CLOSING, _I.PEER_BYE): _S.CLOSING,
        (_S.CLOSING, _I.CLOSED): _S.TERMINATED,
    },
)
