"""Queues are tested on a whole switchboard, in virtual time, as calls are."""

from __future__ import annotations

from tests.unit.calls.conftest import desk as desk
from tests.unit.calls.conftest import open_desk as open_desk
from tests.unit.calls.conftest import pytest_pycollect_makeitem as pytest_pycollect_makeitem
