"""Agents: what they do now, what they choose, their skills, and their work after a call."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callcenter.accounts.principal import Principal
from callcenter.acd.agent_state import AgentState
from callcenter.acd.disposition import CallDisposition, CallNote
from callcenter.acd.errors import WrapUpGoesOn
from callcenter.acd.queue import AgentProfile
from callcenter.acd.view import AgentView
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.audit_trail import audited_as
from callcenter.api.auth import SignedIn, Supervisor, visible
from callcenter.api.errors import ApiProblem, not_found
from callcenter.base.ids import new_id
from callcenter.routing.queue_form import SkillLevel, SkillName

MAX_NOTE = 4000


class StateChoice(BaseModel):
    """What an agent wants to be."""

    state: Annotated[
        Literal["available", "break", "offline"],
        Field(description="During a call or wrap-up it is kept and comes afterwards."),
    ]
    reason: Annotated[str | None, Field(max_length=64, description="Code of a break reason.")] = None


class Skills(BaseModel):
    """What an agent can do."""

    skills: Annotated[dict[SkillName, SkillLevel], Field(max_length=50, description="Skill to level.")]


class WrapUp(BaseModel):
    """What is written about a call."""

    disposition: Annotated[str | None, Field(max_length=64, description="Code of a disposition.")] = None
    note: Annotated[str | None, Field(max_length=MAX_NOTE)] = None


class WrapUpSaved(BaseModel):
    """What came of it."""

    finished: Annotated[bool, Field(description="It ended your wrap-up of this call.")]
    agent: Annotated[AgentView | None, Field(description="You, when you are an agent.")]


class _Agents:
    """What several routes need."""

    def __init__(self, ports: AcdPorts) -> None:
        self.ports = ports
        self.desk = ports.desk

    def seen(self, agent_id: str, principal: Principal) -> AgentView:
        agent = self.desk.agent(agent_id)
        if agent is None or not visible(principal, agent.store_ids, [agent.id]):
            raise not_found("agent")
        return agent

    def profile(self, agent_id: str, principal: Principal) -> AgentProfile:
        profile = self.ports.book.agents.get(agent_id)
        if profile is None or not visible(principal, profile.store_ids, [profile.id]):
            raise not_found("agent")
        return profile

    async def check_reason(self, choice: StateChoice) -> None:
        known = {each.code for each in await self.ports.break_reasons.all()}
        if choice.reason is not None and choice.reason not in known:
            raise ApiProblem(422, "unknown-break-reason", f"There is no break reason {choice.reason}.")

    async def save(self, call_id: str, wrap_up: WrapUp, principal: Principal) -> WrapUpSaved:
        me = self.desk.agent(principal.user_id)
        at_work = None if me is None or me.wrap_up is None or me.wrap_up.call_id != call_id else me.wrap_up
        takes_part = at_work is not None or (me is not None and call_id in me.call_ids)
        if not takes_part and await self.ports.calls.story(call_id, scope=principal.scope) is None:
            raise not_found("call")
        await self._write(call_id, wrap_up, principal, None if at_work is None else at_work.queue_id)
        finished = False
        if me is not None:
            try:
                finished = self.desk.finish_wrap_up(me.id, call_id, wrap_up.disposition)
            except WrapUpGoesOn:
                if wrap_up.disposition is None and wrap_up.note is None:
                    raise
        return WrapUpSaved(finished=finished, agent=self.desk.agent(principal.user_id))

    async def _write(self, call_id: str, wrap_up: WrapUp, principal: Principal, queue_id: str | None) -> None:
        now = self.ports.clock.utcnow()
        if wrap_up.disposition is not None:
            listed = await self.ports.dispositions.all()
            found = next((each for each in listed if each.code == wrap_up.disposition), None)
            if found is None or not found.active or (queue_id is not None and not found.fits(queue_id)):
                detail = f"The disposition {wrap_up.disposition} cannot be chosen for this call."
                raise ApiProblem(422, "unknown-disposition", detail)
            self.ports.remarks.choose(
                CallDisposition(call_id=call_id, agent_id=principal.user_id, code=found.code, at=now)
            )
        if wrap_up.note is not None and (text := wrap_up.note.strip()):
            self.ports.remarks.note(
                CallNote(id=new_id(now), call_id=call_id, agent_id=principal.user_id, text=text, at=now)
            )


def router(ports: AcdPorts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["agents"])
    agents, desk = _Agents(ports), ports.desk

    @routes.get("/api/agents", summary="Who is at work, and what they do")
    async def list_agents(principal: SignedIn) -> list[AgentView]:
        """Agents of your stores, by name; an agent sees only himself. Kept up to date by `agent.updated`."""
        return [agent for agent in desk.agents() if visible(principal, agent.store_ids, [agent.id])]

    @routes.get("/api/agents/{agent_id}", summary="What an agent does")
    async def get_agent(agent_id: str, principal: SignedIn) -> AgentView:
        return agents.seen(agent_id, principal)

    @routes.put("/api/me/agent-state", dependencies=[audited_as("agent.state_chosen")], summary="Choose your state")
    async def choose_state(choice: StateChoice, principal: SignedIn) -> AgentView:
        await agents.check_reason(choice)
        return desk.set_agent_state(principal.user_id, AgentState(choice.state), choice.reason)

    @routes.put(
        "/api/agents/{agent_id}/state",
        dependencies=[audited_as("agent.state_forced")],
        summary="Change an agent's state",
    )
    async def force_state(agent_id: str, choice: StateChoice, supervisor: Supervisor) -> AgentView:
        """At once: ends an offer or a wrap-up. A call goes on; the state follows it."""
        agents.seen(agent_id, supervisor)
        await agents.check_reason(choice)
        return desk.force_agent_state(agent_id, AgentState(choice.state), choice.reason, by=supervisor.user_id)

    @routes.get("/api/agents/{agent_id}/skills", summary="What an agent can do")
    async def get_skills(agent_id: str, principal: SignedIn) -> Skills:
        return Skills(skills=dict(agents.profile(agent_id, principal).skills))

    @routes.put(
        "/api/agents/{agent_id}/skills",
        dependencies=[audited_as("agent.skills_changed")],
        summary="Say what an agent can do",
    )
    async def set_skills(agent_id: str, wanted: Skills, supervisor: Supervisor) -> Skills:
        """Replaces all of them."""
        await ports.queues.set_skills(agents.profile(agent_id, supervisor).id, wanted.skills)
        return wanted

    @routes.post(
        "/api/me/wrap-up/extend", dependencies=[audited_as("wrap_up.extended")], summary="Take more time after a call"
    )
    async def extend_wrap_up(principal: SignedIn) -> AgentView:
        """Once per call."""
        return desk.extend_wrap_up(principal.user_id)

    @routes.post(
        "/api/calls/{call_id}/wrap-up",
        dependencies=[audited_as("call.wrapped_up")],
        summary="Write what came of a call",
    )
    async def save_wrap_up(call_id: str, wrap_up: WrapUp, principal: SignedIn) -> WrapUpSaved:
        """Saves the code and the note, also while the call goes on, and ends your wrap-up of it where it may end.

        With neither it only ends the wrap-up; 409 `wrap-up-goes-on` when a code is missing or its time is fixed.
        """
        return await agents.save(call_id, wrap_up, principal)

    return routes
