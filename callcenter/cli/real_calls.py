"""Run a flow's tests by real calls: a phone that speaks SIP and RTP, pressing keys, against a server of its own.

What is real: signalling, prompts made and played, keys recognised, barge-in, messages recorded, hang-ups. What the
test scripts is answered by the test: look-ups, opening hours, web requests, whom a call is connected to, queues. The
flow's clock is the test's; time that nothing happens in, such as a conversation or a caller's silence, is skipped in it
instead of being waited for. The same interpreter runs in the simulator, and the two must agree.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from callcenter.calls.call import Call
from callcenter.calls.channel import Channel
from callcenter.calls.channel_results import NodeEntered, NodeLeft
from callcenter.cli.scripted_channel import ScriptedChannel
from callcenter.config import load_config
from callcenter.ivr.flow_call import EndCause
from callcenter.ivr.flow_tests import FlowTest
from callcenter.ivr.interpreter import Ended, Interpreter
from callcenter.ivr.model import Program
from callcenter.ivr.registry import Label
from callcenter.ivr.session import run_flow
from callcenter.ivr.simulate import Simulation, first_variables, simulate, unmet
from callcenter.server import Server
from callcenter.testing.phone import CustomerPhone, PhoneCall, PhoneError
from callcenter.testing.server import RunningServer, ServerOptions

AT_ONCE = 4
"Calls at the same time."
LONGEST_CALL_S = 180.0
_FIRST_NUMBER = 9000
_HANG_UP_S = 10.0


class _Case:
    """One test, its phone and what came of its call."""

    def __init__(self, test: FlowTest, number: str, port: int) -> None:
        self.test = test
        self.number = number
        self.phone = CustomerPhone(PhoneCall(number, port=port, from_number=_dialable(test.caller_number)))
        self.ready = asyncio.Event()
        "The phone has its call and may be used."
        self.result: asyncio.Future[Simulation] = asyncio.get_running_loop().create_future()


class _Rehearsal:
    """Takes each call through the flow with the test its number stands for; a call handler."""

    def __init__(self, program: Program, flows: Mapping[str, Program]) -> None:
        self._program = program
        self._flows = {**flows, program.id: program}
        self.cases: dict[str, _Case] = {}

    def knows(self, did: str, *, exactly: bool = False, trunk: str | None = None) -> bool:
        """Tell whether a test has this number."""
        return did in self.cases

    async def handle(self, call: Call, channel: Channel, did: str) -> None:
        """Run the flow with what the test scripts."""
        case = self.cases[did]
        try:
            await case.ready.wait()
            found = await self._run(case, channel)
            case.result.set_result(found)
            if found.ended.cause == EndCause.CALLER_HUNG_UP:
                await asyncio.sleep(_HANG_UP_S)  # Ends sooner: the phone hangs up now, and the call with it.
        except Exception as error:  # A supervised edge: whoever waits for this call is told what went wrong.
            if not case.result.done():
                case.result.set_exception(error)
            raise

    async def _run(self, case: _Case, channel: Channel) -> Simulation:
        world = ScriptedChannel(channel, case.test, case.phone)
        interpreter = Interpreter(
            self._program,
            self._flows,
            variables=first_variables(case.test),
            now=world.now,
            utcnow=world.utcnow,
            language=case.test.language,
        )
        return _seen(await run_flow(interpreter, world, world.services()), world)


async def run_real_tests(
    program: Program, flows: Mapping[str, Program], on_done: Callable[[str], None] = lambda _name: None
) -> dict[str, list[Label]]:
    """Run every test of ``program`` by a real call; return what failed or differed from the simulator, by name."""
    tests = program.document.tests
    numbers = [str(_FIRST_NUMBER + index) for index in range(len(tests))]
    rehearsal = _Rehearsal(program, flows)
    with tempfile.TemporaryDirectory(prefix="callcenter-flow-test-") as directory:
        options = ServerOptions(
            dids=dict.fromkeys(numbers, program.id), config={"speech": {"words_per_minute": _FASTEST_SPEECH}}
        )
        described = RunningServer(Path(directory), options)
        described.prepare()
        server = Server(load_config(described.config_file), lambda _flows: rehearsal)
        await server.start()
        try:
            one_of = asyncio.Semaphore(AT_ONCE)

            async def run(test: FlowTest, number: str) -> tuple[str, list[Label]]:
                async with one_of:
                    case = rehearsal.cases[number] = _Case(test, number, described.sip_port)
                    failures = await _call(case, simulate(program, flows, test))
                    on_done(test.name)
                    return test.name, failures

            return dict(await asyncio.gather(*(run(*each) for each in zip(tests, numbers, strict=True))))
        finally:
            await server.stop()


_FASTEST_SPEECH = 300
"Words a minute: what is said is checked, not how long it takes."


async def _call(case: _Case, simulated: Simulation) -> list[Label]:
    """Place one call and compare."""
    phone = case.phone
    await asyncio.to_thread(phone.start)
    try:
        await asyncio.to_thread(phone.dial)
        await asyncio.to_thread(phone.wait_answered, 20.0)
        case.ready.set()
        async with asyncio.timeout(LONGEST_CALL_S):
            found = await case.result
        if found.ended.cause == EndCause.CALLER_HUNG_UP:
            await asyncio.to_thread(phone.hang_up)
        await asyncio.to_thread(phone.wait_over, 10.0)
        report = await asyncio.to_thread(phone.report)
    except (PhoneError, TimeoutError) as error:
        reason = str(error) or f"the call was not over after {LONGEST_CALL_S:g} s"
        return [Label(f"cuộc gọi thật: {reason}", f"real call: {reason}")]
    finally:
        await asyncio.to_thread(phone.stop)
    failures = [Label(f"cuộc gọi thật: {each.vi}", f"real call: {each.en}") for each in unmet(case.test, found)]
    failures += differences(simulated, found)
    if found.heard and not report.sounds():
        failures.append(Label("cuộc gọi thật: không nghe thấy gì", "real call: nothing was heard"))
    return failures


def differences(simulated: Simulation, real: Simulation) -> list[Label]:
    """Return where a real call did not go as the simulated one."""
    pairs: list[tuple[str, str, Any, Any]] = [
        ("đường đi", "path", _ways(simulated), _ways(real)),
        ("lời đã phát", "prompts", simulated.heard, real.heard),
        ("đã gọi", "dialled", [each.target for each in simulated.dials], [each.target for each in real.dials]),
        ("đã chờ ở", "queues", [each.queue for each in simulated.queued], [each.queue for each in real.queued]),
        (
            "hẹn gọi lại",
            "call-backs",
            [each.number for each in simulated.callbacks],
            [e.number for e in real.callbacks],
        ),
        (
            "yêu cầu web",
            "web requests",
            [each.url for each in simulated.requests],
            [each.url for each in real.requests],
        ),
        ("kết thúc", "end", _end(simulated), _end(real)),
        ("biến", "variables", _lasting(simulated.ended), _lasting(real.ended)),
    ]
    return [
        Label(f"{vi}: mô phỏng {one}, cuộc gọi thật {other}", f"{en}: simulated {one}, real {other}")
        for vi, en, one, other in pairs
        if one != other
    ]


def _ways(found: Simulation) -> list[tuple[str, str | None, str]]:
    return [(each.node_id, each.port, each.keys) for each in found.records if isinstance(each, NodeLeft)]


def _end(found: Simulation) -> tuple[str, str | None, str, Mapping[str, str]]:
    return str(found.ended.cause), found.hangup, found.ended.language, found.ended.tags


def _lasting(ended: Ended) -> dict[str, Any]:
    """Return the variables without the moment of the last node, which is never the same."""
    return {name: value for name, value in ended.variables.items() if name != "now"}


def _seen(ended: Ended, world: ScriptedChannel) -> Simulation:
    path = [record.node_id for record in world.records if isinstance(record, NodeEntered)]
    return Simulation(
        ended, path, world.records, world.heard, world.dials, world.queued, world.callbacks, world.requests,
        world.now(), world.hung_up,
    )  # fmt: skip


def _dialable(number: str | None) -> str:
    """Return what a phone can put into From; what the flow sees comes from the test."""
    digits = "".join(letter for letter in number or "" if letter.isdigit())
    return digits or "0900000000"
