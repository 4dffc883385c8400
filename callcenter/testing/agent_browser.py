"""An agent at a browser: Chromium with a voice of its own, and a page that is used as people use it.

The browser's microphone is a tone, and what its calls sound like is read back as samples, so that :mod:`~.audio` tells
who hears whom. A tab finds everything by role and accessible name, in English::

    with Chromium(playwright, directory, tone_hz=700) as browser:
        with browser.tab(server.url) as tab:
            tab.sign_in("ann", password)
            tab.choose("Available")
            tab.wait_ring()
            tab.answer()
            tab.wait_hears(440.0)
"""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    Playwright,
    StorageState,
    ViewportSize,
    expect,
)

from callcenter.base.errors import CallcenterError
from callcenter.runtime.clock import SystemClock
from callcenter.testing.audio import Samples, heard_tones, rms_dbfs, sine, write_wav

CHROMIUM = shutil.which("chromium")
"Debian's Chromium; None where it is not installed."
PATIENCE_S = 15.0
"How long something may take before it counts as not happening, on a busy machine."

expect.set_options(timeout=PATIENCE_S * 1000)

_CLOCK = SystemClock()
_EAR = Path(__file__).with_name("browser_ear.js")
_MICROPHONE_RATE = 48_000
_LATENCY_S = 0.15
"The newest samples are not looked at: the page may still have to take them out of its queue."
_MUSIC_DBFS = -48.0
_BLOCK = 800


class BrowserError(CallcenterError):
    """The browser did not get where it should in time."""

    error_id = "agent-browser"


def hears_exactly(samples: Samples, wanted: Sequence[float], among: Sequence[float]) -> bool:
    """Tell whether ``samples`` hold the ``wanted`` tones for most of the time, and none of the others ``among``."""
    heard = heard_tones(samples, among)
    long_enough = 0.5 * len(samples) / 8000
    return all(heard[tone] >= long_enough if tone in wanted else heard[tone] <= 0.06 for tone in among)


def is_music(samples: Samples, voices: Sequence[float]) -> bool:
    """Tell whether something sounds throughout that is none of these voices."""
    blocks = [samples[at : at + _BLOCK] for at in range(0, len(samples) - _BLOCK + 1, _BLOCK)]
    return all(rms_dbfs(block) > _MUSIC_DBFS for block in blocks) and not any(heard_tones(samples, voices).values())


def _now() -> float:
    return _CLOCK.utcnow().timestamp()


class Chromium:
    """One browser program, whose microphone is one tone. Enter it, or call :meth:`close`."""

    def __init__(self, playwright: Playwright, directory: Path, *, tone_hz: float) -> None:
        self.tone_hz = tone_hz
        "What everybody it talks to hears."
        microphone = directory / f"microphone-{tone_hz:g}.wav"
        write_wav(microphone, sine(tone_hz, 4.0, rate=_MICROPHONE_RATE), rate=_MICROPHONE_RATE)
        self.program: Browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone.resolve()}",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self.program.close()

    def computer(
        self,
        url: str,
        *,
        signed_in: StorageState | None = None,
        locale: str = "en-GB",
        timezone: str = "Asia/Ho_Chi_Minh",
        width: int = 1440,
    ) -> Computer:
        """Return a profile of its own, as another computer would be; ``signed_in`` brings the cookies of another."""
        context = self.program.new_context(
            base_url=url,
            locale=locale,
            timezone_id=timezone,
            viewport=ViewportSize(width=width, height=900),
            storage_state=signed_in,
            permissions=["microphone"],
        )
        context.set_default_timeout(PATIENCE_S * 1000)
        context.add_init_script(path=_EAR)
        return Computer(context)


class Computer:
    """A browser profile: its tabs share cookies and storage. Enter it, or call :meth:`close`."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        "Its cookies, storage, network and clock."
        self.faults: list[str] = []
        "Errors in the pages' scripts, and rules of the browser that they broke."
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("console", lambda message: self._note_violation(message.text))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note_violation(self, text: str) -> None:
        if "Content Security Policy" in text:
            self.faults.append(text)

    def close(self) -> None:
        """Close every tab, as a computer that is switched off does."""
        self.context.close()

    def tab(self, path: str = "/desk") -> AgentTab:
        """Open a tab."""
        tab = AgentTab(self.context.new_page())
        tab.page.goto(path)
        return tab

    def cookies(self) -> StorageState:
        """Return what signs another computer in as the same person, without what this one remembers otherwise."""
        state = self.context.storage_state()
        return StorageState(cookies=state["cookies"], origins=[])


class AgentTab:
    """A tab with the agent's desk. Every wait ends after :data:`PATIENCE_S` seconds with an error."""

    def __init__(self, page: Page) -> None:
        self.page = page
        "For what is not a matter of calls."

    # Signing in and being there

    def sign_in(self, login: str, password: str) -> None:
        """Fill in the form of the start page."""
        self.page.get_by_label("Login", exact=True).fill(login)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation", name="Pages")).to_be_visible()

    @property
    def state_button(self) -> Locator:
        """Return the button that shows the agent's state and changes it."""
        return self.page.get_by_role("button", name="Change state, now")

    def choose(self, choice: str) -> None:
        """Choose a state by its name in the menu."""
        self.state_button.click()
        self.page.get_by_role("menuitem", name=choice, exact=True).click()

    def wait_state(self, state: str) -> None:
        """Return when the agent's state is shown as this, e.g. ``Available`` or ``On a break · Lunch``."""
        button = self.page.get_by_role("button", name=f"Change state, now {state}", exact=True)
        expect(button).to_be_visible()

    def be_available(self) -> None:
        """Take calls from now on: the phone is there and the agent wants them."""
        self.wait_phone()
        self.choose("Available")
        self.wait_state("Available")

    def wait_phone(self) -> None:
        """Return when this agent can be rung."""
        deadline = _CLOCK.monotonic() + PATIENCE_S
        while not self._is_registered():
            if _CLOCK.monotonic() >= deadline:
                raise BrowserError("the browser's phone is not registered")
            self.page.wait_for_timeout(100)

    def _is_registered(self) -> bool:
        user_id = self.api("GET", "/api/session")[1]["user"]["id"]
        agents: list[dict[str, Any]] = self.api("GET", "/api/agents")[1]
        return any(agent["id"] == user_id and agent["registered"] for agent in agents)

    # A call

    @property
    def incoming(self) -> Locator:
        """Return the call that rings, with everything known about it."""
        return self.page.get_by_role("main").get_by_role("region", name=re.compile("^Incoming call"))

    @property
    def call(self) -> Locator:
        """Return the call under way."""
        return self.page.get_by_role("main").get_by_role("region", name=re.compile("^On a call with"))

    @property
    def wrap_up(self) -> Locator:
        """Return the work after a call."""
        return self.page.get_by_role("main").get_by_role("region", name="Wrap-up")

    def wait_ring(self, timeout: float = PATIENCE_S) -> Locator:
        """Return the call that rings once it does."""
        expect(self.incoming).to_be_visible(timeout=timeout * 1000)
        return self.incoming

    def answer(self) -> None:
        """Take the call that rings, and wait until people talk."""
        self.take()
        self.wait_talking()

    def take(self) -> None:
        """Take the call that rings."""
        self.incoming.get_by_role("button", name="Answer").click()
        expect(self.call).to_be_visible()

    def wait_talking(self) -> None:
        """Return when a call is up and its sound connected here."""
        expect(self.call.get_by_text("Talking", exact=True)).to_be_visible()

    def press(self, button: str) -> None:
        """Press a button of the call under way."""
        self.call.get_by_role("button", name=button, exact=True).click()

    def hang_up(self) -> None:
        """End the call."""
        self.press("Hang up")
        expect(self.call).to_be_hidden()

    def reach(self, what: str, button: str, *, opener: str = "Transfer") -> None:
        """Choose somebody from the directory and press a button: ``Transfer now``, ``Talk first``, …"""
        self.press(opener)
        self.call.get_by_role("combobox", name="Name, extension, store, queue or number").fill(what)
        self.call.get_by_role("option", name=what).first.click()
        self.press(button)

    # What is heard

    def heard(self, seconds: float, *, until: float | None = None) -> Samples:
        """Return the last ``seconds`` of what this tab's calls sounded like, or those before ``until`` (Unix time)."""
        end = (_now() - _LATENCY_S if until is None else until) * 1000
        text: str = self.page.evaluate("([from, to]) => browserEar.heard(from, to)", [end - seconds * 1000, end])
        return np.frombuffer(base64.b64decode(text), dtype="<i2").astype(np.int16)

    def wait_hears(self, *tones: float, among: Sequence[float], timeout: float = PATIENCE_S) -> None:
        """Return when the last half second held exactly these of the tones ``among``."""
        self._wait_sound(lambda samples: hears_exactly(samples, tones, among), f"{tones}", among, timeout)

    def wait_music(self, *, among: Sequence[float], timeout: float = PATIENCE_S) -> None:
        """Return when the last half second was music, and none of the voices ``among``."""
        self._wait_sound(lambda samples: is_music(samples, among), "music", among, timeout)

    def _wait_sound(self, wanted: Callable[[Samples], bool], what: str, among: Sequence[float], timeout: float) -> None:
        deadline = _CLOCK.monotonic() + timeout
        while not wanted(samples := self.heard(0.5)):
            if _CLOCK.monotonic() >= deadline:
                heard = heard_tones(samples, among)
                raise BrowserError(
                    f"{what} not heard within {timeout:g} s, but {heard} at {rms_dbfs(samples):.0f} dBFS"
                )
            self.page.wait_for_timeout(50)

    def cut(self, path: str) -> int:
        """Drop this tab's WebSockets of one path without a word; return how many there were."""
        return int(self.page.evaluate("path => browserEar.cut(path)", path))

    def crash(self) -> None:
        """Let the tab's process die, as one does that ran out of memory: nothing in the page learns of it."""
        with contextlib.suppress(Error):
            self.page.goto("chrome://crash", timeout=2000)

    def api(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return status and decoded answer of a request made by this page, with its own cookie and CSRF token."""
        status, text = self.page.evaluate(
            """async ([method, path, body]) => {
              const session = await (await fetch("/api/session")).json();
              const headers = { "Content-Type": "application/json", "X-CSRF-Token": session.csrf_token };
              const answer = await fetch(path, { method, headers, body });
              return [answer.status, await answer.text()];
            }""",
            [method, path, None if body is None else json.dumps(body)],
        )
        return status, json.loads(text) if text else None
