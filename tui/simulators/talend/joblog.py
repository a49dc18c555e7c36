"""What a job prints: the two banner lines that carry its ids and times, and what stands between them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tui.simulators.talend.task import TaskRun, TaskSpec
    from tui.simulators.talend.vocabulary import Behaviour

_EVERY_S = 5.0
_ROWS_A_LINE = 1250
_TRACE = (
    "Exception in component tDBConnection_1 ({job})",
    "java.sql.SQLRecoverableException: {message}",
    "\tat oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:743)",
    "\tat oracle.jdbc.driver.PhysicalConnection.connect(PhysicalConnection.java:657)",
    "\tat {project}.{lower}_1_4.{job}.tDBConnection_1Process({job}.java:2190)",
    "\tat {project}.{lower}_1_4.{job}.runJobInTOS({job}.java:7421)",
    "[FATAL]: {project}.{lower}_1_4.{job} - tDBConnection_1 {message}",
)


def log_of(
    spec: TaskSpec, run: TaskRun, now: datetime, behaviour: Behaviour, local: Callable[[datetime], datetime]
) -> str:
    """What a run has printed until now; nothing when it hasn't begun.

    Args:
        spec: Its task.
        run: The run.
        now: Until when.
        behaviour: What the server's version does.
        local: Turns a moment into the server's own time.
    """
    if not run.has_begun or now < run.started_at or (now < run.ended_at and not behaviour.shows_running_logs):
        return ""
    return "".join(f"{line}{behaviour.line_end}" for line in _lines(spec, run, now, behaviour, local))


def _lines(
    spec: TaskSpec, run: TaskRun, now: datetime, behaviour: Behaviour, local: Callable[[datetime], datetime]
) -> Iterator[str]:
    started = local(run.started_at)
    ids = (
        f"(jobId={local(spec.deployed_at):%Y%m%d_%H%M%S}_{spec.job_mark}, "
        f"jobExecutionId={started:%Y%m%d%H%M%S}_{run.suffix})"
    )
    yield f"### Job STARTED  at {started:%Y/%m/%d %H:%M:%S} {ids} ###"
    yield f"Starting job {spec.application} at {started:%H:%M %d/%m/%Y}."
    yield from spec.log
    lived = (min(now, run.ended_at) - run.started_at).total_seconds()
    for step in range(1, int(lived / _EVERY_S) + 1):
        moment = local(run.started_at + timedelta(seconds=step * _EVERY_S))
        yield f"[INFO ] {moment:%Y-%m-%d %H:%M:%S} tMap_1 - {step * _ROWS_A_LINE} rows"
    if now < run.ended_at:
        return
    yield from _ending(spec, run)
    banner = _banner(run, behaviour)
    if banner:
        yield f"### Job {banner}  at {local(run.ended_at):%Y/%m/%d %H:%M:%S} {ids} ###"


def _ending(spec: TaskSpec, run: TaskRun) -> Iterator[str]:
    outcome = run.outcome
    if outcome.basic == "OK" or run.stop_asked_at is not None:
        if outcome.message:
            yield f"[INFO ] {outcome.message}"
        return
    words = {
        "job": spec.application,
        "lower": spec.application.lower(),
        "project": spec.project.lower(),
        "message": outcome.message,
    }
    yield from (line.format(**words) for line in _TRACE)
    yield f"Job {spec.application} ended with exit code {outcome.exit_code}."


def _banner(run: TaskRun, behaviour: Behaviour) -> str:
    if run.outcome.basic == "OK":
        return behaviour.success_banner
    return behaviour.failure_banner if run.stop_asked_at is None else behaviour.kill_banner
