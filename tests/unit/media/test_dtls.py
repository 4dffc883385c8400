"""The handshake between two of our own ends: keys, fingerprints, datagrams, loss."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from callcenter.media.dtls import MAX_DATAGRAM, DtlsAssociation, DtlsIdentity, DtlsState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SERVER, CLIENT = DtlsIdentity(NOW), DtlsIdentity(NOW)


def pair(*, expected: str = CLIENT.fingerprint) -> tuple[DtlsAssociation, DtlsAssociation]:
    return (
        DtlsAssociation(SERVER, (expected,)),
        DtlsAssociation(CLIENT, (SERVER.fingerprint,), client=True),
    )


def exchange(server: DtlsAssociation, client: DtlsAssociation) -> list[int]:
    """Carry datagrams back and forth until both are quiet; return their sizes."""
    sizes: list[int] = []
    while True:
        there, back = client.datagrams_to_send(), server.datagrams_to_send()
        if not there and not back:
            return sizes
        for datagram in there:
            server.receive(datagram)
        for datagram in back:
            client.receive(datagram)
        sizes += [len(one) for one in there + back]


def test_both_ends_come_to_the_same_keys() -> None:
    server, client = pair()
    client.start()
    sizes = exchange(server, client)
    assert (server.state, client.state) == (DtlsState.CONNECTED, DtlsState.CONNECTED)
    assert server.keys is not None and client.keys is not None
    assert server.keys.suite is client.keys.suite
    assert (server.keys.local, server.keys.remote) == (client.keys.remote, client.keys.local)
    assert server.keys.local != server.keys.remote
    assert len(server.keys.local) == server.keys.suite.key_length + server.keys.suite.salt_length
    assert max(sizes) <= MAX_DATAGRAM and len(sizes) <= 6
    assert server.deadline(5.0) is None


def test_no_two_calls_share_keys() -> None:
    keys = set()
    for _ in range(3):
        server, client = pair()
        client.start()
        exchange(server, client)
        assert server.keys is not None
        keys |= {server.keys.local, server.keys.remote}
    assert len(keys) == 6


def test_another_certificate_than_the_description_names_gets_no_keys() -> None:
    server, client = pair(expected=SERVER.fingerprint)
    client.start()
    exchange(server, client)
    assert (server.state, server.keys) == (DtlsState.FAILED, None)
    assert "certificate" in server.failure
    server.receive(b"\x16" + bytes(40))
    assert server.state is DtlsState.FAILED


@pytest.mark.parametrize("algorithm", ["sha-384", "sha-512"])
def test_one_matching_fingerprint_of_several_is_enough(algorithm: str) -> None:
    wrong = f"{algorithm} " + ":".join(["00"] * {"sha-384": 48, "sha-512": 64}[algorithm])
    server = DtlsAssociation(SERVER, (wrong, CLIENT.fingerprint))
    client = DtlsAssociation(CLIENT, (SERVER.fingerprint,), client=True)
    client.start()
    exchange(server, client)
    assert server.state is DtlsState.CONNECTED


def test_a_lost_flight_is_sent_again_when_its_time_has_come() -> None:
    server, client = pair()
    client.start()
    for datagram in client.datagrams_to_send():
        server.receive(datagram)
    lost = server.datagrams_to_send()
    assert lost
    deadline = server.deadline(100.0)
    assert deadline is not None and 100.0 < deadline <= 101.1
    # The client hears nothing and repeats itself: the server answers with the same flight, not a second association.
    server.receive(b"\x16\xfe\xfd")
    assert server.keys is None
    for datagram in lost:
        client.receive(datagram)
    exchange(server, client)
    assert server.state is DtlsState.CONNECTED


def test_a_goodbye_is_understood() -> None:
    server, client = pair()
    client.start()
    exchange(server, client)
    client.close()
    exchange(server, client)
    assert server.state is DtlsState.CLOSED


def test_data_and_what_follows_a_goodbye_are_not_kept() -> None:
    server, client = pair()
    client.start()
    exchange(server, client)
    for _ in range(3):
        client._connection.send(b"not expected")
    server.receive(b"".join(client.datagrams_to_send()))
    client.close()
    goodbye = client.datagrams_to_send()
    server.receive(b"".join(goodbye))
    assert server.state is DtlsState.CLOSED  # The goodbye did not wait behind the data.
    del server._connection
    server.receive(goodbye[0])  # OpenSSL gets no more of it.


@pytest.mark.parametrize(
    "junk", [b"\x16", b"\x16\xfe\xfd" + bytes(10), b"\x16\xfe\xff" + b"\xff" * 1200, b"\x14" + bytes(60), b"\x17" * 13]
)
def test_junk_before_a_handshake_does_not_spoil_it(junk: bytes) -> None:
    server, client = pair()
    server.receive(junk)
    client.start()
    exchange(server, client)
    assert server.state is DtlsState.CONNECTED
    server.receive(junk)
    assert server.state is DtlsState.CONNECTED


def test_certificates_differ_and_tell_their_fingerprint() -> None:
    assert SERVER.fingerprint != CLIENT.fingerprint
    algorithm, digest = SERVER.fingerprint.split(" ")
    assert algorithm == "sha-256" and len(bytes.fromhex(digest.replace(":", ""))) == 32
