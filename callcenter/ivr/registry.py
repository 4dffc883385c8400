"""What a node type is, and the catalogue an editor builds its palette and forms from.

A node type is one file in ``callcenter/ivr/nodes``: its settings (a Pydantic model), its ports, its own checks and its
behaviour. Everything else in this package works on the interface below and knows no type by name.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic_core import PydanticUndefined

from callcenter.ivr.fields import NodeData
from callcenter.ivr.problems import Finding
from callcenter.ivr.prompts import Prompts

if TYPE_CHECKING:
    from callcenter.ivr.effects import Steps
    from callcenter.ivr.flow_call import FlowCall


@dataclass(frozen=True, slots=True)
class Label:
    """A short text in both languages of the user interface."""

    vi: str
    en: str

    def to_json(self) -> dict[str, str]:
        """Return it as a JSON object."""
        return {"vi": self.vi, "en": self.en}

    def __str__(self) -> str:
        return self.en


class Category(StrEnum):
    """Where a node type stands in the palette."""

    TALK = "talk"
    ASK = "ask"
    DECIDE = "decide"
    DATA = "data"
    CONNECT = "connect"
    FLOW = "flow"
    END = "end"


_CATEGORIES = {
    Category.TALK: Label("Phát lời", "Talk"),
    Category.ASK: Label("Hỏi khách", "Ask"),
    Category.DECIDE: Label("Rẽ nhánh", "Decide"),
    Category.DATA: Label("Dữ liệu", "Data"),
    Category.CONNECT: Label("Nối máy", "Connect"),
    Category.FLOW: Label("Luồng", "Flow"),
    Category.END: Label("Kết thúc", "End"),
}


@dataclass(frozen=True, slots=True)
class Port:
    """A node's named exit."""

    id: str
    "What an edge carries as ``sourceHandle``."
    label: Label
    required: bool = True
    "A required port must be wired."


@dataclass(frozen=True, slots=True)
class DynamicPorts:
    """Tells an editor which setting makes further ports: one per list item, named by one of the item's fields."""

    setting: str
    id_field: str | None
    "``None``: the items themselves are the names."
    label_field: str | None = None


# What a node's behaviour may return


@dataclass(frozen=True, slots=True)
class Exit:
    """Leave by a port."""

    port: str


@dataclass(frozen=True, slots=True)
class EndCall:
    """Hang up."""

    cause: str


@dataclass(frozen=True, slots=True)
class GoToFlow:
    """Go on in another flow and do not come back."""

    flow: str


@dataclass(frozen=True, slots=True)
class EnterFlow:
    """Go through another flow and come back."""

    flow: str


@dataclass(frozen=True, slots=True)
class ReturnFromFlow:
    """Come back from a flow entered with :class:`EnterFlow`."""

    outcome: str


NodeResult = Exit | EndCall | GoToFlow | EnterFlow | ReturnFromFlow

D = TypeVar("D", bound=NodeData)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a node's own checks may look at."""

    languages: tuple[str, ...]


class NodeType(ABC, Generic[D]):
    """One kind of node."""

    name: ClassVar[str]
    "What a flow file calls it."
    label: ClassVar[Label]
    help: ClassVar[Label]
    category: ClassVar[Category]
    icon: ClassVar[str]
    data_model: type[D]
    static_ports: ClassVar[tuple[Port, ...]] = ()
    dynamic_ports: ClassVar[DynamicPorts | None] = None
    decoration: ClassVar[bool] = False
    "Stands on the canvas but takes no part in calls."
    reaches_human: ClassVar[bool] = False
    "Leaving the caller's waiting for a person behind."
    enters_flow: ClassVar[bool] = False
    "Goes through another flow and comes back."
    sequential: ClassVar[bool] = False
    "Assigns its variables one after the other, so later expressions see earlier ones."
    local_names: ClassVar[frozenset[str]] = frozenset()
    "Variables that exist only inside the node's own prompts."

    def ports(self, data: D) -> tuple[Port, ...]:
        """Return the exits of a node with these settings."""
        return self.static_ports

    def takes_input(self, data: D) -> bool:
        """Tell whether the caller has to press something here."""
        return False

    def required_prompts(self, data: D) -> Iterable[tuple[str, Prompts]]:
        """Return the prompts that must exist in every language of the flow, with the settings' names."""
        return ()

    def assigns(self, data: D) -> Mapping[str, frozenset[str]]:
        """Return the variables set when leaving by a port; ``*`` stands for every port."""
        return {}

    def secrets(self, data: D) -> frozenset[str]:
        """Return the variables it sets to secrets."""
        return frozenset()

    def reveals(self, data: D) -> frozenset[str]:
        """Return the secrets it sends away."""
        return frozenset()

    def counts(self, data: D) -> frozenset[str]:
        """Return the variables it counts up or down."""
        return frozenset()

    def guards(self, data: D) -> frozenset[str]:
        """Return the variables its choice of exit depends on."""
        return frozenset()

    def returns(self, data: D) -> frozenset[str]:
        """Return the outcomes with which it ends a sub-flow."""
        return frozenset()

    def check(self, data: D, scope: Scope) -> Iterator[Finding]:
        """Yield what is wrong with these settings beyond what the model refuses."""
        return iter(())

    def worst_case_s(self, data: D) -> float:
        """Return about how long a caller can be held here at most, seconds."""
        return 0.0

    @abstractmethod
    def run(self, data: D, call: FlowCall) -> Steps[NodeResult]:
        """Do what the node does and say where the call goes."""


AnyNodeType = NodeType[Any]


class Registry:
    """The node types a server knows."""

    def __init__(self, types: Iterable[AnyNodeType]) -> None:
        self._types = {node_type.name: node_type for node_type in types}

    def get(self, name: str) -> AnyNodeType | None:
        """Return the node type called ``name``."""
        return self._types.get(name)

    def __iter__(self) -> Iterator[AnyNodeType]:
        return iter(self._types.values())

    def catalogue(self) -> list[dict[str, Any]]:
        """Return every node type with labels, ports and the JSON Schema of its settings, for an editor."""
        return [_describe(node_type) for node_type in self]

    def categories(self) -> list[dict[str, Any]]:
        """Return the groups of the palette in their order, for an editor."""
        return [{"id": category.value, "label": label.to_json()} for category, label in _CATEGORIES.items()]


def _describe(node_type: AnyNodeType) -> dict[str, Any]:
    dynamic = node_type.dynamic_ports
    return {
        "type": node_type.name,
        "label": node_type.label.to_json(),
        "help": node_type.help.to_json(),
        "category": node_type.category.value,
        "icon": node_type.icon,
        "decoration": node_type.decoration,
        "ports": [
            {"id": port.id, "label": port.label.to_json(), "required": port.required} for port in node_type.static_ports
        ],
        "dynamic_ports": None
        if dynamic is None
        else {"setting": dynamic.setting, "id_field": dynamic.id_field, "label_field": dynamic.label_field},
        "reaches_human": node_type.reaches_human,
        "defaults": _defaults(node_type),
        "schema": node_type.data_model.model_json_schema(by_alias=True),
    }


def _defaults(node_type: AnyNodeType) -> dict[str, Any]:
    """Return the settings a new node begins with: those that have a default."""
    fields = node_type.data_model.model_fields
    given = {name: field.get_default(call_default_factory=True) for name, field in fields.items()}
    known = {name: value for name, value in given.items() if value is not PydanticUndefined}
    model = node_type.data_model.model_construct(**known)
    return {
        name: value
        for name, value in model.model_dump(mode="json", by_alias=True, warnings=False).items()
        if value is not None
    }


@functools.cache
def standard_registry() -> Registry:
    """Return the registry of all node types this product ships."""
    from callcenter.ivr.nodes import NODE_TYPES  # Here, because every node imports this module.

    return Registry(NODE_TYPES)
