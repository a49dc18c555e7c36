"""Printing the line of a log that tells most, with the stack trace that it belongs to."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from tui.cli.output import warn
from tui.logs.levels import ERROR_LINE
from tui.logs.lines import without_colours
from tui.logs.root_error import find_root_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.logs.document import LogDocument
    from tui.logs.rule_set import RuleSet

_BEFORE, _AFTER = 3, 12
"""Lines that are printed at least before and after the error, where there are so many."""

_LONGEST_TRACE = 60
"""Lines of its stack trace that are printed at most before it, and as many after it."""

_PIECE = 1 << 18

_IN_TRACE = re.compile(
    r"\s+\S|Caused by: |Traceback \(most recent call last\)|\.\.\. \d+ more|Suppressed: "
    r"|(?:[\w$]+\.)*[\w$]*(?:Exception|Error)\b|During handling of the above|The above exception was"
)
"""A line of a stack trace or of its causes."""

_WORDS = (
    *(b"ERROR", b"FATAL", b"SEVERE", b"CRITICAL", b"PANIC", b"Traceback", b"panic:", b"fatal:", b"error:"),
    *(b"Exception", b"Error", b"ORA-", b"SQLSTATE", b"Caused by:"),
)
"""Of these every line that tells of an error has one: nearly no line of a log has."""


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
    first = document.number(root.start) or 0
    before = _lines_before(document, root.start)
    number = first - len(before) + 1
    for start in (*before, root.start, *_lines_after(document, root.start)):
        mark = ">" if start == root.start else " "
        print(f"{mark} {number:>6}  {document.plain(start)}")
        number += 1
    others = await _count_errors(document, root.start)
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
    count = offset = 0
    while offset < document.size:
        data = document.file.read(offset, min(_PIECE, document.size - offset))
        if not data:
            break
        end = data.rfind(b"\n") + 1 or len(data)
        starts = await asyncio.to_thread(_error_starts, data[:end])
        count += len(starts - {besides - offset})
        offset += end
    return count


def _error_starts(data: bytes) -> set[int]:
    """Where in a piece of a log the lines begin that tell of an error."""
    starts = set()
    for word in _WORDS:
        at = data.find(word)
        while at >= 0:
            start = data.rfind(b"\n", 0, at) + 1
            end = data.find(b"\n", at)
            end = len(data) if end < 0 else end
            if ERROR_LINE.search(without_colours(data[start:end].decode("utf-8", "replace"))):
                starts.add(start)
            at = data.find(word, end)
    return starts
