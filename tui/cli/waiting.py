"""Waiting until runs have ended, and the exit code that tells how."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.cli.exit_codes import ExitCode, code_of
from tui.cli.outcomes import Outcome, WaitRules, exit_code, is_over, judge_job, judge_run
from tui.cli.output import warn
from tui.core.duration import parse_duration
from tui.core.errors import ConfigError, NightdeckError, SystemUnavailable, Unauthorized

if TYPE_CHECKING:
    import argparse
    from collections.abc import Coroutine, Mapping
    from typing import Any

    from tui.cli.session import CommandSession
    from tui.core.keys import JobKey
    from tui.core.models import Job

FIRST_LOOK_S = 0.1
"""Seconds before the second look; the pauses double until they are as long as the system's own."""

LOST_AFTER_S = 60.0
"""Seconds after which a run that no system tells of is given up."""

_RUNS_SEARCHED = 200


def add_rule_options(parser: argparse.ArgumentParser) -> None:
    """Give a command that waits what counts as success."""
    parser.add_argument("--strict", action="store_true", help="a warning counts as a failure")
    parser.add_argument("--propagate", action="store_true", help="exit with the job's own exit code")


def read_rules(args: argparse.Namespace) -> WaitRules:
    """The rules on a command line. Raises ConfigError."""
    timeout_s = None
    if args.timeout is not None:
        try:
            timeout_s = parse_duration(args.timeout)
        except ValueError as error:
            raise ConfigError(f"--timeout: {error}") from error
        if not timeout_s:
            raise ConfigError("--timeout: there must be some time to wait", hint="such as 90s, 30m or 2h")
    return WaitRules(
        timeout_s=timeout_s,
        is_any=getattr(args, "any", False),
        is_fail_fast=getattr(args, "fail_fast", False),
        is_strict=getattr(args, "strict", False),
        is_propagated=getattr(args, "propagate", False),
    )


async def in_time(session: CommandSession, rules: WaitRules, work: Coroutine[Any, Any, int]) -> int:
    """The exit code of the work, or that of a timeout when it takes longer than the rules allow."""
    if rules.timeout_s is None:
        return await work
    task = asyncio.create_task(work)
    timer = asyncio.create_task(session.engine.clock.sleep(rules.timeout_s))
    try:
        await asyncio.wait((task, timer), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        warn(f"timed out after {rules.timeout_s:g} s: what runs goes on running")
        return ExitCode.TIMED_OUT
    finally:
        task.cancel()
        timer.cancel()
        await asyncio.gather(task, timer, return_exceptions=True)


async def wait_for_runs(
    session: CommandSession, wanted: Mapping[JobKey, str], rules: WaitRules, *, is_seen: bool
) -> int:
    """Wait until the runs have ended; outages of a system are waited out.

    Args:
        session: The way to the systems.
        wanted: The run to wait for by job; an empty id means the one that is the newest now.
        rules: When to stop, but for the timeout.
        is_seen: Whether the systems have just been asked.

    Returns:
        The exit code.
    """
    return await _Vigil(session, wanted, rules).keep(is_seen=is_seen)


@dataclass(slots=True)
class _Watched:
    """A system that is asked again and again."""

    due_at: float = 0.0
    """When it is asked next."""
    pause_s: float = FIRST_LOOK_S
    """The next pause, as long as pauses still grow."""
    is_down: bool = False
    """Whether the last look failed, and that was told."""


class _Vigil:
    """One wait for one or several runs."""

    def __init__(self, session: CommandSession, wanted: Mapping[JobKey, str], rules: WaitRules) -> None:
        self._session = session
        self._engine = session.engine
        self._clock = session.engine.clock
        self._wanted = dict(wanted)
        self._rules = rules
        self._systems = {
            key.connection: _Watched(is_down=key.connection in session.failures) for key in wanted
        }
        self._ended: dict[JobKey, Outcome] = {}
        self._missing: dict[JobKey, float] = {}

    async def keep(self, *, is_seen: bool) -> int:
        """Look, judge and rest until the rules say that it is enough; returns the exit code."""
        for key in self._wanted:
            self._engine.touch(key)
        if is_seen:
            for name, system in self._systems.items():
                system.due_at = self._clock.monotonic() + self._pause_s(name, system)
            await self._judge_all()
        while not is_over(self._ended.values(), len(self._wanted), self._rules):
            await self._clock.sleep(self._rest_s())
            hopeless = await self._look()
            if hopeless is not None:
                return hopeless
            await self._judge_all()
        return exit_code(self._ended.values(), self._rules)

    async def _look(self) -> int | None:
        """Ask the systems that are due; the exit code when one of them will never answer."""
        now = self._clock.monotonic()
        due = [name for name in self._waiting() if self._systems[name].due_at <= now]
        failures = await self._engine.sweep_all(due)
        for name in due:
            error = failures.get(name)
            if isinstance(error, Unauthorized) or not isinstance(error, SystemUnavailable | None):
                self._session.tell_failure(name, error)
                return code_of(error)
            self._note(name, error)
        return None

    def _note(self, name: str, error: SystemUnavailable | None) -> None:
        system = self._systems[name]
        if error is not None and not system.is_down:
            self._session.tell_failure(name, error, "; waiting for it to come back")
        elif error is None and system.is_down:
            warn(f"{name} is back")
        system.is_down = error is not None
        system.due_at = self._clock.monotonic() + self._pause_s(name, system)

    def _pause_s(self, name: str, system: _Watched) -> float:
        """The pause that polling would make, which obeys the system's limits; shorter only at first."""
        next_try_at = self._engine.store.health[name].next_try_at
        planned_s = FIRST_LOOK_S
        if next_try_at is not None:
            planned_s = max(planned_s, (next_try_at - self._clock.now()).total_seconds())
        if system.is_down:
            return planned_s
        pause_s = min(planned_s, system.pause_s)
        system.pause_s *= 2
        return pause_s

    def _rest_s(self) -> float:
        due_at = min(self._systems[name].due_at for name in self._waiting())
        return max(0.0, due_at - self._clock.monotonic())

    def _waiting(self) -> set[str]:
        return {key.connection for key in self._wanted if key not in self._ended}

    async def _judge_all(self) -> None:
        for key in self._wanted:
            if key not in self._ended and not self._systems[key.connection].is_down:
                outcome = await self._outcome(key)
                if outcome is not None:
                    self._ended[key] = outcome
                    warn(outcome.told)

    async def _outcome(self, key: JobKey) -> Outcome | None:
        job = self._engine.store.jobs.get(key)
        if job is None:
            return Outcome(ExitCode.NOT_FOUND, f"{key} is gone")
        run_id = self._wanted[key] = self._wanted[key] or job.run_id
        if run_id != job.run_id:
            return await self._outcome_in_runs(job, run_id)
        return judge_job(job, self._rules)

    async def _outcome_in_runs(self, job: Job, run_id: str) -> Outcome | None:
        """The outcome of a run that isn't the job's newest one, or isn't known as that yet."""
        try:
            runs = await self._engine.runs(job.key, limit=_RUNS_SEARCHED)
        except NightdeckError:
            return None
        found = next((run for run in runs if run.key.run_id == run_id), None)
        if found is not None:
            self._missing.pop(job.key, None)
            return judge_run(job, found, self._rules)
        now = self._clock.monotonic()
        if now - self._missing.setdefault(job.key, now) < LOST_AFTER_S:
            return None
        text = f"{job.connection}/{job.name}: the system tells nothing of run {run_id}"
        return Outcome(ExitCode.OUTCOME_UNKNOWN, text)
