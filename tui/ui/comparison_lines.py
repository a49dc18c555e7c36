"""A comparison of two runs as lines of the screen. Pure: no widget, no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.engine.comparison_report import counter_told, facts_of, log_notes, task_told
from tui.logs.levels import TIMESTAMP, Level
from tui.logs.scrub import plain_text
from tui.ui.glyphs import UNICODE
from tui.ui.widgets.cells.text import fit, fit_middle, head, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import tzinfo

    from tui.core.models import Task
    from tui.engine.comparison import Comparison, LogLine, TaskChange
    from tui.engine.comparison_report import Fact
    from tui.ui.glyphs import GlyphSet

_NARROWEST_NAME = 14
_WIDEST_VALUE = 40
_NARROWEST_VALUE = 12
_INDENT = " "
_LOG_INDENT = 15
_DEEPEST = 4
_TRACE_SHOWN = 3
_LONGEST = 2_000
_LEVELS = {Level.ERROR: "$level-error", Level.WARNING: "$level-warning", Level.DEBUG: "$level-debug"}


class ComparisonLines:
    """Lays a comparison out for a width."""

    def __init__(
        self,
        comparison: Comparison,
        zone: tzinfo,
        width: int,
        *,
        is_wrapped: bool = False,
        glyphs: GlyphSet = UNICODE,
    ) -> None:
        """Lay it out.

        Args:
            comparison: What to tell.
            zone: In which zone times are told.
            width: Cells of a line.
            is_wrapped: Whether lines of logs are continued below instead of cut.
            glyphs: The signs to draw with.
        """
        self._comparison = comparison
        self._zone = zone
        self._glyphs = glyphs
        self._log_width = max(_NARROWEST_VALUE, width - _LOG_INDENT - 2) if is_wrapped else _LONGEST
        names = [each.name for each in comparison.parameters] + [each.name for each in comparison.tasks]
        longest = max((width_of(plain_text(name)) + 1 for name in names), default=0)
        self._name_width = max(_NARROWEST_NAME, min(longest, width // 4))
        room = (width - self._name_width - 4) * 2 // 5
        self._value_width = max(_NARROWEST_VALUE, min(_WIDEST_VALUE, room))

    def content(self, *, is_complete: bool) -> Content:
        """All lines.

        Args:
            is_complete: Whether steps and logs have been compared, too.
        """
        lines = [*self._facts(), *self._parameters()]
        if is_complete:
            lines += [*self._tasks(), *self._new_lines(), *self._counters(), *self._missing_lines()]
            lines += [
                Content.styled(f"{_INDENT}{note}", "$text-muted") for note in log_notes(self._comparison)
            ]
        return Content("\n").join(lines)

    def _facts(self) -> Iterator[Content]:
        good = "GOOD RUN" if self._comparison.is_good else "EARLIER RUN"
        titles = f"{_INDENT}{'':<{self._name_width}}{good:<{self._value_width}}  THIS RUN"
        yield Content.styled(titles, "$text-muted")
        for fact in facts_of(self._comparison, self._zone):
            if fact.name == "state":
                yield self._states(fact)
            else:
                style = "bold" if fact.is_remarkable else ""
                yield self._pair(fact.name, fact.before, fact.now, style, fact.note)

    def _states(self, fact: Fact) -> Content:
        signs, comparison = self._glyphs.states, self._comparison
        before = f"{signs[comparison.before.state]} {fact.before}"
        now = f"{signs[comparison.now.state]} {fact.now}"
        return self._pair(fact.name, before, now, f"$state-{comparison.now.state}", "")

    def _parameters(self) -> Iterator[Content]:
        if not self._comparison.parameters:
            return
        yield from self._title("Parameters that differ", len(self._comparison.parameters))
        for change in self._comparison.parameters:
            before = self._glyphs.dash if change.before is None else change.before
            now = self._glyphs.dash if change.now is None else change.now
            yield self._pair(change.name, before, now, "bold", "")

    def _tasks(self) -> Iterator[Content]:
        tasks = self._comparison.tasks
        changed = [task for task in tasks if task.is_changed]
        if not tasks:
            return
        same = len(tasks) - len(changed)
        told = f"{same} of {len(tasks)} ended as before" if same else "none ended as before"
        if not changed:
            told = "all ended as before"
        yield from self._title("Steps", None, told)
        yield from (self._task(task) for task in tasks)

    def _task(self, change: TaskChange) -> Content:
        before, now = self._task_told(change.before), self._task_told(change.now)
        style = f"$state-{change.now.state}" if change.now is not None and change.is_changed else ""
        return self._pair(plain_text(change.name), before, now, style, "")

    def _task_told(self, task: Task | None) -> str:
        if task is None:
            return self._glyphs.dash
        return f"{self._glyphs.states[task.state]} {task_told(task)}"

    def _counters(self) -> Iterator[Content]:
        if not self._comparison.counters:
            return
        yield from self._title("Numbers that changed much", len(self._comparison.counters))
        told = [counter_told(change) for change in self._comparison.counters]
        width = min(_WIDEST_VALUE, max(map(len, told)))
        for change, text in zip(self._comparison.counters, told, strict=True):
            style = "bold $state-warning" if not change.now else "bold"
            yield Content.assemble(
                _INDENT, (fit(text, width, self._glyphs.ellipsis), style), "  ", _bare(change.text)
            )

    def _new_lines(self) -> Iterator[Content]:
        comparison = self._comparison
        if not comparison.has_logs:
            return
        if not comparison.new_lines:
            yield from self._title("New in the log", None, "nothing that the earlier log doesn't say")
            return
        yield from self._title("New in the log", len(comparison.new_lines), "errors first")
        yield from self._log_lines(comparison.new_lines)

    def _missing_lines(self) -> Iterator[Content]:
        if self._comparison.missing_lines:
            yield from self._title("Missing from the log", len(self._comparison.missing_lines))
            yield from self._log_lines(self._comparison.missing_lines, style="$text-muted")

    def _log_lines(self, lines: Sequence[LogLine], style: str = "") -> Iterator[Content]:
        """The lines; of a long stack trace only its beginning."""
        trace = 0
        for index, line in enumerate(lines):
            trace = trace + 1 if line.level is Level.DEBUG else 0
            if trace <= _TRACE_SHOWN:
                yield self._log_line(line, style)
            following = lines[index + 1] if index + 1 < len(lines) else None
            if trace > _TRACE_SHOWN and (following is None or following.level is not Level.DEBUG):
                hidden = trace - _TRACE_SHOWN
                yield Content.styled(f"{_INDENT}{'':>14}{self._glyphs.ellipsis} {hidden} more", "$text-muted")

    def _log_line(self, line: LogLine, style: str) -> Content:
        times = f"{line.times:,}{self._glyphs.times}" if line.times > 1 else ""
        number = f"{_INDENT}{line.number:>7,} {times:>5} "
        folded = f"\n{'':>{_LOG_INDENT}}".join(_folded(_bare(line.text), self._log_width))
        return Content.assemble(
            (number, "$text-muted"), (folded, style or _LEVELS.get(line.level or Level.INFO, ""))
        )

    def _title(self, title: str, count: int | None, note: str = "") -> list[Content]:
        told = f"  {count:,}" if count is not None else ""
        return [
            Content(""),
            Content.assemble(
                (f"{_INDENT}{title}", "bold"), (f"{told}{f'  {note}' if note else ''}", "$text-muted")
            ),
        ]

    def _pair(self, name: str, before: str, now: str, style: str, note: str) -> Content:
        ellipsis = self._glyphs.ellipsis
        return Content.assemble(
            (f"{_INDENT}{fit_middle(name, self._name_width - 1, ellipsis)} ", "$text-muted"),
            (f"{fit(before, self._value_width, ellipsis)}  ", "$text-muted"),
            (plain_text(now), style),
            (f"   {note}" if note else "", "$state-warning" if "×" in note else "$text-muted"),
        )


def _bare(line: str) -> str:
    """A log line without the time at its beginning, which differs anyway."""
    text = plain_text(TIMESTAMP.sub("", line, count=1) if line[:1].strip() else line, _LONGEST)
    bare = text.lstrip(" ")
    return " " * min(_DEEPEST, len(text) - len(bare)) + bare


def _folded(text: str, width: int) -> list[str]:
    """The text in pieces that take at most so many cells each."""
    pieces: list[str] = []
    while width_of(text) > width and (piece := head(text, width)):
        pieces.append(piece)
        text = text[len(piece) :]
    return [*pieces, text]
