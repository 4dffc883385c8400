"""Which address a leg's media is bound to, and which one its peer is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from callcenter.sdp.keying import Keying
from callcenter.testing.switchboard import Switchboard

BEHIND_NAT = {"media_public_host": "203.0.113.9"}
ONE_ADDRESS = {"media_host": "10.0.0.1"}


@pytest.mark.parametrize(
    ("settings", "signalling", "keying", "expected"),
    [
        ({}, "192.0.2.1", Keying.PLAIN, (None, "192.0.2.1")),
        ({}, "2001:db8::1", Keying.PLAIN, ("::", "2001:db8::1")),
        # Answers to a browser's checks must leave from where they were sent to.
        ({}, "192.0.2.1", Keying.DTLS, ("192.0.2.1", "192.0.2.1")),
        ({}, "2001:db8::1", Keying.DTLS, ("2001:db8::1", "2001:db8::1")),
        (BEHIND_NAT, "192.0.2.1", Keying.DTLS, (None, "203.0.113.9")),
        (BEHIND_NAT, "192.0.2.1", Keying.PLAIN, (None, "203.0.113.9")),
        (ONE_ADDRESS, "192.0.2.1", Keying.DTLS, ("10.0.0.1", "10.0.0.1")),
        (ONE_ADDRESS | BEHIND_NAT, "192.0.2.1", Keying.DTLS, ("10.0.0.1", "203.0.113.9")),
    ],
)
async def test_media_is_bound_and_advertised(
    desk: Switchboard, settings: dict[str, str], signalling: str, keying: Keying, expected: tuple[str | None, str]
) -> None:
    changed = {"media_host": None, "media_public_host": None, **settings}
    desk.exchange.settings = replace(desk.exchange.settings, **changed)  # type: ignore[arg-type]  # strings or None
    assert desk.exchange.media_hosts(signalling, keying) == expected
