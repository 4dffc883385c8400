"""Calls under way: who is in them, and everything that can be done with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callcenter.accounts.principal import Principal
from callcenter.accounts.user import Role
from callcenter.api.audit_trail import Audited
from callcenter.api.auth import SignedIn, visible
from callcenter.api.errors import not_found
from callcenter.api.routes.customers import OpenCustomer
from callcenter.calls.call import Call
from callcenter.calls.call_target import CallTarget, CallTargetKind
from callcenter.calls.control import MAX_DIGITS, Actor, CallControl
from callcenter.calls.live_call import LiveCalls, LiveCallView, agents_of, stores_of


@dataclass(frozen=True, slots=True)
class LiveCallPorts:
    """What the routes need."""

    control: CallControl
    views: LiveCalls


class Target(BaseModel):
    """Where to."""

    kind: Annotated[CallTargetKind, Field(description="What `value` names.")]
    value: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            description="User id (agent), extension, queue id or code, store code, telephone number, or flow's number.",
        ),
    ]

    def chosen(self) -> CallTarget:
        """Return it as calls know it."""
        return CallTarget(self.kind, self.value)


class NewCall(BaseModel):
    """A call to make."""

    to: Target
    caller_id: Annotated[str | None, Field(max_length=32, description="One of our own numbers.")] = None
    customer_id: Annotated[str | None, Field(max_length=64)] = None


class Towards(BaseModel):
    """Whom to reach."""

    target: Target


class Digits(BaseModel):
    """Keys to send. They are not kept anywhere."""

    keys: Annotated[str, Field(pattern=rf"^[0-9*#A-D]{{1,{MAX_DIGITS}}}$")]


class _LiveCalls:
    """What several routes need."""

    def __init__(self, ports: LiveCallPorts) -> None:
        self.control = ports.control
        self._views = ports.views

    def sees(self, call: Call, principal: Principal) -> bool:
        return visible(principal, stores_of(call) if principal.role is not Role.AGENT else (), agents_of(call))

    def view(self, call: Call, principal: Principal) -> LiveCallView:
        return self._views.view(call, principal.user_id, supervisor=_actor(principal).supervisor)

    def find(self, call_id: str, principal: Principal) -> Call:
        call = next((call for call in self.control.calls() if call.id == call_id), None)
        if call is None or not self.sees(call, principal):
            raise not_found("call")
        return call

    async def act(
        self, call_id: str, principal: Principal, audit: Audited, action: str, work: Callable[[Actor], Awaitable[Call]]
    ) -> LiveCallView:
        """Let somebody who sees the call do something with it."""
        self.find(call_id, principal)
        audit.action, audit.target = f"call.{action}", f"call:{call_id}"
        return self.view(await work(_actor(principal)), principal)


def _actor(principal: Principal) -> Actor:
    return Actor(user_id=principal.user_id, supervisor=principal.role.includes(Role.SUPERVISOR))


def router(ports: LiveCallPorts, open_customer: OpenCustomer) -> APIRouter:
    """Return the routes.

    :param open_customer: a call may be said to be about these customers only, since it opens their data.
    """
    routes = APIRouter(tags=["live calls"])
    calls = _LiveCalls(ports)
    control = ports.control

    @routes.get("/api/live-calls", summary="Calls under way")
    async def list_live_calls(principal: SignedIn) -> list[LiveCallView]:
        """Your own, and those of your stores, oldest first. Kept up to date by `call.updated` and `call.ended`."""
        return [calls.view(call, principal) for call in control.calls() if calls.sees(call, principal)]

    @routes.get("/api/live-calls/{call_id}", summary="One call under way")
    async def get_live_call(call_id: str, principal: SignedIn) -> LiveCallView:
        """404 when it is over; it is in the call log then."""
        return calls.view(calls.find(call_id, principal), principal)

    @routes.post("/api/live-calls", summary="Call somebody")
    async def originate(wanted: NewCall, principal: SignedIn, audit: Audited) -> LiveCallView:
        """Your own phone rings first (a browser answers by itself), then the other one."""
        target, customer_id = wanted.to.chosen(), wanted.customer_id
        if customer_id is not None and (customer_id := await open_customer(customer_id, principal)) is None:
            raise not_found("customer")
        call = await control.originate(_actor(principal), target, caller_id=wanted.caller_id, customer_id=customer_id)
        audit.action, audit.target, audit.after = "call.originate", f"call:{call.id}", {"to": str(target)}
        return calls.view(call, principal)

    _single_actions(routes, calls)
    _targeted_actions(routes, calls)

    @routes.delete("/api/live-calls/{call_id}/participants/{leg_id}", summary="Take somebody out")
    async def drop_participant(call_id: str, leg_id: str, principal: SignedIn, audit: Audited) -> LiveCallView:
        """A participant of a conference, or the one who is still being rung."""
        return await calls.act(
            call_id, principal, audit, "drop_participant", lambda who: control.drop_participant(who, call_id, leg_id)
        )

    @routes.post("/api/live-calls/{call_id}/digits", summary="Send keys")
    async def send_digits(call_id: str, digits: Digits, principal: SignedIn, audit: Audited) -> LiveCallView:
        """To the one consulted, else to everybody outside the house."""
        audit.after = {"count": len(digits.keys)}  # Instead of the keys: they may be a card number.
        return await calls.act(
            call_id, principal, audit, "digits", lambda who: control.send_digits(who, call_id, digits.keys)
        )

    return routes


def _single_actions(routes: APIRouter, calls: _LiveCalls) -> None:
    """Add the actions that need nothing but the call."""
    control = calls.control
    simple: tuple[tuple[str, str, str, Callable[[Actor, str], Awaitable[Call]]], ...] = (
        ("answer", "Answer", "Your ringing softphone is told to answer.", control.answer),
        ("hangup", "Hang up", "Your part ends; a call that rings is rejected.", control.hangup),
        ("hold", "Hold", "The others hear music.", control.hold),
        ("resume", "Resume", "Take the others back.", control.resume),
        ("consult/complete", "Complete a transfer", "The one consulted takes your place.", control.complete_consult),
        ("consult/cancel", "End a consultation", "Back to those who wait.", control.cancel_consult),
        ("consult/swap", "Swap", "Talk to those who wait; the one consulted waits.", control.swap),
        ("consult/join", "Three-way", "Make one conversation of both.", control.join),
        ("recording/pause", "Pause recording", "Silence is recorded until resumed.", control.pause_recording),
        ("recording/resume", "Resume recording", "Voices are recorded again.", control.resume_recording),
        ("attach", "Attach", "Bring your part to the browser that is registered now.", control.attach),
    )
    for path, summary, description, work in simple:
        _add_single(routes, calls, path, (summary, description), work)


def _add_single(
    routes: APIRouter,
    calls: _LiveCalls,
    path: str,
    words: tuple[str, str],
    work: Callable[[Actor, str], Awaitable[Call]],
) -> None:
    action = path.replace("/", "_")

    @routes.post(f"/api/live-calls/{{call_id}}/{path}", summary=words[0], description=words[1], name=f"call_{action}")
    async def act(call_id: str, principal: SignedIn, audit: Audited) -> LiveCallView:
        return await calls.act(call_id, principal, audit, action, lambda who: work(who, call_id))


def _targeted_actions(routes: APIRouter, calls: _LiveCalls) -> None:
    """Add the actions that reach somebody."""
    control = calls.control

    async def towards(
        call_id: str,
        wanted: Towards,
        principal: Principal,
        audit: Audited,
        action: tuple[str, Callable[[Actor, str, CallTarget], Awaitable[Call]]],
    ) -> LiveCallView:
        target = wanted.target.chosen()
        audit.after = {"target": str(target)}
        return await calls.act(call_id, principal, audit, action[0], lambda who: action[1](who, call_id, target))

    @routes.post("/api/live-calls/{call_id}/transfer", summary="Transfer (blind)")
    async def transfer(call_id: str, wanted: Towards, principal: SignedIn, audit: Audited) -> LiveCallView:
        """You are free at once. Nobody answers: your phone rings again, twice."""
        return await towards(call_id, wanted, principal, audit, ("transfer", control.transfer))

    @routes.post("/api/live-calls/{call_id}/consult", summary="Consult")
    async def consult(call_id: str, wanted: Towards, principal: SignedIn, audit: Audited) -> LiveCallView:
        """Call somebody while the others hear music."""
        return await towards(call_id, wanted, principal, audit, ("consult", control.consult))

    @routes.post("/api/live-calls/{call_id}/participants", summary="Invite")
    async def add_participant(call_id: str, wanted: Towards, principal: SignedIn, audit: Audited) -> LiveCallView:
        """Ring somebody into the conversation, which goes on meanwhile."""
        return await towards(call_id, wanted, principal, audit, ("add_participant", control.add_participant))
