"""Cursors of paged lists: opaque to clients, the sort key of the last item to us."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

from callcenter.base.errors import CallcenterError


class InvalidCursor(CallcenterError):
    """The cursor is not one this server gave out."""

    error_id = "invalid-cursor"


def encode_cursor(*keys: str) -> str:
    """Return the cursor for the sort keys of the last item of a page."""
    text = json.dumps(keys, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, count: int) -> list[str]:
    """Return the ``count`` sort keys in ``cursor``.

    :raises InvalidCursor: when it is not one of ours.
    """
    try:
        keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidCursor(str(InvalidCursor.__doc__)) from None
    if not isinstance(keys, list) or len(keys) != count or not all(isinstance(key, str) for key in keys):
        raise InvalidCursor(str(InvalidCursor.__doc__))
    if any("\0" in key for key in keys):
        raise InvalidCursor(str(InvalidCursor.__doc__))
    return keys


def cursor_time(key: str) -> datetime:
    """Return the aware time in a sort key written with :meth:`datetime.isoformat`.

    :raises InvalidCursor: when it is none.
    """
    try:
        at = datetime.fromisoformat(key)
    except ValueError:
        raise InvalidCursor(str(InvalidCursor.__doc__)) from None
    if at.tzinfo is None:
        raise InvalidCursor(str(InvalidCursor.__doc__))
    return at
