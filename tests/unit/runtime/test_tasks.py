import asyncio

import structlog

from callcenter.runtime.tasks import cancel_and_wait, create_task


async def test_a_failing_task_is_reported() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with structlog.testing.capture_logs() as logs:
        task = create_task(fail(), name="doomed")
        await asyncio.wait([task])
        await asyncio.sleep(0)
    assert [(line["event"], line["task"]) for line in logs] == [("task failed", "doomed")]


async def test_cancel_and_wait_returns_when_all_have_ended() -> None:
    cleaned = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    task = create_task(wait(), name="waiting")
    await asyncio.sleep(0)
    await cancel_and_wait(task, None)
    assert cleaned == [True]
