"""Who hears whom, decided from who takes part and what they asked for; and making the media plane follow.

:func:`arrange` is the rule, without I/O. :class:`Audio` keeps what the media plane was told last and tells it only what
is different, so that two people who go on talking notice nothing of what happens beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcenter.calls.cdr import SegmentKind
from callcenter.calls.leg import Leg, LegState
from callcenter.calls.participant import Participant, ParticipantInput
from callcenter.media.prompt import Prompt, PromptUnavailable

if TYPE_CHECKING:
    from callcenter.calls.call import Call
    from callcenter.calls.exchange import Exchange

MUSIC = "music"
RINGBACK = "ringback"


@dataclass(frozen=True, slots=True)
class Aside:
    """An agent's consultation, as far as it matters for who hears whom."""

    agent: Participant
    target: Participant | None
    "None while it rings."
    in_front: bool
    "The agent is with the target (or waits for it), not with the others."
    early: Leg | None = None
    "The target rings, and its own announcement can be heard."
    agent_hears: str | None = None
    "What the agent hears while it rings; None when somebody else sees to that."


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who hears whom."""

    groups: tuple[tuple[Participant, ...], ...]
    "Everybody of a group hears all others of it."
    sounds: tuple[tuple[Participant, str], ...]
    "Who hears a generated sound."
    segment: SegmentKind
    early: tuple[Participant, Leg] | None = None
    untouched: frozenset[Leg] = frozenset()
    "What these hear is somebody else's business."


def arrange(
    members: Sequence[Participant], aside: Aside | None, *, parting: Leg | None = None, rings: bool = False
) -> Arrangement:
    """Decide who hears whom.

    :param parting: a transferor who is still there and takes no part any more.
    :param rings: a transfer is under way: somebody alone hears ringback instead of music.
    """
    busy = aside.agent if aside is not None and aside.in_front else None
    talkers = tuple(
        member
        for member in members
        if member.away is None and not member.holds and member is not busy and member.leg is not parting
    )
    groups: list[tuple[Participant, ...]] = []
    sounds: list[tuple[Participant, str]] = []
    early: tuple[Participant, Leg] | None = None
    untouched: set[Leg] = set()
    if len(talkers) > 1:
        groups.append(talkers)
    elif talkers:
        sounds.append((talkers[0], RINGBACK if rings else MUSIC))
    if aside is not None:
        agent, target = aside.agent, aside.target
        ready = [one for one in (agent, target) if one is not None and one.away is None and not one.holds]
        if target is None:
            if agent in ready and aside.early is not None:
                early = agent, aside.early
            elif agent in ready and aside.agent_hears is not None:
                sounds.append((agent, aside.agent_hears))
            else:
                untouched.add(agent.leg)
        elif aside.in_front and len(ready) > 1:
            groups.append((agent, target))
        else:
            sounds += [(one, MUSIC) for one in ready if one is target or (aside.in_front and one is agent)]
    return Arrangement(
        tuple(groups), tuple(sounds), _segment(len(talkers), busy is not None, rings), early, frozenset(untouched)
    )


def _segment(talkers: int, consulting: bool, rings: bool) -> SegmentKind:
    """Return what the caller goes through."""
    if talkers > 2:
        return SegmentKind.CONFERENCE
    if talkers == 2:
        return SegmentKind.TALK
    if rings:
        return SegmentKind.RING
    return SegmentKind.CONSULT if consulting else SegmentKind.HOLD


@dataclass(frozen=True, slots=True)
class _Hears:
    """What a leg hears."""

    sound: str | None = None
    bridged: str | None = None
    room: str | None = None


_NOTHING = _Hears()


class Audio:
    """What the media plane was told about the legs of a conversation."""

    def __init__(self, exchange: Exchange, call: Call) -> None:
        self._exchange = exchange
        self._call = call
        self._told: dict[Leg, _Hears] = {}

    def forget(self, leg: Leg | None = None) -> None:
        """Tell everything anew about ``leg``, or about everybody, next time."""
        if leg is None:
            self._told.clear()
        else:
            self._told.pop(leg, None)

    def silence(self, leg: Leg) -> None:
        """Take a leg out of whatever it hears: it goes on elsewhere."""
        self._told.pop(leg, None)
        if leg.media is not None:
            self._exchange.media.stop(leg.media.id)
            self._exchange.media.unbridge(leg.media.id)
            self._exchange.media.unmix(leg.media.id)

    async def apply(self, arrangement: Arrangement, everybody: Iterable[Participant]) -> None:
        """Make the media plane follow ``arrangement``."""
        wanted = self._wanted(arrangement, everybody)
        told, self._told = self._told, wanted
        for leg, before in told.items():
            if leg in arrangement.untouched:
                self._leave(leg, before, _NOTHING)
        changed = [leg for leg, hears in wanted.items() if told.get(leg) != hears]
        for leg in changed:
            self._leave(leg, told.get(leg), wanted[leg])
        self._connect(arrangement, set(changed))
        for leg in changed:
            sound = wanted[leg].sound
            if sound is not None:
                await self._play(leg, sound)

    def _wanted(self, arrangement: Arrangement, everybody: Iterable[Participant]) -> dict[Leg, _Hears]:
        wanted = {one.leg: _NOTHING for one in everybody if one.leg not in arrangement.untouched}
        wanted |= {one.leg: _Hears(sound=sound) for one, sound in arrangement.sounds}
        for group in arrangement.groups:
            if len(group) == 2:
                first, second = group[0].leg, group[1].leg
                wanted[first], wanted[second] = _Hears(bridged=second.id), _Hears(bridged=first.id)
            else:
                wanted |= {one.leg: _Hears(room=self._call.id) for one in group}
        if arrangement.early is not None:
            listener, rings = arrangement.early
            wanted[listener.leg] = _Hears(bridged=rings.id)
        return wanted

    def _connect(self, arrangement: Arrangement, changed: set[Leg]) -> None:
        media = self._exchange.media
        pairs = [(group[0].leg, group[1].leg) for group in arrangement.groups if len(group) == 2]
        if arrangement.early is not None:
            pairs.append((arrangement.early[0].leg, arrangement.early[1]))
        for first, second in pairs:
            if first.media is not None and second.media is not None and (first in changed or second in changed):
                media.bridge(first.media.id, second.media.id)
        for group in arrangement.groups:
            for one in group if len(group) > 2 else ():
                if one.leg.media is not None and one.leg in changed:
                    media.mix(self._call.id, one.leg.media.id)

    def _leave(self, leg: Leg, before: _Hears | None, after: _Hears) -> None:
        if leg.media is None:
            return
        media = self._exchange.media
        if before is None or before.sound is not None:
            media.stop(leg.media.id)
        if after.bridged is None and (before is None or before.bridged is not None):
            media.unbridge(leg.media.id)
        if after.room is None and before is not None and before.room is not None:
            media.unmix(leg.media.id)

    async def _play(self, leg: Leg, tone: str) -> None:
        """Let ``leg`` hear a generated sound until something else is played or bridged."""
        if leg.state is not LegState.ANSWERED:
            return
        try:
            path = await self._exchange.prompts.prepare(Prompt(tone=tone))
        except PromptUnavailable:
            return
        if leg.media is not None and self._told.get(leg) == _Hears(sound=tone):
            self._exchange.media.play(leg.media.id, f"{tone}-{leg.id}", [path], loop=True, barge_in=False)


def inputs(
    arrangement: Arrangement, everybody: Iterable[Participant], aside: Aside | None
) -> list[tuple[Participant, ParticipantInput]]:
    """Return what the arrangement means for each participant."""
    waiting = {one for one, _ in arrangement.sounds}
    beside = {aside.agent, aside.target} if aside is not None and aside.in_front else set()
    moves = []
    for one in everybody:
        if one.away is not None:
            move = ParticipantInput.LOSE
        elif one in beside:
            move = ParticipantInput.CONSULT
        elif one in waiting:
            move = ParticipantInput.WAIT
        else:
            move = ParticipantInput.TALK
        moves.append((one, move))
    return moves
