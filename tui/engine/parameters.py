"""The parameters of a trigger while they are filled in: what is wrong with them, and what would be sent."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from tui.core.models import Parameter
from tui.core.redaction import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BOOLEANS = ("true", "false")
"""What a boolean parameter can be, as it is sent."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_HINTS = {
    "number": "a number",
    "boolean": "true or false",
    "date": "a date: 2026-11-21, or with a time: 2026-11-21T14:00:00",
    "json": "JSON",
}


class Problem(NamedTuple):
    """What is wrong with one value."""

    name: str
    """The parameter."""
    text: str
    """What is wrong, and where in the value."""


class ParameterValues:
    """The values of one trigger. What is not given keeps its default and is not sent, unless it is required.

    Args:
        parameters: What the job accepts, as the system tells; empty when any name may be given.
        values: What is given already, by name.
    """

    def __init__(self, parameters: Sequence[Parameter], values: Mapping[str, str] | None = None) -> None:
        self.parameters = tuple(parameters)
        """What the job accepts."""
        self.given: dict[str, str] = dict(values or {})
        """The values that were filled in, by name."""

    @property
    def is_free(self) -> bool:
        """Whether the system tells of no parameters, so that any name may be given."""
        return not self.parameters

    def parameter(self, name: str) -> Parameter:
        """What is known of a parameter; a text when the system tells nothing of it."""
        return next((known for known in self.parameters if known.name == name), Parameter(name))

    def problems(self) -> list[Problem]:
        """Everything that stands in the way, in the order of the parameters."""
        found = []
        for parameter in self.parameters:
            value = self.given.get(parameter.name)
            if _is_lacking(parameter, value):
                found.append(Problem(parameter.name, "is required"))
            elif value is not None:
                text = wrong_with(parameter, value)
                found += [Problem(parameter.name, text)] if text else []
        known = {parameter.name for parameter in self.parameters}
        for name in self.given:
            if not name.strip():
                found.append(Problem(name, "has no name"))
            elif known and name not in known:
                found.append(Problem(name, "is no parameter that the system tells of"))
        return found

    def lacking(self) -> list[str]:
        """The names of what must be given, has no default, and is not given."""
        return [p.name for p in self.parameters if _is_lacking(p, self.given.get(p.name))]

    def to_send(self) -> dict[str, str]:
        """What a trigger should carry: what was given, and the defaults of what must not be missing."""
        sent = {}
        for parameter in self.parameters:
            if parameter.name in self.given:
                sent[parameter.name] = self.given[parameter.name]
            elif parameter.is_required:
                sent[parameter.name] = parameter.default
        return sent | {name: value for name, value in self.given.items() if name not in sent}


def _is_lacking(parameter: Parameter, value: str | None) -> bool:
    return value is None and parameter.is_required and not parameter.default


def wrong_with(parameter: Parameter, value: str) -> str:
    """Why a value can't be sent for a parameter; empty when it can.

    Args:
        parameter: What the system tells of it.
        value: What was filled in.
    """
    if parameter.is_required and not value.strip():
        return "is required"
    if parameter.choices:
        if value in parameter.choices:
            return ""
        return f"must be one of {', '.join(parameter.choices)}"
    check = _CHECKS.get(parameter.type)
    return check(value) if check is not None else ""


def hint_for(parameter: Parameter) -> str:
    """What may be filled in, in a few words; empty where any text may be."""
    if parameter.choices:
        return f"one of {', '.join(parameter.choices)}"
    return _HINTS.get(parameter.type, "")


def choices_of(parameter: Parameter) -> tuple[str, ...]:
    """The only values that there are; empty when the value is typed."""
    return parameter.choices or (BOOLEANS if parameter.type == "boolean" else ())


def without_masked(values: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The values that can be sent again, and the names of those of which only a mask is left.

    Args:
        values: What an earlier run was started with; history keeps no secrets.
    """
    kept = {name: value for name, value in values.items() if MASK not in value}
    return kept, [name for name in values if name not in kept]


def _wrong_number(value: str) -> str:
    return "" if _NUMBER.fullmatch(value.strip()) else "must be a number, such as 12 or 0.5"


def _wrong_boolean(value: str) -> str:
    return "" if value in BOOLEANS else "must be true or false"


def _wrong_date(value: str) -> str:
    text = value.strip()
    for parse in (date.fromisoformat, datetime.fromisoformat):
        try:
            parse(text)
        except ValueError:
            continue
        return ""
    return "must be a date such as 2026-11-21, or with a time 2026-11-21T14:00:00"


def _wrong_json(value: str) -> str:
    try:
        json.loads(value)
    except json.JSONDecodeError as error:
        return f"line {error.lineno} column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
    except RecursionError:
        return "is nested too deeply"
    return ""


_CHECKS = {"number": _wrong_number, "boolean": _wrong_boolean, "date": _wrong_date, "json": _wrong_json}
