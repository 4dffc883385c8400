"""What agents choose from: dispositions of calls and reasons for breaks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from callcenter.acd.disposition import BreakReason, Disposition
from callcenter.api.acd_ports import AcdPorts
from callcenter.api.audit_trail import audited_as
from callcenter.api.auth import Admin, SignedIn
from callcenter.api.errors import ApiProblem, not_found
from callcenter.api.fields import Name
from callcenter.base.ids import new_id

Code = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Stable, for reports.")
]
Place = Annotated[int, Field(ge=0, le=10_000, description="Place in the list, smallest first.")]


class DispositionWrite(BaseModel):
    """A code an agent may choose for a call."""

    code: Code
    label: Annotated[Name, Field(description="Vietnamese.", examples=["Đã bán"])]
    label_en: Annotated[Name, Field(description="English.", examples=["Sold"])]
    queue_ids: Annotated[list[str] | None, Field(max_length=200, description="Only in these queues; null: in all.")] = (
        None
    )
    position: Place = 0
    active: Annotated[bool, Field(description="Offered to agents; an inactive one stays in old calls.")] = True


class DispositionView(DispositionWrite):
    """A code, as it is kept."""

    id: str
    system: Annotated[bool, Field(description="The product relies on it: its code stays and it is not removed.")]


class BreakReasonWrite(BaseModel):
    """Why agents may take a break."""

    code: Code
    label: Annotated[Name, Field(description="Vietnamese.", examples=["Nghỉ trưa"])]
    label_en: Annotated[Name, Field(description="English.", examples=["Lunch"])]
    position: Place = 0


class BreakReasonView(BreakReasonWrite):
    """A reason, as it is kept."""

    id: str


def router(ports: AcdPorts) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(tags=["dispositions"])
    _add_dispositions(routes, ports)
    _add_break_reasons(routes, ports)
    return routes


def _add_dispositions(routes: APIRouter, ports: AcdPorts) -> None:
    dispositions = ports.dispositions

    async def found(disposition_id: str) -> Disposition:
        disposition = await dispositions.get(disposition_id)
        if disposition is None:
            raise not_found("disposition")
        return disposition

    async def store(disposition_id: str, wanted: DispositionWrite, *, system: bool = False) -> DispositionView:
        for queue_id in wanted.queue_ids or ():
            if queue_id not in ports.book.queues:
                raise ApiProblem(422, "unknown-queue", f"There is no queue {queue_id}.")
        kept = Disposition(
            id=disposition_id,
            system=system,
            **{**wanted.model_dump(), "queue_ids": tuple(wanted.queue_ids or ())},
        )
        await dispositions.save(kept)
        return _view(kept)

    @routes.get("/api/dispositions", summary="Codes agents choose from")
    async def list_dispositions(
        _principal: SignedIn, queue_id: str | None = None, everything: bool = False
    ) -> list[DispositionView]:
        """In their order. `queue_id`: only those offered in a queue; `everything`: inactive ones too."""
        return [_view(each) for each in await dispositions.all() if _is_wanted(each, queue_id, everything)]

    @routes.post(
        "/api/dispositions", dependencies=[audited_as("disposition.added")], summary="Add a code", status_code=201
    )
    async def add_disposition(wanted: DispositionWrite, _admin: Admin) -> DispositionView:
        return await store(new_id(ports.clock.utcnow()), wanted)

    @routes.put(
        "/api/dispositions/{disposition_id}", dependencies=[audited_as("disposition.changed")], summary="Change a code"
    )
    async def change_disposition(disposition_id: str, wanted: DispositionWrite, _admin: Admin) -> DispositionView:
        """A code of the product keeps its code and stays active."""
        before = await found(disposition_id)
        if before.system and (wanted.code != before.code or not wanted.active):
            raise ApiProblem(409, "system-disposition", "The product relies on this code; only its labels can change.")
        return await store(disposition_id, wanted, system=before.system)

    @routes.delete(
        "/api/dispositions/{disposition_id}",
        dependencies=[audited_as("disposition.removed")],
        summary="Remove a code",
        status_code=204,
    )
    async def remove_disposition(disposition_id: str, _admin: Admin) -> None:
        """Calls that have it keep it."""
        if (await found(disposition_id)).system:
            raise ApiProblem(409, "system-disposition", "The product relies on this code.")
        await dispositions.remove(disposition_id)


def _add_break_reasons(routes: APIRouter, ports: AcdPorts) -> None:
    reasons = ports.break_reasons

    @routes.get("/api/break-reasons", summary="Reasons for breaks")
    async def list_reasons(_principal: SignedIn) -> list[BreakReasonView]:
        return [_reason(each) for each in await reasons.all()]

    @routes.post(
        "/api/break-reasons",
        dependencies=[audited_as("break_reason.added")],
        summary="Add a reason for breaks",
        status_code=201,
    )
    async def add_reason(wanted: BreakReasonWrite, _admin: Admin) -> BreakReasonView:
        kept = BreakReason(id=new_id(ports.clock.utcnow()), **wanted.model_dump())
        await reasons.save(kept)
        return _reason(kept)

    @routes.delete(
        "/api/break-reasons/{reason_id}",
        dependencies=[audited_as("break_reason.removed")],
        summary="Remove a reason for breaks",
        status_code=204,
    )
    async def remove_reason(reason_id: str, _admin: Admin) -> None:
        """Breaks that had it keep it."""
        if reason_id not in {each.id for each in await reasons.all()}:
            raise not_found("break reason")
        await reasons.remove(reason_id)


def _is_wanted(disposition: Disposition, queue_id: str | None, everything: bool) -> bool:
    fits = queue_id is None or not disposition.queue_ids or queue_id in disposition.queue_ids
    return fits and (disposition.active or everything)


def _view(disposition: Disposition) -> DispositionView:
    return DispositionView(
        id=disposition.id,
        code=disposition.code,
        label=disposition.label,
        label_en=disposition.label_en,
        queue_ids=list(disposition.queue_ids) or None,
        position=disposition.position,
        active=disposition.active,
        system=disposition.system,
    )


def _reason(reason: BreakReason) -> BreakReasonView:
    return BreakReasonView(
        id=reason.id, code=reason.code, label=reason.label, label_en=reason.label_en, position=reason.position
    )
