"""Agents' calls over the API against the real server: who hears whom after each step, and books that add up."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from typing import Any

import pytest

from callcenter.testing.audio import heard_tones, rms_dbfs
from callcenter.testing.call_log import events_of
from callcenter.testing.raw_phone import RawCall
from callcenter.testing.server import RunningServer
from tests.e2e.town import Town, check_books, kinds, town_options

pytestmark = pytest.mark.peer

TONES = {"501": 1150.0, "502": 1400.0, "503": 1650.0}
PASSWORD = "a long enough secret of mine"


class Person:
    """Somebody signed in at a browser, with a password of their own; an agent's phone is a plain SIP one."""

    def __init__(self, server: RunningServer, login: str, password: str) -> None:
        self._url = server.url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf = ""
        self._sign_in(login, password)
        self.send("PUT", "/api/me/password", {"current_password": password, "new_password": PASSWORD})
        self._sign_in(login, PASSWORD)

    def _sign_in(self, login: str, password: str) -> None:
        self._csrf = self.send("POST", "/api/session", {"login": login, "password": password})["csrf_token"]

    def send(self, method: str, path: str, body: object = None) -> Any:
        """Return the decoded answer."""
        request = urllib.request.Request(
            self._url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Origin": self._url, "X-CSRF-Token": self._csrf},
        )
        with self._opener.open(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def act(self, call_id: str, action: str, **target: str) -> Any:
        """Do something with a call."""
        return self.send("POST", f"/api/live-calls/{call_id}/{action}", {"target": target} if target else None)

    def refused(self, call_id: str, action: str) -> str:
        """Return the problem id that an action is refused with."""
        with pytest.raises(urllib.error.HTTPError) as caught:
            self.act(call_id, action)
        return str(json.load(caught.value)["id"])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with RunningServer(tmp_path_factory.mktemp("office"), town_options()) as server:
        yield Town(server)


@pytest.fixture(scope="module")
def ann(office: Town) -> Person:
    server = office.server
    shown = server.command("users", "set-password", "admin", "--generate")
    admin = Person(server, "admin", shown.split()[-1])
    user = {"login": "ann", "name": "Ann", "role": "agent", "extension": "501"}
    return Person(server, "ann", admin.send("POST", "/api/users", user)["password"])


def hears(call: RawCall, *extensions: str) -> bool:
    """Tell whether a phone has lately heard exactly these others."""
    heard = heard_tones(call.heard(0.5), list(TONES.values()))
    return {number for number, hertz in TONES.items() if heard[hertz] > 0.25} == set(extensions)


def wait_hears(call: RawCall, *extensions: str) -> None:
    """Wait until it does."""
    deadline = time.monotonic() + 5
    while not hears(call, *extensions):
        assert time.monotonic() < deadline, heard_tones(call.heard(0.5), list(TONES.values()))
        time.sleep(0.05)


def hears_music(call: RawCall) -> bool:
    """Tell whether something sounds that is nobody's voice."""
    samples = call.heard(0.6)
    return rms_dbfs(samples) > -40 and set(heard_tones(samples, list(TONES.values())).values()) == {0}


def test_click_to_call_hold_consult_conference_and_completion(office: Town, ann: Person) -> None:
    with ExitStack() as phones:
        mine, theirs, third = (
            phones.enter_context(office.raw_phone(number, answers=True, tone_hz=hertz))
            for number, hertz in TONES.items()
        )
        live = ann.send("POST", "/api/live-calls", {"to": {"kind": "extension", "value": "502"}})
        call_id = live["id"]
        anns, bens = mine.wait_call(), theirs.wait_call()
        wait_hears(anns, "502")
        wait_hears(bens, "501")

        view = ann.act(call_id, "hold")
        assert {one["extension"]: one["state"] for one in view["participants"]} == {"501": "talking", "502": "held"}
        time.sleep(0.9)
        assert hears_music(bens)
        ann.act(call_id, "resume")
        wait_hears(bens, "501")

        ann.act(call_id, "consult", kind="extension", value="503")
        cys = third.wait_call()
        wait_hears(anns, "503")
        wait_hears(cys, "501")
        time.sleep(0.5)
        assert hears_music(bens)
        assert ann.refused(call_id, "transfer") == "invalid-request"
        ann.act(call_id, "consult/swap")
        wait_hears(anns, "502")
        ann.act(call_id, "consult/join")
        wait_hears(bens, "501", "503")
        wait_hears(cys, "501", "502")
        assert ann.refused(call_id, "consult/complete") == "action-not-possible"
        ann.act(call_id, "hangup")
        wait_hears(bens, "503")
        wait_hears(cys, "502")
        assert anns.over.wait(3)
        bens.hang_up()
        assert cys.over.wait(3)
    story = office.server.story_of(anns.call_id)
    check_books(story)
    assert kinds(story)[-7:] == ["talk", "hold", "talk", "consult", "talk", "conference", "talk"]
    assert [line.data["action"] for line in events_of(story, "action")] == [
        "originate",
        "hold",
        "resume",
        "consult",
        "consult_swap",
        "consult_join",
        "hangup",
    ]


def test_blind_transfer_by_the_api(office: Town, ann: Person) -> None:
    with ExitStack() as phones:
        mine, theirs, third = (
            phones.enter_context(office.raw_phone(number, answers=True, tone_hz=hertz))
            for number, hertz in TONES.items()
        )
        call_id = ann.send("POST", "/api/live-calls", {"to": {"kind": "extension", "value": "502"}})["id"]
        anns, bens = mine.wait_call(), theirs.wait_call()
        wait_hears(bens, "501")
        ann.act(call_id, "transfer", kind="extension", value="503")
        assert anns.over.wait(3)
        cys = third.wait_call()
        wait_hears(bens, "503")
        wait_hears(cys, "502")
        cys.hang_up()
        assert bens.over.wait(3)
    story = office.server.story_of(anns.call_id)
    check_books(story)
    # Told by the story: a phone that answers within the millisecond leaves no stretch of ringing in the books.
    assert [line.data["segment"] for line in events_of(story, "segment")][-3:] == ["talk", "ring", "talk"]
