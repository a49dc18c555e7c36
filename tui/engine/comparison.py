"""What differs between two runs of a job. Pure: runs, steps and log templates in, a frozen result out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State
from tui.logs.counters import CounterChange, changed_counters
from tui.logs.levels import Level
from tui.logs.masks import mask_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.core.models import Run, Task
    from tui.logs.templates import Seen, Template

MOST_LINES = 500
"""New lines that are told, and missing ones: who has more of them looks at the logs themselves."""

_PREFERRED = (frozenset({State.SUCCEEDED}), frozenset({State.WARNING}), frozenset(State))


class Reference(NamedTuple):
    """The run that another one is compared with."""

    run: Run
    """That run."""
    is_good: bool
    """Whether it did its work; else it is just the newest that has ended."""
    is_chosen: bool = False
    """Whether the user named it."""


class ParameterChange(NamedTuple):
    """A parameter that differs; None where the run had none of that name."""

    name: str
    """What the system calls it."""
    before: str | None
    """In the earlier run."""
    now: str | None
    """In this run."""


class TaskChange(NamedTuple):
    """A step of either run; None where a run has no such step."""

    name: str
    """What users call it."""
    before: Task | None
    """In the earlier run."""
    now: Task | None
    """In this run."""

    @property
    def is_changed(self) -> bool:
        """Whether the step ended otherwise than before, or is in one of the runs alone."""
        return self.before is None or self.now is None or self.before.state is not self.now.state


class LogLine(NamedTuple):
    """Lines of one log that say the same, of which the other log has none."""

    text: str
    """The first of them."""
    number: int
    """Its number in that log, counted from 1."""
    times: int
    """How many lines say it."""
    level: Level | None
    """How serious they are."""


@dataclass(frozen=True, slots=True)
class LogReport:
    """What is known of one run's log."""

    lines: int = 0
    """Lines that were read."""
    is_cut: bool = False
    """Whether more follows that was not read."""
    problem: str = ""
    """Why it could not be read; empty when it was."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between a run and an earlier one."""

    now: Run
    """The run that is asked about."""
    before: Run
    """The run that it is compared with."""
    is_good: bool
    """Whether the earlier run did its work."""
    is_chosen: bool = False
    """Whether the user named the earlier run."""
    usual_s: float | None = None
    """Seconds that good runs of the job usually take."""
    parameters: tuple[ParameterChange, ...] = ()
    """Parameters that differ, by name."""
    tasks: tuple[TaskChange, ...] = ()
    """Steps of both runs in the order in which they run; empty where the system doesn't tell of any."""
    counters: tuple[CounterChange, ...] = ()
    """Numbers in lines of both logs that changed much."""
    new_lines: tuple[LogLine, ...] = ()
    """What only this run's log says: errors with what belongs to them, then the rest, each in order."""
    missing_lines: tuple[LogLine, ...] = ()
    """What only the earlier run's log says, in order."""
    left_out: int = 0
    """New and missing lines beyond those, because there are too many."""
    log_now: LogReport = LogReport()
    """How this run's log was read."""
    log_before: LogReport = LogReport()
    """How the earlier run's log was read."""

    @property
    def has_logs(self) -> bool:
        """Whether both logs could be read."""
        return not (self.log_now.problem or self.log_before.problem)


def pick_reference(runs: Sequence[Run], run: Run) -> Reference | None:
    """The last good run before this one; if there is none, the newest that has ended.

    Args:
        runs: The job's runs, newest first.
        run: The run that is asked about.
    """
    keys = [each.key for each in runs]
    earlier = runs[keys.index(run.key) + 1 :] if run.key in keys else runs
    ended = [each for each in earlier if each.state.is_final and each.key != run.key]
    for states in _PREFERRED:
        for each in ended:
            if each.state in states:
                return Reference(each, is_good=each.state in (State.SUCCEEDED, State.WARNING))
    return None


def seconds_of(run: Run) -> float | None:
    """How long a run took; None when nobody knows or it goes on."""
    if run.duration_s is None and run.started_at is not None and run.ended_at is not None:
        return max(0.0, (run.ended_at - run.started_at).total_seconds())
    return run.duration_s


def changed_parameters(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[ParameterChange, ...]:
    """The parameters that were added, removed or changed, by name."""
    changes = [ParameterChange(name, before.get(name), now.get(name)) for name in sorted({*before, *now})]
    return tuple(change for change in changes if change.before != change.now)


def paired_tasks(before: Sequence[Task], now: Sequence[Task]) -> tuple[TaskChange, ...]:
    """The steps of both runs side by side: in the order of this run, then those that it doesn't have.

    Of a step that was repeated the newest attempt counts. Steps are the same that have the same name; names
    that differ in numbers alone, such as the run's own, count as the same where nothing else fits.
    """
    newest, earlier = _newest_attempts(now), _newest_attempts(before)
    pairs = _paired(newest, earlier, lambda task: task.name)
    left = [task for task in newest if task.id not in pairs]
    used = {task.id for task in pairs.values()}
    pairs |= _paired(
        left, [task for task in earlier if task.id not in used], lambda task: mask_line(task.name)
    )
    used = {task.id for task in pairs.values()}
    return (
        *(TaskChange(task.name, pairs.get(task.id), task) for task in newest),
        *(TaskChange(task.name, task, None) for task in earlier if task.id not in used),
    )


def compared_logs(templates: Sequence[Template]) -> tuple[tuple[LogLine, ...], tuple[LogLine, ...], int]:
    """What is new, what is missing, and how many of both were left out.

    Args:
        templates: Of both logs; the usual one is that of the earlier run.
    """
    new = [_line(each.other, each.level) for each in templates if each.other and not each.usual]
    missing = [_line(each.usual, each.level) for each in templates if each.usual and not each.other]
    new = _errors_first(sorted(new, key=lambda line: line.number))
    missing.sort(key=lambda line: line.number)
    left_out = max(0, len(new) - MOST_LINES) + max(0, len(missing) - MOST_LINES)
    return tuple(new[:MOST_LINES]), tuple(missing[:MOST_LINES]), left_out


def compare(
    now: Run,
    reference: Reference,
    *,
    usual_s: float | None = None,
    tasks: tuple[Sequence[Task], Sequence[Task]] = ((), ()),
    templates: Sequence[Template] = (),
    logs: tuple[LogReport, LogReport] = (LogReport(), LogReport()),
) -> Comparison:
    """Everything that differs.

    Args:
        now: The run that is asked about.
        reference: What it is compared with.
        usual_s: Seconds that good runs of the job usually take.
        tasks: The steps of the earlier run, and those of this one.
        templates: Of both logs; the usual one is that of the earlier run.
        logs: How the log of the earlier run was read, and that of this one.
    """
    new, missing, left_out = compared_logs(templates)
    return Comparison(
        now,
        reference.run,
        reference.is_good,
        is_chosen=reference.is_chosen,
        usual_s=usual_s,
        parameters=changed_parameters(reference.run.params, now.params),
        tasks=paired_tasks(*tasks),
        counters=changed_counters(templates),
        new_lines=new,
        missing_lines=missing,
        left_out=left_out,
        log_before=logs[0],
        log_now=logs[1],
    )


def _newest_attempts(tasks: Sequence[Task]) -> list[Task]:
    newest: dict[str, Task] = {}
    for task in tasks:
        if task.id not in newest or task.attempt >= newest[task.id].attempt:
            newest[task.id] = task
    return list(newest.values())


def _paired(newest: Sequence[Task], earlier: Sequence[Task], name: Callable[[Task], str]) -> dict[str, Task]:
    """The earlier step of each new one, by the new one's id; several of one name go by their order."""
    waiting: dict[str, list[Task]] = {}
    for task in earlier:
        waiting.setdefault(name(task), []).append(task)
    pairs: dict[str, Task] = {}
    for task in newest:
        same = waiting.get(name(task))
        if same:
            pairs[task.id] = same.pop(0)
    return pairs


def _line(seen: Seen, level: Level | None) -> LogLine:
    return LogLine(seen.text, seen.first, seen.times, level)


def _errors_first(lines: Sequence[LogLine]) -> list[LogLine]:
    """Errors before the rest; with one go the lines that follow it at once, as those of a stack trace."""
    errors: list[LogLine] = []
    others: list[LogLine] = []
    for index, line in enumerate(lines):
        before = lines[index - 1] if index else None
        belongs = (
            before is not None
            and before.number + 1 == line.number
            and line.level in (None, Level.DEBUG)
            and bool(errors)
            and errors[-1] is before
        )
        (errors if line.level is Level.ERROR or belongs else others).append(line)
    return errors + others
