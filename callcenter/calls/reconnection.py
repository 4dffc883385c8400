"""After a restart: which phones of the earlier run can be reached again (RFC 5923 §5).

A phone registered over TCP or TLS was reached over the connection it had opened, and that ended with the process. Those
that take connections are connected to; the others have to register anew, and until then nobody should count on them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from callcenter.base.errors import CallcenterError
from callcenter.calls.location import Device, Location
from callcenter.sip.flow import Flow, Target

log = structlog.get_logger(__name__)

AT_ONCE = 32
"Connections opened at the same time."


async def reconnect(location: Location, flow_to: Callable[[Target], Awaitable[Flow]]) -> None:
    """Try every restored phone once, and tell ``location`` of those that can be reached."""
    turn = asyncio.Semaphore(AT_ONCE)
    devices = location.disconnected()

    async def reach(device: Device) -> bool:
        if device.target is None:
            return False
        async with turn:
            try:
                flow = await flow_to(device.target)
            except CallcenterError:
                return False
        location.reconnected(device.binding.aor, device.binding.contact, flow)
        return True

    reached = await asyncio.gather(*(reach(device) for device in devices))
    if devices:
        log.info("phones of an earlier run connected to", reached=sum(reached), lost=len(devices) - sum(reached))
