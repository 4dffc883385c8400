"""Commands are run within the tests' process, whose logging they must leave alone."""

from __future__ import annotations

import pytest

from callcenter import cli


@pytest.fixture(autouse=True)
def own_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "configure_logging", lambda *_: None)
