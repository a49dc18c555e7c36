"""The line of a log that tells why its run failed, found where such lines are: at its end or beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.logs.errors import ErrorFinder
from tui.logs.lines import after_end

if TYPE_CHECKING:
    from tui.logs.rule_set import RuleSet
    from tui.logs.source import LogFile

WHOLE = 12 << 20
"""Bytes up to which all of a log is looked through: a fraction of a second."""

HEAD, TAIL = 2 << 20, 8 << 20
"""Bytes at the beginning and the end of a longer one that are looked through: what ends a run is there."""

_PIECE = 1 << 16


def find_root_error(
    file: LogFile, rules: RuleSet | None = None, *, takes_warnings: bool = False
) -> int | None:
    """Look for it. It takes a while: use a thread.

    Args:
        file: The log.
        rules: What errors look like; the usual rules when None.
        takes_warnings: Whether a warning counts where there is no error.

    Returns:
        The line, by the offset of its first byte; None when no line tells of an error.
    """
    size = file.size
    if size <= WHOLE:
        return _find_between(file, 0, size, ErrorFinder(rules, takes_warnings=takes_warnings))
    for start, end in ((_line_after(file, size - TAIL), size), (0, HEAD)):
        found = _find_between(file, start, end, ErrorFinder(rules, takes_warnings=takes_warnings))
        if found is not None:
            return found
    return None


def _find_between(file: LogFile, start: int, end: int, finder: ErrorFinder) -> int | None:
    offset = start
    while offset < end:
        piece = file.read(offset, min(_PIECE, end - offset))
        if not piece:
            break
        offset += len(piece)
        finder.feed_bytes(piece)
    finder.finish()
    best = finder.best
    return None if best is None else _start_of(file, start, best.line - 1)


def _start_of(file: LogFile, offset: int, lines: int) -> int:
    """The start of the line that many lines after the one at an offset."""
    while lines > 0:
        piece = file.read(offset, _PIECE)
        ends = piece.count(b"\n")
        if ends >= lines:
            return offset + after_end(piece, lines)
        if not piece:
            break
        lines -= ends
        offset += len(piece)
    return offset


def _line_after(file: LogFile, offset: int) -> int:
    """The start of the first line after an offset."""
    return offset + file.read(offset, _PIECE).find(b"\n") + 1
