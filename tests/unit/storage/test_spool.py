"""Units survive the spool file unchanged."""

from __future__ import annotations

from datetime import UTC, datetime

from callcenter.storage.sinks import Unit
from callcenter.storage.spool import decode_unit, encode_unit
from callcenter.storage.statements import ADD_EVENT, OPEN_CALL


def test_round_trip() -> None:
    unit: Unit = [
        (OPEN_CALL, {"id": "a", "started_at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC), "from_number": None}),
        (ADD_EVENT, {"call_id": "a", "data": {"text": "cửa hàng", "at": "2026-01-02"}}),
    ]
    assert decode_unit(encode_unit(unit)) == unit
