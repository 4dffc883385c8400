"""A phone's REFER (RFC 3515): whether it may, and how it is told what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from callcenter.calls.asking import ActionNotPossible
from callcenter.calls.cdr import HangupCause
from callcenter.calls.leg import Leg, LegState
from callcenter.calls.transfer import BlindTransfer, check_transfer
from callcenter.media.plane import MediaCapacityExceeded
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import NameAddr, Replaces
from callcenter.sip.refer import IncomingRefer
from callcenter.sip.uri import SipUri

if TYPE_CHECKING:
    from callcenter.calls.conversation import Conversation

log = structlog.get_logger(__name__)


class Referral:
    """One REFER within a conversation."""

    def __init__(self, conversation: Conversation, transferor: Leg, refer: IncomingRefer) -> None:
        self.transferor = transferor
        self._conversation = conversation
        self._exchange = conversation.exchange
        self._call = conversation.call
        self._refer = refer

    def accept(self) -> None:
        """Say 202."""
        self.transferor.session.accept_refer(self._refer, self._exchange.now())
        self._exchange.flush()

    def refuse(self, status: int) -> None:
        """Say no; the conversation goes on."""
        self._call.note("transfer_refused", leg_id=self.transferor.id, status=status)
        if self.transferor.ended is None:
            self.transferor.session.reject_refer(self._refer, status, self._exchange.now())
            self._exchange.flush()

    def notify(self, status: int) -> None:
        """Tell the transferor, if still there, how the call it asked for is doing."""
        if self.transferor.ended is None:
            self.transferor.session.notify_refer(self._refer, status, now=self._exchange.now())
            self._exchange.flush()

    def _unknown(self) -> None:
        """Say that the dialog to take over is not there; a 481 to the REFER would end its own dialog (RFC 5057)."""
        self._call.note("transfer_refused", leg_id=self.transferor.id, status=481)
        self.accept()
        self.notify(481)

    async def carry_out(self) -> None:
        """Do what is asked, or say why not."""
        if self.transferor.ended is not None:
            return  # The end of its leg is on its way to the conversation; the REFER was answered with 481.
        if self._conversation.undertaking is not None:
            self.refuse(491)  # One transfer at a time; the first wins.
        elif self.transferor.extension is None:
            self.refuse(403)  # Only our own people may make us call somebody: a carrier's REFER would be toll fraud.
        elif self._call.transfers >= self._exchange.settings.max_transfers:
            self.refuse(403)
        elif self._refer.replaces is not None:
            await self._attended(self._refer.replaces)
        else:
            await self._blind(self._target_user())

    def _target_user(self) -> str:
        try:
            uri = NameAddr.parse(self._refer.refer_to).uri
        except SipParseError:
            try:
                uri = SipUri.parse(self._refer.refer_to)
            except SipParseError:
                return ""
        return uri.username

    async def _blind(self, user: str) -> None:
        destination = self._conversation.dial.destinations.dialled(user, self._exchange.settings.transfer_ring_s)
        if destination is None:
            self.refuse(404)
            return
        try:
            check_transfer(self._conversation, self.transferor, destination)
        except ActionNotPossible:
            self.refuse(403)
            return
        self.accept()
        await BlindTransfer(self._conversation, self.transferor, destination, referral=self).begin()

    async def _attended(self, wanted: Replaces) -> None:
        """Bring the transferor's other party over (RFC 5589 §7)."""
        session = self._exchange.endpoint.find_session(wanted.call_id, wanted.to_tag, wanted.from_tag)
        consult = session.data if session is not None else None
        if not isinstance(consult, Leg):
            self._unknown()
            return
        if consult.extension != self.transferor.extension or consult.call is self._call:
            self.refuse(403)
            return
        other = consult.call.conversation
        if other is None:
            # The target still rings: the transfer goes on as a blind one to the same number.
            user = consult.call.facts.to_number or ""
            consult.hang_up(HangupCause.NORMAL_CLEARING)
            await self._blind(user)
            return
        targets = other.others(consult)
        if len(targets) != 1 or targets[0].state is not LegState.ANSWERED or targets[0].moving:
            self.refuse(480)
            return
        target = targets[0]
        self._call.transfers += 1
        self.accept()
        self._call.note("transfer", kind="attended", by=self.transferor.extension, to=target.peer)
        if not await self._fetch(target):
            self.notify(503)
            self._call.note("transfer_failed", outcome="target_unavailable")
            if other.call.conversation is other:
                await other.arrange(anew=True)
            return
        other.call.note("transfer", kind="attended", by=consult.extension, to_call=self._call.id)
        target.join(self._call)
        other.take(target)
        self.notify(200)
        self._call.note("transfer_completed", peer=target.peer)
        await self._conversation.replace(self.transferor, target)

    async def _fetch(self, target: Leg) -> bool:
        """Bring the target's media to this call, whatever its own call does meanwhile; False when it stays there."""
        theirs = target.call
        target.moving = True
        moved = False
        try:
            moved = await target.move_media(self._call)
        except MediaCapacityExceeded:
            log.error("no media port left", call_id=self._call.id)
        finally:
            target.moving = False
            if not moved and theirs.conversation is None:
                await target.close()  # Its own call ended and left it to us.
        return moved
