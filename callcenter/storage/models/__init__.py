"""The tables, a module per subject. Alembic's migrations lead here; a test fails when the two differ."""

from __future__ import annotations

from callcenter.storage.models import accounts, acd, calls, crm, flows
from callcenter.storage.models.base import UtcDateTime, metadata

__all__ = ["UtcDateTime", "accounts", "acd", "calls", "crm", "flows", "metadata"]
