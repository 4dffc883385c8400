"""Problems found in a flow: a stable code, the node, and a sentence in Vietnamese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """Whether a problem forbids using the flow."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem as a check reports it, before it is tied to a node."""

    code: str
    severity: Severity = Severity.ERROR
    values: Mapping[str, Any] = field(default_factory=dict)
    "What the message names."


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a flow."""

    code: str
    "Stable, kebab-case; see :data:`MESSAGES`."
    severity: Severity
    message: Mapping[str, str]
    "``vi`` and ``en``, naming the node."
    node_id: str | None = None
    node_name: str | None = None
    path: str | None = None
    "Where in the JSON, e.g. ``nodes[3].data.options[0].keys``."
    field: str | None = None
    "Where in the node's settings, e.g. ``options[0].keys``."
    port: str | None = None
    "The node's exit it is about."

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "node_id": self.node_id,
            "node_name": self.node_name,
            "path": self.path,
            "field": self.field,
            "port": self.port,
            "message": dict(self.message),
        }


MESSAGES: Mapping[str, tuple[str, str]] = {
    # Reading the file
    "too-large": ("tệp lớn hơn {limit} byte", "the file is larger than {limit} bytes"),
    "bad-json": ("không phải JSON hợp lệ: {reason}", "not valid JSON: {reason}"),
    "too-deep": ("JSON lồng quá {limit} tầng", "the JSON is nested deeper than {limit} levels"),
    "too-many-nodes": ("có {count} khối, tối đa {limit}", "there are {count} nodes, at most {limit} are allowed"),
    "bad-value": ("giá trị sai tại {path}: {reason}", "wrong value at {path}: {reason}"),
    "unknown-type": ("không có loại khối {type}", "there is no node type {type}"),
    "schema-version": ("phiên bản định dạng {found} không được hỗ trợ", "schema version {found} is not supported"),
    # Graph
    "duplicate-node": ("mã khối {id} bị trùng", "the node id {id} is used more than once"),
    "duplicate-edge-id": ("mã đường nối {id} bị trùng", "the edge id {id} is used more than once"),
    "no-start": ("luồng không có khối bắt đầu", "the flow has no start node"),
    "several-starts": ("luồng có nhiều khối bắt đầu", "the flow has more than one start node"),
    "dangling-edge": (
        "đường nối {edge} trỏ tới khối không tồn tại {target}",
        "edge {edge} names a node that does not exist: {target}",
    ),
    "edge-into-start": ("đường nối {edge} đi vào khối bắt đầu", "edge {edge} leads into the start node"),
    "unknown-port": ("không có lối ra {port}", "there is no exit {port}"),
    "missing-exit": ("lối ra {port} chưa được nối", "the exit {port} leads nowhere"),
    "duplicate-edge": ("lối ra {port} có nhiều đường nối", "the exit {port} has more than one edge"),
    "unreachable": ("không có đường nào dẫn tới khối này", "no path leads here"),
    "endless-loop": (
        "vòng lặp không có bước nhập phím hay bộ đếm: {nodes}",
        "a loop without input or counter: {nodes}",
    ),
    "flow-loop": (
        "các luồng gọi vòng không có bước nhập phím: {flows}",
        "flows lead to each other without input: {flows}",
    ),
    "subflow-recursion": ("luồng con gọi lại chính nó: {flows}", "the sub-flow enters itself: {flows}"),
    # Content
    "missing-prompt": (
        "thiếu lời thoại {setting} cho ngôn ngữ {language}",
        "the prompt {setting} is missing in {language}",
    ),
    "undeclared-language": (
        "ngôn ngữ {language} không được khai báo trong luồng",
        "the language {language} is not declared by the flow",
    ),
    "duplicate-key": ("phím {keys} được dùng hai lần", "the key {keys} is used twice"),
    "key-prefix-conflict": (
        "phím {short} là phần đầu của {long}: người gọi phải chờ",
        "{short} begins {long}: callers who press {short} have to wait",
    ),
    "option-unreachable": (
        "không thể chọn {long} vì {short} được nhận ngay",
        "{long} can never be chosen because {short} is taken at once",
    ),
    "key-misuse": ("phím # hoặc * dùng sai trong {keys}", "# or * is misused in {keys}"),
    "no-options": ("chưa có lựa chọn nào", "there is no option"),
    "duplicate-rule": ("quy tắc {id} bị trùng", "the rule {id} is used twice"),
    "reserved-port": ("tên {id} trùng với một lối ra có sẵn", "the name {id} is already an exit"),
    "digit-limits": ("số phím tối thiểu lớn hơn tối đa", "the least number of digits is larger than the most"),
    "secure-confirm": ("không được đọc lại dữ liệu bí mật", "a secret entry must not be read back"),
    "bad-template": ("mẫu {setting} sai: {reason}", "the template {setting} is wrong: {reason}"),
    "bad-expression": ("biểu thức {setting} sai: {reason}", "the expression {setting} is wrong: {reason}"),
    "bad-path": ("đường dẫn JSON {path} sai", "{path} is not a JSON path"),
    "bad-url": ("địa chỉ web không hợp lệ: {reason}", "the web address cannot be used: {reason}"),
    "bad-hours": ("giờ mở cửa sai: {reason}", "the hours are wrong: {reason}"),
    "bad-setting": ("thiết lập sai: {reason}", "the settings do not fit together: {reason}"),
    "unknown-variable": (
        "biến {name} chưa được gán trước khi dùng",
        "the variable {name} is used before anything can have set it",
    ),
    "system-variable": ("không được gán biến hệ thống {name}", "{name} is set by the call and cannot be assigned"),
    "secret-not-collected": ("{name} không phải biến bí mật nào", "{name} is no secret any node collects"),
    "unknown-store": ("không có cửa hàng {name}", "there is no store {name}"),
    "unknown-extension": ("không có máy lẻ {name}", "there is no extension {name}"),
    "unknown-flow": ("không có luồng {name}", "there is no flow {name}"),
    "unknown-plan": ("không có kế hoạch định tuyến {name}", "there is no routing plan {name}"),
    "unknown-queue": ("không có hàng đợi {name}", "there is no queue {name}"),
    "unknown-mailbox": ("không có hộp thư thoại {name}", "there is no mailbox {name}"),
    "unknown-audio-file": ("không có tệp âm thanh {name}", "there is no audio file {name}"),
    "no-return": ("luồng con không bao giờ quay về bằng {outcome}", "the sub-flow never returns {outcome}"),
    "return-at-top": (
        "khối quay về trong luồng không phải luồng con",
        "a flow that calls start in has nowhere to return to",
    ),
    "file-name": ("tệp khác đã dùng mã luồng {id}: {other}", "another file already holds the flow {id}: {other}"),
    "still-used": ("luồng bị xóa nhưng vẫn được dùng bởi {flows}", "the flow was deleted but is still used by {flows}"),
}  # fmt: skip


def problem(
    code: str,
    *,
    severity: Severity = Severity.ERROR,
    node_id: str | None = None,
    node_name: str | None = None,
    path: str | None = None,
    **values: Any,
) -> Problem:
    """Make a problem with its sentences; ``values`` fill the blanks of :data:`MESSAGES`."""
    vi, en = MESSAGES[code]
    if path is not None:
        values.setdefault("path", path)
    shown = {name: _shorten(value) for name, value in values.items()}
    vi, en = vi.format(**shown), en.format(**shown)
    if node_id is not None:
        named = f"{node_name} ({node_id})" if node_name and node_name != node_id else node_id
        vi, en = f"Khối {named}: {vi}", f"Node {named}: {en}"
    setting = values.get("setting") or (_NODE_PREFIX.sub("", path) if path and node_id is not None else None)
    return Problem(code, severity, {"vi": vi, "en": en}, node_id, node_name, path, setting, values.get("port"))


_NODE_PREFIX = re.compile(r"^nodes\[\d+\]\.(data\.)?")


def _shorten(value: Any, limit: int = 300) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def has_errors(problems: list[Problem]) -> bool:
    """Tell whether any of ``problems`` forbids using the flow."""
    return any(found.severity is Severity.ERROR for found in problems)
