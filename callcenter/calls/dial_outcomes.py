"""What the outcomes of ringing mean: to a flow, to a caller who was not answered yet, and for the call's record."""

from __future__ import annotations

from collections.abc import Iterable

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.calls.channel_results import DialOutcome
from callcenter.calls.dialling import AttemptOutcome

OUTCOMES = {
    AttemptOutcome.NO_ANSWER: DialOutcome.NO_ANSWER,
    AttemptOutcome.BUSY: DialOutcome.BUSY,
    AttemptOutcome.REJECTED: DialOutcome.BUSY,
    AttemptOutcome.UNAVAILABLE: DialOutcome.UNAVAILABLE,
    AttemptOutcome.FAILED: DialOutcome.FAILED,
    AttemptOutcome.LEFT: DialOutcome.LEFT,
}
"What a flow is told of a dial that nobody answered."

REFUSALS = {
    DialOutcome.BUSY: (486, HangupCause.USER_BUSY, HangupSide.CALLEE),
    DialOutcome.NO_ANSWER: (480, HangupCause.NO_ANSWER, HangupSide.SYSTEM),
    DialOutcome.UNAVAILABLE: (480, HangupCause.SUBSCRIBER_ABSENT, HangupSide.SYSTEM),
    DialOutcome.CLOSED: (480, HangupCause.SUBSCRIBER_ABSENT, HangupSide.SYSTEM),
    DialOutcome.FAILED: (503, HangupCause.NORMAL_TEMPORARY_FAILURE, HangupSide.NETWORK),
    DialOutcome.LEFT: (480, HangupCause.NORMAL_CLEARING, HangupSide.CALLER),
}
"How a caller who was not answered yet is refused, why, and by whom."

MISSED = {
    DialOutcome.BUSY: Outcome.BUSY,
    DialOutcome.NO_ANSWER: Outcome.NO_ANSWER,
    DialOutcome.UNAVAILABLE: Outcome.NO_ANSWER,
    DialOutcome.CLOSED: Outcome.NO_ANSWER,
    DialOutcome.FAILED: Outcome.FAILED,
}
"What a call is called whose caller asked for somebody and got nobody."

OUTCOME_RANK = {
    AttemptOutcome.UNAVAILABLE: 0,
    AttemptOutcome.FAILED: 1,
    AttemptOutcome.ELSEWHERE: 1,
    AttemptOutcome.NO_ANSWER: 2,
    AttemptOutcome.REJECTED: 3,
    AttemptOutcome.BUSY: 4,
    AttemptOutcome.ANSWERED: 5,
    AttemptOutcome.LEFT: 6,
    AttemptOutcome.ABANDONED: 7,
}
"Which outcome says most about several parties of which none was answered: the highest."


def joint_outcome(outcomes: Iterable[AttemptOutcome]) -> AttemptOutcome:
    """Return the outcome that says most about several parties or steps of which none was answered."""
    return max(outcomes, key=OUTCOME_RANK.__getitem__, default=AttemptOutcome.UNAVAILABLE)
