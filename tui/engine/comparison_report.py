"""A comparison of two runs in words: the facts side by side, Markdown to hand over, records for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tui.core.duration import format_duration
from tui.engine.comparison import seconds_of
from tui.engine.markdown import escaped
from tui.engine.records import run_record, task_record
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, tzinfo

    from tui.core.models import Run, Task
    from tui.engine.comparison import Comparison, LogLine, LogReport, TaskChange
    from tui.logs.counters import CounterChange

DIFFERENCE_KEYS = ("part", "name", "before", "now", "count", "line", "level")
"""The keys of one difference: stable, in this order."""

NOTHING = "–"
"""Stands for what a run doesn't have."""

_FAR_FROM_USUAL = 1.5
_MEGABYTES_READ = "20 MB"


class Fact(NamedTuple):
    """One thing that both runs tell, side by side."""

    name: str
    """What it is."""
    before: str
    """In the earlier run."""
    now: str
    """In this run."""
    note: str = ""
    """What to make of it, in a few words."""

    is_remarkable: bool = False
    """Whether the difference, if there is one, is worth a look."""


def headline(comparison: Comparison) -> str:
    """With what the run is compared, in a sentence."""
    if comparison.is_chosen:
        return f"compared with run {plain_text(comparison.before.key.run_id)}"
    if comparison.is_good:
        return "compared with the last good run before it"
    return "no earlier run succeeded: compared with the newest that ended"


def facts_of(comparison: Comparison, zone: tzinfo) -> list[Fact]:
    """What both runs tell, without what neither does.

    Args:
        comparison: The comparison.
        zone: In which zone times are told.
    """
    before, now, pace = comparison.before, comparison.now, _pace(comparison)
    facts = [
        Fact("run", _run_name(before), _run_name(now)),
        Fact("state", _state(before), _state(now)),
        Fact("started", _moment(before.started_at, zone), _moment(now.started_at, zone)),
        Fact("duration", _took(before), _took(now), pace, is_remarkable="×" in pace),
        Fact("waited", _span(_waited_s(before)), _span(_waited_s(now))),
        _worth(Fact("triggered by", before.triggered_by or NOTHING, now.triggered_by or NOTHING)),
        _worth(Fact("exit code", _number(before.exit_code), _number(now.exit_code))),
        _worth(Fact("message", before.message or NOTHING, now.message or NOTHING)),
    ]
    return [fact for fact in facts if (fact.before, fact.now) != (NOTHING, NOTHING)]


def task_told(task: Task | None) -> str:
    """A step in a few words: how it ended and how long it took."""
    if task is None:
        return NOTHING
    took = _span(_task_s(task))
    return task.state.value.replace("_", " ") + (f" {took}" if took != NOTHING else "")


def counter_told(change: CounterChange) -> str:
    """A change of a number: `84,122 → 0 (-100 %)`."""
    share = f" ({change.share:+.0%})".replace("%", " %") if change.share is not None else ""
    return f"{change.before:,.10g} → {change.now:,.10g}{share}"


def log_notes(comparison: Comparison) -> list[str]:
    """What is to be known of how the logs were compared: what could not be read, and what was left out."""
    notes = ["the run goes on: what is missing may be to come"] if comparison.now.state.is_active else []
    notes += _log_note("this run's log", comparison.log_now)
    notes += _log_note("the earlier run's log", comparison.log_before)
    if comparison.left_out:
        notes.append(f"{comparison.left_out:,} more lines that differ are not listed")
    return notes


def markdown(comparison: Comparison, zone: tzinfo, name: str) -> str:
    """The whole comparison as Markdown, for a ticket or a mail.

    Args:
        comparison: The comparison.
        zone: In which zone times are told.
        name: What the job is called.
    """
    lines = [f"# {_cell(name)}: run {_cell(comparison.now.key.run_id)}", "", headline(comparison), ""]
    lines += _table(
        ("", "before", "now", ""), [(*fact[:3], fact.note) for fact in facts_of(comparison, zone)]
    )
    if comparison.parameters:
        lines += ["", "## Parameters that differ", ""]
        rows = [(each.name, each.before, each.now) for each in comparison.parameters]
        lines += _table(("parameter", "before", "now"), rows)
    if comparison.tasks:
        lines += ["", "## Steps", ""]
        rows = [(each.name, task_told(each.before), task_told(each.now)) for each in comparison.tasks]
        lines += _table(("step", "before", "now"), rows)
    if comparison.counters:
        lines += ["", "## Numbers that changed much", ""]
        lines += _table(("change", "line"), [(counter_told(each), each.text) for each in comparison.counters])
    lines += _fenced("New in the log", comparison.new_lines)
    lines += _fenced("Missing from the log", comparison.missing_lines)
    lines += [f"\n{note}" for note in log_notes(comparison)]
    return "\n".join(lines) + "\n"


def differences(comparison: Comparison, zone: tzinfo) -> Iterator[dict[str, Any]]:
    """Each difference as a flat record with `DIFFERENCE_KEYS`."""
    for fact in facts_of(comparison, zone):
        yield _record("run", fact.name, fact.before, fact.now)
    for parameter in comparison.parameters:
        yield _record("parameter", parameter.name, parameter.before, parameter.now)
    for task in comparison.tasks:
        yield _record("task", task.name, task_told(task.before), task_told(task.now))
    for counter in comparison.counters:
        yield _record("counter", plain_text(counter.text), counter.before, counter.now)
    for part, lines in (("new line", comparison.new_lines), ("missing line", comparison.missing_lines)):
        for line in lines:
            yield _record(part, plain_text(line.text), None, None, line)


def document(comparison: Comparison) -> dict[str, Any]:
    """The whole comparison as one JSON document."""
    return {
        "run": run_record(comparison.now),
        "with": run_record(comparison.before),
        "is_good": comparison.is_good,
        "usual_s": comparison.usual_s,
        "parameters": [each._asdict() for each in comparison.parameters],
        "tasks": [_task_document(each) for each in comparison.tasks],
        "counters": [
            {"before": each.before, "now": each.now, "text": plain_text(each.text)}
            for each in comparison.counters
        ],
        "new_lines": [_line_document(each) for each in comparison.new_lines],
        "missing_lines": [_line_document(each) for each in comparison.missing_lines],
        "left_out": comparison.left_out,
        "log": _log_document(comparison.log_now),
        "with_log": _log_document(comparison.log_before),
    }


def _record(part: str, name: str, before: object, now: object, line: LogLine | None = None) -> dict[str, Any]:
    times, number, level = (line.times, line.number, line.level) if line is not None else (None, None, None)
    values = (part, name, before, now, times, number, level.value if level is not None else None)
    return {
        key: None if value == NOTHING else value for key, value in zip(DIFFERENCE_KEYS, values, strict=True)
    }


def _task_document(change: TaskChange) -> dict[str, Any]:
    return {
        "name": change.name,
        "before": task_record(change.before) if change.before is not None else None,
        "now": task_record(change.now) if change.now is not None else None,
    }


def _line_document(line: LogLine) -> dict[str, Any]:
    level = line.level.value if line.level is not None else None
    return {"text": plain_text(line.text), "line": line.number, "count": line.times, "level": level}


def _log_document(report: LogReport) -> dict[str, Any]:
    return {"lines": report.lines, "is_cut": report.is_cut, "problem": report.problem or None}


def _log_note(whose: str, report: LogReport) -> list[str]:
    if report.problem:
        return [f"{whose} can't be read: {report.problem}"]
    if report.is_cut:
        return [f"of {whose} only the first {_MEGABYTES_READ} were compared ({report.lines:,} lines)"]
    return []


def _table(titles: Sequence[str], rows: Sequence[Sequence[str | None]]) -> list[str]:
    lines = [f"| {' | '.join(titles)} |", f"|{'|'.join(['---'] * len(titles))}|"]
    return lines + [
        f"| {' | '.join(_cell(NOTHING if cell is None else cell) for cell in row)} |" for row in rows
    ]


def _fenced(title: str, lines: Sequence[LogLine]) -> list[str]:
    if not lines:
        return []
    told = [f"{line.times:>6,}× {plain_text(line.text, 500)}" for line in lines]
    longest = max((len(run) for text in told for run in _backticks(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return ["", f"## {title}", "", fence, *told, fence]


def _backticks(text: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split() if run]


def _cell(text: str) -> str:
    """A text that no Markdown table takes for more than a text."""
    return escaped(plain_text(text, 500))


def _worth(fact: Fact) -> Fact:
    return fact._replace(is_remarkable=fact.before != fact.now)


def _run_name(run: Run) -> str:
    attempt = f" attempt {run.key.attempt}" if run.key.attempt > 1 else ""
    return f"{run.key.run_id}{attempt}"


def _state(run: Run) -> str:
    return run.state.value.replace("_", " ") + (f" ({run.substate})" if run.substate else "")


def _moment(moment: datetime | None, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%a %b %d %H:%M:%S}" if moment is not None else NOTHING


def _number(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def _span(seconds: float | None) -> str:
    return NOTHING if seconds is None else format_duration(seconds)


def _took(run: Run) -> str:
    return _span(seconds_of(run))


def _task_s(task: Task) -> float | None:
    if task.started_at is None or task.ended_at is None:
        return None
    return max(0.0, (task.ended_at - task.started_at).total_seconds())


def _waited_s(run: Run) -> float | None:
    if run.queued_at is None or run.started_at is None:
        return None
    return max(0.0, (run.started_at - run.queued_at).total_seconds())


def _pace(comparison: Comparison) -> str:
    usual, seconds = comparison.usual_s, seconds_of(comparison.now)
    if not usual or seconds is None:
        return ""
    told = f"usually {format_duration(usual)}"
    is_far = seconds > _FAR_FROM_USUAL * usual or seconds * _FAR_FROM_USUAL < usual
    return f"{seconds / usual:.1f}×, {told}" if is_far else told
