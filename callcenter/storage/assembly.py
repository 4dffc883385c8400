"""Everything the database offers, opened in the right order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callcenter.accounts.secret_box import SecretBox
from callcenter.storage.call_log import StoredCallLog, close_open_calls
from callcenter.storage.database import Database
from callcenter.storage.directory import Directory
from callcenter.storage.repositories.accounts import BindingTable, ExtensionTable, UserTable
from callcenter.storage.repositories.after_call import BreakReasonTable, CallRemarks, DispositionTable
from callcenter.storage.repositories.agents_at_work import AgentStateTable, CallbackTable, QueueHistoryTable
from callcenter.storage.repositories.audit import AuditTable
from callcenter.storage.repositories.calls import CallRepository
from callcenter.storage.repositories.customer_desk import CustomerDesk, NameTable
from callcenter.storage.repositories.customers import CustomerTable, InteractionTable
from callcenter.storage.repositories.flows import FlowTable
from callcenter.storage.repositories.queues import QueueTable, StoredQueueBook
from callcenter.storage.repositories.sessions import ApiTokenTable, SessionTable
from callcenter.storage.repositories.stores import DidTable, StoreTable
from callcenter.storage.repositories.voicemails import VoicemailTable
from callcenter.storage.sinks import create_sink
from callcenter.storage.writer import GroupCommitWriter, WriterSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """An open database. Close it last: :meth:`close` waits for what is still being written."""

    database: Database
    writer: GroupCommitWriter
    call_log: StoredCallLog
    calls: CallRepository
    customers: CustomerTable
    customer_desk: CustomerDesk
    names: NameTable
    interactions: InteractionTable
    stores: StoreTable
    dids: DidTable
    extensions: ExtensionTable
    bindings: BindingTable
    users: UserTable
    sessions: SessionTable
    api_tokens: ApiTokenTable
    audit: AuditTable
    queues: QueueTable
    queue_book: StoredQueueBook
    agent_states: AgentStateTable
    queue_history: QueueHistoryTable
    callbacks: CallbackTable
    dispositions: DispositionTable
    break_reasons: BreakReasonTable
    call_remarks: CallRemarks
    voicemails: VoicemailTable
    flows: FlowTable
    directory: Directory
    interrupted_calls: tuple[str, ...] = ()
    "Ids of the calls an earlier run left open, closed at this start."

    async def close(self) -> None:
        """Write what is left and close every connection."""
        await self.writer.close()
        await self.database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """Where things are."""

    url: str
    var_dir: Path
    "Holds the key file and the spool."
    recordings_dir: Path
    node_id: str = "local"
    country: str = "VN"
    "ISO 3166 region of the numbers people type."
    writer: WriterSettings = field(default_factory=WriterSettings)
    queue_defaults: Mapping[str, Any] = field(default_factory=dict)
    "Settings of queues where theirs say nothing."


async def open_storage(settings: StorageSettings, *, close_interrupted: bool = True) -> Storage:
    """Open the database: migrate, replay the spool, close interrupted calls, load the directory.

    :param close_interrupted: ``False`` for command-line tools that run beside a server, which owns the open calls.
    """
    database = Database(settings.url)
    await database.upgrade()
    box = SecretBox.from_file(settings.var_dir / "secret.key")
    # A tool beside the server must not touch the server's spool file.
    spool_dir = settings.var_dir / ("spool" if close_interrupted else "spool-tools")
    writer = GroupCommitWriter(create_sink(database), spool_dir, settings.writer)
    await writer.start()
    interrupted: tuple[str, ...] = ()
    if close_interrupted:
        interrupted = await close_open_calls(database, writer, settings.recordings_dir, settings.node_id)
    directory = Directory()

    async def refresh() -> None:
        await directory.refresh(stores, extensions, dids)
        await queue_book.refresh()

    call_log = StoredCallLog(writer)
    users = UserTable(database, refresh)
    customers = CustomerTable(database)
    stores = StoreTable(database, refresh)
    extensions = ExtensionTable(database, box, refresh)
    dids = DidTable(database, refresh)
    queues = QueueTable(database, refresh)
    queue_book = StoredQueueBook(queues, users, extensions, stores, settings.queue_defaults)
    await refresh()
    return Storage(
        database=database,
        writer=writer,
        call_log=call_log,
        calls=CallRepository(database),
        customers=customers,
        customer_desk=CustomerDesk(database, customers, settings.country),
        names=NameTable(database),
        interactions=InteractionTable(database),
        stores=stores,
        dids=dids,
        extensions=extensions,
        bindings=BindingTable(database, writer),
        users=users,
        sessions=SessionTable(database),
        api_tokens=ApiTokenTable(database),
        audit=AuditTable(database, writer),
        queues=queues,
        queue_book=queue_book,
        agent_states=AgentStateTable(database, writer),
        queue_history=QueueHistoryTable(database, writer),
        callbacks=CallbackTable(database, writer),
        dispositions=DispositionTable(database),
        break_reasons=BreakReasonTable(database),
        call_remarks=CallRemarks(database, writer, call_log),
        voicemails=VoicemailTable(database, writer),
        flows=FlowTable(database),
        directory=directory,
        interrupted_calls=interrupted,
    )
