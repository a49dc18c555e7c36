"""`squeue`, `scancel` and `sinfo`, played."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.simulators.slurm.console import Console, Ended, Typed, clock_text, command, read_options
from tui.simulators.slurm.meta import meta
from tui.simulators.slurm.rows import user_id, written
from tui.simulators.slurm.vocabulary import COMPLETING, NODE, Fault, JobState, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.simulators.slurm.job import Job

_SHORT = {
    "h": "noheader",
    "j": "jobs",
    "M": "clusters",
    "n": "name",
    "o": "format",
    "p": "partition",
    "r": "array",
    "s": "steps",
    "t": "states",
    "u": "user",
}
_FLAGS = frozenset({"json", "noheader", "array", "steps", "me", "all", "long"})
_CANCEL_SHORT = {"f": "full", "n": "name", "s": "signal", "t": "state", "u": "user", "v": "verbose"}
_CANCEL_FLAGS = frozenset({"full", "batch", "quiet", "verbose", "hurry", "me"})
_HEAD = "             JOBID PARTITION     NAME     USER ST       TIME  NODES NODELIST(REASON)\n"
_STATES = {
    JobState.CANCELLED: "CA",
    JobState.COMPLETED: "CD",
    JobState.FAILED: "F",
    JobState.NODE_FAIL: "NF",
    JobState.OUT_OF_MEMORY: "OOM",
    JobState.PENDING: "PD",
    JobState.PREEMPTED: "PR",
    JobState.RUNNING: "R",
    JobState.SUSPENDED: "S",
    JobState.TIMEOUT: "TO",
}
_FIELD = re.compile(r"%(\.?)(\d*)([a-zA-Z])")
_SIGNALS = {"KILL": 9, "TERM": 15, "INT": 2, "USR1": 10, "USR2": 12}


@command("squeue")
def squeue(console: Console, typed: Typed) -> Ended:
    """The jobs that the controller knows."""
    options, _ = read_options(typed.words, _SHORT, _FLAGS)
    behaviour = console.cluster.behaviour
    jobs = list(console.cluster.jobs.values())
    if "json" in options and not behaviour.is_new:
        # 22.05 tells of every job, whatever it is asked for (seen in 22.05.8).
        return _json(console, jobs)
    if "jobs" in options:
        try:
            jobs = [job for text in options["jobs"].split(",") for job in console.cluster.find(text)]
        except Refused as refused:
            return Ended(1, err=f"slurm_load_jobs error: {refused.fault}\n")
    jobs = [job for job in jobs if _is_asked(console, options, job)]
    if "json" in options:
        return _json(console, jobs)
    head = "" if "noheader" in options else _HEAD
    if "format" in options:
        return Ended(out="".join(f"{_formatted(console, job, options['format'])}\n" for job in jobs))
    return Ended(out=head + "".join(_line(console, job) for job in jobs))


def _json(console: Console, jobs: list[Job]) -> Ended:
    behaviour = console.cluster.behaviour
    head = written({"meta": meta(behaviour, behaviour.apis[-1]), "errors": []})
    return Ended(out=f'{head[:-1]},"jobs":{console.rows.array(jobs, is_new=behaviour.is_new)}}}\n')


def _is_asked(console: Console, options: dict[str, str], job: Job) -> bool:
    states = [text.upper() for text in options.get("states", "PD,R,S,CG").split(",")]
    is_cleaning = job.cleans_until is not None and bool({"CG", COMPLETING} & set(states))
    if (
        "ALL" not in states
        and not {_STATES.get(job.state, ""), str(job.state)} & set(states)
        and not is_cleaning
    ):
        return False
    users = [console.user] if "me" in options else _listed(options, "user")
    return (
        (not users or job.request.user in users)
        and (not _listed(options, "partition") or job.partition in _listed(options, "partition"))
        and (not _listed(options, "name") or job.request.name in _listed(options, "name"))
    )


def _listed(options: dict[str, str], name: str) -> list[str]:
    return [text for text in options.get(name, "").split(",") if text]


def _words(console: Console, job: Job) -> dict[str, str]:
    lived_s = 0.0
    if job.started_at is not None:
        lived_s = ((job.ended_at or console.cluster.now()) - job.started_at).total_seconds()
    is_there = job.state in {JobState.RUNNING, JobState.COMPLETED, JobState.CANCELLED, JobState.SUSPENDED}
    return {
        "A": str(job.id),
        "D": "1",
        "F": str(job.array_id or job.id),
        "M": clock_text(lived_s),
        "N": NODE if job.started_at else "",
        "P": job.partition,
        "R": NODE if is_there and job.started_at else f"({job.reason})",
        "T": job.told_state,
        "U": str(user_id(job.request.user)),
        "i": job.label,
        "j": job.request.name,
        "r": job.reason,
        "t": "CG" if job.cleans_until is not None else _STATES.get(job.state, "?"),
        "u": job.request.user,
    }


def _formatted(console: Console, job: Job, form: str) -> str:
    words = _words(console, job)

    def filled(match: re.Match[str]) -> str:
        width = int(match[2] or 0)
        word = words.get(match[3], "?")
        word = word[:width] if width else word
        return word.rjust(width) if match[1] else word.ljust(width)

    return _FIELD.sub(filled, form)


def _line(console: Console, job: Job) -> str:
    return f"{_formatted(console, job, '%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R')}\n"


@command("scancel")
def scancel(console: Console, typed: Typed) -> Ended:
    """End jobs; what has ended, and what nobody knows, is passed over in silence (seen in 22.05.8)."""
    options, ids = read_options(typed.words, _CANCEL_SHORT, _CANCEL_FLAGS)
    for text in ids:
        if not re.fullmatch(r"\d+(_(\d+|\[[\d,-]+\]))?", text):
            return Ended(1, err=f"scancel: error: Invalid job id {text}\n")
    if "name" in options:
        ids = list(_named(console, options["name"]))
    word = options.get("signal", "").upper().removeprefix("SIG")
    signal = _SIGNALS.get(word, int(word) if word.isdigit() else 0) or None
    for text in ids:
        try:
            console.cluster.cancel(text, console.user, signal)
        except Refused as refused:
            if refused.fault is Fault.DENIED:
                return Ended(1, err=f"scancel: error: Kill job error on job id {text}: {refused.fault}\n")
    return Ended()


def _named(console: Console, name: str) -> Iterable[str]:
    for job in console.cluster.jobs.values():
        if job.request.name == name and job.is_active and job.request.user == console.user:
            yield str(job.id)


@command("sinfo")
def sinfo(console: Console, typed: Typed) -> Ended:
    """The partitions."""
    options, _ = read_options(typed.words, {"h": "noheader", "o": "format"}, frozenset({"noheader", "json"}))
    lines = [] if "noheader" in options else ["PARTITION AVAIL  TIMELIMIT  NODES  STATE NODELIST"]
    jobs = console.cluster.jobs.values()
    for part in console.cluster.partitions.values():
        is_busy = any(job.state is JobState.RUNNING and job.partition == part.name for job in jobs)
        limit = "infinite" if part.limit_min is None else clock_text(part.limit_min * 60)
        name = f"{part.name}{'*' if part.is_default else ''}"
        up, state = ("up" if part.is_up else "down"), ("mix" if is_busy else "idle")
        lines.append(f"{name:<9} {up:>5} {limit:>10} {1:>6} {state:>6} {NODE}")
    return Ended(out="".join(f"{line}\n" for line in lines))
