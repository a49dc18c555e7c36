"""How runs ended, and what that means for the exit code. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.cli.exit_codes import ExitCode
from tui.core.duration import format_duration
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tui.core.models import Job, Run

_CODES = {
    State.SUCCEEDED: ExitCode.DONE,
    State.WARNING: ExitCode.DONE,
    State.FAILED: ExitCode.JOB_FAILED,
    State.CANCELLED: ExitCode.CANCELLED,
}
_WORST_FIRST = (
    *(ExitCode.JOB_FAILED, ExitCode.CANCELLED, ExitCode.OUTCOME_UNKNOWN, ExitCode.NOT_FOUND, ExitCode.DONE),
)
_AT_REST = frozenset({State.SCHEDULED, State.NEVER_RUN, State.PAUSED})
_LARGEST_CODE = 255


@dataclass(frozen=True, slots=True)
class WaitRules:
    """When to stop waiting, and what counts as success."""

    timeout_s: float | None = None
    """Give up after so many seconds; None waits for ever."""
    is_any: bool = False
    """Stop when one has ended, instead of all."""
    is_fail_fast: bool = False
    """Stop at the first that did not succeed."""
    is_strict: bool = False
    """Count a warning as a failure."""
    is_propagated: bool = False
    """Exit with the job's own exit code where the system tells it."""
    is_end_enough: bool = False
    """Count every end as success, as after a stop."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended."""

    code: ExitCode
    """What it means for us."""
    told: str
    """The same for people."""
    own_code: int | None = None
    """The run's own exit code, where the system tells it."""
    ended_at: datetime | None = None
    """When it ended, where the system tells it."""


def judge_job(job: Job, rules: WaitRules) -> Outcome | None:
    """How the job's newest run ended; None while it goes on."""
    if job.state.is_active:
        return None
    if job.state.is_final or job.ended_at is not None:
        state = job.last_result if job.state in _AT_REST and job.last_result else job.state
        return _outcome(job, state, job, rules)
    if job.last_result is not None and job.state in _AT_REST:
        return _outcome(job, job.last_result, job, rules)
    if job.started_at is None and job.state in _AT_REST:
        return Outcome(ExitCode.NOT_FOUND, f"{job.connection}/{job.name} has not run yet")
    return None


def judge_run(job: Job, run: Run, rules: WaitRules) -> Outcome | None:
    """How one of the job's runs ended; None while it goes on."""
    if run.state.is_final or (run.ended_at is not None and not run.state.is_active):
        return _outcome(job, run.state, run, rules)
    return None


def is_over(ended: Collection[Outcome], wanted: int, rules: WaitRules) -> bool:
    """Whether the rules say that there is nothing more to wait for.

    Args:
        ended: The runs that have ended.
        wanted: How many runs were to be waited for.
        rules: The rules.
    """
    if len(ended) == wanted or (rules.is_any and ended):
        return True
    return rules.is_fail_fast and any(outcome.code is not ExitCode.DONE for outcome in ended)


def exit_code(ended: Collection[Outcome], rules: WaitRules) -> int:
    """What all outcomes mean together: the worst one; of any one, the one that ended first."""
    told = sorted(ended, key=lambda outcome: _WORST_FIRST.index(outcome.code))
    if rules.is_any:
        timed = [outcome for outcome in told if outcome.ended_at is not None]
        told = sorted(timed, key=lambda outcome: str(outcome.ended_at)) or told
    counted = told[0]
    own = counted.own_code
    return own if rules.is_propagated and own is not None and 0 <= own <= _LARGEST_CODE else counted.code


def _outcome(job: Job, state: State, told_by: Job | Run, rules: WaitRules) -> Outcome:
    took = f" after {format_duration(told_by.duration_s)}" if told_by.duration_s is not None else ""
    message = f": {told_by.message}" if told_by.message else ""
    code = _CODES.get(state, ExitCode.OUTCOME_UNKNOWN)
    if state is State.WARNING and rules.is_strict:
        code = ExitCode.JOB_FAILED
    if rules.is_end_enough:
        code = ExitCode.DONE
    text = f"{job.connection}/{job.name}: {state.replace('_', ' ')}{took}{message}"
    return Outcome(code, text, told_by.exit_code, told_by.ended_at)
