"""From a dialled number to its flow: what happens to every caller whom the server answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from callcenter.calls.call import Call
from callcenter.calls.channel import Channel
from callcenter.crm.store import Store
from callcenter.ivr.flow_call import FlowSettings
from callcenter.ivr.interpreter import Interpreter
from callcenter.ivr.library import FlowLibrary
from callcenter.ivr.ports import CallbackDesk, FlowServices, HoursState, HttpClient, NoCallbacks
from callcenter.ivr.session import run_flow
from callcenter.routing.caller_routing import CallerRouting, StoreBook
from callcenter.routing.hours import HoursReason, evaluate
from callcenter.runtime.clock import Clock

log = structlog.get_logger(__name__)


class BookHours:
    """The stores' own opening hours; a :class:`~callcenter.ivr.ports.StoreHours`."""

    def __init__(self, book: StoreBook) -> None:
        self._book = book

    def state(self, store: str, at: datetime) -> HoursState:
        """Tell whether the store with code ``store`` is open at ``at``."""
        found: Store | None = self._book.store_by_code(store)
        if found is None or found.closed:
            return HoursState.UNKNOWN if found is None else HoursState.CLOSED
        now = evaluate(found.hours, at)
        if now.open:
            return HoursState.OPEN
        return HoursState.HOLIDAY if now.reason is HoursReason.HOLIDAY else HoursState.CLOSED


@dataclass(slots=True)
class DidTable:
    """Which flow answers which number. Replaced as a whole when configuration changes."""

    flows: Mapping[str, str]
    "Flow id by number as dialled or normalised; ``*`` answers everything else."
    trunks: Mapping[str, str] = field(default_factory=dict)
    "The only trunk a number may be dialled through, for numbers that are bound to one."

    def find(self, number: str) -> str | None:
        """Return the flow of ``number``."""
        return self.flows.get(number) or self.flows.get("*")


class FlowCalls:
    """Runs flows on calls; a :class:`~callcenter.calls.ports.CallHandler`.

    :param routing_of: returns the routing of a call, the same object for all its flows.
    """

    def __init__(
        self,
        library: FlowLibrary,
        dids: DidTable,
        routing_of: Callable[[Call], CallerRouting],
        book: StoreBook,
        http: HttpClient,
        clock: Clock,
        settings: FlowSettings,
        callbacks: CallbackDesk | None = None,
    ) -> None:
        self._library = library
        self._dids = dids
        self._routing_of = routing_of
        self._hours = BookHours(book)
        self._http = http
        self._clock = clock
        self._settings = settings
        self._callbacks = callbacks or NoCallbacks()

    def knows(self, did: str, *, exactly: bool = False, trunk: str | None = None) -> bool:
        """Tell whether a flow in service answers ``did``; ``exactly``: by a row of its own."""
        if trunk is not None and self._dids.trunks.get(did, trunk) != trunk:
            return False
        flow_id = self._dids.flows.get(did) if exactly else self._dids.find(did)
        return flow_id is not None and self._library.get(flow_id) is not None

    async def handle(self, call: Call, channel: Channel, did: str) -> None:
        """Take the caller through the flow of ``did``, in the version in service now, to the end."""
        flows = self._library.snapshot()
        flow_id = self._dids.find(did)
        program = flows.get(flow_id) if flow_id is not None else None
        if program is None:
            log.error("no flow for a number that was taken", call_id=call.id, did=did)
            await channel.hangup("unavailable")
            return
        call.facts.flow_id, call.facts.flow_version = program.id, program.version
        facts = call.facts
        interpreter = Interpreter(
            program,
            flows,
            variables={
                "caller_number": facts.from_number,
                "caller_name": facts.from_name,
                "called_number": did,
                "call_id": call.id,
            },
            now=self._clock.monotonic,
            utcnow=self._clock.utcnow,
            settings=self._settings,
        )
        routing = self._routing_of(call)
        services = FlowServices(
            customers=routing,
            stores=routing,
            hours=self._hours,
            http=self._http,
            callbacks=self._callbacks,
            lookup_budget_ms=self._settings.lookup_budget_ms,
        )
        ended = await run_flow(interpreter, channel, services)
        log.debug("flow ended", call_id=call.id, flow=ended.flow_id, cause=ended.cause)
