"""The states of an agent, and what leads from one to the other."""

from __future__ import annotations

from enum import Enum, StrEnum, auto

from callcenter.base.fsm import TransitionTable


class AgentState(StrEnum):
    """What an agent does, as everybody sees it. Owned by the server."""

    OFFLINE = "offline"
    "Not at work."
    AVAILABLE = "available"
    "Reachable, and waiting for a call."
    OFFERED = "offered"
    "Being rung with a caller of a queue."
    ON_CALL = "on_call"
    "In at least one call, whoever began it."
    WRAP_UP = "wrap_up"
    "Finishing the work of a call that is over."
    BREAK = "break"
    "Away, with a reason."
    NOT_RESPONDING = "not_responding"
    "Left offers unanswered; comes back by a click."
    UNREACHABLE = "unreachable"
    "Wants to work, but the phone or the browser is gone."


CHOSEN = frozenset({AgentState.AVAILABLE, AgentState.BREAK, AgentState.OFFLINE})
"The states that can be asked for."
BUSY = frozenset({AgentState.OFFERED, AgentState.ON_CALL, AgentState.WRAP_UP})
"States in which a choice comes next instead of at once."
ON_QUEUE = BUSY | {AgentState.AVAILABLE}
"States of an agent who takes calls."
LOGGED_IN = frozenset(AgentState) - {AgentState.OFFLINE, AgentState.UNREACHABLE}


class AgentInput(Enum):
    """What moves an agent on."""

    READY = auto()
    "Free for calls, by choice or because a call or its wrap-up is over."
    REST = auto()
    "A break."
    SIGN_OUT = auto()
    OFFER = auto()
    WITHDRAW = auto()
    "The offer is over and it was not the agent's fault, or a refusal that may be repeated."
    MISS = auto()
    "One unanswered offer too many."
    CALL = auto()
    "A call of the agent's is up."
    WRAP = auto()
    "The last call is over and has work left to do."
    LOSE = auto()
    "Phone or heartbeat lost."


INPUT_OF = {
    AgentState.AVAILABLE: AgentInput.READY,
    AgentState.BREAK: AgentInput.REST,
    AgentState.OFFLINE: AgentInput.SIGN_OUT,
    AgentState.NOT_RESPONDING: AgentInput.MISS,
}
"What leads to a state that was chosen, or remembered."

_S, _I = AgentState, AgentInput

AGENT_TABLE = TransitionTable(
    "agent",
    AgentState.OFFLINE,
    {
        (_S.OFFLINE, _I.READY): _S.AVAILABLE,
        (_S.OFFLINE, _I.REST): _S.BREAK,
        (_S.OFFLINE, _I.CALL): _S.ON_CALL,
        (_S.AVAILABLE, _I.OFFER): _S.OFFERED,
        (_S.AVAILABLE, _I.CALL): _S.ON_CALL,
        (_S.AVAILABLE, _I.REST): _S.BREAK,
        (_S.AVAILABLE, _I.SIGN_OUT): _S.OFFLINE,
        (_S.AVAILABLE, _I.LOSE): _S.UNREACHABLE,
        (_S.OFFERED, _I.CALL): _S.ON_CALL,
        (_S.OFFERED, _I.WITHDRAW): _S.AVAILABLE,
        (_S.OFFERED, _I.MISS): _S.NOT_RESPONDING,
        (_S.OFFERED, _I.REST): _S.BREAK,
        (_S.OFFERED, _I.SIGN_OUT): _S.OFFLINE,
        (_S.OFFERED, _I.LOSE): _S.UNREACHABLE,
        (_S.ON_CALL, _I.WRAP): _S.WRAP_UP,
        (_S.ON_CALL, _I.READY): _S.AVAILABLE,
        (_S.ON_CALL, _I.REST): _S.BREAK,
        (_S.ON_CALL, _I.SIGN_OUT): _S.OFFLINE,
        (_S.ON_CALL, _I.LOSE): _S.UNREACHABLE,
        (_S.WRAP_UP, _I.CALL): _S.ON_CALL,
        (_S.WRAP_UP, _I.READY): _S.AVAILABLE,
        (_S.WRAP_UP, _I.REST): _S.BREAK,
        (_S.WRAP_UP, _I.SIGN_OUT): _S.OFFLINE,
        (_S.WRAP_UP, _I.LOSE): _S.UNREACHABLE,
        (_S.BREAK, _I.CALL): _S.ON_CALL,
        (_S.BREAK, _I.READY): _S.AVAILABLE,
        (_S.BREAK, _I.REST): _S.BREAK,
        (_S.BREAK, _I.SIGN_OUT): _S.OFFLINE,
        (_S.BREAK, _I.LOSE): _S.UNREACHABLE,
        (_S.NOT_RESPONDING, _I.CALL): _S.ON_CALL,
        (_S.NOT_RESPONDING, _I.READY): _S.AVAILABLE,
        (_S.NOT_RESPONDING, _I.REST): _S.BREAK,
        (_S.NOT_RESPONDING, _I.SIGN_OUT): _S.OFFLINE,
        (_S.NOT_RESPONDING, _I.LOSE): _S.UNREACHABLE,
        (_S.UNREACHABLE, _I.CALL): _S.ON_CALL,
        (_S.UNREACHABLE, _I.READY): _S.AVAILABLE,
        (_S.UNREACHABLE, _I.REST): _S.BREAK,
        (_S.UNREACHABLE, _I.MISS): _S.NOT_RESPONDING,
        (_S.UNREACHABLE, _I.SIGN_OUT): _S.OFFLINE,
    },
)
