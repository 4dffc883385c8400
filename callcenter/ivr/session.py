"""The driver: runs a flow on a real channel, one effect after the other."""

from __future__ import annotations

import asyncio

from callcenter.calls.channel_results import CallEnded
from callcenter.ivr import effects
from callcenter.ivr.effects import Effect
from callcenter.ivr.flow_call import EndCause
from callcenter.ivr.interpreter import Ended, Interpreter
from callcenter.ivr.ports import (
    CustomerLookup,
    CustomerOutcome,
    FlowServices,
    StoreLookup,
    StoreOutcome,
    StoreQuery,
    VoiceChannel,
)

_HARD_LOOKUP_LIMIT_S = 0.8
"No look-up holds a caller longer, whatever its own budget says."


async def run_flow(interpreter: Interpreter, channel: VoiceChannel, services: FlowServices) -> Ended:
    """Take the call through its flow and return how it ended.

    When the caller hangs up (the channel raises :class:`~callcenter.calls.channel_results.CallEnded`) or the task is
    cancelled, the record of the node the call was in is still noted. Cancellation is passed on.
    """
    steps = interpreter.run()
    try:
        effect = next(steps)
        while True:
            effect = steps.send(await _perform(effect, channel, services))
    except StopIteration as stop:
        ended = stop.value
        assert isinstance(ended, Ended)
        return ended
    except CallEnded:
        return _cut_off(interpreter, channel, EndCause.CALLER_HUNG_UP)
    except asyncio.CancelledError:
        _cut_off(interpreter, channel, EndCause.CANCELLED)
        raise
    except BaseException:
        _cut_off(interpreter, channel, EndCause.FLOW_ERROR)
        raise
    finally:
        steps.close()


def _cut_off(interpreter: Interpreter, channel: VoiceChannel, cause: EndCause) -> Ended:
    record, ended = interpreter.abandon(cause)
    if record is not None:
        channel.note(record)
    return ended


async def _perform(effect: Effect, channel: VoiceChannel, services: FlowServices) -> object:  # noqa: C901 - one match
    match effect:
        case effects.PlayPrompts(prompts, language, barge_in):
            return await channel.play(prompts, language=language, barge_in=barge_in)
        case effects.WaitDigit(timeout_s):
            return await channel.next_digit(timeout_s)
        case effects.TakeDigits():
            return tuple(channel.take_digits())
        case effects.FlushDigits():
            channel.flush_digits()
        case effects.Dial(request):
            return await channel.dial(request)
        case effects.Enqueue(request):
            return await channel.wait_in_queue(request)
        case effects.RequestCallback(request):
            return await services.callbacks.request(request)
        case effects.RecordVoicemail(request):
            return await channel.record_voicemail(request)
        case effects.Hangup(cause):
            await channel.hangup(cause)
        case effects.Note(record):
            channel.note(record)
        case effects.SetLanguage(language):
            channel.set_language(language)
        case effects.LogTag(tag, value):
            channel.add_tag(tag, value)
        case effects.CheckStoreHours(store, at):
            return services.hours.state(store, at)
        case effects.HttpCall(request):
            return await services.http.send(request)
        case effects.LookUpCustomer(number):
            return await _look_up_customer(number, services)
        case effects.FindLastStore(query):
            return await _find_store(query, services)
    return None


async def _look_up_customer(number: str, services: FlowServices) -> CustomerLookup:
    try:
        async with asyncio.timeout(_HARD_LOOKUP_LIMIT_S):
            return await services.customers.look_up(number)
    except TimeoutError:
        return CustomerLookup(CustomerOutcome.ERROR)


async def _find_store(query: StoreQuery, services: FlowServices) -> StoreLookup:
    limit_s = min((query.budget_ms or services.lookup_budget_ms) / 1000, _HARD_LOOKUP_LIMIT_S)
    try:
        async with asyncio.timeout(limit_s):
            return await services.stores.find(query)
    except TimeoutError:
        return StoreLookup(StoreOutcome.ERROR, explanation={"late": True, "budget_ms": round(limit_s * 1000)})
