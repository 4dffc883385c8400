"""STUN as connectivity checks use it, against the vectors of RFC 5769 and against junk."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.media.stun import Attribute, MessageType, StunError, StunMessage, encode, error_code, xor_address

TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")
PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932f"
    "f9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)
"RFC 5769 §2.1: a request with a fingerprint, padded with spaces."
RESPONSE4 = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91"
    "f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
)
"§2.2: an IPv4 response."
RESPONSE6 = bytes.fromhex(
    "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5"
    "bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c"
)
"§2.3: an IPv6 response."


def test_the_request_of_rfc5769_is_read_and_verified() -> None:
    message = StunMessage.parse(REQUEST)
    assert (message.message_type, message.transaction_id) == (MessageType.REQUEST, TRANSACTION)
    assert message.has_fingerprint and message.is_signed_with(PASSWORD) and not message.is_signed_with("other")
    assert message.attributes[Attribute.USERNAME] == b"evtj:h6vY"
    assert message.attributes[Attribute.PRIORITY] == bytes.fromhex("6e0001ff")
    assert message.attributes[Attribute.ICE_CONTROLLED] == bytes.fromhex("932ff9b151263b36")
    assert message.unknown_attributes() == []


@pytest.mark.parametrize(
    ("data", "address"),
    [(RESPONSE4, ("192.0.2.1", 32853)), (RESPONSE6, ("2001:db8:1234:5678:11:2233:4455:6677", 32853))],
)
def test_the_responses_of_rfc5769_carry_the_address_we_would_write(data: bytes, address: tuple[str, int]) -> None:
    message = StunMessage.parse(data)
    assert message.is_signed_with(PASSWORD)
    assert message.attributes[Attribute.XOR_MAPPED_ADDRESS] == xor_address(address, TRANSACTION)


def test_what_is_written_is_read_back() -> None:
    attributes = [(int(Attribute.ERROR_CODE), error_code(487, "Role Conflict")), (0x8123, b"odd")]
    message = StunMessage.parse(encode(MessageType.ERROR, TRANSACTION, attributes, "secret"))
    assert message.is_signed_with("secret") and message.has_fingerprint
    assert message.attributes[Attribute.ERROR_CODE] == b"\0\0\x04\x57Role Conflict"
    assert message.attributes[0x8123] == b"odd"
    unsigned = StunMessage.parse(encode(MessageType.ERROR, TRANSACTION, attributes))
    assert unsigned.has_fingerprint and not unsigned.is_signed_with("secret")


def test_a_type_that_must_be_understood_is_named() -> None:
    data = encode(MessageType.REQUEST, TRANSACTION, [(0x0026, b""), (0x8026, b"")])
    assert StunMessage.parse(data).unknown_attributes() == [0x0026]


@pytest.mark.parametrize("at", range(0, len(REQUEST) - 8, 3))
def test_one_changed_octet_is_noticed(at: int) -> None:
    changed = bytearray(REQUEST)
    changed[at] ^= 0x04
    with pytest.raises((StunError, struct.error)):
        StunMessage.parse(bytes(changed))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        REQUEST[:19],
        REQUEST[:-1],
        REQUEST[:-4],
        REQUEST + bytes(4),
        REQUEST[:4] + bytes(4) + REQUEST[8:],
        encode(MessageType.REQUEST, TRANSACTION, [(0x8022, bytes(1300))]),
        struct.pack("!HHI12s", 1, 8, 0x2112A442, TRANSACTION) + struct.pack("!HHI", 6, 400, 0),
    ],
)
def test_junk_is_no_message(data: bytes) -> None:
    with pytest.raises(StunError):
        StunMessage.parse(data)


def test_what_follows_the_signature_is_not_believed() -> None:
    data = encode(MessageType.REQUEST, TRANSACTION, [(int(Attribute.USERNAME), b"a:b")], "secret")[:-8]
    extra = struct.pack("!HH", Attribute.USE_CANDIDATE, 0)
    data = data[:2] + struct.pack("!H", len(data) + len(extra) - 20) + data[4:] + extra
    message = StunMessage.parse(data)
    assert Attribute.USE_CANDIDATE not in message.attributes
    assert message.is_signed_with("secret") and not message.has_fingerprint


@given(st.binary(max_size=200))
def test_nothing_but_its_own_error_comes_of_junk(rest: bytes) -> None:
    data = struct.pack("!HHI12s", 1, len(rest) // 4 * 4, 0x2112A442, TRANSACTION) + rest[: len(rest) // 4 * 4]
    for one in (rest, data):
        try:
            StunMessage.parse(one)
        except (StunError, struct.error):
            continue
