"""From what is set up to the queues calls wait in: who is an agent, who is a member, and which queues stores have.

Every store has a queue of its own, ``store:<code>``, whose members are its phones: an extension with a user is that
agent, one without is a plain phone. The central desk is the queue ``central``; until somebody sets it up, it is made
of the phones of the store ``central``. Setting up a queue with one of these codes changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog

from callcenter.accounts.extension import Extension
from callcenter.accounts.scope import Scope, stores_of
from callcenter.accounts.user import Role, User
from callcenter.acd.ports import QueueBookContents
from callcenter.acd.queue import AgentProfile, Queue, QueueMember, QueueSettings, plain_phone_id, store_queue_code
from callcenter.crm.store import Store
from callcenter.routing.queue_form import InvalidQueueSettings, read_settings

log = structlog.get_logger(__name__)

CENTRAL = "central"
"Code of the central desk's queue, and of the store whose phones make it while it is not set up."
_OF_A_STORE: Mapping[str, Any] = {"strategy": "ring_all"}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSetup:
    """A queue as supervisors set it up."""

    id: str
    code: str
    name: str
    name_en: str = ""
    store_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    "What :class:`~callcenter.routing.queue_form.QueueForm` reads; what is left out keeps its default."
    members: tuple[QueueMember, ...] = ()
    "Those named; the phones of the store come on top in a store's own queue."
    enabled: bool = True
    implied: bool = False
    "Nobody has set it up; it is there because of a store."


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Everybody who may take calls, and where."""

    users: Sequence[User]
    extensions: Sequence[Extension]
    "Enabled ones."
    stores: Sequence[Store]
    skills: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    "Skill to level, by agent."


def with_implied(setups: Iterable[QueueSetup], stores: Iterable[Store]) -> tuple[QueueSetup, ...]:
    """Return ``setups`` and the queues that stores have without being set up."""
    found = {setup.code: setup for setup in setups}
    for store in stores:
        if store.closed:
            continue
        code = store_queue_code(store.code)
        found.setdefault(code, _implied(f"store:{store.id}", code, store))
        if store.code == CENTRAL:
            found.setdefault(CENTRAL, _implied(CENTRAL, CENTRAL, store))
    return tuple(found.values())


def _implied(queue_id: str, code: str, store: Store) -> QueueSetup:
    return QueueSetup(id=queue_id, code=code, name=store.name, store_id=store.id, settings=_OF_A_STORE, implied=True)


def assemble(
    setups: Sequence[QueueSetup], staff: Staff, defaults: Mapping[str, Any] | None = None
) -> QueueBookContents:
    """Return every queue and agent; ``setups`` with the implied ones.

    :param defaults: settings of queues where theirs say nothing.
    """
    named = {member.agent_id for setup in setups for member in setup.members}
    agents = {agent.id: agent for agent in _agents(staff, named)}
    phones: dict[str, list[str]] = {}
    for extension in staff.extensions:
        agent_id = extension.agent_id or plain_phone_id(extension.number)
        if extension.store_id is not None and agent_id in agents:
            phones.setdefault(extension.store_id, []).append(agent_id)
    stores = {store.id: store for store in staff.stores}
    queues = []
    for setup in setups:
        store = stores.get(setup.store_id) if setup.store_id is not None else None
        listed = [member for member in setup.members if member.agent_id in agents]
        if store is not None and (setup.implied or setup.code == store_queue_code(store.code)):
            present = {member.agent_id for member in listed}
            others = [agent_id for agent_id in phones.get(store.id, ()) if agent_id not in present]
            first = 1 + max((member.order for member in listed), default=-1)
            listed += [QueueMember(agent_id=agent_id, order=first + index) for index, agent_id in enumerate(others)]
        queues.append(
            Queue(
                id=setup.id,
                code=setup.code,
                name=setup.name,
                store_id=setup.store_id,
                members=tuple(listed),
                settings=settings_of(setup, store, defaults),
                enabled=setup.enabled,
            )
        )
    return QueueBookContents(tuple(queues), tuple(agents.values()))


def settings_of(setup: QueueSetup, store: Store | None, defaults: Mapping[str, Any] | None = None) -> QueueSettings:
    """Return a queue's settings; without hours of its own a store's queue is open as the store is.

    Settings that cannot be read any more (a strategy that is gone) are logged and those of the deployment are used.
    """
    try:
        settings = read_settings(setup.settings, defaults).to_settings()
    except InvalidQueueSettings as error:
        log.error("settings of a queue cannot be read", queue=setup.code, error=str(error))
        settings = QueueSettings()
    if store is not None and "hours" not in setup.settings:
        settings = replace(settings, hours=store.hours)
    return settings


def _agents(staff: Staff, named: set[str]) -> Iterable[AgentProfile]:
    by_user = {extension.agent_id: extension for extension in staff.extensions if extension.agent_id is not None}
    for user in staff.users:
        extension = by_user.get(user.id)
        if not user.active or (extension is None and user.role is not Role.AGENT and user.id not in named):
            continue
        stores = set(stores_of(user, staff.stores))
        if extension is not None and extension.store_id is not None:
            stores.add(extension.store_id)
        yield AgentProfile(
            id=user.id,
            name=user.name,
            extension=None if extension is None else extension.number,
            store_ids=tuple(sorted(stores)),
            skills=dict(staff.skills.get(user.id, {})),
        )
    for extension in staff.extensions:
        agent_id = plain_phone_id(extension.number)
        if extension.agent_id is None and (extension.store_id is not None or agent_id in named):
            yield AgentProfile(
                id=agent_id,
                name=extension.name or extension.number,
                extension=extension.number,
                store_ids=() if extension.store_id is None else (extension.store_id,),
                skills=dict(staff.skills.get(agent_id, {})),
                plain=True,
            )


def stores_concerned(queue: Queue, agents: Mapping[str, AgentProfile]) -> frozenset[str | None]:
    """Return the stores a queue concerns: its own and those of its members."""
    of_members = (agents[member.agent_id].store_ids for member in queue.members if member.agent_id in agents)
    return frozenset((queue.store_id,)).union(*of_members)


def may_see(scope: Scope, queue: Queue, agents: Mapping[str, AgentProfile]) -> bool:
    """Tell whether a queue is open to somebody: by its store, its members' stores, or as a member."""
    return scope.covers_any(stores_concerned(queue, agents), (member.agent_id for member in queue.members))
