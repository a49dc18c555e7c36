"""The parameters of DAGs: what a trigger accepts, and what was filled in as the values of a `conf`.

A DAG tells a JSON schema for each of its parameters. Airflow checks the values against it, so that a number
has to come as a number.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.adapters.airflow.runs import param_text
from tui.core.bounds import MAX_PARAMETERS
from tui.core.errors import ActionRefused
from tui.core.models import Parameter
from tui.transport.fields import line, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WHOLE = re.compile(r"[+-]?\d{1,300}")
_NUMBER = re.compile(r"[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?")
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False}
_DATES = frozenset({"date", "date-time"})
_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a JSON list",
    "object": "a JSON object",
    "null": "nothing",
}
_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


@dataclass(frozen=True, slots=True)
class DagParam:
    """One parameter of a DAG."""

    name: str
    """Its name."""
    value: Any
    """What it is when nothing is given; None when it has no value, or that is null."""
    schema: Mapping[str, Any]
    """The JSON schema of its values."""
    description: str
    """What somebody wrote about it."""

    @property
    def types(self) -> tuple[str, ...]:
        """The types that its values may have; none for any."""
        told = self.schema.get("type")
        if isinstance(told, str):
            return (told,)
        if isinstance(told, list):
            return tuple(each for each in told if isinstance(each, str))
        return ()

    @property
    def choices(self) -> tuple[Any, ...]:
        """The only values that there are; none for any."""
        told = self.schema.get("enum")
        return tuple(told[:MAX_PARAMETERS]) if isinstance(told, list) else ()

    @property
    def is_required(self) -> bool:
        """Whether a trigger without it is refused."""
        may_be_null = "null" in self.types or None in self.choices or not (self.types or self.choices)
        return self.value is None and not may_be_null

    def to_parameter(self) -> Parameter:
        """The parameter in nightdeck's words."""
        choices = self.choices
        told = self.schema.get("title")
        words = (told if isinstance(told, str) else "", self.description)
        return Parameter(
            name=self.name,
            type=self._kind,
            default=short(param_text(self.value)),
            description=line(": ".join(filter(None, words))),
            is_required=self.is_required,
            choices=tuple(short(_choice_text(each)) for each in choices),
        )

    def typed(self, text: str) -> Any:
        """The value that was filled in. Raises ActionRefused when it can't be one of this parameter."""
        for choice in self.choices:
            if text == _choice_text(choice):
                return choice
        types = self.types or _type_like(self.value)
        for kind in sorted(types, key=_last_is_text):
            is_one, value = _read(kind, text)
            if is_one:
                return value
        if not types or "string" in types or not self.types:
            # Without a schema any value is taken, so a text stays one.
            return text
        wanted = " or ".join(_WORDS.get(kind, kind) for kind in types)
        raise ActionRefused(
            f"{self.name} must be {wanted}: nothing was sent", hint="correct it, and try again"
        )

    @property
    def _kind(self) -> str:
        types = {each for each in (self.types or _type_like(self.value)) if each != "null"}
        if types == {"boolean"}:
            return "boolean"
        if types and types <= {"integer", "number"} and not self._may_be_empty:
            return "number"
        if types and types <= {"array", "object"} and not self._may_be_empty:
            return "json"
        if types == {"string"} and self.schema.get("format") in _DATES and not self._may_be_empty:
            return "date"
        return "string"

    @property
    def _may_be_empty(self) -> bool:
        """Whether nothing at all is a value, which a form that checks numbers would refuse."""
        return "null" in self.types


def params_in(details: Mapping[str, Any]) -> list[DagParam]:
    """The parameters that a DAG tells of."""
    told = details.get("params")
    if not isinstance(told, dict):
        return []
    found: list[DagParam] = []
    for name, spec in list(told.items())[:MAX_PARAMETERS]:
        value = spec if isinstance(spec, dict) else {"value": spec}
        schema, description = value.get("schema"), value.get("description")
        found.append(
            DagParam(
                name=str(name),
                value=value.get("value"),
                schema=schema if isinstance(schema, dict) else {},
                description=description if isinstance(description, str) else "",
            )
        )
    return found


def conf_of(params: Mapping[str, str], known: Sequence[DagParam]) -> dict[str, Any]:
    """The `conf` of a trigger. What the DAG does not tell of goes as text.

    Raises:
        ActionRefused: A value can't be one of its parameter.
    """
    by_name = {each.name: each for each in known}
    return {name: by_name[name].typed(text) if name in by_name else text for name, text in params.items()}


def _choice_text(value: Any) -> str:
    return "null" if value is None else param_text(value)


def _type_like(value: Any) -> tuple[str, ...]:
    """The type of values like this one, for parameters without a schema."""
    found = _TYPES.get(type(value))
    return (found,) if found else ()


def _last_is_text(kind: str) -> int:
    return kind == "string"


def _read(kind: str, text: str) -> tuple[bool, Any]:
    """Whether a text is a value of a type, and which one."""
    plain = text.strip()
    if kind == "string":
        return True, text
    if kind == "null":
        return plain in {"", "null"}, None
    if kind == "boolean":
        return plain.lower() in _BOOLEANS, _BOOLEANS.get(plain.lower())
    if kind == "integer":
        return (True, int(plain)) if _WHOLE.fullmatch(plain) else (False, None)
    if kind == "number":
        if _WHOLE.fullmatch(plain):
            return True, int(plain)
        return (True, float(plain)) if _NUMBER.fullmatch(plain) else (False, None)
    if kind in {"array", "object"}:
        return _read_json(plain, list if kind == "array" else dict)
    return False, None


def _read_json(text: str, kind: type) -> tuple[bool, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False, None
    return isinstance(value, kind), value
