"""Draw the generated pages of the documentation: ``python -m docs.draw``.

State machines come from every :class:`~callcenter.base.fsm.TransitionTable` in the package, the page of node types from
the registry of the flow language, the page of routes from the application. A test fails when a page is older than the
code.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import itertools
import json
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import callcenter
from callcenter.acd.strategies import STRATEGIES, Strategy
from callcenter.api.document import described_app
from callcenter.base.fsm import TransitionTable
from callcenter.ivr.registry import standard_registry
from callcenter.routing.queue_form import QueueForm

DOCS = Path(__file__).parent
_NO_LIBRARY = ("callcenter.__main__", "callcenter.testing", "callcenter.storage.migrations")
"Modules that run when imported, or hold no table of the product."


# State machines


@dataclass(frozen=True)
class _Machine:
    module: str
    constant: str
    table: TransitionTable[Any, Any]

    @property
    def states(self) -> type[Enum]:
        return type(self.table.initial)


def machines() -> list[_Machine]:
    """Return every transition table of the package, by module and order of appearance."""
    found = []
    for info in sorted(pkgutil.walk_packages(callcenter.__path__, "callcenter."), key=lambda info: info.name):
        if info.name.startswith(_NO_LIBRARY):
            continue
        module = importlib.import_module(info.name)
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        for constant, value in vars(module).items():
            if isinstance(value, TransitionTable) and f"\n{constant} = TransitionTable(" in source:
                found.append(_Machine(info.name, constant, value))
    return found


def state_machines_page() -> str:
    """Return ``reference/state-machines.md``."""
    parts = [
        "# State machines",
        "Drawn from the tables in the code by `make diagrams`; do not edit. Whoever owns a state moves it only through "
        "its table ([`TransitionTable.next`](../../callcenter/base/fsm.py)): an input that the table does not list for "
        "a state raises and changes nothing.",
        "\n".join(f"- [{_title(machine)}](#{_anchor(_title(machine))})" for machine in machines()),
    ]
    for machine in machines():
        path = machine.module.replace(".", "/") + ".py"
        parts.append(f"## {_title(machine)}")
        parts.append(f"`{machine.constant}` in [`{path}`](../../{path})")
        parts.append(f"```mermaid\n{_drawing(machine.table)}```")
        meanings = _meanings(machine.states)
        if meanings:
            parts.append("\n".join(f"- `{name}`: {text}" for name, text in meanings.items()))
    return "\n\n".join(parts) + "\n"


def _title(machine: _Machine) -> str:
    name = machine.table.name
    return name[0].upper() + name[1:]


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _drawing(table: TransitionTable[Any, Any]) -> str:
    """Return the table's drawing, with an entry for every state that nothing leads to (a machine of two roles)."""
    head, start, *rest = table.to_mermaid().splitlines()
    reached = {target for _, _, target in table.rows()} | {table.initial}
    others = dict.fromkeys(state for state, _, _ in table.rows() if state not in reached)
    return "\n".join([head, start, *(f"    [*] --> {state.name}" for state in others), *rest]) + "\n"


def _meanings(states: type[Enum]) -> dict[str, str]:
    """Return the strings written below an enum's members, which explain them."""
    tree = ast.parse(inspect.getsource(states))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {}
    for line, following in itertools.pairwise(body):
        if (
            isinstance(line, ast.Assign)
            and isinstance(line.targets[0], ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            found[line.targets[0].id] = str(following.value.value)
    return found


# Node types


def nodes_page() -> str:
    """Return ``reference/call-flow-nodes.md``."""
    catalogue = standard_registry().catalogue()
    shapes: dict[str, Any] = {}
    parts = [
        "# Node types of call flows",
        "Generated from the node registry by `make diagrams`; do not edit. Settings marked `template` may hold "
        "`{{ variables }}`, those marked `expression` are one expression without braces. Every port marked required "
        "must be wired to another node; one that the settings rule out (`left` without a `leave_key`) is not there. "
        "How files are put together: [Write a flow](../how-to/write-a-flow.md).",
        "\n".join(
            [
                "| type | name | Vietnamese | what it does |",
                "|---|---|---|---|",
                *(
                    f"| [`{node['type']}`](#{_anchor(node['type'])}) | {_cell(node['label']['en'])} "
                    f"| {_cell(node['label']['vi'])} | {_cell(node['help']['en'])} |"
                    for node in catalogue
                ),
            ]
        ),
    ]
    for node in catalogue:
        schema = node["schema"]
        shapes |= schema.get("$defs", {})
        parts += [f"## {node['type']}", f"**{node['label']['en']}** · {node['label']['vi']}. {node['help']['en']}"]
        parts.append(_ports(node))
        parts.append(_settings(schema, skip="name"))
    parts += [
        "# Shared shapes",
        "Values that settings above are made of. Every node also has `name` (text), shown on the canvas and in the "
        "call log.",
    ]
    parts += _shapes(shapes)
    return "\n\n".join(part for part in parts if part) + "\n"


def _shapes(shapes: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in sorted(shapes.items()):
        yield f"## {name}"
        if text := schema.get("description"):
            yield text.replace("``", "`")
        yield _settings(schema) if schema.get("properties") else f"Type: {_type(schema)}"


def _ports(node: Mapping[str, Any]) -> str:
    rows = [
        f"| `{port['id']}` | {_cell(port['label']['en'])} | {_cell(port['label']['vi'])} "
        f"| {'yes' if port['required'] else 'no'} |"
        for port in node["ports"]
    ]
    text = "\n".join(["| port | name | Vietnamese | required |", "|---|---|---|---|", *rows]) if rows else ""
    if dynamic := node["dynamic_ports"]:
        named = f"named by its `{dynamic['id_field']}`" if dynamic["id_field"] else "named by the item itself"
        text = f"One port for each item of `{dynamic['setting']}`, {named}.\n\n{text}".rstrip()
    return text or "No ports."


def _settings(schema: Mapping[str, Any], skip: str = "") -> str:
    required = schema.get("required", ())
    rows = []
    for name, field in schema["properties"].items():
        if name == skip:
            continue
        label = field.get("label", {})
        default = "required" if name in required else _default(field)
        text = ". ".join(part for part in (label.get("en", ""), field.get("help", {}).get("en", "")) if part)
        rows.append(f"| `{name}` | {_cell(_type(field))} | {default} | {_cell(text)} | {_cell(label.get('vi', ''))} |")
    if not rows:
        return "No settings."
    return "\n".join(["| setting | type | default | meaning | Vietnamese |", "|---|---|---|---|---|", *rows])


def _default(field: Mapping[str, Any]) -> str:
    if "default" not in field:
        return "empty"
    value = field["default"]
    if value is None or value == "":
        return "empty"
    return f"`{_cell(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))}`"


def _type(field: Mapping[str, Any]) -> str:  # noqa: C901 - one case after the other
    if reference := field.get("$ref"):
        name = reference.rpartition("/")[2]
        return f"[{name}](#{_anchor(name)})"
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    for several in ("anyOf", "oneOf"):
        if several in field:
            return " or ".join(_type(option) for option in field[several] if option.get("type") != "null")
    kind = field.get("type", "any")
    if kind == "array":
        return f"list of {_type(field.get('items', {}))}"
    if kind == "object":
        values = field.get("additionalProperties")
        if isinstance(values, Mapping):
            return f"object of {_type(values)}"
        if patterns := field.get("patternProperties"):
            return "object of " + " or ".join(_type(value) for value in patterns.values())
        return "object"
    words = {"string": field.get("format", "text"), "boolean": "true or false", "integer": "whole number"}
    text = str(words.get(kind, kind))
    low, high = field.get("minimum"), field.get("maximum")
    if low is not None and high is not None:
        text += f" {low}-{high}"
    elif low is not None:
        text += f" from {low}"
    elif high is not None:
        text += f" up to {high}"
    return text


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


# Queue settings


def queue_settings_page() -> str:
    """Return ``reference/queue-settings.md``."""
    schema = QueueForm.model_json_schema()
    parts = [
        "# Queue settings",
        "Generated from [`QueueForm`](../../callcenter/routing/queue_form.py) by `make diagrams`; do not edit. This is "
        "`settings` in `/api/queues` and `queues.defaults` in the [configuration](configuration.md); what is left out "
        "keeps its default. How they work together: [Set up queues](../how-to/set-up-queues.md).",
        _settings(schema),
        "# Shapes",
        "Values that settings above are made of.",
        *_shapes(schema["$defs"]),
        "# Strategies",
        "\n".join(
            ["| strategy | Vietnamese | what it does |", "|---|---|---|"]
            + [f"| `{each.name}` | {each.label_vi} | {_cell(_meaning(each))} |" for each in STRATEGIES.values()]
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _meaning(strategy: Strategy) -> str:
    """Return the first line of the file that makes the strategy."""
    module = inspect.getmodule(strategy.order)
    return (inspect.getdoc(module) or "").partition("\n")[0] if module is not None else ""


# Routes


def routes_page() -> str:
    """Return ``reference/api-routes.md``."""
    document = described_app().openapi()
    parts = [
        "# Routes of the API",
        "Drawn from the OpenAPI document by `make diagrams`; do not edit. The document itself, with every field, is at "
        "`/openapi.json`. How to sign in, read errors and turn pages: [The API](api.md). "
        "*Who* is the least role: `agent` is anybody who is signed in, and sees only what is open to them; "
        "`changing_password` are also those who must change "
        "their password first.",
    ]
    groups: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            who = operation.get("x-role", "everybody")
            row = f"| `{method.upper()} {path}` | {who} | {_cell(operation['summary'])} | {_answers(operation)} |"
            groups.setdefault(operation.get("tags", ["other"])[0], []).append(row)
    for name, rows in groups.items():
        parts.append(f"## {name[0].upper()}{name[1:]}")
        parts.append("\n".join(["| route | who | does | answers |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _answers(operation: Mapping[str, Any]) -> str:
    shown = []
    for status, response in operation["responses"].items():
        if status >= "300":
            continue
        content = response.get("content", {})
        schema: Mapping[str, Any] = next((media.get("schema", {}) for media in content.values()), {})
        reference = schema.get("$ref") or schema.get("items", {}).get("$ref", "")
        name = reference.rpartition("/")[2] or next(iter(content), "")
        listed = "list of " if schema.get("type") == "array" else ""
        shown.append(f"{status}{f' {listed}`{name}`' if name else ''}")
    return ", ".join(shown)


PAGES = {
    DOCS / "reference" / "state-machines.md": state_machines_page,
    DOCS / "reference" / "call-flow-nodes.md": nodes_page,
    DOCS / "reference" / "api-routes.md": routes_page,
    DOCS / "reference" / "queue-settings.md": queue_settings_page,
}
"Every generated page and what makes it."


def out_of_date() -> Iterator[Path]:
    """Yield the generated pages that differ from what the code says."""
    for path, draw in PAGES.items():
        if not path.is_file() or path.read_text(encoding="utf-8") != draw():
            yield path


def main() -> None:
    """Write every page anew and name those that changed."""
    for path in list(out_of_date()):
        path.write_text(PAGES[path](), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(DOCS.parent)} redrawn\n")


if __name__ == "__main__":
    main()
