"""Digest authentication for SIP (RFC 7616, RFC 8760, RFC 3261 §22), both sides, without clock or random source of its
own.

Server: a nonce carries its expiry and is signed together with the address it was given to, so nothing is stored until
it is used with the right password; from then on the highest nonce count is kept and must rise. Every refusal takes the
same path through the same hashes, whether the user exists or not.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from callcenter.base.errors import LocalError
from callcenter.sip.grammar import SipParseError, quote
from callcenter.sip.headers import AuthParams
from callcenter.sip.uri import SipUri

MAX_NONCE_LIFETIME = 300
"Seconds; a longer life of a nonce only helps whoever stole one."
_HASHES: dict[str, Callable[[bytes], hashlib._Hash]] = {"SHA-256": hashlib.sha256, "MD5": hashlib.md5}
"Supported algorithms, strongest first (RFC 8760 §2.3)."
_NONCE_RANDOM = 16
_NONCE_MAC = 16

RandomBytes = Callable[[int], bytes]
"A cryptographic random source such as ``os.urandom``."


class Ha1(NamedTuple):
    """``H(username:realm:password)`` in lower-case hex for each algorithm: what is stored instead of the password."""

    md5: str
    sha256: str

    @classmethod
    def of(cls, username: str, realm: str, password: str) -> Ha1:
        """Compute both from a password."""
        text = f"{username}:{realm}:{password}".encode()
        return cls(hashlib.md5(text, usedforsecurity=False).hexdigest(), hashlib.sha256(text).hexdigest())

    def for_algorithm(self, algorithm: str) -> str:
        """Return the hash for ``MD5`` or ``SHA-256``."""
        return self.md5 if algorithm == "MD5" else self.sha256


CredentialsLookup = Callable[[str], Ha1 | None]
"Finds the stored hashes of a user name; None for an unknown or disabled one."


class Denial(StrEnum):
    """Why credentials were not accepted."""

    MISSING = "missing"
    "No Digest credentials for our realm: the usual first request."
    MALFORMED = "malformed"
    "Not readable, or parts are missing."
    UNSUPPORTED = "unsupported"
    "Another algorithm, or no qop=auth: a downgrade."
    WRONG_URI = "wrong_uri"
    "The digest was made for another Request-URI."
    STALE_NONCE = "stale_nonce"
    "Right password, but the nonce is used up, expired, forged or belongs to another address."
    WRONG_CREDENTIALS = "wrong_credentials"
    "Unknown user or wrong password."


@dataclass(frozen=True, slots=True)
class Verified:
    """The request was made by somebody who knows the password of ``username``."""

    username: str
    algorithm: str
    nonce: str

    def is_user_of(self, uri: SipUri) -> bool:
        """Tell whether these credentials belong to the user part of ``uri``: one user may not register another."""
        return self.username == uri.username


@dataclass(frozen=True, slots=True)
class Denied:
    """The request is not authenticated; challenge again with ``stale``."""

    reason: Denial
    stale: bool = False
    "True tells the client to try again with the new nonce and the same password (RFC 7616 §3.3)."
    username: str = ""
    "The user name claimed, for throttling; empty when unreadable."


class DigestAuthenticator:
    """Challenges and verifies requests for one realm."""

    def __init__(
        self,
        realm: str,
        secret: bytes,
        nonce_lifetime: float = MAX_NONCE_LIFETIME,
        *,
        random: RandomBytes,
        max_nonces: int = 100_000,
        algorithms: Sequence[str] = tuple(_HASHES),
    ) -> None:
        """Prepare.

        :param secret: signs nonces: random, 16 to 64 bytes.
        :param max_nonces: bounds the memory of used nonces.
        :param algorithms: which of ``MD5`` and ``SHA-256`` are offered and accepted.
        """
        self._algorithms = tuple(name for name in _HASHES if name in algorithms)
        if not self._algorithms or not _HASHES.keys() >= set(algorithms):
            raise LocalError("digest algorithms are MD5, SHA-256 or both")
        if not 0 < nonce_lifetime <= MAX_NONCE_LIFETIME or not 16 <= len(secret) <= 64 or max_nonces < 1:
            raise LocalError("a nonce lives at most 300 s and its secret has 16 to 64 bytes")
        self.realm = realm
        self._secret = secret
        self._lifetime = nonce_lifetime
        self._random = random
        self._max_nonces = max_nonces
        self._used: OrderedDict[str, tuple[int, int]] = OrderedDict()
        "Nonce to (expiry in ms, highest nonce count), oldest use first."
        self._forgotten = 0
        "Highest expiry of a nonce that had to be forgotten before its time; unknown nonces up to it are not accepted."
        self._dummy = Ha1(self._sign(b"dummy md5").hex(), self._sign(b"dummy sha256").hex() * 2)

    # Public methods for answering requests.

    def challenge(self, now: float, source: str, stale: bool = False) -> list[str]:
        """Return the values of the WWW-Authenticate (or Proxy-Authenticate) headers, SHA-256 first (RFC 8760 §2.4).

        ``now`` is in monotonic seconds; ``source`` is the address the request came from: the nonce works from there
        only.
        """
        nonce = self._make_nonce(int((now + self._lifetime) * 1000), self._random(_NONCE_RANDOM), source)
        flag = ", stale=true" if stale else ""
        return [
            f'Digest realm={quote(self.realm)}, nonce="{nonce}", algorithm={algorithm}, qop="auth"{flag}'
            for algorithm in self._algorithms
        ]

    def verify(
        self,
        method: str,
        authorization: str | Sequence[str] | None,
        request_uri: str,
        credentials_lookup: CredentialsLookup,
        now: float,
        source: str,
    ) -> Verified | Denied:
        """Check the Authorization value(s) of a request; never raises for what the peer sent.

        Each success consumes a nonce count: verify a request once.
        """
        try:
            auth = self._select(authorization)
            if auth is None:
                return Denied(Denial.MISSING)
            claim = _Claim.read(auth)
        except SipParseError:
            return Denied(Denial.MALFORMED)
        if claim.algorithm not in self._algorithms or claim.qop != "auth":
            return Denied(Denial.UNSUPPORTED, username=claim.username)
        stored = credentials_lookup(claim.username)
        ha1 = (stored if stored is not None else self._dummy).for_algorithm(claim.algorithm)
        expected = _response(claim.algorithm, ha1, method, claim)
        proven = hmac.compare_digest(expected.encode(), claim.response.lower().encode("utf-8", "surrogateescape"))
        fresh = self._is_fresh(claim.nonce, claim.uses, now, source)
        if not proven or stored is None:
            return Denied(Denial.WRONG_CREDENTIALS, username=claim.username)
        if not _same_uri(claim.uri, request_uri):
            return Denied(Denial.WRONG_URI, username=claim.username)
        if not fresh:
            return Denied(Denial.STALE_NONCE, stale=True, username=claim.username)
        self._remember(claim.nonce, claim.uses, now)
        return Verified(claim.username, claim.algorithm, claim.nonce)

    @property
    def nonces_in_use(self) -> int:
        """How many nonces are remembered."""
        return len(self._used)

    # Internals.

    def _select(self, authorization: str | Sequence[str] | None) -> AuthParams | None:
        """Return the first Digest credentials for our realm; those for other realms are not for us (§22.3)."""
        values = [authorization] if isinstance(authorization, str) else authorization or ()
        for value in values:
            if value[:6].lower() == "digest":
                auth = AuthParams.parse(value)
                if auth.get("realm") == self.realm:
                    return auth
        return None

    def _sign(self, data: bytes) -> bytes:
        # Keyed BLAKE2 is a MAC by itself (RFC 7693 §2.9) and half the cost of OpenSSL's HMAC on a text this short.
        return hashlib.blake2b(data, digest_size=_NONCE_MAC, key=self._secret).digest()

    def _make_nonce(self, expiry: int, salt: bytes, source: str) -> str:
        head = expiry.to_bytes(8, "big") + salt
        return urlsafe_b64encode(head + self._sign(head + source.encode() + b"\0" + self.realm.encode())).decode()

    def _is_fresh(self, nonce: str, count: int, now: float, source: str) -> bool:
        """Tell whether we made this nonce for this source, it has not expired, and the count rises."""
        expiry = _nonce_expiry(nonce)
        if expiry is None:
            return False
        head = urlsafe_b64decode(nonce)[: 8 + _NONCE_RANDOM]
        genuine = hmac.compare_digest(self._make_nonce(expiry, head[8:], source).encode(), nonce.encode())
        if not genuine or expiry <= now * 1000 or count < 1:
            return False
        used = self._used.get(nonce)
        return expiry > self._forgotten if used is None else count > used[1]

    def _remember(self, nonce: str, count: int, now: float) -> None:
        used = self._used
        used[nonce] = (_nonce_expiry(nonce) or 0, count)
        used.move_to_end(nonce)
        while True:  # The nonce just entered is fresh, so there always is an entry to stop at.
            oldest, (expiry, _) = next(iter(used.items()))
            if expiry > now * 1000:
                if len(used) <= self._max_nonces:
                    break
                self._forgotten = max(self._forgotten, expiry)
            del used[oldest]


class _Claim(NamedTuple):
    """The parts of Digest credentials that take part in the proof, unquoted."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str
    qop: str
    cnonce: str
    nc: str
    uses: int

    @classmethod
    def read(cls, auth: AuthParams) -> _Claim:
        username, realm, nonce = auth.get("username"), auth.get("realm"), auth.get("nonce")
        uri, response = auth.get("uri"), auth.get("response")
        if not (username and realm and nonce and uri and response):
            raise SipParseError("Malformed credentials")
        qop = (auth.get("qop") or "").lower()
        cnonce, nc = auth.get("cnonce") or "", auth.get("nc") or ""
        if qop and (not cnonce or len(nc) != 8 or nc.strip("0123456789abcdefABCDEF")):
            raise SipParseError("Malformed credentials")
        algorithm = (auth.get("algorithm") or "MD5").upper()
        return cls(username, realm, nonce, uri, response, algorithm, qop, cnonce, nc, int(nc, 16) if qop else 0)


def _hash(algorithm: str, text: str) -> str:
    return _HASHES[algorithm](text.encode("utf-8", "surrogateescape")).hexdigest()


def _response(algorithm: str, ha1: str, method: str, claim: _Claim) -> str:
    """Compute the request-digest (RFC 7616 §3.4.1), in the form of RFC 2069 when there is no qop."""
    ha2 = _hash(algorithm, f"{method}:{claim.uri}")
    if not claim.qop:
        return _hash(algorithm, f"{ha1}:{claim.nonce}:{ha2}")
    return _hash(algorithm, f"{ha1}:{claim.nonce}:{claim.nc}:{claim.cnonce}:{claim.qop}:{ha2}")


def _nonce_expiry(nonce: str) -> int | None:
    """Return the expiry in ms written into a nonce, None when it is not one of ours by its shape."""
    try:
        raw = urlsafe_b64decode(nonce.encode("ascii"))
    except (Base64Error, ValueError):
        return None
    return int.from_bytes(raw[:8], "big") if len(raw) == 8 + _NONCE_RANDOM + _NONCE_MAC else None


def _same_uri(claimed: str, request_uri: str) -> bool:
    """Compare the digest-uri with the Request-URI: equal text or equivalent by RFC 3261 §19.1.4."""
    if claimed == request_uri:
        return True
    try:
        return SipUri.parse(claimed).equivalent(SipUri.parse(request_uri))
    except SipParseError:
        return False


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What we log in with at a peer."""

    username: str
    password: str
    realm: str | None = None
    "The only realm these may be sent to; None accepts any realm and is for peers whose address was verified."


class DigestClient:
    """Answers the challenges of one peer; counts the uses of its nonce."""

    def __init__(self, credentials: Credentials, *, random: RandomBytes) -> None:
        self._credentials = credentials
        self._random = random
        self._challenge: AuthParams | None = None
        self._algorithm = ""
        self._count = 0

    def authorize(self, challenges: str | Sequence[str], method: str, uri: str) -> str | None:
        """Return the Authorization value that answers a 401 or 407, or None to give up.

        ``challenges`` are all WWW-Authenticate (Proxy-Authenticate) values of the response. The strongest algorithm
        that we know is answered (RFC 8760 §2.4). None: no challenge for our realm, none that we support, or our answer
        to this very nonce was just refused, so the password is wrong.
        """
        best: tuple[int, AuthParams, str] | None = None
        for value in [challenges] if isinstance(challenges, str) else challenges:
            try:
                offered = AuthParams.parse(value)
            except SipParseError:
                continue
            algorithm = (offered.get("algorithm") or "MD5").upper()
            if algorithm in _HASHES and self._is_acceptable(offered):
                rank = list(_HASHES).index(algorithm)
                if best is None or rank < best[0]:
                    best = (rank, offered, algorithm)
        if best is None:
            return None
        _, challenge, algorithm = best
        last = self._challenge
        stale = (challenge.get("stale") or "").lower() == "true"
        if last is not None and last.get("nonce") == challenge.get("nonce") and not stale:
            self._challenge = None
            return None
        self._challenge, self._algorithm, self._count = challenge, algorithm, 0
        return self.reuse(method, uri)

    def reuse(self, method: str, uri: str) -> str | None:
        """Return an Authorization value for a further request with the nonce at hand; None before any challenge."""
        challenge = self._challenge
        if challenge is None:
            return None
        self._count += 1
        realm, nonce = challenge.get("realm") or "", challenge.get("nonce") or ""
        qop = "auth" if challenge.get("qop") else ""
        claim = _Claim(
            self._credentials.username,
            realm,
            nonce,
            uri,
            "",
            self._algorithm,
            qop,
            self._random(16).hex() if qop else "",
            f"{self._count:08x}",
            self._count,
        )
        ha1 = _hash(self._algorithm, f"{claim.username}:{realm}:{self._credentials.password}")
        text = (
            f"Digest username={quote(claim.username)}, realm={quote(realm)}, nonce={quote(nonce)}, uri={quote(uri)}, "
            f'response="{_response(self._algorithm, ha1, method, claim)}", algorithm={self._algorithm}'
        )
        if qop:
            text += f', cnonce="{claim.cnonce}", qop=auth, nc={claim.nc}'
        opaque = challenge.get("opaque")
        return text if opaque is None else f"{text}, opaque={quote(opaque)}"

    def _is_acceptable(self, challenge: AuthParams) -> bool:
        """Check scheme, realm and qop; a challenge without qop is RFC 2069's, still seen from carriers."""
        if challenge.scheme != "digest" or not challenge.get("nonce") or challenge.get("realm") is None:
            return False
        if self._credentials.realm is not None and challenge.get("realm") != self._credentials.realm:
            return False
        qop = challenge.get("qop")
        return not qop or "auth" in [option.strip().lower() for option in qop.split(",")]
