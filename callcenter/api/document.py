"""The OpenAPI document, from which the web pages' types are generated: ``python -m callcenter.api.document``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from fastapi import APIRouter, FastAPI

from callcenter.api.app import WebPorts, create_app
from callcenter.api.auth import WebSecurity
from callcenter.api.routes import Services, all_routers


class _NeverAsked:
    """Stands for every service: describing the application serves no requests."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_arguments: Any, **_named: Any) -> Any:
        raise AssertionError("describing the application does not serve requests")


def described_routers() -> list[APIRouter]:
    """Return every router of the API, to be looked at."""
    nobody: Any = _NeverAsked()
    return all_routers(Services(**{field.name: nobody for field in fields(Services)}))


def described_app(routers: Sequence[APIRouter] | None = None) -> FastAPI:
    """Return the application, to be looked at."""
    nobody: Any = _NeverAsked()
    ports = WebPorts(identity=nobody, audit=nobody, clock=nobody, security=WebSecurity())
    return create_app(routers or described_routers(), ports)


def openapi_document() -> str:
    """Return the document as it is committed in ``web/openapi.json``."""
    return json.dumps(described_app().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_document())
