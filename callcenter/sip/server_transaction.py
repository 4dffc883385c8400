"""Server transactions."""


class ServerTransaction:
    """A request of the peer and our responses to it."""
