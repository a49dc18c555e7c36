"""Telling which values of a config are secrets, so that none of them is ever shown."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from tui.core.redaction import MASK
from tui.core.settings import SecretRef

if TYPE_CHECKING:
    from tui.config.scanner import KeyPath

_SECRET_NAME = re.compile(
    r"(?i)pass|pwd|secret|token|(?:api|app|access|private)[_-]?key|auth|cookie|credential|signature"
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
    return any(model_at(model, path[:size]) is SecretRef for size in range(1, len(path) + 1))


def model_at(model: type[BaseModel] | None, path: KeyPath) -> type[BaseModel] | None:
    """The model of the table at a path below another one; None where there is none."""
    for step in path:
        if isinstance(step, str):
            field = model.model_fields.get(step) if model else None
            model = next(models_in(field.annotation), None) if field else None
    return model


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that a type is made of."""
    arguments = typing.get_args(annotation)
    if not arguments and inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in arguments:
        yield from models_in(argument)


def secret_texts(value: Any, model: type[BaseModel] | None = None) -> frozenset[str]:
    """Every literal secret in a raw table; where a secret is kept elsewhere, the place is none."""
    return frozenset(_texts_below(value, model, ()))


def without_secrets(text: str, secrets: frozenset[str]) -> str:
    """The text on one line, each of the secrets masked."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST_MASKED:
            text = text.replace(secret, MASK)
    return " ".join(text.split())


def _texts_below(value: Any, model: type[BaseModel] | None, path: KeyPath) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not (key in _REFERENCES and is_secret_at(model, path)):
                yield from _texts_below(item, model, (*path, key))
    elif isinstance(value, str):
        if is_secret_at(model, path):
            yield value
    elif isinstance(value, Sequence):
        for index, item in enumerate(value):
            yield from _texts_below(item, model, (*path, index))
