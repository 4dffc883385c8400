"""``callcenter flow test``: what it prints and how it ends. Real calls are in ``tests/e2e``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from callcenter import cli
from tests.unit.ivr.timeline import flow_document, node, said


def written(path: Path, tests: list[dict[str, Any]]) -> str:
    document = flow_document(
        node("hello", "play", {"next": "end"}, prompts=said("xin chào")), flow_id="hello", tests=tests
    )
    path.write_text(json.dumps(document))
    return str(path)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner(env={"COLUMNS": "300", "NO_COLOR": "1"}).invoke(cli.app, ["flow", "test", *arguments])
    return result.exit_code, result.output


def test_every_test_is_named_and_a_failure_says_why(tmp_path: Path) -> None:
    good = {"name": "nghe [bold]lời[/] chào", "expect": {"heard": ["xin chào"]}}
    bad = {"name": "wrong", "expect": {"ended": "cancelled"}}
    code, output = run(written(tmp_path / "hello.json", [good, bad]))
    assert code == 1
    assert "nghe [bold]lời[/] chào: passed" in output and "wrong: failed" in output
    assert "ended by completed" in output and "2 tests in the simulator, 1 failed" in output
    assert run(str(tmp_path / "hello.json"), "--only", "nghe")[0] == 0


def test_a_broken_flow_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{")
    code, output = run(str(path))
    assert code == 1 and "not valid JSON" in output
