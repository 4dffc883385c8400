"""What the node is doing, for the status page, load balancers and Prometheus."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING

from callcenter import __version__
from callcenter.api.routes.status import FlowProblem, HotlineStatus, Sentence, ServerStatus, SipListener, TrunkStatus
from callcenter.calls.trunks import Trunk
from callcenter.runtime.clock import Clock
from callcenter.sip.endpoint import Endpoint

if TYPE_CHECKING:
    from callcenter.server.node import Server


def measure(node: Server) -> None:
    """Have every gauge read what it shows when it is asked."""
    metrics, endpoint, clock = node.metrics, node.exchange.endpoint, node.clock
    metrics.calls_active.set_function(lambda: len(node.exchange.calls))
    metrics.registrations.set_function(lambda: len(node.location))
    metrics.loop_lag.set_function(lambda: node.lag.value)
    metrics.log_spooled.set_function(lambda: node.storage.writer.statistics.units_waiting)
    metrics.media_worker_restarts.set_function(lambda: node.media.restarts)
    metrics.media_legs.set_function(lambda: node.media.legs_open)
    metrics.sip_dialogs.set_function(lambda: endpoint.counts["dialogs"])
    metrics.sip_sessions.set_function(lambda: endpoint.counts["sessions"])
    metrics.sip_bans.set_function(lambda: len(node.guard.bans(clock.monotonic())))
    for side in ("client", "server"):
        metrics.sip_transactions.labels(side).set_function(partial(_count, endpoint, f"{side}_transactions"))
    for field in fields(node.driver.counters):
        metrics.sip_messages.labels(field.name).set_function(partial(getattr, node.driver.counters, field.name))
    for trunk in node.trunks.by_name.values():
        metrics.trunk_up.labels(trunk.name).set_function(partial(_is_up, trunk, clock))


def status_of(node: Server) -> ServerStatus:
    """Return what the server is doing, for the status page and load balancers."""
    now = node.clock.monotonic()
    return ServerStatus(
        name=node.config.deployment.name,
        version=__version__,
        state="draining" if node.signalling.draining else "running",
        started_at=node.started_at.isoformat(),
        calls_active=len(node.exchange.calls),
        calls_finished=dict(node.outcomes),
        phones_registered=len(node.location),
        media_workers=node.media.workers_alive,
        hotlines=[
            HotlineStatus(number=did.number, flow=did.flow, in_service=node.library.get(did.flow) is not None)
            for did in node.config.dids
        ],
        trunks=[
            TrunkStatus(name=trunk.name, up=trunk.usable(now), calls=trunk.calls)
            for trunk in node.trunks.by_name.values()
        ],
        flow_problems=[
            FlowProblem(
                file=path,
                severity=problem.severity.value,
                code=problem.code,
                message=Sentence(vi=problem.message["vi"], en=problem.message["en"]),
            )
            for path, problems in node.library.problems().items()
            for problem in problems
        ],
        sip_realm=node.config.sip.realm,
        sip_listeners=[
            SipListener(
                transport=address.transport,
                host=address.advertised_host or (None if address.host in ("0.0.0.0", "::") else address.host),
                port=address.advertised_port or address.port,
            )
            for address in node.driver.listening
        ],
        log_rows_waiting=node.storage.writer.statistics.units_waiting,
    )


def _count(endpoint: Endpoint, what: str) -> float:
    return endpoint.counts[what]


def _is_up(trunk: Trunk, clock: Clock) -> float:
    return trunk.usable(clock.monotonic())
