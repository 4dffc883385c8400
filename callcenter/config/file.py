"""Reading ``config.yaml``: every fault is told with its file, line and key."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from callcenter.base.errors import CallcenterError
from callcenter.config.model import ENV_PREFIX, Config, Database, Paths


class ConfigError(CallcenterError):
    """The configuration cannot be used; the message names every key and line at fault."""

    error_id = "config-error"


def load_config(path: Path) -> Config:
    """Read, check and return the configuration at ``path``.

    Relative paths inside it are taken from the directory of the file.

    :raises ConfigError: when the file cannot be read, is no YAML, or any key is unknown or wrong; every fault is listed
        as ``FILE:LINE: key.path: what is wrong``.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path}:1: the file must hold keys and values, not a {type(data).__name__}")
    duplicates = [f"{path}:{line}: {'.'.join(where)}: key given twice" for where, line in _duplicate_keys(root)]
    if duplicates:
        raise ConfigError("\n".join(duplicates))
    try:
        config = Config(**data)
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(path, root, error))) from error
    return _anchor(config, path.resolve().parent)


def _explain(path: Path, root: yaml.Node | None, error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        where = fault["loc"]
        dotted = ".".join(str(part) for part in where) or "(whole file)"
        message = "unknown key" if fault["type"] == "extra_forbidden" else fault["msg"].removeprefix("Value error, ")
        line = _line_of(root, where)
        named = _env_name(where)
        source = f"environment {named}" if named in os.environ or line is None else f"{path}:{line}"
        yield f"{source}: {dotted}: {message}"


def _env_name(where: tuple[int | str, ...]) -> str:
    name = ENV_PREFIX + "__".join(str(part).upper() for part in where)
    return name if name in os.environ else ENV_PREFIX + "*"


def _line_of(node: yaml.Node | None, where: tuple[int | str, ...]) -> int | None:
    """Return the 1-based line of the deepest part of ``where`` that the file spells out."""
    line: int | None = None
    for part in where:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                return line
            line = found[-1][0].start_mark.line + 1
            node = found[-1][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line if where else 1


def _duplicate_keys(node: yaml.Node | None, where: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield (*where, key.value), key.start_mark.line + 1
            seen.add(key.value)
            yield from _duplicate_keys(value, (*where, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicate_keys(item, (*where, str(index)))


def _anchor(config: Config, base: Path) -> Config:
    """Return ``config`` with its relative paths made absolute from ``base``."""
    paths = Paths(**{name: base / getattr(config.paths, name) for name in Paths.model_fields})
    prefix = "sqlite+aiosqlite:///"
    url = config.database.url
    if url.startswith(prefix) and not url.removeprefix(prefix).startswith(("/", ":memory:")):
        url = f"{prefix}{base / url.removeprefix(prefix)}"
    tls: dict[str, Any] = {
        name: None if (value := getattr(config.sip.tls, name)) is None else base / value
        for name in ("certificate", "key")
    }
    sip = config.sip.model_copy(update={"tls": config.sip.tls.model_copy(update=tls)})
    return config.model_copy(update={"paths": paths, "database": Database(url=url), "sip": sip})
