"""Commands are run within the tests' process, whose logging they must leave alone."""

from __future__ import annotations

import pytest

from callcenter import cli
from callcenter.cli import flows, users


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cli, flows, users):
        monkeypatch.setattr(module, "configure_logging", lambda *_: None)
