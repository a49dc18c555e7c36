"""The first API, V1: lists, runs and actions below `/rest`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulators.datameer.answer import (
    Failed,
    Rejected,
    array_answer,
    empty_answer,
    object_answer,
)
from tui.simulators.datameer.joblog import counters_of, records_of
from tui.simulators.datameer.rows import file_of
from tui.simulators.datameer.times import sql_timestamp
from tui.simulators.datameer.vocabulary import ERROR, Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import httpx

    from tui.simulators.datameer.answer import Call
    from tui.simulators.datameer.installation import Installation
    from tui.simulators.datameer.job import Job
    from tui.simulators.datameer.run import JobRun

    Perform = Callable[[Installation, Call], httpx.Response]

_HISTORY_LENGTH = 10
_REPORTED = 20
_SUCCESS = {"status": "success"}
_CLASS_NAMES = {
    Kind.IMPORT: "datameer.ImportJob",
    Kind.WORKBOOK: "datameer.Workbook",
    Kind.EXPORT: "datameer.ExportJob",
}


def lists(kind: Kind, word: str = "") -> Perform:
    """Lists the jobs of a kind.

    Args:
        kind: Which kind.
        word: Under which word, if it isn't its own.
    """

    def perform(installation: Installation, _: Call) -> httpx.Response:
        if kind is Kind.EXPORT and installation.behaviour.export_list != (word or kind):
            raise Rejected(404, "Not Found")
        return array_answer(installation.rows.listed(installation.of_kind(kind)))

    return perform


def reads(kind: Kind) -> Perform:
    """Reads the configuration of one job of a kind.

    Args:
        kind: Which kind.
    """

    def perform(installation: Installation, call: Call) -> httpx.Response:
        if kind is Kind.WORKBOOK and not installation.behaviour.reads_workbooks:
            raise Rejected(404, "Not Found")
        spec = _of_kind(installation, call, kind).spec
        return object_answer(
            {
                "version": "7.5",
                "className": _CLASS_NAMES[kind],
                "file": file_of(spec),
                "pullType": "SCHEDULED" if spec.script else "MANUALLY",
            }
        )

    return perform


def deletes(kind: Kind) -> Perform:
    """Deletes one job of a kind.

    Args:
        kind: Which kind.
    """

    def perform(installation: Installation, call: Call) -> httpx.Response:
        job = _of_kind(installation, call, kind)
        installation.remove(job)
        installation.deleted.add(str(job.spec.id))
        return empty_answer(204) if installation.behaviour.has_empty_delete else object_answer(_SUCCESS)

    return perform


def status(installation: Installation, call: Call) -> httpx.Response:
    """Tells how a job stands."""
    number = call.number()
    if number not in installation.jobs and installation.behaviour.hides_missing:
        return object_answer({})
    now = installation.now()
    newest = installation.job(number).look(now).newest
    return object_answer(installation.rows.run(newest, now) if newest else {})


def history(installation: Installation, call: Call) -> httpx.Response:
    """Lists the runs of a job, newest first."""
    number = call.number()
    start, length = call.parameter("start", 0), call.parameter("length", _HISTORY_LENGTH)
    if number not in installation.jobs and installation.behaviour.hides_missing:
        return object_answer([])
    now = installation.now()
    runs = installation.job(number).runs(now, start + length)[start:]
    return object_answer([installation.rows.run(run, now) for run in runs])


def volume_report(installation: Installation, call: Call) -> httpx.Response:
    """Tells how much the newest runs of a job have imported."""
    job, now = installation.job(call.number()), installation.now()
    return object_answer([_volume(installation, job, run, now) for run in job.runs(now, _REPORTED)])


def _volume(installation: Installation, job: Job, run: JobRun, now: datetime) -> dict[str, object]:
    row = installation.rows.run(run, now)
    volume = counters_of(job.spec, run, now).get("IMPORT_BYTES")
    if volume is not None and _has_counters(installation, run, now):
        row["importedVolume"] = volume
    return {**row, "type": "NORMAL"}


def details(installation: Installation, call: Call) -> httpx.Response:
    """Tells everything of a run."""
    job, run = installation.execution(call.number())
    now = installation.now()
    started = run.started_at(now)
    ended = run.ended_at if now >= run.ended_at else None
    answer: dict[str, object] = {
        "jobStatus": installation.rows.word(run, now),
        "startTime": _stamp(installation, started),
        "stopTime": _stamp(installation, ended),
    }
    if _has_counters(installation, run, now):
        taken, dropped = records_of(run, now)
        answer |= {
            "successCount": taken,
            "failureCount": dropped,
            "counters": counters_of(job.spec, run, now),
        }
    return object_answer(answer)


def list_running(installation: Installation, _: Call) -> httpx.Response:
    """Lists the runs that wait or work."""
    jobs = list(installation.jobs.values())
    return array_answer(installation.rows.active(jobs, installation.now()))


def trigger(installation: Installation, call: Call) -> httpx.Response:
    """Begins a run."""
    job = installation.job(call.parameter("configuration"))
    run = installation.start(job, lag_s=installation.behaviour.lag_s)
    installation.runs_started[str(job.spec.id)] += 1
    if not installation.behaviour.tells_execution_id:
        return object_answer(_SUCCESS)
    return object_answer(
        {
            **_SUCCESS,
            "job-execution-id": run.id,
            "job-execution-user": job.spec.owner,
            "job-execution-trigger": "RESTAPI",
        }
    )


def stop(installation: Installation, call: Call) -> httpx.Response:
    """Stops a run."""
    now, behaviour = installation.now(), installation.behaviour
    if behaviour.stops_by_configuration:
        job = installation.job(call.number())
        run = job.active_at(now)
    else:
        job, run = installation.execution(call.number())
    was_active = run is not None and job.stop(run, now)
    if not was_active and behaviour.refuses_idle_stop:
        raise Failed(f"Job {job.spec.name} is not running")
    return empty_answer(behaviour.stop_code)


def delete_results(installation: Installation, call: Call) -> httpx.Response:
    """Deletes what a run has made."""
    _, run = installation.execution(call.number())
    installation.emptied.add(run.id)
    return object_answer(_SUCCESS)


def _of_kind(installation: Installation, call: Call, kind: Kind) -> Job:
    job = installation.job(call.number())
    if job.spec.kind is not kind:
        raise Failed(f"{kind} {job.spec.id} doesn't exist")
    return job


def _has_counters(installation: Installation, run: JobRun, now: datetime) -> bool:
    return run.status(now)[0] != ERROR or installation.behaviour.counts_errors


def _stamp(installation: Installation, moment: datetime | None) -> str | None:
    return sql_timestamp(installation.local(moment)) if moment else None
