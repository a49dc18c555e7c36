"""Turning what pydantic complains about into problems: every one, with its line, and never with a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.config.masking import is_secret_at, model_at, secret_texts, without_secrets
from tui.config.problems import Problem, listed, nearest_word, problem_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from tui.config.document import Document
    from tui.config.scanner import KeyPath

_LONGEST_SHOWN = 40
_KINDS = {
    "string": "a text in quotes",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "dict": "a table",
    "model": "a table",
    "date": "a date",
    "datetime": "a date with a time",
}
_A_TABLE = f"be {_KINDS['model']}"
_A_REFERENCE = 'be a text in quotes or a table such as { env = "…" }'
_OTHER_KIND = re.compile(r"(.+)_(?:type|parsing|from_float)")
_SHOULD = re.compile(r"^\w+ should (.+)$")


class _Place(NamedTuple):
    """One table of a document, and what it was validated against."""

    document: Document
    prefix: KeyPath
    model: type[BaseModel]

    def is_secret(self, path: KeyPath) -> bool:
        return is_secret_at(self.model, path[len(self.prefix) :])

    def table_model(self, path: KeyPath) -> type[BaseModel] | None:
        return model_at(self.model, path[len(self.prefix) : -1])

    def key(self, path: KeyPath) -> str:
        return self.document.place_of(path)[1]


def settings_problems(
    document: Document, prefix: KeyPath, model: type[BaseModel], error: ValidationError
) -> tuple[Problem, ...]:
    """One problem for each key that a model refused.

    Args:
        document: The file that the values came from.
        prefix: Where in the file the validated table is.
        model: What it was validated against; its keys are those that could have been meant.
        error: What pydantic found.
    """
    place = _Place(document, prefix, model)
    problems: list[Problem] = []
    refused: dict[KeyPath, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False, include_input=False):
        path = _given(place, detail)
        if detail["type"] == "extra_forbidden":
            problems.append(unknown_key(document, path, place.table_model(path)))
        elif detail["type"] == "missing":
            problems.append(_missing_key(document, path, str(detail["loc"][-1])))
        else:
            refused.setdefault(path, []).append(detail)
    problems += [_refused_value(place, path, details) for path, details in refused.items()]
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def unknown_key(document: Document, path: KeyPath, model: type[BaseModel] | None) -> Problem:
    """The problem of a key that nothing in its table is called."""
    known = model.model_fields if model else ()
    names = listed(known)
    return problem_at(
        document,
        path,
        f"unknown key {document.place_of(path)[1] or str(path[-1])!r}",
        nearest=nearest_word(str(path[-1]), known),
        hint=f"the keys here are {names}" if names else "`nightdeck config schema` has every key",
    )


def _missing_key(document: Document, path: KeyPath, key: str) -> Problem:
    place = (*path, key)
    name = document.place_of(place)[1]
    return problem_at(document, place, f"the key {name!r} is missing", hint=f"add {key} = … to this table")


def _refused_value(place: _Place, path: KeyPath, details: list[ErrorDetails]) -> Problem:
    """A key that may be of several types is refused once for each of them; one line tells all."""
    document, key = place.document, place.key(path)
    is_secret = place.is_secret(path)
    value = document.value_at(path)
    own = [words for detail in details if (words := _own_words(detail))]
    if own:
        # No colon after a secret's name: whoever masks texts would take what follows for the secret.
        link = " is not right, " if is_secret else ": "
        message = f"{key}{link if key else ''}{'; '.join(dict.fromkeys(own))}"
    else:
        expected = " or ".join(dict.fromkeys(_expected(detail) for detail in details))
        if is_secret and expected == _A_TABLE:
            expected = _A_REFERENCE
        given = _described(value, is_secret=is_secret)
        message = f"{key or path[-1]} must {expected.replace(' or be ', ' or ')}, not {given}"
    choices = [choice for detail in details for choice in _choices(detail)]
    nearest = nearest_word(value, choices) if isinstance(value, str) and not is_secret else ""
    secrets = secret_texts(document.value_at(place.prefix), place.model)
    return problem_at(document, path, without_secrets(message, secrets), nearest=nearest)


def _given(place: _Place, detail: ErrorDetails) -> KeyPath:
    """The part of an error's place that the file has: the rest names a type, or a key that is missing."""
    path = place.prefix
    for step in detail["loc"]:
        if place.document.has((*path, step)):
            path = (*path, step)
    return path


def _own_words(detail: ErrorDetails) -> str:
    """What a check of our own said; empty where it was one of pydantic's."""
    if detail["type"] in {"value_error", "assertion_error"}:
        return str(detail.get("ctx", {}).get("error", detail["msg"]))
    return "" if _kind(detail) or _SHOULD.match(detail["msg"]) else detail["msg"]


def _kind(detail: ErrorDetails) -> str:
    """What sort of value was expected; empty when the sort was right and the value wrong."""
    match = _OTHER_KIND.fullmatch(detail["type"])
    return _KINDS.get(match[1], "") if match else ""


def _expected(detail: ErrorDetails) -> str:
    """What would be right, in words that follow `must`."""
    if choices := tuple(_choices(detail)):
        quoted = [f'"{choice}"' for choice in choices]
        return f"be {', '.join(quoted[:-1])} or {quoted[-1]}" if len(quoted) > 1 else f"be {quoted[0]}"
    if kind := _kind(detail):
        return f"be {kind}"
    match = _SHOULD.match(detail["msg"])
    return match[1].partition(", not ")[0] if match else detail["msg"]


def _choices(detail: ErrorDetails) -> Iterator[str]:
    if detail["type"] in {"literal_error", "enum"}:
        for match in re.finditer(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", ""))):
            yield match[1]


def _described(value: Any, *, is_secret: bool) -> str:
    """A value in a message: short and harmless ones as they are, others by their type."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, date | time):
        return "a date"
    if isinstance(value, str):
        is_shown = not is_secret and len(value) <= _LONGEST_SHOWN and value.isprintable()
        return f'"{value}"' if is_shown else "this text"
    if is_secret or value is None:
        return "this"
    return str(value).lower()
