"""HTTP request: ask another system and keep what it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field

from callcenter.ivr.effects import HttpCall, Steps
from callcenter.ivr.expressions import TemplateFault, compile_template
from callcenter.ivr.fields import NodeData, Settings, Template, VariableName, setting
from callcenter.ivr.flow_call import FlowCall
from callcenter.ivr.ports import HttpOutcome, HttpRequest, HttpResult
from callcenter.ivr.problems import Finding
from callcenter.ivr.registry import Category, Exit, Label, NodeResult, NodeType, Port, Scope
from callcenter.ivr.variables import extract, parse_path


class Capture(Settings):
    """One value taken from the JSON answered."""

    variable: VariableName = setting(vi="Biến", en="Variable")
    path: str = setting(
        "$", vi="Đường dẫn", en="Path", help_vi="Ví dụ: $.order.status", help_en="E.g. $.order.status", max_length=300
    )
    required: bool = setting(False, vi="Bắt buộc có", en="Must be there")


class HttpRequestData(NodeData):
    """Settings of an HTTP request."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = setting("GET", vi="Phương thức", en="Method")
    url: Template = setting(vi="Địa chỉ", en="URL", min_length=1)
    headers: Annotated[dict[str, Template], Field(max_length=30)] = setting(
        default_factory=dict, vi="Tiêu đề", en="Headers"
    )
    body: Template | None = setting(None, vi="Nội dung", en="Body")
    secrets: list[VariableName] = setting(
        default_factory=list,
        vi="Biến bí mật được gửi trong nội dung",
        en="Secrets the body may carry",
        max_length=10,
    )
    timeout_s: float = setting(3.0, vi="Thời gian tối đa (giây)", en="Time limit (s)", ge=0.1, le=10)
    retries: int = setting(0, vi="Số lần thử lại", en="Retries", ge=0, le=3)
    captures: list[Capture] = setting(default_factory=list, vi="Lấy giá trị", en="Take values", max_length=30)


class HttpRequestNode(NodeType[HttpRequestData]):
    """Makes one web request; leaves by how it went. Sets ``http_status`` and the captured variables."""

    name = "http_request"
    label = Label("Gọi HTTP", "HTTP request")
    help = Label(
        "Gọi hệ thống khác và lưu kết quả JSON vào biến.",
        "Asks another system and keeps values of the JSON answered.",
    )
    category = Category.DATA
    icon = "world"
    data_model = HttpRequestData
    static_ports = (
        Port("success", Label("Thành công", "Success")),
        Port("client_error", Label("Lỗi 4xx", "Error 4xx")),
        Port("server_error", Label("Lỗi 5xx", "Error 5xx")),
        Port("timeout", Label("Quá thời gian", "Timeout")),
        Port("blocked", Label("Địa chỉ bị chặn", "Blocked")),
        Port("invalid", Label("Trả lời không hợp lệ", "Invalid")),
    )

    def assigns(self, data: HttpRequestData) -> Mapping[str, frozenset[str]]:
        """The status always, what was captured on success."""
        return {"*": frozenset({"http_status"}), "success": frozenset(capture.variable for capture in data.captures)}

    def reveals(self, data: HttpRequestData) -> frozenset[str]:
        """What the body may carry."""
        return frozenset(data.secrets)

    def check(self, data: HttpRequestData, scope: Scope) -> Iterator[Finding]:
        """Find addresses and paths that cannot work."""
        if not data.url.startswith(("http://", "https://")):
            yield Finding("bad-url", values={"reason": "http:// or https://"})
        else:
            host = urlsplit(data.url.split("{", 1)[0]).netloc if "{" in data.url else urlsplit(data.url).netloc
            if not host:
                yield Finding("bad-url", values={"reason": "the host must not come from a variable"})
        for capture in data.captures:
            try:
                parse_path(capture.path)
            except ValueError:
                yield Finding("bad-path", values={"path": capture.path})
        if data.secrets and data.body is None:
            yield Finding("bad-setting", values={"reason": "secrets without a body"})

    def worst_case_s(self, data: HttpRequestData) -> float:
        """The time limit."""
        return data.timeout_s

    def run(self, data: HttpRequestData, call: FlowCall) -> Steps[NodeResult]:
        """Ask and keep the answer. The record holds neither the query nor the bodies."""
        try:
            request = HttpRequest(
                method=data.method,
                url=call.text(data.url),
                headers={name: call.text(value) for name, value in data.headers.items()},
                body=self._body(data, call),
                timeout_s=data.timeout_s,
                retries=data.retries,
                expect_json=bool(data.captures),
            )
        except TemplateFault as error:
            call.warn(f"request not made: {error}")
            return Exit("invalid")
        result = yield from call.perform(HttpCall(request), HttpResult)
        call.note(
            outcome=result.outcome.value, status=result.status, reason=result.reason,
            elapsed_ms=result.elapsed_ms, attempts=result.attempts,
        )  # fmt: skip
        call.variables.set("http_status", result.status)
        if result.outcome is HttpOutcome.SUCCESS and not self._capture(data, call, result):
            return Exit("invalid")
        return Exit(result.outcome.value)

    def _body(self, data: HttpRequestData, call: FlowCall) -> str | None:
        if data.body is None:
            return None
        return compile_template(data.body).render(call.variables.revealed(data.secrets))

    def _capture(self, data: HttpRequestData, call: FlowCall, result: HttpResult) -> bool:
        values = {}
        for capture in data.captures:
            found, value = extract(result.json, capture.path)
            if found:
                values[capture.variable] = value
            elif capture.required:
                call.warn(f"the answer has no {capture.path}")
                return False
            else:
                call.variables.discard(capture.variable)
        for name, value in values.items():
            call.variables.set(name, value)
        return True
