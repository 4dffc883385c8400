"""The only caller of :func:`asyncio.create_task`.

A bare task may be garbage-collected while it runs, and its exception is reported when nobody looks. Tasks started here
are kept until they end, carry a name, and report their failure at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

T = TypeVar("T")
log = structlog.get_logger(__name__)

_running: set[asyncio.Task[Any]] = set()


def create_task(coroutine: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Run ``coroutine`` in the background under ``name`` and log the exception it dies of, if any."""
    task = asyncio.create_task(coroutine, name=name)  # noqa: TID251 - this is the one place
    _running.add(task)
    task.add_done_callback(_report)
    return task


def _report(task: asyncio.Task[Any]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("task failed", task=task.get_name(), exc_info=error)


async def cancel_and_wait(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel ``tasks`` and return when each has ended, whatever it ended with."""
    alive = [task for task in tasks if task is not None and not task.done()]
    for task in alive:
        task.cancel()
    await asyncio.gather(*alive, return_exceptions=True)
