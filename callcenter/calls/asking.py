"""What participants may ask of their conversation, and how they are told that it is not possible."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from callcenter.base.errors import CallcenterError

if TYPE_CHECKING:
    from callcenter.calls.destination import Destination
    from callcenter.calls.leg import Leg


class ActionNotPossible(CallcenterError):
    """The call's state forbids this action now."""

    error_id = "action-not-possible"


class Action(StrEnum):
    """What can be done with a call. The words stand in the story, in bus events and in a view's ``actions``."""

    ANSWER = "answer"
    HANGUP = "hangup"
    HOLD = "hold"
    RESUME = "resume"
    TRANSFER = "transfer"
    CONSULT = "consult"
    CONSULT_COMPLETE = "consult_complete"
    CONSULT_CANCEL = "consult_cancel"
    CONSULT_SWAP = "consult_swap"
    CONSULT_JOIN = "consult_join"
    ADD_PARTICIPANT = "add_participant"
    DROP_PARTICIPANT = "drop_participant"
    RECORDING_PAUSE = "recording_pause"
    RECORDING_RESUME = "recording_resume"
    DIGITS = "digits"
    ATTACH = "attach"
    ORIGINATE = "originate"


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """A participant asks for something; ``done`` says when it is done, or why it is not."""

    action: Action
    by: Leg
    done: asyncio.Future[None]
    destination: Destination | None = None
    leg_id: str | None = None
