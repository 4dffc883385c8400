"""Who a called party sees."""

from __future__ import annotations

from dataclasses import dataclass

from callcenter.sip.uri import escape_user


@dataclass(frozen=True, slots=True)
class CallerId:
    """Who the called party sees."""

    number: str | None
    name: str = ""
    chosen: bool = False
    "An agent chose the number among those allowed: trunks show it instead of their own."

    def header(self, realm: str, override: str | None = None) -> str:
        """Return the From value; ``override`` is the number a trunk wants to see."""
        number = override or self.number
        if number is None:
            return '"Anonymous" <sip:anonymous@anonymous.invalid>'
        name = "".join(char for char in self.name if char.isprintable()).replace("\\", "").replace('"', "")
        shown = f'"{name}" ' if name and override is None else ""
        return f"{shown}<sip:{escape_user(number)}@{realm}>"
