"""Requests outside dialogs."""


class ClientRequest:
    """A request of ours outside dialogs; ``data`` is free for the application."""

    method: str
    uri: str
    call_id: str
    cseq: int
    data: object
