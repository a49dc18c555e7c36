"""When a job started, how long it took, and when it will run next."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from tui.core.duration import format_age, format_duration
from tui.core.state import State
from tui.ui.widgets.cells.row import Tone, age_s
from tui.ui.widgets.cells.text import fit, fit_right

if TYPE_CHECKING:
    from datetime import datetime

    from tui.ui.widgets.cells.row import Cell, Row

SERVICE_KINDS = frozenset({"service", "daemon"})
"""Kinds of jobs that are meant to run for ever: they have an uptime, no usual duration."""

FAR_FACTOR = 1.5
"""A run that took this many times its usual duration says so."""

FAST_FACTOR = 0.5
"""A finished run that took less than this share of its usual duration says so: it may have done nothing."""

_LEAST_DIFFERENCE_S = 5.0
"""Below this many seconds a factor is noise."""
_AGO_WIDTH = 8
_NUMBER_WIDTH = 6
_PERCENT_WIDTH = 5
_LEAST_BAR = 4
_COARSE_STEPS = 10
_LATE_AFTER_S = 60.0
_MINUTE_S = 60.0
_COUNTDOWN_S = 3600.0
_WEEK_S = 7 * 86_400.0


def steady_s(row: Row) -> float:
    """Seconds during which nothing in the row reads differently, as long as nothing is heard of the job.

    The time of the last observation doesn't count unless the row is stale: nothing else tells it.
    """
    job = row.job
    if job.state is State.RUNNING or row.receipt is not None:
        return 0.0
    told = [job.started_at, job.ended_at, job.observed_at if row.is_stale else None]
    steps = [_until_step((row.now - moment).total_seconds()) for moment in told if moment is not None]
    if job.next_run_at is not None:
        late = (row.now - job.next_run_at).total_seconds()
        steps.append(_until_step(late) if late >= _LATE_AFTER_S else _LATE_AFTER_S - late)
        if late < 0:
            steps.append(-late - _COUNTDOWN_S if -late > _COUNTDOWN_S else -late % _MINUTE_S or _MINUTE_S)
    return min(_MINUTE_S, *steps) if steps else _MINUTE_S


def _until_step(age: float) -> float:
    """Seconds until an age reads differently, a minute at most: clock times turn to dates at midnight."""
    step = 1.0 if age < _MINUTE_S else _MINUTE_S
    return step - age % step


def is_service(row: Row) -> bool:
    """Whether the job is meant to run for ever."""
    return row.job.kind in SERVICE_KINDS


def clock_time(row: Row, moment: datetime) -> str:
    """A moment in the user's zone, at most eleven characters: the time of today, or the day with it."""
    local = moment.astimezone(row.look.zone)
    if local.date() == row.now.astimezone(row.look.zone).date():
        return f"{local:%H:%M:%S}"
    return f"{local:%m-%d %H:%M}"


def moment_cell(row: Row, moment: datetime | None, width: int) -> Cell:
    """A past moment, as an age or as a clock time."""
    look = row.look
    if moment is None:
        return ((fit(look.glyphs.dash, width, look.glyphs.ellipsis), Tone.FAINT),)
    if look.is_absolute:
        text = clock_time(row, moment)
    else:
        age = format_age(age_s(row, moment))
        text = age if age == "now" or width < _AGO_WIDTH else f"{age} ago"
    return ((fit(text, width, look.glyphs.ellipsis), Tone.TEXT),)


def draw_started(row: Row, width: int) -> Cell:
    """When the newest run began; how long a service has been up."""
    started = row.job.started_at
    if (
        started is not None
        and row.job.state is State.RUNNING
        and is_service(row)
        and not row.look.is_absolute
    ):
        return ((fit(f"up {format_age(age_s(row, started))}", width, row.look.glyphs.ellipsis), Tone.TEXT),)
    return moment_cell(row, started, width)


def draw_ended(row: Row, width: int) -> Cell:
    """When the newest run ended."""
    return moment_cell(row, row.job.ended_at, width)


def draw_observed(row: Row, width: int) -> Cell:
    """When the system last told of the job."""
    return moment_cell(row, row.job.observed_at, width)


def draw_duration(row: Row, width: int) -> Cell:
    """How long the newest run took or takes, how far that is from usual, or how much of it is done."""
    job = row.job
    if job.state is State.RUNNING and job.progress is not None:
        return _progress(row, job.progress, width)
    seconds = _seconds(row)
    glyphs = row.look.glyphs
    if seconds is None:
        return ((fit(glyphs.dash.rjust(_NUMBER_WIDTH), width, glyphs.ellipsis), Tone.FAINT),)
    number = fit_right(format_duration(seconds), min(width, _NUMBER_WIDTH), glyphs.ellipsis)
    factor = _factor(row, seconds)
    room = width - _NUMBER_WIDTH
    if factor is None or room < _PERCENT_WIDTH:
        tone = Tone.TEXT if factor is None or factor < 1 else Tone.SLOW
        return ((number, tone), (" " * max(0, room), tone))
    tone = Tone.SLOW if factor > 1 else Tone.MUTED
    return (
        (number, Tone.TEXT),
        (fit(f"  {_factor_text(factor)}{glyphs.times}", room, glyphs.ellipsis), tone),
    )


def draw_usual(row: Row, width: int) -> Cell:
    """How long the job's good runs usually take, right-aligned."""
    usual, glyphs = row.trend.usual_s if row.trend is not None else None, row.look.glyphs
    if usual is None:
        return ((fit_right(glyphs.dash, width, glyphs.ellipsis), Tone.FAINT),)
    return ((fit_right(format_duration(usual), width, glyphs.ellipsis), Tone.MUTED),)


def draw_progress(row: Row, width: int) -> Cell:
    """How much of the running run is done, right-aligned."""
    done, glyphs = row.job.progress, row.look.glyphs
    if done is None:
        return ((fit_right(glyphs.dash, width, glyphs.ellipsis), Tone.FAINT),)
    return ((fit_right(f"{int(max(0.0, min(1.0, done)) * 100)}%", width, glyphs.ellipsis), Tone.PROGRESS),)


def _progress(row: Row, share: float, width: int) -> Cell:
    share = max(0.0, min(1.0, share))
    if row.look.is_coarse:
        share = int(share * _COARSE_STEPS) / _COARSE_STEPS
    percent = f"{int(share * 100)}%"
    bar = width - _PERCENT_WIDTH
    if bar < _LEAST_BAR:
        return ((fit(percent.rjust(min(width, _NUMBER_WIDTH)), width, ""), Tone.PROGRESS),)
    factor = _factor(row, _seconds(row) or 0.0)
    told = f" {_factor_text(factor)}{row.look.glyphs.times}" if factor is not None else ""
    if bar - len(told) < _LEAST_BAR:
        told = ""
    done, rest = row.look.glyphs.progress(share, bar - len(told))
    cell = ((done, Tone.PROGRESS), (rest, Tone.PROGRESS_REST), (percent.rjust(_PERCENT_WIDTH), Tone.TEXT))
    return (*cell, (told, Tone.SLOW)) if told else cell


def _seconds(row: Row) -> float | None:
    job = row.job
    if is_service(row) and job.state is State.RUNNING:
        return None
    if job.state is State.RUNNING and job.started_at is not None:
        return age_s(row, job.started_at)
    return job.duration_s


def _factor(row: Row, seconds: float) -> float | None:
    usual = row.trend.usual_s if row.trend is not None else None
    if not usual or abs(seconds - usual) < _LEAST_DIFFERENCE_S:
        return None
    factor = seconds / usual
    if factor >= FAR_FACTOR:
        return factor
    is_done_well = row.job.state is not State.RUNNING and row.job.last_result is State.SUCCEEDED
    return factor if is_done_well and factor <= FAST_FACTOR else None


def _factor_text(factor: float) -> str:
    return f"{factor:.1f}" if factor < 10 else f"{min(factor, 999):.0f}"


def _is_counted_down(row: Row, ahead: float) -> bool:
    is_near = -_LATE_AFTER_S <= ahead <= _COUNTDOWN_S
    return is_near and not row.look.is_absolute and not row.job.state.is_active


def draw_next(row: Row, width: int) -> Cell:
    """When the system will start the job next; `late` when that moment has passed without a start.

    The last hour is counted down, in whole minutes: a table of seconds would never stand still.
    """
    job, glyphs = row.job, row.look.glyphs
    if job.is_held:
        return ((fit("held", width, glyphs.ellipsis), Tone.PAUSED),)
    if job.next_run_at is None:
        return ((fit(glyphs.dash, width, glyphs.ellipsis), Tone.FAINT),)
    ahead = (job.next_run_at - row.now).total_seconds()
    if ahead < -_LATE_AFTER_S and not job.state.is_active and not row.is_stale:
        return ((fit(f"late {format_age(-ahead)}", width, glyphs.ellipsis), Tone.SLOW),)
    if _is_counted_down(row, ahead):
        minutes = ceil(ahead / _MINUTE_S)
        return ((fit(f"in {minutes}m" if minutes > 0 else "now", width, glyphs.ellipsis), Tone.TEXT),)
    local = job.next_run_at.astimezone(row.look.zone)
    if local.date() == row.now.astimezone(row.look.zone).date():
        text = f"{local:%H:%M}"
    elif ahead < _WEEK_S:
        text = f"{local:%a %H:%M}"
    else:
        text = f"{local:%m-%d}"
    return ((fit(text, width, glyphs.ellipsis), Tone.TEXT),)
