"""One town for the whole session: most tests only add calls to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from callcenter.testing.server import RunningServer
from tests.e2e.proving import Proving
from tests.e2e.town import Town, town_options


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A server with every store of the town, its phones still off."""
    with RunningServer(tmp_path_factory.mktemp("town"), town_options()) as server:
        yield Town(server)


@pytest.fixture(scope="session")
def proving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proving]:
    """The proving ground of the SIP cases; its tables must be empty at the end."""
    ground = Proving(tmp_path_factory.mktemp("proving"))
    with ground.server:
        yield ground
        ground.check_empty()
