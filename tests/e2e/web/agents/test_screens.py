"""Pictures of every screen, to be looked at: in both languages, light and dark, at three widths.

Set ``CALLCENTER_SCREENSHOTS`` to a directory to have them taken.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.e2e.web.agents.office import MAILBOX, NAMES, SERVICE, Office, hears

DIRECTORY = os.environ.get("CALLCENTER_SCREENSHOTS")
WIDTHS = (1440, 1024, 390)
LOOKS = [(language, scheme) for language in ("vi", "en") for scheme in ("light", "dark")]
PAGES = (
    "live", "calls", "customers", "customers/c00", "voicemails", "callbacks", "account", "admin/users", "admin/queues",
    "admin/queues/desk", "admin/dispositions", "admin/stores", "admin/audit", "admin/status", "nowhere",
)  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(DIRECTORY is None, reason="pictures are taken only when CALLCENTER_SCREENSHOTS names a place"),
]


def picture(page: Page, name: str, look: tuple[str, str], *, whole: bool = True) -> None:
    """Save what a page looks like at every width."""
    for width in WIDTHS:
        page.set_viewport_size(ViewportSize(width=width, height=900))
        page.wait_for_timeout(250)
        path = Path(str(DIRECTORY)) / f"{name.replace('/', '-')}.{'.'.join(look)}.{width}.png"
        page.screenshot(path=path, full_page=whole)
    page.set_viewport_size(ViewportSize(width=WIDTHS[0], height=900))


def dress(page: Page, look: tuple[str, str]) -> None:
    """Choose language and colours, as the switches in the page's head do."""
    page.evaluate(
        """([language, scheme]) => {
          localStorage.setItem("callcenter.language", language);
          localStorage.setItem("callcenter.color-scheme", scheme);
        }""",
        look,
    )
    page.reload()
    page.wait_for_load_state("networkidle")


def test_calls(office: Office) -> None:
    with office.customer(MAILBOX) as customer:
        customer.dial()
        customer.wait_prompts(1, timeout=10)
        customer.wait(1.5)
    with office.at_work("ann") as ann, office.at_work("ben"):
        for look in LOOKS:
            dress(ann.page, look)
            picture(ann.page, "desk-idle", look)
            ann.page.get_by_role("complementary").get_by_role("button").last.click()
            picture(ann.page, "softphone", look, whole=False)
            ann.page.get_by_role("complementary").get_by_role("button").last.click()
            with office.customer(SERVICE) as customer:
                customer.dial()
                ann.page.get_by_role("main").get_by_role("button", name=re.compile("Answer|Trả lời")).wait_for()
                picture(ann.page, "desk-ringing", look)
                ann.page.get_by_role("main").get_by_role("button", name=re.compile("Answer|Trả lời")).click()
                hears(customer, 700.0)
                picture(ann.page, "desk-talking", look)
                ann.page.get_by_role("main").get_by_role("button", name=re.compile("^(Transfer|Chuyển)$")).click()
                ann.page.get_by_role("main").get_by_role("option", name=NAMES["ben"]).first.wait_for()
                picture(ann.page, "desk-transfer", look)
                customer.hang_up()
            ann.page.get_by_role("main").get_by_role("timer").or_(
                ann.page.get_by_role("main").get_by_role("region", name=re.compile("Wrap-up|Hoàn tất"))
            ).first.wait_for()
            picture(ann.page, "desk-wrap-up", look)
            calls = office.server.get_json("/api/calls?limit=1")["items"]
            ann.api("POST", f"/api/calls/{calls[0]['id']}/wrap-up", {"disposition": "resolved", "note": "Đã xong"})
            ann.page.wait_for_timeout(500)


def test_pages(office: Office) -> None:
    with office.computer("admin") as computer:
        page = computer.tab("/live").page
        calls = office.server.get_json("/api/calls?limit=1")["items"]
        for look in LOOKS:
            dress(page, look)
            for name in (*PAGES, *(f"calls/{call['id']}" for call in calls)):
                page.goto(f"/{name}")
                page.wait_for_load_state("networkidle")
                picture(page, "call" if name.startswith("calls/") else name, look)
    with office.people["admin"].browser.computer(office.server.url) as stranger:
        page = stranger.tab("/login").page
        for look in LOOKS:
            dress(page, look)
            picture(page, "login", look)
