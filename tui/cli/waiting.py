"""Waiting until runs have ended, and the exit code that tells how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.cli.exit_codes import ExitCode, code_of
from tui.cli.output import warn
from tui.core.errors import Unauthorized
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.cli.session import CommandSession
    from tui.core.keys import JobKey
    from tui.core.models import Job, Run

LOOK_EVERY_S = 1.0
"""Seconds between two looks at the systems; slower ones are asked as often as they allow."""

_CODES = {
    State.SUCCEEDED: ExitCode.DONE,
    State.WARNING: ExitCode.DONE,
    State.FAILED: ExitCode.JOB_FAILED,
    State.CANCELLED: ExitCode.CANCELLED,
}
_WORST_FIRST = (ExitCode.JOB_FAILED, ExitCode.CANCELLED, ExitCode.OUTCOME_UNKNOWN, ExitCode.DONE)


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one run ended."""

    code: ExitCode
    """What it means for us."""
    own_code: int | None
    """The run's own exit code, where the system tells it."""


async def wait_for_runs(session: CommandSession, wanted: Mapping[JobKey, str], rules: WaitRules) -> int:
    """Wait until the runs have ended; outages of a system are waited out.

    Args:
        session: The way to the systems.
        wanted: The run to wait for by job; an empty id means the newest.
        rules: When to stop.

    Returns:
        The exit code.
    """
    clock = session.engine.clock
    deadline = None if rules.timeout_s is None else clock.monotonic() + rules.timeout_s
    ended: dict[JobKey, Outcome] = {}
    told: set[str] = set()
    while True:
        waiting = [key for key in wanted if key not in ended]
        failures = await session.engine.sweep_all({key.connection for key in waiting})
        for name, error in failures.items():
            if isinstance(error, Unauthorized):
                warn(f"{name}: {error}")
                return code_of(error)
            if name not in told:
                told.add(name)
                warn(f"{name}: {error}; waiting for it to come back")
        for key in waiting:
            outcome = None if key.connection in failures else await _outcome(session, key, wanted[key], rules)
            if outcome is not None:
                ended[key] = outcome
        if _is_over(ended, len(wanted), rules):
            return _exit_code(ended, rules)
        if deadline is not None and clock.monotonic() >= deadline:
            warn(f"timed out: {', '.join(str(key) for key in wanted if key not in ended)} has not ended")
            return ExitCode.TIMED_OUT
        await clock.sleep(LOOK_EVERY_S)


async def _outcome(session: CommandSession, key: JobKey, run_id: str, rules: WaitRules) -> Outcome | None:
    job = session.engine.store.jobs.get(key)
    if job is None:
        warn(f"{key} is gone")
        return Outcome(ExitCode.NOT_FOUND, None)
    if run_id and job.run_id != run_id:
        runs = await session.engine.runs(key, limit=200)
        found = next((run for run in runs if run.key.run_id == run_id), None)
        if found is None or not found.state.is_final:
            return None
        return _judge(job, found.state, found, rules)
    if job.state.is_active:
        return None
    return _judge(job, job.last_result or job.state, job, rules)


def _judge(job: Job, state: State, told_by: Job | Run, rules: WaitRules) -> Outcome:
    message = f": {told_by.message}" if told_by.message else ""
    warn(f"{job.connection}/{job.name}: {state.replace('_', ' ')}{message}")
    code = _CODES.get(state, ExitCode.OUTCOME_UNKNOWN)
    if state is State.NEVER_RUN:
        code = ExitCode.NOT_FOUND
    if state is State.WARNING and rules.is_strict:
        code = ExitCode.JOB_FAILED
    return Outcome(code, told_by.exit_code)


def _is_over(ended: Mapping[JobKey, Outcome], wanted: int, rules: WaitRules) -> bool:
    if len(ended) == wanted:
        return True
    if rules.is_any and ended:
        return True
    return rules.is_fail_fast and any(outcome.code is not ExitCode.DONE for outcome in ended.values())


def _exit_code(ended: Mapping[JobKey, Outcome], rules: WaitRules) -> int:
    outcomes = list(ended.values())
    if rules.is_propagated:
        own = [outcome.own_code for outcome in outcomes if outcome.own_code]
        if own:
            return own[0]
    codes = {outcome.code for outcome in outcomes}
    return next((code for code in _WORST_FIRST if code in codes), ExitCode.NOT_FOUND)
