"""How node settings are declared, so that forms, references and templates can be derived from one definition.

A setting's type may carry a marker. Markers appear in the JSON Schema as ``format``, by which editors choose the input,
and tell the validator what a string means without knowing the node: a template, an expression, a reference to a store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, StringConstraints
from pydantic.fields import FieldInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema


class Meaning(Enum):
    """What a string setting stands for."""

    TEMPLATE = "template"
    EXPRESSION = "expression"
    VARIABLE = "variable"
    "The name of a variable the node assigns."
    STORE = "store"
    EXTENSION = "extension"
    FLOW = "flow"
    PLAN = "plan"
    MAILBOX = "mailbox"
    QUEUE = "queue"
    AUDIO = "audio-file"


@dataclass(frozen=True, slots=True)
class Marker:
    """Attaches a :class:`Meaning` to a field's type."""

    meaning: Meaning

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Show the meaning as the schema's ``format``."""
        json_schema = handler(schema)
        json_schema["format"] = self.meaning.value
        return json_schema


_Short: TypeAlias = Annotated[str, StringConstraints(max_length=200)]

Template: TypeAlias = Annotated[str, StringConstraints(max_length=4000), Marker(Meaning.TEMPLATE)]
"Text with ``{{ variables }}``."
Expression: TypeAlias = Annotated[str, StringConstraints(max_length=1000), Marker(Meaning.EXPRESSION)]
"One expression over variables, without braces."
VariableName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$"), Marker(Meaning.VARIABLE)]
StoreRef: TypeAlias = Annotated[_Short, Marker(Meaning.STORE)]
ExtensionRef: TypeAlias = Annotated[_Short, Marker(Meaning.EXTENSION)]
FlowRef: TypeAlias = Annotated[_Short, Marker(Meaning.FLOW)]
PlanRef: TypeAlias = Annotated[_Short, Marker(Meaning.PLAN)]
MailboxRef: TypeAlias = Annotated[_Short, Marker(Meaning.MAILBOX)]
QueueRef: TypeAlias = Annotated[_Short, Marker(Meaning.QUEUE)]
"A queue's code."


def _inside(path: str) -> str:
    if ".." in path.split("/") or path.startswith("/"):
        raise ValueError("must stay inside the prompt directory")
    return path


AudioFile: TypeAlias = Annotated[
    str,
    StringConstraints(min_length=1, max_length=300, pattern=r"^[^\\\x00-\x1f]+$"),
    AfterValidator(_inside),
    Marker(Meaning.AUDIO),
]
"A path inside the prompt directory."
Language: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(vi|en)$")]
MenuKeys: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9*#]{1,8}$")]
DigitKey: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]


def setting(default: Any = ..., *, vi: str, en: str, help_vi: str = "", help_en: str = "", **constraints: Any) -> Any:
    """Declare a node setting with its labels and help in both languages.

    :param constraints: passed on to :func:`pydantic.Field` (``ge``, ``le``, ``default_factory``, …).
    """
    extra: dict[str, Any] = {"label": {"vi": vi, "en": en}, **constraints.pop("schema", {})}
    if help_vi or help_en:
        extra["help"] = {"vi": help_vi, "en": help_en}
    if "default_factory" in constraints:
        return Field(title=en, description=help_en or None, json_schema_extra=extra, **constraints)
    return Field(default, title=en, description=help_en or None, json_schema_extra=extra, **constraints)


class Settings(BaseModel):
    """Base of everything that can be written in a node: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=8000, use_enum_values=False)


class NodeData(Settings):
    """Settings every node has."""

    name: str = setting(
        "", vi="Tên khối", en="Name", help_vi="Hiện trên sơ đồ và trong nhật ký.", max_length=120,
        help_en="Shown on the canvas and in the call log.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class MarkedValue:
    """A string in a node's settings together with what it means."""

    meaning: Meaning
    value: str
    path: str
    "Where in the settings, e.g. ``options[2].label``."


def marked_values(model: BaseModel, path: str = "") -> Iterator[MarkedValue]:
    """Yield every marked string in ``model``, nested ones included."""
    for name, info in type(model).model_fields.items():
        where = f"{path}.{name}" if path else name
        yield from _marked(getattr(model, name), info.metadata, info.annotation, where)


def _marked(value: Any, metadata: list[Any], annotation: Any, path: str) -> Iterator[MarkedValue]:
    if isinstance(value, BaseModel):
        yield from marked_values(value, path)
    elif isinstance(value, str):
        if (meaning := _meaning(metadata, annotation)) is not None:
            yield MarkedValue(meaning, value, path)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _marked(item, metadata, annotation, f"{path}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _marked(item, metadata, annotation, f"{path}.{key}")


def _meaning(metadata: list[Any], annotation: Any) -> Meaning | None:
    for entry in metadata:
        if isinstance(entry, Marker):
            return entry.meaning
        if isinstance(entry, FieldInfo):
            return _meaning(entry.metadata, None)
    # A marker inside list[Template], dict[str, Template] or Template | None; the value's type is the last argument.
    for argument in reversed(getattr(annotation, "__args__", ())):
        if argument is type(None):
            continue
        found = _meaning(list(getattr(argument, "__metadata__", ())), argument)
        if found is not None:
            return found
    return None
