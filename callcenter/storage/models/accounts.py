"""People, how they sign in, what they did, SIP accounts and their registrations."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, false

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
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
    Column("last_sign_in_at", UtcDateTime),
)


sessions = Table(
    "sessions",
    metadata,
    id_column(primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("user_id", String(64), ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
)


api_tokens = Table(
    "api_tokens",
    metadata,
    id_column(primary_key=True),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("user_id", String(64), ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("store_ids", JSON(none_as_null=True)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("used_at", UtcDateTime),
)


audit = Table(
    "audit",
    metadata,
    id_column(primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("action", String(96), nullable=False),
    Column("outcome", String(16), nullable=False),
    id_column("user_id"),
    Column("login", Text),
    id_column("session_id"),
    id_column("token_id"),
    Column("source", Text, nullable=False),
    Column("target", Text),
    Column("before", JSON(none_as_null=True)),
    Column("after", JSON(none_as_null=True)),
    Index(None, "at", "id"),
    Index(None, "user_id", "at"),
    Index(None, "target", "at"),
)
"Rows are only ever added: triggers refuse to change or remove one."


extensions = Table(
    "extensions",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    id_column("store_id", index=True),
    id_column("agent_id", unique=True),
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
