"""The guard: buckets, bans of users before sources, trust, bounds."""

from __future__ import annotations

import pytest

from callcenter.transport.source_guard import Ban, GuardSettings, Offence, SourceGuard

HOST = "192.0.2.1"


def guard(**settings: object) -> SourceGuard:
    return SourceGuard(GuardSettings(**settings))  # type: ignore[arg-type]


def admitted(subject: SourceGuard, source: str, now: float, times: int) -> int:
    return sum(subject.admit(source, now) for _ in range(times))


def test_a_burst_is_admitted_and_then_the_rate() -> None:
    subject = guard(rate=100, burst=200)
    assert admitted(subject, HOST, 0.0, 300) == 200
    assert admitted(subject, HOST, 0.5, 100) == 50
    assert admitted(subject, HOST, 100.0, 300) == 200


def test_one_flooding_source_costs_another_nothing() -> None:
    subject = guard(rate=100, burst=200)
    assert admitted(subject, HOST, 0.0, 1000) == 200
    assert admitted(subject, "192.0.2.2", 0.0, 200) == 200


def test_trusted_networks_are_neither_limited_nor_banned() -> None:
    subject = guard(rate=1, burst=1, trusted=("192.0.2.0/24", "2001:db8::7"))
    assert admitted(subject, HOST, 0.0, 50) == 50
    assert admitted(subject, "2001:db8::7", 0.0, 50) == 50
    assert admitted(subject, "2001:db8::8", 0.0, 50) == 1
    for _ in range(200):
        subject.report(Offence.MALFORMED, HOST, None, 0.0)
    subject.report(Offence.SCANNER, HOST, None, 0.0)
    assert subject.bans(0.0) == []


def test_one_ipv6_network_is_one_source() -> None:
    subject = guard(rate=1, burst=3)
    assert [subject.admit(f"2001:db8::{host}", 0.0) for host in range(1, 5)] == [True, True, True, False]
    assert subject.admit("2001:db8:0:1::1", 0.0)


def test_guessing_at_one_user_bans_that_user_at_that_source_only() -> None:
    subject = guard(user_failures=3, ban_s=300)
    for _ in range(3):
        subject.report(Offence.AUTH_FAILED, HOST, "100", 1.0)
    assert subject.bans(1.0) == [Ban(HOST, "100", Offence.AUTH_FAILED, 301.0)]
    assert subject.has_banned_users(HOST)
    assert not subject.admit_user(HOST, "100", 1.0)
    assert subject.admit_user(HOST, "101", 1.0)
    assert subject.admit_user("192.0.2.2", "100", 1.0)
    assert subject.admit(HOST, 1.0)
    assert subject.admits_connection(HOST, 1.0)


def test_guessing_through_many_users_bans_the_source() -> None:
    subject = guard(users_per_source=4)
    for user in ("1", "2", "3"):
        subject.report(Offence.UNKNOWN_USER, HOST, user, 0.0)
    assert subject.admit(HOST, 0.0)
    subject.report(Offence.AUTH_FAILED, HOST, "4", 0.0)
    assert not subject.admit(HOST, 0.0)
    assert not subject.admits_connection(HOST, 0.0)


def test_users_known_good_at_a_source_raise_the_bar_for_banning_it() -> None:
    subject = guard(users_per_source=2)
    for user in ("a", "b"):
        subject.report(Offence.AUTH_SUCCEEDED, HOST, user, 0.0)
    for user in ("1", "2", "3"):
        subject.report(Offence.AUTH_FAILED, HOST, user, 0.0)
    assert subject.admit(HOST, 0.0)
    subject.report(Offence.AUTH_FAILED, HOST, "4", 0.0)
    assert not subject.admit(HOST, 0.0)


def test_success_clears_a_users_failures() -> None:
    subject = guard(user_failures=3)
    for _ in range(2):
        subject.report(Offence.AUTH_FAILED, HOST, "100", 0.0)
    subject.report(Offence.AUTH_SUCCEEDED, HOST, "100", 0.0)
    for _ in range(2):
        subject.report(Offence.AUTH_FAILED, HOST, "100", 0.0)
    assert subject.admit_user(HOST, "100", 0.0)


def test_failures_further_apart_than_the_window_do_not_add_up() -> None:
    subject = guard(user_failures=3, window_s=60)
    for now in (0.0, 30.0, 61.0, 90.0):
        subject.report(Offence.AUTH_FAILED, HOST, "100", now)
    assert subject.bans(90.0) == []


def test_rubbish_bans_its_source_until_the_ban_runs_out() -> None:
    subject = guard(malformed=5, ban_s=10)
    for _ in range(5):
        subject.report(Offence.MALFORMED, HOST, None, 0.0)
    assert subject.bans(9.9) == [Ban(HOST, None, Offence.MALFORMED, 10.0)]
    assert not subject.admit(HOST, 9.9)
    assert subject.admit(HOST, 10.0)
    assert subject.bans(10.0) == []


@pytest.mark.parametrize("agent", ["friendly-scanner", "SIPVicious 0.3", "sipcli/v1.8", "VaxSIPUserAgent/3.1"])
def test_attack_tools_are_known_by_name(agent: str) -> None:
    assert guard().is_scanner(agent)


@pytest.mark.parametrize("agent", ["baresip v1.0.0", "SIPp 3.6", "Asterisk PBX 20", "pyVoIP 1.6.8", ""])
def test_honest_software_is_no_scanner(agent: str) -> None:
    assert not guard().is_scanner(agent)


def test_a_ban_can_be_lifted_and_counting_begins_anew() -> None:
    subject = guard(user_failures=2)
    for _ in range(2):
        subject.report(Offence.AUTH_FAILED, HOST, "100", 0.0)
    assert subject.unban(HOST, "100")
    assert not subject.unban(HOST, "100")
    assert not subject.has_banned_users(HOST)
    subject.report(Offence.AUTH_FAILED, HOST, "100", 1.0)
    assert subject.admit_user(HOST, "100", 1.0)


def test_an_ipv6_ban_is_lifted_by_any_address_in_it() -> None:
    subject = guard()
    subject.report(Offence.SCANNER, "2001:db8::1", None, 0.0)
    assert [ban.source for ban in subject.bans(0.0)] == ["2001:db8::/64"]
    assert not subject.admit("2001:db8::2", 0.0)
    assert subject.unban("2001:db8::3")
    assert subject.admit("2001:db8::2", 0.0)


def test_new_trust_lifts_bans() -> None:
    subject = guard()
    subject.report(Offence.SCANNER, HOST, None, 0.0)
    subject.trust(["192.0.2.0/24"])
    assert subject.bans(0.0) == []
    assert subject.admit(HOST, 0.0)


def test_a_wrong_network_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear"):
        guard(trusted=("trunk.example",))


def test_tables_stay_bounded() -> None:
    subject = guard(max_sources=100, max_bans=10, max_users_per_source=5, users_per_source=1000, user_failures=1)
    for number in range(1000):
        source = f"10.0.{number >> 8}.{number & 255}"
        subject.admit(source, 0.0)
        subject.report(Offence.SCANNER, source, None, 0.0)
    assert len(subject._sources) == 100
    assert len(subject.bans(0.0)) == 10
    for number in range(50):
        subject.report(Offence.AUTH_FAILED, HOST, str(number), 0.0)
    assert len(subject._sources[HOST].failures) == 5
