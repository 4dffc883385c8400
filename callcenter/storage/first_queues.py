"""The queues a demo starts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callcenter.acd.queue import QueueMember
from callcenter.routing.queue_book import CENTRAL, QueueSetup
from callcenter.storage.repositories.queues import QueueTable

_SETTINGS: Mapping[str, Any] = {
    "greeting": {
        "vi": [{"text": "Cảm ơn quý khách đã chờ. Nhân viên sẽ trả lời theo thứ tự cuộc gọi."}],
        "en": [{"text": "Thank you for waiting. Calls are answered in the order they came in."}],
    },
    "announcements": {
        "periodic": {
            "vi": [{"text": "Quý khách vui lòng tiếp tục giữ máy."}],
            "en": [{"text": "Please stay on the line."}],
        }
    },
    "wrap_up": {"mode": "timed", "seconds": 20},
}


async def seed_queues(
    queues: QueueTable, *, members: Sequence[str] = (), store_id: str | None = None, strategy: str = "longest_idle"
) -> QueueSetup:
    """Set up the queue of the central desk unless it is set up already; return it.

    :param members: ids of agents, and of phones without a user (:func:`callcenter.acd.queue.plain_phone_id`).
    :param store_id: the central store, whose supervisors then keep the queue.
    :param strategy: who is rung first; see :mod:`callcenter.acd.strategies`.
    """
    present = next((setup for setup in await queues.all() if setup.code == CENTRAL), None)
    if present is not None:
        return present
    setup = QueueSetup(
        id=CENTRAL,
        code=CENTRAL,
        name="Hàng chờ tổng đài",
        name_en="Central queue",
        store_id=store_id,
        settings={**_SETTINGS, "strategy": strategy},
        members=tuple(QueueMember(agent_id=agent_id, order=order) for order, agent_id in enumerate(members)),
    )
    await queues.save(setup)
    await queues.set_members(setup.id, setup.members)
    return setup
