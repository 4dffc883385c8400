"""From a store to the steps of a call: its last agent, its group, its sister, its region, the central queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from callcenter.crm.interaction import Interaction
from callcenter.routing.facts import ExtensionState, LastStoreSettings, StoreState
from callcenter.routing.plan import RoutingStep, StepKind

CENTRAL_STEP = RoutingStep(kind=StepKind.CENTRAL, ring_s=0.0)


class StoreStates:
    """Store states on demand, remembering which were looked at: those belong in the explanation."""

    def __init__(
        self, state_of: Callable[[str], StoreState | None], ids_of_region: Callable[[str], Sequence[str]]
    ) -> None:
        self._state_of = state_of
        self._ids_of_region = ids_of_region
        self._seen: dict[str, StoreState] = {}

    def get(self, store_id: str) -> StoreState | None:
        """Return one store's state, ``None`` for an unknown store."""
        state = self._seen.get(store_id)
        if state is None and (state := self._state_of(store_id)) is not None:
            self._seen[store_id] = state
        return state

    def successor(self, store_id: str) -> StoreState | None:
        """Return who stands for a store today: itself, or who took over when it closed for good."""
        state = self.get(store_id)
        passed: set[str] = set()
        while state is not None and state.merged_into is not None and state.id not in passed:
            passed.add(state.id)
            state = self.get(state.merged_into) or state
        return state

    def in_region(self, region: str) -> Sequence[str]:
        """Return the ids of a region's stores by store code."""
        return self._ids_of_region(region)

    def seen(self) -> list[StoreState]:
        """Return every state that was looked at."""
        return list(self._seen.values())


class StoreChain:
    """Builds the steps for one caller; what is passed over is noted with the reason."""

    def __init__(self, states: StoreStates, settings: LastStoreSettings) -> None:
        self._states = states
        self._settings = settings
        self._steps: list[RoutingStep] = []
        self._skipped: list[dict[str, Any]] = []
        self._tried: set[str] = set()

    def steps(
        self, store: StoreState, last_contact: Interaction | None
    ) -> tuple[tuple[RoutingStep, ...], tuple[dict[str, Any], ...]]:
        """Return the steps, ending with the central queue, and what was skipped.

        :param last_contact: the last one at that store that names an agent or an extension.
        """
        settings = self._settings
        agent_ring_s = self._add_last_agent(store, last_contact) if settings.try_last_agent else 0.0
        if settings.only_that_store:
            rest_s = max(0.0, settings.only_that_store_s - agent_ring_s)
            self._add_store(StepKind.STORE, store, rest_s, wait=True)
        else:
            self._add_store(StepKind.STORE, store, settings.store_ring_s)
            self._add_sister(store)
            self._add_region(store)
        return (*self._steps, CENTRAL_STEP), tuple(self._skipped)

    def _add_last_agent(self, store: StoreState, contact: Interaction | None) -> float:
        if contact is None:
            return 0.0
        phone = _phone_of(contact, store.extensions)
        reason = _why_closed(store)
        if reason is None and phone is None:
            reason = "agent_not_at_store"
        elif reason is None and phone is not None:
            reason = _why_not_free(phone)
        if reason is not None or phone is None:
            self._skip(StepKind.LAST_AGENT, store, reason, agent_id=contact.agent_id, extension=contact.extension)
            return 0.0
        ring_s = self._settings.agent_ring_s
        if self._settings.only_that_store:
            ring_s = min(ring_s, self._settings.only_that_store_s)
        self._steps.append(
            RoutingStep(
                kind=StepKind.LAST_AGENT,
                store_id=store.id,
                extensions=(phone.extension,),
                ring_s=ring_s,
                agent_id=phone.agent_id or contact.agent_id,
            )
        )
        return ring_s

    def _add_sister(self, store: StoreState) -> None:
        if store.sister_store_id is None:
            return
        sister = self._states.successor(store.sister_store_id)
        if sister is None:
            self._skipped.append(
                {"kind": StepKind.SISTER_STORE.value, "store_id": store.sister_store_id, "reason": "unknown_store"}
            )
        elif sister.id not in self._tried:
            self._add_store(StepKind.SISTER_STORE, sister, self._settings.sister_ring_s)

    def _add_region(self, store: StoreState) -> None:
        if store.region is None:
            return
        wanted = self._settings.region_stores_tried
        for store_id in self._states.in_region(store.region):
            if wanted <= 0:
                return
            other = self._states.get(store_id)
            if other is None or other.id in self._tried or other.merged_into is not None:
                continue
            wanted -= self._add_store(StepKind.REGION_STORE, other, self._settings.region_ring_s)

    def _add_store(self, kind: StepKind, store: StoreState, ring_s: float, *, wait: bool = False) -> bool:
        """Append a step for the store's group, or note why it is skipped; tell whether it was appended."""
        self._tried.add(store.id)
        settings = self._settings
        reason = _why_closed(store)
        if reason is not None or ring_s <= 0:
            return self._skip(kind, store, reason or "no_time_left")
        registered = [phone for phone in store.extensions if phone.registered]
        if not registered:
            if settings.ring_store_numbers and store.numbers:
                self._steps.append(RoutingStep(kind=kind, store_id=store.id, numbers=store.numbers, ring_s=ring_s))
                return True
            return self._skip(kind, store, "none_registered")
        free = [phone.extension for phone in registered if not phone.busy and phone.on_queue]
        waits = wait or (store.expected_wait_s is not None and store.expected_wait_s <= settings.max_expected_wait_s)
        if not free and not waits:
            return self._skip(kind, store, "all_busy")
        extensions = tuple(free) or tuple(phone.extension for phone in registered)
        self._steps.append(
            RoutingStep(
                kind=kind,
                store_id=store.id,
                extensions=extensions,
                ring_s=ring_s,
                wait_when_busy=wait or not free,
            )
        )
        return True

    def _skip(self, kind: StepKind, store: StoreState, reason: str | None, **details: str | None) -> bool:
        line = {"kind": kind.value, "store_id": store.id, "reason": reason}
        self._skipped.append(line | {name: value for name, value in details.items() if value is not None})
        return False


def _why_closed(store: StoreState) -> str | None:
    if store.closed:
        return "closed_for_good"
    return None if store.open else "closed_now"


def _why_not_free(phone: ExtensionState) -> str | None:
    if not phone.registered:
        return "agent_not_registered"
    if phone.busy:
        return "agent_busy"
    return None if phone.on_queue else "agent_not_on_queue"


def _phone_of(contact: Interaction, phones: Sequence[ExtensionState]) -> ExtensionState | None:
    """Find the phone of the agent of a contact: where that agent sits now, else the phone used then."""
    if contact.agent_id is not None:
        for phone in phones:
            if phone.agent_id == contact.agent_id:
                return phone
    for phone in phones:
        if phone.extension == contact.extension and (contact.agent_id is None or phone.agent_id is None):
            return phone
    return None
