"""A line that is a JSON value, spread over several lines."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ROWS = 400
"""Rows that a line is spread over at most."""

_OPENING = re.compile(r"[\[{]")


def spread(text: str) -> Sequence[str]:
    """The rows of a line that is, or ends with, a JSON object or list; empty for every other line.

    Args:
        text: The line, without colours.
    """
    opening = _OPENING.search(text)
    if opening is None or not text.rstrip().endswith(("}", "]")):
        return ()
    while opening is not None:
        try:
            value = json.loads(text[opening.start() :])
        except (ValueError, RecursionError):
            # Only the first places are tried: `[main] {"a": 1}`.
            opening = _OPENING.search(text, opening.end()) if opening.start() < _FURTHEST else None
            continue
        if not isinstance(value, dict | list) or not value:
            return ()
        rows = json.dumps(value, indent=2, ensure_ascii=False).splitlines()
        before = text[: opening.start()].rstrip()
        if before:
            rows.insert(0, before)
        return rows if len(rows) <= MOST_ROWS else [*rows[: MOST_ROWS - 1], "…"]
    return ()


_FURTHEST = 200
