"""Stores, customers and what happened between them."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from callcenter.storage.models.base import UtcDateTime, id_column, metadata

stores = Table(
    "stores",
    metadata,
    id_column(primary_key=True),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("hours", JSON, nullable=False),
    Column("phones", JSON, nullable=False),
    Column("region", Text),
    id_column("sister_store_id"),
    Column("closed", Boolean, nullable=False),
    id_column("merged_into"),
    Column("address", Text, nullable=False),
    Column("language", String(8), nullable=False),
)


customers = Table(
    "customers",
    metadata,
    id_column(primary_key=True),
    Column("code", String(64), unique=True),
    Column("name", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("email", Text),
    Column("address", Text),
    Column("notes", Text, nullable=False),
    id_column("owner_store_id"),
    Column("vip_level", Integer, nullable=False),
    Column("created_at", UtcDateTime),
    id_column("merged_into"),
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
    id_column(primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    id_column("store_id", nullable=False),
    Column("number", String(32)),
    id_column("customer_id"),
    id_column("first_store_id"),
    id_column("agent_id"),
    Column("extension", String(32)),
    Column("talk_s", Float, nullable=False),
    Column("disposition", Text),
    id_column("call_id"),
    Column("reference", Text),
    Index(None, "number", "at"),
    Index(None, "customer_id", "at"),
)


dids = Table(
    "dids",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("flow_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    id_column("store_id"),
)
