"""A running call as its viewers see it: computed when somebody asks, from what the call already knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from callcenter.calls.asking import Action
from callcenter.calls.away import is_browser
from callcenter.calls.call import Call
from callcenter.calls.call_facts import QueuePlace
from callcenter.calls.call_target import CallTargetKind
from callcenter.calls.cdr import Direction, masked_keys
from callcenter.calls.consult import Consult, ConsultState
from callcenter.calls.conversation import Conversation
from callcenter.calls.leg import Leg
from callcenter.calls.participant import ParticipantRole, ParticipantState
from callcenter.calls.ports import PeopleBook
from callcenter.calls.requested import possible_actions


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """One participant."""

    leg_id: str
    role: ParticipantRole
    name: str
    number: str | None
    agent_id: str | None
    extension: str | None
    state: ParticipantState
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerView:
    """The customer as the screen pop names them."""

    id: str
    code: str
    name: str
    vip_level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreView:
    """The store a call is about."""

    id: str
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """The queue a call waits or waited in."""

    id: str
    name: str
    waiting_since: datetime
    waited_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IvrStep:
    """One node the caller went through."""

    node_id: str
    name: str
    type: str
    at_ms: int
    keys: str = ""
    "Shown as dots when secret."
    port: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentView:
    """What the call goes through."""

    kind: str
    since_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingView:
    """Whether the call is being recorded."""

    on: bool
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultView:
    """Whom an agent asks while the customer waits."""

    leg_id: str
    target_label: str
    state: str
    "``ringing``, or ``talking``; who waits meanwhile is said by the participants' states."


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCallView:
    """The whole of what is shown of a running call."""

    id: str
    direction: str
    state: str
    started_at: datetime
    answered_at: datetime | None
    connected_at: datetime | None
    from_number: str | None
    from_name: str
    to_number: str | None
    did: str | None
    language: str
    customer: CustomerView | None
    store: StoreView | None
    queue: QueueView | None
    why: Mapping[str, Any] | None
    ivr_path: tuple[IvrStep, ...]
    keys_pressed: str
    tags: Mapping[str, str]
    segment: SegmentView | None
    recording: RecordingView
    transfers: int
    participants: tuple[ParticipantView, ...]
    consult: ConsultView | None
    actions: tuple[str, ...]
    "What the asking user may do now."


class LiveCalls:
    """Makes views of calls.

    :param people: names of agents and stores.
    """

    def __init__(self, people: PeopleBook) -> None:
        self._people = people

    def view(self, call: Call, user_id: str | None = None, *, supervisor: bool = False) -> LiveCallView:
        """Return ``call`` as ``user_id`` sees it; nobody in particular may do nothing."""
        facts, conversation = call.facts, call.conversation
        kind = call.segment_kind
        return LiveCallView(
            id=call.id,
            direction=call.direction.value,
            state=call.state.name.lower(),
            started_at=call.started_at,
            answered_at=call.answered_at,
            connected_at=call.connected_at,
            from_number=facts.from_number,
            from_name=facts.from_name,
            to_number=facts.to_number,
            did=facts.did,
            language=facts.language,
            customer=self._customer(call),
            store=self._store(facts.answered_store_id or facts.chosen_store_id),
            queue=None if facts.queue is None else _queue(call, facts.queue),
            why=facts.explanation if facts.origin is None else {**(facts.explanation or {}), "origin": facts.origin},
            ivr_path=tuple(
                IvrStep(
                    node_id=step.node_id,
                    name=step.name,
                    type=step.type,
                    at_ms=step.at_ms,
                    keys=step.keys,
                    port=step.port,
                )
                for step in facts.flow_steps
            ),
            keys_pressed=masked_keys(facts.keys),
            tags=dict(facts.tags),
            segment=None if kind is None else SegmentView(kind=kind.value, since_ms=call.segment_since_ms),
            recording=RecordingView(
                on=conversation is not None and conversation.is_recording,
                paused=conversation is not None and conversation.paused_by is not None,
            ),
            transfers=call.transfers,
            participants=self._participants(call, conversation),
            consult=self._consult(conversation),
            actions=tuple(action.value for action in actions_of(call, user_id, supervisor=supervisor)),
        )

    def _customer(self, call: Call) -> CustomerView | None:
        label = call.facts.customer
        if label is None:
            customer_id = call.facts.customer_id
            return None if customer_id is None else CustomerView(id=customer_id, code="", name="", vip_level=0)
        return CustomerView(id=label.id, code=label.code, name=label.name, vip_level=label.vip_level)

    def _store(self, store_id: str | None) -> StoreView | None:
        store = self._people.store(store_id) if store_id is not None else None
        return None if store is None else StoreView(id=store.id, code=store.code, name=store.name)

    def _consult(self, conversation: Conversation | None) -> ConsultView | None:
        undertaking = conversation.undertaking if conversation is not None else None
        if not isinstance(undertaking, Consult):
            return None
        rings = undertaking.ringing.rings if undertaking.ringing is not None else None
        leg = undertaking.target.leg if undertaking.target is not None else rings
        state = "ringing" if undertaking.state is ConsultState.RINGING else "talking"
        label, target = undertaking.destination.label, undertaking.destination.target
        if target.kind is CallTargetKind.AGENT:
            label = self._people.agent_name(target.value) or label
        return ConsultView(leg_id=leg.id if leg is not None else "", target_label=label, state=state)

    def _participants(self, call: Call, conversation: Conversation | None) -> tuple[ParticipantView, ...]:
        views: list[ParticipantView] = []
        known = {one.leg: one for one in conversation.everybody()} if conversation is not None else {}
        ringing: set[str] = set()
        for leg in call.legs.values():
            one = known.get(leg)
            if one is not None:
                views.append(self._participant(call, leg, one.role, one.state, one.since))
            elif leg.ended is None and not leg.is_up and leg.peer not in ringing:
                ringing.add(leg.peer)  # One line for somebody who has several devices.
                views.append(self._participant(call, leg, _role(call, leg), ParticipantState.RINGING, None))
            elif leg.is_up and conversation is None:
                waits = call.facts.queue is not None and call.facts.queue.waited_ms is None
                state = ParticipantState.HELD if waits else ParticipantState.TALKING
                views.append(self._participant(call, leg, _role(call, leg), state, None))
        return tuple(views)

    def _participant(
        self, call: Call, leg: Leg, role: ParticipantRole, state: ParticipantState, since: datetime | None
    ) -> ParticipantView:
        name = (self._people.agent_name(leg.agent_id) if leg.agent_id is not None else None) or ""
        number: str | None = leg.extension
        if leg.extension is None:
            number = _outside_number(call, leg, role)
            if role is ParticipantRole.CUSTOMER:
                customer = call.facts.customer
                name = customer.name if customer is not None else call.facts.from_name
        return ParticipantView(
            leg_id=leg.id,
            role=role,
            name=name or leg.extension or number or leg.peer,
            number=number,
            agent_id=leg.agent_id,
            extension=leg.extension,
            state=state,
            since=since or call.started_at + timedelta(milliseconds=leg.since_ms),
        )


def actions_of(call: Call, user_id: str | None, *, supervisor: bool = False) -> list[Action]:
    """Return what a user may do with ``call`` now."""
    mine = [leg for leg in call.legs.values() if user_id is not None and leg.agent_id == user_id and leg.ended is None]
    if not mine:
        return [Action.HANGUP] if supervisor and user_id is not None else []
    if not any(leg.is_up for leg in mine):
        return [Action.ANSWER, Action.HANGUP]
    actions = [Action.HANGUP]
    conversation = call.conversation
    for leg in mine:
        if conversation is not None:
            actions += [action for action in possible_actions(conversation, leg) if action not in actions]
        if is_browser(leg) and (leg.silent or leg.flow_lost):
            actions.append(Action.ATTACH)
    return actions


def agents_of(call: Call) -> set[str]:
    """Return the agents who are in ``call`` or are being rung for it."""
    return {leg.agent_id for leg in call.legs.values() if leg.agent_id is not None and leg.ended is None}


def stores_of(call: Call) -> set[str | None]:
    """Return the stores that ``call`` concerns."""
    facts = call.facts
    named = {facts.chosen_store_id, facts.answered_store_id, facts.first_answered_store_id}
    return named | {leg.store_id for leg in call.legs.values()}


def _role(call: Call, leg: Leg) -> ParticipantRole:
    """Return what somebody is who is in no conversation."""
    if leg.extension is not None:
        return ParticipantRole.AGENT
    first = next(iter(call.legs.values()))
    outbound = call.direction is Direction.OUTBOUND and call.conversation is None
    return ParticipantRole.CUSTOMER if leg is first or outbound else ParticipantRole.EXTERNAL


def _outside_number(call: Call, leg: Leg, role: ParticipantRole) -> str | None:
    if role is ParticipantRole.CUSTOMER:
        return call.facts.to_number if call.direction is Direction.OUTBOUND else call.facts.from_number
    return leg.peer.partition(" ")[0]


def _queue(call: Call, place: QueuePlace) -> QueueView:
    waited_ms = place.waited_ms if place.waited_ms is not None else call.at_ms - place.since_ms
    return QueueView(
        id=place.id or place.request.queue,
        name=place.name or place.request.queue,
        waiting_since=call.started_at + timedelta(milliseconds=place.since_ms),
        waited_s=waited_ms / 1000,
    )
