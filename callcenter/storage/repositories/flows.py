"""Drafts, edit locks and versions of call flows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, or_, select, update
from sqlalchemy.exc import IntegrityError

from callcenter.ivr.flow_versions import LOCK_EXPIRES, EditLock, FlowDraft, FlowVersion, VersionOrigin
from callcenter.storage.database import Database
from callcenter.storage.models.flows import flow_versions, flows

_NO_LOCK = {"lock_user_id": None, "lock_name": None, "lock_since": None, "lock_renewed_at": None}


class FlowTable:
    """A :class:`~callcenter.ivr.flow_versions.FlowStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Drafts

    async def drafts(self) -> Sequence[FlowDraft]:
        """Return every draft, by name."""
        query = select(flows).where(flows.c.removed_at.is_(None)).order_by(flows.c.name, flows.c.id)
        async with self._database.connect() as connection:
            return [_draft(row) for row in (await connection.execute(query)).mappings()]

    async def draft(self, flow_id: str) -> FlowDraft | None:
        """Return one draft."""
        query = select(flows).where(flows.c.id == flow_id, flows.c.removed_at.is_(None))
        async with self._database.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else _draft(row)

    async def add(self, draft: FlowDraft) -> bool:
        """Keep a new flow's draft; False when the id is taken. A removed flow's id may be used again."""
        row = {"id": draft.id, **_contents(draft), "removed_at": None, **_NO_LOCK}
        again = update(flows).where(flows.c.id == draft.id, flows.c.removed_at.is_not(None)).values(row)
        try:
            async with self._database.begin() as connection:
                if (await connection.execute(again)).rowcount == 0:
                    await connection.execute(flows.insert().values(row))
        except IntegrityError:
            return False
        return True

    async def save(self, draft: FlowDraft, *, over: int) -> bool:
        """Replace the draft of revision ``over``; False when that is not the newest."""
        statement = update(flows).where(flows.c.id == draft.id, flows.c.revision == over, flows.c.removed_at.is_(None))
        async with self._database.begin() as connection:
            return bool((await connection.execute(statement.values(_contents(draft)))).rowcount)

    async def remove(self, flow_id: str, at: datetime) -> None:
        """Forget the draft; versions stay."""
        statement = update(flows).where(flows.c.id == flow_id).values(removed_at=at, **_NO_LOCK)
        async with self._database.begin() as connection:
            await connection.execute(statement)

    # Locks

    async def take_lock(self, flow_id: str, lock: EditLock, *, by_force: bool) -> EditLock | None:
        """Give or renew the lock; return the one that stands, None when there is no such flow."""
        mine = flows.c.lock_user_id == lock.user_id
        free = or_(flows.c.lock_user_id.is_(None), flows.c.lock_renewed_at <= lock.renewed_at - LOCK_EXPIRES)
        this = (flows.c.id == flow_id, flows.c.removed_at.is_(None))
        row = {
            "lock_user_id": lock.user_id,
            "lock_name": lock.name,
            "lock_since": lock.since,
            "lock_renewed_at": lock.renewed_at,
        }
        columns = (flows.c.lock_user_id, flows.c.lock_name, flows.c.lock_since, flows.c.lock_renewed_at)
        async with self._database.begin() as connection:
            renewed = update(flows).where(*this, mine, ~free).values(lock_renewed_at=lock.renewed_at)
            if (await connection.execute(renewed)).rowcount == 0:
                taken = update(flows).where(*this) if by_force else update(flows).where(*this, free)
                await connection.execute(taken.values(row))
            standing = (await connection.execute(select(*columns).where(*this))).mappings().first()
        return None if standing is None else _lock(standing)

    async def release_lock(self, flow_id: str, user_id: str) -> bool:
        """Free the lock if this user holds it."""
        statement = update(flows).where(flows.c.id == flow_id, flows.c.lock_user_id == user_id).values(_NO_LOCK)
        async with self._database.begin() as connection:
            return bool((await connection.execute(statement)).rowcount)

    # Versions

    async def add_version(self, version: FlowVersion) -> None:
        """Keep a version; one that is known stays as it is."""
        row = {
            "flow_id": version.flow_id,
            "version": version.version,
            "document": dict(version.document),
            "fingerprint": version.fingerprint,
            "author_id": version.author_id,
            "author": version.author,
            "note": version.note,
            "published_at": version.published_at,
            "origin": version.origin.value,
            "usable": version.usable,
        }
        statement = self._database.insert(flow_versions).values(row).on_conflict_do_nothing()
        async with self._database.begin() as connection:
            await connection.execute(statement)

    async def versions(self, flow_id: str) -> Sequence[FlowVersion]:
        """Return a flow's versions, newest first."""
        query = select(flow_versions).where(flow_versions.c.flow_id == flow_id)
        async with self._database.connect() as connection:
            rows = (await connection.execute(query.order_by(flow_versions.c.version.desc()))).mappings()
            return [_version(row) for row in rows]

    async def version(self, flow_id: str, version: int) -> FlowVersion | None:
        """Return one version."""
        query = select(flow_versions).where(flow_versions.c.flow_id == flow_id, flow_versions.c.version == version)
        async with self._database.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        return None if row is None else _version(row)

    async def known_versions(self) -> Sequence[tuple[str, int, str]]:
        """Return flow id, version and fingerprint of every version, oldest first."""
        columns = (flow_versions.c.flow_id, flow_versions.c.version, flow_versions.c.fingerprint)
        async with self._database.connect() as connection:
            rows = await connection.execute(select(*columns).order_by(flow_versions.c.flow_id, flow_versions.c.version))
            return [(flow_id, version, content) for flow_id, version, content in rows]


def _contents(draft: FlowDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "draft": dict(draft.document),
        "revision": draft.revision,
        "updated_at": draft.updated_at,
        "updated_by": draft.updated_by,
    }


def _draft(row: RowMapping) -> FlowDraft:
    return FlowDraft(
        id=row["id"],
        name=row["name"],
        document=row["draft"],
        revision=row["revision"],
        updated_at=row["updated_at"],
        updated_by=row["updated_by"],
        lock=_lock(row),
    )


def _lock(row: RowMapping) -> EditLock | None:
    if row["lock_user_id"] is None:
        return None
    return EditLock(row["lock_user_id"], row["lock_name"], row["lock_since"], row["lock_renewed_at"])


def _version(row: RowMapping) -> FlowVersion:
    fields = ("flow_id", "version", "document", "fingerprint", "author", "author_id", "note", "published_at", "usable")
    return FlowVersion(**{name: row[name] for name in fields}, origin=VersionOrigin(row["origin"]))
