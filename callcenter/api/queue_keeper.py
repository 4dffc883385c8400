"""How queues are shown and changed over the API, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, Field

from callcenter.accounts.principal import Principal
from callcenter.acd.queue import QueueMember, store_queue_code
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.auth import visible
from callcenter.api.errors import ApiProblem, not_found
from callcenter.api.fields import Name
from callcenter.routing.hours_form import HoursForm
from callcenter.routing.queue_book import QueueSetup, may_see
from callcenter.routing.queue_form import InvalidQueueSettings, QueueForm, read_settings

STORE_PREFIX = store_queue_code("")


class QueueWrite(BaseModel):
    """What a supervisor decides about a queue."""

    code: Annotated[
        str,
        Field(
            max_length=96,
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$",
            description="Short and unique; flows name it. `store:` and a store's code is that store's own queue.",
            examples=["sales"],
        ),
    ]
    name: Annotated[Name, Field(examples=["Bán hàng"])]
    name_en: Annotated[str, Field(max_length=200, examples=["Sales"])] = ""
    store_id: Annotated[
        str | None, Field(max_length=64, description="The store whose supervisors keep it; null: administrators.")
    ] = None
    enabled: bool = True
    settings: Annotated[QueueForm, Field(description="What is left out keeps its default.")] = QueueForm()


class MemberWrite(BaseModel):
    """An agent's place in a queue."""

    agent_id: Annotated[str, Field(min_length=1, max_length=96, description="A user, or `phone:` and an extension.")]
    order: Annotated[int, Field(ge=0, le=10_000, description="Place in the linear order, smallest first.")] = 0
    weight: Annotated[int, Field(ge=1, le=100, description="Share of the calls under the weighted strategy.")] = 1
    active: Annotated[bool, Field(description="Takes calls of this queue.")] = True


class MemberView(MemberWrite):
    """An agent in a queue."""

    name: str
    extension: str | None
    implied: Annotated[bool, Field(description="A phone of the store, a member without being named.")]


class QueueView(QueueWrite):
    """A queue, as it is set up."""

    id: str
    implied: Annotated[bool, Field(description="Nobody has set it up; changing it does.")]
    members: list[MemberView]


class QueueKeeper:
    """Shows queues to those who may see them and keeps what those who may change them decide."""

    def __init__(self, ports: AcdPorts) -> None:
        self._queues = ports.queues
        self._book = ports.book

    def sees(self, principal: Principal, queue_id: str) -> bool:
        """Tell whether a queue is open to somebody."""
        queue = self._book.queues.get(queue_id)
        return queue is not None and may_see(principal.scope, queue, self._book.agents)

    def seen(self, queue_id: str, principal: Principal) -> QueueSetup:
        """Return a queue that may be seen.

        :raises ApiProblem: 404 when it may not.
        """
        if not self.sees(principal, queue_id):
            raise not_found("queue")
        return self._book.setups[queue_id]

    def own(self, queue_id: str, principal: Principal) -> QueueSetup:
        """Return a queue that may be changed: seeing it through its members is not enough.

        :raises ApiProblem: 404 when it may not even be seen, 403 when it may not be changed.
        """
        setup = self.seen(queue_id, principal)
        if not visible(principal, [setup.store_id]):
            raise ApiProblem(403, "queue-of-others", "Only its store's supervisors and administrators may change it.")
        return setup

    def listed(self, principal: Principal) -> list[QueueView]:
        """Return every queue open to somebody, those of the stores last."""
        listed = [setup for setup in self._book.setups.values() if self.sees(principal, setup.id)]
        listed.sort(key=lambda setup: (setup.code.startswith(STORE_PREFIX), setup.name, setup.code))
        return [self.view(setup) for setup in listed]

    def view(self, setup: QueueSetup) -> QueueView:
        """Return a queue as JSON shows it."""
        return QueueView(
            id=setup.id,
            code=setup.code,
            name=setup.name,
            name_en=setup.name_en,
            store_id=setup.store_id,
            enabled=setup.enabled,
            implied=setup.implied,
            settings=self._shown_settings(setup),
            members=self.members(setup),
        )

    def members(self, setup: QueueSetup) -> list[MemberView]:
        """Return who is in a queue."""
        named = {member.agent_id for member in setup.members}
        agents = self._book.agents
        return [
            MemberView(
                agent_id=member.agent_id,
                order=member.order,
                weight=member.weight,
                active=member.active,
                name=agents[member.agent_id].name,
                extension=agents[member.agent_id].extension,
                implied=member.agent_id not in named,
            )
            for member in self._book.queues[setup.id].members
        ]

    async def add(self, queue_id: str, wanted: QueueWrite, principal: Principal) -> QueueView:
        """Set a queue up, one that is there anyway under the id it has.

        :raises ApiProblem: as :meth:`save`, and when the code is that of a foreign store's queue.
        """
        implied = (setup for setup in self._book.setups.values() if setup.implied and setup.code == wanted.code)
        if (present := next(implied, None)) is None:
            return await self.save(queue_id, wanted, principal)
        if not visible(principal, [present.store_id]):
            raise ApiProblem(422, "queue-code-reserved", "This code is that of another store's queue.")
        return await self.save(present.id, wanted, principal)

    async def save(self, queue_id: str, wanted: QueueWrite, principal: Principal) -> QueueView:
        """Keep what somebody decided about a queue.

        :raises ApiProblem: when the store is foreign, or code, store and overflow do not fit.
        """
        await self._queues.save(self._checked(queue_id, wanted, principal))
        return self.view(self._book.setups[queue_id])

    async def save_members(
        self, setup: QueueSetup, members: Sequence[QueueMember], supervisor: Principal
    ) -> list[MemberView]:
        """Replace those who are named in a queue.

        :raises ApiProblem: when an agent is unknown to the supervisor, or named twice.
        """
        known = {member.agent_id for member in setup.members}
        for member in members:
            if member.agent_id not in known and not self._is_known(member.agent_id, supervisor):
                raise ApiProblem(422, "unknown-agent", f"There is no agent {member.agent_id}.")
        if len({member.agent_id for member in members}) < len(members):
            raise ApiProblem(422, "invalid-request", "An agent is named twice.")
        if setup.implied:
            await self._queues.save(replace(setup, implied=False))
        await self._queues.set_members(setup.id, members)
        return self.members(self._book.setups[setup.id])

    def _checked(self, queue_id: str, wanted: QueueWrite, principal: Principal) -> QueueSetup:
        store = None if wanted.store_id is None else self._book.stores.get(wanted.store_id)
        if not visible(principal, [wanted.store_id]) or (wanted.store_id is not None and store is None):
            raise ApiProblem(422, "unknown-store", "There is no such store; only administrators leave it out.")
        if wanted.code.startswith(STORE_PREFIX) and (store is None or wanted.code != store_queue_code(store.code)):
            raise ApiProblem(422, "queue-code-reserved", f"Codes with {STORE_PREFIX} are those of the stores' queues.")
        for code in wanted.settings.overflow:
            if self._book.find(code) is None:
                raise ApiProblem(422, "unknown-queue", f"There is no queue {code} to overflow into.")
        settings = wanted.settings.model_dump(mode="json", by_alias=True, exclude_unset=True)
        if store is not None and wanted.settings.hours == HoursForm.of(store.hours):
            settings.pop("hours", None)  # Follows the store's hours, and goes on doing so.
        return QueueSetup(
            id=queue_id,
            code=wanted.code,
            name=wanted.name,
            name_en=wanted.name_en,
            store_id=wanted.store_id,
            settings=settings,
            enabled=wanted.enabled,
        )

    def _shown_settings(self, setup: QueueSetup) -> QueueForm:
        try:
            form = read_settings(setup.settings, self._book.defaults)
        except InvalidQueueSettings:
            form = QueueForm()
        store = None if setup.store_id is None else self._book.stores.get(setup.store_id)
        if store is not None and "hours" not in setup.settings:
            form = form.model_copy(update={"hours": HoursForm.of(store.hours)})
        return form

    def _is_known(self, agent_id: str, supervisor: Principal) -> bool:
        agent = self._book.agents.get(agent_id)
        if agent is None:
            # A phone outside the stores, or a user who takes no calls yet: counts once an administrator names it.
            return supervisor.scope.everything
        return visible(supervisor, agent.store_ids, [agent.id])
