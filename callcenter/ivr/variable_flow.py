"""Which variables can have been set when a node is reached: a forward analysis over all paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from callcenter.ivr.expressions import TemplateFault, compile_expression, compile_template
from callcenter.ivr.fields import MarkedValue, Meaning, marked_values
from callcenter.ivr.model import Program, ProgramNode
from callcenter.ivr.variables import SYSTEM_NAMES


def unknown_variables(program: Program, flows: Mapping[str, Program]) -> Iterator[tuple[ProgramNode, str]]:
    """Yield each use of a variable that nothing on any path to the node can have set."""
    possible = _possible(program, flows)
    for node in program.nodes.values():
        if node.id not in possible:
            continue  # Unreachable; reported as such.
        available = set(possible[node.id]) | node.type.local_names
        reported: set[str] = set()
        pending: set[str] = set()
        for marked in marked_values(node.data):
            if marked.meaning is Meaning.VARIABLE and node.type.sequential:
                pending = {marked.value}
            for name in sorted(names_in(marked) - available - reported):
                reported.add(name)
                yield node, name
            if marked.meaning is Meaning.EXPRESSION:
                available |= pending
                pending = set()


def names_in(marked: MarkedValue) -> frozenset[str]:
    """Return the variables a template or expression needs; none for anything else or when it is malformed."""
    try:
        if marked.meaning is Meaning.TEMPLATE:
            return compile_template(marked.value).names
        if marked.meaning is Meaning.EXPRESSION:
            return compile_expression(marked.value).names
    except TemplateFault:
        pass
    return frozenset()


def _possible(program: Program, flows: Mapping[str, Program]) -> dict[str, frozenset[str]]:
    start = program.start
    if start is None:
        return {}
    possible = {start.id: SYSTEM_NAMES | frozenset(program.document.variables)}
    successors: dict[str, list[tuple[str, str]]] = {}
    for (source, port), target in program.exits.items():
        successors.setdefault(source, []).append((port, target))
    pending = deque([start.id])
    while pending:
        node = program.nodes[pending.popleft()]
        for port, target in successors.get(node.id, ()):
            if target not in program.nodes:
                continue
            after = possible[node.id] | assigned(node, port, flows)
            if target == start.id or (after <= possible.get(target, frozenset()) and target in possible):
                continue
            possible[target] = possible.get(target, frozenset()) | after
            pending.append(target)
    return possible


def assigned(node: ProgramNode, port: str, flows: Mapping[str, Program]) -> frozenset[str]:
    """Return what leaving ``node`` by ``port`` may set, flows entered on the way included."""
    by_port = node.type.assigns(node.data)
    names = by_port.get(port, frozenset()) | by_port.get("*", frozenset())
    if node.type.enters_flow:
        for marked in marked_values(node.data):
            if marked.meaning is Meaning.FLOW and marked.value in flows:
                names |= _assigned_anywhere(flows[marked.value], flows)
    return names


def _assigned_anywhere(program: Program, flows: Mapping[str, Program]) -> frozenset[str]:
    names: frozenset[str] = frozenset()
    seen: set[str] = set()
    pending = [program.id]
    while pending:
        flow = flows.get(pending.pop())
        if flow is None or flow.id in seen:
            continue
        seen.add(flow.id)
        names |= {name for name, value in flow.document.variables.items() if value is not None}
        for node in flow.nodes.values():
            names = names.union(*node.type.assigns(node.data).values())
            pending += [marked.value for marked in marked_values(node.data) if marked.meaning is Meaning.FLOW]
    return names
