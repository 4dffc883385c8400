"""The OpenAPI document, from which the web pages' types are generated: ``python -m callcenter.api.document``."""

from __future__ import annotations

import json
import sys

from prometheus_client import CollectorRegistry

from callcenter.api.app import ServerStatus, create_app


def openapi_document() -> str:
    """Return the document as it is committed in ``web/openapi.json``."""
    app = create_app(_never_asked, CollectorRegistry())
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def _never_asked() -> ServerStatus:
    raise AssertionError("describing the application does not serve requests")


if __name__ == "__main__":
    sys.stdout.write(openapi_document())
