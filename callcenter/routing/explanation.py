"""The reasoning behind a routing decision as JSON, complete enough to decide again years later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.routing.facts import (
    ExtensionState,
    LastStoreSettings,
    Mode,
    RoutingRequest,
    StoreState,
    WhenMultiple,
)
from callcenter.routing.plan import RoutingStep

VERSION = 1


def encode_settings(settings: LastStoreSettings, number: str | None) -> dict[str, Any]:
    """Write down every setting; of the shared numbers only the caller's, if it is one."""
    return {
        "enabled": settings.enabled,
        "mode": settings.mode.value,
        "window_days": settings.window_days,
        "half_life_days": settings.half_life_days,
        "weights": {kind.value: settings.weights[kind] for kind in InteractionKind if kind in settings.weights},
        "min_talk_s": settings.min_talk_s,
        "max_events": settings.max_events,
        "excluded_dispositions": sorted(settings.excluded_dispositions),
        "shared_numbers": [number] if number in settings.shared_numbers else [],
        "when_multiple": settings.when_multiple.value,
        "try_last_agent": settings.try_last_agent,
        "agent_ring_s": settings.agent_ring_s,
        "store_ring_s": settings.store_ring_s,
        "sister_ring_s": settings.sister_ring_s,
        "region_ring_s": settings.region_ring_s,
        "region_stores_tried": settings.region_stores_tried,
        "max_expected_wait_s": settings.max_expected_wait_s,
        "only_that_store": settings.only_that_store,
        "only_that_store_s": settings.only_that_store_s,
        "ring_store_numbers": settings.ring_store_numbers,
    }


def decode_settings(data: Mapping[str, Any]) -> LastStoreSettings:
    """Read back :func:`encode_settings`."""
    values = dict(data)
    values["mode"] = Mode(values["mode"])
    values["when_multiple"] = WhenMultiple(values["when_multiple"])
    values["weights"] = {InteractionKind(kind): weight for kind, weight in values["weights"].items()}
    values["excluded_dispositions"] = frozenset(values["excluded_dispositions"])
    values["shared_numbers"] = frozenset(values["shared_numbers"])
    return LastStoreSettings(**values)


def encode_request(request: RoutingRequest) -> dict[str, Any]:
    """Write down who called."""
    return {
        "number": request.number,
        "customer_ids": list(request.customer_ids),
        "arrived_at": request.arrived_at.isoformat(),
        "transferred": request.transferred,
    }


def decode_request(data: Mapping[str, Any]) -> RoutingRequest:
    """Read back :func:`encode_request`."""
    return RoutingRequest(
        number=data["number"],
        customer_ids=tuple(data["customer_ids"]),
        arrived_at=datetime.fromisoformat(data["arrived_at"]),
        transferred=data["transferred"],
    )


_EVENT_TEXTS = ("number", "customer_id", "first_store_id", "agent_id", "extension", "disposition")


def encode_event(event: Interaction) -> dict[str, Any]:
    """Write down one contact; empty fields are left out."""
    data: dict[str, Any] = {
        "id": event.id,
        "kind": event.kind.value,
        "at": event.at.isoformat(),
        "store_id": event.store_id,
    }
    data.update({name: value for name in _EVENT_TEXTS if (value := getattr(event, name)) is not None})
    if event.talk_s:
        data["talk_s"] = event.talk_s
    return data


def decode_event(data: Mapping[str, Any]) -> Interaction:
    """Read back :func:`encode_event`."""
    return Interaction(
        id=data["id"],
        kind=InteractionKind(data["kind"]),
        at=datetime.fromisoformat(data["at"]),
        store_id=data["store_id"],
        talk_s=data.get("talk_s", 0.0),
        **{name: data.get(name) for name in _EVENT_TEXTS},
    )


def encode_store(state: StoreState) -> dict[str, Any]:
    """Write down how a store was."""
    return {
        "code": state.code,
        "name": state.name,
        "region": state.region,
        "sister_store_id": state.sister_store_id,
        "merged_into": state.merged_into,
        "closed": state.closed,
        "open": state.open,
        "open_reason": state.open_reason,
        "numbers": list(state.numbers),
        "expected_wait_s": state.expected_wait_s,
        "extensions": [
            {
                "extension": phone.extension,
                "registered": phone.registered,
                "busy": phone.busy,
                "on_queue": phone.on_queue,
                "agent_id": phone.agent_id,
            }
            for phone in state.extensions
        ],
    }


def decode_store(store_id: str, data: Mapping[str, Any]) -> StoreState:
    """Read back :func:`encode_store`."""
    values = dict(data)
    values["numbers"] = tuple(values["numbers"])
    values["extensions"] = tuple(ExtensionState(**phone) for phone in values["extensions"])
    return StoreState(id=store_id, **values)


def encode_step(step: RoutingStep) -> dict[str, Any]:
    """Write down one step."""
    data: dict[str, Any] = {"kind": step.kind.value, "store_id": step.store_id, "ring_s": step.ring_s}
    if step.extensions:
        data["extensions"] = list(step.extensions)
    if step.numbers:
        data["numbers"] = list(step.numbers)
    if step.wait_when_busy:
        data["wait_when_busy"] = True
    if step.agent_id is not None:
        data["agent_id"] = step.agent_id
    return data
