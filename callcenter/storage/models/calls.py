"""The call log, the heartbeat of those who write it, and the outbox that automations read."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, text

from callcenter.storage.models.base import UtcDateTime, id_column, metadata

calls = Table(
    "calls",
    metadata,
    id_column(primary_key=True),
    Column("direction", String(16), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("from_number", Text),
    Column("to_number", Text),
    Column("from_raw", Text, nullable=False),
    Column("to_raw", Text, nullable=False),
    Column("did", Text),
    Column("trunk", Text),
    Column("node_id", Text, nullable=False),
    Column("sip_call_id", Text),
    Column("flow_id", Text),
    Column("flow_version", Integer),
    id_column("customer_id"),
    id_column("agent_id"),
    id_column("chosen_store_id"),
    id_column("first_answered_store_id"),
    id_column("answered_store_id"),
    Column("answered_at", UtcDateTime),
    Column("connected_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("duration_ms", Integer),
    Column("outcome", String(32)),
    Column("hangup_cause", String(48)),
    Column("hangup_side", String(16)),
    Column("q850", Integer),
    Column("sip_status", Integer),
    Column("last_node", Text),
    Column("keys_pressed", Text, nullable=False),
    Column("disposition", Text),
    Column("explanation", JSON(none_as_null=True)),
    Index(None, "started_at", "id"),
    Index(None, "from_number", "started_at"),
    Index(None, "to_number", "started_at"),
    Index(None, "chosen_store_id", "started_at"),
    Index(None, "answered_store_id", "started_at"),
    Index(None, "agent_id", "started_at"),
    Index(None, "customer_id", "started_at"),
    Index(
        "ix_calls_open",
        "node_id",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)


call_events = Table(
    "call_events",
    metadata,
    Column("call_id", String(64), ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("at_ms", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("data", JSON, nullable=False),
)


call_segments = Table(
    "call_segments",
    metadata,
    Column("call_id", String(64), ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("start_ms", Integer, nullable=False),
    Column("end_ms", Integer, nullable=False),
    id_column("leg_id"),
    id_column("agent_id"),
    id_column("store_id"),
    Column("extension", String(32)),
    Column("node", Text),
)


call_legs = Table(
    "call_legs",
    metadata,
    Column("call_id", String(64), ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    id_column(primary_key=True),
    Column("direction", String(16), nullable=False),
    Column("peer", Text, nullable=False),
    Column("sip_call_id", Text, nullable=False),
    Column("started_ms", Integer, nullable=False),
    id_column("agent_id", index=True),
    id_column("store_id", index=True),
    Column("codec", Text),
    Column("ringing_ms", Integer),
    Column("answered_ms", Integer),
    Column("ended_ms", Integer),
    Column("cause", String(48)),
    Column("sip_status", Integer),
    Column("packets_sent", Integer),
    Column("packets_received", Integer),
    Column("packets_lost", Integer),
    Column("jitter_ms", Float),
    Column("round_trip_ms", Float),
    Column("mos", Float),
)


recordings = Table(
    "recordings",
    metadata,
    id_column(primary_key=True),
    Column("call_id", String(64), ForeignKey("calls.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("path", Text, nullable=False),
    Column("started_ms", Integer, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("truncated", Boolean, nullable=False),
)


nodes = Table(
    "nodes",
    metadata,
    id_column(primary_key=True),
    Column("alive_at", UtcDateTime, nullable=False),
)


outbox = Table(
    "outbox",
    metadata,
    Column("id", String(96), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("done_at", UtcDateTime),
    Index(
        "ix_outbox_pending",
        "at",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
)
