"""What a run writes: the log of the job, its counters, and the log of the application."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tui.simulators.datameer.vocabulary import ERROR, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tui.simulators.datameer.job import JobSpec
    from tui.simulators.datameer.run import JobRun

    Local = Callable[[datetime], datetime]

_EVERY_S = 5.0
_BYTES_READ, _BYTES_WRITTEN, _PREVIEW = 48, 49, 5000
_TRACE = (
    "java.lang.RuntimeException: Job execution failed",
    "\tat datameer.dap.common.job.mr.input.JdbcRecordReader.open(JdbcRecordReader.java:118)",
    "\tat datameer.dap.common.job.JobExecutor.execute(JobExecutor.java:331)",
    "\tat java.lang.Thread.run(Thread.java:748)",
    "Caused by: java.io.IOException: {message}",
    "\t... 3 more",
)


def log_of(spec: JobSpec, run: JobRun, now: datetime, local: Local) -> str:
    """What a run has written until now.

    Args:
        spec: Its job.
        run: The run.
        now: Until when.
        local: Turns a moment into the server's own time.
    """
    return "".join(f"{line}\n" for line in _lines(spec, run, now, local))


def application_log(started: datetime, local: Local) -> str:
    """What the application itself has written.

    Args:
        started: When it came up.
        local: Turns a moment into the server's own time.
    """
    return f"{_line(started, 'INFO', 'Application started', local)}\n"


def counters_of(spec: JobSpec, run: JobRun, now: datetime) -> dict[str, int]:
    """What a run has counted until now.

    Args:
        spec: Its job.
        run: The run.
        now: Until when.
    """
    if run.outcome.counters and now >= run.ended_at:
        return dict(run.outcome.counters)
    taken, dropped = records_of(run, now)
    if spec.kind is Kind.IMPORT:
        return {
            "IMPORT_RECORDS": taken,
            "IMPORT_BYTES": taken * _BYTES_READ,
            "IMPORT_DROPPED_RECORDS": dropped,
            "IMPORT_PREVIEW_RECORDS": min(taken, _PREVIEW),
            "IMPORT_OUTPUT_BYTES": taken * _BYTES_WRITTEN,
            "IMPORT_DROPPED_SPLITS": 0,
            "IMPORT_OUTPUT_PARTITIONS": 0,
        }
    if spec.kind is Kind.EXPORT:
        return {
            "EXPORT_RECORDS": taken,
            "EXPORT_DROPPED_RECORDS": dropped,
            "EXPORT_BYTES": taken * _BYTES_WRITTEN,
        }
    return {}


def records_of(run: JobRun, now: datetime) -> tuple[int, int]:
    """How many records a run has taken until now, and how many it has dropped.

    Args:
        run: The run.
        now: Until when.
    """
    read = int(run.records * run.share(now))
    dropped = run.outcome.dropped if now >= run.ended_at else 0
    return max(0, read - dropped), dropped


def _lines(spec: JobSpec, run: JobRun, now: datetime, local: Local) -> Iterator[str]:
    yield _line(run.requested_at, "INFO", f"Job execution {run.id} of '{spec.path}' was queued", local)
    started = run.started_at(now)
    if started is not None:
        yield _line(started, "INFO", f"Starting job '{spec.name}' as user {spec.owner}", local)
        yield from spec.log
        yield from _progress(run, started, now, local)
    if now >= run.ended_at:
        yield from _ending(run, local)


def _progress(run: JobRun, started: datetime, now: datetime, local: Local) -> Iterator[str]:
    lived = (min(now, run.ended_at) - started).total_seconds()
    for step in range(1, int(lived / _EVERY_S) + 1):
        moment = started + timedelta(seconds=step * _EVERY_S)
        yield _line(moment, "INFO", f"{run.percent(moment)} % done", local)


def _ending(run: JobRun, local: Local) -> Iterator[str]:
    outcome = run.outcome
    if outcome.word == ERROR:
        yield _line(run.ended_at, "ERROR", f"Job failed: {outcome.message}", local)
        yield from (line.format(message=outcome.message) for line in _TRACE)
    elif outcome.message:
        level = "WARN" if outcome.dropped else "INFO"
        yield _line(run.ended_at, level, outcome.message, local)
    yield _line(run.ended_at, "INFO", f"Job execution {run.id} ended with status {outcome.word}", local)


def _line(moment: datetime, level: str, text: str, local: Local) -> str:
    written = local(moment)
    return f"[{written:%Y-%m-%d %H:%M:%S}.{written.microsecond // 1000:03}] {level:<5} {text}"
