"""Telling which values of a config are secrets, so that none of them is ever shown."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from tui.core.redaction import MASK
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from tui.config.scanner import KeyPath

_SECRET_NAME = re.compile(
    r"(?i)passw|passphrase|passcode|authpass|pwd|secret|token|credential|authorization|cookie"
    r"|(?:api|app|access|private)[_-]?key"
)
_REFERENCES = frozenset(SecretRef.model_fields) - {"literal"}
_SHORTEST_MASKED = 4


def is_secret_name(key: str) -> bool:
    """Whether a key sounds as if its value were a secret."""
    return _SECRET_NAME.search(key) is not None


def is_secret_at(model: type[BaseModel] | None, path: KeyPath) -> bool:
    """Whether the value at a path below a model is a secret, or a part of one."""
    if any(isinstance(step, str) and is_secret_name(step) for step in path):
        return True
    if any(SecretRef in _types_at(model, path[:size]) for size in range(1, len(path))):
        return True
    possible = _types_at(model, path)
    return SecretRef in possible and str not in possible


def model_at(model: type[BaseModel] | None, path: KeyPath) -> type[BaseModel] | None:
    """The model of the table at a path below another one; None where there is none."""
    return next((t for t in _types_at(model, path) if _is_model(t)), None)


def secrets_in(
    value: Any, model: type[BaseModel] | None = None, path: KeyPath = ()
) -> Iterator[tuple[KeyPath, str]]:
    """Path and text of each secret in a raw table, also of the place where one is kept: `password.file`."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from secrets_in(item, model, (*path, key))
    elif isinstance(value, str):
        if is_secret_at(model, path):
            yield path, value
    elif isinstance(value, Sequence):
        for index, item in enumerate(value):
            yield from secrets_in(item, model, (*path, index))


def kept_in(path: KeyPath, model: type[BaseModel] | None = None) -> str:
    """How a secret at a path is kept: `env`, `command`, `file`, `keyring`; empty when it is written out."""
    for size in range(1, len(path)):
        step = path[size]
        # What goes on below a place that may hold a text or a secret is a secret's table.
        is_table = SecretRef in _types_at(model, path[:size]) or is_secret_at(model, path[:size])
        if is_table and isinstance(step, str) and step in _REFERENCES:
            return step
    return ""


def secret_texts(value: Any, model: type[BaseModel] | None = None) -> frozenset[str]:
    """Every secret that is written out in a raw table."""
    return frozenset(text for path, text in secrets_in(value, model) if not kept_in(path, model))


def variables_in(value: Any) -> Iterator[str]:
    """Names of the variables of the environment in which a raw table keeps secrets, at any depth."""
    if isinstance(value, Mapping):
        if set(value) == {"env"} and isinstance(value["env"], str):
            yield value["env"]
        for inner in value.values():
            yield from variables_in(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from variables_in(inner)


def without_secrets(text: str, secrets: frozenset[str]) -> str:
    """The text on one line, each of the secrets masked."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_MASKED:
            text = text.replace(secret, MASK)
    return " ".join(text.split())


def _types_at(model: type[BaseModel] | None, path: KeyPath) -> tuple[Any, ...]:
    """What the value at a path may be."""
    possible: tuple[Any, ...] = (model,) if model else ()
    for step in path:
        possible = tuple(inner for one in possible for inner in _types_below(one, step))
    return possible


def _types_below(outer: Any, step: str | int) -> Iterator[Any]:
    if _is_model(outer):
        field = outer.model_fields.get(step)
        yield from _alternatives(field.annotation) if field else ()
        return
    arguments = typing.get_args(outer)
    if arguments and inspect.isclass(origin := typing.get_origin(outer)):
        if issubclass(origin, Mapping) and isinstance(step, str):
            yield from _alternatives(arguments[1])
        elif issubclass(origin, Sequence) and isinstance(step, int):
            yield from _alternatives(arguments[0])


def _alternatives(annotation: Any) -> Iterator[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _alternatives(typing.get_args(annotation)[0])
    elif origin in {typing.Union, types.UnionType}:
        for argument in typing.get_args(annotation):
            yield from _alternatives(argument)
    else:
        yield annotation


def _is_model(one: Any) -> bool:
    return inspect.isclass(one) and issubclass(one, BaseModel)
