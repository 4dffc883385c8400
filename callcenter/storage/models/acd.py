"""Queues, agents at work, call-backs, and what agents write down after a call.

Ids of users and calls carry no foreign keys: what happened stays written whatever becomes of those.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, text

from callcenter.storage.models.base import UtcDateTime, id_column, metadata

LONG_ID = 96
"Length of ids that are made of another id and a prefix: ``store:<id>``, ``phone:<extension>``."


def _long_id(name: str, **options: Any) -> Column[str]:
    return Column(name, String(LONG_ID), **options)


# Set up by supervisors

queues = Table(
    "queues",
    metadata,
    _long_id("id", primary_key=True),
    Column("code", String(LONG_ID), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    id_column("store_id", index=True),
    Column("settings", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
)


queue_members = Table(
    "queue_members",
    metadata,
    Column("queue_id", String(LONG_ID), ForeignKey("queues.id", ondelete="CASCADE"), primary_key=True),
    _long_id("agent_id", primary_key=True),
    Column("position", Integer, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Index(None, "agent_id"),
)


agent_skills = Table(
    "agent_skills",
    metadata,
    _long_id("agent_id", primary_key=True),
    Column("skill", String(64), primary_key=True),
    Column("level", Integer, nullable=False),
)


dispositions = Table(
    "dispositions",
    metadata,
    id_column(primary_key=True),
    Column("code", String(64), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("queue_ids", JSON, nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("system", Boolean, nullable=False),
)


break_reasons = Table(
    "break_reasons",
    metadata,
    id_column(primary_key=True),
    Column("code", String(64), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("position", Integer, nullable=False),
)


# Written while calls go on

agent_states = Table(
    "agent_states",
    metadata,
    _long_id("agent_id", primary_key=True),
    Column("state", String(16), nullable=False),
    Column("reason", Text),
    Column("since", UtcDateTime, nullable=False),
    Column("next_state", String(16)),
    Column("next_reason", Text),
    Column("missed_in_row", Integer, nullable=False),
    Column("wrap_up", JSON(none_as_null=True)),
    Column("idle_since", UtcDateTime),
)


agent_state_spans = Table(
    "agent_state_spans",
    metadata,
    _long_id("agent_id", primary_key=True),
    Column("started_at", UtcDateTime, primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("reason", Text),
    id_column("forced_by"),
)


queue_calls = Table(
    "queue_calls",
    metadata,
    id_column(primary_key=True),
    _long_id("queue_id", nullable=False),
    id_column("call_id", index=True),
    id_column("callback_id"),
    Column("number", Text),
    Column("arrived_at", UtcDateTime, nullable=False),
    Column("entered_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime, nullable=False),
    Column("waited_ms", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    _long_id("agent_id"),
    Column("position_at_entry", Integer, nullable=False),
    Column("offers", Integer, nullable=False),
    Column("estimated_wait_s", Float),
    Column("within_target", Boolean, nullable=False),
    Column("short_abandon", Boolean, nullable=False),
    Index(None, "queue_id", "left_at"),
    Index(None, "left_at"),
)


queue_offers = Table(
    "queue_offers",
    metadata,
    id_column("visit_id", primary_key=True),
    _long_id("agent_id", primary_key=True),
    Column("offered_at", UtcDateTime, primary_key=True),
    _long_id("queue_id", nullable=False),
    id_column("call_id"),
    Column("ring_ms", Integer, nullable=False),
    Column("outcome", String(16), nullable=False),
    Index(None, "agent_id", "offered_at"),
)


wrap_ups = Table(
    "wrap_ups",
    metadata,
    id_column("call_id", primary_key=True),
    _long_id("agent_id", primary_key=True),
    Column("started_at", UtcDateTime, primary_key=True),
    _long_id("queue_id", nullable=False),
    Column("ended_at", UtcDateTime, nullable=False),
    Column("ended_by", String(16), nullable=False),
    Column("disposition", String(64)),
    Index(None, "agent_id", "started_at"),
)


callbacks = Table(
    "callbacks",
    metadata,
    id_column(primary_key=True),
    _long_id("queue_id", nullable=False),
    Column("number", String(32), nullable=False),
    Column("arrived_at", UtcDateTime, nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("mode", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("preferred_agents", JSON, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", UtcDateTime),
    id_column("call_id"),
    id_column("last_call_id"),
    _long_id("agent_id"),
    Column("customer_name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("closed_at", UtcDateTime),
    Index(
        "ix_callbacks_open",
        "arrived_at",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(None, "requested_at", "id"),
)


# Written by agents and callers about a call

call_dispositions = Table(
    "call_dispositions",
    metadata,
    id_column("call_id", primary_key=True),
    _long_id("agent_id", primary_key=True),
    Column("code", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


call_notes = Table(
    "call_notes",
    metadata,
    id_column(primary_key=True),
    id_column("call_id", nullable=False, index=True),
    _long_id("agent_id", nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)


voicemails = Table(
    "voicemails",
    metadata,
    id_column(primary_key=True),
    id_column("call_id", nullable=False),
    Column("box", String(LONG_ID), nullable=False),
    Column("left_at", UtcDateTime, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    id_column("heard_by"),
    Column("heard_at", UtcDateTime),
    Index(None, "left_at", "id"),
)
"A message's id is that of its recording."
