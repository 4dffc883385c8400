"""Requests outside dialogs, awaited: OPTIONS and REGISTER towards trunks."""

from __future__ import annotations

import asyncio

from callcenter.calls.exchange import Exchange
from callcenter.sip.events import RequestCompleted
from callcenter.sip.flow import Flow, Target
from callcenter.sip.settings import Credentials


async def send_request(  # noqa: PLR0913 - a SIP request has that many parts
    exchange: Exchange,
    method: str,
    uri: str,
    *,
    from_: str,
    to: str,
    headers: tuple[tuple[str, str], ...] = (),
    contact_user: str | None = None,
    call_id: str | None = None,
    cseq: int | None = None,
    flow: Flow | None = None,
    target: Target | None = None,
    credentials: Credentials | None = None,
) -> RequestCompleted:
    """Send a request and return its completion; nothing heard is status 408.

    :param contact_user: user part of a Contact with our own address, for REGISTER.
    :raises callcenter.base.errors.CallcenterError: when the target cannot be looked up or connected to.
    """
    if flow is None and target is not None:
        flow = await exchange.flow_to(target)
    completed: asyncio.Future[RequestCompleted] = asyncio.get_running_loop().create_future()
    request = exchange.endpoint.request(
        method,
        uri,
        from_=from_,
        to=to,
        now=exchange.now(),
        headers=headers,
        contact=_own_contact(contact_user, flow) if contact_user is not None and flow is not None else None,
        call_id=call_id,
        cseq=cseq,
        flow=flow,
        credentials=credentials,
    )
    request.data = completed
    exchange.flush()
    return await completed


def _own_contact(user: str, flow: Flow) -> str:
    return sip_uri(user, *flow.local, flow.transport)


def sip_uri(user: str, host: str, port: int | None, transport: str) -> str:
    """Return the URI of ``user`` (escaped already; empty for none) at a host name or numeric address."""
    shown = f"[{host}]" if ":" in host else host
    userinfo = f"{user}@" if user else ""
    port_part = f":{port}" if port else ""
    return f"sip:{userinfo}{shown}{port_part}" + ("" if transport == "udp" else f";transport={transport}")
