"""Why legs end: SIP statuses and session ends in the words of the call record."""

from __future__ import annotations

from callcenter.calls.cdr import HangupCause
from callcenter.calls.dialling import AttemptOutcome
from callcenter.sip.events import EndCause, SessionEnded
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import Reason

_BY_STATUS = {
    400: HangupCause.PROTOCOL_ERROR,
    401: HangupCause.CALL_REJECTED,
    403: HangupCause.CALL_REJECTED,
    404: HangupCause.UNALLOCATED_NUMBER,
    407: HangupCause.CALL_REJECTED,
    408: HangupCause.NO_USER_RESPONSE,
    410: HangupCause.UNALLOCATED_NUMBER,
    415: HangupCause.BEARER_CAPABILITY_NOT_AVAILABLE,
    480: HangupCause.NO_ANSWER,
    484: HangupCause.INVALID_NUMBER_FORMAT,
    486: HangupCause.USER_BUSY,
    487: HangupCause.ORIGINATOR_CANCEL,
    488: HangupCause.INCOMPATIBLE_DESTINATION,
    500: HangupCause.NORMAL_TEMPORARY_FAILURE,
    502: HangupCause.NETWORK_OUT_OF_ORDER,
    503: HangupCause.SWITCH_CONGESTION,
    504: HangupCause.NO_USER_RESPONSE,
    600: HangupCause.USER_BUSY,
    603: HangupCause.CALL_REJECTED,
    604: HangupCause.UNALLOCATED_NUMBER,
    606: HangupCause.INCOMPATIBLE_DESTINATION,
}
"The mapping of RFC 3398 §8.2.6.1, read towards Q.850."

_BY_END = {
    EndCause.LOCAL_BYE: HangupCause.NORMAL_CLEARING,
    EndCause.REMOTE_BYE: HangupCause.NORMAL_CLEARING,
    EndCause.CANCELLED: HangupCause.ORIGINATOR_CANCEL,
    EndCause.TIMEOUT: HangupCause.NO_USER_RESPONSE,
    EndCause.NO_ACK: HangupCause.RECOVERY_ON_TIMER_EXPIRE,
    EndCause.NO_PRACK: HangupCause.RECOVERY_ON_TIMER_EXPIRE,
    EndCause.SESSION_TIMER: HangupCause.RECOVERY_ON_TIMER_EXPIRE,
    EndCause.DIALOG_GONE: HangupCause.RECOVERY_ON_TIMER_EXPIRE,
    EndCause.TRANSPORT: HangupCause.NETWORK_OUT_OF_ORDER,
    EndCause.REPLACED: HangupCause.NORMAL_CLEARING,
}

NETWORK_ENDS = frozenset(
    {
        EndCause.TIMEOUT,
        EndCause.NO_ACK,
        EndCause.NO_PRACK,
        EndCause.SESSION_TIMER,
        EndCause.DIALOG_GONE,
        EndCause.TRANSPORT,
    }
)
"Ends that nobody chose."

NEXT_TRUNK_STATUSES = frozenset({401, 403, 407, 408, 480, 500, 502, 503, 504})
"Final statuses after which another trunk may do better; the others speak of the number or the person."


def cause_of_status(status: int) -> HangupCause:
    """Return why an INVITE that was refused with ``status`` failed."""
    known = _BY_STATUS.get(status)
    if known is not None:
        return known
    return HangupCause.NORMAL_TEMPORARY_FAILURE if status >= 500 else HangupCause.CALL_REJECTED


def cause_of_end(event: SessionEnded) -> HangupCause:
    """Return why a session ended."""
    if event.cause is EndCause.REJECTED:
        return cause_of_status(event.status or 500)
    return _BY_END[event.cause]


def q850_of(event: SessionEnded) -> int | None:
    """Return the Q.850 cause that the peer's Reason header names (RFC 3326)."""
    if event.reason_header is None:
        return None
    try:
        reason = Reason.parse(event.reason_header)
    except SipParseError:
        return None
    return reason.cause if reason.protocol.upper() == "Q.850" else None


_OUTCOME_BY_STATUS = {
    404: AttemptOutcome.UNAVAILABLE,
    410: AttemptOutcome.UNAVAILABLE,
    480: AttemptOutcome.UNAVAILABLE,
    408: AttemptOutcome.UNAVAILABLE,
    486: AttemptOutcome.BUSY,
    600: AttemptOutcome.BUSY,
    603: AttemptOutcome.REJECTED,
    487: AttemptOutcome.NO_ANSWER,
}


def outcome_of_status(status: int) -> AttemptOutcome:
    """Return what a device's refusal means for the step that rang it."""
    return _OUTCOME_BY_STATUS.get(status, AttemptOutcome.FAILED)


def reason_header(cause: HangupCause, text: str | None = None) -> str:
    """Return a Reason header value that tells the peer why (RFC 3326 §2)."""
    words = text or cause.code.replace("_", " ")
    return f'Q.850;cause={cause.q850};text="{words}"'


COMPLETED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
"Why a device stops ringing without a missed call (RFC 3326 §3.1)."
