"""A floor of agents for the end-to-end tests: people with pages, queues that hurry, and lines to the world outside.

Customers dial in from 127.0.0.2, the carrier; each queue has a number of its own. Agents are signed in from the start,
their phones are off: a test takes a desk phone or a browser's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from callcenter.accounts.user import Role
from callcenter.acd.queue import QueueMember
from callcenter.routing.queue_book import QueueSetup
from callcenter.storage.assembly import Storage
from callcenter.storage.repositories.calls import CallStory
from callcenter.testing.call_log import events_of
from callcenter.testing.processes import free_ports
from callcenter.testing.raw_phone import RawCall, RawMedia, RawPhone
from callcenter.testing.server import RunningServer, ServerOptions
from callcenter.testing.sip_peer import SipPeer
from callcenter.testing.web_phone import WebPhone
from callcenter.testing.web_session import Seat, WebSession, seat
from tests.e2e.town import CARRIER, PROMPTS, SECRET, all_to, audio, check_books, flow

NUMBERS_FROM = 1800
"The first queue's number; the others follow."
GONE = ("full", "join_empty", "leave_empty", "closed", "max_wait", "failed")
HURRIED: Mapping[str, Any] = {
    "ring_s": 3,
    "retry_s": 0,
    "no_answer_delay_s": 0,
    "busy_delay_s": 0,
    "reject_delay_s": 0,
    "announcements": {"first_after_s": 600},
    "callback": {"enabled": False},
    "wrap_up": {"mode": "off"},
    "join_when": "nobody",
    "stay_when": "nobody",
}
"What every queue here has unless it says otherwise."


@dataclass(frozen=True)
class Line:
    """One queue and who answers it."""

    agents: Sequence[str]
    "Logins, in the linear order."
    settings: Mapping[str, Any] = field(default_factory=dict)
    exit_keys: str = ""
    after: str = "bye"
    "Where callers go who were not answered: ``bye`` or ``voicemail``."


def queue_flow(code: str, line: Line) -> dict[str, Any]:
    """Return the flow of a queue's number."""
    exits = {**all_to(line.after, *GONE), "callback": "bye", **({"key": "voicemail"} if line.exit_keys else {})}
    wait = ("queue", {"queue": {"kind": "queue", "queue": code}, "exit_keys": line.exit_keys}, exits)
    voicemail = (
        "voicemail",
        {"greeting": audio("mailbox"), "max_seconds": 5, "silence_seconds": 0, "end_keys": "#", "box": code},
        all_to("bye", "recorded", "empty", "failed"),
    )
    nodes: dict[str, Any] = {"start": ("start", {}, {"next": "wait"}), "wait": wait}
    if line.after == "voicemail" or line.exit_keys:
        nodes["voicemail"] = voicemail
    return flow(f"to-{code}", {**nodes, "bye": ("hangup", {"prompts": audio("goodbye")}, {})})


class Floor:
    """The server, its people and its queues.

    :param people: role and extension by login; ``boss`` (a supervisor) and ``admin`` (an administrator) are there too.
    """

    def __init__(
        self,
        directory: Path,
        people: Mapping[str, str],
        lines: Mapping[str, Line],
        *,
        config: Mapping[str, Any] | None = None,
        lifetimes: Mapping[str, timedelta] | None = None,
        desk_phones: bool = True,
    ) -> None:
        self.seats: dict[str, Seat] = {}
        "By login."
        self.numbers = {code: str(NUMBERS_FROM + at) for at, code in enumerate(lines)}
        "What to dial, by queue."
        self.outside_port = free_ports(1, host=CARRIER)[0]
        "Where calls to the world outside go."
        self._people = people
        self._lines = lines
        self._lifetimes = lifetimes or {}
        self._sip_secret = SECRET if desk_phones else None
        trunk = {"name": "carrier", "kind": "ip", "allow": [f"{CARRIER}/32"], "options_interval": 0}
        self.server = RunningServer(
            directory,
            ServerOptions(
                config={
                    "trunks": [{**trunk, "host": f"{CARRIER}:{self.outside_port}", "caller_id": "+842471000000"}],
                    "outbound": [{"pattern": "+84", "trunks": ["carrier"]}],
                    "logging": {"level": "info"},
                    **(config or {}),
                },
                flows={f"to-{code}": queue_flow(code, line) for code, line in lines.items()},
                dids={number: f"to-{code}" for code, number in self.numbers.items()},
                prompts=PROMPTS,
                seed=self._seed,
            ),
        )

    async def _seed(self, storage: Storage) -> None:
        await self._sit(storage, "admin", role=Role.ADMIN)
        await self._sit(storage, "boss", role=Role.SUPERVISOR)
        for login, extension in self._people.items():
            await self._sit(storage, login, extension=extension, sip_secret=self._sip_secret)
        for code, line in self._lines.items():
            settings = {**HURRIED, **line.settings}
            await storage.queues.save(QueueSetup(id=f"q-{code}", code=code, name=code.title(), settings=settings))
            members = [
                QueueMember(agent_id=self.seats[login].user_id, order=at) for at, login in enumerate(line.agents)
            ]
            await storage.queues.set_members(f"q-{code}", members)

    async def _sit(self, storage: Storage, login: str, **who: Any) -> None:
        lifetime = self._lifetimes.get(login, timedelta(hours=8))
        self.seats[login] = await seat(storage, login, lifetime=lifetime, **who)

    # People

    def page(self, login: str) -> WebSession:
        """Return somebody's page."""
        return WebSession(self.server.url, self.seats[login].secret)

    def desk(self, login: str, *, tone_hz: float | None = None, answers: bool = True) -> RawPhone:
        """Return an agent's registered desk phone, to be entered, and make the agent available."""
        extension = self.seats[login].extension
        assert extension is not None
        phone = RawPhone(self.server.sip, extension, SECRET, media=RawMedia(tone_hz=tone_hz), answers=answers)
        assert phone.register() == 200
        self.page(login).be("available")
        return phone

    def browser(self, login: str, *, tone_hz: float | None = None, answers: bool = True) -> WebPhone:
        """Return an agent's registered browser, to be entered, and make the agent available."""
        phone = WebPhone(self.page(login), tone_hz=tone_hz, answers=answers)
        assert phone.register() == 200
        self.page(login).be("available")
        return phone

    def customer(self, number: str, *, tone_hz: float | None = None) -> RawPhone:
        """Return a customer's phone, to be entered."""
        return RawPhone(self.server.sip, number, local_host=CARRIER, media=RawMedia(tone_hz=tone_hz))

    def outside(self, *, tone_hz: float | None = None, answers: bool = True) -> RawPhone:
        """Return the phone that every call to the world outside rings, to be entered."""
        wire = SipPeer("udp", self.server.sip, local_host=CARRIER, local_port=self.outside_port)
        return RawPhone(self.server.sip, "carrier", transport=wire, media=RawMedia(tone_hz=tone_hz), answers=answers)

    def call(self, phone: RawPhone, queue: str) -> RawCall:
        """Let a customer call a queue's number and wait until the server has answered."""
        return phone.dial(self.numbers[queue])

    # What can be seen

    def agent(self, login: str) -> Any:
        """Return how an agent is shown."""
        return self.page("admin").send("GET", f"/api/agents/{self.seats[login].user_id}")

    def state(self, login: str) -> str:
        """Return an agent's state."""
        return str(self.agent(login)["state"])

    def wait_state(self, login: str, *states: str, timeout: float = 6.0) -> Any:
        """Wait until an agent is in one of these states and return the agent."""
        return until(
            lambda: found if (found := self.agent(login))["state"] in states else None,
            f"{login}: {states}",
            timeout,
            lambda: self.agent(login),
        )

    def waiting(self, queue: str) -> list[Any]:
        """Return who waits in a queue."""
        found: list[Any] = self.page("admin").send("GET", "/api/live-queues")
        return next(list(one["waiting"]) for one in found if one["code"] == queue)

    def wait_waiting(self, queue: str, count: int, timeout: float = 6.0) -> list[Any]:
        """Wait until so many wait in a queue and return them."""
        until(lambda: len(self.waiting(queue)) == count, f"{count} in {queue}", timeout, lambda: self.waiting(queue))
        return self.waiting(queue)

    def story(self, call: RawCall, *, timeout: float = 8.0) -> CallStory:
        """Return the ended call's story; its books add up."""
        story = self.server.story_of(call.call_id, timeout=timeout)
        check_books(story)
        return story


def until(
    condition: Callable[[], Any], what: str, timeout: float = 6.0, seen: Callable[[], object] = lambda: None
) -> Any:
    """Return what ``condition`` returns once it is true."""
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {timeout:g} s: {what}; {seen()}"
        time.sleep(0.03)
    return found


def left_by(story: CallStory) -> list[tuple[str, str | None]]:
    """Return how and by which key a caller left each queue without an answer."""
    return [(line.data["outcome"], line.data.get("key")) for line in events_of(story, "queue_left")]


def all_of(stack: ExitStack, phones: Sequence[RawPhone]) -> list[RawPhone]:
    """Enter every phone."""
    return [stack.enter_context(phone) for phone in phones]
