"""The desk where flows are drawn: drafts with an edit lock, versions, publishing into service and rolling back.

A draft may be anything; only a flow free of errors is published. Publishing writes the flow's file, which is what a
server reads at its start. A file that somebody else changes becomes a version too, so neither side loses work: the
draft follows it when it held nothing unpublished, and else stays, with the version there to be looked at.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from callcenter.ivr.flow_check import CheckedFlow, check_document, checked_document
from callcenter.ivr.flow_diff import FlowDiff, diff
from callcenter.ivr.flow_editing import (
    DraftChanged,
    FlowChanged,
    FlowHasErrors,
    FlowHasNumbers,
    FlowIdTaken,
    FlowInUse,
    FlowLocked,
    FlowLockLost,
    FlowShelf,
    FlowState,
    UnknownFlow,
)
from callcenter.ivr.flow_versions import (
    Document,
    EditLock,
    Editor,
    FlowDraft,
    FlowStore,
    FlowVersion,
    VersionOrigin,
    canonical_document,
    fingerprint,
)
from callcenter.ivr.model import FlowFormatError, Program, dump_flow, program_from
from callcenter.ivr.validate import Catalogue
from callcenter.runtime.clock import Clock


class FlowDesk:
    """Everything one may do to flows.

    :param numbers: returns the flow of every number.
    :param publish: told :class:`FlowChanged` and :class:`FlowLockLost`.
    """

    def __init__(
        self,
        store: FlowStore,
        shelf: FlowShelf,
        clock: Clock,
        numbers: Callable[[], Mapping[str, str]],
        publish: Callable[[object], None],
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._clock = clock
        self._numbers = numbers
        self._publish = publish
        self._drawn: set[str] = set()
        self._checked: dict[str, tuple[int, Catalogue, CheckedFlow]] = {}
        self._publishing = asyncio.Lock()

    # What there is

    async def flows(self) -> list[FlowState]:
        """Return every flow, by name."""
        return [await self._state(draft) for draft in await self._store.drafts()]

    async def flow(self, flow_id: str) -> FlowState:
        """Return one flow.

        :raises UnknownFlow: when there is none.
        """
        return await self._state(await self._draft(flow_id))

    async def check(self, document: Any) -> CheckedFlow:
        """Say everything about a document, off the event loop: a large one takes a while."""
        return await asyncio.to_thread(check_document, document, self._shelf.library.catalogue())

    def snapshot(self) -> Mapping[str, Program]:
        """Return the flows in service, which a draft may lead to."""
        return self._shelf.library.snapshot()

    async def versions(self, flow_id: str) -> Sequence[FlowVersion]:
        """Return a flow's versions, newest first; a removed flow has them still.

        :raises UnknownFlow: when there never was such a flow.
        """
        found = await self._store.versions(flow_id)
        if not found:
            await self._draft(flow_id)
        return found

    async def version(self, flow_id: str, version: int) -> FlowVersion:
        """Return one version.

        :raises UnknownFlow: when there is none.
        """
        found = await self._store.version(flow_id, version)
        if found is None:
            raise UnknownFlow(f"there is no version {version} of the flow {flow_id}")
        return found

    async def diff(self, flow_id: str, older: int | None, newer: int | None) -> FlowDiff:
        """Compare two versions; None stands for the draft."""
        return diff(await self._document(flow_id, older), await self._document(flow_id, newer))

    async def _document(self, flow_id: str, version: int | None) -> Document:
        if version is None:
            return (await self._draft(flow_id)).document
        return (await self.version(flow_id, version)).document

    # Drafts

    async def create(self, document: Any, editor: Editor) -> FlowState:
        """Begin a flow with the id and name its document names.

        :raises FlowFormatError: when the document has no usable id and name, or cannot be kept.
        :raises FlowIdTaken: when there is such a flow.
        """
        document = checked_document(document)
        head = program_from({**document, "nodes": [], "edges": [], "tests": []}).document
        draft = FlowDraft(
            id=head.id,
            name=head.name,
            document=document,
            revision=1,
            updated_at=self._clock.utcnow(),
            updated_by=editor.name,
        )
        if not await self._store.add(draft):
            raise FlowIdTaken(f"there is a flow {head.id} already")
        self._drawn.add(head.id)
        self._tell(draft)
        return await self._state(draft)

    async def bring_in(self, document: Any, editor: Editor, *, over_draft: bool) -> FlowState:
        """Make an imported document a draft: of a new flow, or with ``over_draft`` of the one that has its id.

        :raises FlowFormatError: as :meth:`create`.
        :raises FlowIdTaken: when there is such a flow and its draft is not to be replaced.
        :raises FlowLocked: when somebody else holds its lock.
        """
        if over_draft and isinstance(document, dict) and isinstance(flow_id := document.get("id"), str):
            present = await self._store.draft(flow_id)
            if present is not None:
                return await self.save(flow_id, document, present.revision, editor)
        return await self.create(document, editor)

    async def export(self, flow_id: str, version: int | None) -> bytes:
        """Return the file of a version, or of the draft: canonical when it is a flow already."""
        document = await self._document(flow_id, version)
        try:
            return dump_flow(program_from(document).document)
        except FlowFormatError:
            return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()

    async def save(self, flow_id: str, document: Any, revision: int, editor: Editor) -> FlowState:
        """Replace a draft.

        :param revision: the one the document was made from.
        :raises UnknownFlow: when there is no such flow.
        :raises FlowFormatError: when the document cannot be kept.
        :raises FlowLocked: when somebody else holds the lock.
        :raises DraftChanged: when ``revision`` is not the newest.
        """
        document = {**checked_document(document), "id": flow_id}
        draft = await self._unlocked(flow_id, editor)
        name = document.get("name")
        saved = replace(
            draft,
            name=name[:200] if isinstance(name, str) and name else draft.name,
            document=document,
            revision=revision + 1,
            updated_at=self._clock.utcnow(),
            updated_by=editor.name,
        )
        if not await self._store.save(saved, over=revision):
            raise DraftChanged(f"revision {draft.revision} of {flow_id} is newer than {revision}")
        self._tell(saved)
        return await self._state(saved)

    async def restore(self, flow_id: str, version: int, editor: Editor) -> FlowState:
        """Make an old version the draft; publish it to roll back.

        :raises UnknownFlow: when there is no such flow or version.
        :raises FlowLocked: when somebody else holds the lock.
        """
        draft = await self._unlocked(flow_id, editor)
        found = await self.version(flow_id, version)
        return await self.save(flow_id, found.document, draft.revision, editor)

    async def remove(self, flow_id: str, editor: Editor) -> None:
        """Take a flow out of service and away; its versions stay, for the calls of the past.

        :raises FlowHasNumbers: when numbers lead to it.
        :raises FlowInUse: when other flows do.
        :raises FlowLocked: when somebody else holds the lock.
        """
        await self._unlocked(flow_id, editor)
        if numbers := self._numbers_of(flow_id):
            raise FlowHasNumbers(f"these numbers lead to {flow_id}: {', '.join(numbers)}")
        update = self._shelf.delete(flow_id)
        if not update.accepted:
            raise FlowInUse("; ".join(found.message["en"] for found in update.problems))
        await self._store.remove(flow_id, self._clock.utcnow())
        self._drawn.discard(flow_id)
        self._publish(FlowChanged(flow_id, None, None, None))

    # Locks

    async def lock(self, flow_id: str, editor: Editor, *, take_over: bool) -> EditLock:
        """Take or renew the edit lock.

        :raises UnknownFlow: when there is no such flow.
        :raises FlowLocked: when somebody else holds it and it is not taken over.
        """
        before = (await self._draft(flow_id)).lock
        now = self._clock.utcnow()
        wanted = EditLock(editor.user_id, editor.name, now, now)
        standing = await self._store.take_lock(flow_id, wanted, by_force=take_over)
        if standing is None:
            raise UnknownFlow(f"there is no flow {flow_id}")
        if standing.user_id != editor.user_id:
            raise FlowLocked(f"{standing.name} is editing this flow")
        if before is None or before.user_id != editor.user_id:
            self._tell(await self._draft(flow_id))
            if before is not None and before.holds(now):
                self._publish(FlowLockLost(flow_id, before.user_id, editor.name))
        return standing

    async def unlock(self, flow_id: str, editor: Editor) -> None:
        """Free the edit lock; freeing one that is not held is nothing.

        :raises UnknownFlow: when there is no such flow.
        """
        draft = await self._draft(flow_id)
        if await self._store.release_lock(flow_id, editor.user_id):
            self._tell(replace(draft, lock=None))

    # Into service

    async def publish(self, flow_id: str, revision: int, note: str, editor: Editor) -> FlowVersion:
        """Put the draft into service for new calls; calls under way keep what they began with.

        :raises FlowHasErrors: when it has errors.
        :raises DraftChanged: when ``revision`` is not the newest.
        :raises FlowLocked: when somebody else holds the lock.
        :raises FlowFileNotWritten: when the disk refuses.
        """
        async with self._publishing:
            self._shelf.look()  # What somebody wrote into the file meanwhile becomes a version of its own.
            await self._take_in()
            draft = await self._unlocked(flow_id, editor)
            if draft.revision != revision:
                raise DraftChanged(f"revision {draft.revision} of {flow_id} is newer than {revision}")
            checked = await self.check(draft.document)
            if checked.errors or checked.program is None:
                raise FlowHasErrors(checked.problems)
            version = self._version(checked.program, note, editor)
            await self._store.add_version(version)
            flow = checked.program.document.model_copy(update={"version": version.version})
            self._shelf.numbers.learn([(flow_id, version.version, version.fingerprint)])
            update = self._shelf.write(flow_id, dump_flow(flow))
            if not update.accepted:
                raise FlowHasErrors(update.problems)
            self._tell(draft)
            return version

    def _version(self, program: Program, note: str, editor: Editor) -> FlowVersion:
        number = self._shelf.numbers.following(program.id)
        document = {**canonical_document(program), "version": number}
        return FlowVersion(
            flow_id=program.id,
            version=number,
            document=document,
            fingerprint=fingerprint(document),
            author=editor.name,
            author_id=editor.user_id,
            note=note,
            published_at=self._clock.utcnow(),
            origin=VersionOrigin.EDITOR,
            usable=True,
        )

    async def take_in(self) -> None:
        """Keep as versions what was found in files, and give every flow in service a draft."""
        async with self._publishing:
            await self._take_in()

    async def _take_in(self) -> None:
        now = self._clock.utcnow()
        library = self._shelf.library
        for found in self._shelf.numbers.found():
            running = library.get(found.flow_id)
            version = FlowVersion(
                flow_id=found.flow_id,
                version=found.version,
                document=found.document,
                fingerprint=found.fingerprint,
                author="",
                author_id=None,
                note="",
                published_at=now,
                origin=VersionOrigin.FILE,
                usable=running is not None and running.version == found.version,
            )
            await self._follow_file(version, now)
            await self._store.add_version(version)
            self._shelf.numbers.kept(found)
        for flow_id, program in library.snapshot().items():
            if flow_id not in self._drawn:
                await self._store.add(_drawn_from(program, now))
                self._drawn.add(flow_id)

    async def _follow_file(self, version: FlowVersion, now: datetime) -> None:
        """Let a draft without anything unpublished follow its file, and tell those who look at it."""
        draft = await self._store.draft(version.flow_id)
        if draft is None:
            return
        published = {kept.fingerprint for kept in await self._store.versions(version.flow_id)}
        edited = draft.lock is not None and draft.lock.holds(now)
        if version.usable and not edited and _content(draft.document) in published:
            saved = replace(
                draft, document=version.document, revision=draft.revision + 1, updated_at=now, updated_by=""
            )
            if await self._store.save(saved, over=draft.revision):
                draft = saved
        self._tell(draft)

    # Inside

    async def _draft(self, flow_id: str) -> FlowDraft:
        draft = await self._store.draft(flow_id)
        if draft is None:
            raise UnknownFlow(f"there is no flow {flow_id}")
        return draft

    async def _unlocked(self, flow_id: str, editor: Editor) -> FlowDraft:
        draft = await self._draft(flow_id)
        lock = draft.lock
        if lock is not None and lock.user_id != editor.user_id and lock.holds(self._clock.utcnow()):
            raise FlowLocked(f"{lock.name} is editing this flow")
        return draft

    async def _state(self, draft: FlowDraft) -> FlowState:
        running = self._shelf.library.get(draft.id)
        catalogue = self._shelf.library.catalogue()
        known = self._checked.get(draft.id)
        if known is None or known[:2] != (draft.revision, catalogue):
            known = (draft.revision, catalogue, await self.check(draft.document))
            self._checked[draft.id] = known
        lock = draft.lock if draft.lock is not None and draft.lock.holds(self._clock.utcnow()) else None
        return FlowState(
            draft=replace(draft, lock=lock),
            checked=known[2],
            published_version=None if running is None else running.version,
            changed=running is None or _content(draft.document) != fingerprint(canonical_document(running)),
            numbers=self._numbers_of(draft.id),
        )

    def _numbers_of(self, flow_id: str) -> tuple[str, ...]:
        return tuple(number for number, target in self._numbers().items() if target == flow_id)

    def _tell(self, draft: FlowDraft) -> None:
        running = self._shelf.library.get(draft.id)
        lock = draft.lock if draft.lock is not None and draft.lock.holds(self._clock.utcnow()) else None
        self._publish(FlowChanged(draft.id, draft.revision, None if running is None else running.version, lock))


def _drawn_from(program: Program, now: datetime) -> FlowDraft:
    return FlowDraft(
        id=program.id,
        name=program.document.name,
        document=canonical_document(program),
        revision=1,
        updated_at=now,
        updated_by="",
    )


def _content(document: Document) -> str:
    """Return the fingerprint of a draft: that of its canonical form when it is a flow."""
    try:
        return fingerprint(canonical_document(program_from(document)))
    except FlowFormatError:
        return fingerprint(document)
