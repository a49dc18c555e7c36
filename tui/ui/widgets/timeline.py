"""The tasks of a run on its time axis: one line each, as text. Pure: no widget, no I/O."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from tui.core.duration import format_duration
from tui.core.state import State
from tui.ui.moments import clock_time
from tui.ui.widgets.content_line import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from tui.core.models import Task
    from tui.ui.glyphs import GlyphSet

_NAME_WIDTH = 28
_TOOK_WIDTH = 7
_TAIL_WIDTH = 24
_TAIL_FROM = 90
"""Cells of a line from which on there is room for words behind the bar."""
_SHORT_TAIL = 4
_GUTTER = 3
_GAP = 2
_NARROWEST_BAR = 8
_GOING_ON = (State.RUNNING, State.QUEUED, State.PAUSED)
_QUIET = (State.SUCCEEDED, State.RUNNING)
"""States whose bar says enough; the others have their sign behind it."""

_LONG_DAY_S = 86_400
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
"""Seconds between two times of the axis: round ones alone."""


class Step(NamedTuple):
    """One task with all its attempts."""

    attempts: Sequence[Task]
    """Oldest first; there is at least one."""

    @property
    def newest(self) -> Task:
        """The attempt that counts."""
        return self.attempts[-1]


class _Span(NamedTuple):
    first: datetime
    last: datetime

    @property
    def seconds(self) -> float:
        return max(1.0, (self.last - self.first).total_seconds())


class _Places(NamedTuple):
    """Cells of the parts of a line."""

    name: int
    bar: int
    tail: int


def steps_of(tasks: Iterable[Task]) -> Sequence[Step]:
    """The tasks in their order, repetitions of one gathered in its line."""
    gathered: dict[tuple[str, int], list[Task]] = {}
    for place, task in enumerate(tasks):
        others = gathered.get((task.id, 0))
        if others is not None and all(other.attempt != task.attempt for other in others):
            others.append(task)
        else:
            gathered[task.id, 0 if others is None else place] = [task]
    return [Step(sorted(attempts, key=lambda task: task.attempt)) for attempts in gathered.values()]


class Timeline:
    """Draws steps over the time that their run has taken so far."""

    def __init__(self, steps: Sequence[Step], now: datetime, zone: tzinfo, glyphs: GlyphSet) -> None:
        """Measure them.

        Args:
            steps: The tasks of one run.
            now: Until when a task that goes on is drawn.
            zone: In which zone clock times are told.
            glyphs: The signs to draw with.
        """
        self._steps = steps
        self._now = now
        self._zone = zone
        self._glyphs = glyphs
        tasks = [task for step in steps for task in step.attempts if task.started_at is not None]
        begun = [task.queued_at or task.started_at for task in tasks]
        first = min((moment for moment in begun if moment is not None), default=now)
        self._span = _Span(first, max((_end(task, now) for task in tasks), default=now))
        self.has_times = bool(tasks)
        """Whether any task tells when it began; without, there is only a list."""
        took = {
            place: seconds for place, step in enumerate(steps) if (seconds := self._seconds(step)) is not None
        }
        self._longest = steps[max(took, key=lambda place: took[place])] if len(took) > 1 else None
        self._sum_s = sum(took.values())

    def axis(self, width: int, title: str = "") -> Content:
        """Clock times over the bars.

        Args:
            width: Cells that the line may take.
            title: What stands over the names.
        """
        places = self._places(width)
        left = _GUTTER + places.name + _GAP + _TOOK_WIDTH + _GAP
        head = cut(Content.styled(f"{' ' * _GUTTER}{title}", "$text-muted"), left - _GAP, self._glyphs)
        head = head.pad_right(left - _GAP - head.cell_length)
        if not self.has_times:
            return head
        return Content.assemble(head, " " * _GAP, (self._ticks(places.bar), "$text-muted"))

    def line(self, index: int, width: int) -> Content:
        """One step.

        Args:
            index: Which one, counted from 0.
            width: Cells that the line may take.
        """
        step, places = self._steps[index], self._places(width)
        task = step.newest
        style = f"$state-{task.state}"
        name = task.name if len(task.name) <= places.name else f"{task.name[: places.name - 1]}{self._cut}"
        seconds = self._seconds(step)
        took = format_duration(seconds) if seconds is not None else self._glyphs.dash
        return Content.assemble(
            (f" {self._glyphs.states[task.state]} ", style),
            (f"{name:<{places.name}}{' ' * _GAP}", ""),
            (f"{took:>{_TOOK_WIDTH}}{' ' * _GAP}", "bold" if self._is_longest(step) else ""),
            *(self._bar(step, places.bar) if self.has_times else ()),
            *self._tail(step, places),
        )

    def details(self, index: int) -> Sequence[Content]:
        """More of one step: each attempt in a line, then its message.

        Args:
            index: Which one, counted from 0.
        """
        lines: list[Content] = []
        step = self._steps[index]
        for task in step.attempts:
            native = task.native_state or task.state.replace("_", " ")
            parts = [f"attempt {task.attempt}", native]
            if task.queued_at is not None and task.started_at is not None:
                waited = max(0.0, (task.started_at - task.queued_at).total_seconds())
                parts.append(f"waited {format_duration(waited)}")
            for word, moment in (("began", task.started_at), ("ended", task.ended_at)):
                if moment is not None:
                    parts.append(f"{word} {clock_time(moment, self._now, self._zone)}")
            lines.append(Content.styled(f"   {'   '.join(parts)}", "$text-muted"))
            if task.message:
                style = f"$state-{task.state}" if task.state not in _QUIET else ""
                lines.append(Content.assemble("   ", (task.message, style)))
        return lines

    @property
    def _cut(self) -> str:
        return self._glyphs.ellipsis

    def _places(self, width: int) -> _Places:
        longest = max((len(step.newest.name) for step in self._steps), default=0)
        name = max(4, min(_NAME_WIDTH, longest, width // 3))
        rest = width - _GUTTER - name - _TOOK_WIDTH - 2 * _GAP - 1
        tail = _TAIL_WIDTH if width >= _TAIL_FROM else _SHORT_TAIL
        return _Places(name, max(_NARROWEST_BAR, rest - tail), tail)

    def _seconds(self, step: Step) -> float | None:
        task = step.newest
        if task.started_at is None:
            return None
        return max(0.0, (_end(task, self._now) - task.started_at).total_seconds())

    def _is_longest(self, step: Step) -> bool:
        return step is self._longest

    def _bar(self, step: Step, width: int) -> Iterable[tuple[str, str]]:
        """Blank, waiting and working stretches, which together fill the width."""
        cells = [(" ", "")] * width
        for task in step.attempts:
            if task.started_at is None:
                continue
            start = min(width - 1, self._cell(task.started_at, width))
            end = self._cell(_end(task, self._now), width)
            waited = self._cell(task.queued_at, width) if task.queued_at is not None else start
            for cell in range(max(0, waited), start):
                cells[cell] = (self._glyphs.bar_rest, "$text-disabled")
            style = f"$state-{task.state}"
            for cell in range(start, max(start + 1, end)):
                cells[cell] = (self._glyphs.bar_full, style)
            last = max(start, end - 1)
            if task.state is State.RUNNING:
                cells[last] = (self._glyphs.bar_half, style)
            elif task.state not in _QUIET:
                cells[last] = (self._glyphs.states[task.state], style)
        return _joined(cells)

    def _cell(self, moment: datetime, width: int) -> int:
        share = (moment - self._span.first).total_seconds() / self._span.seconds
        return max(0, min(width, int(share * width)))

    def _tail(self, step: Step, places: _Places) -> Iterable[tuple[str, str]]:
        """What the bar doesn't tell: how often it was tried, the state, what it says."""
        task = step.newest
        tries = max(len(step.attempts), task.attempt)
        words = [(f"{self._glyphs.times}{tries}", "$text-muted")] if tries > 1 else []
        if places.tail >= _TAIL_WIDTH or not self.has_times:
            if task.state is not State.SUCCEEDED:
                words.append((task.state.replace("_", " "), f"$state-{task.state}"))
            if self._is_longest(step) and self._sum_s:
                share = round(100 * (self._seconds(step) or 0.0) / self._sum_s)
                words.append((f"longest, {share} %", "$text-muted"))
            if task.message and task.state is not State.SUCCEEDED:
                words.append((task.message, "$text-muted"))
        for text, style in words:
            yield from ((" ", ""), (text, style))

    def _ticks(self, width: int) -> str:
        is_long = self._span.seconds > _LONG_DAY_S
        step_s = next((step for step in _STEPS_S if self._fits(step, width)), _STEPS_S[-1])
        text = "%b %d %H:%M" if is_long else "%H:%M" if step_s >= _STEPS_S[6] else "%H:%M:%S"
        mark = "╷" if self._glyphs.heights else "|"
        local = self._span.first.astimezone(self._zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        into_s = (local - midnight).total_seconds()
        moment = midnight + timedelta(seconds=-(-into_s // step_s) * step_s)
        line = ""
        while moment <= self._span.last:
            cell = self._cell(moment, width)
            label = f"{mark}{moment:{text}}"
            if cell >= len(line) and cell + len(label) <= width:
                line = f"{line:<{cell}}{label} "
            moment += timedelta(seconds=step_s)
        return f"{line:<{width}}"[:width]

    def _fits(self, step_s: int, width: int) -> bool:
        label = 14 if self._span.seconds > _LONG_DAY_S else 8 if step_s >= _STEPS_S[6] else 11
        return self._span.seconds / step_s * label <= width


def _joined(cells: Sequence[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Stretches of one style instead of single cells."""
    text, style = "", ""
    for sign, look in cells:
        if look != style and text:
            yield text, style
            text = ""
        text, style = text + sign, look
    if text:
        yield text, style


def _end(task: Task, now: datetime) -> datetime:
    """Until when a task took; one that goes on takes until now."""
    if task.ended_at is not None:
        return task.ended_at
    return now if task.state in _GOING_ON or task.started_at is None else task.started_at
