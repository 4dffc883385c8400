"""Everything between the calls and those who work here: queues, call control, browsers' phones, live events."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Protocol

from pydantic import TypeAdapter

from callcenter.accounts.people import UserChanged
from callcenter.accounts.principal import Principal
from callcenter.accounts.session import SessionsEnded
from callcenter.accounts.softphone import SoftphoneAccounts
from callcenter.accounts.user import Role
from callcenter.acd.dispatcher import Dispatcher
from callcenter.acd.ports import AcdPorts
from callcenter.acd.view import AgentChanged, AgentView, QueueChanged
from callcenter.api.auth import visible
from callcenter.api.flow_views import lock_view
from callcenter.api.live_feed import LiveFeed
from callcenter.api.routes.directory import QueueName
from callcenter.calls.control import CallControl
from callcenter.calls.events import AnswerRequested, CallFact, VoicemailLeft
from callcenter.calls.exchange import Exchange
from callcenter.calls.lines import Lines
from callcenter.calls.live_call import LiveCalls
from callcenter.calls.location import Location
from callcenter.calls.originate import Originate
from callcenter.calls.reattach import Reattachment
from callcenter.calls.routes import Routes
from callcenter.calls.trunks import Trunks
from callcenter.config import Config
from callcenter.ivr.flow_editing import FlowChanged, FlowLockLost
from callcenter.ivr.say import NumberWords
from callcenter.routing.hours import is_open
from callcenter.runtime.bus import Bus
from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.server.browser_phones import BrowserPhones
from callcenter.server.call_feed import CallFeed
from callcenter.server.directory_book import PeopleDirectory
from callcenter.server.observers import Observers
from callcenter.server.queue_feed import QueueFeed
from callcenter.sip.flow import Flow
from callcenter.storage.assembly import Storage
from callcenter.transport.driver import SipDriver
from callcenter.transport.websocket import SipWebSockets

HEARTBEAT_S = 5.0
"How often the queues are told which agents have a page open."
_AGENT = TypeAdapter(AgentView)


class Reloadable(Protocol):
    """Reads stores, extensions, numbers and queues again."""

    async def refresh(self) -> None:
        """Do so."""
        ...


class Workplace:
    """Built in two steps, since calls need queues and call control needs calls: the constructor, then :meth:`connect`.

    :param exchange: its observer and its facts are taken over.
    """

    def __init__(self, config: Config, storage: Storage, exchange: Exchange, location: Location) -> None:
        clock = exchange.clock
        self.bus = Bus()
        self.feed = LiveFeed(secrets.token_hex(4), clock.utcnow, clock.monotonic, self._presence)
        self.accounts = SoftphoneAccounts(
            storage.directory,
            config.sip.realm,
            utcnow=clock.utcnow,
            random_bytes=secrets.token_bytes,
            registration=timedelta(seconds=config.sip.register_.max_expires),
        )
        self._queue_feed = QueueFeed(self.feed, storage.queue_book)
        self._config = config
        self._storage = storage
        self._exchange = exchange
        self._location = location
        self._tasks: list[asyncio.Task[None]] = []
        self._present: set[str] = set()
        self._observers = Observers()
        exchange.observer = self._observers
        exchange.publish = self._publish

    def open_queues(self, routes: Routes, trunks: Trunks) -> Dispatcher:
        """Make the queues, which calls are given as their :class:`~callcenter.calls.ports.Queues`."""
        storage = self._storage
        ports = AcdPorts(
            book=storage.queue_book,
            states=storage.agent_states,
            history=storage.queue_history,
            callbacks=storage.callbacks,
            bus=self.bus,
            words=NumberWords(),
            is_open=is_open,
        )
        self.dispatcher = Dispatcher(self._exchange, routes, trunks, ports, Random(secrets.randbits(64)))
        self._observers.add(self.dispatcher.watch)
        return self.dispatcher

    def connect(self, driver: SipDriver, lines: Lines, originate: Originate, reattachment: Reattachment) -> None:
        """Make what works with calls."""
        config, exchange = self._config, self._exchange
        people = PeopleDirectory(self._storage.directory, self.dispatcher)
        self.originate = originate
        self.live_calls = LiveCalls(people)
        self.control = CallControl(exchange, lines, originate, lambda: caller_ids(config))
        self.call_feed = CallFeed(self.feed, self.live_calls)
        self._observers.add(self.call_feed)
        self._reattachment = reattachment
        self.sip_websockets = SipWebSockets(driver)
        self.phones = BrowserPhones(
            self.accounts,
            self._location,
            self.feed,
            config.sip.realm,
            extension_of=people.extension_of_agent,
            gone=self.dispatcher.agent_disconnected,
            hang_up=self.sip_websockets.disconnect,
            monotonic=exchange.now,
        )

    async def start(self, directory: Reloadable) -> None:
        """Let queues work and facts flow."""
        subscribe = self.bus.subscribe
        subscribe(AgentChanged, self._agent_changed)
        subscribe(QueueChanged, self._queue_feed.changed)
        subscribe(AnswerRequested, self._answer_requested)
        subscribe(VoicemailLeft, self._voicemail_left)
        subscribe(SessionsEnded, self._sessions_ended)
        subscribe(FlowChanged, self._flow_changed)
        subscribe(FlowLockLost, self._flow_lock_lost)
        subscribe(UserChanged, lambda event: self._user_changed(event, directory))
        await self.dispatcher.start(self.originate)
        self._tasks.append(create_task(self._beat(), name="agent-heartbeats"))

    async def stop(self) -> None:
        """Stop distributing calls and close every page's connections."""
        await cancel_and_wait(*self._tasks)
        await self.dispatcher.stop()
        self.call_feed.stop()
        self._queue_feed.stop()
        self.feed.close()
        await self.sip_websockets.close()

    # Devices

    def registered(self, extension: str, there: bool) -> None:
        """Take note that a device of an extension came, stayed, or left as the last one."""
        if there:
            self._reattachment.registered(extension)
            self.dispatcher.agent_connected(extension)
        else:
            self.dispatcher.agent_disconnected(extension)

    def connection_lost(self, flow: Flow) -> None:
        """Take note that a connection is gone, and with it perhaps a phone."""
        for extension in self._location.flow_lost(flow):
            self.dispatcher.agent_disconnected(extension)
        self._reattachment.flow_lost(flow)

    def expire_registrations(self) -> None:
        """Forget devices that have not registered in time."""
        for extension in self._location.expire(self._exchange.now()):
            self.dispatcher.agent_disconnected(extension)

    def _presence(self, user_id: str, present: bool) -> None:
        if present:
            self._present.add(user_id)
            self.dispatcher.heartbeat(user_id)
        else:
            self._present.discard(user_id)
            self.dispatcher.heartbeat_ended(user_id)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            for user_id in self._present:
                self.dispatcher.heartbeat(user_id)

    # Facts for the pages

    def _publish(self, fact: CallFact) -> None:
        self.bus.publish(fact)

    def _agent_changed(self, event: AgentChanged) -> None:
        agent = event.agent
        self._tell(
            "agent.updated",
            lambda: _AGENT.dump_python(agent, mode="json"),
            lambda principal: visible(principal, agent.store_ids, (agent.id,)),
        )

    def _answer_requested(self, event: AnswerRequested) -> None:
        self.feed.publish_to(event.user_id, "softphone.command", {"command": "answer", "call_id": event.call_id})

    def _voicemail_left(self, event: VoicemailLeft) -> None:
        store = self._storage.directory.snapshot.stores_by_code.get(event.box)
        store_id = None if store is None else store.id
        data: dict[str, object] = {
            "recording_id": event.recording_id,
            "call_id": event.call_id,
            "box": event.box,
            "number": event.number,
            "notify": event.notify,
        }
        self._tell("voicemail.left", lambda: data, lambda principal: visible(principal, (store_id,)))

    def _flow_changed(self, event: FlowChanged) -> None:
        lock = lock_view(event.lock)
        data: dict[str, object] = {
            "id": event.flow_id,
            "revision": event.revision,
            "published_version": event.published_version,
            "lock": None if lock is None else lock.model_dump(mode="json"),
        }
        self._tell("flow.updated", lambda: data, lambda principal: principal.role.includes(Role.SUPERVISOR))

    def _flow_lock_lost(self, event: FlowLockLost) -> None:
        self.feed.publish_to(event.user_id, "flow.lock_lost", {"id": event.flow_id, "taken_by": event.taken_by})

    def _sessions_ended(self, event: SessionsEnded) -> None:
        for session_id in event.session_ids:
            self.feed.end_session(session_id)
        self.phones.sessions_ended(event.session_ids)

    def _user_changed(self, _event: UserChanged, directory: Reloadable) -> None:
        create_task(self._reload(directory), name="reload-users")

    async def _reload(self, directory: Reloadable) -> None:
        await directory.refresh()
        self.phones.seats_changed()
        await self.dispatcher.reload()

    def _tell(self, kind: str, data: Callable[[], dict[str, object]], audience: Callable[[Principal], bool]) -> None:
        if self.feed.idle:
            self.feed.skip()
        else:
            self.feed.publish(kind, data(), audience)

    # For the routes

    def queue_names(self) -> Sequence[QueueName]:
        """Return the queues that people may put calls into."""
        return [
            QueueName(id=queue.id, code=queue.code, name=queue.name)
            for queue in self.dispatcher.queues()
            if not queue.code.startswith("store:")
        ]

    def agent_state(self, agent_id: str) -> str | None:
        """Return an agent's state; None for somebody who is none."""
        agent = self.dispatcher.agent(agent_id)
        return None if agent is None else agent.state.value


def caller_ids(config: Config) -> list[str]:
    """Return the numbers that may be shown to the called: the hotlines, and what trunks show."""
    numbers = [did.number for did in config.dids]
    numbers += [trunk.caller_id for trunk in config.trunks if trunk.caller_id is not None]
    return list(dict.fromkeys(numbers))
