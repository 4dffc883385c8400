"""Telling cases 23 to 27 and 29: registrations, forks, transfers, chains of phones and of carriers."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from callcenter.calls.cdr import HangupCause, HangupSide, Outcome
from callcenter.testing.processes import free_ports
from callcenter.testing.pyvoip_wire import WireMessage
from callcenter.testing.sipp import Sipp, SippOptions
from tests.e2e.proving import ANNOUNCEMENT, CARRIER, CHAIN, FAILOVER, PHONES, RING, SCENARIOS, Line, Proving, header
from tests.e2e.town import SECRET

pytestmark = pytest.mark.peer


@pytest.fixture(autouse=True)
def nothing_left(proving: Proving) -> Iterator[None]:
    """After each test the server answers and holds no call."""
    yield
    proving.check_alive()


# 23, 24: registrations


@pytest.mark.parametrize(
    "name", ["register", "query", "star_without_zero", "too_brief", "too_many_contacts", "unregister_all"]
)
def test_case23_registrations(proving: Proving, name: str) -> None:
    proving.sipp(f"case23_{name}", "631", username="631", password=SECRET, keys={"user": "631"})


@pytest.mark.parametrize(("user", "password"), [("631", "wrong"), ("699", "whatever")])
def test_case23_wrong_password_and_unknown_user_look_the_same(proving: Proving, user: str, password: str) -> None:
    proving.sipp("case23_register_wrong", user, username=user, password=password, keys={"user": user})


def contacts(answer: WireMessage) -> str:
    """Return all Contacts of an answer."""
    return ", ".join(answer.get_all("Contact"))


def test_case24_a_refresh_from_a_new_port_moves_the_binding(proving: Proving) -> None:
    contact = f"<sip:632@{PHONES}:5070>"
    with proving.phone("632") as before, proving.phone("632") as after:
        assert before.register(contact=contact).status == 200
        moved = after.register(contact=contact)
        assert (moved.status, contacts(moved).count("sip:632@")) == (200, 1)
        with proving.calls(), proving.phone("602", rtp=True) as caller:
            caller.invite("632")
            rung = after.expect(method="INVITE")  # It comes from where the phone is now.
            after.join(rung)
            after.respond(rung, "486 Busy Here")
            refused = caller.final("INVITE", caller.cseq)
            assert refused.status == 486
            caller.ack_failure(refused)
        assert after.register(expires=0, contact="*").status == 200


def test_case24_an_older_request_of_the_same_registration_changes_nothing(proving: Proving) -> None:
    with proving.phone("632") as phone:
        host, port = phone.peer.local
        fixed = {"Call-ID": "same@registration", "To": f"<sip:632@{CARRIER}>"}

        def register(expires: str) -> WireMessage:
            sender = f"<sip:632@{CARRIER}>;tag={secrets.token_hex(4)}"
            return phone.peer.transact(
                "REGISTER",
                f"sip:{CARRIER}",
                username="632",
                password=SECRET,
                headers={**fixed, "From": sender, "Contact": f"<sip:632@{host}:{port}>", "Expires": expires},
            )

        assert register("300").status == 200
        assert register("0").status == 400  # The same CSeq numbers again: as stale as can be (§10.3 step 7).
        assert "sip:632@" in contacts(phone.register())
        phone.register(expires=0, contact="*")


def test_case24_two_devices_are_both_listed(proving: Proving) -> None:
    with proving.phone("632") as one, proving.phone("632", host="127.0.0.4") as two:
        one.register()
        listed = contacts(two.register())
        assert f"@{one.peer.local[0]}:{one.peer.local[1]}" in listed
        assert f"@{two.peer.local[0]}:{two.peer.local[1]}" in listed
        two.register(expires=0, contact="*")


# 25: forks


def answered(line: Line, invite: WireMessage) -> None:
    """Answer an INVITE of the server's and take its ACK."""
    line.join(invite)
    line.respond(invite, "200 OK", line.sdp())
    line.expect(method="ACK")


@pytest.mark.parametrize("late", [False, True])
def test_case25_one_of_two_devices_answers(proving: Proving, late: bool) -> None:
    with (
        proving.one_call(Outcome.ANSWERED),
        proving.phone("601", rtp=True) as winner,
        proving.phone("601", rtp=True, host="127.0.0.4") as loser,
        proving.caller(rtp=True) as outside,
    ):
        winner.register()
        loser.register()
        outside.call(RING)
        first, second = winner.expect(method="INVITE"), loser.expect(method="INVITE")
        loser.respond(second, "180 Ringing")
        answered(winner, first)
        cancel = loser.expect(method="CANCEL")
        assert "cause=200" in header(cancel, "Reason")
        loser.respond(cancel, "200 OK")
        if late:
            answered(loser, second)
            bye = loser.expect(method="BYE")
            loser.respond(bye, "200 OK")
        else:
            loser.respond(second, "487 Request Terminated")
            loser.expect(method="ACK")
        time.sleep(0.3)
        assert outside.bye() == 200
        winner.respond(winner.expect(method="BYE"), "200 OK")
        winner.register(expires=0, contact="*")


# 26: transfers


def statuses(line: Line, seconds: float) -> list[str]:
    """Answer NOTIFYs until a final one and return what they reported."""
    found: list[str] = []
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0 and (not found or found[-1][0] == "1"):
        message = line.peer.receive(left)
        if message is not None and message.method == "NOTIFY" and not message.is_response:
            assert header(message, "Content-Type").startswith("message/sipfrag")
            found.append(message.body.decode().split(" ")[1])
            line.respond(message, "200 OK")
    return found


def test_case26_blind_transfer_by_the_agent(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.ANSWERED),
        proving.phone("601", rtp=True) as agent,
        proving.raw_phone("603", answers=True, tone_hz=900) as target,
        proving.caller(rtp=True) as outside,
    ):
        agent.register()
        outside.call(RING)
        answered(agent, agent.expect(method="INVITE"))
        time.sleep(0.3)
        assert agent.ask("REFER", headers={"Refer-To": f"<sip:603@{CARRIER}>"}).status == 202
        reported = statuses(agent, 4)
        assert (reported[0], reported[-1]) == ("100", "200")
        agent.respond(agent.expect(method="BYE"), "200 OK")
        time.sleep(0.4)
        assert outside.bye() == 200
        assert target.wait_call().over.wait(2)
        agent.register(expires=0, contact="*")


def test_case26_callers_may_not_transfer(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.ANSWERED),
        proving.raw_phone("601", answers=True),
        proving.caller(rtp=True) as outside,
    ):
        outside.call(RING)
        time.sleep(0.5)
        assert outside.ask("REFER", headers={"Refer-To": f"<sip:0912000009@{CARRIER}>"}).status == 403
        assert outside.bye() == 200


def test_case26_callers_in_the_flow_may_not_transfer(proving: Proving) -> None:
    with proving.one_call():
        proving.sipp("case26_blind_transfer", ANNOUNCEMENT, keys={"target": "0912000009"})


def test_case26_refer_outside_any_dialog(proving: Proving) -> None:
    with proving.no_call():
        proving.sipp("case26_refer_outside", keys={"target": "0912000009"})


# 27: one phone after the other


def test_case27_busy_silent_redirecting_and_at_last_somebody(proving: Proving) -> None:
    with (
        proving.one_call(Outcome.ANSWERED),
        proving.phone("621") as busy,
        proving.raw_phone("622") as silent,
        proving.phone("623") as loop,
        proving.raw_phone("624", answers=True),
        proving.caller(rtp=True) as outside,
    ):
        busy.register()
        loop.register()
        redirected = 0

        def redirect_to_itself() -> None:
            nonlocal redirected
            while (message := loop.peer.receive(6)) is not None:
                if message.method == "INVITE" and not message.is_response:
                    redirected += 1
                    answer = f"302 Moved Temporarily\r\nContact: <sip:623@{CARRIER}>"
                    loop.respond(message, answer)

        outside.call(CHAIN)
        busy.respond(busy.expect(method="INVITE"), "486 Busy Here")
        rung = silent.wait_call()
        thread = threading.Thread(target=redirect_to_itself)
        thread.start()
        assert rung.over.wait(5) and rung.ended_there
        deadline = time.monotonic() + 5
        while not proving.server.call_log.records()[0].answered_at and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1.0)
        assert outside.bye() == 200
        thread.join()
        assert 1 <= redirected <= 10
        for line in (busy, loop):
            line.register(expires=0, contact="*")


def test_case27_an_agent_who_hangs_up_at_once_drops_nobody(proving: Proving) -> None:
    with (
        proving.calls() as calls,
        proving.phone("601", rtp=True) as agent,
        proving.caller(rtp=True) as outside,
    ):
        agent.register()
        outside.call(RING)
        invite = agent.expect(method="INVITE")
        agent.join(invite)
        agent.respond(invite, "200 OK", agent.sdp())
        agent.send("BYE")
        outside.respond(outside.expect(method="BYE", timeout=6), "200 OK")
        agent.register(expires=0, contact="*")
    record = calls.records[0]
    assert (record.outcome, record.hangup_side) == (Outcome.ANSWERED, HangupSide.CALLEE)


# 29: carriers


def far_end(proving: Proving, name: str, scenario: str, stack: ExitStack) -> Sipp:
    """Start a carrier that behaves like this."""
    options = SippOptions(SCENARIOS / f"{scenario}.xml", port=proving.trunk_ports[name], host=CARRIER, calls=9)
    return stack.enter_context(Sipp(options, proving.directory / "sipp", name=f"trunk-{name}"))


def test_case29_the_next_carrier_when_one_cannot(proving: Proving) -> None:
    with ExitStack() as stack:
        busy = far_end(proving, "busy", "case29_uas_503", stack)
        silent = far_end(proving, "silent", "uas_silent", stack)
        challenger = far_end(proving, "challenger", "case29_uas_401_forever", stack)
        good = far_end(proving, "good", "uas_answer", stack)
        with proving.one_call(Outcome.ANSWERED), proving.caller(rtp=True) as outside:
            outside.call(FAILOVER)
            deadline = time.monotonic() + 15
            while "ACK " not in good.result().messages and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(0.3)
            assert outside.bye() == 200
        received = {one: one.result().messages.count("INVITE sip:") for one in (busy, silent, challenger, good)}
        assert received[busy] == 1
        assert received[silent] >= 5  # retransmissions of one INVITE
        assert received[challenger] == 2  # once without credentials and once with
        assert received[good] == 1
        with proving.one_call(Outcome.ANSWERED), proving.caller(rtp=True) as outside:
            outside.call(FAILOVER)
            deadline = time.monotonic() + 15
            while good.result().messages.count("INVITE sip:") < 2 and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(0.5)
            assert outside.bye() == 200
        assert busy.result().messages.count("INVITE sip:") == 1  # It asked for time (Retry-After) and gets it.


def test_case29_no_carrier_at_all_ends_with_the_flow(proving: Proving) -> None:
    with proving.calls() as calls, proving.caller(rtp=True) as outside:
        outside.call("1905")
        bye = outside.expect(method="BYE", timeout=14)
        outside.respond(bye, "200 OK")
    record = calls.records[0]
    assert (record.hangup_cause, record.hangup_side) == (HangupCause.NORMAL_CLEARING, HangupSide.SYSTEM)
    assert free_ports(1)  # Nothing listened there, and nothing does now.
