"""The JSON request in the query, read as strictly or as leniently as the server reads it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tui.simulators.talend.vocabulary import ReturnCode

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(r"""'((?:[^'\\]|\\.)*)'|"(?:[^"\\]|\\.)*"|[A-Za-z_][\w.@-]*""")
_LITERALS = frozenset({"true", "false", "null"})
_URL_SAFE = str.maketrans("-_", "+/")


@dataclass(eq=False)
class Refused(Exception):
    """The call fails with a return code and a text."""

    code: int
    """The `returnCode`."""
    text: str
    """The `error`."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a request says, beside its command and credentials."""

    values: Mapping[str, object]

    def text(self, name: str) -> str:
        """A parameter that must be there, as text."""
        value = self.values.get(name)
        if isinstance(value, str) and value:
            return value
        raise _invalid(name, "is missing" if value is None else "must be a text")

    def flag(self, name: str) -> bool:
        """A parameter that is true or false, and false when it's left out."""
        value = self.values.get(name, False)
        if value in ("true", "false"):
            return value == "true"
        if isinstance(value, bool):
            return value
        raise _invalid(name, "must be true or false")

    def task_id(self) -> str:
        """The task's id, which may be a number or a text of digits."""
        value = self.values.get("taskId")
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return value
        raise _invalid("taskId", "is missing" if value is None else f"is no number: {value}")

    def context(self) -> Mapping[str, str]:
        """The values of the context: a flat object of texts, or nothing."""
        value = self.values.get("context")
        if value is None:
            return {}
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise _invalid("context", "must be an object of texts")
        return dict(value)


def read_request(query: str, *, decodes_percent: bool) -> dict[str, object]:
    """The JSON object that a query carries.

    Args:
        query: The raw query of the URL.
        decodes_percent: Whether escapes in it are understood.

    Raises:
        Refused: When there is no such object in it.
    """
    text = unquote(query) if decodes_percent else query
    try:
        payload = _decode(text).decode("utf-8")
    except (binascii.Error, UnicodeError) as error:
        raise Refused(ReturnCode.INVALID_REQUEST, "The request is not encoded in base64") from error
    try:
        request = _parse(payload)
    except ValueError as error:
        raise Refused(ReturnCode.INVALID_REQUEST, "The request is not a JSON object") from error
    if not isinstance(request, dict):
        raise Refused(ReturnCode.INVALID_REQUEST, "The request is not a JSON object")
    return request


def _decode(text: str) -> bytes:
    """Both alphabets are read; padding is either complete or absent."""
    standard = text.translate(_URL_SAFE)
    if "=" not in standard:
        standard += "=" * (-len(standard) % 4)
    if not standard or len(standard) % 4:
        raise binascii.Error("padding")
    return base64.b64decode(standard, validate=True)


def _parse(payload: str) -> object:
    try:
        return json.loads(payload)
    except ValueError:
        return json.loads(_TOKEN.sub(_quoted, payload))


def _quoted(token: re.Match[str]) -> str:
    """The server takes single quotes and bare words, too."""
    word = token.group()
    if word.startswith('"') or word in _LITERALS:
        return word
    return json.dumps(token.group(1) if word.startswith("'") else word)


def _invalid(name: str, problem: str) -> Refused:
    return Refused(ReturnCode.INVALID_PARAMETER, f"Parameter {name} {problem}")
