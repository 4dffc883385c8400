"""What all quick tests share."""

from __future__ import annotations

import structlog

# As the server logs. structlog's own choice draws tracebacks with the values of all local variables, by rich: seconds
# for a fault deep inside a web application.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
