"""An office whose agents sit at browsers: people, queues, customers with a history, flows that lead to them."""

from __future__ import annotations

import json
import secrets
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.accounts.passwords import Passwords
from callcenter.accounts.people import People, UserDetails
from callcenter.accounts.user import Role, StoreScope
from callcenter.acd.queue import QueueMember
from callcenter.crm.customer import Customer
from callcenter.crm.interaction import Interaction, InteractionKind
from callcenter.crm.phone_number import normalise
from callcenter.crm.store import ALWAYS_OPEN, Store
from callcenter.routing.queue_book import QueueSetup
from callcenter.runtime.clock import SystemClock
from callcenter.storage.assembly import Storage
from callcenter.storage.repositories.calls import CallStory
from callcenter.testing.agent_browser import AgentTab, Chromium, Computer, hears_exactly, is_music
from callcenter.testing.audio import Samples, sine
from callcenter.testing.phone import CustomerPhone, PhoneCall
from callcenter.testing.pyvoip_line import LineCall
from callcenter.testing.raw_phone import RawCall, RawMedia, RawPhone
from callcenter.testing.server import RunningServer, ServerOptions, SipAccount
from callcenter.testing.store_phone import StorePhone, StorePhoneSettings
from tests.e2e.town import CARRIER, SECRET, all_to, audio, flow

PASSWORD = "mười hai con giáp 12"
ANN_HZ, BEN_HZ, CUSTOMER_HZ, OUTSIDE_HZ = 700.0, 1050.0, 1400.0, 1750.0
VOICES = (ANN_HZ, BEN_HZ, CUSTOMER_HZ, OUTSIDE_HZ)
"Everybody who can speak; the music on hold and the prompts are none of these."
MENU_HZ = 480.0

NAMES = {"ann": "Ann Trần", "ben": "Ben Lê", "mai": "Mai Phạm", "tam": "Tâm Vũ"}
"Two agents and the supervisor of the central store, and an agent of another."
CENTRAL, SOUTH = "central", "SG-01"
STORES: Mapping[str, tuple[str, str]] = {
    CENTRAL: ("Trung tâm", "all"),
    SOUTH: ("Cửa hàng Bến Thành", "south"),
}
OUTSIDE = "102"
"A plain phone of the central store, which answers by itself."

HOTLINE, DIRECT, SERVICE, CALLBACK, MAILBOX = "1900", "1901", "1902", "1903", "1904"
DESK, CARE = "desk", "care"
"The queue that is quickly over, and the one that wants an outcome."
WRAP_UP_S = 3.0
"How long wrap-up lasts in the first."

CUSTOMERS = 60
PURCHASE_AT = datetime(2026, 3, 14, 18, 30, tzinfo=UTC)
"What the customers bought and when: at half past one in the morning of the 15th in Viet Nam."

_UNANSWERED = ("full", "join_empty", "leave_empty", "closed", "max_wait", "callback", "failed")
_FOUND = ("found", "none", "multiple", "closed", "error")


def _to_queue(flow_id: str, queue: str) -> dict[str, Any]:
    """Return a flow straight into a queue, for tests that are about what comes after."""
    return flow(
        flow_id,
        {
            "start": ("start", {}, {"next": "customer"}),
            "customer": ("customer_lookup", {}, all_to("queue", "found", "none", "multiple", "error")),
            "queue": ("queue", {"queue": {"kind": "queue", "queue": queue}}, all_to("mailbox", *_UNANSWERED)),
            "mailbox": ("voicemail", {"greeting": audio("mailbox"), "box": CENTRAL}, all_to("bye", *_MAILBOX)),
            "bye": ("hangup", {}, {}),
        },
    )


_MAILBOX = ("recorded", "empty", "failed")


def hotline() -> dict[str, Any]:
    """A menu, the customer's store, and the queue of the desk."""
    options = {
        "prompts": audio("menu"),
        "options": [{"keys": "1", "label": "Đơn hàng"}, {"keys": "2", "label": "Bảo hành"}],
        "no_input_s": 6,
    }
    return flow(
        "hotline",
        {
            "start": ("start", {}, {"next": "customer"}),
            "customer": ("customer_lookup", {}, all_to("menu", "found", "none", "multiple", "error")),
            "menu": ("menu", options, {"1": "store", "2": "store", "no_input": "bye", "invalid": "bye"}),
            "store": ("last_store", {}, all_to("queue", *_FOUND)),
            "queue": ("queue", {"queue": {"kind": "queue", "queue": DESK}}, all_to("bye", *_UNANSWERED)),
            "bye": ("hangup", {}, {}),
        },
    )


def promise() -> dict[str, Any]:
    """A call-back without any question."""
    data = {"queue": {"kind": "queue", "queue": DESK}, "offer": {}, "confirm": {}, "ask_number": audio("menu")}
    return flow(
        "promise",
        {
            "start": ("start", {}, {"next": "customer"}),
            "customer": ("customer_lookup", {}, all_to("callback", "found", "none", "multiple", "error")),
            "callback": ("callback", data, all_to("bye", "requested", "declined", "exists", "failed")),
            "bye": ("hangup", {"prompts": audio("menu")}, {}),
        },
    )


def mailbox() -> dict[str, Any]:
    """A message after the beep."""
    data = {"greeting": audio("mailbox"), "box": CENTRAL, "silence_seconds": 0, "max_seconds": 30}
    return flow(
        "mailbox",
        {
            "start": ("start", {}, {"next": "mailbox"}),
            "mailbox": ("voicemail", data, all_to("bye", *_MAILBOX)),
            "bye": ("hangup", {}, {}),
        },
    )


def _queue(code: str, name: str, members: Sequence[str], wrap_up: Mapping[str, Any]) -> QueueSetup:
    quiet = {"position": False, "estimated_wait": False}
    settings = {
        "strategy": "linear",
        "ring_s": 8.0,
        "retry_s": 1.0,
        "reject_delay_s": 3.0,
        "announcements": quiet,
        "callback": {"quiet_from": "00:00", "quiet_until": "00:00"},
        "wrap_up": wrap_up,
    }
    seats = tuple(QueueMember(agent_id=agent_id, order=order) for order, agent_id in enumerate(members))
    return QueueSetup(id=code, code=code, name=name, store_id=store_id(CENTRAL), settings=settings, members=seats)


def store_id(code: str) -> str:
    """Return the id of a store."""
    return f"s-{code.lower()}"


async def seed(storage: Storage) -> None:
    """Fill the database."""
    for code, (name, region) in STORES.items():
        extensions = (OUTSIDE,) if code == CENTRAL else ()
        await storage.stores.save(
            Store(id=store_id(code), code=code, name=name, hours=ALWAYS_OPEN, region=region, extensions=extensions)
        )
    people = People(
        storage.users, storage.extensions, _NobodyIsSignedIn(), Passwords(), SystemClock(), secrets.token_bytes
    )
    ids: dict[str, str] = {}
    for login, name, role, extension, store in (
        ("admin", "Quản trị", Role.ADMIN, None, CENTRAL),
        ("ann", NAMES["ann"], Role.AGENT, "1001", CENTRAL),
        ("ben", NAMES["ben"], Role.AGENT, "1002", CENTRAL),
        ("mai", NAMES["mai"], Role.SUPERVISOR, None, CENTRAL),
        ("tam", NAMES["tam"], Role.AGENT, "1004", SOUTH),
    ):
        scope = StoreScope(store_ids=frozenset({store_id(store)}))
        details = UserDetails(login=login, name=name, role=role, scope=scope, extension=extension)
        member, _ = await people.add(details, PASSWORD)
        ids[login] = member.user.id
    optional = {"mode": "optional", "seconds": WRAP_UP_S}
    coded = {"mode": "until_coded", "seconds": 20.0, "extend_s": 30.0, "require_disposition": True}
    for setup in (
        _queue(DESK, "Bàn đón tiếp", (ids["ann"], ids["ben"]), optional),
        _queue(CARE, "Chăm sóc khách hàng", (ids["ann"], ids["ben"]), coded),
    ):
        await storage.queues.save(setup)
        await storage.queues.set_members(setup.id, setup.members)
    for at in range(CUSTOMERS):
        number = normalise(phone_number(at))
        assert number is not None
        customer = Customer(id=f"c{at:02}", code=f"KH-{at:02}", name=customer_name(at), phones=(number,))
        await storage.customers.save(customer)
        for index, (kind, moment) in enumerate(
            (
                (InteractionKind.PURCHASE, PURCHASE_AT),
                (InteractionKind.CALL_IN_ANSWERED, datetime.now(UTC) - timedelta(days=3)),
            )
        ):
            await storage.interactions.add(
                Interaction(
                    id=f"i{at:02}-{index}",
                    kind=kind,
                    at=moment,
                    store_id=store_id(SOUTH),
                    number=number,
                    customer_id=customer.id,
                    talk_s=95.0,
                )
            )


class _NobodyIsSignedIn:
    """Sessions, before anybody could have any."""

    async def end_all(self, user_id: str) -> None:
        """Do nothing."""


def phone_number(at: int) -> str:
    """Return the number of the customer ``at``."""
    return f"09130000{at:02}"


def customer_name(at: int) -> str:
    """Return what the customer ``at`` is called."""
    return f"Nguyễn Thị Hoa {at:02}"


def office_options(carrier_port: int) -> ServerOptions:
    """Return the options of the server; numbers outside are reached at ``carrier_port``."""
    return ServerOptions(
        config={
            "trunks": [
                {
                    "name": "carrier",
                    "kind": "ip",
                    "host": f"127.0.0.1:{carrier_port}",
                    "allow": [f"{CARRIER}/32"],
                    "options_interval": 0,
                    "caller_id": "+842471000000",
                }
            ],
            "outbound": [{"pattern": "+84", "trunks": ["carrier"]}],
            "logging": {"level": "debug"},
        },
        flows={
            "hotline": hotline(),
            "direct": _to_queue("direct", DESK),
            "service": _to_queue("service", CARE),
            "promise": promise(),
            "mailbox": mailbox(),
        },
        dids={HOTLINE: "hotline", DIRECT: "direct", SERVICE: "service", CALLBACK: "promise", MAILBOX: "mailbox"},
        prompts={"menu": sine(MENU_HZ, 0.6), "mailbox": sine(MENU_HZ, 0.5)},
        accounts=[SipAccount(OUTSIDE, SECRET, store_id(CENTRAL))],
        seed=seed,
    )


def carrier_phone() -> StorePhone:
    """Return the phone that answers numbers outside, to be entered before the server starts."""
    return StorePhone(
        StorePhoneSettings(account=None, ring_seconds=0.3, talk_seconds=None, tone_hz=CUSTOMER_HZ, user="carrier")
    )


@dataclass
class Person:
    """Somebody with an account, and the browser they use."""

    login: str
    browser: Chromium
    url: str
    _signed_in: Any = None

    def computer(self, **options: Any) -> Computer:
        """Return a computer they are signed in at; they type their password once in a whole run."""
        if self._signed_in is None:
            computer = self.browser.computer(self.url, **options)
            computer.tab("/").sign_in(self.login, PASSWORD)
            self._signed_in = computer.cookies()
            computer.close()
        return self.browser.computer(self.url, signed_in=self._signed_in, **options)


@dataclass
class Office:
    """The running server, and everybody around it."""

    server: RunningServer
    people: Mapping[str, Person]
    carrier: StorePhone
    "Whoever is called outside: answers with the customer's voice."
    _used: int = 0
    _called_outside: int = 0

    @contextmanager
    def at_work(self, login: str, **options: Any) -> Iterator[AgentTab]:
        """Yield an agent's desk in a tab, available; afterwards the agent is in no call and off the queues again."""
        with self.computer(login, **options) as computer:
            tab = computer.tab()
            tab.be_available()
            yield tab

    @contextmanager
    def computer(self, login: str, **options: Any) -> Iterator[Computer]:
        """Yield a computer an agent is signed in at; its pages' scripts must have been flawless at the end."""
        try:
            with self.people[login].computer(**options) as computer:
                yield computer
            assert computer.faults == []
        finally:
            self._send_home(login)

    def _send_home(self, login: str) -> None:
        """Take an agent off the queues and out of every call, so that the next test finds nobody by accident."""
        if login not in ("ann", "ben", "tam"):
            return
        agent = self.agent(login)
        for call_id in agent["call_ids"]:
            self.ask("POST", f"/api/live-calls/{call_id}/hangup")
        self.ask("PUT", f"/api/agents/{agent['id']}/state", {"state": "offline"})
        wait_until(lambda: self.agent(login)["state"] == "offline", f"{login} is still at work")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return the decoded answer to a request made as an administrator."""
        request = urllib.request.Request(
            self.server.url + path,
            method=method,
            data=json.dumps(body or {}).encode(),
            headers={"Authorization": f"Bearer {self.server.api_token()}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def customer(self, dials: str = DIRECT, *, at: int | None = None, tone_hz: float | None = CUSTOMER_HZ) -> Caller:
        """Return the phone of a customer who has not called before, to be entered."""
        if at is None:
            at, self._used = self._used, self._used + 1
        assert at < CUSTOMERS
        number = phone_number(at)
        call = PhoneCall(dials, port=self.server.sip_port, from_number=number, local_host=CARRIER, tone_hz=tone_hz)
        return Caller(call, customer_name(at))

    def outside(self, *, answers: bool = True) -> RawPhone:
        """Return the plain phone, registered, to be entered; it answers by itself."""
        phone = RawPhone(self.server.sip, OUTSIDE, SECRET, media=RawMedia(tone_hz=OUTSIDE_HZ), answers=answers)
        assert phone.register() == 200
        return phone

    def wait_called_outside(self) -> LineCall:
        """Return the next call to a number outside once it is answered."""
        self._called_outside += 1
        return self.carrier.wait_call(self._called_outside, timeout=15, answered=True)

    def agent(self, login: str) -> dict[str, Any]:
        """Return what the server says about an agent."""
        agents: list[dict[str, Any]] = self.server.get_json("/api/agents")
        return next(agent for agent in agents if agent["name"] == NAMES[login])

    def live_call(self) -> dict[str, Any]:
        """Return the only call under way."""
        calls: list[dict[str, Any]] = self.server.get_json("/api/live-calls")
        (call,) = calls
        return call

    def story_of(self, caller: CustomerPhone) -> CallStory:
        """Return what the log says about a customer's call that is over."""
        return self.server.story_of(caller.report().call_id)


class Caller(CustomerPhone):
    """A customer with a name."""

    def __init__(self, call: PhoneCall, name: str) -> None:
        super().__init__(call)
        self.name = name
        "What the customer is called."
        self.number = call.from_number
        "Where the customer calls from."


def wait_until(condition: Callable[[], bool], complaint: str, *, timeout: float = 15.0) -> None:
    """Return when ``condition`` holds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def hears(phone: CustomerPhone | RawCall, *tones: float) -> None:
    """Return when a telephone has heard exactly these voices for half a second."""

    def right() -> bool:
        return hears_exactly(_lately(phone), tones, VOICES)

    wait_until(right, f"{tones} not heard")


def hears_music(phone: CustomerPhone | RawCall) -> None:
    """Return when a telephone hears music and nobody."""
    wait_until(lambda: is_music(_lately(phone), VOICES), "no music")


def _lately(phone: CustomerPhone | RawCall) -> Samples:
    return phone.heard_lately(0.5) if isinstance(phone, CustomerPhone) else phone.heard(0.5)
