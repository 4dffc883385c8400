"""The web part of a node: who signs in, and the services behind the routes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from prometheus_client import CollectorRegistry

from callcenter.accounts.passwords import Passwords
from callcenter.accounts.people import People, ensure_first_admin
from callcenter.accounts.session import SessionRules
from callcenter.accounts.sign_in import SignIn, SignInPorts
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.app import WebPorts
from callcenter.api.auth import WebSecurity
from callcenter.api.routes import Services
from callcenter.api.routes.live_calls import LiveCallPorts
from callcenter.api.routes.status import ServerStatus
from callcenter.config import Config
from callcenter.crm.phone_number import normalise
from callcenter.runtime.clock import Clock
from callcenter.server.desk import Desk
from callcenter.server.workplace import Workplace
from callcenter.storage.assembly import Storage

Publish = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class Identities:
    """Who may come in."""

    sign_in: SignIn
    people: People
    first_admin_password: str | None
    "Made at this start because there was no user; to be shown once."


async def open_identities(config: Config, storage: Storage, clock: Clock, publish: Publish) -> Identities:
    """Return the services of sign-in and users, and make the first administrator when there is no user.

    :param publish: told :class:`~callcenter.accounts.session.SessionsEnded` and
        :class:`~callcenter.accounts.people.UserChanged`.
    """
    passwords = Passwords()
    rules = SessionRules(
        idle=timedelta(minutes=config.http.session_idle_minutes), absolute=timedelta(hours=config.http.session_hours)
    )
    sign_in = SignIn(
        SignInPorts(
            users=storage.users,
            sessions=storage.sessions,
            tokens=storage.api_tokens,
            audit=storage.audit,
            stores=lambda: storage.directory.snapshot.stores.values(),
            clock=clock,
            random_bytes=secrets.token_bytes,
            publish=publish,
        ),
        passwords,
        rules,
    )
    people = People(storage.users, storage.extensions, sign_in, passwords, clock, secrets.token_bytes, publish)
    first = await ensure_first_admin(storage.users, passwords, clock, secrets.token_bytes)
    return Identities(sign_in, people, first)


def web_ports(config: Config, storage: Storage, clock: Clock, identities: Identities) -> WebPorts:
    """Return what stands before the routes."""
    security = WebSecurity(public_url=config.http.public_url, metrics_for_admins_only=config.http.metrics == "admin")
    return WebPorts(identity=identities.sign_in, audit=storage.audit, clock=clock, security=security)


def web_services(
    config: Config,
    storage: Storage,
    clock: Clock,
    identities: Identities,
    desk: Desk,
    workplace: Workplace,
    *,
    status: Callable[[], ServerStatus],
    registry: CollectorRegistry,
) -> Services:
    """Return the services behind the routes."""
    directory = storage.directory
    return Services(
        status=status,
        registry=registry,
        clock=clock,
        random_bytes=secrets.token_bytes,
        normalise=partial(normalise, region=config.deployment.country),
        names=storage.names,
        stores=lambda: directory.snapshot.stores,
        extensions=lambda: directory.snapshot.extensions,
        timezone=config.deployment.timezone,
        sign_in=identities.sign_in,
        people=identities.people,
        users=storage.users,
        seats=storage.extensions,
        tokens=storage.api_tokens,
        audit=storage.audit,
        calls=storage.calls,
        recordings=config.paths.recordings,
        customers=storage.customer_desk,
        live_contacts=desk,
        presence=desk,
        queue_names=workplace.queue_names,
        acd=AcdPorts(
            desk=workplace.dispatcher,
            book=storage.queue_book,
            queues=storage.queues,
            callbacks=storage.callbacks,
            dispositions=storage.dispositions,
            break_reasons=storage.break_reasons,
            remarks=storage.call_remarks,
            calls=storage.calls,
            voicemails=storage.voicemails,
            recordings=config.paths.recordings,
            clock=clock,
        ),
        live_calls=LiveCallPorts(control=workplace.control, views=workplace.live_calls),
        softphones=workplace.phones,
    )
