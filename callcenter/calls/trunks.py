"""Trunks: the carriers and PBXs that bring calls in and take calls out, and whether they answer.

Which trunk a request comes from, which trunks a number may leave by, and the health of each: OPTIONS checks,
registrations, and what failed calls tell (503 with Retry-After takes a trunk out for that long).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from random import Random

import structlog

from callcenter.base.errors import CallcenterError
from callcenter.calls.exchange import Exchange
from callcenter.calls.requests import send_request, sip_uri
from callcenter.runtime.tasks import cancel_and_wait, create_task
from callcenter.sip.events import RequestCompleted
from callcenter.sip.flow import Flow, Target
from callcenter.sip.grammar import SipParseError
from callcenter.sip.message import Response
from callcenter.sip.settings import Credentials

log = structlog.get_logger(__name__)

MISSES_UNTIL_DOWN = 3
MAX_REGISTER_EXPIRES_S = 86_400
DEFAULT_RETRY_AFTER_S = 30.0
"How long a trunk that failed without saying when to come back is left alone when others can do."


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkSettings:
    """One trunk as configured; durations in seconds."""

    name: str
    kind: str
    "``ip``, ``register`` or ``peer``."
    host: str | None = None
    port: int | None = None
    transport: str = "udp"
    allow: tuple[IPv4Network | IPv6Network, ...] = ()
    credentials: Credentials | None = None
    "What we prove to it (ip, register), or what it proves to us (peer)."
    register_expires: int = 300
    caller_id: str | None = None
    options_interval: float = 30.0
    max_calls: int = 200
    trust_identity: bool = True


@dataclass(frozen=True, slots=True)
class OutboundRule:
    """Numbers that begin with ``pattern`` may leave by ``trunks``, first to last, ``max_calls`` at a time."""

    pattern: str
    trunks: tuple[str, ...]
    max_calls: int = 50


class Trunk:
    """One trunk and what is known of its health."""

    def __init__(self, settings: TrunkSettings) -> None:
        self.settings = settings
        self.calls = 0
        "Calls in progress over it."
        self.answers = True
        "The last OPTIONS checks were answered."
        self.registered = settings.kind != "register"
        self.out_until = 0.0
        "Left alone until then (monotonic seconds), because it asked for that."
        self.doubtful_until = 0.0
        "A call over it failed; until then others are preferred."
        self.misses = 0

    @property
    def name(self) -> str:
        """Return its name."""
        return self.settings.name

    def usable(self, now: float) -> bool:
        """Tell whether a call may be tried over it."""
        return self.answers and self.registered and now >= self.out_until and self.calls < self.settings.max_calls

    def target(self) -> Target | None:
        """Return where its requests go; None for a peer, which is found through its registration."""
        settings = self.settings
        if settings.host is None:
            return None
        transport = settings.transport
        return Target(settings.host, settings.port, transport, secure=transport == "tls")

    def uri(self, user: str) -> str:
        """Return the Request-URI for ``user`` at this trunk."""
        settings = self.settings
        return sip_uri(user, settings.host or "invalid", settings.port, settings.transport)

    def failed(self, now: float, retry_after: int | None) -> None:
        """Note a call that failed for the trunk's own reasons."""
        if retry_after is not None:
            self.out_until = max(self.out_until, now + retry_after)
        else:
            self.doubtful_until = now + DEFAULT_RETRY_AFTER_S


class Trunks:
    """Every trunk, by name.

    :param random: spreads checks and registrations in time.
    """

    def __init__(self, trunks: Iterable[TrunkSettings], rules: Iterable[OutboundRule], random: Random) -> None:
        self.by_name = {settings.name: Trunk(settings) for settings in trunks}
        self._rules = sorted(rules, key=lambda rule: len(rule.pattern), reverse=True)
        self._random = random
        self._calls_by_rule: dict[OutboundRule, int] = {}
        self._tasks: list[asyncio.Task[None]] = []

    # Who is calling

    def identify(self, flow: Flow) -> Trunk | None:
        """Return the trunk known by the address that ``flow`` comes from."""
        address = ip_address(flow.remote[0].partition("%")[0])
        for trunk in self.by_name.values():
            if any(address.version == network.version and address in network for network in trunk.settings.allow):
                return trunk
        return None

    def peer(self, username: str) -> Trunk | None:
        """Return the trunk whose other side registers at us as ``username``."""
        for trunk in self.by_name.values():
            credentials = trunk.settings.credentials
            if trunk.settings.kind == "peer" and credentials is not None and credentials.username == username:
                return trunk
        return None

    # Where a number may go

    def rule_for(self, number: str) -> OutboundRule | None:
        """Return the rule with the longest pattern that ``number`` begins with."""
        return next((rule for rule in self._rules if number.startswith(rule.pattern)), None)

    def candidates(self, number: str, now: float) -> list[Trunk]:
        """Return the trunks to try for ``number``: the usable ones in order, those that failed just now last.

        There is none when the rule's calls are used up.
        """
        rule = self.rule_for(number)
        if rule is None:
            return []
        trunks = [self.by_name[name] for name in rule.trunks]
        usable = [trunk for trunk in trunks if trunk.usable(now) and self.has_room(trunk, number)]
        return sorted(usable, key=lambda trunk: now < trunk.doubtful_until)

    def has_room(self, trunk: Trunk, number: str) -> bool:
        """Tell whether one more call to ``number`` may go over ``trunk``; ask again after awaiting anything."""
        rule = self.rule_for(number)
        within_rule = rule is not None and self._calls_by_rule.get(rule, 0) < rule.max_calls
        return within_rule and trunk.calls < trunk.settings.max_calls

    def call_began(self, trunk: Trunk, number: str | None) -> None:
        """Count a call over ``trunk``; ``number`` is the outside number of an outbound call."""
        trunk.calls += 1
        if number is not None and (rule := self.rule_for(number)) is not None:
            self._calls_by_rule[rule] = self._calls_by_rule.get(rule, 0) + 1

    def call_ended(self, trunk: Trunk, number: str | None) -> None:
        """Undo :meth:`call_began`."""
        trunk.calls -= 1
        if number is not None and (rule := self.rule_for(number)) is not None:
            self._calls_by_rule[rule] -= 1

    # Health

    def start(self, exchange: Exchange) -> None:
        """Begin checking and registering."""
        for trunk in self.by_name.values():
            settings = trunk.settings
            if settings.kind == "register":
                self._tasks.append(create_task(self._stay_registered(trunk, exchange), name=f"register:{trunk.name}"))
            if settings.host is not None and settings.options_interval > 0:
                self._tasks.append(create_task(self._check(trunk, exchange), name=f"options:{trunk.name}"))

    async def stop(self) -> None:
        """End checking and registering."""
        await cancel_and_wait(*self._tasks)
        self._tasks.clear()

    async def _check(self, trunk: Trunk, exchange: Exchange) -> None:
        """Send OPTIONS for ever; three unanswered in a row take the trunk out, any answer brings it back."""
        while True:
            await asyncio.sleep(trunk.settings.options_interval * self._random.uniform(0.9, 1.1))
            us = f"<sip:{exchange.settings.realm}>"
            try:
                completed = await send_request(
                    exchange, "OPTIONS", trunk.uri(""), from_=us, to=f"<{trunk.uri('')}>", target=trunk.target()
                )
                alive = completed.response is not None and completed.status != 503
            except CallcenterError:
                alive = False
            trunk.misses = 0 if alive else trunk.misses + 1
            if alive and not trunk.answers:
                log.info("trunk is back", trunk=trunk.name)
                trunk.out_until = trunk.doubtful_until = 0.0
            elif trunk.misses == MISSES_UNTIL_DOWN:
                log.warning("trunk does not answer", trunk=trunk.name)
            trunk.answers = trunk.misses < MISSES_UNTIL_DOWN

    async def _stay_registered(self, trunk: Trunk, exchange: Exchange) -> None:
        """Register at the carrier and refresh before it runs out (RFC 3261 §10.2.4); back off when it fails."""
        expires = trunk.settings.register_expires
        credentials = trunk.settings.credentials
        assert credentials is not None
        call_id, cseq, failures = exchange.token(), 1, 0
        while True:
            completed = await self._register(trunk, exchange, call_id, cseq, expires)
            ok = completed is not None and 200 <= completed.status < 300
            granted = expires
            if completed is not None:
                cseq = completed.request.cseq + 1
                if completed.status == 423 and (longer := _min_expires(completed.response)) > expires:
                    expires = longer
                    continue
                if ok:
                    granted = _granted(completed.response, credentials.username) or expires
            if ok != trunk.registered:
                status = completed.status if completed is not None else None
                log.info("trunk registration changed", trunk=trunk.name, registered=ok, status=status)
            trunk.registered = ok
            failures = 0 if ok else failures + 1
            wait = granted * 0.5 if ok else min(30.0 * 2 ** (failures - 1), 1800.0)
            await asyncio.sleep(wait * self._random.uniform(0.8, 1.0))

    async def _register(
        self, trunk: Trunk, exchange: Exchange, call_id: str, cseq: int, expires: int
    ) -> RequestCompleted | None:
        credentials = trunk.settings.credentials
        assert credentials is not None
        address = f"<{trunk.uri(credentials.username)}>"
        try:
            return await send_request(
                exchange,
                "REGISTER",
                trunk.uri(""),
                from_=address,
                to=address,
                headers=(("Expires", str(expires)),),
                contact_user=credentials.username,
                call_id=call_id,
                cseq=cseq,
                target=trunk.target(),
                credentials=credentials,
            )
        except CallcenterError as error:
            log.info("trunk cannot be reached", trunk=trunk.name, error=str(error))
            return None


def _min_expires(response: Response | None) -> int:
    """Return the shortest registration a 423 allows, 0 when it says nothing sensible (RFC 3261 §20.23)."""
    value = (response.headers.get("Min-Expires") or "").strip() if response is not None else ""
    return min(int(value), MAX_REGISTER_EXPIRES_S) if value.isascii() and value.isdecimal() and len(value) < 10 else 0


def _granted(response: Response | None, user: str) -> int | None:
    """Return the seconds the registrar granted our contact (RFC 3261 §10.2.4), None when it does not say."""
    if response is None:
        return None
    try:
        for contact in response.contacts:
            if contact.uri.username == user and contact.expires:
                return contact.expires
        return response.expires or None
    except SipParseError:
        return None
