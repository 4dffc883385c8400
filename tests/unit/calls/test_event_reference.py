"""The reference of events names every line that a call's story can have."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
CONSTANTS = {"RECORDING_EVENT": "recording_started", "VOICEMAIL_EVENT": "voicemail", "SEGMENT_EVENT": "segment"}


def noted() -> Iterator[str]:
    """Yield the kind of every ``call.note(…)`` in the package."""
    for path in (ROOT / "callcenter").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if ".note(" in source else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "note":
                owner = ast.unparse(node.func.value)
                first = node.args[0] if node.args else None
                if owner.endswith("call") and isinstance(first, ast.Constant):
                    yield str(first.value)
                elif owner.endswith("call") and isinstance(first, ast.Name):
                    yield CONSTANTS[first.id]


def test_every_line_of_the_story_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "events.md").read_text(encoding="utf-8")
    kinds = set(noted())
    assert {"transfer", "recording_started", "queue_joined", "away"} <= kinds
    assert sorted(kind for kind in kinds if f"`{kind}`" not in page) == []
