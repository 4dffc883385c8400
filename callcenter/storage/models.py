"""The tables. Alembic's migrations lead here; a test fails when the two differ.

Times are UTC everywhere: ``timestamptz`` in PostgreSQL, text without a zone in SQLite. Call rows carry no foreign keys
to stores, customers or users: what happened stays written whatever becomes of those.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware time."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id(name: str = "id", **options: Any) -> Column[str]:
    return Column(name, String(64), **options)


stores = Table(
    "stores",
    metadata,
    _id(primary_key=True),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("hours", JSON, nullable=False),
    Column("phones", JSON, nullable=False),
    Column("region", Text),
    _id("sister_store_id"),
    Column("closed", Boolean, nullable=False),
    _id("merged_into"),
    Column("address", Text, nullable=False),
    Column("language", String(8), nullable=False),
)

customers = Table(
    "customers",
    metadata,
    _id(primary_key=True),
    Column("code", String(64), unique=True),
    Column("name", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("email", Text),
    Column("address", Text),
    Column("notes", Text, nullable=False),
    _id("owner_store_id"),
    Column("vip_level", Integer, nullable=False),
    Column("created_at", UtcDateTime),
    _id("merged_into"),
)

customer_phones = Table(
    "customer_phones",
    metadata,
    Column("customer_id", String(64), ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True),
    Column("number", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Index(None, "number"),
)

interactions = Table(
    "interactions",
    metadata,
    _id(primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    _id("store_id", nullable=False),
    Column("number", String(32)),
    _id("customer_id"),
    _id("first_store_id"),
    _id("agent_id"),
    Column("extension", String(32)),
    Column("talk_s", Float, nullable=False),
    Column("disposition", Text),
    _id("call_id"),
    Column("reference", Text),
    Index(None, "number", "at"),
    Index(None, "customer_id", "at"),
)

users = Table(
    "users",
    metadata,
    _id(primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("store_ids", JSON, nullable=False),
    Column("regions", JSON, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

extensions = Table(
    "extensions",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    _id("store_id", index=True),
    _id("agent_id"),
    Column("enabled", Boolean, nullable=False),
    Column("max_bindings", Integer, nullable=False),
    Column("credentials", Text),
)

bindings = Table(
    "bindings",
    metadata,
    Column("aor", Text, primary_key=True),
    Column("contact", Text, primary_key=True),
    Column("call_id", Text, nullable=False),
    Column("cseq", Integer, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("transport", String(8), nullable=False),
    Column("remote_host", Text, nullable=False),
    Column("remote_port", Integer, nullable=False),
    Column("local_host", Text, nullable=False),
    Column("local_port", Integer, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("instance_id", Text),
    Column("reg_id", Integer),
    Column("q", Float, nullable=False),
    Column("path", JSON, nullable=False),
)

dids = Table(
    "dids",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("flow_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    _id("store_id"),
)

calls = Table(
    "calls",
    metadata,
    _id(primary_key=True),
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
    _id("customer_id"),
    _id("agent_id"),
    _id("chosen_store_id"),
    _id("first_answered_store_id"),
    _id("answered_store_id"),
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
    _id("leg_id"),
    _id("agent_id"),
    _id("store_id"),
    Column("extension", String(32)),
    Column("node", Text),
)

call_legs = Table(
    "call_legs",
    metadata,
    Column("call_id", String(64), ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    _id(primary_key=True),
    Column("direction", String(16), nullable=False),
    Column("peer", Text, nullable=False),
    Column("sip_call_id", Text, nullable=False),
    Column("started_ms", Integer, nullable=False),
    _id("agent_id"),
    _id("store_id"),
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
    _id(primary_key=True),
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
    _id(primary_key=True),
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
