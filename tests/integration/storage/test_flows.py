"""Drafts, edit locks and versions of flows in both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcenter.ivr.flow_versions import EditLock, FlowDraft, FlowVersion, VersionOrigin
from callcenter.storage.database import Database
from callcenter.storage.repositories.flows import FlowTable

AT = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
DRAFT = FlowDraft(
    id="hello",
    name="Xin chào",
    document={"id": "hello", "z": 1, "a": [{"vi": "Tiếng Việt"}]},
    revision=1,
    updated_at=AT,
    updated_by="Lan",
)
VERSION = FlowVersion(
    flow_id="hello",
    version=1,
    document=DRAFT.document,
    fingerprint="f1",
    author="Lan",
    author_id="u-1",
    note="first",
    published_at=AT,
    origin=VersionOrigin.EDITOR,
    usable=True,
)


def lock(name: str, seconds: float = 0) -> EditLock:
    at = AT + timedelta(seconds=seconds)
    return EditLock(f"u-{name}", name, at, at)


async def test_a_draft_comes_back_as_it_was_with_its_keys_in_order(database: Database) -> None:
    table = FlowTable(database)
    assert await table.add(DRAFT) and not await table.add(DRAFT)
    found = await table.draft("hello")
    assert found == DRAFT and list(found.document) == ["id", "z", "a"]
    assert await table.drafts() == [DRAFT]


async def test_only_one_of_those_who_save_over_the_same_revision_succeeds(database: Database) -> None:
    table = FlowTable(database)
    await table.add(DRAFT)
    wishes = [replace(DRAFT, revision=2, updated_by=str(number)) for number in range(5)]
    saved = await asyncio.gather(*(table.save(wish, over=1) for wish in wishes))
    assert sorted(saved) == [False] * 4 + [True]
    found = await table.draft("hello")
    assert found is not None and (found.revision, found.updated_by) == (2, str(saved.index(True)))


async def test_only_one_of_those_who_want_the_lock_gets_it(database: Database) -> None:
    table = FlowTable(database)
    await table.add(DRAFT)
    standing = await asyncio.gather(
        *(table.take_lock("hello", lock(name), by_force=False) for name in ("Lan", "Minh", "Tú"))
    )
    assert len({found.name for found in standing if found is not None}) == 1
    assert await table.take_lock("gone", lock("Lan"), by_force=True) is None


async def test_a_lock_is_renewed_by_its_holder_taken_by_force_and_free_after_a_minute(database: Database) -> None:
    table = FlowTable(database)
    await table.add(DRAFT)
    await table.take_lock("hello", lock("Lan"), by_force=False)
    renewed = await table.take_lock("hello", lock("Lan", 20), by_force=False)
    assert renewed == EditLock("u-Lan", "Lan", AT, AT + timedelta(seconds=20))
    assert await table.take_lock("hello", lock("Minh", 79.9), by_force=False) == renewed
    assert await table.take_lock("hello", lock("Minh", 80), by_force=False) == lock("Minh", 80)
    assert await table.take_lock("hello", lock("Lan", 81), by_force=True) == lock("Lan", 81)
    assert not await table.release_lock("hello", "u-Minh")
    assert await table.release_lock("hello", "u-Lan")
    found = await table.draft("hello")
    assert found is not None and found.lock is None


async def test_versions_never_change_and_outlive_their_flow(database: Database) -> None:
    table = FlowTable(database)
    await table.add(DRAFT)
    await table.add_version(VERSION)
    await table.add_version(replace(VERSION, note="another"))
    second = replace(VERSION, version=2, fingerprint="f2", author_id=None, origin=VersionOrigin.FILE, usable=False)
    await table.add_version(second)
    await table.remove("hello", AT)
    assert await table.draft("hello") is None and await table.drafts() == []
    assert await table.versions("hello") == [second, VERSION]
    assert await table.version("hello", 1) == VERSION and await table.version("hello", 3) is None
    assert await table.known_versions() == [("hello", 1, "f1"), ("hello", 2, "f2")]
    assert await table.add(replace(DRAFT, name="again")), "a removed flow's id may be used again"
    again = await table.draft("hello")
    assert again is not None and again.name == "again"
