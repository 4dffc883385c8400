"""People, SIP accounts and their registrations."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Integer, String, Table, Text

from callcenter.storage.models.base import UtcDateTime, id_column, metadata

users = Table(
    "users",
    metadata,
    id_column(primary_key=True),
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
    id_column("store_id", index=True),
    id_column("agent_id"),
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
