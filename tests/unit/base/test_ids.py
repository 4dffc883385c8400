from datetime import UTC, datetime, timedelta

from callcenter.base.ids import new_id


def test_ids_sort_by_time_and_differ() -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    first, second, later = new_id(now), new_id(now), new_id(now + timedelta(seconds=1))
    assert len(first) == 26
    assert first != second
    assert max(first, second) < later
