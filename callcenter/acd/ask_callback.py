"""Asking a waiting caller which number to call back."""

from __future__ import annotations

from callcenter.acd.sayings import Sayings
from callcenter.calls.channel import Channel
from callcenter.calls.exchange import Exchange
from callcenter.calls.routes import Routes

KEY_WAIT_S = 7.0
"For the first key after a prompt."
DIGIT_WAIT_S = 3.0
"Between two keys."
TRIES = 3
MAX_DIGITS = 18


class AskCallback:
    """The talk of one caller with the machine about a call-back."""

    def __init__(self, exchange: Exchange, routes: Routes, channel: Channel, sayings: Sayings, language: str) -> None:
        self._exchange = exchange
        self._routes = routes
        self._channel = channel
        self._sayings = sayings
        self._language = language

    async def number(self, shown: str | None) -> str | None:
        """Return the number to call, normalised; None when the caller would rather wait.

        :param shown: the number the caller's phone shows, None when it is withheld.
        :raises callcenter.calls.channel_results.CallEnded: when the caller is gone.
        """
        self._channel.flush_digits()
        number = shown if self._can_call(shown) else None
        for _ in range(TRIES):
            if number is None:
                number = await self._asked()
                if number is None:
                    return None
                if not self._can_call(number):
                    number = None
                    await self._channel.play(
                        self._sayings.bad_number(self._language), language=self._language, barge_in=False
                    )
                    continue
            match await self._confirmed(number):
                case "1":
                    return number
                case "2":
                    number = None
                case "*":
                    return None
        return None

    async def promise(self) -> None:
        """Say that the call-back is noted; many hang up meanwhile.

        :raises callcenter.calls.channel_results.CallEnded: when the caller is gone.
        """
        await self._channel.play(self._sayings.promised(self._language), language=self._language, barge_in=False)

    def _can_call(self, number: str | None) -> bool:
        return number is not None and (self._routes.may_dial(number) or self._routes.is_extension(number))

    async def _confirmed(self, number: str) -> str:
        prompts = self._sayings.confirm_number(number.removeprefix("+"), self._language)
        await self._channel.play(prompts, language=self._language, barge_in=True)
        digit = await self._channel.next_digit(KEY_WAIT_S)
        return digit.key if digit is not None else ""

    async def _asked(self) -> str | None:
        await self._channel.play(self._sayings.ask_number(self._language), language=self._language, barge_in=True)
        keys = ""
        while len(keys) < MAX_DIGITS:
            digit = await self._channel.next_digit(DIGIT_WAIT_S if keys else KEY_WAIT_S)
            if digit is None or digit.key == "#":
                break
            if digit.key == "*":
                return None
            keys += digit.key
        return self._exchange.normalise(keys) or keys or ""
