"""The DTLS handshake that SRTP keys come from (RFC 5764), as the server, over datagrams handed in and out.

OpenSSL does the protocol on memory buffers. Those forget where one datagram ended, so what it writes is cut at record
borders and joined again up to :data:`MAX_DATAGRAM`. Its retransmission timer is asked for and given back as a deadline.
"""

from __future__ import annotations

import datetime
from enum import Enum, auto

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from callcenter.rtp.srtp_keys import DTLS_SUITES, SrtpKeys, SrtpSuite, suite_of_dtls

MAX_DATAGRAM = 1200
"Octets: passes every network that carries IPv6, tunnels included."
_RECORD_HEADER = 13
_EXPORTER_LABEL = b"EXTRACTOR-dtls_srtp"
_DTLS_1_2 = 0xFEFD
_LIFETIME = datetime.timedelta(days=3650)
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha-256": hashes.SHA256,
    "sha-384": hashes.SHA384,
    "sha-512": hashes.SHA512,
}
_CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:"
    b"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"
)


class DtlsIdentity:
    """A self-signed certificate and everything the handshakes of a process share (RFC 8827 §6.5: ECDSA on P-256).

    :param now: aware UTC, for the certificate's validity, which nobody checks but everybody reads.
    """

    def __init__(self, now: datetime.datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "callcenter")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + _LIFETIME)
            .sign(key, hashes.SHA256())
        )
        self.fingerprint = fingerprint_of(certificate, "sha-256")
        "``sha-256 AB:CD:…``"
        self.context = _context(certificate, key)


def _context(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> SSL.Context:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_min_proto_version(_DTLS_1_2)
    context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
    # Whose certificate it is says the fingerprint in the description, not a chain (RFC 5763 §5).
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_cipher_list(_CIPHERS)
    context.set_tlsext_use_srtp(b":".join(suite.dtls_name for suite in DTLS_SUITES))
    return context


def fingerprint_of(certificate: x509.Certificate, algorithm: str) -> str:
    """Return the fingerprint as it stands in a description (RFC 8122 §5)."""
    return f"{algorithm} {certificate.fingerprint(_HASHES[algorithm]()).hex(':').upper()}"


class DtlsState(Enum):
    """How far an association has come."""

    HANDSHAKING = auto()
    CONNECTED = auto()
    CLOSED = auto()
    "The peer said goodbye."
    FAILED = auto()
    "It will not come about; :attr:`DtlsAssociation.failure` says why."


class DtlsAssociation:
    """One association: feed it with :meth:`receive`, send what :meth:`datagrams_to_send` returns, mind the deadline.

    :param fingerprints: what the peer's certificate must match, at least one of them.
    :param client: take the active role; only test peers do.
    """

    def __init__(self, identity: DtlsIdentity, fingerprints: tuple[str, ...], *, client: bool = False) -> None:
        self.state = DtlsState.HANDSHAKING
        self.keys: SrtpKeys | None = None
        "Set when connected."
        self.failure = ""
        self.fingerprints = fingerprints
        self._client = client
        self._connection = SSL.Connection(identity.context, None)
        if client:
            self._connection.set_connect_state()
        else:
            self._connection.set_accept_state()
        self._connection.set_ciphertext_mtu(MAX_DATAGRAM)

    def start(self) -> None:
        """Begin; needed of the client only."""
        self._proceed()

    def receive(self, datagram: bytes) -> None:
        """Take a datagram that looks like DTLS."""
        if self.state in (DtlsState.FAILED, DtlsState.CLOSED):
            return  # OpenSSL reads no more, so what was written to its buffer would stay there.
        self._connection.bio_write(datagram)
        if self.state is DtlsState.HANDSHAKING:
            self._proceed()
            return
        try:
            # Nobody sends data here; a retransmitted handshake is answered, an alert read. One record at a time.
            while True:
                self._connection.recv(2048)
        except SSL.ZeroReturnError:
            self.state = DtlsState.CLOSED
        except SSL.Error:
            return

    def deadline(self, now: float) -> float | None:
        """Return when :meth:`handle_timer` is due, monotonic seconds; ``None`` when nothing is outstanding."""
        if self.state is not DtlsState.HANDSHAKING:
            return None
        timeout = self._connection.DTLSv1_get_timeout()
        return None if timeout is None else now + timeout

    def handle_timer(self) -> None:
        """Retransmit what was not answered."""
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error as error:
            self._fail(f"no answer to the handshake ({_words(error)})")

    def datagrams_to_send(self) -> list[bytes]:
        """Return what is to be sent, in datagrams of whole records."""
        datagrams: list[bytes] = []
        waiting = b""
        for record in self._records():
            if waiting and len(waiting) + len(record) > MAX_DATAGRAM:
                datagrams.append(waiting)
                waiting = b""
            waiting += record
        if waiting:
            datagrams.append(waiting)
        return datagrams

    def close(self) -> None:
        """Say goodbye; its datagrams are then to be sent."""
        if self.state is DtlsState.CONNECTED:
            try:
                self._connection.shutdown()
            except SSL.Error:
                return
            self.state = DtlsState.CLOSED

    def _records(self) -> list[bytes]:
        records: list[bytes] = []
        while True:
            try:
                data = self._connection.bio_read(65_535)
            except SSL.Error:
                return records
            at = 0
            while at < len(data):
                end = at + _RECORD_HEADER + int.from_bytes(data[at + 11 : at + 13], "big")
                records.append(data[at:end])
                at = end

    def _proceed(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            self._fail(f"the handshake failed ({_words(error)})")
            return
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None or not self._is_expected(certificate):
            self._fail("the certificate is not the one that the session description names")
            return
        suite = suite_of_dtls(self._connection.get_selected_srtp_profile())
        if suite is None:
            self._fail("no SRTP protection profile in common")
            return
        self.keys = self._export(suite)
        self.state = DtlsState.CONNECTED

    def _is_expected(self, certificate: x509.Certificate) -> bool:
        return any(
            fingerprint_of(certificate, fingerprint.partition(" ")[0]) == fingerprint
            for fingerprint in self.fingerprints
        )

    def _export(self, suite: SrtpSuite) -> SrtpKeys:
        """Cut the exported material into client key, server key, client salt, server salt (RFC 5764 §4.2)."""
        key, salt = suite.key_length, suite.salt_length
        material = self._connection.export_keying_material(_EXPORTER_LABEL, 2 * (key + salt))
        client = material[:key] + material[2 * key : 2 * key + salt]
        server = material[key : 2 * key] + material[2 * key + salt :]
        return SrtpKeys(suite, client, server) if self._client else SrtpKeys(suite, server, client)

    def _fail(self, reason: str) -> None:
        self.state = DtlsState.FAILED
        self.failure = reason


def _words(error: SSL.Error) -> str:
    """Return what OpenSSL says, without its numbers."""
    details = error.args[0] if error.args else ()
    return "; ".join(str(part[-1]) for part in details if part) if isinstance(details, (list, tuple)) else str(details)
