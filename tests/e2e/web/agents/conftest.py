"""One office and two browsers for all tests of agents: each test opens tabs of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import sync_playwright

from callcenter.api.pages import STATIC
from callcenter.testing.agent_browser import CHROMIUM, Chromium
from callcenter.testing.server import RunningServer
from tests.e2e.web.agents.office import ANN_HZ, BEN_HZ, Office, Person, carrier_phone, office_options


@pytest.fixture(scope="package")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The office, with Ann and Ben at browsers of their own; everybody else uses Ben's."""
    if CHROMIUM is None:
        pytest.skip("NOT RUN: agents at browsers (install chromium)")
    if not (STATIC / "index.html").is_file():
        pytest.skip("NOT RUN: the web pages are not built")
    directory = tmp_path_factory.mktemp("office")
    with (
        carrier_phone() as carrier,
        RunningServer(directory, office_options(carrier.sip_port)) as server,
        sync_playwright() as playwright,
        Chromium(playwright, directory, tone_hz=ANN_HZ) as anns,
        Chromium(playwright, directory, tone_hz=BEN_HZ) as bens,
    ):
        browsers = {"ann": anns, "ben": bens, "mai": bens, "tam": bens, "admin": bens}
        carrier.send_to(server.sip_port)
        people = {login: Person(login, browser, server.url) for login, browser in browsers.items()}
        yield Office(server, people, carrier)
