"""TLS contexts: ours for those who call in, and theirs checked when we call out (RFC 5922, TLS 1.2 and newer)."""

from __future__ import annotations

import asyncio.sslproto
import os
import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from callcenter.transport.settings import ListenFailed, TlsFiles

SELF_SIGNED_LIFETIME = timedelta(days=3650)
READ_BUFFER_BYTES = 32 * 1024
"Two TLS records. asyncio gives each connection 256 KiB, so that a thousand silent ones would hold 256 MB."


def limit_read_buffers() -> None:
    """Make TLS connections opened from now on by this process hold :data:`READ_BUFFER_BYTES` each."""
    protocol = asyncio.sslproto.SSLProtocol
    protocol.max_size = min(protocol.max_size, READ_BUFFER_BYTES)


def server_context(files: TlsFiles, now: datetime) -> ssl.SSLContext:
    """Return the context for incoming connections; make a self-signed pair first when neither file exists.

    :param now: aware UTC time, from which a self-made certificate is valid.
    :raises ListenFailed: the files cannot be read, written or used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if not files.certificate.exists() and not files.private_key.exists():
            write_self_signed(files, now)
        context.load_cert_chain(files.certificate, files.private_key)
    except (OSError, ssl.SSLError) as error:
        raise ListenFailed(f"SIP TLS certificate {files.certificate}: {error}") from error
    return context


def write_self_signed(files: TlsFiles, now: datetime) -> None:
    """Make a P-256 key and a certificate for ``files.self_signed_names`` and keep both; only we can read the key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, files.self_signed_names[0])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # The peer's clock may be a little behind.
        .not_valid_after(now + SELF_SIGNED_LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_general_name(text) for text in files.self_signed_names]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(files.private_key, private, 0o600)
    _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


class ClientContexts:
    """Contexts for outgoing connections: verifying by default, and one that does not for hosts configured so."""

    def __init__(self, files: TlsFiles | None) -> None:
        self._files = files
        self._unverified_hosts = files.unverified_hosts if files is not None else frozenset()
        self._verifying: ssl.SSLContext | None = None
        self._trusting: ssl.SSLContext | None = None

    def for_host(self, host: str) -> ssl.SSLContext:
        """Return the context for the domain or address ``host`` that the URI named.

        :raises ssl.SSLError: the configured certificate authorities cannot be read (or ``OSError``).
        """
        if host.lower() in self._unverified_hosts:
            if self._trusting is None:
                self._trusting = self._build()
                self._trusting.check_hostname = False
                self._trusting.verify_mode = ssl.CERT_NONE
            return self._trusting
        if self._verifying is None:
            self._verifying = self._build()
        return self._verifying

    def _build(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        files = self._files
        if files is not None:
            if files.ca_file is not None:
                context.load_verify_locations(files.ca_file)
            if files.certificate.exists() and files.private_key.exists():  # For peers that want to know who calls them.
                context.load_cert_chain(files.certificate, files.private_key)
        return context


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write the whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)
