"""Faults happen as often as asked for, and the same every time."""

from __future__ import annotations

import socket

import pytest

from callcenter.testing.udp_fault_proxy import FaultModel, Faults, UdpFaultProxy


def fates(faults: Faults, count: int = 1000, seed: int = 7) -> list[list[float]]:
    model = FaultModel(faults, seed)
    return [model.deliveries(b"data", 1.0) for _ in range(count)]


def test_without_faults_everything_is_delivered_at_once() -> None:
    assert fates(Faults(), 10) == 10 * [[1.0]]


def test_the_same_seed_gives_the_same_faults() -> None:
    faults = Faults(loss=0.2, duplicate=0.1, jitter=0.02, reorder=0.1)
    assert fates(faults) == fates(faults)
    assert fates(faults) != fates(faults, seed=8)


def test_loss_duplicates_and_delay_have_the_share_asked_for() -> None:
    assert sum(not fate for fate in fates(Faults(loss=0.2))) == pytest.approx(200, abs=40)
    assert sum(len(fate) == 2 for fate in fates(Faults(duplicate=0.1))) == pytest.approx(100, abs=30)
    assert {fate[0] for fate in fates(Faults(delay=0.5))} == {1.5}
    assert all(1.0 <= fate[0] < 1.02 for fate in fates(Faults(jitter=0.02)))
    assert sum(fate[0] > 1.0 for fate in fates(Faults(reorder=0.1))) == pytest.approx(100, abs=30)


def test_bursts_lose_their_whole_length() -> None:
    lost = [not fate for fate in fates(Faults(burst_loss=0.01, burst_length=4))]
    runs = "".join("x" if one else "." for one in lost).replace(".", " ").split()
    assert runs
    assert all(len(run) % 4 == 0 for run in runs)


def test_a_rule_drops_exactly_what_it_names() -> None:
    model = FaultModel(Faults(drop=lambda data: data.startswith(b"SIP/2.0 200")), 1)
    assert model.deliveries(b"SIP/2.0 200 OK", 0.0) == []
    assert model.deliveries(b"SIP/2.0 180 Ringing", 0.0) == [0.0]


def test_the_proxy_carries_both_directions_for_each_peer() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        for sock in (server, one, two):
            sock.bind(("127.0.0.1", 0))
            sock.settimeout(2)
        with UdpFaultProxy(server.getsockname()) as proxy:
            for peer, word in ((one, b"one"), (two, b"two")):
                peer.sendto(word, proxy.address)
                data, sender = server.recvfrom(100)
                server.sendto(b"for " + data, sender)
                assert peer.recv(100) == b"for " + word
            proxy.change(loss=1.0)
            one.sendto(b"lost", proxy.address)
            server.settimeout(0.1)
            with pytest.raises(TimeoutError):
                server.recv(100)
        assert (proxy.delivered, proxy.lost) == (4, 1)
