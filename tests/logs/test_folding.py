"""Stack traces as one line each, held to a plain evaluator: which lines belong together, which are shown."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.logs.document import LogDocument
from tui.logs.folding import FEWEST, FoldedLines, Trace, TraceFinder
from tui.logs.source import LogFile
from tui.logs.walking import AllLines

FRAME, ODD_FRAME, INDENTED, PLAIN, BLANK = (
    "\tat a.B.c(B.java:1)",
    '  File "a.py", line 1',
    "    x",
    "Caused by: y",
    "   ",
)
LOGS = st.lists(st.sampled_from([FRAME, FRAME, ODD_FRAME, INDENTED, PLAIN, BLANK]), min_size=1, max_size=30)


class SomeLines(AllLines):
    """The lines that a filter leaves."""

    def __init__(self, lines: Sequence[int]) -> None:
        self.lines = lines

    def first(self) -> int | None:
        return next(iter(self.lines), None)

    def last(self) -> int | None:
        return next(reversed(self.lines), None)

    def after(self, start: int) -> int | None:
        return self._at(bisect_right(self.lines, start))

    def before(self, start: int) -> int | None:
        return self._at(bisect_left(self.lines, start) - 1)

    def at_or_after(self, start: int) -> int | None:
        return self._at(bisect_left(self.lines, start))

    def at_or_before(self, start: int) -> int | None:
        return self._at(bisect_right(self.lines, start) - 1)

    def _at(self, index: int) -> int | None:
        return self.lines[index] if 0 <= index < len(self.lines) else None


@contextmanager
def opened(path: Path, lines: Sequence[str]) -> Iterator[LogDocument]:
    path.write_text("\n".join(lines))
    file = LogFile(path)
    try:
        yield LogDocument(file)
    finally:
        file.close()


def starts_of(document: LogDocument) -> list[int]:
    starts = []
    line = document.first
    while line is not None:
        starts.append(line)
        line = document.after(line)
    return starts


def traces_of(starts: Sequence[int], lines: Sequence[str]) -> dict[int, Trace]:
    """The trace of each line that is in one, the plain way."""
    found: dict[int, Trace] = {}
    numbered = list(zip(starts, lines, strict=True))
    for is_indented, group in groupby(numbered, lambda each: each[1][0] == " " or each[1][0] == "\t"):
        for has_text, run in groupby(group, lambda each: bool(each[1].strip())):
            members = list(run)
            frames = sum(line in (FRAME, ODD_FRAME) for _, line in members[:20])
            if is_indented and has_text and len(members) >= FEWEST and 3 * frames >= min(len(members), 20):
                trace = Trace(members[0][0], members[-1][0], len(members))
                found |= {start: trace for start, _ in members}
    return found


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([FRAME] * FEWEST, FEWEST),
        ([FRAME] * (FEWEST - 1), 0),
        ([PLAIN] * 9, 0),
        ([FRAME, INDENTED, ODD_FRAME], 3),
        ([INDENTED] * 5, 0),
        ([FRAME, FRAME, BLANK, FRAME, FRAME], 0),
    ],
)
def test_indented_lines_with_enough_frames_are_a_trace(tmp_path: Path, lines: list[str], count: int) -> None:
    with opened(tmp_path / "a.log", [PLAIN, *lines, PLAIN]) as document:
        trace = TraceFinder(document).trace_of(document.after(0) or 0)
        assert (trace.lines if trace is not None else 0) == count


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LOGS, st.data())
def test_every_line_of_a_trace_tells_the_same(tmp_path: Path, lines: list[str], data: st.DataObject) -> None:
    with opened(tmp_path / "a.log", lines) as document:
        starts = starts_of(document)
        expected = traces_of(starts, lines)
        finder = TraceFinder(document)
        for start in data.draw(st.permutations(starts)):
            assert finder.trace_of(start) == expected.get(start)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LOGS, st.booleans(), st.data())
def test_folded_lines_are_those_that_no_fold_hides(
    tmp_path: Path, lines: list[str], is_folded: bool, data: st.DataObject
) -> None:
    with opened(tmp_path / "a.log", lines) as document:
        starts = starts_of(document)
        traces = traces_of(starts, lines)
        opposite = set(data.draw(st.sets(st.sampled_from(starts))))
        left = sorted(data.draw(st.sets(st.sampled_from(starts))) if data.draw(st.booleans()) else starts)

        def stands_for(start: int) -> int:
            trace = traces.get(start)
            if trace is None or (trace.start in opposite) is is_folded:
                return start
            return next(line for line in left if line >= trace.start)

        shown = SomeLines(sorted({stands_for(start) for start in left}))
        folded = FoldedLines(SomeLines(left), TraceFinder(document), opposite, is_folded=is_folded)
        assert (folded.first(), folded.last()) == (shown.first(), shown.last())
        for start in starts:
            assert folded.after(start) == shown.after(start)
            assert folded.before(start) == shown.before(start)
            assert folded.at_or_after(start) == shown.at_or_after(start)
            assert folded.at_or_before(start) == shown.at_or_before(start)


def test_an_endless_trace_is_shown_in_pieces_of_which_every_line_tells_the_same(tmp_path: Path) -> None:
    lines = [FRAME] * 4_500
    with opened(tmp_path / "a.log", [PLAIN, *lines, PLAIN]) as document:
        starts = starts_of(document)[1:-1]
        walk = FoldedLines(AllLines(document), TraceFinder(document), set(), is_folded=True)
        pieces: list[Trace] = []
        line = walk.after(0)
        while line is not None and (trace := walk.fold_at(line)) is not None:
            assert trace.start == line
            pieces.append(trace)
            line = walk.after(line)
        assert sum(trace.lines for trace in pieces) == len(lines)
        assert 2 <= len(pieces) < 100
        for start in (*starts[::-1700], *starts[1_999:2_002]):
            trace = TraceFinder(document).trace_of(start)
            assert trace in pieces
            assert trace is not None
            assert trace.start <= start <= trace.last


def test_a_piece_of_many_short_lines_is_found_from_its_end(tmp_path: Path) -> None:
    with opened(tmp_path / "a.log", ["\tat x"] * 9_000) as document:
        finder = TraceFinder(document)
        last = document.last
        assert last is not None
        trace = finder.trace_of(last)
        assert trace is not None
        assert trace.last == last


def test_a_trace_that_goes_on_is_told_anew(tmp_path: Path) -> None:
    with opened(tmp_path / "a.log", [PLAIN, FRAME, FRAME, FRAME]) as document:
        finder = TraceFinder(document)
        starts = starts_of(document)
        assert [trace.lines for start in starts[1:] if (trace := finder.trace_of(start))] == [3, 3, 3]
        with document.file.path.open("a") as file:
            file.write(f"\n{FRAME}\n{FRAME}\n{PLAIN}")
        old_last = starts[-1]
        document.refresh()
        finder.forget_from(old_last)
        assert [trace.lines for start in starts[1:] if (trace := finder.trace_of(start))] == [5, 5, 5]
        assert finder.trace_of(0) is None


def test_a_log_that_was_written_anew_is_looked_through_again(tmp_path: Path) -> None:
    with opened(tmp_path / "a.log", [FRAME] * 4) as document:
        finder = TraceFinder(document)
        assert finder.trace_of(0) is not None
        document.file.path.write_text("short\n")
        document.refresh()
        assert finder.trace_of(0) is None
