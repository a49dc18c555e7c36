"""A line that is a JSON value, spread over several lines."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING

from tui.logs.scrub import escaped_unsafe, scrub_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_ROWS = 400
"""Rows that a line is spread over at most."""

_FURTHEST = 200
"""Characters of a line within which the value begins."""

_MOST_TRIES = 8
_INDENT = "  "
_DEEPEST = 40
"""Levels after which rows are indented no further."""

_OPENING = re.compile(r"[\[{]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')


def spread(text: str) -> Sequence[str]:
    """The rows of a line that is, or ends with, a JSON object or list; empty for every other line.

    Numbers and names that are there twice stay as they are written; in strings, escapes are shown as the
    characters they stand for, where those are printable.

    Args:
        text: The line, without colours.
    """
    if not text.rstrip().endswith(("}", "]")):
        return ()
    # Only the first places are tried: `[main] {"a": 1}`.
    for opening in islice(_OPENING.finditer(text, 0, _FURTHEST), _MOST_TRIES):
        value = _value(text[opening.start() :])
        if value is not None:
            return _rows_of(text, opening.start()) if value else ()
    return ()


def _value(text: str) -> list[object] | dict[str, object] | None:
    try:
        value = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _rows_of(text: str, start: int) -> Sequence[str]:
    before = text[:start].rstrip()
    rows = [before] if before else []
    for row in _laid_out(text, start):
        if len(rows) == MOST_ROWS:
            rows[-1] = "…"
            break
        rows.append(row)
    return rows


def _laid_out(text: str, start: int) -> Iterator[str]:
    """The rows of a valid value, from its own text."""
    depth = 0
    row = ""
    previous = ""
    for part in (match[0] for match in _TOKEN.finditer(text, start)):
        if previous == "," or (previous in ("[", "{") and part not in ("]", "}")):
            yield row
            row = _INDENT * min(depth, _DEEPEST)
        elif part in ("]", "}") and previous not in ("[", "{"):
            yield row
            row = _INDENT * min(depth - 1, _DEEPEST)
        depth += (part in ("[", "{")) - (part in ("]", "}"))
        row += ": " if part == ":" else _readable(part)
        previous = part
    yield row


def _readable(part: str) -> str:
    if part[0] != '"' or "\\" not in part:
        return part
    return scrub_line(escaped_unsafe(json.dumps(json.loads(part), ensure_ascii=False)))
