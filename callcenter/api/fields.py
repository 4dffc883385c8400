"""Types of values that come in from outside, with the bounds storage and arithmetic need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator, AwareDatetime, Field


def _bounded(at: datetime) -> datetime:
    if not 2000 <= at.year <= 2100:
        raise ValueError("must be between 2000 and 2100")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_bounded)]
"An ISO 8601 time with its zone."

Id = Annotated[str, Field(min_length=1, max_length=64, description="Id.")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", examples=["Lan Anh"])]
SearchText = Annotated[str, Field(max_length=100, description="What is searched for; case does not matter.")]


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From a moment to another; a missing end is open."""

    since: datetime | None
    until: datetime | None


def time_range(
    since: Annotated[Moment | None, Query(alias="from", description="At or after.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Before.")] = None,
) -> TimeRange:
    """Return the range that ``?from=&to=`` asks for."""
    return TimeRange(since, until)


Period = Annotated[TimeRange, Depends(time_range)]
"Parameter of a route that lists what happened in a time."
