"""Descriptions that several tests start from."""

from __future__ import annotations

from callcenter.sdp.audio import LocalAudio

LOCAL = LocalAudio("127.0.0.1", 20000)
LOCAL6 = LocalAudio("::1", 20000)


def sdp(*media: str, connection: str | None = "IN IP4 192.0.2.10", session: tuple[str, ...] = ()) -> str:
    """Return a description with ``media`` sections, each given as its lines separated by ``|``."""
    lines = ["v=0", "o=peer 100 1 IN IP4 192.0.2.10", "s=call"]
    if connection is not None:
        lines.append(f"c={connection}")
    lines += ["t=0 0", *session]
    for section in media:
        lines += section.split("|")
    return "\r\n".join([*lines, ""])


def body(description: str) -> list[str]:
    """Return the lines after ``t=``: what the description says about media."""
    lines = description.split("\r\n")
    assert lines[-1] == ""
    start = next(index for index, line in enumerate(lines) if line.startswith("t="))
    return lines[start + 1 : -1]
