"""Signing in, the status page and every other page as people see them: the real server, the built pages, Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from callcenter.accounts.passwords import Passwords
from callcenter.accounts.user import Role, User
from callcenter.api.pages import STATIC
from callcenter.base.ids import new_id
from callcenter.runtime.clock import SystemClock
from callcenter.storage.assembly import Storage
from callcenter.storage.repositories.accounts import UserTable
from callcenter.testing.server import RunningServer, ServerOptions

CHROMIUM = shutil.which("chromium")
HOSTILE = "<img src=x onerror=alert(1)>"
AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (390, 768, 1024, 1440)
LOGIN, PASSWORD = "quanly", "four words make sense"
PAGES = (
    "/live",
    "/calls",
    "/customers",
    "/voicemails",
    "/callbacks",
    "/account",
    "/admin/users",
    "/admin/queues",
    "/admin/dispositions",
    "/admin/stores",
    "/admin/audit",
    "/admin/status",
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="NOT RUN: the web pages in a browser (install chromium)"),
    pytest.mark.skipif(not (STATIC / "index.html").is_file(), reason="NOT RUN: the web pages are not built"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """Return a server whose only flow is faulty, with markup in its file's name and in what is wrong with it."""
    node = {"id": "start", "type": HOSTILE, "position": {"x": 0, "y": 0}, "data": {}}
    flow = {"schema_version": 1, "id": "shop", "name": "Shop", "nodes": [node], "edges": []}
    options = ServerOptions(flows={HOSTILE: flow}, dids={"1900": "shop"}, seed=_add_admin)
    with RunningServer(tmp_path, options) as server:
        yield server


async def _add_admin(storage: Storage) -> None:
    now = SystemClock().utcnow()
    admin = User(id=new_id(now), login=LOGIN, name="Quản Lý", role=Role.ADMIN, created_at=now)
    await UserTable(storage.database).save(admin, Passwords().hash(PASSWORD))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a page of a Vietnamese browser; it fails the test when the page breaks a rule of the browser."""
    context = browser.new_context(locale="vi-VN", color_scheme="light")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    page.on("console", lambda message: _note_violation(message.text, faults))
    yield page
    context.close()
    assert faults == []


def _note_violation(text: str, faults: list[str]) -> None:
    if "Content Security Policy" in text:
        faults.append(text)


def test_status_page(server: RunningServer, page: Page) -> None:
    url = f"http://127.0.0.1:{server.http_port}/"
    foreign: list[str] = []
    page.on("request", lambda request: None if request.url.startswith(url) else foreign.append(request.url))
    page.goto(f"{url}admin/status")
    _sign_in(page)

    expect(page.get_by_text("Đang nhận cuộc gọi")).to_be_visible()
    expect(page.get_by_role("region", name="Số tổng đài").get_by_text("Ngừng phục vụ")).to_be_visible()
    problems = page.get_by_role("region", name="Vấn đề trong tệp kịch bản")
    expect(problems.get_by_role("heading", name=f"{HOSTILE}.json")).to_be_visible()
    expect(problems.get_by_role("listitem").filter(has_text=HOSTILE).first).to_be_visible()
    expect(page.get_by_text(f"127.0.0.1:{server.sip_port}")).to_be_visible()

    for width in WIDTHS:
        _expect_to_fit(page, width)

    _switch_to_english_and_dark_by_keyboard(page)
    page.reload()
    expect(page.get_by_text("Taking calls")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")

    server.kill()
    away = page.get_by_role("alert").filter(has_text="The server does not answer")
    expect(away).to_be_visible(timeout=15_000)
    expect(page.get_by_text("No contact")).to_be_visible()
    expect(page.get_by_role("region", name="Hotlines").get_by_text("1900", exact=True)).to_be_visible()
    server.start()
    expect(page.get_by_text("Taking calls")).to_be_visible(timeout=15_000)
    expect(away).to_be_hidden()
    expect(page.get_by_text("The live connection was lost")).to_be_hidden(timeout=15_000)
    assert foreign == []


def test_every_page_fits_a_phone(server: RunningServer, page: Page) -> None:
    url = f"http://127.0.0.1:{server.http_port}"
    page.goto(url)
    _sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hàng đợi trực tiếp")
    for path in PAGES:
        page.goto(url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.url.startswith(url + path)
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        _expect_to_fit(page, 390)


@pytest.mark.skipif(not AXE.is_file(), reason="NOT RUN: accessibility of the pages (npm ci in web/)")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(server: RunningServer, browser: Browser, scheme: Literal["light", "dark"]) -> None:
    """Walk the rules of WCAG 2.2 AA that a machine can check: contrast, names, roles, structure."""
    url = f"http://127.0.0.1:{server.http_port}"
    context = browser.new_context(locale="vi-VN", color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page = context.new_page()
    page.goto(f"{url}/login")
    expect(page.get_by_label("Tên đăng nhập")).to_be_visible()
    found = [f"/login: {violation}" for violation in _violations(page)]
    _sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hàng đợi trực tiếp")
    for path in PAGES:
        page.goto(url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        found += [f"{path}: {violation}" for violation in _violations(page)]
    context.close()
    assert found == []


def _violations(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    found: list[str] = page.evaluate(
        """async () => (await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}))
            .violations.flatMap(({id, nodes}) => nodes.map(({html}) => `${id} ${html.slice(0, 200)}`))"""
    )
    return found


def _sign_in(page: Page) -> None:
    page.get_by_label("Tên đăng nhập").fill(LOGIN)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def _expect_to_fit(page: Page, width: int) -> None:
    page.set_viewport_size(ViewportSize(width=width, height=800))
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width, timeout=3000)


def _switch_to_english_and_dark_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Tới nội dung chính")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="callcenter")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Đi tới hoặc tìm")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name=re.compile("Tiếng Việt"))).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Call center status")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
