"""Queues as they are set up, their members, and the agents' skills; all of it in memory for the call path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from callcenter.acd.ports import QueueBookContents
from callcenter.acd.queue import AgentProfile, Queue, QueueMember
from callcenter.base.errors import CallcenterError
from callcenter.crm.store import Store
from callcenter.routing.queue_book import QueueSetup, Staff, assemble, with_implied
from callcenter.storage.database import Database
from callcenter.storage.models.acd import agent_skills, queue_members, queues
from callcenter.storage.repositories.accounts import ExtensionTable, UserTable
from callcenter.storage.repositories.stores import Changed, StoreTable, nobody_listens


class QueueCodeTaken(CallcenterError):
    """Another queue has this code."""

    error_id: ClassVar[str] = "queue-code-taken"


class QueueTable:
    """What supervisors set up. Who may see or change which queue is decided before; see :class:`StoredQueueBook`."""

    def __init__(self, database: Database, changed: Changed = nobody_listens) -> None:
        self._database = database
        self._changed = changed

    async def all(self) -> tuple[QueueSetup, ...]:
        """Return every queue that is set up, with its members, by code."""
        order = (queue_members.c.position, queue_members.c.agent_id)
        async with self._database.connect() as connection:
            rows = (await connection.execute(select(queues).order_by(queues.c.code))).mappings().all()
            member_rows = (await connection.execute(select(queue_members).order_by(*order))).mappings().all()
        members: dict[str, list[QueueMember]] = defaultdict(list)
        for row in member_rows:
            members[row["queue_id"]].append(
                QueueMember(agent_id=row["agent_id"], order=row["position"], weight=row["weight"], active=row["active"])
            )
        return tuple(QueueSetup(**row, members=tuple(members[row["id"]])) for row in rows)

    async def save(self, setup: QueueSetup) -> None:
        """Insert or replace a queue; its members stay as they are.

        :raises QueueCodeTaken: when another queue has the code.
        """
        row = {
            "id": setup.id,
            "code": setup.code,
            "name": setup.name,
            "name_en": setup.name_en,
            "store_id": setup.store_id,
            "settings": dict(setup.settings),
            "enabled": setup.enabled,
        }
        statement = self._database.insert(queues).values(row)
        statement = statement.on_conflict_do_update(index_elements=["id"], set_=row)
        try:
            async with self._database.begin() as connection:
                await connection.execute(statement)
        except IntegrityError:
            raise QueueCodeTaken(f"there is a queue {setup.code} already") from None
        await self._changed()

    async def remove(self, queue_id: str) -> None:
        """Forget a queue and who its members were; what happened in it stays written."""
        async with self._database.begin() as connection:
            await connection.execute(delete(queues).where(queues.c.id == queue_id))
        await self._changed()

    async def set_members(self, queue_id: str, members: Sequence[QueueMember]) -> None:
        """Replace the members of a queue that is set up."""
        async with self._database.begin() as connection:
            await connection.execute(delete(queue_members).where(queue_members.c.queue_id == queue_id))
            if members:
                await connection.execute(
                    queue_members.insert(),
                    [
                        {
                            "queue_id": queue_id,
                            "agent_id": member.agent_id,
                            "position": member.order,
                            "weight": member.weight,
                            "active": member.active,
                        }
                        for member in members
                    ],
                )
        await self._changed()

    async def skills(self) -> Mapping[str, Mapping[str, int]]:
        """Return every agent's skills with their levels."""
        async with self._database.connect() as connection:
            rows = await connection.execute(select(agent_skills.c.agent_id, agent_skills.c.skill, agent_skills.c.level))
            found: dict[str, dict[str, int]] = defaultdict(dict)
            for agent_id, skill, level in rows:
                found[agent_id][skill] = level
        return found

    async def set_skills(self, agent_id: str, skills: Mapping[str, int]) -> None:
        """Replace an agent's skills."""
        async with self._database.begin() as connection:
            await connection.execute(delete(agent_skills).where(agent_skills.c.agent_id == agent_id))
            if skills:
                rows = [{"agent_id": agent_id, "skill": skill, "level": level} for skill, level in skills.items()]
                await connection.execute(agent_skills.insert(), rows)
        await self._changed()


class StoredQueueBook:
    """A :class:`~callcenter.acd.ports.QueueBook` in memory: what is set up, with the queues that stores have anyway.

    :attr:`on_changed` is awaited after each change, so that whoever distributes calls reads it anew.
    """

    def __init__(
        self,
        queues: QueueTable,
        users: UserTable,
        extensions: ExtensionTable,
        stores: StoreTable,
        defaults: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare; nothing is known before the first :meth:`load`.

        :param defaults: settings of queues where theirs say nothing, as in the configuration.
        """
        self.defaults: Mapping[str, Any] = defaults or {}
        self.setups: Mapping[str, QueueSetup] = {}
        "By id, the implied ones included."
        self.queues: Mapping[str, Queue] = {}
        "By id."
        self.agents: Mapping[str, AgentProfile] = {}
        "By id, plain phones included."
        self.stores: Mapping[str, Store] = {}
        self.on_changed: Callable[[], Awaitable[None]] = nobody_listens
        self._contents = QueueBookContents()
        self._tables = (queues, users, extensions, stores)

    async def load(self) -> QueueBookContents:
        """Return everything as it was read last; see :meth:`refresh`."""
        return self._contents

    async def refresh(self) -> None:
        """Read everything anew and tell :attr:`on_changed` when something is different."""
        queue_table, users, extensions, stores = self._tables
        all_stores = await stores.all()
        setups = with_implied(await queue_table.all(), all_stores)
        staff = Staff(
            users=await users.all(),
            extensions=[extension for extension, _ in await extensions.all() if extension.enabled],
            stores=all_stores,
            skills=await queue_table.skills(),
        )
        contents = assemble(setups, staff, self.defaults)
        self.setups = {setup.id: setup for setup in setups}
        self.queues = {queue.id: queue for queue in contents.queues}
        self.agents = {agent.id: agent for agent in contents.agents}
        self.stores = {store.id: store for store in all_stores}
        changed, self._contents = contents != self._contents, contents
        if changed:
            await self.on_changed()

    def find(self, queue: str) -> Queue | None:
        """Return a queue by id or code, enabled or not."""
        by_id = self.queues.get(queue)
        return by_id or next((found for found in self.queues.values() if found.code == queue), None)

    def codes(self) -> frozenset[str]:
        """Return the codes that flows may name."""
        return frozenset(queue.code for queue in self.queues.values() if queue.enabled)
