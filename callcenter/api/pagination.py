"""Paged lists: ``?limit=&cursor=`` in, ``{items, next_cursor}`` out.

A cursor names the last item a client has seen, so pages neither repeat nor skip anything when rows are added meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, Field

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class Page(BaseModel, Generic[T]):
    """Some items of a list, in its order."""

    items: list[T]
    next_cursor: Annotated[
        str | None, Field(description="Give it back as `cursor` to get the following page; null at the end.")
    ] = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list is wanted."""

    limit: int
    cursor: str | None


def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=512, description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    """Return the page that the query asks for."""
    return PageRequest(limit, cursor)


Paging = Annotated[PageRequest, Depends(page_request)]
"""Parameter of a route that answers a :class:`Page`."""
