"""What the keys of a job over REST ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tui.simulators.slurm.job import Request
from tui.simulators.slurm.options import elements, minutes
from tui.simulators.slurm.vocabulary import HELD, Fault, Refused

if TYPE_CHECKING:
    from tui.simulators.slurm.job import Job

KNOWN = frozenset(
    {
        "account",
        "argv",
        "array",
        "begin_time",
        "comment",
        "constraints",
        "cpus_per_task",
        "current_working_directory",
        "cwd",
        "deadline",
        "dependency",
        "environment",
        "exclusive",
        "gres",
        "hold",
        "job_name",
        "licenses",
        "mail_type",
        "mail_user",
        "memory_per_cpu",
        "memory_per_node",
        "minimum_nodes",
        "name",
        "nice",
        "no_requeue",
        "nodes",
        "ntasks",
        "open_mode",
        "partition",
        "priority",
        "qos",
        "requeue",
        "reservation",
        "signal",
        "standard_error",
        "standard_input",
        "standard_output",
        "tasks",
        "tasks_per_node",
        "time_limit",
        "time_minimum",
        "wckey",
    }
)
"""Keys that are understood; any other one makes the request fail, as it does in Slurm."""


class UnknownKey(Exception):
    """A key that no job has; the text is the key."""


def request_of(job: Mapping[str, Any], script: str, user: str) -> Request:
    """The request of a job that is submitted."""
    _check(job)
    environment = job.get("environment")
    if not environment:
        raise Refused(Fault.ENVIRONMENT)
    if isinstance(environment, list):
        environment = dict(text.split("=", 1) for text in environment)
    request = Request(
        script=script,
        user=user,
        name=str(job.get("name") or job.get("job_name") or "openapi"),
        folder=str(job.get("current_working_directory") or job.get("cwd") or "/"),
        partition=str(job.get("partition") or ""),
        output=str(job.get("standard_output") or ""),
        error=str(job.get("standard_error") or ""),
        cpus=_number(job.get("cpus_per_task")) or 1,
        tasks=_number(job.get("tasks", job.get("ntasks"))) or 1,
        memory_mb=_number(job.get("memory_per_node")) or 0,
        time_limit_min=_minutes(job.get("time_limit")),
        is_held=_is_hold(job),
        comment=str(job.get("comment") or ""),
        account=str(job.get("account") or ""),
        dependency=str(job.get("dependency") or ""),
        can_requeue=bool(job.get("requeue", True)) and not job.get("no_requeue", False),
        appends=str(job.get("open_mode") or "").lower().startswith("a"),
        environment={str(name): str(value) for name, value in environment.items()},
        begin=_moment(job.get("begin_time")),
    )
    if not job.get("array"):
        return request
    numbers, at_once = elements(str(job["array"]))
    return replace(request, array=str(job["array"]), elements=numbers, at_once=at_once)


def changed(job: Job, keys: Mapping[str, Any]) -> None:
    """Change a job as the keys of an update say; holds are no business of this."""
    request = job.request
    if "comment" in keys:
        request = replace(request, comment=str(keys["comment"]))
    if "name" in keys:
        request = replace(request, name=str(keys["name"]))
    if "time_limit" in keys:
        job.time_limit_min = _minutes(keys["time_limit"])
    job.request = request


def hold_of(keys: Mapping[str, Any]) -> str | None:
    """The hold that an update asks for: a reason, nothing, or None when it asks for no change of it."""
    _check(keys)
    if _is_hold(keys):
        return HELD
    if keys.get("hold") is False or _number(keys.get("priority")):
        return ""
    return None


def _check(job: Mapping[str, Any]) -> None:
    for key in job:
        if key.lower() not in KNOWN:
            raise UnknownKey(key)


def _is_hold(job: Mapping[str, Any]) -> bool:
    return job.get("hold") is True or _number(job.get("priority")) == 0


def _number(value: Any) -> int | None:
    """A number in the older or the newer form."""
    if isinstance(value, Mapping):
        return int(value.get("number") or 0) if value.get("set", True) else None
    return int(value) if value is not None else None


def _minutes(value: Any) -> int | None:
    if isinstance(value, Mapping):
        return None if value.get("infinite") or not value.get("set", True) else int(value["number"])
    return value if value is None or isinstance(value, int) else minutes(str(value))


def _moment(value: Any) -> datetime | None:
    seconds = _number(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
