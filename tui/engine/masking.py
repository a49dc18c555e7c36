"""A system's own record, fit to be shown: no secrets in it, and nothing that a terminal would obey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tui.core.redaction import MASK
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from tui.core.redaction import Redactor

_DEEPEST = 40
"""Levels that are shown; records of real systems have a handful."""

_LONGEST_LINE = 10_000
"""Characters of one line in a record."""


def masked(value: object, redactor: Redactor, depth: int = 0) -> object:
    """The value with secrets masked and texts scrubbed, in all its branches.

    Args:
        value: JSON-like: mappings, sequences, texts, numbers.
        redactor: Knows the secrets, and which names look like those of one.
        depth: How many levels lie above the value.
    """
    if isinstance(value, str):
        return _clean(value, redactor)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {
            _clean(str(name), redactor): _masked_entry(str(name), inner, redactor, depth + 1)
            for name, inner in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [masked(inner, redactor, depth + 1) for inner in value]
    return _clean(str(value), redactor)


def _masked_entry(name: str, value: object, redactor: Redactor, depth: int) -> object:
    is_told = value is not None and value not in ("", [], {})
    if is_told and MASK in redactor.mask(f"{name}: x"):
        return MASK
    return masked(value, redactor, depth)


def _clean(text: str, redactor: Redactor) -> str:
    lines = redactor.mask(text).split("\n")
    return "\n".join(plain_text(line, _LONGEST_LINE) for line in lines)
