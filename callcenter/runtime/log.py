"""Structured logs: a static message plus fields, the call's id from the context, nothing private by default.

Fields that hold numbers, names, digits, transcripts or credentials are either named ``pii_*`` or listed in
:data:`PRIVATE_FIELDS`; both are replaced by ``[redacted]`` unless the operator asks for them.
"""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

PRIVATE_FIELDS = frozenset(
    {"digits", "digit", "keys", "password", "secret", "token", "authorization", "ha1", "nonce", "transcript"}
)
REDACTED = "[redacted]"
_AUTHORIZATION = re.compile(r"((?:Proxy-)?Authorization:\s*)[^\r\n]+", re.IGNORECASE)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank private fields and credentials inside raw SIP text (a structlog processor)."""
    for key, value in event.items():
        if key.startswith("pii_") or key in PRIVATE_FIELDS:
            event[key] = REDACTED
        elif isinstance(value, str) and "uthorization:" in value:
            event[key] = _AUTHORIZATION.sub(rf"\1{REDACTED}", value)
    return event


class _CurrentStderr(io.StringIO):
    """Standard error as it is when a line is written: loggers outlive redirections."""

    def write(self, text: str) -> int:
        """Write to ``sys.stderr``."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Flush ``sys.stderr``."""
        sys.stderr.flush()


def configure_logging(level: str = "info", style: Literal["console", "json"] = "console") -> None:
    """Send structlog and the standard library's log records to standard error, redacted."""
    number = getattr(logging, level.upper())
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        # A traceback with the values of local variables would tell digits, secrets and whole messages.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    if style == "json":
        shared.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(_CurrentStderr()),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(_CurrentStderr())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=[*shared]))
    logging.basicConfig(level=max(number, logging.INFO), handlers=[handler], force=True)
    for chatty in ("aiosqlite", "httpx", "httpcore", "uvicorn.access", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
