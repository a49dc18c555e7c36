"""The parameters of a trigger as a file to edit: written as TOML or JSON, read as either."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from tui.engine.parameters import ParameterValues, hint_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.models import Parameter

_ADVICE = "# Save and leave the editor to go on. What is commented out keeps its default."
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SETTINGS = re.compile(r"(?i)\b((?:vim?|ex)[<=>]?\d*|local variables)(:)|(-)(\*)(?=-)")
"""What editors take for settings wherever it stands in a file."""
_BREAKS_LITERAL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|'''|'\Z")
_ESCAPED = re.compile(r"[\x7f\ud800-\udfff]")


def as_toml(values: ParameterValues, title: str) -> str:
    """Every parameter with what is known of it; what keeps its default stands there as a comment.

    Args:
        values: What is filled in.
        title: What the parameters are of, in a few words.
    """
    parts = [f"# {_one_line(title)}\n{_ADVICE}"]
    for parameter in values.parameters:
        given = values.given.get(parameter.name)
        comment = _about(parameter)
        line = f"{_key(parameter.name)} = {_value(parameter.default if given is None else given)}"
        if given is None:
            line = "\n".join(f"# {part}" for part in line.split("\n"))
        parts.append(f"# {comment}\n{line}" if comment else line)
    known = {parameter.name for parameter in values.parameters}
    others = [f"{_key(name)} = {_value(value)}" for name, value in values.given.items() if name not in known]
    if others:
        parts.append("\n".join(others))
    elif values.is_free:
        parts.append('# name = "value"')
    return "\n\n".join(parts) + "\n"


def as_json(values: Mapping[str, str]) -> str:
    """The values as one JSON object."""
    return json.dumps(dict(values), ensure_ascii=False, indent=2) + "\n"


def values_in(text: str) -> dict[str, str]:
    """The values in a file that somebody has edited: TOML, or JSON when it begins with a brace.

    Raises:
        ValueError: It is neither, and where it goes wrong.
    """
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {error.lineno} column {error.colno}: {error.msg}") from None
    else:
        found = tomllib.loads(text, parse_float=str)
    return {str(name): _as_text(value) for name, value in found.items()}


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False, default=_as_text)


def _about(parameter: Parameter) -> str:
    words = [hint_for(parameter), "required" if parameter.is_required else "", parameter.description]
    return _one_line(". ".join(filter(None, (", ".join(filter(None, words[:2])), words[2]))))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _value(value: str) -> str:
    if "\n" in value and not any(form.search(value) for form in (_BREAKS_LITERAL, _ESCAPED, _SETTINGS)):
        return f"'''\n{value}'''"
    return _quoted(value)


def _quoted(text: str) -> str:
    """A TOML basic string; the escapes of JSON are those of TOML, but for what TOML escapes too."""
    quoted = json.dumps(text, ensure_ascii=False)
    quoted = _SETTINGS.sub(_spelled_out, quoted)
    return _ESCAPED.sub(lambda match: "\\u007F" if match[0] == "\x7f" else "\ufffd", quoted)


def _spelled_out(found: re.Match[str]) -> str:
    begin, sign = found[1] or found[3], found[2] or found[4]
    return f"{begin}\\u{ord(sign):04X}"


def _one_line(text: str) -> str:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return _SETTINGS.sub(lambda found: f"{found[1] or found[3]} {found[2] or found[4]}", text)
