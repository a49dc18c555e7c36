"""Printing the line of a log that tells most, with the stack trace that it belongs to."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from tui.cli.output import warn
from tui.logs.hits import LineHits
from tui.logs.levels import ERROR_LINE
from tui.logs.root_error import find_root_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.logs.document import LogDocument
    from tui.logs.rule_set import RuleSet

_BEFORE, _AFTER = 3, 12
"""Lines that are printed at least before and after the error, where there are so many."""

_LONGEST_TRACE = 60
"""Lines of its stack trace that are printed at most before it, and as many after it."""

_IN_TRACE = re.compile(
    r"\s+\S|Caused by: |Traceback \(most recent call last\)|\.\.\. \d+ more|Suppressed: "
    r"|(?:[\w$]+\.)*[\w$]*(?:Exception|Error)\b|During handling of the above|The above exception was"
)
"""A line of a stack trace or of its causes."""


async def print_root_error(
    document: LogDocument, rules: RuleSet | None = None, *, takes_warnings: bool = False
) -> None:
    """Print the error that tells most with what is around it, or say that there is none.

    Args:
        document: The log, as far as it is wanted.
        rules: What errors look like; the built-in rules when None.
        takes_warnings: Whether a warning counts where there is no error.
    """
    root = await asyncio.to_thread(find_root_error, document.file, rules, takes_warnings=takes_warnings)
    if root is None:
        warn("no line of the log tells of an error")
        return
    await document.count_lines()
    first = document.number(root) or 0
    before = _lines_before(document, root)
    number = first - len(before) + 1
    for start in (*before, root, *_lines_after(document, root)):
        mark = ">" if start == root else " "
        print(f"{mark} {number:>6}  {document.plain(start)}")
        number += 1
    others = await _count_errors(document, root)
    warn(f"line {first + 1:,} of {document.lines:,} tells most{_told_of(others)}")


def _told_of(others: int) -> str:
    if not others:
        return ""
    return f"; {others:,} other lines tell of errors" if others > 1 else "; 1 other line tells of an error"


def _lines_before(document: LogDocument, start: int) -> list[int]:
    """The lines of the trace before an error, and a few that stand before that."""
    found: list[int] = []
    earlier = document.before(start)
    while earlier is not None and len(found) < _LONGEST_TRACE and _is_in_trace(document, earlier):
        found.append(earlier)
        earlier = document.before(earlier)
    for _ in range(_BEFORE):
        if earlier is not None:
            found.append(earlier)
            earlier = document.before(earlier)
    return found[::-1]


def _lines_after(document: LogDocument, start: int) -> Iterator[int]:
    """Some lines after an error, and all of the trace that goes on there."""
    later, count, is_in_trace = document.after(start), 0, True
    while later is not None and count < _LONGEST_TRACE:
        is_in_trace = is_in_trace and _is_in_trace(document, later)
        if count >= _AFTER and not is_in_trace:
            return
        yield later
        later, count = document.after(later), count + 1


def _is_in_trace(document: LogDocument, start: int) -> bool:
    return _IN_TRACE.match(document.plain(start)) is not None


async def _count_errors(document: LogDocument, besides: int) -> int:
    """How many lines tell of an error beside the one that begins there."""
    hits = LineHits(document, ERROR_LINE)
    try:
        await hits.run()
    finally:
        await hits.stop()
    return hits.count - (ERROR_LINE.search(document.plain(besides)) is not None)
