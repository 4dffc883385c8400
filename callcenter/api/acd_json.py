"""Agents and queues as JSON, the same in answers and in live events."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from callcenter.acd.view import AgentView, LiveQueueView

_AGENT = TypeAdapter(AgentView)
_QUEUE = TypeAdapter(LiveQueueView)


def agent_json(agent: AgentView) -> dict[str, Any]:
    """Return the public JSON of an agent: the data of ``agent.updated``."""
    found: dict[str, Any] = _AGENT.dump_python(agent, mode="json")
    return found


def queue_json(queue: LiveQueueView) -> dict[str, Any]:
    """Return the public JSON of a queue: the data of ``queue.updated``."""
    found: dict[str, Any] = _QUEUE.dump_python(queue, mode="json")
    return found
