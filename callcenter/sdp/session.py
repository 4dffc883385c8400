"""The memory of one session's offers and answers: what was agreed, and which version of our description is out."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from callcenter.base.errors import LocalError
from callcenter.sdp.address import AddressPolicy
from callcenter.sdp.audio import (
    AudioCapabilities,
    Direction,
    LocalAudio,
    LocalOrigin,
    Negotiated,
    OfferRejected,
    RemoteAudio,
)
from callcenter.sdp.offer_answer import MISCELLANEOUS_WARNING, answer, apply_answer, make_offer

_DEFAULT_CAPABILITIES = AudioCapabilities()
_DEFAULT_POLICY = AddressPolicy()


class SdpSession:
    """One dialog's session (RFC 3264 §8): the same o= id throughout, a new version only when our description changes.

    A failed round changes nothing: after :class:`OfferRejected` or :class:`AnswerRejected` the session that was agreed
    before goes on (RFC 3261 §14.1).
    """

    def __init__(
        self,
        local: LocalAudio,
        session_id: int,
        capabilities: AudioCapabilities = _DEFAULT_CAPABILITIES,
        policy: AddressPolicy = _DEFAULT_POLICY,
        direction: Direction = Direction.SENDRECV,
    ) -> None:
        """``session_id`` must be unique among our sessions: a random or time-based number below 2**63."""
        self.local = local
        "Where we receive. Assign a new value before the next offer or answer when the media leg moves."
        self.direction = direction
        "What we want to do. Assign ``sendonly`` (music) or ``inactive`` and make an offer to hold the peer."
        self.local_sdp: str | None = None
        "The description of ours that was sent last."
        self.remote: RemoteAudio | None = None
        "What is agreed, None before the first round is complete."
        self._capabilities = capabilities
        self._policy = policy
        self._origin = LocalOrigin(session_id)
        self._layout: tuple[str | None, ...] = (None,)
        self._open_offer = False
        self._unsettled = False
        "Our last offer has not been answered acceptably."
        self._direction_before = direction
        self._offer: str | None = None
        self._last: Negotiated | None = None
        self._answered: tuple[str | bytes, LocalAudio, Direction, str | None] | None = None

    @property
    def offer_is_open(self) -> bool:
        """Tell whether an offer of ours waits for its answer."""
        return self._open_offer

    def offer(self, direction: Direction | None = None) -> str:
        """Return an offer to send: the first one, or one that changes the session to ``direction`` (None: as before).

        Afterwards call :meth:`apply_answer`, or :meth:`withdraw` when the request that carried it failed.
        """
        if not self._unsettled:
            self._direction_before = self.direction
        if direction is not None:
            self.direction = direction
        text = make_offer(
            self.local, self._capabilities, self.direction, self._origin, current=self.remote, layout=self._layout
        )
        self.local_sdp = self._offer = self._versioned(text)
        self._open_offer = self._unsettled = True
        return self.local_sdp

    def apply_answer(self, answer_sdp: str | bytes) -> Negotiated:
        """Take the peer's answer to our last offer; the session is as agreed when this returns.

        A provisional answer may be followed by a different final one; both are taken. Raises
        :class:`~callcenter.sdp.audio.AnswerRejected` when it does not fit the offer.
        """
        if self._offer is None:
            raise LocalError("There is no offer that this could answer")
        self._open_offer = False  # Whatever it says, this round is over; only a later answer to it may still count.
        result = apply_answer(self._offer, answer_sdp, policy=self._policy, capabilities=self._capabilities)
        self._unsettled = False
        return self._agree(result)

    def withdraw(self) -> None:
        """Forget the offer that failed or was refused; what was agreed before stays in force."""
        if self._unsettled:
            self.direction = self._direction_before
        self._open_offer = self._unsettled = False
        self._offer = None

    def answer(self, offer_sdp: str | bytes, direction: Direction | None = None) -> Negotiated:
        """Answer the peer's offer, doing at most ``direction`` (None: as before).

        Raises :class:`OfferRejected`: answer the request with its status and Warning.
        """
        if self._open_offer:
            raise OfferRejected(491, MISCELLANEOUS_WARNING, "An offer of ours is not answered yet (RFC 3264 §4)")
        if self._unsettled:
            self.withdraw()
        wish = self.direction if direction is None else direction
        if self._last is not None and self._answered == (offer_sdp, self.local, wish, self.local_sdp):
            return replace(self._last, changed=False)  # A session refresh: the same offer, so the same answer.
        result = answer(
            offer_sdp,
            self.local,
            self._capabilities,
            policy=self._policy,
            direction=wish,
            origin=self._origin,
            current=self.remote,
        )
        if _restarts_ice(self.remote, result.remote) and self.local.dtls is not None:
            # RFC 8839 §4.4.1: both sides' credentials change in a restart, and ours are in the answer.
            ice = self.local.dtls.ice.after_restart()
            self.local = replace(self.local, dtls=replace(self.local.dtls, ice=ice))
            result = answer(
                offer_sdp,
                self.local,
                self._capabilities,
                policy=self._policy,
                direction=wish,
                origin=self._origin,
                current=self.remote,
            )
        self.direction = wish
        text = self.local_sdp = self._versioned(result.answer_sdp)
        self._offer = None
        agreed = self._agree(replace(result, answer_sdp=text))
        self._answered = (offer_sdp, self.local, wish, text)
        return agreed

    def fork(self) -> SdpSession:
        """Return a copy for another early dialog that answers the same offer (RFC 3261 §12.1)."""
        return copy(self)

    def _agree(self, result: Negotiated) -> Negotiated:
        result = replace(result, changed=result.remote != self.remote)
        self.remote = result.remote
        self._layout = result.layout
        self._last = result
        self._answered = None
        return result

    def _versioned(self, text: str) -> str:
        """Give ``text``, written with the last version, the next one if it differs from what was sent last (§8)."""
        if self.local_sdp is None or text == self.local_sdp:
            return text
        self._origin, before = LocalOrigin(self._origin.session_id, self._origin.version + 1), self._origin
        return text.replace(
            f"o=- {before.session_id} {before.version} ", f"o=- {before.session_id} {self._origin.version} ", 1
        )


def _restarts_ice(before: RemoteAudio | None, now: RemoteAudio) -> bool:
    """Tell whether the peer asks for new credentials: a network of its own changed (RFC 8445 §9)."""
    if before is None or before.dtls is None or now.dtls is None:
        return False
    return before.dtls.ufrag != now.dtls.ufrag
