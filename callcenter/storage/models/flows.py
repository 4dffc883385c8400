"""Call flows as they are drawn: each flow's draft with its edit lock, and every version that ever was."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, Text

from callcenter.storage.models.base import UtcDateTime, id_column, metadata

flows = Table(
    "flows",
    metadata,
    id_column(primary_key=True),
    Column("name", Text, nullable=False),
    Column("draft", JSON, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("updated_by", Text, nullable=False),
    id_column("lock_user_id"),
    Column("lock_name", Text),
    Column("lock_since", UtcDateTime),
    Column("lock_renewed_at", UtcDateTime),
    Column("removed_at", UtcDateTime),
)
"A removed flow keeps its row, so that its numbers of versions are never given twice."


flow_versions = Table(
    "flow_versions",
    metadata,
    id_column("flow_id", primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", JSON, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    id_column("author_id"),
    Column("author", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("origin", String(16), nullable=False),
    Column("usable", Boolean, nullable=False),
)
"Rows are added and never changed: calls of the past are shown on the version they ran on."
