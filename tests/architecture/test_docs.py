"""What the documentation says is true: generated pages are fresh, keys, commands, paths and links exist."""

import re
import shlex
import subprocess
import typing
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import pytest
import typer.main
import yaml
from pydantic import BaseModel

from callcenter.cli import app
from callcenter.config import Config
from callcenter.ivr.registry import standard_registry
from callcenter.ivr.simulate import run_tests, unmet
from callcenter.ivr.validate import Catalogue, validate_file
from callcenter.routing.caller_routing import LAST_STORE_PLAN
from docs.draw import PAGES, machines, out_of_date

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES_READ = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)

each_page = pytest.mark.parametrize("page", PAGES_READ, ids=lambda page: str(page.relative_to(ROOT)))


# Generated pages


def test_generated_pages_are_fresh() -> None:
    stale = [path.relative_to(ROOT) for path in out_of_date()]
    assert not stale, "run `make diagrams`"


def test_every_state_machine_is_drawn() -> None:
    page = PAGES[DOCS / "reference" / "state-machines.md"]()
    written = subprocess.run(
        ["grep", "-rlE", "= TransitionTable\\(", str(ROOT / "callcenter")], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {machine.module.replace(".", "/") + ".py" for machine in machines()} == {
        str(Path(path).relative_to(ROOT)) for path in written if path.endswith(".py")
    }
    assert page.count("```mermaid") == len(machines())


def test_every_node_type_has_its_section() -> None:
    page = (DOCS / "reference" / "call-flow-nodes.md").read_text(encoding="utf-8")
    for node_type in standard_registry():
        assert f"\n## {node_type.name}\n" in page


# Configuration


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield every dotted key with its default as the reference writes it."""
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        section = _section(field.annotation)
        if section is not None:
            yield from _keys(section[0], f"{key}{section[1]}.")
        else:
            yield key, "required" if field.is_required() else _written(field.default)


def _section(annotation: object) -> tuple[type[BaseModel], str] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ""
    for argument in typing.get_args(annotation):
        if (found := _section(argument)) is not None:
            return found[0], "[]" if typing.get_origin(annotation) is tuple else found[1]
    return None


def _written(value: object) -> str:
    if value is None:
        return "none"
    if value == ():
        return "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(value)}]`"
    if isinstance(value, dict):
        return f"`{{{', '.join(f'{key}: {item}' for key, item in value.items())}}}`"
    return f"`{value.as_posix() if isinstance(value, PurePath) else value}`"


def test_every_configuration_key_is_documented_with_its_default() -> None:
    page = (DOCS / "reference" / "configuration.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `([\w.\[\]]+)` \| (.+?) \|", page, re.MULTILINE))
    assert documented == dict(_keys(Config))


def test_the_shipped_configuration_shows_every_key() -> None:
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    assert isinstance(yaml.safe_load(text), dict)
    missing = [key for key, _ in _keys(Config) if not re.search(rf"\b{re.escape(key.rpartition('.')[2])}:", text)]
    assert missing == ["dids[].trunk"]


# Commands


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in getattr(group, "commands", {}).items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(_commands(typer.main.get_command(app)))


def test_every_command_and_option_is_documented() -> None:
    page = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## callcenter ([\w -]+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    assert set(sections) == {" ".join(path) for path in COMMANDS}
    for path, command in COMMANDS.items():
        for parameter in command.params:
            option = max(parameter.opts, key=len)
            if option.startswith("--") and option not in ("--help", "--config") and path != ("stores", "import"):
                assert option in sections[" ".join(path)], f"{' '.join(path)} {option}"


@each_page
def test_commands_shown_exist(page: Path) -> None:
    for words in _shown_commands(page.read_text(encoding="utf-8")):
        path = next((words[:length] for length in (2, 1) if words[:length] in COMMANDS), None)
        assert path is not None, f"callcenter {' '.join(words)}"
        options = {option for parameter in COMMANDS[path].params for option in parameter.opts}
        used = {word.partition("=")[0] for word in words[len(path) :] if word.startswith("-")}
        assert used <= options | {"--help"}, f"callcenter {' '.join(words)}"


def _shown_commands(text: str) -> Iterator[tuple[str, ...]]:
    for language, block in FENCED.findall(text):
        if language != "console":
            continue
        for line in block.splitlines():
            if line.startswith("$ "):
                words = shlex.split(line[2:], comments=True)
                if words and words[0].rpartition("/")[2] == "callcenter":
                    yield tuple(words[1:])


@each_page
def test_make_targets_shown_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shown = set(re.findall(r"(?:`|\$ )make ([a-z0-9-]+)", page.read_text(encoding="utf-8")))
    assert shown <= targets


# Links and paths


@each_page
def test_relative_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), target
        if anchor:
            assert anchor in _anchors(found.read_text(encoding="utf-8")), target


def _anchors(text: str) -> set[str]:
    """Return the anchors that headings get, numbered when they repeat."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", FENCED.sub("", text), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-")
        anchor, count = plain, 0
        while anchor in found:
            count += 1
            anchor = f"{plain}-{count}"
        found.add(anchor)
    return found


@each_page
def test_source_files_named_exist(page: Path) -> None:
    for name in re.findall(r"`([\w/]+/[\w.]+\.py)`", page.read_text(encoding="utf-8")):
        assert (ROOT / name).is_file() or (ROOT / "callcenter" / name).is_file(), name


def test_the_index_names_every_page() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if path != DOCS / "README.md"]
    assert [path for path in pages if f"]({path})" not in index] == []


# Examples


def test_the_flow_of_the_how_to_is_valid_and_passes_its_own_tests() -> None:
    text = (DOCS / "how-to" / "write-a-flow.md").read_text(encoding="utf-8")
    example = next(block for language, block in FENCED.findall(text) if language == "json")
    found = validate_file(example.encode(), Catalogue(plans=frozenset({LAST_STORE_PLAN})))
    assert [problem.message["en"] for problem in found.problems] == []
    assert found.program is not None
    results = run_tests(found.program, {found.program.id: found.program})
    for test in found.program.document.tests:
        assert unmet(test, results[test.name]) == []


@each_page
def test_python_examples_compile(page: Path) -> None:
    for language, block in FENCED.findall(page.read_text(encoding="utf-8")):
        if language == "python":
            compile(block, str(page), "exec")
