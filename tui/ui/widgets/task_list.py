"""The steps of a run, each in one line with its place in the run's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.core.duration import format_duration
from tui.core.state import State
from tui.ui.glyphs import UNICODE
from tui.ui.moments import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from tui.core.models import Task
    from tui.ui.glyphs import GlyphSet

_NAME_WIDTH = 28
_LINE_WIDTH = 30
"""Columns of the time line: the whole run."""


def task_lines(tasks: Sequence[Task], now: datetime, zone: tzinfo, *, glyphs: GlyphSet = UNICODE) -> Content:
    """The steps in the order in which the system tells them.

    Args:
        tasks: The steps of one run.
        now: Until when a step that goes on is drawn.
        zone: In which zone clock times are told.
        glyphs: The signs to draw with.
    """
    if not tasks:
        return Content.styled(" The system tells no steps of this run.", "$text-muted")
    begun = [task.started_at for task in tasks if task.started_at is not None]
    first = min(begun, default=now)
    last = max([_end(task, now) for task in tasks if task.started_at is not None], default=now)
    span_s = max(1.0, (last - first).total_seconds())
    width = min(_NAME_WIDTH, max(len(task.name) for task in tasks))
    return Content("\n").join(_line(task, first, span_s, width, now, zone, glyphs) for task in tasks)


def _line(
    task: Task, first: datetime, span_s: float, width: int, now: datetime, zone: tzinfo, glyphs: GlyphSet
) -> Content:
    style = f"$state-{task.state}"
    name = task.name if len(task.name) <= width else f"{task.name[: width - 1]}…"
    started = clock_time(task.started_at, now, zone) if task.started_at is not None else "not started"
    seconds = (_end(task, now) - task.started_at).total_seconds() if task.started_at is not None else None
    took = format_duration(seconds) if seconds is not None else "–"
    before, bar = _place(task, first, span_s, now)
    attempt = f"  attempt {task.attempt}" if task.attempt > 1 else ""
    return Content.assemble(
        (f" {glyphs.states[task.state]} ", style),
        (f"{name:<{width}}  ", ""),
        (f"{started:<11} ", "$text-muted"),
        f"{took:>7}  ",
        (" " * before, ""),
        (f"{glyphs.bar_full * bar:<{_LINE_WIDTH - before}} ", style),
        (task.state.replace("_", " "), style),
        (f"{attempt}  {task.message}".rstrip(), "$text-muted"),
    )


def _place(task: Task, first: datetime, span_s: float, now: datetime) -> tuple[int, int]:
    """Columns before the bar, and of the bar."""
    if task.started_at is None:
        return 0, 0
    before = int(_LINE_WIDTH * (task.started_at - first).total_seconds() / span_s)
    before = min(before, _LINE_WIDTH - 1)
    length = round(_LINE_WIDTH * (_end(task, now) - task.started_at).total_seconds() / span_s)
    return before, max(1, min(length, _LINE_WIDTH - before))


def _end(task: Task, now: datetime) -> datetime:
    """Until when a step took; one that goes on takes until now."""
    if task.ended_at is not None:
        return task.ended_at
    is_going_on = task.state in (State.RUNNING, State.QUEUED, State.PAUSED)
    return now if is_going_on or task.started_at is None else task.started_at
