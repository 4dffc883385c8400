"""Runs drafts over the calls of the past in the background: one run per person and flow, bounded, with its progress."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from callcenter.accounts.principal import Principal
from callcenter.accounts.scope import Scope
from callcenter.api.references import AllStores
from callcenter.calls.call_search import CallFilter, CallPage, CallStory
from callcenter.calls.cdr import CallRecord
from callcenter.ivr.call_replay import LoggedCall, visits_of
from callcenter.ivr.flow_desk import FlowDesk
from callcenter.ivr.flow_editing import UnknownFlow
from callcenter.ivr.flow_versions import FlowVersion
from callcenter.ivr.model import FlowFormatError, Program, program_from
from callcenter.ivr.what_if import WhatIf
from callcenter.runtime.clock import Clock
from callcenter.runtime.tasks import create_task

MAX_CALLS = 2000
"Calls of the flow that are looked at, newest first."
MAX_SCANNED = 20_000
"Calls of any flow that are passed over while looking."
MAX_RUNS = 16
_PAGE = 100


class PastCalls(Protocol):
    """Reads the call log for somebody who may see a part of it."""

    async def page(
        self, which: CallFilter | None = None, *, scope: Scope, cursor: str | None = None, limit: int = 50
    ) -> CallPage:
        """Return calls, newest first."""
        ...

    async def story(self, call_id: str, *, scope: Scope) -> CallStory | None:
        """Return one call with everything; ``None`` when there is none or it is not open to the asker."""
        ...


@dataclass(slots=True)
class WhatIfRun:
    """One run."""

    flow_id: str
    days: int
    found: WhatIf = field(default_factory=WhatIf)
    done: int = 0
    "Calls of this flow looked at so far."
    finished: bool = False
    stopped_early: bool = False
    "There were more calls than are looked at."
    failed: bool = False
    task: asyncio.Task[None] | None = None


class WhatIfDesk:
    """Starts runs and remembers the last of each person and flow."""

    def __init__(self, desk: FlowDesk, calls: PastCalls, stores: AllStores, clock: Clock) -> None:
        self._desk = desk
        self._calls = calls
        self._stores = stores
        self._clock = clock
        self._runs: OrderedDict[tuple[str, str], WhatIfRun] = OrderedDict()

    async def last(self, flow_id: str, principal: Principal) -> WhatIfRun | None:
        """Return somebody's last run of a flow.

        :raises UnknownFlow: when there is no such flow.
        """
        await self._desk.flow(flow_id)
        return self._runs.get((principal.user_id, flow_id))

    async def start(self, flow_id: str, days: int, principal: Principal) -> WhatIfRun:
        """Run the draft over the calls of the last ``days`` that are open to somebody; an earlier run ends.

        :raises UnknownFlow: when there is no such flow.
        :raises FlowFormatError: when the draft cannot be run.
        """
        draft = program_from((await self._desk.flow(flow_id)).draft.document)
        key = (principal.user_id, flow_id)
        self._forget(key)
        while len(self._runs) >= MAX_RUNS:
            self._forget(next(iter(self._runs)))
        run = self._runs[key] = WhatIfRun(flow_id, days)
        run.task = create_task(self._run(run, draft, principal), name="what-if")
        return run

    def _forget(self, key: tuple[str, str]) -> None:
        run = self._runs.pop(key, None)
        if run is not None and run.task is not None:
            run.task.cancel()

    async def _run(self, run: WhatIfRun, draft: Program, principal: Principal) -> None:
        try:
            await self._look(run, draft, principal)
        except Exception:  # Whoever asks is told; what went wrong is logged with the task.
            run.failed = True
            raise
        finally:
            run.finished = True

    async def _look(self, run: WhatIfRun, draft: Program, principal: Principal) -> None:
        which = CallFilter(since=self._clock.utcnow() - timedelta(days=run.days), running=False)
        ran: dict[int | None, Program | None] = {}
        cursor: str | None = None
        scanned = 0
        while True:
            page = await self._calls.page(which, scope=principal.scope, cursor=cursor, limit=_PAGE)
            for record in page.calls:
                scanned += 1
                if record.flow_id != run.flow_id:
                    continue
                if run.done >= MAX_CALLS or scanned > MAX_SCANNED:
                    run.stopped_early = True
                    return
                story = await self._calls.story(record.id, scope=principal.scope)
                if story is None:
                    continue
                if record.flow_version not in ran:
                    ran[record.flow_version] = await self._version(run.flow_id, record.flow_version)
                call = logged_call(story, self._store_of(record))
                version = ran[record.flow_version]
                await asyncio.to_thread(run.found.add, call, draft, self._desk.snapshot(), version)
                run.done += 1
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _version(self, flow_id: str, version: int | None) -> Program | None:
        if version is None:
            return None
        try:
            kept: FlowVersion = await self._desk.version(flow_id, version)
            return program_from(kept.document)
        except (UnknownFlow, FlowFormatError):
            return None

    def _store_of(self, record: CallRecord) -> Mapping[str, str | None] | None:
        store = None if record.chosen_store_id is None else self._stores().get(record.chosen_store_id)
        return (
            None if store is None else {"id": store.id, "code": store.code, "name": store.name, "region": store.region}
        )


def logged_call(story: CallStory, store: Mapping[str, str | None] | None = None) -> LoggedCall:
    """Return what the log knows about a call's way through its flow."""
    record = story.record
    return LoggedCall(
        id=record.id,
        started_at=record.started_at,
        caller_number=record.from_number,
        called_number=record.did or record.to_number or "",
        flow_id=record.flow_id or "",
        flow_version=record.flow_version,
        visits=visits_of([(line.at_ms, line.kind, line.data) for line in story.events]),
        store=store,
    )
