"""The routes of the API, a module per subject, and what they need from below.

A module exports ``router(ports) -> APIRouter``. Its owner adds the ports as a field of :class:`Services` and its line
in :func:`all_routers`.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the routes work with."""


def all_routers(services: Services) -> list[APIRouter]:
    """Return every router of the API."""
    return []
