"""From a party to the INVITEs that reach it: devices of an extension, trunks for a number."""

from __future__ import annotations

from dataclasses import dataclass, replace

from callcenter.base.errors import LocalError
from callcenter.calls.accounts_port import AccountDirectory, SipAccount
from callcenter.calls.dialling import DialTarget, TargetAddress
from callcenter.calls.location import Location
from callcenter.calls.requests import sip_uri
from callcenter.calls.trunks import Trunk, Trunks
from callcenter.sip.flow import Flow, Target
from callcenter.sip.settings import Credentials
from callcenter.sip.uri import escape_user


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One INVITE to send."""

    uri: str
    to: str
    "Header value without tag."
    peer: str
    "For people to read."
    flow: Flow | None = None
    "The way there; None: look up and connect to ``target`` first."
    target: Target | None = None
    path: tuple[str, ...] = ()
    "Route header values (the registration's Path)."
    credentials: Credentials | None = None
    extension: str | None = None
    store_id: str | None = None
    agent_id: str | None = None
    trunk: Trunk | None = None
    number: str | None = None
    "The outside number, over a trunk."

    def reachable_target(self) -> Target:
        """Return the next hop of a route without a flow.

        :raises LocalError: a peer trunk that is not registered has neither.
        """
        if self.target is None:
            raise LocalError(f"{self.peer} is not registered")
        return self.target


class Routes:
    """Finds routes. Answers from memory."""

    def __init__(
        self,
        accounts: AccountDirectory,
        location: Location,
        trunks: Trunks,
        realm: str,
    ) -> None:
        self._accounts = accounts
        self._location = location
        self._trunks = trunks
        self._realm = realm

    def alternatives(self, target: DialTarget, now: float) -> list[list[Route]]:
        """Return groups of routes to ``target``: try the first group's together, the next group when that fails."""
        if target.kind is TargetAddress.EXTENSION:
            devices = self.devices(target.address, now)
            return [devices] if devices else []
        ways = [self._over(trunk, target.address, now) for trunk in self._trunks.candidates(target.address, now)]
        return [[route] for route in ways if route is not None]

    def reached(self, route: Route, flow: Flow) -> None:
        """Note that ``route`` leads somewhere over ``flow``."""
        if route.extension is not None:
            self._location.reconnected(route.extension, route.uri, flow)

    def is_registered(self, extension: str, now: float) -> bool:
        """Tell whether any device of ``extension`` is there."""
        return self._location.is_registered(extension, now)

    def is_extension(self, number: str) -> bool:
        """Tell whether ``number`` is one of ours."""
        return self._accounts.extension(number) is not None

    def account(self, number: str) -> SipAccount | None:
        """Return the account of an extension."""
        return self._accounts.extension(number)

    def extension_of_agent(self, agent_id: str) -> str | None:
        """Return the extension a user sits at."""
        account = self._accounts.extension_of_agent(agent_id)
        return None if account is None else account.number

    def may_dial(self, number: str) -> bool:
        """Tell whether a rule lets ``number`` out of the house."""
        return self._trunks.rule_for(number) is not None

    def devices(self, extension: str, now: float) -> list[Route]:
        """Return a route to each registered device of ``extension``."""
        account = self._accounts.extension(extension)
        if account is None:
            return []
        return [
            Route(
                uri=device.binding.contact,
                to=f"<sip:{escape_user(extension)}@{self._realm}>",
                peer=extension,
                flow=device.flow if device.target is None else None,
                target=None if device.target is None else replace(device.target, flow=device.flow),
                path=device.binding.path,
                extension=extension,
                store_id=account.store_id,
                agent_id=account.agent_id,
            )
            for device in self._location.devices(extension, now)
        ]

    def _over(self, trunk: Trunk, number: str, now: float) -> Route | None:
        """Return the way over ``trunk``; None over a peer that is not registered."""
        settings = trunk.settings
        user = escape_user(number)
        flow: Flow | None = None
        uri = trunk.uri(user)
        if settings.kind == "peer" and settings.credentials is not None:
            devices = self._location.devices(settings.credentials.username, now)
            flow = next((device.flow for device in devices if device.flow is not None), None)
            if flow is None:
                return None
            uri = sip_uri(user, *flow.remote, flow.transport)
        return Route(
            uri=uri,
            to=f"<{uri}>",
            peer=f"{number} via {trunk.name}",
            flow=flow,
            target=None if flow is not None else trunk.target(),
            credentials=settings.credentials if settings.kind != "peer" else None,
            trunk=trunk,
            number=number,
        )
