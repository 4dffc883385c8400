"""The ICE-lite agent: a timeline of checks, one block per datagram."""

from __future__ import annotations

import struct

import pytest

from callcenter.media.ice import IceLite
from callcenter.media.stun import Attribute, MessageType, StunMessage, encode, xor_address
from callcenter.sdp.ice import IceCredentials

OURS = IceCredentials("lite", "our-password-of-22-letters")
HOME, ROAD = ("192.0.2.10", 4000), ("198.51.100.7", 5000)
CONTROLLING = (int(Attribute.ICE_CONTROLLING), bytes(8))
NOMINATE = (int(Attribute.USE_CANDIDATE), b"")


class Browser:
    """Makes checks."""

    def __init__(self) -> None:
        self.number = 0

    def check(self, *more: tuple[int, bytes], name: str = "lite:chrome", password: str = OURS.pwd) -> bytes:
        self.number += 1
        attributes = [(int(Attribute.USERNAME), name.encode()), CONTROLLING, *more]
        return encode(MessageType.REQUEST, struct.pack("!QI", 7, self.number), attributes, password)


def code(answer: bytes | None) -> int:
    assert answer is not None
    message = StunMessage.parse(answer)
    assert message.message_type == MessageType.ERROR and message.has_fingerprint
    value = message.attributes[Attribute.ERROR_CODE]
    return 100 * value[2] + value[3]


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def ice() -> IceLite:
    return IceLite(OURS)


def test_a_check_is_answered_and_proves_an_address(ice: IceLite, browser: Browser) -> None:
    answer = ice.receive(browser.check(), HOME, 1.0)
    assert answer is not None
    message = StunMessage.parse(answer)
    assert (message.message_type, message.transaction_id) == (MessageType.SUCCESS, struct.pack("!QI", 7, 1))
    assert message.is_signed_with(OURS.pwd) and message.has_fingerprint
    assert message.attributes[Attribute.XOR_MAPPED_ADDRESS] == xor_address(HOME, message.transaction_id)
    assert (ice.selected, list(ice.validated), ice.consented_at) == (HOME, [HOME], 1.0)


def test_nomination_moves_and_nothing_else_does(ice: IceLite, browser: Browser) -> None:
    ice.receive(browser.check(NOMINATE), HOME, 1.0)
    ice.receive(browser.check(), ROAD, 2.0)
    assert (ice.selected, list(ice.validated)) == (HOME, [HOME, ROAD])
    ice.receive(browser.check(NOMINATE), ROAD, 3.0)
    assert (ice.selected, ice.consented_at) == (ROAD, 3.0)
    ice.receive(browser.check(), HOME, 4.0)
    assert ice.selected == ROAD


def test_a_check_heard_on_the_way_and_sent_again_from_elsewhere_moves_nothing(ice: IceLite, browser: Browser) -> None:
    check = browser.check(NOMINATE)
    first = ice.receive(check, HOME, 1.0)
    assert ice.receive(check, ROAD, 1.1) is None
    assert (ice.selected, list(ice.validated), ice.rejected) == (HOME, [HOME], 1)
    assert ice.receive(check, HOME, 1.5) == first  # lost answers are asked for again


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("lite:chrome", "wrong", 401), ("other:chrome", OURS.pwd, 401), ("", OURS.pwd, 401)],
)
def test_who_does_not_know_the_password_proves_nothing(
    ice: IceLite, browser: Browser, name: str, password: str, status: int
) -> None:
    assert code(ice.receive(browser.check(NOMINATE, name=name, password=password), HOME, 1.0)) == status
    assert (ice.selected, ice.consented_at, ice.rejected) == (None, None, 1)
    assert not ice.validated


def test_answers_to_strangers_are_no_longer_than_their_questions(ice: IceLite, browser: Browser) -> None:
    for check in (
        browser.check(password="wrong"),
        encode(MessageType.REQUEST, bytes(12), [(int(Attribute.PRIORITY), bytes(4)), CONTROLLING, NOMINATE]),
    ):
        answer = ice.receive(check, HOME, 1.0)
        assert answer is not None and len(answer) <= len(check)


def test_an_unsigned_request_is_bad_and_one_without_fingerprint_is_not_ice(ice: IceLite) -> None:
    assert code(ice.receive(encode(MessageType.REQUEST, bytes(12), [CONTROLLING]), HOME, 1.0)) == 400
    bare = bytes.fromhex("000100002112a442") + bytes(12)
    assert ice.receive(bare, HOME, 1.0) is None
    assert ice.rejected == 2


def test_a_browser_that_wants_to_be_controlled_is_told_of_the_conflict(ice: IceLite, browser: Browser) -> None:
    for tie_breaker in (bytes(8), b"\xff" * 8):
        answer = ice.receive(browser.check((int(Attribute.ICE_CONTROLLED), tie_breaker)), HOME, 1.0)
        assert code(answer) == 487
        assert answer is not None and StunMessage.parse(answer).is_signed_with(OURS.pwd)
    assert ice.selected is None


def test_what_must_be_understood_and_is_not_is_named(ice: IceLite, browser: Browser) -> None:
    answer = ice.receive(browser.check((0x0031, b"1234")), HOME, 1.0)
    assert code(answer) == 420
    assert answer is not None
    assert StunMessage.parse(answer).attributes[Attribute.UNKNOWN_ATTRIBUTES] == b"\x00\x31"


@pytest.mark.parametrize("kind", [MessageType.INDICATION, MessageType.SUCCESS, MessageType.ERROR])
def test_nothing_but_requests_is_answered_or_proves_anything(ice: IceLite, kind: MessageType) -> None:
    assert ice.receive(encode(kind, bytes(12), [(int(Attribute.USERNAME), b"lite:x")], OURS.pwd), HOME, 1.0) is None
    assert ice.selected is None


def test_after_a_restart_old_and_new_credentials_work_until_the_new_are_used(ice: IceLite, browser: Browser) -> None:
    after = OURS.after_restart()
    ice.receive(browser.check(NOMINATE), HOME, 1.0)
    answer = ice.receive(browser.check(NOMINATE, name=f"{after.ufrag}:chrome2", password=after.pwd), ROAD, 2.0)
    assert answer is not None and StunMessage.parse(answer).is_signed_with(after.pwd)
    assert ice.selected == ROAD
    assert code(ice.receive(browser.check(NOMINATE), HOME, 3.0)) == 401
    again = after.after_restart()
    ice.receive(browser.check(NOMINATE, name=f"{again.ufrag}:chrome3", password=again.pwd), HOME, 4.0)
    assert ice.selected == HOME


def test_memory_is_bounded_and_keeps_the_selected_address(ice: IceLite, browser: Browser) -> None:
    ice.receive(browser.check(NOMINATE), HOME, 1.0)
    for port in range(1000, 1500):
        ice.receive(browser.check(), ("203.0.113.9", port), 2.0)
    assert len(ice.validated) == 8 and HOME in ice.validated and ice.selected == HOME


def test_an_ipv6_source_is_told_its_address(ice: IceLite, browser: Browser) -> None:
    source = ("2001:db8::1", 4000)
    answer = ice.receive(browser.check(NOMINATE), source, 1.0)
    assert answer is not None
    mapped = StunMessage.parse(answer).attributes[Attribute.XOR_MAPPED_ADDRESS]
    assert mapped == xor_address(source, struct.pack("!QI", 7, 1))
    assert ice.selected == source
