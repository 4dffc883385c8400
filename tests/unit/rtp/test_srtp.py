"""SRTP in place: held to pylibsrtp's own methods and to the test vectors that libsrtp is proved with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from callcenter.rtp import rtcp
from callcenter.rtp.packet import RtpPacket
from callcenter.rtp.srtp import SrtpReceiver, SrtpSender
from callcenter.rtp.srtp_keys import DTLS_SUITES, SrtpKeys, SrtpSuite, suite_of_dtls

PROFILES = {
    SrtpSuite.AES_CM_128_HMAC_SHA1_80: Policy.SRTP_PROFILE_AES128_CM_SHA1_80,
    SrtpSuite.AES_CM_128_HMAC_SHA1_32: Policy.SRTP_PROFILE_AES128_CM_SHA1_32,
    SrtpSuite.AEAD_AES_128_GCM: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    SrtpSuite.AEAD_AES_256_GCM: Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}
REPORT = rtcp.encode([rtcp.ReceiverReport(ssrc=5), rtcp.SourceDescription(ssrc=5, cname="x")])
suites = pytest.mark.parametrize("suite", list(SrtpSuite))


def key(suite: SrtpSuite, first: int = 0) -> bytes:
    return bytes(range(first, first + suite.key_length + suite.salt_length))


def packet(number: int, payload: bytes = bytes(160), ssrc: int = 9) -> bytes:
    return bytes(
        RtpPacket(payload_type=8, sequence_number=number & 0xFFFF, timestamp=160 * number, ssrc=ssrc, payload=payload)
    )


class InPlace:
    """A buffer and what works on it."""

    def __init__(self, suite: SrtpSuite, secret: bytes) -> None:
        self.data = bytearray(2048)
        self.sender = SrtpSender(suite, secret, self.data)
        self.receiver = SrtpReceiver(suite, secret, self.data)

    def run(self, transform: str, data: bytes) -> bytes | None:
        self.data[: len(data)] = data
        side = self.sender if transform.startswith("protect") else self.receiver
        size: int = getattr(side, transform)(len(data))
        return bytes(self.data[:size]) if size >= 0 else None


@suites
def test_in_place_does_what_the_librarys_own_methods_do(suite: SrtpSuite) -> None:
    ours = InPlace(suite, key(suite))
    theirs = Session(Policy(key(suite), Policy.SSRC_ANY_OUTBOUND, 0, PROFILES[suite]))
    opposite = Session(Policy(key(suite), Policy.SSRC_ANY_INBOUND, 0, PROFILES[suite]))
    for number in range(65_530, 65_545):  # over the wrap of the sequence number
        plain = packet(number)
        sealed = ours.run("protect", plain)
        assert sealed is not None and sealed == theirs.protect(plain) and sealed != plain
        assert opposite.unprotect(sealed) == plain
        assert ours.run("unprotect", sealed) == plain
    report = ours.run("protect_rtcp", REPORT)
    assert report is not None and opposite.unprotect_rtcp(report) == REPORT
    assert ours.run("unprotect_rtcp", report) == REPORT


@suites
def test_forged_damaged_replayed_and_foreign_packets_are_refused(suite: SrtpSuite) -> None:
    ours = InPlace(suite, key(suite))
    stranger = InPlace(suite, key(suite, 100))
    sealed = ours.run("protect", packet(1))
    foreign = stranger.run("protect", packet(2))
    assert sealed is not None and foreign is not None
    for at in (1, 3, 7, 11, 12, 100, len(sealed) - 1):
        damaged = bytearray(sealed)
        damaged[at] ^= 1
        assert ours.run("unprotect", bytes(damaged)) is None
    assert ours.run("unprotect", foreign) is None
    assert ours.run("unprotect", packet(3)) is None
    assert ours.run("unprotect", sealed) == packet(1)
    assert ours.run("unprotect", sealed) is None
    report = ours.run("protect_rtcp", REPORT)
    assert report is not None
    assert ours.run("unprotect_rtcp", REPORT) is None
    assert ours.run("unprotect_rtcp", report) == REPORT
    assert ours.run("unprotect_rtcp", report) is None


@suites
def test_a_sequence_number_never_goes_out_twice(suite: SrtpSuite) -> None:
    ours = InPlace(suite, key(suite))
    assert ours.run("protect", packet(10)) is not None
    assert ours.run("protect", packet(10, b"\1" * 160)) is None
    assert ours.run("protect", packet(9)) is not None  # late, but new
    assert ours.run("protect", packet(5000)) is not None
    assert ours.run("protect", packet(11)) is None  # too old to tell


@suites
def test_a_second_source_with_the_same_key_is_heard(suite: SrtpSuite) -> None:
    ours = InPlace(suite, key(suite))
    for ssrc in (9, 10):
        sealed = ours.run("protect", packet(1, ssrc=ssrc))
        assert sealed is not None and ours.run("unprotect", sealed) == packet(1, ssrc=ssrc)


@given(st.binary(max_size=300), st.sampled_from(list(SrtpSuite)))
def test_junk_is_refused_and_harms_nothing(data: bytes, suite: SrtpSuite) -> None:
    ours = InPlace(suite, key(suite))
    assert ours.run("unprotect", data) is None
    assert ours.run("unprotect_rtcp", data) is None
    sealed = ours.run("protect", packet(1))
    assert sealed is not None and ours.run("unprotect", sealed) == packet(1)


def test_the_gcm_vector_of_libsrtp() -> None:
    suite = SrtpSuite.AEAD_AES_128_GCM
    secret = bytes.fromhex("000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab")
    plain = bytes.fromhex("800f1234decafbadcafebabe") + b"\xab" * 16
    sealed = InPlace(suite, secret).run("protect", plain)
    assert sealed is not None
    assert sealed.hex() == ("800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392")


def test_the_counter_mode_vector_of_libsrtp() -> None:
    suite = SrtpSuite.AES_CM_128_HMAC_SHA1_80
    secret = bytes.fromhex("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6")
    plain = bytes.fromhex("800f1234decafbadcafebabe") + b"\xab" * 16
    sealed = InPlace(suite, secret).run("protect", plain)
    assert sealed is not None
    assert sealed.hex() == "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"


def test_a_key_of_the_wrong_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="30 octets"):
        SrtpSender(SrtpSuite.AES_CM_128_HMAC_SHA1_80, bytes(16), bytearray(100))


def test_keys_do_not_show() -> None:
    assert "secret" not in repr(SrtpKeys(SrtpSuite.AEAD_AES_128_GCM, b"secret", b"secret"))


def test_names() -> None:
    assert [suite_of_dtls(suite.dtls_name) for suite in DTLS_SUITES] == list(DTLS_SUITES)
    assert suite_of_dtls(b"SRTP_NULL_SHA1_80") is None
