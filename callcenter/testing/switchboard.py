"""The whole of call handling in memory: our endpoint and exchange on one side, scripted phones on the other.

Everything from the INVITE to the closed record is the product's own code; the network, the audio, the accounts, the
flows and the plans are the test's. Use it on a :class:`~callcenter.testing.virtual_time.VirtualTimeLoop`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from callcenter.accounts.extension import Extension, SipCredentials, compute_credentials
from callcenter.calls.authentication import Authenticator
from callcenter.calls.call import Call
from callcenter.calls.cdr import CallRecord, EventLine, FinishedCall
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import DialOutcome, DialRequest, QueueRequest, QueueResult, TargetKind
from callcenter.calls.control import CallControl
from callcenter.calls.dial import Lines
from callcenter.calls.dialling import AttemptOutcome, DialStep, DialTarget, TargetAddress
from callcenter.calls.events import CallFact
from callcenter.calls.exchange import Exchange
from callcenter.calls.inbound import Inbound
from callcenter.calls.live_call import LiveCalls
from callcenter.calls.location import Binding, Location
from callcenter.calls.originate import Originate
from callcenter.calls.ports import NoQueues, Queues, StoreLabel
from callcenter.calls.registrar import Registrar, RegistrarSettings
from callcenter.calls.routes import Routes
from callcenter.calls.settings import CallSettings
from callcenter.calls.signalling import Signalling
from callcenter.calls.trunks import OutboundRule, Trunks, TrunkSettings
from callcenter.media.prompt import Prompt, PromptUnavailable
from callcenter.runtime.clock import Clock
from callcenter.sip.digest import DigestAuthenticator
from callcenter.sip.flow import Flow, Target
from callcenter.sip.settings import Credentials
from callcenter.testing.loopback_media import LoopbackMedia
from callcenter.testing.memory_sip import MemoryNetwork, MemoryNode, MemoryPhone
from callcenter.transport.source_guard import Offence

REALM = "callcenter"
SERVER = "192.0.2.1"
FlowScript = Callable[[Call, Channel], Awaitable[None]]


class MemoryCallLog:
    """A :class:`~callcenter.calls.cdr.CallLog` that keeps everything, and objects to what a real one could not hold."""

    def __init__(self) -> None:
        self.opened: list[CallRecord] = []
        self.events: dict[str, list[EventLine]] = {}
        self.finished: list[FinishedCall] = []

    def open_call(self, record: CallRecord) -> None:
        """Keep."""
        self.opened.append(record)
        self.events[record.id] = []

    def append_event(self, call_id: str, line: EventLine) -> None:
        """Keep."""
        self.events[call_id].append(line)

    def close_call(self, finished: FinishedCall) -> None:
        """Keep, once per call."""
        assert finished.record.id not in {earlier.record.id for earlier in self.finished}, "a call was closed twice"
        ids = [leg.id for leg in finished.legs]
        assert len(ids) == len(set(ids)), "a leg was recorded twice"
        self.finished.append(finished)

    async def flush(self) -> None:
        """Nothing waits."""

    def kinds(self, call_id: str) -> list[str]:
        """Return the kinds of a call's event lines, in order."""
        return [line.kind for line in self.events[call_id]]


class MemoryAccounts:
    """An :class:`~callcenter.calls.accounts_port.AccountDirectory`; every password is the number reversed, twice."""

    def __init__(self) -> None:
        self._accounts: dict[str, Extension] = {}

    def add(self, number: str, **parts: Any) -> Extension:
        """Add or replace an account."""
        account = self._accounts[number] = Extension(number=number, **parts)
        return account

    def extension(self, number: str) -> Extension | None:
        """Return the enabled account."""
        account = self._accounts.get(number)
        return account if account is not None and account.enabled else None

    def extension_of_agent(self, agent_id: str) -> Extension | None:
        """Return the account a user sits at."""
        return next((account for account in self._accounts.values() if account.agent_id == agent_id), None)

    def credentials(self, number: str) -> SipCredentials | None:
        """Return its hashes."""
        return None if self.extension(number) is None else compute_credentials(number, REALM, password_of(number))


def password_of(number: str) -> str:
    """Return the password of an account here."""
    return f"secret-{number[::-1]}"


class MemoryBindings:
    """A :class:`~callcenter.calls.location.BindingStore` in memory."""

    def __init__(self) -> None:
        self.saved: dict[tuple[str, str], Binding] = {}

    def save(self, binding: Binding) -> None:
        """Keep."""
        self.saved[binding.aor, binding.contact] = binding

    def remove(self, aor: str, contact: str) -> None:
        """Forget."""
        self.saved.pop((aor, contact), None)


class NamedPrompts:
    """A :class:`~callcenter.calls.ports.PromptSource`: the file of a prompt is named after it."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    async def prepare(self, prompt: Prompt) -> Path:
        """Return a name; nothing is written."""
        await asyncio.sleep(0.001)
        name = prompt.text or prompt.file or prompt.tone or f"silence-{prompt.silence_ms}"
        if name in self.missing:
            raise PromptUnavailable(f"{name} is missing")
        return Path(f"{name}.al")


@dataclass
class Steps:
    """A :class:`~callcenter.calls.dialling.DialPlan` that a test wrote, with the attempts it was told of."""

    steps: tuple[DialStep, ...]
    refusal: DialOutcome = DialOutcome.UNAVAILABLE
    attempts: list[tuple[str, AttemptOutcome]] = field(default_factory=list)

    def attempted(self, step: DialStep, outcome: AttemptOutcome, at_ms: int, ring_ms: int) -> None:
        """Keep."""
        self.attempts.append((step.name, outcome))

    def explanation(self) -> Mapping[str, Any]:
        """Return the attempts."""
        return {"attempts": [[name, outcome.value] for name, outcome in self.attempts]}


def ringing(*extensions: str, name: str = "group", ring_s: float = 20.0, **parts: Any) -> DialStep:
    """Return a step that rings ``extensions`` together."""
    targets = tuple(DialTarget(TargetAddress.EXTENSION, extension) for extension in extensions)
    return DialStep(name=name, targets=targets, ring_s=ring_s, **parts)


class TablePlanner:
    """A :class:`~callcenter.calls.dialling.DialPlanner`: extensions and numbers as they are, the rest from a table."""

    def __init__(self, table: dict[str, tuple[DialStep, ...]]) -> None:
        self._table = table
        self.made: list[Steps] = []

    def plan(self, request: DialRequest) -> Steps:
        """Return the steps for a target."""
        match request.kind:
            case TargetKind.EXTENSION:
                steps: tuple[DialStep, ...] = (ringing(request.target, ring_s=request.ring_timeout_s),)
            case TargetKind.NUMBER:
                target = DialTarget(TargetAddress.NUMBER, request.target)
                steps = (DialStep(name="number", targets=(target,), ring_s=request.ring_timeout_s),)
            case _:
                steps = self._table.get(request.target, ())
        plan = Steps(steps)
        self.made.append(plan)
        return plan


class ScriptedFlows:
    """A :class:`~callcenter.calls.ports.CallHandler`: a coroutine function per number, ``*`` for all others."""

    def __init__(self) -> None:
        self.scripts: dict[str, FlowScript] = {}

    def knows(self, did: str, *, exactly: bool = False, trunk: str | None = None) -> bool:
        """Tell whether there is a script."""
        return did in self.scripts or (not exactly and "*" in self.scripts)

    async def handle(self, call: Call, channel: Channel, did: str) -> None:
        """Run it."""
        await self.scripts.get(did, self.scripts.get("*", _nothing))(call, channel)


async def _nothing(_call: Call, _channel: Channel) -> None:
    """Hang up at once."""


class LateQueues:
    """A :class:`~callcenter.calls.ports.Queues` that a test puts in later."""

    def __init__(self) -> None:
        self.target: Queues = NoQueues()

    def knows(self, queue: str) -> bool:
        """Ask the target."""
        return self.target.knows(queue)

    async def wait(self, channel: Channel, request: QueueRequest) -> QueueResult:
        """Let the target serve the caller."""
        return await self.target.wait(channel, request)


class MemoryPeople:
    """A :class:`~callcenter.calls.ports.PeopleBook` for agents named after their ids and stores a test adds."""

    def __init__(self) -> None:
        self.stores: dict[str, StoreLabel] = {}

    def agent_name(self, agent_id: str) -> str | None:
        """Return a name."""
        return f"Agent {agent_id}"

    def store(self, store_id: str) -> StoreLabel | None:
        """Return it."""
        return self.stores.get(store_id)


def normalise(number: str) -> str | None:
    """Take numbers of at least six digits for telephone numbers, as they are."""
    bare = number.removeprefix("+")
    return number if bare.isdecimal() and len(bare) >= 6 else None


class Switchboard:
    """The product's call handling, and the tables around it that a test may change at any time.

    :param clock: the loop's clock.
    :param recordings: a directory for the recordings' files.
    """

    def __init__(
        self,
        clock: Clock,
        recordings: Path,
        *,
        trunks: tuple[TrunkSettings, ...] = (),
        rules: tuple[OutboundRule, ...] = (),
        **settings: Any,
    ) -> None:
        self.network = MemoryNetwork()
        self.node = MemoryNode(self.network, SERVER, lambda event: self.signalling.on_sip(event))
        self.media = LoopbackMedia()
        self.log = MemoryCallLog()
        self.accounts = MemoryAccounts()
        self.bindings = MemoryBindings()
        self.prompts = NamedPrompts()
        self.flows = ScriptedFlows()
        self.plans: dict[str, tuple[DialStep, ...]] = {}
        self.planner = TablePlanner(self.plans)
        self.offences: list[tuple[Offence, str, str | None]] = []
        self.exchange = Exchange(
            endpoint=self.node.endpoint,
            flush=self.node.flush,
            source_host=lambda _host: SERVER,
            flow_to=self._flow_to,
            media=self.media,
            prompts=self.prompts,
            log=self.log,
            clock=clock,
            token=lambda: f"{len(self.network.seen):016x}",
            settings=replace(CallSettings(recordings=recordings), **settings),
            normalise=normalise,
        )
        self.location = Location(self.bindings)
        self.trunks = Trunks(trunks, rules, Random(7))
        self.routes = Routes(self.accounts, self.location, self.trunks, REALM)
        self.queues = LateQueues()
        self.lines = Lines(self.routes, self.trunks, self.queues)
        digest = DigestAuthenticator(REALM, b"k" * 32, 300, random=Random(3).randbytes)
        self.authenticator = Authenticator(digest, self.accounts, self.trunks, self._offence)
        self.finished: list[FinishedCall] = []
        self.facts: list[CallFact] = []
        self.exchange.publish = self.facts.append
        self.originate = Originate(
            self.exchange, self.lines, self.flows, lambda _call: self.planner, self.finished.append
        )
        self.caller_ids: list[str] = []
        self.control = CallControl(self.exchange, self.lines, self.originate, lambda: self.caller_ids)
        self.people = MemoryPeople()
        self.views = LiveCalls(self.people)
        inbound = Inbound(
            self.exchange,
            self.lines,
            self.authenticator,
            self.location,
            self.flows,
            lambda _call: self.planner,
            self.finished.append,
        )
        self.signalling = Signalling(
            self.exchange, inbound, Registrar(self.location, RegistrarSettings()), self.authenticator
        )
        self.media.subscribe(self.signalling.on_media)
        self._hosts = 10

    async def _flow_to(self, target: Target) -> Flow:
        await asyncio.sleep(0.001)
        return self.node.flow_to(target)

    def _offence(self, kind: Offence, source: str, user: str | None) -> None:
        self.offences.append((kind, source, user))

    # People

    def peer(self, user: str, host: str | None = None, credentials: Credentials | None = None) -> MemoryPhone:
        """Return somebody at an address of their own, unknown to the server."""
        self._hosts += 1
        return MemoryPhone(self.network, host or f"192.0.2.{self._hosts}", SERVER, user, credentials)

    async def phone(self, number: str, *, register: bool = True, transport: str = "udp", **account: Any) -> MemoryPhone:
        """Return a phone with an account, registered; with transport ``ws`` it is a browser."""
        if self.accounts.extension(number) is None:
            self.accounts.add(number, **account)
        phone = self.peer(number, credentials=Credentials(number, password_of(number)))
        phone.node.transport = transport
        if register:
            completed = await phone.register()
            assert completed.status == 200, completed.status
        return phone

    # What came of it

    @property
    def call(self) -> Call:
        """Return the only call there is."""
        (call,) = self.exchange.calls.values()
        return call

    async def ended(self, calls: int = 1, within_s: float = 60.0) -> FinishedCall:
        """Return the last of ``calls`` finished calls once there are so many."""
        async with asyncio.timeout(within_s):
            while len(self.finished) < calls:  # noqa: ASYNC110 - a test's own clock
                await asyncio.sleep(0.01)
        assert len(self.finished) == calls
        return self.finished[-1]

    async def assert_quiet(self) -> None:
        """Let every transaction run out, then check that nothing of any call is left anywhere."""
        await asyncio.sleep(200)
        assert not self.exchange.calls
        assert not self.exchange.media_legs
        assert not self.exchange.offered_media
        assert not self.exchange.recordings
        assert not self.media.legs
        assert not self.media.recordings
        assert self.exchange.busy_extensions() == set()
        assert all(trunk.calls == 0 for trunk in self.trunks.by_name.values())
        counts = self.node.endpoint.counts
        assert counts == dict.fromkeys(counts, 0), counts
        for finished in self.finished:
            assert_books_balance(finished)
        assert len(self.finished) == len(self.log.opened)


def assert_books_balance(finished: FinishedCall) -> None:
    """Check that every millisecond of a call belongs to exactly one segment."""
    at = 0
    for segment in finished.segments:
        assert segment.start_ms == at, finished.segments
        assert segment.end_ms > segment.start_ms
        at = segment.end_ms
    assert at == finished.record.duration_ms


def shape(finished: FinishedCall) -> list[tuple[str, str | None]]:
    """Return a call's segments in short: kind and extension."""
    return [(segment.kind.value, segment.extension) for segment in finished.segments]
