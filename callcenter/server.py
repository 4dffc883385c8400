"""The composition root: builds every part, connects them, starts and stops them in order."""

from __future__ import annotations

import asyncio
import gc
import secrets
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from random import Random

import structlog

from callcenter import __version__
from callcenter.api.app import (
    FlowProblem,
    HotlineStatus,
    Sentence,
    ServerStatus,
    SipListener,
    TrunkStatus,
    WebServer,
    create_app,
)
from callcenter.calls.authentication import Authenticator
from callcenter.calls.call import Call, Hangup
from callcenter.calls.cdr import FinishedCall, HangupCause, HangupSide
from callcenter.calls.channel import to_prompt
from callcenter.calls.dial import Lines
from callcenter.calls.exchange import Exchange
from callcenter.calls.inbound import Inbound
from callcenter.calls.location import Location
from callcenter.calls.reconnection import reconnect
from callcenter.calls.registrar import Registrar, RegistrarSettings
from callcenter.calls.routes import Routes
from callcenter.calls.settings import CallSettings
from callcenter.calls.signalling import Signalling
from callcenter.calls.trunks import OutboundRule, Trunks, TrunkSettings
from callcenter.calls.trunks import Trunk as TrunkState
from callcenter.config import Config, LastStore, Trunk
from callcenter.crm.interaction import InteractionKind
from callcenter.crm.phone_number import normalise
from callcenter.crm.store import Store
from callcenter.ivr.fixed_prompts import fixed_prompts
from callcenter.ivr.flow_call import FlowSettings
from callcenter.ivr.http_call import HttpCaller, HttpSettings
from callcenter.ivr.library import FlowLibrary, FlowUpdate
from callcenter.ivr.problems import Severity
from callcenter.ivr.validate import Catalogue
from callcenter.media.client import WorkerPool
from callcenter.media.prompts import Prompt, PromptLibrary, PromptSettings
from callcenter.media.settings import MediaSettings
from callcenter.media.speech import EspeakSpeech
from callcenter.routing.caller_routing import LAST_STORE_PLAN, CallerRouting, RoutingSources, StoreAccount
from callcenter.routing.facts import LastStoreSettings, Mode, WhenMultiple
from callcenter.routing.flow_calls import DidTable, FlowCalls
from callcenter.runtime.clock import SystemClock
from callcenter.runtime.metrics import Metrics
from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.sip.digest import DigestAuthenticator
from callcenter.sip.endpoint import Endpoint
from callcenter.sip.flow import SentBy
from callcenter.sip.settings import Credentials, EndpointSettings
from callcenter.sip.uri import parse_hostport
from callcenter.storage.assembly import Storage, StorageSettings, open_storage
from callcenter.storage.directory import Directory
from callcenter.transport.driver import SipDriver
from callcenter.transport.overload import LoopLagGauge, OverloadGate
from callcenter.transport.settings import ListenAddress, TlsFiles, TransportSettings
from callcenter.transport.source_guard import GuardSettings, Offence, SourceGuard

log = structlog.get_logger(__name__)

TRYING_DELAY_S = 0.1
"Most calls are answered or ring sooner and need no 100 Trying; the others get it well before they repeat the INVITE."
PROMPT_RECHECK_S = 5.0
"How long a prompt's file may be gone before a call notices."
NODE_ID = "local"
"This node in the log; a cluster will give each node its own."
HEARTBEAT_S = 1.0
HOUSEKEEPING_S = 5.0
"How often registrations are expired, flow files looked at and the directory read again."


ANYWHERE = "192.0.2.1"
"An address outside (RFC 5737); nothing is ever sent to it, only the way there is looked up."


class DirectoryBook:
    """The storage directory as routing sees it."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def stores(self) -> Mapping[str, Store]:
        """Return every store by id."""
        return self._directory.snapshot.stores

    def store_by_code(self, code: str) -> Store | None:
        """Return the store with this code."""
        return self._directory.snapshot.stores_by_code.get(code)

    def extensions_of_store(self, store_id: str) -> Sequence[StoreAccount]:
        """Return the enabled phones of a store."""
        return self._directory.extensions_of_store(store_id)


class Server:
    """One node. Use: ``await start()``, ``await run()`` until a signal, which stops it in order."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = SystemClock()
        self.metrics = Metrics()
        self.started_at = self.clock.utcnow()
        self.page_url = ""
        self.storage: Storage
        self.driver: SipDriver
        self.library: FlowLibrary
        self._stopping = asyncio.Event()
        self._signals = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._routings: dict[str, CallerRouting] = {}
        self._flow_files: dict[str, tuple[int, int]] = {}
        self._outcomes: dict[str, int] = {}
        self._dids = DidTable({})
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
            StorageSettings(url=config.database.url, var_dir=config.paths.data, recordings_dir=config.paths.recordings)
        )
        if self.storage.interrupted_calls:
            log.warning("calls of an earlier run closed", calls=len(self.storage.interrupted_calls))
        self._open_prompts()
        self._load_flows()
        self._refresh_dids()
        await self._open_media()
        self._build_signalling()
        await self._listen()
        await self._open_web()
        self._trunks.start(self.exchange)
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

    def _load_flows(self) -> None:
        self.library = FlowLibrary(self._catalogue)
        files = []
        for path in sorted(self.config.paths.flows.glob("*.json")):
            raw, stamp = _read(path)
            if raw is not None:
                files.append((path.name, raw))
                self._flow_files[path.name] = stamp
        for update in self.library.load(files):
            _report_flow(update)

    def _catalogue(self) -> Catalogue:
        snapshot = self.storage.directory.snapshot
        return Catalogue(
            stores=frozenset(snapshot.stores_by_code) if snapshot.stores else None,
            extensions=frozenset(snapshot.extensions) if snapshot.extensions else None,
            plans=frozenset({LAST_STORE_PLAN}),
        )

    def _refresh_dids(self) -> None:
        """Join the numbers of the configuration and of the database; the configuration wins."""
        flows = {did.number: did.flow_id for did in self.storage.directory.snapshot.dids}
        trunks = {}
        for did in self.config.dids:
            for number in {did.number, self._normalise(did.number) or did.number}:
                flows[number] = did.flow
                if did.trunk is not None:
                    trunks[number] = did.trunk
        self._dids.flows, self._dids.trunks = flows, trunks

    async def _open_media(self) -> None:
        media = self.config.media
        low, high = media.port_range
        self.media = WorkerPool(
            MediaSettings(
                workers=media.workers,
                host=media.host or "0.0.0.0",
                port_min=low,
                port_max=high,
                media_timeout_s=media.timeout,
                hold_timeout_s=media.timeout_on_hold,
            )
        )
        await self.media.start()

    def _build_signalling(self) -> None:
        config, clock = self.config, self.clock
        random = Random(secrets.randbits(64))
        session_timer = config.sip.session_timer
        settings = EndpointSettings(
            t1=config.sip.t1,
            user_agent=config.deployment.name,
            trying_delay=TRYING_DELAY_S,
            session_expires=session_timer.expires,
            min_se=session_timer.min_se,
            max_sessions=4 * config.sip.max_calls,
            max_transactions=max(20_000, 20 * config.sip.max_calls),
        )
        endpoint = Endpoint(settings, lambda: secrets.token_hex(8))
        self._lag = LoopLagGauge(clock)
        self._gate = OverloadGate(
            calls=lambda: len(self.exchange.calls),
            max_calls=config.sip.max_calls,
            lag=lambda: self._lag.value,
            max_loop_lag_s=config.sip.max_loop_lag,
        )
        guard = config.sip.guard
        trusted = [*guard.trusted, *(str(network) for trunk in config.trunks for network in trunk.allow)]
        self._guard = SourceGuard(
            GuardSettings(
                rate=guard.messages_per_second,
                burst=float(guard.burst),
                trusted=tuple(trusted),
                user_failures=guard.failures_before_ban,
                ban_s=guard.ban_seconds,
            )
        )
        self.driver = SipDriver(
            endpoint,
            lambda event: self.signalling.on_sip(event),
            clock=clock,
            random=random,
            guard=self._guard,
            gate=self._gate,
            settings=TransportSettings(),
        )
        self._trunks = Trunks(
            [_trunk(trunk) for trunk in config.trunks],
            [OutboundRule(rule.pattern, rule.trunks, rule.max_calls) for rule in config.outbound],
            random,
        )
        self.location = Location(self.storage.bindings)
        self._build_calls(endpoint)

    def _build_calls(self, endpoint: Endpoint) -> None:
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
            token=lambda: secrets.token_hex(8),
            settings=call_settings(config),
            normalise=self._normalise,
        )
        routes = Routes(storage.directory, self.location, self._trunks, config.sip.realm)
        lines = Lines(routes, self._trunks)
        digest = DigestAuthenticator(
            config.sip.realm,
            secrets.token_bytes(32),
            config.sip.register_.nonce_lifetime,
            random=secrets.token_bytes,
            algorithms=config.sip.digest_algorithms,
        )
        authenticator = Authenticator(digest, storage.directory, self._trunks, self._offence)
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
            settings=_last_store(last_store),
            central_ring_s=last_store.central_ring,
            clock=clock,
        )
        self._http = HttpCaller(HttpSettings(internal_hosts=frozenset(config.ivr.http_allow)), now=clock.monotonic)
        flows = FlowCalls(
            self.library,
            self._dids,
            self._routing_of,
            book,
            self._http,
            clock,
            FlowSettings(
                max_nodes=config.ivr.max_nodes,
                max_without_input_s=config.ivr.max_minutes_without_input * 60,
                lookup_budget_ms=last_store.budget_ms,
            ),
        )
        inbound = Inbound(
            self.exchange, lines, authenticator, self.location, flows, self._routing_of, self._call_finished
        )
        register = config.sip.register_
        registrar = Registrar(
            self.location,
            RegistrarSettings(
                register.min_expires, register.default_expires, register.max_expires, register.max_contacts
            ),
        )
        self.signalling = Signalling(self.exchange, inbound, registrar, authenticator)
        self.media.subscribe(self.signalling.on_media)

    def _source_host(self, remote_host: str) -> str:
        """Return our address towards a peer; towards a name that is not resolved yet, the one towards the world."""
        driver = self.driver
        return driver.source_host(remote_host) or driver.source_host(ANYWHERE) or "127.0.0.1"

    def _offence(self, kind: Offence, source: str, user: str | None) -> None:
        self._guard.report(kind, source, user, self.clock.monotonic())

    async def _listen(self) -> None:
        config = self.config
        utcnow, now = self.clock.utcnow(), self.clock.monotonic()
        self.location.restore(await self.storage.bindings.all(utcnow), now, utcnow)
        public = config.sip.public_host
        tls = config.sip.tls
        files = TlsFiles(
            certificate=tls.certificate or config.paths.data / "sip-certificate.pem",
            private_key=tls.key or config.paths.data / "sip-key.pem",
            unverified_hosts=frozenset(host.lower() for host in tls.unverified_hosts),
        )
        await self.driver.start(
            [
                ListenAddress(entry.transport, entry.host, entry.port, advertised_host=public)
                for entry in config.sip.listen
            ],
            files if any(entry.transport == "tls" for entry in config.sip.listen) else None,
        )
        if public is not None:
            self.exchange.endpoint.set_sent_by(
                SentBy(entry.transport, public, entry.port) for entry in self.driver.listening
            )
        self._lag.start()

    def _measure(self) -> None:
        """Have every gauge read what it shows when it is asked."""
        metrics, endpoint, clock = self.metrics, self.exchange.endpoint, self.clock
        metrics.calls_active.set_function(lambda: len(self.exchange.calls))
        metrics.registrations.set_function(lambda: len(self.location))
        metrics.loop_lag.set_function(lambda: self._lag.value)
        metrics.log_spooled.set_function(lambda: self.storage.writer.statistics.units_waiting)
        metrics.media_worker_restarts.set_function(lambda: self.media.restarts)
        metrics.media_legs.set_function(lambda: self.media.legs_open)
        metrics.sip_dialogs.set_function(lambda: endpoint.counts["dialogs"])
        metrics.sip_sessions.set_function(lambda: endpoint.counts["sessions"])
        metrics.sip_bans.set_function(lambda: len(self._guard.bans(clock.monotonic())))
        for side in ("client", "server"):
            metrics.sip_transactions.labels(side).set_function(partial(_count, endpoint, f"{side}_transactions"))
        for field in fields(self.driver.counters):
            metrics.sip_messages.labels(field.name).set_function(partial(getattr, self.driver.counters, field.name))
        for trunk in self._trunks.by_name.values():
            metrics.trunk_up.labels(trunk.name).set_function(partial(_is_up, trunk, clock))

    async def _open_web(self) -> None:
        self._measure()
        app = create_app(self.status, self.metrics.registry)
        self._web = WebServer(app, self.config.http.host, self.config.http.port)
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
        self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1
        self.metrics.calls.labels(outcome).inc()
        if finished.record.answered_at is not None:
            setup = finished.record.answered_at - finished.record.started_at
            self.metrics.setup_seconds.observe(setup.total_seconds())

    def status(self) -> ServerStatus:
        """Return what the server is doing, for the status page and load balancers."""
        now = self.clock.monotonic()
        return ServerStatus(
            name=self.config.deployment.name,
            version=__version__,
            state="draining" if self.signalling.draining else "running",
            started_at=self.started_at.isoformat(),
            calls_active=len(self.exchange.calls),
            calls_finished=dict(self._outcomes),
            phones_registered=len(self.location),
            media_workers=self.media.workers_alive,
            hotlines=[
                HotlineStatus(number=did.number, flow=did.flow, in_service=self.library.get(did.flow) is not None)
                for did in self.config.dids
            ],
            trunks=[
                TrunkStatus(name=trunk.name, up=trunk.usable(now), calls=trunk.calls)
                for trunk in self._trunks.by_name.values()
            ],
            flow_problems=[
                FlowProblem(
                    file=path,
                    severity=problem.severity.value,
                    code=problem.code,
                    message=Sentence(vi=problem.message["vi"], en=problem.message["en"]),
                )
                for path, problems in self.library.problems().items()
                for problem in problems
            ],
            sip_realm=self.config.sip.realm,
            sip_listeners=[
                SipListener(
                    transport=address.transport,
                    host=address.advertised_host or (None if address.host in ("0.0.0.0", "::") else address.host),
                    port=address.advertised_port or address.port,
                )
                for address in self.driver.listening
            ],
            log_rows_waiting=self.storage.writer.statistics.units_waiting,
        )

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
            self.location.expire(self.clock.monotonic())
            self._look_at_flow_files()
            try:
                await self.refresh()
            except Exception:  # A supervised edge: a database that is away must not end housekeeping.
                log.exception("directory could not be read again")

    async def refresh(self) -> None:
        """Read stores, extensions and numbers again."""
        storage = self.storage
        await storage.directory.refresh(storage.stores, storage.extensions, storage.dids)
        self._refresh_dids()

    def _look_at_flow_files(self) -> None:
        present = {}
        for path in sorted(self.config.paths.flows.glob("*.json")):
            present[path.name] = path
            stamp = _stamp(path)
            if stamp is None or self._flow_files.get(path.name) == stamp:
                continue
            raw, stamp = _read(path)
            if raw is not None:
                self._flow_files[path.name] = stamp
                _report_flow(self.library.update(path.name, raw))
        for name in [name for name in self._flow_files if name not in present]:
            del self._flow_files[name]
            _report_flow(self.library.remove(name))

    async def _warm_prompts(self) -> None:
        """Synthesise every fixed prompt of the flows before somebody has to wait for it."""
        report = await self.prompts.warm(self._fixed_prompts())
        for prompt, reason in report.failed:
            log.warning("prompt cannot be played", file=prompt.file, reason=reason)

    def _fixed_prompts(self) -> list[Prompt]:
        prompts = [Prompt(tone=tone) for tone in ("ringback", "music", "beep", "busy")]
        for program in self.library.snapshot().values():
            prompts += [to_prompt(part) for part in fixed_prompts(program)]
        return prompts

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
        await self._trunks.stop()
        self._web.stop()
        await asyncio.wait([self._web_task], timeout=3)
        self._lag.stop()
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


def call_settings(config: Config) -> CallSettings:
    """Return what the configuration decides about calls."""
    return CallSettings(
        realm=config.sip.realm,
        media_host=config.media.host,
        media_public_host=config.media.public_host,
        signalling_ports=frozenset(address.port for address in config.sip.listen),
        codecs=config.media.codecs,
        record=config.recording.enabled,
        record_ivr=config.recording.when == "always",
        recordings=config.paths.recordings,
        max_call_s=config.limits.max_call_minutes * 60,
        max_transfers=config.limits.max_transfers,
        transfer_ring_s=config.limits.transfer_ring,
        transferor_ring_s=config.limits.transferor_ring,
        trunk_silence_s=config.sip.trunk_answer,
        language=config.deployment.language,
    )


def _last_store(rule: LastStore) -> LastStoreSettings:
    """Return the last-store rule as routing knows it."""
    return LastStoreSettings(
        mode=Mode.SCORED if rule.mode == "score" else Mode.LAST,
        window_days=rule.window_days,
        half_life_days=rule.half_life_days,
        weights={kind: getattr(rule.weights, kind.value) for kind in InteractionKind},
        min_talk_s=rule.min_talk,
        excluded_dispositions=frozenset(rule.excluded_dispositions),
        shared_numbers=frozenset(filter(None, map(normalise, rule.shared_numbers))),
        when_multiple=WhenMultiple.ASK if rule.when_multiple == "ask" else WhenMultiple.MOST_RECENT,
        try_last_agent=rule.try_last_agent,
        agent_ring_s=rule.agent_ring,
        store_ring_s=rule.store_ring,
        sister_ring_s=rule.sister_ring,
        region_ring_s=rule.region_ring,
        region_stores_tried=rule.region_stores,
        max_expected_wait_s=rule.max_expected_wait,
        only_that_store=rule.only_that_store,
        only_that_store_s=rule.only_that_store_seconds,
        ring_store_numbers=rule.ring_store_numbers,
    )


def _trunk(trunk: Trunk) -> TrunkSettings:
    """Return a trunk of the configuration as calls know it."""
    host, port = _host_and_port(trunk.host)
    credentials = None
    if trunk.username is not None and trunk.password is not None:
        credentials = Credentials(trunk.username, trunk.password.get_secret_value(), trunk.realm)
    return TrunkSettings(
        name=trunk.name,
        kind=trunk.kind,
        host=host,
        port=port,
        transport=trunk.transport,
        allow=tuple(ip_network(network) for network in trunk.allow),
        credentials=credentials,
        register_expires=trunk.register_expires,
        caller_id=trunk.caller_id,
        options_interval=trunk.options_interval,
        max_calls=trunk.max_calls,
        trust_identity=trunk.trust_identity,
    )


def _count(endpoint: Endpoint, what: str) -> float:
    return endpoint.counts[what]


def _is_up(trunk: TrunkState, clock: SystemClock) -> float:
    return trunk.usable(clock.monotonic())


def _host_and_port(text: str | None) -> tuple[str | None, int | None]:
    if text is None:
        return None, None
    host, port = parse_hostport(text)
    return host.strip("[]"), port


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> tuple[bytes | None, tuple[int, int]]:
    """Return a flow file's bytes and stamp; None when it cannot be read, which is logged."""
    stamp = _stamp(path) or (0, 0)
    try:
        return path.read_bytes(), stamp
    except OSError as error:
        log.error("flow file cannot be read", file=path.name, error=str(error))
        return None, stamp


def _report_flow(update: FlowUpdate) -> None:
    """Tell the operator what became of a flow file."""
    for problem in update.problems:
        report = log.warning if problem.severity is Severity.WARNING else log.error
        report(f"flow {update.path}: {problem.message['en']}", code=problem.code, node=problem.node_name)
    if not update.accepted:
        log.error("flow refused, the last good version stays in service", file=update.path, flow=update.flow_id)
