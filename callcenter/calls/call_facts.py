"""What becomes known about a call while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callcenter.calls.channel_results import NodeEntered, NodeLeft, QueueRequest

MAX_STEPS = 200
"Nodes of its way through the flow that a running call remembers; its log holds all of them."


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLabel:
    """Who is on the line, as shown before anybody answers."""

    id: str
    code: str = ""
    name: str = ""
    vip_level: int = 0


@dataclass(slots=True, kw_only=True)
class QueuePlace:
    """The queue a call waits or waited in, and the place it had there."""

    request: QueueRequest
    "What the call asked for when it joined."
    since_ms: int
    "From when on it counts as waiting: an offset in the call, negative when the place is older than the call."
    id: str = ""
    name: str = ""
    "Of the queue, for display; the dispatcher says them."
    waited_ms: int | None = None
    "How long it waited in the end; None while it waits."


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """One node the caller went through."""

    node_id: str
    name: str
    type: str
    at_ms: int
    keys: str = ""
    port: str | None = None


@dataclass(slots=True)
class CallFacts:
    """What becomes known about a call while it runs; copied into its record at the end."""

    from_number: str | None = None
    to_number: str | None = None
    from_raw: str = ""
    from_name: str = ""
    to_raw: str = ""
    did: str | None = None
    trunk: str | None = None
    sip_call_id: str | None = None
    flow_id: str | None = None
    flow_version: int | None = None
    customer_id: str | None = None
    customer: CustomerLabel | None = None
    agent_id: str | None = None
    chosen_store_id: str | None = None
    first_answered_store_id: str | None = None
    answered_store_id: str | None = None
    last_node: str | None = None
    explanation: Mapping[str, Any] | None = None
    keys: list[tuple[str, bool]] = field(default_factory=list)
    "``(keys, secure)`` per entry."
    tags: dict[str, str] = field(default_factory=dict)
    language: str = "vi"
    queue: QueuePlace | None = None
    "The queue it waits in, or waited in last."
    flow_steps: list[FlowStep] = field(default_factory=list)
    origin: Mapping[str, Any] | None = None
    "Why we made this call, when we did: a queue's call-back, a campaign …"
    caller_id: str | None = None
    "The number an agent chose to show to the outside, for a call of ours."

    def entered(self, node: NodeEntered, at_ms: int) -> None:
        """Note that the caller came to a node."""
        self.last_node = node.node_id
        if len(self.flow_steps) < MAX_STEPS:
            self.flow_steps.append(
                FlowStep(node_id=node.node_id, name=node.node_name, type=node.node_type, at_ms=at_ms)
            )

    def left(self, node: NodeLeft) -> None:
        """Note what the caller did in the node it leaves."""
        for index in range(len(self.flow_steps) - 1, -1, -1):
            step = self.flow_steps[index]
            if step.node_id == node.node_id:
                self.flow_steps[index] = FlowStep(
                    node_id=step.node_id,
                    name=step.name,
                    type=step.type,
                    at_ms=step.at_ms,
                    keys=node.keys,
                    port=node.port,
                )
                return
