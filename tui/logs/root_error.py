"""The line of a log that tells why its run failed, found where such lines are: at its end or beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.logs.errors import ErrorFinder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.logs.rule_set import RuleSet
    from tui.logs.source import LogFile

WHOLE = 12 << 20
"""Bytes up to which all of a log is looked through: a fraction of a second."""

HEAD, TAIL = 2 << 20, 8 << 20
"""Bytes at the beginning and the end of a longer one that are looked through: what ends a run is there."""

_PIECE = 1 << 16


class RootError(NamedTuple):
    """An error and where it stands."""

    start: int
    """The line, by the offset of its first byte."""
    text: str
    """The message alone."""
    rule: str
    """Id of the rule that found it."""


def find_root_error(
    file: LogFile,
    rules: RuleSet | None = None,
    *,
    takes_warnings: bool = False,
    is_wanted: Callable[[], bool] = lambda: True,
) -> RootError | None:
    """Look for it. It takes a while: use a thread.

    Args:
        file: The log.
        rules: What errors look like; the usual rules when None.
        takes_warnings: Whether a warning counts where there is no error.
        is_wanted: Asked now and then whether to go on.
    """
    size = file.size
    if size <= WHOLE:
        return _find_between(file, 0, size, rules, takes_warnings=takes_warnings, is_wanted=is_wanted)
    tail = _line_after(file, size - TAIL)
    for start, end in ((tail, size), (0, HEAD)):
        found = _find_between(file, start, end, rules, takes_warnings=takes_warnings, is_wanted=is_wanted)
        if found is not None:
            return found
    return None


def _find_between(
    file: LogFile,
    start: int,
    end: int,
    rules: RuleSet | None,
    *,
    takes_warnings: bool,
    is_wanted: Callable[[], bool],
) -> RootError | None:
    finder = ErrorFinder(rules, takes_warnings=takes_warnings)
    offset = start
    while offset < end and is_wanted():
        piece = file.read(offset, min(_PIECE, end - offset))
        if not piece:
            break
        offset += len(piece)
        finder.feed_bytes(piece)
    finder.finish()
    best = finder.best
    if best is None:
        return None
    return RootError(_start_of(file, start, best.line - 1), best.text, best.rule)


def _start_of(file: LogFile, offset: int, lines: int) -> int:
    """The start of the line that many lines after the one at an offset."""
    while lines > 0:
        piece = file.read(offset, _PIECE)
        if not piece:
            break
        ends = piece.count(b"\n")
        if ends < lines:
            lines -= ends
            offset += len(piece)
            continue
        at = -1
        for _ in range(lines):
            at = piece.index(b"\n", at + 1)
        return offset + at + 1
    return offset


def _line_after(file: LogFile, offset: int) -> int:
    """The start of the first line after an offset."""
    found = file.read(offset, _PIECE).find(b"\n")
    return offset + found + 1
