"""The interpreter: takes a call through its flow, node by node, asking for effects and deciding by their answers.

It does no I/O and reads no clock. The same generator is driven by a real channel (:mod:`callcenter.ivr.session`) and
by the simulator.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callcenter.calls.channel_results import NodeEntered, NodeLeft
from callcenter.ivr.effects import Effect, Hangup, Note, Steps
from callcenter.ivr.expressions import TemplateFault
from callcenter.ivr.flow_call import EndCause, FlowCall, FlowSettings, FlowStopped, Visit
from callcenter.ivr.model import Program, ProgramNode
from callcenter.ivr.registry import EndCall, EnterFlow, Exit, GoToFlow, NodeResult, ReturnFromFlow
from callcenter.ivr.variables import Variables


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call's way through its flow ended."""

    cause: str
    "One of :class:`~callcenter.ivr.flow_call.EndCause`."
    flow_id: str
    flow_version: int
    node_id: str | None
    "The last node."
    node_name: str | None
    language: str
    keys: str = ""
    "Keys taken by the last node, masked when secret."
    variables: Mapping[str, Any] = field(default_factory=dict)
    "Secrets masked."
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Frame:
    program: Program
    node: ProgramNode | None = None


class Interpreter:
    """One call in its flow.

    :param program: the flow the call starts in.
    :param flows: every flow by id, as they were when the call began; kept for the whole call.
    :param variables: what is known at the start: ``caller_number``, ``called_number``, ``call_id`` and whatever else.
    :param now: monotonic seconds, the same clock the channel stamps keys with.
    :param utcnow: the wall clock, aware.
    """

    def __init__(
        self,
        program: Program,
        flows: Mapping[str, Program],
        *,
        variables: Mapping[str, Any],
        now: Callable[[], float],
        utcnow: Callable[[], datetime],
        settings: FlowSettings | None = None,
        language: str | None = None,
    ) -> None:
        self.settings = settings or FlowSettings()
        self._flows = flows
        self._frames = [_Frame(program)]
        self._visited = 0
        self._in_error = False
        self._inside = False
        chosen = language or program.document.default_language
        self.call = FlowCall(Variables(variables), now=now, utcnow=utcnow, settings=self.settings, language=chosen)
        self.call.variables.set("language", chosen)

    def run(self) -> Steps[Ended]:
        """Yield effects until the call is over; return how it ended."""
        self._enter_program(self._frames[-1].program)
        node = self._frames[-1].program.start
        if node is None:
            return (yield from self._end(EndCause.FLOW_ERROR, "error"))
        while True:
            try:
                self._check_limits(node)
                result = yield from self._visit(node)
                following = self._follow(node, result)
            except FlowStopped as stop:
                recovery = yield from self._recover(node, stop)
                if recovery is None:
                    return (yield from self._end(stop.cause, "error"))
                following = recovery
            if isinstance(following, EndCall):
                return (yield from self._end(EndCause.COMPLETED, following.cause))
            node = following

    def abandon(self, cause: str = EndCause.CALLER_HUNG_UP) -> tuple[NodeLeft | None, Ended]:
        """Close the books on a call that was cut off: the record of the node it was in, if any, and the end."""
        record = self._left(None) if self._inside else None
        self._inside = False
        return record, self._ended(cause)

    # One node

    def _visit(self, node: ProgramNode) -> Steps[NodeResult]:
        call = self.call
        self._frames[-1].node = node
        call.visit = Visit(call.now())
        call.variables.set("now", call.local_now())
        self._visited += 1
        self._inside = True
        program = self._frames[-1].program
        call.wired_ports = program.wired[node.id]
        yield Note(
            NodeEntered(
                at=call.utcnow(), flow_id=program.id, flow_version=program.version,
                node_id=node.id, node_name=node.name, node_type=node.type.name,
            )
        )  # fmt: skip
        if node.type.takes_input(node.data):
            call.input_seen()
        try:
            result: NodeResult = yield from node.type.run(node.data, call)
        except TemplateFault as error:
            raise FlowStopped(EndCause.FLOW_ERROR, str(error)) from None
        yield from self._note_left(result)
        return result

    def _note_left(self, result: NodeResult) -> Generator[Effect, object, None]:
        match result:
            case Exit(port):
                shown: str | None = port
            case EndCall():
                shown = None
            case ReturnFromFlow(outcome):
                shown = outcome
            case GoToFlow(flow) | EnterFlow(flow):
                shown = f"→{flow}"
        self._inside = False
        yield Note(self._left(shown))

    def _left(self, port: str | None) -> NodeLeft:
        call, frame = self.call, self._frames[-1]
        node, visit = frame.node, call.visit
        if node is None:
            raise AssertionError("no node has been entered")
        return NodeLeft(
            at=call.utcnow(), flow_id=frame.program.id, flow_version=frame.program.version,
            node_id=node.id, node_name=node.name, node_type=node.type.name, port=port,
            duration_ms=round((call.now() - visit.entered) * 1000), keys=visit.shown_keys(),
            prompts=tuple(visit.prompts), warnings=tuple(visit.warnings), detail=dict(visit.detail),
        )  # fmt: skip

    # The way on

    def _follow(self, node: ProgramNode, result: NodeResult) -> ProgramNode | EndCall:
        match result:
            case EndCall():
                return result
            case Exit(port):
                return self._next(node, port)
            case GoToFlow(flow):
                program = self._flow(flow)
                self._frames[-1] = _Frame(program)
                return self._start_of(program)
            case EnterFlow(flow):
                if len(self._frames) > self.settings.max_sub_flow_depth:
                    raise FlowStopped(EndCause.FLOW_ERROR, "sub-flows are nested too deeply")
                program = self._flow(flow)
                self._frames.append(_Frame(program))
                return self._start_of(program)
            case ReturnFromFlow(outcome):
                return self._return(outcome)

    def _return(self, outcome: str) -> ProgramNode:
        if len(self._frames) == 1:
            raise FlowStopped(EndCause.FLOW_ERROR, "there is no flow to return to")
        self._frames.pop()
        frame = self._frames[-1]
        self._apply_settings(frame.program)
        node = frame.node
        if node is None:
            raise AssertionError("a flow below the top has been entered")
        ports = {port.id for port in node.ports()}
        return self._next(node, outcome if outcome in ports else "returned")

    def _next(self, node: ProgramNode, port: str) -> ProgramNode:
        program = self._frames[-1].program
        target = program.exits.get((node.id, port))
        following = program.nodes.get(target) if target is not None else None
        if following is None:
            raise FlowStopped(EndCause.FLOW_ERROR, f"the exit {port} of {node.id} leads nowhere")
        return following

    def _flow(self, flow_id: str) -> Program:
        program = self._flows.get(flow_id)
        if program is None:
            raise FlowStopped(EndCause.FLOW_ERROR, f"there is no flow {flow_id}")
        return program

    def _start_of(self, program: Program) -> ProgramNode:
        start = program.start
        if start is None:
            raise FlowStopped(EndCause.FLOW_ERROR, f"the flow {program.id} has no start")
        self._enter_program(program)
        return start

    def _enter_program(self, program: Program) -> None:
        self._apply_settings(program)
        self.call.variables.declare(program.document.variables)

    def _apply_settings(self, program: Program) -> None:
        document = program.document
        self.call.default_language = document.default_language
        self.call.languages = tuple(document.languages)
        self.call.timezone = document.timezone
        self.call.variables.set("flow_id", program.id)

    # Limits and errors

    def _check_limits(self, node: ProgramNode) -> None:
        if self._visited >= self.settings.max_nodes:
            raise FlowStopped(EndCause.NODE_LIMIT, f"more than {self.settings.max_nodes} nodes in one call")
        if not node.type.takes_input(node.data):
            self.call.check_silence()

    def _recover(self, node: ProgramNode, stop: FlowStopped) -> Steps[ProgramNode | None]:
        """Find the error exit: of this flow's start, or of a flow further out. It is taken once in a call."""
        if self._inside:
            self.call.warn(str(stop))
            self.call.note(stopped=stop.cause)
            self._inside = False
            yield Note(self._left(None))
        if self._in_error:
            return None
        self._in_error = True
        for depth in range(len(self._frames) - 1, -1, -1):
            program = self._frames[depth].program
            start = program.start
            target = program.exits.get((start.id, "error")) if start is not None else None
            if target is not None and target in program.nodes:
                del self._frames[depth + 1 :]
                self._apply_settings(program)
                self._visited = max(0, self.settings.max_nodes - self.settings.error_nodes)
                self.call.input_seen()
                return program.nodes[target]
        return None

    # The end

    def _end(self, cause: str, hangup: str) -> Steps[Ended]:
        yield Hangup(hangup)
        return self._ended(cause)

    def _ended(self, cause: str) -> Ended:
        frame = self._frames[-1]
        node = frame.node
        return Ended(
            cause=cause, flow_id=frame.program.id, flow_version=frame.program.version,
            node_id=node.id if node else None, node_name=node.name if node else None,
            language=self.call.language, keys=self.call.visit.shown_keys(),
            variables=self.call.variables.public(), tags=dict(self.call.tags),
        )  # fmt: skip
