"""The flow verifier: what is wrong with a flow, each problem tied to its node.

A flow with an error is refused. Warnings are worth a look. Besides problems there is the longest time a caller may be
held before somebody human is rung.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from callcenter.ivr.expressions import TemplateFault, compile_expression, compile_template
from callcenter.ivr.fields import MarkedValue, Meaning, marked_values
from callcenter.ivr.graph import cycles, heaviest_path, reachable, without
from callcenter.ivr.model import FlowFormatError, Program, ProgramNode, load_flow
from callcenter.ivr.problems import Problem, Severity, problem
from callcenter.ivr.prompts import Prompts
from callcenter.ivr.registry import Registry, Scope
from callcenter.ivr.variable_flow import unknown_variables
from callcenter.ivr.variables import SYSTEM_NAMES

CENTRAL = "central"
"The central store and the central desk's queue; a flow may always name them."


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a flow may refer to. ``None``: not known, so not checked."""

    stores: frozenset[str] | None = None
    extensions: frozenset[str] | None = None
    plans: frozenset[str] | None = None
    mailboxes: frozenset[str] | None = None
    queues: frozenset[str] | None = None
    "Codes, those of the stores' own queues included."
    audio_files: frozenset[str] | None = None
    flows: Mapping[str, Program] | None = None


@dataclass(frozen=True, slots=True)
class FlowReport:
    """Everything the verifier has to say about a flow."""

    problems: list[Problem]
    worst_case_to_human_s: float | None = None
    "The longest a caller may be held before somebody is rung, seconds; ``None`` when nobody ever is."
    program: Program | None = None

    @property
    def usable(self) -> bool:
        """Whether calls may use the flow."""
        return self.program is not None and not any(found.severity is Severity.ERROR for found in self.problems)


def validate_file(raw: bytes | str, catalogue: Catalogue | None = None, registry: Registry | None = None) -> FlowReport:
    """Read and verify a flow file; unreadable is a problem like any other."""
    try:
        program = load_flow(raw, registry)
    except FlowFormatError as error:
        return FlowReport(error.problems)
    return report(program, catalogue)


def report(program: Program, catalogue: Catalogue | None = None) -> FlowReport:
    """Verify ``program`` and estimate the worst way to a human."""
    return FlowReport(validate(program, catalogue), worst_case_to_human_s(program), program)


def validate(program: Program, catalogue: Catalogue | None = None) -> list[Problem]:
    """Return every problem of ``program``, errors first."""
    catalogue = catalogue or Catalogue()
    flows = {**(catalogue.flows or {}), program.id: program}
    problems = [
        *_structure(program),
        *_exits(program),
        *_content(program, catalogue),
        *_variables(program, flows),
        *_loops(program, flows),
        *_flow_references(program, flows),
    ]
    return sorted(problems, key=lambda found: found.severity is not Severity.ERROR)


def _at(
    node: ProgramNode, code: str, severity: Severity = Severity.ERROR, path: str | None = None, **values: object
) -> Problem:
    return problem(code, severity=severity, node_id=node.id, node_name=node.name, path=path, **values)


# Structure


def _structure(program: Program) -> Iterator[Problem]:
    document = program.document
    if document.default_language not in document.languages:
        yield problem("undeclared-language", path="default_language", language=document.default_language)
    try:
        ZoneInfo(document.timezone)
    except (ValueError, OSError, LookupError):
        yield problem("bad-value", path="timezone", reason=document.timezone)
    for edge_id, count in Counter(edge.id for edge in document.edges).items():
        if count > 1:
            yield problem("duplicate-edge-id", id=edge_id)
    starts = [node for node in program.nodes.values() if node.type.name == "start"]
    if not starts:
        yield problem("no-start")
        return
    for extra in starts[1:]:
        yield _at(extra, "several-starts")
    seen = reachable(_graph(program), [starts[0].id])
    for node in program.nodes.values():
        if node.id not in seen:
            yield _at(node, "unreachable")


def _graph(program: Program) -> dict[str, list[str]]:
    graph: dict[str, list[str]] = {node_id: [] for node_id in program.nodes}
    for (source, _), target in program.exits.items():
        if source in graph and target in graph:
            graph[source].append(target)
    return graph


def _exits(program: Program) -> Iterator[Problem]:
    drawn = Counter((edge.source, edge.source_handle) for edge in program.document.edges)
    for edge in program.document.edges:
        source, target = program.nodes.get(edge.source), program.nodes.get(edge.target)
        if source is None:
            yield problem("dangling-edge", edge=edge.id, target=edge.source)
            continue
        if target is None:
            yield _at(source, "dangling-edge", edge=edge.id, target=edge.target)
        elif target.type.name == "start":
            yield _at(source, "edge-into-start", edge=edge.id)
    for (source_id, port_id), count in drawn.items():
        node = program.nodes.get(source_id)
        if node is None:
            continue
        if port_id not in {port.id for port in node.ports()}:
            yield _at(node, "unknown-port", port=port_id)
        elif count > 1:
            yield _at(node, "duplicate-edge", port=port_id)
    for node in program.nodes.values():
        for port_id in dict.fromkeys(port.id for port in node.ports() if port.required):
            if program.exits.get((node.id, port_id)) not in program.nodes:
                yield _at(node, "missing-exit", port=port_id)


# What nodes say and refer to


def _content(program: Program, catalogue: Catalogue) -> Iterator[Problem]:
    languages = program.document.languages
    scope = Scope(tuple(languages))
    secrets = frozenset[str]().union(*(node.type.secrets(node.data) for node in program.nodes.values()))
    for node in program.nodes.values():
        for name, prompts in node.type.required_prompts(node.data):
            for language in prompts.missing(languages):
                yield _at(node, "missing-prompt", setting=name, language=language)
            yield from _foreign_prompts(node, prompts, languages)
        for finding in node.type.check(node.data, scope):
            yield _at(node, finding.code, finding.severity, **finding.values)
        for marked in marked_values(node.data):
            yield from _marked(node, marked, catalogue)
        for name in sorted(node.type.reveals(node.data) - secrets):
            yield _at(node, "secret-not-collected", Severity.WARNING, name=name)


def _foreign_prompts(node: ProgramNode, prompts: Prompts, languages: list[str]) -> Iterator[Problem]:
    for language in prompts.root:
        if language not in languages and prompts.root[language]:
            yield _at(node, "undeclared-language", Severity.WARNING, language=language)


def _marked(node: ProgramNode, marked: MarkedValue, catalogue: Catalogue) -> Iterator[Problem]:
    value = marked.value
    match marked.meaning:
        case Meaning.TEMPLATE:
            try:
                compile_template(value)
            except TemplateFault as error:
                yield _at(node, "bad-template", path=marked.path, setting=marked.path, reason=str(error))
        case Meaning.EXPRESSION:
            try:
                compile_expression(value)
            except TemplateFault as error:
                yield _at(node, "bad-expression", path=marked.path, setting=marked.path, reason=str(error))
        case Meaning.VARIABLE:
            if value in SYSTEM_NAMES:
                yield _at(node, "system-variable", name=value)
        case Meaning.MAILBOX:
            if value != CENTRAL and catalogue.mailboxes is not None:
                known = catalogue.mailboxes | (catalogue.stores or frozenset())
                if value not in known:
                    yield _at(node, "unknown-mailbox", name=value)
        case _:
            known_names, code = _known(marked.meaning, catalogue)
            is_central = marked.meaning in (Meaning.STORE, Meaning.QUEUE) and value == CENTRAL
            if known_names is not None and value not in known_names and not is_central:
                yield _at(node, code, name=value)


def _known(meaning: Meaning, catalogue: Catalogue) -> tuple[frozenset[str] | None, str]:
    match meaning:
        case Meaning.STORE:
            return catalogue.stores, "unknown-store"
        case Meaning.EXTENSION:
            return catalogue.extensions, "unknown-extension"
        case Meaning.PLAN:
            return catalogue.plans, "unknown-plan"
        case Meaning.QUEUE:
            return catalogue.queues, "unknown-queue"
        case Meaning.AUDIO:
            return catalogue.audio_files, "unknown-audio-file"
        case _:
            return None, "unknown-flow"


def _variables(program: Program, flows: Mapping[str, Program]) -> Iterator[Problem]:
    for node, name in unknown_variables(program, flows):
        yield _at(node, "unknown-variable", name=name)


# Loops


def _loops(program: Program, flows: Mapping[str, Program]) -> Iterator[Problem]:
    inputs = {node.id for node in program.nodes.values() if _asks(node, flows)}
    silent = without(_graph(program), inputs)
    for component in cycles(silent):
        inside = {node_id: silent[node_id] for node_id in component}
        members = [program.nodes[node_id] for node_id in program.nodes if node_id in inside]
        if not _is_counted(program, members, inside):
            names = ", ".join(node.name for node in members[:10])
            yield _at(members[0], "endless-loop", nodes=names)


def _is_counted(program: Program, members: list[ProgramNode], inside: Mapping[str, list[str]]) -> bool:
    """Tell whether every cycle passes a counter and a condition on it that can leave the loop."""
    counted = frozenset[str]().union(*(node.type.counts(node.data) for node in members))
    guards = {
        node.id
        for node in members
        if node.type.guards(node.data) & counted
        and any(program.exits.get((node.id, port.id)) not in inside for port in node.ports())
    }
    guarded = frozenset[str]().union(*(node.type.guards(node.data) for node in members if node.id in guards))
    counters = {node.id for node in members if node.type.counts(node.data) & guarded}
    inner = {node: [target for target in targets if target in inside] for node, targets in inside.items()}
    return not cycles(without(inner, guards)) and not cycles(without(inner, counters))


def _asks(node: ProgramNode, flows: Mapping[str, Program]) -> bool:
    if node.type.takes_input(node.data):
        return True
    if not node.type.enters_flow:
        return False
    return all(not _silent_ways(flows[flow_id], ("return",)) for flow_id in _flows_of(node) if flow_id in flows)


def _silent_ways(program: Program, ends: tuple[str, ...]) -> list[ProgramNode]:
    """Return the nodes of the types ``ends`` that can be reached without the caller being asked for anything."""
    start = program.start
    if start is None:
        return []
    inputs = {node.id for node in program.nodes.values() if node.type.takes_input(node.data)}
    seen = reachable(without(_graph(program), inputs), [start.id])
    return [program.nodes[node_id] for node_id in seen if program.nodes[node_id].type.name in ends]


# Other flows


def _flows_of(node: ProgramNode) -> list[str]:
    return [marked.value for marked in marked_values(node.data) if marked.meaning is Meaning.FLOW]


def _flow_references(program: Program, flows: Mapping[str, Program]) -> Iterator[Problem]:
    leads: dict[str, set[str]] = {}
    silent: dict[str, set[str]] = {}
    for flow in flows.values():
        leads[flow.id] = {target for node in flow.nodes.values() for target in _flows_of(node)}
        silent[flow.id] = {target for node in _silent_ways(flow, ("goto_flow",)) for target in _flows_of(node)}
    silent_here = {node.id for node in _silent_ways(program, ("goto_flow",))}
    for node in program.nodes.values():
        for target in _flows_of(node):
            if target not in flows:
                yield _at(node, "unknown-flow", name=target)
            elif node.type.enters_flow and program.id in reachable(leads, [target]):
                yield _at(node, "subflow-recursion", flows=f"{program.id} → {target} → {program.id}")
            elif node.id in silent_here and program.id in reachable(silent, [target]):
                yield _at(node, "flow-loop", flows=f"{program.id} → {target} → {program.id}")
        if node.type.enters_flow:
            yield from _outcomes(node, flows)
        if node.type.name == "return" and program.document.kind == "call":
            yield _at(node, "return-at-top")


def _outcomes(node: ProgramNode, flows: Mapping[str, Program]) -> Iterator[Problem]:
    for flow_id in _flows_of(node):
        if flow_id in flows:
            returned = frozenset[str]().union(
                *(inner.type.returns(inner.data) for inner in flows[flow_id].nodes.values())
            )
            mapped = [port.id for port in node.ports() if port.id != "returned"]
            for outcome in mapped:
                if outcome not in returned:
                    yield _at(node, "no-return", Severity.WARNING, outcome=outcome)


def worst_case_to_human_s(program: Program) -> float | None:
    """Estimate the longest a caller may be held before somebody is rung, seconds; ``None`` when nobody ever is."""
    start = program.start
    if start is None:
        return None
    graph = _graph(program)
    humans = {node.id for node in program.nodes.values() if node.type.reaches_human}
    weights = {node.id: node.type.worst_case_s(node.data) for node in program.nodes.values()}
    seconds = heaviest_path(graph, weights, start.id, humans)
    return None if seconds is None else round(seconds, 1)
