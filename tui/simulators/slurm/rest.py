"""The paths of slurmrestd, and what is done there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tui.simulators.slurm.history import history_rows
from tui.simulators.slurm.submission import UnknownKey, changed, hold_of, request_of
from tui.simulators.slurm.vocabulary import NODE, NUMBERS, Fault, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.simulators.slurm.cluster import Cluster
    from tui.simulators.slurm.job import Job, Request
    from tui.simulators.slurm.rows import Row

_QUERY_KEYS = frozenset({"start_time", "end_time", "partition", "job_name", "state", "skip_steps", "cluster"})
_USERS_SINCE = "v0.0.39"


@dataclass(frozen=True)
class Call:
    """One request, read."""

    cluster: Cluster
    user: str
    values: Sequence[str]
    """What stands in the path in the places of names."""
    query: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Said:
    """What is answered."""

    keys: Row = field(default_factory=dict)
    """Keys beside those of every answer."""
    jobs: Sequence[Job] | None = None
    """Jobs that are told of under `jobs`."""
    code: int = 200
    errors: Sequence[Row] = ()


@dataclass(eq=False)
class Failed(Exception):
    """A call fails, with what is wrong and with a status."""

    problem: Row
    code: int = 500
    more: Sequence[Row] = ()

    @property
    def problems(self) -> Sequence[Row]:
        """Everything that is wrong."""
        return [self.problem, *self.more]


@dataclass(frozen=True)
class Operation:
    """What is done at a path."""

    name: str
    perform: Callable[[Call], Said]
    stranger: Row
    """What is said to whoever has a wrong token: it differs from path to path (seen in 22.05.8)."""
    has_jobs: bool = False
    """Whether jobs are answered, also when the call fails."""


def problem(fault: Fault, source: str, description: str) -> Row:
    """An error as most answers tell it."""
    return {
        "description": description,
        "error_number": NUMBERS[fault],
        "error": str(fault),
        "source": source,
    }


def short_problem(fault: Fault) -> Row:
    """An error as the answers to submissions tell it."""
    return {"error_code": NUMBERS[fault], "error": str(fault)}


def unknown_key(key: object) -> Row:
    """A key that no job has."""
    return {"description": f'Unknown key "{key}"', "source": "hsearch_r"}


def _ping(call: Call) -> Said:
    if call.cluster.behaviour.is_new:
        return Said({"pings": [{"hostname": NODE, "pinged": "UP", "latency": 400, "mode": "primary"}]})
    return Said({"pings": [{"hostname": NODE, "ping": "UP", "status": 0, "mode": "primary"}]})


def _list_jobs(call: Call) -> Said:
    cluster = call.cluster
    since = call.query.get("update_time", "")
    # What changed within the second that is named may not have been told: Slurm tells it once more.
    if since.isdigit() and int(cluster.changed_at.timestamp()) < int(since):
        return Said(code=304)
    return Said(jobs=list(cluster.jobs.values()))


def _show_job(call: Call) -> Said:
    job_id = call.values[0]
    told = f"Unable to find JobId={job_id}"
    if not job_id.partition("_")[0].isdigit():
        raise Failed(problem(Fault.DESCRIPTION, "_handle_job_get", told), 400)
    try:
        return Said(jobs=call.cluster.find(job_id))
    except Refused as refused:
        raise Failed(problem(refused.fault, "slurm_load_job", told)) from None


def _cancel_job(call: Call) -> Said:
    job_id, signal = call.values[0], call.query.get("signal", "")
    try:
        call.cluster.cancel(job_id, call.user, int(signal) if signal.isdigit() else None)
    except Refused as refused:
        # That it has ended already is no failure.
        if refused.fault is not Fault.DONE:
            told = f"unable to kill JobId={job_id} with signal {signal or 9}: {refused.fault}"
            raise Failed(problem(refused.fault, "slurm_kill_job", told)) from None
    return Said()


def _update_job(call: Call) -> Said:
    job_id = call.values[0]
    try:
        hold = hold_of(call.body)
        if hold is not None:
            call.cluster.set_hold(job_id, call.user, hold)
        if set(call.body) - {"hold", "priority"}:
            call.cluster.change(job_id, call.user, lambda job: changed(job, call.body))
    except UnknownKey as key:
        # What cannot be read is told with a success (seen in 22.05.8).
        told = problem(Fault.PARSING, "_parse_job_list", "job parsing failed for [localhost]:40000")
        return Said(errors=[unknown_key(key), told])
    except Refused as refused:
        told = problem(refused.fault, "_parse_job_list", "job update from [localhost]:40000 failed")
        raise Failed(told) from None
    return Said()


def _submit_job(call: Call) -> Said:
    parsing = short_problem(Fault.PARSING)
    try:
        request = _request(call)
        job = call.cluster.submit(request)
    except UnknownKey as key:
        raise Failed(unknown_key(key), 400, [parsing]) from None
    except Refused as refused:
        told = short_problem(refused.fault)
        if refused.fault is Fault.ENVIRONMENT:
            raise Failed(told, 400, [parsing]) from None
        raise Failed(told) from None
    # That it is held is told as an error, although it was taken (seen in 22.05.8).
    errors = [short_problem(Fault.HELD)] if request.is_held else []
    is_new = call.cluster.behaviour.is_new
    keys: Row = {"job_id": job.id, "step_id": "batch" if is_new else "BATCH", "job_submit_user_msg": ""}
    if is_new:
        keys["result"] = {"job_id": job.id, "step_id": "batch", "error_code": 0, "error": "No error"}
    return Said(keys, errors=errors)


def _request(call: Call) -> Request:
    if "script" not in call.body:
        raise Refused(Fault.SCRIPT)
    if not isinstance(call.body.get("job"), dict):
        raise Failed(short_problem(Fault.DESCRIPTION), 400)
    return request_of(call.body["job"], str(call.body["script"]), call.user)


def _list_partitions(call: Call) -> Said:
    parts = call.cluster.partitions.values()
    return Said(
        {
            "partitions": [
                {
                    "name": part.name,
                    "nodes": NODE,
                    "flags": ["default"] if part.is_default else [],
                    "max_time_limit": part.limit_min or -1,
                    "state": "UP" if part.is_up else "DOWN",
                    "total_cpus": part.cpus,
                    "total_nodes": 1,
                }
                for part in parts
            ]
        }
    )


def _list_history(call: Call) -> Said:
    cluster, query = call.cluster, call.query
    known = _QUERY_KEYS | ({"users"} if cluster.behaviour.apis[-1] >= _USERS_SINCE else set())
    for key in query:
        if key not in known:
            raise Failed(problem(Fault.QUERY, "_foreach_query_search", f"Unknown Query field: {key}"), 400)
    since = _since(cluster, query.get("start_time", ""))
    rows: list[Row] = []
    for job in list(cluster.history.values()):
        if _is_asked(query, job) and (job.ended_at is None or job.ended_at >= since):
            rows += _history(cluster, job)
    return Said({"jobs": rows})


def _is_asked(query: Mapping[str, str], job: Job) -> bool:
    values = {"users": job.request.user, "partition": job.partition, "job_name": job.request.name}
    return all(value in query[key].split(",") for key, value in values.items() if query.get(key))


def _since(cluster: Cluster, text: str) -> datetime:
    """The beginning of what is asked for: seconds since 1970, or a time in the zone of the server."""
    if not text:
        return datetime.fromtimestamp(0, UTC)
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    return datetime.fromisoformat(text).replace(tzinfo=cluster.zone).astimezone(UTC)


def _show_history(call: Call) -> Said:
    number = int(call.values[0]) if call.values[0].isdigit() else 0
    found = [job for job in call.cluster.history.values() if number in {job.id, job.array_id}]
    return Said({"jobs": [row for job in found for row in _history(call.cluster, job)]})


def _history(cluster: Cluster, job: Job) -> Sequence[Row]:
    return list(history_rows(job, cluster.now(), is_new=cluster.behaviour.is_new))


def _stranger(source: str, description: str, fault: Fault = Fault.UNSPECIFIED) -> Row:
    return problem(fault, source, description)


_LOST = Fault.NO_BYTES

OPERATIONS: Mapping[tuple[str, ...], Operation] = {
    ("GET", "slurm", "ping"): Operation(
        "ping", _ping, _stranger("slurm_load_ctl_conf", "slurmctld config is unable to load")
    ),
    ("GET", "slurm", "jobs"): Operation(
        "list_jobs",
        _list_jobs,
        _stranger("slurm_load_jobs", "Failed while looking for jobs"),
        has_jobs=True,
    ),
    ("POST", "slurm", "job", "submit"): Operation("submit_job", _submit_job, short_problem(_LOST)),
    ("GET", "slurm", "job", "*"): Operation(
        "show_job", _show_job, _stranger("slurm_load_job", "Unable to find JobId"), has_jobs=True
    ),
    ("DELETE", "slurm", "job", "*"): Operation(
        "cancel_job",
        _cancel_job,
        _stranger("slurm_kill_job", f"unable to kill JobId with signal 9: {_LOST}", _LOST),
    ),
    ("POST", "slurm", "job", "*"): Operation(
        "update_job",
        _update_job,
        _stranger("_parse_job_list", "job update from [localhost]:40000 failed", Fault.UNEXPECTED),
    ),
    ("GET", "slurm", "partitions"): Operation(
        "list_partitions", _list_partitions, _stranger("slurm_load_partitions", "")
    ),
    ("GET", "slurmdb", "jobs"): Operation(
        "list_history", _list_history, _stranger("slurmdb_jobs_get", "Query jobs failed")
    ),
    ("GET", "slurmdb", "job", "*"): Operation(
        "show_history", _show_history, _stranger("slurmdb_jobs_get", "Query jobs failed")
    ),
}
"""Every operation by its method and its path without the version."""
