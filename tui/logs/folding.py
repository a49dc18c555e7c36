"""Stack traces as one line each: which lines belong together, found around the line that is looked at."""

from __future__ import annotations

import re
from collections import OrderedDict
from itertools import islice, takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.logs.document import LogDocument
    from tui.logs.walking import Walk

FEWEST = 3
"""Lines from which a trace is worth folding."""

_MOST = 2_000
"""Lines of one trace that are gone through; what is longer is shown in several folds."""

_PIECE = 1 << 15
"""Bytes of a fold then: where one begins is told by its offset alone, so that every line tells the same."""

_JUDGED = 20
_KEPT = 4_000
_FRAME = re.compile(
    r"^\s+(?:at (?:async )?[\w$.<>\[(/:]|File \"|\.\.\. \d+ (?:more|common)|in <module>|@ 0x|from \S+:\d+:in)"
    r"|^\s+(?:[\w./-]+\.(?:py|go|rb|js|ts|java|scala|cs|cpp|c|rs):\d+)"
)
"""A line that only stack traces have."""


class Trace(NamedTuple):
    """Indented lines that follow each other and are a stack trace."""

    start: int
    """Its first line."""
    last: int
    """Its last line."""
    lines: int
    """How many lines."""


class TraceFinder:
    """Tells the trace that a line belongs to."""

    def __init__(self, document: LogDocument) -> None:
        """Look into a document."""
        self._document = document
        self._known: OrderedDict[int, Trace | None] = OrderedDict()
        self._generation = document.generation

    def trace_of(self, start: int) -> Trace | None:
        """The trace with this line in it; None for all other lines."""
        if self._generation != self._document.generation:
            self._generation = self._document.generation
            self._known.clear()
        if start not in self._known:
            return self._look_around(start)
        return self._known[start]

    def forget_from(self, start: int) -> None:
        """The log has grown: what was told of lines from here on, and of their traces, may be otherwise."""
        before = self._document.before(start)
        reached = start if before is None else before
        for line, trace in list(self._known.items()):
            if line >= start or (trace is not None and trace.last >= reached):
                del self._known[line]

    def _look_around(self, start: int) -> Trace | None:
        document = self._document
        if not _is_indented(document.plain(start)):
            self._keep(start, None)
            return None
        earlier = list(islice(self._run(start, document.before), _MOST))
        later = list(islice(self._run(start, document.after), _MOST))
        lines = [*reversed(earlier), start, *later]
        if len(lines) > _MOST:
            piece = start // _PIECE
            earlier = list(takewhile(lambda line: line // _PIECE == piece, self._run(start, document.before)))
            later = list(takewhile(lambda line: line // _PIECE == piece, self._run(start, document.after)))
            lines = [*reversed(earlier), start, *later]
        frames = sum(_FRAME.match(document.plain(line)) is not None for line in lines[:_JUDGED])
        is_trace = len(lines) >= FEWEST and 3 * frames >= min(len(lines), _JUDGED)
        trace = Trace(lines[0], lines[-1], len(lines)) if is_trace else None
        for line in lines:
            self._keep(line, trace)
        return trace

    def _run(self, start: int, step: Callable[[int], int | None]) -> Iterator[int]:
        """The indented lines that follow in one direction."""
        line = step(start)
        while line is not None and _is_indented(self._document.plain(line)):
            yield line
            line = step(line)

    def _keep(self, start: int, trace: Trace | None) -> None:
        self._known[start] = trace
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)


class FoldedLines:
    """The lines of another walk without those that a fold hides; a trace's first line stays."""

    def __init__(self, walk: Walk, traces: TraceFinder, opened: set[int], *, is_folded: bool) -> None:
        """Fold the traces of a walk.

        Args:
            walk: The lines.
            traces: What tells the traces.
            opened: The first lines of the traces that are the other way round; may change.
            is_folded: Whether traces are folded that are not in there.
        """
        self._walk = walk
        self._traces = traces
        self._opened = opened
        self._is_folded = is_folded

    def fold_at(self, start: int) -> Trace | None:
        """The trace that is folded into this line."""
        trace = self._traces.trace_of(start)
        if trace is None or (trace.start in self._opened) is self._is_folded:
            return None
        return trace

    def first(self) -> int | None:
        """The first line."""
        return self._walk.first()

    def last(self) -> int | None:
        """The last line that is not hidden."""
        return self._up(self._walk.last())

    def after(self, start: int) -> int | None:
        """The next line that is not hidden."""
        return self._down(self._walk.after(start), start + 1)

    def before(self, start: int) -> int | None:
        """The line before that is not hidden."""
        return self._up(self._walk.before(start))

    def at_or_after(self, start: int) -> int | None:
        """The line itself unless it is hidden, else the next one."""
        return self._down(self._walk.at_or_after(start), start)

    def at_or_before(self, start: int) -> int | None:
        """The line itself unless it is hidden, else the one that hides it."""
        return self._up(self._walk.at_or_before(start))

    def _down(self, line: int | None, least: int) -> int | None:
        """A line, or the first one after the trace that is folded into a line before the least."""
        if line is None:
            return None
        shown = self._up(line)
        if shown is not None and shown >= least:
            return shown
        trace = self.fold_at(line)
        return self._walk.after(trace.last) if trace is not None else None

    def _up(self, start: int | None) -> int | None:
        """The line that hides this one, or itself."""
        if start is None:
            return None
        trace = self.fold_at(start)
        if trace is None:
            return start
        # Where a filter hides the trace's first line, the first one that it leaves stands for it.
        return self._walk.at_or_after(trace.start)


def _is_indented(text: str) -> bool:
    # Tabs are spaces in what is shown.
    return text[:1] == " " and not text.isspace()
