"""From where a call is to go to what has to be rung, run or joined for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.channel_results import DialRequest, TargetKind
from callcenter.calls.dialling import DialPlan, DialPlanner, DialStep, DialTarget, TargetAddress
from callcenter.calls.ports import CallHandler

if TYPE_CHECKING:
    from callcenter.calls.lines import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """What a target comes to: exactly one of ``steps``, ``flow`` and ``queue`` is set."""

    target: CallTarget
    steps: tuple[DialStep, ...] = ()
    plan: DialPlan | None = None
    "Told what comes of the steps, when a plan made them."
    flow: str | None = None
    queue: str | None = None

    @property
    def label(self) -> str:
        """Return it for people to read."""
        return self.target.value

    @property
    def extensions(self) -> frozenset[str]:
        """Return the extensions that are rung by name; a group that somebody is in is no call to oneself."""
        if len(self.steps) != 1 or self.plan is not None:
            return frozenset()
        return frozenset(target.address for target in self.steps[0].targets if target.kind is TargetAddress.EXTENSION)


class Destinations:
    """Finds destinations. Answers from memory."""

    def __init__(
        self, lines: Lines, planner: DialPlanner, flows: CallHandler, normalise: Callable[[str], str | None]
    ) -> None:
        self._lines = lines
        self._planner = planner
        self._flows = flows
        self._normalise = normalise

    def find(self, target: CallTarget, ring_s: float) -> Destination | None:
        """Return what ``target`` comes to; None when there is nothing there, or it may not be reached."""
        value = target.value
        match target.kind:
            case CallTargetKind.STORE:
                plan = self._planner.plan(DialRequest(TargetKind.STORE, value, ring_s))
                return Destination(target=target, steps=plan.steps, plan=plan) if plan.steps else None
            case CallTargetKind.QUEUE:
                return Destination(target=target, queue=value) if self._lines.queues.knows(value) else None
            case CallTargetKind.FLOW:
                return Destination(target=target, flow=value) if self._flows.knows(value) else None
        address = self._address(target)
        return None if address is None else self._ring(target, address, ring_s)

    def _address(self, target: CallTarget) -> DialTarget | None:
        """Return the one party that a person, phone or number is."""
        routes, value = self._lines.routes, target.value
        if target.kind is CallTargetKind.NUMBER:
            number = self._normalise(value)
            return DialTarget(TargetAddress.NUMBER, number) if number is not None and routes.may_dial(number) else None
        extension = routes.extension_of_agent(value) if target.kind is CallTargetKind.AGENT else value
        if extension is None or not routes.is_extension(extension):
            return None
        return DialTarget(TargetAddress.EXTENSION, extension)

    def dialled(self, user: str, ring_s: float) -> Destination | None:
        """Return what ``user`` of a Refer-To comes to.

        A flow that answers all other numbers leaves our own people theirs.
        """
        routes = self._lines.routes
        number = self._normalise(user)
        reachable = routes.is_extension(user) or (number is not None and routes.may_dial(number))
        if self._flows.knows(user, exactly=reachable):
            return self.find(CallTarget(CallTargetKind.FLOW, user), ring_s)
        for kind in (CallTargetKind.EXTENSION, CallTargetKind.NUMBER, CallTargetKind.STORE, CallTargetKind.QUEUE):
            if (found := self.find(CallTarget(kind, user), ring_s)) is not None:
                return found
        return None

    @staticmethod
    def _ring(target: CallTarget, address: DialTarget, ring_s: float) -> Destination:
        return Destination(target=target, steps=(DialStep(name="transfer", targets=(address,), ring_s=ring_s),))
