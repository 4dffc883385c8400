"""Templates and expressions of flows: Jinja2, sandboxed, and bounded in time and memory.

Jinja's sandbox stops a template from reaching Python's internals but not from computing for ever, and one server
thread serves every call. So loops, macros, assignments, includes and imports are refused when a template is compiled,
filters and methods come from an allow-list, and operators and filters refuse to build anything longer than a variable
may hold. What remains runs in time proportional to the template's length.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError, nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.filters import FILTERS
from jinja2.parser import Parser
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import SandboxedEnvironment

from callcenter.base.errors import CallcenterError
from callcenter.ivr.variables import MAX_TEXT, Secret

_FILTERS = frozenset(
    [
        "abs",
        "capitalize",
        "count",
        "d",
        "default",
        "first",
        "float",
        "int",
        "join",
        "last",
        "length",
        "lower",
        "max",
        "min",
        "replace",
        "reverse",
        "round",
        "string",
        "sum",
        "title",
        "tojson",
        "trim",
        "truncate",
        "upper",
        "urlencode",
    ]
)
_METHODS = frozenset("lower upper strip startswith endswith isdigit get keys values split".split())  # noqa: SIM905
_ALLOWED_NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.Name, nodes.Const, nodes.List, nodes.Tuple,
    nodes.Dict, nodes.Pair, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Getattr, nodes.Getitem, nodes.Slice,
    nodes.Concat, nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod,
    nodes.Pow, nodes.Neg, nodes.Pos, nodes.Not, nodes.And, nodes.Or, nodes.Call, nodes.Keyword,
)  # fmt: skip
_MAX_BITS = 256


class TemplateFault(CallcenterError):
    """A template or expression is wrong or could not be worked out."""

    error_id: ClassVar[str] = "template-fault"


class MissingVariable(TemplateFault):
    """A template or expression uses a variable that is not set."""

    error_id: ClassVar[str] = "missing-variable"


class _Missing(StrictUndefined):
    """Undefined, and so is everything inside it; using it in any way but ``is defined`` is an error."""

    __slots__ = ()

    def __getattr__(self, name: str) -> _Missing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, name: object) -> _Missing:  # type: ignore[override]  # Jinja types it as never returning.
        return self


def _check_size(value: Any) -> Any:
    if isinstance(value, str | list | tuple | dict) and len(value) > MAX_TEXT:
        raise SecurityError("the result is too long")
    if isinstance(value, int) and value.bit_length() > _MAX_BITS:
        raise SecurityError("the number is too large")
    return value


def _sized(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        for value in (*args, *kwargs.values()):
            if not isinstance(value, Undefined):
                _check_size(value)
        return _check_size(function(*args, **kwargs))

    return wrapper


def _replace(text: object, old: str, new: str) -> str:
    source = str(text)
    if len(source) + source.count(old) * len(new) > MAX_TEXT:
        raise SecurityError("the result is too long")
    return source.replace(old, new)


def _join(values: list[object], separator: str = "") -> str:
    parts = [str(value) for value in values]
    if sum(map(len, parts)) + len(parts) * len(separator) > MAX_TEXT:
        raise SecurityError("the result is too long")
    return separator.join(parts)


def _length(value: Any) -> int:
    return len(value)


def _truncate(text: object, length: int = 80) -> str:
    return str(text)[: max(0, length)]


class _Environment(SandboxedEnvironment):
    intercepted_binops = frozenset(["+", "*", "/", "//", "%", "**"])

    def __init__(self) -> None:
        super().__init__(undefined=_Missing, autoescape=False, keep_trailing_newline=False, cache_size=0)
        own: dict[str, Callable[..., Any]] = {
            "replace": _replace, "join": _join, "length": _length, "count": _length, "truncate": _truncate,
        }  # fmt: skip
        filters = {name: own.get(name, FILTERS[name]) for name in _FILTERS}
        self.filters = {name: _sized(function) for name, function in filters.items()}
        self.globals = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow plain data, and methods from the list."""
        if isinstance(obj, Secret) or not super().is_safe_attribute(obj, attr, value):
            return False
        return not callable(value) or attr in _METHODS

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Work out a binary operation unless its result could be huge."""
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            raise UndefinedError("an operand is not set")
        if operator in ("*", "%") and (_is_sequence(left) or _is_sequence(right)):
            raise SecurityError(f"{operator} works on numbers only")
        if operator == "**" and (abs(right) > _MAX_BITS or abs(left) > 1_000_000):
            raise SecurityError("the number is too large")
        return _check_size(super().call_binop(context, operator, _check_size(left), _check_size(right)))


def _is_sequence(value: object) -> bool:
    return isinstance(value, str | bytes | list | tuple)


_environment = _Environment()


class CompiledTemplate:
    """Text with variables, ready to be filled in."""

    def __init__(self, source: str) -> None:
        """Compile ``source``.

        :raises TemplateFault: when it is malformed or uses what flows may not use.
        """
        with _faults():
            tree = _environment.parse(source)
            _check(tree)
            self.names = _required_names(tree)
            "Variables that must be set for it to work."
            self._template = _environment.from_string(source)

    def render(self, variables: Mapping[str, Any]) -> str:
        """Fill in ``variables``.

        :raises MissingVariable: when one is not set.
        :raises TemplateFault: when it cannot be worked out.
        """
        with _faults():
            return self._template.render(variables)


class CompiledExpression:
    """One expression, ready to be worked out."""

    def __init__(self, source: str) -> None:
        """Compile ``source``.

        :raises TemplateFault: when it is malformed or uses what flows may not use.
        """
        with _faults():
            parser = Parser(_environment, source, state="variable")
            expression = parser.parse_expression()
            if not parser.stream.eos:
                raise TemplateSyntaxError("there is more than one expression", 1)
            tree = nodes.Template([nodes.Output([expression])])
            _check(tree)
            self.names = _required_names(tree)
            "Variables that must be set for it to work."
            self._function = _environment.compile_expression(source, undefined_to_none=False)

    def evaluate(self, variables: Mapping[str, Any]) -> Any:
        """Work it out.

        :raises MissingVariable: when it comes to a variable that is not set.
        :raises TemplateFault: when it cannot be worked out.
        """
        with _faults():
            value = self._function(dict(variables))
            if isinstance(value, Undefined):
                raise UndefinedError("the variable is not set")
            return _check_size(value)


class _faults:
    """Turns whatever compiling or rendering raises into our own errors."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, TemplateFault):
            return
        if isinstance(error, UndefinedError):
            raise MissingVariable(str(error)) from None
        if isinstance(error, TemplateError):
            raise TemplateFault(str(error)) from None
        if isinstance(
            error, TypeError | ValueError | ArithmeticError | LookupError | AttributeError | SyntaxError
            | RecursionError | MemoryError,
        ):  # fmt: skip
            raise TemplateFault(f"{type(error).__name__}: {error}") from None


@functools.lru_cache(maxsize=8192)
def compile_template(source: str) -> CompiledTemplate:
    """Return ``source`` compiled; the same source is compiled once.

    :raises TemplateFault: when it is malformed.
    """
    return CompiledTemplate(source)


@functools.lru_cache(maxsize=8192)
def compile_expression(source: str) -> CompiledExpression:
    """Return ``source`` compiled; the same source is compiled once.

    :raises TemplateFault: when it is malformed.
    """
    return CompiledExpression(source)


def _check(tree: nodes.Template) -> None:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED_NODES):
            raise TemplateSyntaxError(f"{type(node).__name__.lower()} is not allowed here", node.lineno or 1)
        if isinstance(node, nodes.Name) and node.name == "self":
            raise TemplateSyntaxError("self is not a variable", node.lineno)
        if isinstance(node, nodes.Filter) and node.name not in _environment.filters:
            raise TemplateSyntaxError(f"no filter named {node.name}", node.lineno)
        if isinstance(node, nodes.Call) and not (isinstance(node.node, nodes.Getattr) and node.node.attr in _METHODS):
            raise TemplateSyntaxError("this call is not allowed", node.lineno)


def _required_names(tree: nodes.Template) -> frozenset[str]:
    names = {node.name for node in tree.find_all(nodes.Name)}
    guarded: set[str] = set()
    for test in tree.find_all(nodes.Test):
        if test.name in ("defined", "undefined"):
            guarded |= _root(test.node)
    for filter_ in tree.find_all(nodes.Filter):
        if filter_.name in ("default", "d") and filter_.node is not None:
            guarded |= _root(filter_.node)
    return frozenset(names - guarded)


def _root(node: nodes.Node) -> set[str]:
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        node = node.node
    return {node.name} if isinstance(node, nodes.Name) else set()


def steps_variable(source: str, name: str) -> bool:
    """Tell whether the expression is ``name`` plus or minus a constant other than zero."""
    try:
        compile_expression(source)
        tree = Parser(_environment, source, state="variable").parse_expression()
    except (TemplateFault, TemplateError):
        return False
    if not isinstance(tree, nodes.Add | nodes.Sub) or not isinstance(tree.right, nodes.Const):
        return False
    step = tree.right.value
    return isinstance(step, int | float) and bool(step) and _root_of_value(tree.left) == {name}


def _root_of_value(node: nodes.Node) -> set[str]:
    while isinstance(node, nodes.Filter) and node.name in ("default", "d", "int", "float") and node.node is not None:
        node = node.node
    return {node.name} if isinstance(node, nodes.Name) else set()


def filter_names() -> list[str]:
    """Return the filters templates and expressions may use, for an editor."""
    return sorted(_FILTERS)


def method_names() -> list[str]:
    """Return the methods of texts and objects they may call."""
    return sorted(_METHODS)
