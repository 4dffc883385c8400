"""Complete the OpenAPI document with what FastAPI cannot know: problems and ways to prove oneself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from callcenter.api.auth import CSRF_HEADER, SAFE_METHODS, Requirement, requirement_of
from callcenter.api.errors import MEDIA_TYPE, InvalidField, Problem

_DESCRIPTION = f"""
Sign in with `POST /api/session`; the browser keeps the session cookie, and every request that changes something carries
`{CSRF_HEADER}` with `csrf_token` from `GET /api/session`. Programs send `Authorization: Bearer` and an API token.
Errors are `application/problem+json` with a stable `id`. Lists answer `items` and `next_cursor`.
"""
_MEANINGS = {
    "400": "The request or the cursor cannot be used.",
    "401": "Not signed in.",
    "403": "The role does not suffice, the CSRF token is wrong, or the password must be changed first.",
    "404": "There is none, or it is not open to you; the two look the same.",
    "409": "Not possible now.",
    "413": "The body is too large.",
    "422": "The request is invalid; `errors` names every field at fault.",
    "429": "Too many attempts; `Retry-After` says when to come back.",
}


def install_document(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Have ``app.openapi()`` return the completed document."""
    described = app.openapi
    app.description = _DESCRIPTION.strip()

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(described(), api_routes(routers))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def api_routes(routers: Sequence[APIRouter]) -> list[APIRoute]:
    """Return every HTTP route of the API."""
    return [route for router in routers for route in router.routes if isinstance(route, APIRoute)]


def _complete(document: dict[str, Any], routes: Sequence[APIRoute]) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for model in (Problem, InvalidField):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    components["schemas"] = dict(sorted(schemas.items()))
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": "callcenter_session"},
        "token": {"type": "http", "scheme": "bearer"},
    }
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _complete_operation(operation, route, method)
    return document


def _complete_operation(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    requirement = requirement_of(route)
    statuses = set()
    if requirement is not Requirement.PUBLIC:
        operation["security"] = [{"session": []}, {"token": []}]
        operation["x-role"] = requirement.value if requirement is not None else None
        statuses |= {"401", "403"}
    if route.dependant.path_params:
        statuses.add("404")
    if method not in SAFE_METHODS:
        statuses |= {"400", "409", "413", "422"}
    if any(parameter.name == "cursor" for parameter in _query_parameters(route)):
        statuses.add("400")
    responses = operation["responses"]
    statuses |= {status for status in responses if status >= "400"}
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(statuses):
        kept = responses.get(status, {})
        description = kept.get("description") if status not in _MEANINGS else None
        responses[status] = {"description": description or _MEANINGS.get(status, "Problem."), "content": content}
    operation["responses"] = dict(sorted(responses.items()))


def _query_parameters(route: APIRoute) -> list[Any]:
    found = list(route.dependant.query_params)
    for inner in route.dependant.dependencies:
        found += inner.query_params
    return found
