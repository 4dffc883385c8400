"""Queues: set them up, say who is in them, and see what goes on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from callcenter.acd.queue import QueueMember
from callcenter.acd.view import LiveQueueView
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.audit_trail import audited_as
from callcenter.api.auth import SignedIn, Supervisor
from callcenter.api.errors import ApiProblem, not_found
from callcenter.api.queue_keeper import STORE_PREFIX, MemberView, MemberWrite, QueueKeeper, QueueView, QueueWrite
from callcenter.base.ids import new_id


def router(ports: AcdPorts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["queues"])
    keeper = QueueKeeper(ports)
    _add_queues(routes, keeper, ports)
    _add_members(routes, keeper)

    @routes.get("/api/live-queues", summary="What goes on in the queues")
    async def list_live_queues(principal: SignedIn) -> list[LiveQueueView]:
        """Who waits and who works. Kept up to date by `queue.updated`."""
        return [live for live in ports.desk.queues() if keeper.sees(principal, live.id)]

    return routes


def _add_queues(routes: APIRouter, keeper: QueueKeeper, ports: AcdPorts) -> None:
    @routes.get("/api/queues", summary="List queues")
    async def list_queues(principal: SignedIn) -> list[QueueView]:
        """Those of your stores, with the one every store has, and those your agents are in, by name."""
        return keeper.listed(principal)

    @routes.post("/api/queues", dependencies=[audited_as("queue.added")], summary="Set a queue up", status_code=201)
    async def add_queue(wanted: QueueWrite, supervisor: Supervisor) -> QueueView:
        """Setting up a queue that a store has anyway changes that one."""
        return await keeper.add(new_id(ports.clock.utcnow()), wanted, supervisor)

    @routes.get("/api/queues/{queue_id}", summary="See how a queue is set up")
    async def get_queue(queue_id: str, principal: SignedIn) -> QueueView:
        return keeper.view(keeper.seen(queue_id, principal))

    @routes.put("/api/queues/{queue_id}", dependencies=[audited_as("queue.changed")], summary="Change a queue")
    async def change_queue(queue_id: str, wanted: QueueWrite, supervisor: Supervisor) -> QueueView:
        """Works at once, for those who wait too. Members stay as they are."""
        before = keeper.own(queue_id, supervisor)
        if before.code != wanted.code and (before.implied or before.code.startswith(STORE_PREFIX)):
            raise ApiProblem(409, "queue-code-reserved", "The code of a store's own queue cannot change.")
        return await keeper.save(queue_id, wanted, supervisor)

    @routes.delete(
        "/api/queues/{queue_id}", dependencies=[audited_as("queue.removed")], summary="Remove a queue", status_code=204
    )
    async def remove_queue(queue_id: str, supervisor: Supervisor) -> None:
        """A queue that a store has anyway goes back to what it was. What happened in it stays written."""
        if keeper.own(queue_id, supervisor).implied:
            raise ApiProblem(409, "queue-implied", "Every store has this queue; it can be changed, not removed.")
        await ports.queues.remove(queue_id)


def _add_members(routes: APIRouter, keeper: QueueKeeper) -> None:
    @routes.get("/api/queues/{queue_id}/members", summary="Who is in a queue")
    async def list_members(queue_id: str, principal: SignedIn) -> list[MemberView]:
        return keeper.members(keeper.seen(queue_id, principal))

    @routes.put(
        "/api/queues/{queue_id}/members",
        dependencies=[audited_as("queue.members_changed")],
        summary="Say who is in a queue",
    )
    async def set_members(
        queue_id: str, wanted: Annotated[list[MemberWrite], Field(max_length=2000)], supervisor: Supervisor
    ) -> list[MemberView]:
        """Replaces all that were named; phones of the store stay in the store's own queue."""
        return await keeper.save_members(
            keeper.own(queue_id, supervisor), [_member(each) for each in wanted], supervisor
        )

    @routes.post(
        "/api/queues/{queue_id}/members",
        dependencies=[audited_as("queue.members_changed")],
        summary="Add an agent to a queue, or change one",
    )
    async def add_member(queue_id: str, wanted: MemberWrite, supervisor: Supervisor) -> list[MemberView]:
        setup = keeper.own(queue_id, supervisor)
        others = [member for member in setup.members if member.agent_id != wanted.agent_id]
        return await keeper.save_members(setup, [*others, _member(wanted)], supervisor)

    @routes.delete(
        "/api/queues/{queue_id}/members/{agent_id}",
        dependencies=[audited_as("queue.members_changed")],
        summary="Take an agent out of a queue",
    )
    async def remove_member(queue_id: str, agent_id: str, supervisor: Supervisor) -> list[MemberView]:
        setup = keeper.own(queue_id, supervisor)
        others = [member for member in setup.members if member.agent_id != agent_id]
        if len(others) == len(setup.members):
            raise not_found("member")
        return await keeper.save_members(setup, others, supervisor)


def _member(wanted: MemberWrite) -> QueueMember:
    return QueueMember(agent_id=wanted.agent_id, order=wanted.order, weight=wanted.weight, active=wanted.active)
