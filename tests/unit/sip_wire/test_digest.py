"""Digest authentication, both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from callcenter.base.errors import LocalError
from callcenter.sip.digest import (
    Credentials,
    Denial,
    Denied,
    DigestAuthenticator,
    DigestClient,
    Ha1,
    Verified,
)
from callcenter.sip.headers import AuthParams
from callcenter.sip.uri import SipUri

REALM = "pbx.example.vn"
SECRET = bytes(range(32))
SOURCE = "192.0.2.1"
URI = "sip:pbx.example.vn"
USERS = {"1001": Ha1.of("1001", REALM, "correct horse"), "a b": Ha1.of("a b", REALM, 'p"w')}


class Counter:
    """A predictable random source: every call gives different octets."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, size: int) -> bytes:
        self.calls += 1
        return self.calls.to_bytes(size, "big")


class Server:
    """An authenticator at one moment, with the arguments that hardly change filled in."""

    def __init__(self, **options: Any) -> None:
        self.auth = DigestAuthenticator(REALM, SECRET, random=Counter(), **options)
        self.now = 1000.0

    def challenge(self, source: str = SOURCE) -> list[str]:
        return self.auth.challenge(self.now, source)

    def verify(
        self, value: str | list[str] | None, *, method: str = "REGISTER", uri: str = URI, source: str = SOURCE
    ) -> Verified | Denied:
        return self.auth.verify(method, value, uri, USERS.get, self.now, source)


def client(password: str = "correct horse", username: str = "1001", realm: str | None = REALM) -> DigestClient:
    return DigestClient(Credentials(username, password, realm), random=Counter())


def answer(server: Server, by: DigestClient | None = None, method: str = "REGISTER", uri: str = URI) -> str:
    value = (by or client()).authorize(server.challenge(), method, uri)
    assert value is not None
    return value


def test_rfc_7616_example() -> None:
    """RFC 7616 §3.9.1, the same challenge in MD5 and SHA-256."""
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
        f'nonce="{nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    cnonce = bytes.fromhex("7f" * 16)
    credentials = Credentials("Mufasa", "Circle of Life", "http-auth@example.org")
    for algorithm, hasher in (("MD5", hashlib.md5), ("SHA-256", hashlib.sha256)):
        value = DigestClient(credentials, random=lambda size: cnonce[:size]).authorize(
            challenge.format(algorithm), "GET", "/dir/index.html"
        )
        assert value is not None
        auth = AuthParams.parse(value)

        def digest(text: str, hasher: Callable[[bytes], hashlib._Hash] = hasher) -> str:
            return hasher(text.encode()).hexdigest()

        ha1 = digest("Mufasa:http-auth@example.org:Circle of Life")
        expected = digest(f"{ha1}:{nonce}:00000001:{cnonce.hex()}:auth:{digest('GET:/dir/index.html')}")
        assert auth.get("response") == expected
        assert auth.get("opaque") == "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
        assert (auth.get("nc"), auth.get("qop"), auth.get("algorithm")) == ("00000001", "auth", algorithm)


def test_known_answers() -> None:
    """The hashes that RFC 7616 §3.9.1 prints, with its own cnonce."""
    nonce, cnonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    for ha1, hasher, expected in (
        ("3d78807defe7de2157e2b0b6573a855f", hashlib.md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            Ha1.of("Mufasa", "http-auth@example.org", "Circle of Life").sha256,
            hashlib.sha256,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ):
        ha2 = hasher(b"GET:/dir/index.html").hexdigest()
        assert hasher(f"{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}".encode()).hexdigest() == expected
    assert Ha1.of("Mufasa", "http-auth@example.org", "Circle of Life").md5 == "3d78807defe7de2157e2b0b6573a855f"


def test_two_challenges_strongest_first() -> None:
    challenges = [AuthParams.parse(value) for value in Server().challenge()]
    assert [challenge.get("algorithm") for challenge in challenges] == ["SHA-256", "MD5"]
    for challenge in challenges:
        assert (challenge.scheme, challenge.get("realm"), challenge.get("qop"), challenge.get("stale")) == (
            "digest",
            REALM,
            "auth",
            None,
        )


def test_every_challenge_has_its_own_nonce() -> None:
    server = Server()
    nonces = {AuthParams.parse(value).get("nonce") for _ in range(3) for value in server.challenge()}
    assert len(nonces) == 3


def test_stale_challenge_says_so() -> None:
    assert server_stale() == ["true", "true"]


def server_stale() -> list[str | None]:
    return [AuthParams.parse(value).get("stale") for value in Server().auth.challenge(0.0, SOURCE, stale=True)]


@pytest.mark.parametrize("index", [0, 1])
def test_right_password(index: int) -> None:
    server = Server()
    value = client().authorize(server.challenge()[index], "REGISTER", URI)
    assert value is not None
    verified = server.verify(value)
    assert isinstance(verified, Verified)
    assert (verified.username, verified.algorithm) == ("1001", ["SHA-256", "MD5"][index])
    assert verified.is_user_of(SipUri.parse("sip:%31001@pbx.example.vn"))
    assert not verified.is_user_of(SipUri.parse("sip:1002@pbx.example.vn"))


def test_user_name_and_password_with_quotes_and_spaces() -> None:
    server = Server()
    assert isinstance(server.verify(answer(server, client('p"w', "a b"))), Verified)


@pytest.mark.parametrize("by", [client("wrong"), client("correct horse", "nobody"), client("", "nobody")])
def test_wrong_password_and_unknown_user_look_the_same(by: DigestClient) -> None:
    server = Server()
    denied = server.verify(answer(server, by))
    assert isinstance(denied, Denied)
    assert (denied.reason, denied.stale) == (Denial.WRONG_CREDENTIALS, False)


def test_unknown_user_cannot_log_in_with_the_dummy_hash() -> None:
    server = Server()
    dummy = server.auth._dummy
    assert (len(dummy.md5), len(dummy.sha256)) == (32, 64)
    claim = AuthParams.parse(answer(server, client("x", "nobody")))
    ha2 = hashlib.sha256(f"REGISTER:{URI}".encode()).hexdigest()
    text = f"{dummy.sha256}:{claim.get('nonce')}:{claim.get('nc')}:{claim.get('cnonce')}:auth:{ha2}"
    forged = (
        f'Digest username="nobody", realm="{REALM}", nonce="{claim.get("nonce")}", uri="{URI}", algorithm=SHA-256, '
        f'response="{hashlib.sha256(text.encode()).hexdigest()}", qop=auth, nc=00000001, cnonce="{claim.get("cnonce")}"'
    )
    assert server.verify(forged) == Denied(Denial.WRONG_CREDENTIALS, username="nobody")


@pytest.mark.parametrize(
    "value", [None, "", [], "Basic dTpw", 'Digest realm="other", nonce="x"', "NoOneKnowsThis opaque=here"]
)
def test_no_credentials_for_us(value: str | list[str] | None) -> None:
    assert Server().verify(value) == Denied(Denial.MISSING)


def test_credentials_for_our_realm_are_picked_among_several() -> None:
    server = Server()
    assert isinstance(server.verify(['Digest realm="other", nonce="x"', answer(server)]), Verified)


def replaced(value: str, name: str, text: str | None) -> str:
    params = {key: val or "" for key, val in AuthParams.parse(value).params.items()}
    if text is None:
        del params[name]
    else:
        params[name] = text
    return "Digest " + ", ".join(f'{key}="{val}"' for key, val in params.items())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("username", None),
        ("username", ""),
        ("nonce", None),
        ("uri", None),
        ("response", None),
        ("cnonce", None),
        ("nc", None),
        ("nc", "1"),
        ("nc", "0000000g"),
        ("nc", "-0000001"),
    ],
)
def test_malformed_credentials(name: str, text: str | None) -> None:
    server = Server()
    assert server.verify(replaced(answer(server), name, text)) == Denied(Denial.MALFORMED)


def test_unreadable_credentials() -> None:
    assert Server().verify('Digest realm="x') == Denied(Denial.MALFORMED)


@pytest.mark.parametrize(
    ("name", "text"), [("qop", None), ("qop", "auth-int"), ("algorithm", "MD5-sess"), ("algorithm", "SHA-1")]
)
def test_downgrade_is_refused(name: str, text: str | None) -> None:
    server = Server()
    assert server.verify(replaced(answer(server), name, text)) == Denied(Denial.UNSUPPORTED, username="1001")


def test_algorithm_defaults_to_md5() -> None:
    server = Server()
    value = client().authorize(server.challenge()[1], "REGISTER", URI)
    assert value is not None
    verified = server.verify(replaced(value, "algorithm", None))
    assert isinstance(verified, Verified)
    assert verified.algorithm == "MD5"


def test_response_digits_may_be_upper_case() -> None:
    server = Server()
    value = answer(server)
    assert isinstance(
        server.verify(replaced(value, "response", (AuthParams.parse(value).get("response") or "").upper())), Verified
    )


def test_response_may_hold_any_octet() -> None:
    server = Server()
    assert isinstance(server.verify(replaced(answer(server), "response", "\udcff\u00e9")), Denied)


def test_other_method_is_refused() -> None:
    server = Server()
    denied = server.verify(answer(server), method="INVITE")
    assert isinstance(denied, Denied)
    assert denied.reason is Denial.WRONG_CREDENTIALS


@pytest.mark.parametrize("uri", ["sip:elsewhere.example", "not a uri", "sip:pbx.example.vn:5060"])
def test_other_request_uri_is_refused(uri: str) -> None:
    server = Server()
    assert server.verify(answer(server, uri=uri)) == Denied(Denial.WRONG_URI, username="1001")


def test_equivalent_request_uri_is_accepted() -> None:
    server = Server()
    assert isinstance(server.verify(answer(server, uri="sip:PBX.example.vn;x=y")), Verified)


def test_replay_is_refused() -> None:
    server = Server()
    value = answer(server)
    assert isinstance(server.verify(value), Verified)
    assert server.verify(value) == Denied(Denial.STALE_NONCE, stale=True, username="1001")


def test_nonce_count_must_rise_but_may_skip() -> None:
    server = Server()
    by = client()
    first = by.authorize(server.challenge(), "REGISTER", URI)
    second, third = by.reuse("REGISTER", URI), by.reuse("REGISTER", URI)
    assert [AuthParams.parse(value or "").get("nc") for value in (first, second, third)] == [
        "00000001",
        "00000002",
        "00000003",
    ]
    assert isinstance(server.verify(second), Verified)
    assert server.verify(first) == Denied(Denial.STALE_NONCE, stale=True, username="1001")
    assert isinstance(server.verify(third), Verified)
    assert server.auth.nonces_in_use == 1


def test_failed_attempts_cost_no_memory() -> None:
    server = Server()
    for _ in range(10):
        server.verify(answer(server, client("wrong")))
    assert server.auth.nonces_in_use == 0


def test_other_address_is_refused() -> None:
    server = Server()
    assert server.verify(answer(server), source="192.0.2.2") == Denied(Denial.STALE_NONCE, stale=True, username="1001")


def test_nonce_expires() -> None:
    server = Server()
    by = client()
    first = by.authorize(server.challenge(), "REGISTER", URI)
    server.now += 299.9
    assert isinstance(server.verify(first), Verified)
    server.now += 0.2
    assert server.verify(by.reuse("REGISTER", URI)) == Denied(Denial.STALE_NONCE, stale=True, username="1001")


def test_expired_nonces_are_forgotten() -> None:
    server = Server()
    assert isinstance(server.verify(answer(server)), Verified)
    server.now += 301
    assert isinstance(server.verify(answer(server)), Verified)
    assert server.auth.nonces_in_use == 1


@pytest.mark.parametrize("nonce", ["x", "é", "AAAA", "A" * 56, "A" * 54 + "=="])
def test_forged_nonce_is_stale_even_with_the_right_password(nonce: str) -> None:
    server = Server()
    value = client().authorize(f'Digest realm="{REALM}", nonce="{nonce}", algorithm=MD5, qop="auth"', "REGISTER", URI)
    assert server.verify(value) == Denied(Denial.STALE_NONCE, stale=True, username="1001")


def test_nonce_of_another_server_is_stale() -> None:
    other = DigestAuthenticator(REALM, b"another secret of 32 octets.....", random=Counter())
    value = client().authorize(other.challenge(1000.0, SOURCE), "REGISTER", URI)
    assert Server().verify(value) == Denied(Denial.STALE_NONCE, stale=True, username="1001")


def test_nonce_count_zero_is_refused() -> None:
    server = Server()
    value = replaced(answer(server), "nc", "00000000")
    claim = AuthParams.parse(value)
    ha2 = hashlib.sha256(f"REGISTER:{URI}".encode()).hexdigest()
    text = f"{USERS['1001'].sha256}:{claim.get('nonce')}:00000000:{claim.get('cnonce')}:auth:{ha2}"
    value = replaced(value, "response", hashlib.sha256(text.encode()).hexdigest())
    assert server.verify(value) == Denied(Denial.STALE_NONCE, stale=True, username="1001")


def test_full_table_forgets_the_oldest_without_accepting_it_again() -> None:
    server = Server(max_nonces=2)
    values = []
    for _ in range(3):
        values.append(answer(server))
        server.now += 1
    for value in values:
        assert isinstance(server.verify(value), Verified)
    assert server.auth.nonces_in_use == 2
    for value in values:
        assert server.verify(value) == Denied(Denial.STALE_NONCE, stale=True, username="1001")


@pytest.mark.parametrize(
    ("secret", "lifetime", "nonces"), [(b"short", 300.0, 1), (SECRET, 301.0, 1), (SECRET, 0.0, 1), (SECRET, 1.0, 0)]
)
def test_unsafe_settings_are_refused(secret: bytes, lifetime: float, nonces: int) -> None:
    with pytest.raises(LocalError):
        DigestAuthenticator(REALM, secret, lifetime, random=Counter(), max_nonces=nonces)


# The client.


def test_client_answers_the_strongest_algorithm() -> None:
    challenges = Server().challenge()
    for order in (challenges, challenges[::-1]):
        value = client().authorize(order, "REGISTER", URI)
        assert AuthParams.parse(value or "").get("algorithm") == "SHA-256"


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="evil.example", nonce="x", qop="auth"',
        'Digest nonce="x", qop="auth"',
        f'Digest realm="{REALM}", qop="auth"',
        f'Digest realm="{REALM}", nonce="x", qop="auth-int"',
        f'Digest realm="{REALM}", nonce="x", algorithm=SHA-512, qop="auth"',
        f'Basic realm="{REALM}", nonce="x"',
        "Digest",
    ],
)
def test_client_gives_no_proof_away(challenge: str) -> None:
    assert client().authorize(challenge, "REGISTER", URI) is None


def test_client_bound_to_no_realm_takes_any() -> None:
    assert client(realm=None).authorize('Digest realm="any", nonce="x", qop="auth"', "INVITE", URI) is not None


def test_client_gives_up_when_its_answer_is_refused() -> None:
    by = client()
    challenge = f'Digest realm="{REALM}", nonce="x", qop="auth"'
    assert by.authorize(challenge, "REGISTER", URI) is not None
    assert by.authorize(challenge, "REGISTER", URI) is None
    assert by.reuse("REGISTER", URI) is None


def test_client_goes_on_after_stale() -> None:
    by = client()
    challenge = f'Digest realm="{REALM}", nonce="x", qop="auth"'
    by.authorize(challenge, "REGISTER", URI)
    again = by.authorize(challenge + ", stale=TRUE", "REGISTER", URI)
    assert AuthParams.parse(again or "").get("nc") == "00000001"


def test_client_without_challenge_has_nothing_to_say() -> None:
    assert client().reuse("REGISTER", URI) is None


def test_client_speaks_rfc_2069_to_old_carriers() -> None:
    value = client().authorize(f'Digest realm="{REALM}", nonce="abc"', "INVITE", URI)
    auth = AuthParams.parse(value or "")
    ha2 = hashlib.md5(f"INVITE:{URI}".encode()).hexdigest()
    expected = hashlib.md5(f"{USERS['1001'].md5}:abc:{ha2}".encode()).hexdigest()
    assert auth.get("response") == expected
    assert (auth.get("qop"), auth.get("nc"), auth.get("cnonce")) == (None, None, None)


def test_secrets_stay_out_of_the_representation() -> None:
    assert "hunter2" not in repr(Credentials("1001", "hunter2"))


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_only_what_is_offered_is_accepted(algorithm: str) -> None:
    both, one = Server(), Server(algorithms=[algorithm])
    challenge = one.challenge()
    assert [AuthParams.parse(value).get("algorithm") for value in challenge] == [algorithm]
    assert isinstance(one.verify(client().authorize(challenge, "REGISTER", URI)), Verified)
    other = [value for value in both.challenge() if f"algorithm={algorithm}," not in value]
    foreign = client().authorize(other, "REGISTER", URI)
    assert isinstance(foreign, str)
    assert one.verify(foreign) == Denied(Denial.UNSUPPORTED, username="1001")
    assert isinstance(both.verify(foreign), Verified)


@pytest.mark.parametrize("algorithms", [[], ["SHA-1"], ["MD5", "MD4"]])
def test_algorithms_are_those_there_are(algorithms: list[str]) -> None:
    with pytest.raises(LocalError):
        Server(algorithms=algorithms)
