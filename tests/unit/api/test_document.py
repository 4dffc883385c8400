"""The committed OpenAPI document is the application's."""

from __future__ import annotations

from pathlib import Path

from callcenter.api.document import openapi_document

COMMITTED = Path(__file__).parents[3] / "web" / "openapi.json"


def test_committed_document_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi_document(), "run: make types"
