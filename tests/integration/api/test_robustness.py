"""Whatever is sent, by whoever may send it: an answer the document declares, never a fault of ours."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from tests.integration.api.conftest import Office
from tests.integration.api.test_matrix import OWN

EXAMPLES = 12


def _cases(operation: Any, mode: GenerationMode) -> list[Any]:
    """Return requests for one operation: such as the document allows, or such as it forbids."""
    found: list[Any] = []

    @given(operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def collect(case: Any) -> None:
        found.append(case)

    collect()
    return found


async def test_no_request_makes_the_server_fail(office: Office) -> None:
    client = await office.browser(Authorization="Bearer secret-1")
    document = office.app.openapi()
    sent = 0
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        declared = document["paths"][operation.path][operation.method]["responses"]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                cases = _cases(operation, mode)
            except Unsatisfiable:  # Nothing can be wrong with a request without input.
                continue
            for number, case in enumerate(cases):
                if number % 2:
                    case.path_parameters = {**(case.path_parameters or {}), **_known(case.path_parameters or {})}
                response = await client.request(**_as_request(case))
                sent += 1
                told = (case.method, case.formatted_path, case.query, case.body, response.text)
                assert response.status_code < 500 or operation.path == "/healthz", told
                if response.status_code >= 400:
                    assert response.headers["content-type"] == "application/problem+json", told
                if mode is GenerationMode.POSITIVE:
                    assert str(response.status_code) in declared, told
    assert sent > 300


def _known(parameters: dict[str, Any]) -> dict[str, str]:
    return {name: OWN["admin"][name] for name in parameters if name in OWN["admin"]}


def _as_request(case: Any) -> dict[str, Any]:
    arguments = case.as_transport_kwargs(base_url="http://test")
    arguments.pop("cookies", None)
    headers = {name: value for name, value in dict(arguments.pop("headers", {})).items() if name != "User-Agent"}
    if "data" in arguments:
        arguments["content"] = arguments.pop("data")
    return {**arguments, "headers": headers}
