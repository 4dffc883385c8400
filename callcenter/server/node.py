"""One node: builds every part, connects them, starts and stops them in order."""

from __future__ import annotations

import asyncio
import gc
import secrets
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from random import Random

import structlog

from callcenter.api import websockets
from callcenter.api.app import WebServer, create_app
from callcenter.api.routes import all_routers
from callcenter.calls.authentication import Authenticator
from callcenter.calls.call import Call, Hangup
from callcenter.calls.cdr import FinishedCall, HangupCause, HangupSide
from callcenter.calls.exchange import Exchange
from callcenter.calls.inbound import Inbound
from callcenter.calls.lines import Lines
from callcenter.calls.location import Location
from callcenter.calls.originate import Originate
from callcenter.calls.ports import CallHandler
from callcenter.calls.reconnection import reconnect
from callcenter.calls.registrar import Registrar
from callcenter.calls.routes import Routes
from callcenter.calls.signalling import Signalling
from callcenter.calls.trunks import OutboundRule, Trunks
from callcenter.config import Config
from callcenter.crm.phone_number import normalise
from callcenter.ivr.http_call import HttpCaller, HttpSettings
from callcenter.ivr.library import FlowLibrary
from callcenter.media.client import WorkerPool
from callcenter.media.prompts import PromptLibrary, PromptSettings
from callcenter.media.speech import EspeakSpeech
from callcenter.routing.caller_routing import CallerRouting, RoutingSources
from callcenter.routing.flow_callbacks import FlowCallbacks
from callcenter.routing.flow_calls import FlowCalls
from callcenter.runtime.clock import SystemClock
from callcenter.runtime.metrics import Metrics
from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.runtime.tokens import Tokens
from callcenter.server.desk import Desk
from callcenter.server.directory_book import DirectoryBook
from callcenter.server.flow_room import FlowRoom
from callcenter.server.settings import (
    call_settings,
    endpoint_settings,
    flow_settings,
    guard_settings,
    last_store_settings,
    media_settings,
    registrar_settings,
    tls_files,
    trunk_settings,
)
from callcenter.server.status import measure, status_of
from callcenter.server.web import open_identities, web_ports, web_services
from callcenter.server.workplace import Workplace
from callcenter.sip.digest import DigestAuthenticator
from callcenter.sip.endpoint import Endpoint
from callcenter.sip.flow import SentBy
from callcenter.storage.assembly import Storage, StorageSettings, open_storage
from callcenter.transport.driver import SipDriver
from callcenter.transport.overload import LoopLagGauge, OverloadGate
from callcenter.transport.settings import ListenAddress, TransportSettings
from callcenter.transport.source_guard import Offence, SourceGuard

log = structlog.get_logger(__name__)

PROMPT_RECHECK_S = 5.0
"How long a prompt's file may be gone before a call notices."
NODE_ID = "local"
"This node in the log; a cluster will give each node its own."
HEARTBEAT_S = 1.0
HOUSEKEEPING_S = 5.0
"How often registrations are expired, flow files looked at and the directory read again."


ANYWHERE = "192.0.2.1"
"An address outside (RFC 5737); nothing is ever sent to it, only the way there is looked up."


class Server:
    """One node. Use: ``await start()``, ``await run()`` until a signal, which stops it in order.

    :param handler: returns what takes callers through their calls, given the flows; by default those.
    """

    def __init__(self, config: Config, handler: Callable[[CallHandler], CallHandler] = lambda flows: flows) -> None:
        self.config = config
        self._handler = handler
        self.clock = SystemClock()
        self.metrics = Metrics()
        self.started_at = self.clock.utcnow()
        self.page_url = ""
        self.first_admin_password: str | None = None
        "Of the user ``admin``, made at this start because there was none; shown once, stored nowhere."
        self.storage: Storage
        self.driver: SipDriver
        self.library: FlowLibrary
        self._stopping = asyncio.Event()
        self._signals = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._routings: dict[str, CallerRouting] = {}
        self.outcomes: dict[str, int] = {}
        self._normalise = partial(normalise, region=config.deployment.country)

    # Start

    async def start(self) -> None:
        """Open everything; when this returns calls are taken.

        :raises CallcenterError: when something cannot be opened; the message is one line for the operator.
        """
        config = self.config
        for directory in (config.paths.data, config.paths.recordings, config.paths.flows):
            directory.mkdir(parents=True, exist_ok=True)
        self.storage = await open_storage(
            StorageSettings(
                url=config.database.url,
                var_dir=config.paths.data,
                recordings_dir=config.paths.recordings,
                country=config.deployment.country,
                queue_defaults=config.queues.defaults,
            )
        )
        if self.storage.interrupted_calls:
            log.warning("calls of an earlier run closed", calls=len(self.storage.interrupted_calls))
        self._open_prompts()
        self.flows = FlowRoom(config, self.storage, self.clock, lambda event: self.workplace.bus.publish(event))
        self.library = self.flows.library
        await self.flows.open()
        await self._open_media()
        self._build_signalling()
        await self._listen()
        await self.workplace.start(self)
        await self.flows.desk.take_in()
        self.storage.queue_book.on_changed = self.workplace.dispatcher.reload
        await self._open_web()
        self.trunks.start(self.exchange)
        self._tasks.append(create_task(reconnect(self.location, self.driver.flow_to), name="reconnect"))
        self._tasks.append(create_task(self._housekeeping(), name="housekeeping"))
        self._tasks.append(create_task(self._beat(), name="heartbeat"))
        _settle_garbage_collector()
        self._tasks.append(create_task(self._warm_prompts(), name="warm-prompts"))

    def _open_prompts(self) -> None:
        config = self.config
        self._speech = EspeakSpeech({str(language): voice for language, voice in config.speech.voices.items()})
        self.prompts = PromptLibrary(
            config.paths.data / "prompts",
            config.paths.prompts,
            self._speech,
            PromptSettings(
                default_language=config.deployment.language,
                words_per_minute=config.speech.words_per_minute,
                recheck_s=PROMPT_RECHECK_S,
            ),
        )

    async def _open_media(self) -> None:
        self.media = WorkerPool(media_settings(self.config))
        await self.media.start()

    def _build_signalling(self) -> None:
        config, clock = self.config, self.clock
        random = Random(secrets.randbits(64))
        tokens = Tokens()
        endpoint = Endpoint(endpoint_settings(config), tokens)
        self.lag = LoopLagGauge(clock)
        self._gate = OverloadGate(
            calls=lambda: len(self.exchange.calls),
            max_calls=config.sip.max_calls,
            lag=lambda: self.lag.value,
            max_loop_lag_s=config.sip.max_loop_lag,
        )
        self.guard = SourceGuard(guard_settings(config))
        self.driver = SipDriver(
            endpoint,
            lambda event: self.signalling.on_sip(event),
            clock=clock,
            random=random,
            guard=self.guard,
            gate=self._gate,
            settings=TransportSettings(),
        )
        self.trunks = Trunks(
            [trunk_settings(trunk) for trunk in config.trunks],
            [OutboundRule(rule.pattern, rule.trunks, rule.max_calls) for rule in config.outbound],
            random,
        )
        self.location = Location(self.storage.bindings)
        self._build_calls(endpoint, tokens)

    def _build_calls(self, endpoint: Endpoint, tokens: Tokens) -> None:
        config, storage, clock = self.config, self.storage, self.clock
        self.exchange = Exchange(
            endpoint=endpoint,
            flush=self.driver.flush,
            source_host=self._source_host,
            flow_to=self.driver.flow_to,
            media=self.media,
            prompts=self.prompts,
            log=storage.call_log,
            clock=clock,
            token=tokens,
            settings=call_settings(config),
            normalise=self._normalise,
        )
        self.workplace = Workplace(config, storage, self.exchange, self.location)
        routes = Routes(storage.directory, self.location, self.trunks, config.sip.realm)
        lines = Lines(routes, self.trunks, self.workplace.open_queues(routes, self.trunks))
        digest = DigestAuthenticator(
            config.sip.realm,
            secrets.token_bytes(32),
            config.sip.register_.nonce_lifetime,
            random=secrets.token_bytes,
            algorithms=config.sip.digest_algorithms,
        )
        authenticator = Authenticator(digest, self.workplace.accounts, self.trunks, self._offence)
        last_store = config.last_store
        book = DirectoryBook(storage.directory)
        self._sources = RoutingSources(
            book=book,
            customers=storage.customers,
            interactions=storage.interactions,
            is_registered=lambda extension: self.location.is_registered(extension, clock.monotonic()),
            busy=self.exchange.busy_extensions,
            may_dial=routes.may_dial,
            normalise=self._normalise,
            settings=last_store_settings(last_store),
            central_ring_s=last_store.central_ring,
            clock=clock,
            takes_calls=self.workplace.dispatcher.takes_calls,
        )
        self._http = HttpCaller(HttpSettings(internal_hosts=frozenset(config.ivr.http_allow)), now=clock.monotonic)
        flows = self._handler(
            FlowCalls(
                self.library,
                self.flows.dids,
                self._routing_of,
                book,
                self._http,
                clock,
                flow_settings(config),
                FlowCallbacks(self.workplace.dispatcher),
            )
        )
        inbound = Inbound(
            self.exchange, lines, authenticator, self.location, flows, self._routing_of, self._call_finished
        )
        registrar = Registrar(self.location, registrar_settings(config))
        self.signalling = Signalling(self.exchange, inbound, registrar, authenticator, self.workplace.registered)
        self.media.subscribe(self.signalling.on_media)
        originate = Originate(self.exchange, lines, flows, self._routing_of, self._call_finished)
        self.workplace.connect(self.driver, lines, originate, self.signalling.reattachment)
        self.driver.connection_lost = self.workplace.connection_lost

    def _source_host(self, remote_host: str) -> str:
        """Return our address towards a peer; towards a name that is not resolved yet, the one towards the world."""
        driver = self.driver
        return driver.source_host(remote_host) or driver.source_host(ANYWHERE) or "127.0.0.1"

    def _offence(self, kind: Offence, source: str, user: str | None) -> None:
        self.guard.report(kind, source, user, self.clock.monotonic())

    async def _listen(self) -> None:
        config = self.config
        utcnow, now = self.clock.utcnow(), self.clock.monotonic()
        self.location.restore(await self.storage.bindings.all(utcnow), now, utcnow)
        public = config.sip.public_host
        await self.driver.start(
            [
                ListenAddress(entry.transport, entry.host, entry.port, advertised_host=public)
                for entry in config.sip.listen
            ],
            tls_files(config) if any(entry.transport == "tls" for entry in config.sip.listen) else None,
        )
        if public is not None:
            self.exchange.endpoint.set_sent_by(
                SentBy(entry.transport, public, entry.port) for entry in self.driver.listening
            )
        self.lag.start()

    async def _open_web(self) -> None:
        measure(self)
        config, storage, clock = self.config, self.storage, self.clock
        identities = await open_identities(config, storage, clock, self.workplace.bus.publish)
        self.first_admin_password = identities.first_admin_password
        workplace = self.workplace
        desk = Desk(
            lambda: self.exchange.calls, self.location, storage.directory, clock.monotonic, workplace.agent_state
        )
        services = web_services(
            config,
            storage,
            clock,
            identities,
            desk,
            workplace,
            status=lambda: status_of(self),
            registry=self.metrics.registry,
        )
        routers = [
            *all_routers(replace(services, flows=self.flows.desk)),
            websockets.router(workplace.feed, workplace.sip_websockets),
        ]
        app = create_app(routers, web_ports(config, storage, clock, identities))
        self._web = WebServer(app, config.http.host, config.http.port, config.http.trusted_proxies)
        self.page_url = self._web.bind()
        self._web_task = create_task(self._web.serve(), name="web")

    # Work

    def _routing_of(self, call: Call) -> CallerRouting:
        routing = self._routings.get(call.id)
        if routing is None:
            routing = self._routings[call.id] = CallerRouting(self._sources, call)
        return routing

    def _call_finished(self, finished: FinishedCall) -> None:
        self._routings.pop(finished.record.id, None)
        outcome = finished.record.outcome.value if finished.record.outcome else "unknown"
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.metrics.calls.labels(outcome).inc()
        if finished.record.answered_at is not None:
            setup = finished.record.answered_at - finished.record.started_at
            self.metrics.setup_seconds.observe(setup.total_seconds())

    async def _beat(self) -> None:
        """Write every second that calls are still running, so that a crash cannot shorten them in the log by more."""
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if self.exchange.calls:
                self.storage.call_log.note_alive(NODE_ID, self.clock.utcnow())

    async def _housekeeping(self) -> None:
        """Expire registrations, take in changed flow files, read the directory again."""
        while True:
            await asyncio.sleep(HOUSEKEEPING_S)
            self.workplace.expire_registrations()
            for call_id in self._routings.keys() - self.exchange.calls.keys():
                del self._routings[call_id]  # Of a call of ours that could not begin.
            try:
                await self.flows.look()
                await self.refresh()
                self.workplace.phones.seats_changed()  # The console may have moved somebody.
            except Exception:  # A supervised edge: a database that is away must not end housekeeping.
                log.exception("flows or directory could not be read again")

    async def refresh(self) -> None:
        """Read stores, extensions and numbers again."""
        storage = self.storage
        await storage.directory.refresh(storage.stores, storage.extensions, storage.dids)
        await storage.queue_book.refresh()
        self.flows.refresh_dids()

    async def _warm_prompts(self) -> None:
        """Synthesise every fixed prompt of the flows before somebody has to wait for it."""
        report = await self.prompts.warm(self.flows.fixed_prompts())
        for prompt, reason in report.failed:
            log.warning("prompt cannot be played", file=prompt.file, reason=reason)

    # Stop

    async def run(self, before_stop: Callable[[], Awaitable[None]] | None = None) -> None:
        """Work until SIGTERM or SIGINT, then drain (a second one ends at once); SIGHUP reads the directory again.

        :param before_stop: awaited after draining, while the server still answers.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.request_stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: create_task(self.refresh(), name="refresh"))
        await self._stopping.wait()
        await self._drain()
        if before_stop is not None:
            await before_stop()
        await self.stop()

    def request_stop(self) -> None:
        """Begin to stop; a second request does not wait for calls."""
        self._signals += 1
        self._stopping.set()

    async def _drain(self) -> None:
        """Take no new calls and wait for those in progress (at most ``limits.drain_seconds``)."""
        self._gate.draining = True
        self.signalling.draining = True
        deadline = self.clock.monotonic() + self.config.limits.drain_seconds
        if self.exchange.calls:
            log.info("waiting for calls to end", calls=len(self.exchange.calls))
        while self.exchange.calls and self._signals < 2 and self.clock.monotonic() < deadline:  # noqa: ASYNC110 - nothing to wait for but time
            await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """End calls with a reason, write everything, close everything."""
        for call in list(self.exchange.calls.values()):
            call.set_hangup(Hangup(HangupCause.SYSTEM_SHUTDOWN, HangupSide.SYSTEM))
            if call.task is not None:
                call.task.cancel()
        deadline = self.clock.monotonic() + 5
        while self.exchange.calls and self.clock.monotonic() < deadline:  # noqa: ASYNC110 - nothing to wait for but time
            await asyncio.sleep(0.02)
        await cancel_and_wait(*self._tasks)
        await self.workplace.stop()
        await self.trunks.stop()
        self._web.stop()
        await asyncio.wait([self._web_task], timeout=3)
        self.lag.stop()
        await self.driver.stop()
        await self.media.close()
        self.prompts.close()
        await self.storage.close()


def _settle_garbage_collector() -> None:
    """Keep the collector from walking the whole program for every few calls.

    What exists now lives until the end; calls leave little cyclic garbage, so rare collections are enough.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
