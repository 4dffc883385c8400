"""Carrying out what a member of a conversation asks for. Asking for what is so already does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callcenter.calls.asking import Action, ActionNotPossible, Ask
from callcenter.calls.away import BringBack, has_another_browser
from callcenter.calls.cdr import HangupCause
from callcenter.calls.consult import Consult, ConsultInput
from callcenter.calls.invitation import Invitation
from callcenter.calls.leg import Leg, LegState
from callcenter.calls.participant import ParticipantRole
from callcenter.calls.transfer import BlindTransfer, check_transfer

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation
    from callcenter.calls.destination import Destination


async def carry_out(conversation: Conversation, ask: Ask) -> None:
    """Do what ``ask`` asks, and resolve it."""
    if ask.done.done():
        return
    try:
        await _do(conversation, ask)
    except ActionNotPossible as error:
        ask.done.set_exception(error)
        return
    except BaseException:
        ask.done.cancel()
        raise
    if not ask.done.done():
        ask.done.set_result(None)


async def _do(conversation: Conversation, ask: Ask) -> None:  # noqa: C901 - one case per action
    by = ask.by
    if by not in conversation.members:
        raise ActionNotPossible("you are not a part of this conversation any more")
    match ask.action:
        case Action.HOLD:
            await _hold(conversation, by)
        case Action.RESUME:
            await _resume(conversation, by)
        case Action.TRANSFER:
            await _transfer(conversation, by, _destination(ask))
        case Action.CONSULT:
            await _consult(conversation, by, _destination(ask))
        case Action.CONSULT_COMPLETE:
            await _consultation(conversation, by).complete()
        case Action.CONSULT_CANCEL:
            await _consultation(conversation, by).cancel()
        case Action.CONSULT_SWAP:
            await _consultation(conversation, by).swap()
        case Action.CONSULT_JOIN:
            await _consultation(conversation, by).join()
        case Action.ADD_PARTICIPANT:
            _invite(conversation, by, _destination(ask))
        case Action.DROP_PARTICIPANT:
            await _drop(conversation, ask.leg_id)
        case Action.RECORDING_PAUSE:
            conversation.pause_recording(by)
        case Action.RECORDING_RESUME:
            conversation.pause_recording(None)
        case Action.ATTACH:
            if not has_another_browser(conversation, by):
                raise ActionNotPossible("no other browser of yours is registered")
            conversation.inbox.put_nowait(BringBack(by))
        case _:
            raise ActionNotPossible(f"{ask.action.value} is not asked of a conversation")


def possible_actions(conversation: Conversation, by: Leg) -> list[Action]:
    """Return what ``by`` may ask for now."""
    if by not in conversation.members:
        return []
    actions = [Action.DIGITS]
    undertaking = conversation.undertaking
    member = conversation.members[by]
    actions.append(Action.RESUME if member.on_hold else Action.HOLD)
    if undertaking is None:
        if conversation.others(by):
            if conversation.call.transfers < conversation.exchange.settings.max_transfers:
                actions.append(Action.TRANSFER)
            actions += [Action.CONSULT, Action.ADD_PARTICIPANT]
    elif isinstance(undertaking, Consult) and undertaking.by is by:
        for action, event in _CONSULT_ACTIONS.items():
            if undertaking.allows(event):
                actions.append(action)
    if len(conversation.members) > 2 or isinstance(undertaking, Invitation):
        actions.append(Action.DROP_PARTICIPANT)
    if conversation.is_recording:
        actions.append(Action.RECORDING_RESUME if conversation.paused_by else Action.RECORDING_PAUSE)
    return actions


_CONSULT_ACTIONS = {
    Action.CONSULT_COMPLETE: ConsultInput.COMPLETE,
    Action.CONSULT_CANCEL: ConsultInput.END,
    Action.CONSULT_SWAP: ConsultInput.SWAP,
    Action.CONSULT_JOIN: ConsultInput.JOIN,
}


def digit_receivers(conversation: Conversation, by: Leg) -> list[Leg]:
    """Return who gets the keys that ``by`` sends: the one consulted, else everybody from outside, else the other."""
    undertaking = conversation.undertaking
    if isinstance(undertaking, Consult) and undertaking.by is by and undertaking.target is not None:
        aside = undertaking.aside()
        if aside is not None and aside.in_front:
            return [undertaking.target.leg]
    others = conversation.others(by)
    outside = [leg for leg in others if conversation.members[leg].role is not ParticipantRole.AGENT]
    return outside or others


async def _hold(conversation: Conversation, by: Leg) -> None:
    member = conversation.members[by]
    if not member.on_hold:
        member.on_hold = True
        conversation.call.note("held", leg_id=by.id, peer=by.peer)
        await conversation.arrange()


async def _resume(conversation: Conversation, by: Leg) -> None:
    member = conversation.members[by]
    if member.on_hold:
        member.on_hold = False
        conversation.call.note("resumed", leg_id=by.id, peer=by.peer)
        await conversation.arrange()
    elif by.state is LegState.HELD:
        raise ActionNotPossible("the phone itself holds the call")


async def _transfer(conversation: Conversation, by: Leg, destination: Destination) -> None:
    _check_free(conversation)
    check_transfer(conversation, by, destination)
    await BlindTransfer(conversation, by, destination).begin()


async def _consult(conversation: Conversation, by: Leg, destination: Destination) -> None:
    undertaking = conversation.undertaking
    if isinstance(undertaking, Consult) and undertaking.by is by and undertaking.destination == destination:
        return
    _check_free(conversation)
    check_transfer(conversation, by, destination)
    await Consult(conversation, by, destination).begin()


def _invite(conversation: Conversation, by: Leg, destination: Destination) -> None:
    undertaking = conversation.undertaking
    if isinstance(undertaking, Invitation) and undertaking.by is by and undertaking.destination == destination:
        return
    _check_free(conversation)
    if not destination.steps:
        raise ActionNotPossible("a queue or flow cannot join a conference; consult it first")
    check_transfer(conversation, by, destination)
    Invitation(conversation, by, destination).begin()


async def _drop(conversation: Conversation, leg_id: str | None) -> None:
    leg = next((member for member in conversation.members if member.id == leg_id), None)
    undertaking = conversation.undertaking
    if leg is not None:
        leg.hang_up(HangupCause.NORMAL_CLEARING)
    elif isinstance(undertaking, Invitation):
        await undertaking.withdraw()
    elif isinstance(undertaking, Consult):
        await undertaking.cancel()


def _consultation(conversation: Conversation, by: Leg) -> Consult:
    undertaking = conversation.undertaking
    if not isinstance(undertaking, Consult) or undertaking.by is not by:
        raise ActionNotPossible("you consult nobody")
    return undertaking


def _check_free(conversation: Conversation) -> None:
    if conversation.undertaking is not None:
        raise ActionNotPossible("somebody is being reached for this call already")


def _destination(ask: Ask) -> Destination:
    assert ask.destination is not None
    return ask.destination
