"""What waiting callers are told, in Vietnamese and English, as prompts of text.

Numbers are said by whoever knows how (``number``, ``digits``), since the speech engines do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.acd.announcements import Announcement
from callcenter.acd.ports import Words
from callcenter.acd.queue import QueueSettings
from callcenter.calls.channel_results import PromptKind, PromptPart


@dataclass(frozen=True, slots=True)
class _Sentences:
    next_in_line: str
    place: str
    more_than: str
    under_a_minute: str
    minutes: str
    minutes_and_a_half: str
    one_minute: str
    offer: str
    confirm: str
    ask_number: str
    bad_number: str
    promised: str


_VI = _Sentences(
    next_in_line="Quý khách là người tiếp theo được phục vụ.",
    place="Quý khách đang ở vị trí thứ {place} trong hàng chờ.",
    more_than="Hiện có hơn {place} khách hàng đang chờ trước quý khách.",
    under_a_minute="Thời gian chờ dự kiến chưa đến một phút.",
    minutes="Thời gian chờ dự kiến khoảng {minutes} phút.",
    minutes_and_a_half="Thời gian chờ dự kiến khoảng {minutes} phút rưỡi.",
    one_minute="Thời gian chờ dự kiến khoảng một phút.",
    offer="Nếu không muốn chờ máy, quý khách bấm phím {key}, chúng tôi sẽ gọi lại và giữ nguyên vị trí của quý khách.",
    confirm="Chúng tôi sẽ gọi lại số {number}. Bấm phím một để đồng ý, phím hai để nhập số khác, "
    "hoặc phím sao để tiếp tục chờ.",
    ask_number="Xin vui lòng nhập số điện thoại để chúng tôi gọi lại, kết thúc bằng phím thăng.",
    bad_number="Số điện thoại này không hợp lệ.",
    promised="Cảm ơn quý khách. Vị trí của quý khách được giữ nguyên, chúng tôi sẽ sớm gọi lại.",
)
_EN = _Sentences(
    next_in_line="You are next in line.",
    place="You are number {place} in line.",
    more_than="More than {place} callers are waiting ahead of you.",
    under_a_minute="Your expected wait is under one minute.",
    minutes="Your expected wait is about {minutes} minutes.",
    minutes_and_a_half="Your expected wait is about {minutes} and a half minutes.",
    one_minute="Your expected wait is about one minute.",
    offer="If you would rather not wait, press {key}: we will call you back and keep your place in line.",
    confirm="We will call you back on {number}. Press one to accept, two to enter another number, "
    "or star to go on waiting.",
    ask_number="Please enter the telephone number we shall call, followed by the hash key.",
    bad_number="This number is not valid.",
    promised="Thank you. Your place is kept, and we will call you back soon.",
)


class Sayings:
    """Turns announcements into prompts."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def announcement(self, what: Announcement, settings: QueueSettings, language: str) -> list[PromptPart]:
        """Return the prompts of an announcement, in the order in which they are heard."""
        said = _sentences(language)
        texts: list[str] = []
        if what.place is not None:
            if what.more_than:
                texts.append(said.more_than.format(place=self._words.number(what.place, language)))
            elif what.place == 1:
                texts.append(said.next_in_line)
            else:
                texts.append(said.place.format(place=self._words.number(what.place, language)))
        if what.wait_s is not None:
            texts.append(self.wait(what.wait_s, language))
        parts = [PromptPart(PromptKind.TEXT, text, language) for text in texts]
        if what.periodic:
            parts += in_language(settings.announcements.periodic, language)
        if what.offer_callback:
            key = self._words.digits(settings.callback.key, language)
            parts.append(PromptPart(PromptKind.TEXT, said.offer.format(key=key), language))
        return parts

    def wait(self, seconds: float, language: str) -> str:
        """Return the sentence about an expected wait, in halves of a minute; never about no wait at all."""
        said = _sentences(language)
        halves = max(1, round(seconds / 30))
        if halves == 1:
            return said.under_a_minute
        if halves == 2:
            return said.one_minute
        sentence = said.minutes_and_a_half if halves % 2 else said.minutes
        return sentence.format(minutes=self._words.number(halves // 2, language))

    def confirm_number(self, number: str, language: str) -> list[PromptPart]:
        """Ask whether ``number`` (as it is dialled at home) is the one to call."""
        text = _sentences(language).confirm.format(number=self._words.digits(number, language))
        return [PromptPart(PromptKind.TEXT, text, language)]

    def ask_number(self, language: str) -> list[PromptPart]:
        """Ask for a number."""
        return [PromptPart(PromptKind.TEXT, _sentences(language).ask_number, language)]

    def bad_number(self, language: str) -> list[PromptPart]:
        """Say that a number cannot be called."""
        return [PromptPart(PromptKind.TEXT, _sentences(language).bad_number, language)]

    def promised(self, language: str) -> list[PromptPart]:
        """Say that the call-back is noted."""
        return [PromptPart(PromptKind.TEXT, _sentences(language).promised, language)]


def in_language(parts: tuple[PromptPart, ...], language: str) -> list[PromptPart]:
    """Return the prompts of the caller's language; all of them when there is none of it."""
    return [part for part in parts if part.language == language] or list(parts)


def _sentences(language: str) -> _Sentences:
    return _EN if language == "en" else _VI
