"""The routes of the API, a module per subject, and what they need from below.

A module exports ``router(ports) -> APIRouter``. Its owner adds the ports as a field of :class:`Services` and its line
in :func:`all_routers`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from prometheus_client import CollectorRegistry

from callcenter.accounts.audit import AuditReader
from callcenter.accounts.extension import Extension
from callcenter.accounts.people import People
from callcenter.accounts.session import ApiTokenRepository
from callcenter.accounts.sign_in import SignIn
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.references import AllStores, Names
from callcenter.api.routes import (
    agents,
    audit,
    call_log,
    callbacks,
    customers,
    directory,
    dispositions,
    flow_replay,
    flow_runs,
    flows,
    live_calls,
    me,
    queues,
    session,
    softphone,
    status,
    stores,
    tokens,
    users,
    voicemails,
)
from callcenter.api.routes.call_log import CallReader, Normalise
from callcenter.api.routes.customers import Customers, LiveContacts
from callcenter.api.routes.directory import Presence, QueueName
from callcenter.api.routes.live_calls import LiveCallPorts
from callcenter.api.routes.softphone import Softphones
from callcenter.api.routes.status import ServerStatus
from callcenter.api.routes.users import Seats, UserDirectory
from callcenter.api.what_if_desk import WhatIfDesk
from callcenter.ivr.flow_desk import FlowDesk
from callcenter.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the routes work with."""

    status: Callable[[], ServerStatus]
    registry: CollectorRegistry
    clock: Clock
    random_bytes: Callable[[int], bytes]
    normalise: Normalise
    "Returns the one spelling of a number as people of this country write it."
    names: Names
    stores: AllStores
    extensions: Callable[[], Mapping[str, Extension]]
    "Every enabled extension by number, from memory."

    timezone: str
    "Zone in which pages show times."
    sign_in: SignIn
    people: People
    users: UserDirectory
    seats: Seats
    tokens: ApiTokenRepository
    audit: AuditReader

    calls: CallReader
    recordings: Path
    "Directory that the paths of recordings are relative to."
    customers: Customers
    live_contacts: LiveContacts
    presence: Presence
    queue_names: Callable[[], Sequence[QueueName]]
    "The queues that calls may be put into, without those of stores."

    acd: AcdPorts | None = None
    "Agents, queues and what is said after calls; None leaves their routes out."
    live_calls: LiveCallPorts | None = None
    "Calls under way and what may be done with them; None leaves their routes out."

    flows: FlowDesk | None = None
    "Where call flows are drawn; None leaves their routes out."

    softphones: Softphones | None = None
    "Credentials for browsers' phones; None leaves their route out."

    def extension_of(self, user_id: str) -> str | None:
        """Return the number of a user's extension, from memory."""
        seated = (account.number for account in self.extensions().values() if account.agent_id == user_id)
        return next(seated, None)


def _live_calls_router(services: Services, ports: LiveCallPorts) -> APIRouter:
    return live_calls.router(ports, customers.open_customer(services.customers, services.live_contacts))


def all_routers(services: Services) -> list[APIRouter]:
    """Return every router of the API."""
    return [
        status.router(services.status, services.registry),
        session.router(services.sign_in, services.extension_of, services.timezone),
        me.router(services.sign_in, services.extension_of, services.timezone),
        users.router(services.people, services.users, services.seats, services.stores),
        tokens.router(services.tokens, services.stores, services.clock, services.random_bytes),
        audit.router(services.audit),
        call_log.router(services.calls, services.names, services.stores, services.recordings, services.normalise),
        customers.router(
            services.customers, services.names, services.stores, services.live_contacts, services.normalise
        ),
        stores.router(services.stores),
        directory.router(services.extensions, services.names, services.stores, services.queue_names, services.presence),
        *([] if services.acd is None else _acd_routers(services.acd)),
        *([] if services.live_calls is None else [_live_calls_router(services, services.live_calls)]),
        *([] if services.flows is None else _flow_routers(services.flows, services)),
        *([] if services.softphones is None else [softphone.router(services.softphones)]),
    ]


def _acd_routers(acd: AcdPorts) -> list[APIRouter]:
    return [module.router(acd) for module in (agents, queues, dispositions, callbacks, voicemails)]


def _flow_routers(desk: FlowDesk, services: Services) -> list[APIRouter]:
    what_if = WhatIfDesk(desk, services.calls, services.stores, services.clock)
    return [flows.router(desk), flow_runs.router(desk), flow_replay.router(desk, services.calls, what_if)]
