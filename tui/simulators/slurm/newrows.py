"""What newer versions tell of a job (`data_parser/v0.0.40`): numbers that say whether they are set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulators.slurm.joblog import error_path, log_path
from tui.simulators.slurm.rows import job_row

if TYPE_CHECKING:
    from tui.simulators.slurm.job import Job
    from tui.simulators.slurm.rows import Row

_TIMES = ("accrue_time", "eligible_time", "end_time", "start_time", "submit_time", "last_sched_evaluation")
_MORE_TIMES = ("deadline", "preempt_time", "pre_sus_time", "resize_time", "suspend_time")
_COUNTS = ("array_job_id", "array_max_tasks", "cpus", "cpus_per_task", "node_count", "tasks", "priority")
_MORE_COUNTS = (
    "array_task_id",
    "core_spec",
    "thread_spec",
    "cores_per_socket",
    "cpu_frequency_minimum",
    "cpu_frequency_maximum",
    "cpu_frequency_governor",
    "delay_boot",
    "max_cpus",
    "max_nodes",
    "het_job_id",
    "het_job_offset",
    "memory_per_cpu",
    "memory_per_node",
    "minimum_cpus_per_node",
    "minimum_tmp_disk_per_node",
    "tasks_per_core",
    "tasks_per_node",
    "tasks_per_socket",
    "tasks_per_board",
    "sockets_per_node",
    "threads_per_core",
    "billable_tres",
)
_NEWER: Row = {
    "allocating_node": "",
    "container_id": "",
    "cron": "",
    "extra": "",
    "failed_node": "",
    "job_size_str": [],
    "mail_type": [],
    "mail_user": "",
    "maximum_switch_wait_time": 0,
    "minimum_switches": 0,
    "network": "",
    "power": {"flags": []},
    "scheduled_nodes": "",
    "selinux_context": "",
}
"""What older versions don't tell."""

SIGNAL_NAMES = {9: "KILL", 15: "TERM", 2: "INT", 10: "USR1", 12: "USR2"}
"""The names of signals."""


def number(value: float | None, *, is_infinite: bool = False) -> Row:
    """A number that says whether it is set."""
    return {"set": value is not None and not is_infinite, "infinite": is_infinite, "number": value or 0}


def exit_code(status: int) -> Row:
    """A wait status."""
    signal, code = status & 0x7F, status >> 8
    word = "SIGNALED" if signal else "ERROR" if code else "SUCCESS"
    return {
        "status": [word],
        "return_code": number(code if not signal else 0),
        "signal": {"id": number(signal or None), "name": SIGNAL_NAMES.get(signal, "")},
    }


def renewed_job(job: Job) -> Row:
    """What is told of one job, beside `renewed(UNSAID)`; the names of its logs are filled in."""
    new = renewed(job_row(job))
    state = str(job.state)
    return {
        **new,
        "job_state": [state, *job.flags],
        "hold": bool(job.hold),
        "standard_output": log_path(job),
        "standard_error": error_path(job),
    }


def renewed(row: Row) -> Row:
    """A row of an older version in the forms of a newer one."""
    new: dict[str, Any] = dict(row)
    for key in (*_TIMES, *_MORE_TIMES, *_COUNTS, *_MORE_COUNTS):
        if key in new:
            new[key] = number(new[key])
    if "time_limit" in new:
        new["time_limit"] = number(new["time_limit"], is_infinite=new["time_limit"] is None)
        new["time_minimum"] = number(new.get("time_minimum", 0))
    for key in ("exit_code", "derived_exit_code"):
        if key in new:
            new[key] = exit_code(new[key])
    if "admin_comment" in new:
        new |= _NEWER
    return new
