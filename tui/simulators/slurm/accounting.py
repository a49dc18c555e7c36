"""`sacct`, played."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tui.simulators.slurm.console import Console, Ended, Typed, command, long_clock_text, read_options
from tui.simulators.slurm.execution import Execution, Step, executions
from tui.simulators.slurm.history import history_rows
from tui.simulators.slurm.meta import meta
from tui.simulators.slurm.rows import user_id, written
from tui.simulators.slurm.vocabulary import NODE, Fault, JobState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tui.simulators.slurm.job import Job

_SHORT = {
    "a": "allusers",
    "D": "duplicates",
    "E": "endtime",
    "j": "jobs",
    "n": "noheader",
    "o": "format",
    "P": "parsable2",
    "p": "parsable",
    "r": "partition",
    "S": "starttime",
    "s": "state",
    "u": "user",
    "X": "allocations",
}
_FLAGS = frozenset({"allusers", "duplicates", "noheader", "parsable2", "parsable", "allocations", "json"})
_FIELDS = "JobID,JobName,Partition,Account,AllocCPUS,State,ExitCode"
_SPAN = re.compile(r"now-(\d+)(seconds?|minutes?|hours?|days?|weeks?)?$")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@command("sacct")
def sacct(console: Console, typed: Typed) -> Ended:
    """The jobs in the accounting storage."""
    cluster = console.cluster
    if not cluster.behaviour.has_history:
        return Ended(1, err=f"{Fault.ACCOUNTING}\n")
    options, _ = read_options(typed.words, _SHORT, _FLAGS)
    jobs = [job for job in cluster.history.values() if _is_asked(console, options, job)]
    if "json" in options:
        behaviour, now = cluster.behaviour, cluster.now()
        rows = [row for job in jobs for row in history_rows(job, now, is_new=behaviour.is_new)]
        head = meta(behaviour, behaviour.apis[-1], "openapi/db")
        return Ended(out=written({"meta": head, "errors": [], "jobs": rows}) + "\n")
    fields = options.get("format", _FIELDS).split(",")
    mark = options.get("delimiter", "|")
    is_short = "parsable2" in options
    lines = [] if "noheader" in options else [fields]
    for job in jobs:
        for done in executions(job, with_earlier="duplicates" in options):
            lines += [_line(console, typed, done, None, fields)]
            if "allocations" not in options:
                lines += [_line(console, typed, done, s, fields) for s in done.steps(cluster.now())]
    if is_short or "parsable" in options:
        end = "" if is_short else mark
        return Ended(out="".join(f"{mark.join(line)}{end}\n" for line in lines))
    return Ended(out="".join(" ".join(word[:12].ljust(12) for word in line) + "\n" for line in lines))


def _is_asked(console: Console, options: Mapping[str, str], job: Job) -> bool:
    if "jobs" in options:
        wanted = set(options["jobs"].split(","))
        return bool({str(job.id), str(job.array_id), job.label} & wanted)
    if "allusers" not in options:
        users = options.get("user", console.user).split(",")
        if not {job.request.user, str(user_id(job.request.user))} & set(users):
            return False
    for option, value in (("partition", job.partition), ("name", job.request.name)):
        if option in options and value not in options[option].split(","):
            return False
    return job.ended_at is None or job.ended_at >= _since(console, options.get("starttime", ""))


def _since(console: Console, text: str) -> datetime:
    """The beginning of what is asked for; midnight when nothing is said."""
    now = console.cluster.now()
    match = _SPAN.match(text)
    if match is not None:
        return now - timedelta(seconds=int(match[1]) * _UNITS_S[(match[2] or "s")[0]])
    zone = console.cluster.zone
    if text:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _line(console: Console, typed: Typed, done: Execution, step: Step | None, fields: list[str]) -> list[str]:
    words = dict(_words(console, typed, done, step))
    return [words.get(field.partition("%")[0].lower(), "") for field in fields]


def _words(console: Console, typed: Typed, done: Execution, step: Step | None) -> Iterator[tuple[str, str]]:
    job, now = done.job, console.cluster.now()
    part = f".{step.id}" if step is not None else ""
    state, status = (step.state, step.status) if step is not None else (done.state, done.status)
    started = step.started_at if step is not None else done.started_at
    ended = step.ended_at if step is not None else done.ended_at
    who = ""
    if state is JobState.CANCELLED and step is None and job.killed_by:
        who = f" by {user_id(job.killed_by)}"
    yield "jobid", f"{job.label}{part}"
    yield "jobidraw", f"{job.id}{part}"
    yield "jobname", step.name if step is not None else job.request.name
    yield "state", f"{state}{who}"
    yield "exitcode", f"{status >> 8}:{status & 0x7F}"
    yield "submit", console.stamp(done.submitted_at if step is None else started, typed)
    yield "start", console.stamp(started, typed)
    yield "end", console.stamp(ended, typed)
    lived_s = ((ended or now) - started).total_seconds() if started is not None else 0.0
    yield "elapsed", long_clock_text(lived_s)
    yield "elapsedraw", str(int(lived_s))
    yield "nodelist", NODE if started is not None else "None assigned"
    yield "account", job.request.account
    yield "alloccpus", str(job.cpus if started is not None else 0)
    if step is None:
        yield "partition", job.partition
        yield "user", job.request.user
        yield "reason", job.reason
        yield "workdir", job.request.folder
        yield "eligible", console.stamp(done.submitted_at, typed)
        yield "restarts", str(done.number)
