"""Alembic's entry point: runs the migrations on the connection it is given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from callcenter.storage.models import UtcDateTime, metadata


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own type as what it is in the database, so that old migrations never import today's models."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render,
    compare_type=True,
    transactional_ddl=True,
)
# Processes that start together take turns, and a migration that is interrupted leaves nothing behind.
_LOCK = {"postgresql": "SELECT pg_advisory_xact_lock(4210984711)", "sqlite": "BEGIN IMMEDIATE"}
with context.begin_transaction():
    connection.exec_driver_sql(_LOCK[connection.dialect.name])
    context.run_migrations()
connection.commit()
