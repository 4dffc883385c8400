"""Errors as ``application/problem+json`` (RFC 9457), each with a stable ``id`` that clients may rely on.

A route raises :class:`ApiProblem`, or lets an error of ours (:class:`~callcenter.base.errors.CallcenterError`) pass:
:data:`STATUS` says which status its ``error_id`` means.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from callcenter.base.errors import CallcenterError, LocalError

MEDIA_TYPE = "application/problem+json"

STATUS: Mapping[str, int] = {
    "action-not-possible": 409,
    "invalid-cursor": 400,
    "login-taken": 409,
    "extension-taken": 409,
    "last-admin": 409,
    "weak-password": 422,
    "wrong-password": 403,
    "weak-secret": 422,
    "unknown-extension": 422,
    "unknown-store": 422,
    "sign-in-refused": 401,
    "too-many-attempts": 429,
    "unknown-queue": 422,
    "unknown-callback": 404,
    "state-not-chosen": 422,
    "invalid-callback-number": 422,
    "invalid-queue-settings": 422,
    "unknown-flow": 404,
    "flow-format-error": 422,
    "flow-has-errors": 422,
    "flow-locked": 423,
    "flow-file-not-written": 503,
}
"Status by ``error_id``; an error that is not listed means 409: the request was understood and cannot be done now."


class InvalidField(BaseModel):
    """One field of a request that cannot be used."""

    where: Annotated[list[str | int], Field(description="Place: body, query, path or header, then names and indexes.")]
    code: Annotated[str, Field(description="Stable, snake_case.")]
    message: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: Annotated[str, Field(description="`urn:callcenter:problem:` and the id.")]
    id: Annotated[str, Field(description="Stable, kebab-case; the interface translates it.")]
    title: Annotated[str, Field(description="The status in words.")]
    status: int
    detail: Annotated[str | None, Field(description="For people, in English.")] = None
    errors: Annotated[
        list[InvalidField] | None, Field(description="Every field at fault, when the request is invalid.")
    ] = None
    retry_after_s: Annotated[int | None, Field(description="Seconds until it makes sense to try again.")] = None
    problems: Annotated[
        list[dict[str, Any]] | None, Field(description="Everything that is wrong with a flow, when it is refused.")
    ] = None


class ApiProblem(Exception):
    """A request that cannot be answered with what was asked for.

    :param error_id: stable, kebab-case.
    :param detail: for people; says nothing about things the asker may not see.
    """

    def __init__(
        self,
        status: int,
        error_id: str,
        detail: str | None = None,
        *,
        errors: Sequence[InvalidField] = (),
        retry_after_s: int | None = None,
        problems: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(detail or error_id)
        self.status = status
        self.error_id = error_id
        self.detail = detail
        self.errors = list(errors)
        self.retry_after_s = retry_after_s
        self.problems = [dict(problem) for problem in problems]


def not_found(what: str = "") -> ApiProblem:
    """Return the answer for what does not exist or is not open to the asker; the two look the same."""
    return ApiProblem(404, "not-found", f"There is no such {what}." if what else None)


def problem_response(problem: ApiProblem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the response that tells a problem."""
    body = Problem(
        type=f"urn:callcenter:problem:{problem.error_id}",
        id=problem.error_id,
        title=_title(problem.status),
        status=problem.status,
        detail=problem.detail,
        errors=problem.errors or None,
        retry_after_s=problem.retry_after_s,
        problems=problem.problems or None,
    )
    headers = dict(headers or {})
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(problem.retry_after_s)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    return JSONResponse(
        body.model_dump(mode="json", exclude_none=True), problem.status, headers=headers, media_type=MEDIA_TYPE
    )


def problem_of(error: CallcenterError) -> ApiProblem:
    """Return the problem an error of ours is to a client."""
    retry_after_s: float | None = getattr(error, "retry_after_s", None)
    return ApiProblem(
        STATUS.get(error.error_id, 409),
        error.error_id,
        str(error) or str(type(error).__doc__),
        retry_after_s=None if retry_after_s is None else max(1, round(retry_after_s)),
        problems=[found.to_json() for found in getattr(error, "problems", ())],
    )


Handler = Callable[[Request, Any], Awaitable[Response]]


def install_problem_handlers(app: FastAPI) -> None:
    """Have every error of ``app`` answered as a problem; faults of ours are :class:`~…middleware.FaultBarrier`'s."""
    handlers: dict[type[Exception], Handler] = {
        ApiProblem: _on_problem,
        CallcenterError: _on_own_error,
        RequestValidationError: _on_invalid_request,
        HTTPException: _on_http_error,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _on_problem(_request: Request, problem: ApiProblem) -> Response:
    return problem_response(problem)


async def _on_own_error(_request: Request, error: CallcenterError) -> Response:
    if isinstance(error, LocalError):  # We misused something of ours: a fault, not an answer.
        raise error
    return problem_response(problem_of(error))


async def _on_invalid_request(_request: Request, error: RequestValidationError) -> Response:
    """Name every field at fault; what was sent is not repeated, it may hold a password."""
    fields = [
        InvalidField(where=list(fault["loc"]), code=str(fault["type"]), message=str(fault["msg"]))
        for fault in error.errors()
    ]
    return problem_response(ApiProblem(422, "invalid-request", "The request is invalid.", errors=fields))


async def _on_http_error(_request: Request, error: HTTPException) -> Response:
    names = {
        404: "not-found",
        405: "method-not-allowed",
        406: "not-acceptable",
        413: "body-too-large",
        416: "bad-range",
    }
    error_id = names.get(error.status_code, "invalid-request" if error.status_code < 500 else "internal-error")
    return problem_response(ApiProblem(error.status_code, error_id), error.headers)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
