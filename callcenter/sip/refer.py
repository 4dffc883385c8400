"""Transfers: the REFER subscriptions of a session (RFC 3515)."""


class IncomingRefer:
    """A REFER from the peer."""

    refer_to: str
    "URI to call, without header parameters."
    replaces: str | None
    "Unescaped Replaces value that came inside Refer-To."
    referred_by: str | None


class OutgoingRefer:
    """A REFER of ours; ``data`` is free for the application."""

    data: object
