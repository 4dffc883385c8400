"""The API as a hostile or clumsy client meets it, and the console: bounds, forged requests, cookies, guessing."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from callcenter.testing.audio import read_wav
from callcenter.testing.server import RunningServer, ServerOptions
from callcenter.testing.web_phone import WebPhone
from callcenter.testing.web_session import COOKIE, WebRefused, WebSession
from tests.e2e.floor import Floor, Line, until

pytestmark = pytest.mark.peer

ANN_HZ, CUSTOMER_HZ = 700.0, 1150.0
PASSWORD, OTHER = "a long enough secret of mine", "another secret, longer still"


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    people = {"ann": "501", "ben": "502", "cyn": "503"}
    floor = Floor(tmp_path_factory.mktemp("floor"), people, {"ann": Line(["ann"])})
    with floor.server:
        yield floor


def test_bodies_are_bounded_and_nonsense_is_told_so(floor: Floor) -> None:
    page = floor.page("admin")
    assert page.ask("POST", "/api/queues", b"[" * (1024 * 1024 + 1)).status == 413
    for body in (b"", b"{", b"[]", b"\xff\xfe", b'{"code": "\\u0000"}', b"[" * 100_000, b'{"a": 1e999999}'):
        answer = page.ask("POST", "/api/queues", body)
        assert answer.status in (400, 422), (body[:20], answer.body)
        assert answer.headers["Content-Type"] == "application/problem+json" and answer.problem
    for path in ("/api/calls?cursor=%00", "/api/calls?limit=-1", "/api/calls?cursor=x", "/api/calls/..%2f..%2fetc"):
        assert page.ask("GET", path).status in (400, 404, 422), path


def test_a_body_that_never_ends_and_half_requests_hold_nobody_up(floor: Floor) -> None:
    with ExitStack() as stack:
        for at in range(60):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", floor.server.http_port)))
            half.sendall(
                b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{" if at % 2 else b"GET /"
            )
        began = time.monotonic()
        assert floor.page("admin").ask("GET", "/api/session").status == 200
        assert time.monotonic() - began < 2


def test_a_foreign_page_changes_nothing(floor: Floor) -> None:
    page = floor.page("ann")
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": ""},
        {"Origin": "null"},
        {"X-CSRF-Token": ""},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": str(floor.page("ben").headers["X-CSRF-Token"])},
    ):
        answer = page.ask("PUT", "/api/me/agent-state", {"state": "offline"}, headers=headers)
        assert answer.status == 403 and answer.problem in ("foreign-origin", "csrf-token-wrong"), headers
    assert WebSession(floor.server.url).ask("GET", "/api/agents").status == 401
    assert page.ask("GET", "/api/users").status == 403
    assert page.ask("GET", f"/api/agents/{floor.seats['ben'].user_id}").status == 404


def test_answers_carry_headers_that_protect_the_pages(floor: Floor) -> None:
    for path in ("/", "/api/about", "/api/agents"):
        headers = floor.page("admin").ask("GET", path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        if path.startswith("/api/"):
            assert headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in headers


def test_a_recording_is_fetched_whole_and_in_parts_by_those_who_may(floor: Floor) -> None:
    with ExitStack() as stack:
        stack.enter_context(floor.desk("ann", tone_hz=ANN_HZ))
        customer = stack.enter_context(floor.customer("0912000401", tone_hz=CUSTOMER_HZ))
        call = floor.call(customer, "ann")
        call.wait_tone(ANN_HZ)
        time.sleep(0.5)
        call.hang_up()
    story = floor.story(call)
    path = f"/api/calls/{story.record.id}/recordings/{story.recordings[-1].id}"
    whole = floor.page("ann").ask("GET", path)
    assert whole.status == 200 and whole.headers["Content-Type"] == "audio/wav"
    file = floor.server.directory / "fetched.wav"
    file.write_bytes(whole.body)
    assert len(read_wav(file).channels) == 2
    part = floor.page("admin").ask("GET", path, headers={"Range": "bytes=44-1043"})
    assert (part.status, part.body) == (206, whole.body[44:1044])
    assert part.headers["Content-Range"] == f"bytes 44-1043/{len(whole.body)}"
    tail = floor.page("admin").ask("GET", path, headers={"Range": "bytes=-100"})
    assert (tail.status, tail.body) == (206, whole.body[-100:])
    assert floor.page("admin").ask("GET", path, headers={"Range": "bytes=99999999-"}).status == 416
    assert floor.page("ben").ask("GET", path).status == 404
    assert WebSession(floor.server.url).ask("GET", path).status == 401
    audit = floor.page("admin").send("GET", "/api/audit")["items"]
    assert any(one["action"] == "recording.listened" for one in audit)


def test_who_is_locked_out_or_moved_loses_the_phone_at_once(floor: Floor) -> None:
    admin, ben, cyn = floor.page("admin"), floor.page("ben"), floor.page("cyn")
    bens, cyns = WebPhone(ben, answers=False), WebPhone(cyn, answers=False)
    with ExitStack() as stack:
        for phone in (bens, cyns):
            stack.callback(phone.vanish)
            assert phone.register() == 200
        admin.send("DELETE", f"/api/users/{floor.seats['ben'].user_id}")
        assert ben.ask("GET", "/api/agents").status == 401
        moved = {"login": "cyn", "name": "Cyn", "role": "agent", "extension": "509"}
        admin.send("PUT", f"/api/users/{floor.seats['cyn'].user_id}", moved)
        for phone in (bens, cyns):
            until(lambda wire=phone.wire: wire.connection.close_code is not None, "hung up", 3)  # type: ignore[misc]
        assert floor.agent("cyn")["registered"] is False and floor.agent("cyn")["extension"] == "509"
        for phone in (bens, cyns):
            assert reused(floor, phone) == 401


def reused(floor: Floor, stolen: WebPhone) -> int:
    """Return what somebody else gets who registers with the credentials of a phone."""
    with WebPhone(floor.page("ann"), answers=False) as thief:
        thief.authorization_user, thief.password = stolen.authorization_user, stolen.password
        return thief.register(aor=stolen.user)


def test_the_first_start_shows_a_password_once_and_the_console_keeps_people(tmp_path: Path) -> None:
    with RunningServer(tmp_path, ServerOptions()) as server:
        shown = re.findall(r"sign in as admin with the password (\S+)", server.log())
        assert len(shown) == 1
        first = WebSession.sign_in(server.url, "admin", shown[0])
        refused = first.ask("GET", "/api/users")
        assert refused.status == 403 and refused.problem == "password-change-required"
        first.send("PUT", "/api/me/password", {"current_password": shown[0], "new_password": PASSWORD})
        with pytest.raises(WebRefused):
            WebSession.sign_in(server.url, "admin", shown[0])
        entered = first.ask("POST", "/api/session", {"login": "admin", "password": PASSWORD}, headers={"Cookie": ""})
        cookie = str(entered.headers["Set-Cookie"])
        assert cookie.startswith(f"{COOKIE}=")
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= flags
        assert PASSWORD not in server.log() and shown[0] not in server.log().replace(f"password {shown[0]}", "", 1)

        console(server, "users", "add", "eva", "--role", "supervisor", "--name", "Eva", typed=f"{OTHER}\n{OTHER}\n")
        eva = WebSession.sign_in(server.url, "eva", OTHER)
        assert eva.send("GET", "/api/session")["user"]["role"] == "supervisor"
        listed = server.command("users", "list")
        assert "eva" in listed and "supervisor" in listed and OTHER not in listed
        made_up = server.command("users", "set-password", "eva", "--generate").split()[-1]
        assert eva.ask("GET", "/api/session").status == 401
        assert WebSession.sign_in(server.url, "eva", made_up).ask("GET", "/api/users").status == 403
        server.command("users", "deactivate", "eva")
        with pytest.raises(WebRefused):
            WebSession.sign_in(server.url, "eva", made_up)
        server.restart()
        assert len(re.findall("sign in as admin", server.log())) == 1

        answers = [WebSession(server.url).ask("POST", "/api/session", wrong(at)) for at in range(8)]
        statuses = [answer.status for answer in answers]
        assert statuses[0] == 401 and statuses[-1] == 429
        assert int(answers[-1].headers["Retry-After"]) >= 1


def wrong(at: int) -> dict[str, str]:
    """Return a guess."""
    return {"login": "admin", "password": f"guess number {at}"}


def console(server: RunningServer, *arguments: str, typed: str) -> str:
    """Run a command that asks for something."""
    command = [sys.executable, "-m", "callcenter", *arguments, "--config", str(server.config_file)]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
