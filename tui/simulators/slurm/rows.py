"""What the controller tells of a job, in the forms of Slurm 22.05 (`openapi/v0.0.38`)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tui.simulators.slurm.vocabulary import CLUSTER, NODE, USER_ID, JobState

if TYPE_CHECKING:
    from datetime import datetime

    from tui.simulators.slurm.job import Job

Row = dict[str, Any]

_ENDLESS = timedelta(days=365)
"""What is added to the start of a job without a time limit."""

_NO_TIME = 4_294_967_236
"""Seconds that are added where no end is known."""


def epoch(moment: datetime | None) -> int:
    """A moment in whole seconds since 1970; 0 for none."""
    return int(moment.timestamp()) if moment is not None else 0


def user_id(name: str) -> int:
    """The number of a user."""
    return 0 if name == "root" else USER_ID


def written(value: object) -> str:
    """JSON as Slurm writes it: with slashes escaped, and on one line here."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def job_row(job: Job) -> Row:
    """What is told of one job, beside `UNSAID`."""
    return {**_identity(job), **_request(job), **_life(job), **_resources(job)}


def _identity(job: Job) -> Row:
    return {
        "account": job.request.account,
        "array_job_id": job.array_id,
        "array_task_id": job.element,
        "array_max_tasks": job.request.at_once,
        "array_task_string": job.waiting_text,
        "comment": job.request.comment,
        "group_id": user_id(job.request.user),
        "group_name": job.request.user,
        "job_id": job.id,
        "name": job.request.name,
        "partition": job.partition,
        "user_id": user_id(job.request.user),
        "user_name": job.request.user,
    }


def _request(job: Job) -> Row:
    request = job.request
    return {
        "command": request.command,
        "current_working_directory": request.folder,
        "dependency": request.dependency,
        "memory_per_node": request.memory_mb or None,
        "requeue": request.can_requeue,
        "standard_error": request.error,
        "standard_output": request.output,
        "time_limit": job.time_limit_min,
        "tasks": request.tasks,
    }


def _life(job: Job) -> Row:
    return {
        "accrue_time": 0 if job.hold else epoch(job.submitted_at),
        "derived_exit_code": 0,
        "eligible_time": epoch(eligible(job)),
        "end_time": _end_time(job),
        "exit_code": job.status,
        "job_state": job.told_state,
        "last_sched_evaluation": epoch(job.started_at or job.submitted_at),
        "priority": 0 if job.hold else job.priority,
        "restart_cnt": job.restarts,
        "start_time": epoch(expected_start(job)),
        "state_reason": job.reason,
        "submit_time": epoch(job.submitted_at),
    }


def _resources(job: Job) -> Row:
    has_run = job.started_at is not None
    wanted = f"cpu={job.cpus},mem={job.request.memory_mb or 4000}M,node=1,billing={job.cpus}"
    row: Row = {
        "batch_host": NODE if has_run else "",
        "cpus": job.cpus,
        "node_count": 1,
        "nodes": NODE if has_run else "",
        "tres_req_str": wanted,
        "tres_alloc_str": f"cpu={job.cpus},node=1,billing={job.cpus}" if has_run else "",
        "billable_tres": float(job.cpus) if has_run else None,
        "flags": ["JOB_WAS_RUNNING"] if job.state is JobState.RUNNING else ["TRES_STR_CALC"] * has_run,
    }
    if has_run:
        row["job_resources"] = {
            "nodes": NODE,
            "allocated_cpus": job.cpus,
            "allocated_hosts": 1,
            "allocated_nodes": [
                {
                    "sockets": {"0": {"cores": {"0": "allocated"}}},
                    "nodename": NODE,
                    "cpus_used": 0,
                    "memory_used": 0,
                    "memory_allocated": job.request.memory_mb,
                }
            ],
        }
    return row


def eligible(job: Job) -> datetime | None:
    """From when on nothing but room was missing."""
    if job.restarts or job.request.begin:
        return job.ready_at
    return None if job.hold and job.started_at is None else job.submitted_at


def expected_start(job: Job) -> datetime | None:
    """When it began, or may begin at the earliest where that is known."""
    if job.started_at is not None or job.state is JobState.CANCELLED:
        return job.started_at or job.ended_at
    return job.ready_at if job.restarts or job.request.begin else None


def expected_end(job: Job) -> datetime | None:
    """When it ended, or has to end at the latest."""
    if job.ended_at is not None or job.started_at is None:
        return job.ended_at
    return job.limit_at or job.started_at + _ENDLESS


def _end_time(job: Job) -> int:
    # One that was put back into the queue ends at no time at all, which is told as a time (seen in 22.05.8).
    if job.restarts and job.state is JobState.PENDING:
        return epoch(job.ready_at) + _NO_TIME
    return epoch(expected_end(job))


UNSAID: Row = {
    "admin_comment": "",
    "association_id": 0,
    "batch_features": "",
    "batch_flag": True,
    "burst_buffer": "",
    "burst_buffer_state": "",
    "cluster": CLUSTER,
    "cluster_features": "",
    "container": "",
    "contiguous": False,
    "core_spec": None,
    "thread_spec": None,
    "cores_per_socket": None,
    "cpus_per_task": None,
    "cpu_frequency_minimum": None,
    "cpu_frequency_maximum": None,
    "cpu_frequency_governor": None,
    "cpus_per_tres": "",
    "deadline": 0,
    "delay_boot": 0,
    "excluded_nodes": "",
    "features": "",
    "federation_origin": "",
    "federation_siblings_active": "",
    "federation_siblings_viable": "",
    "gres_detail": [],
    "licenses": "",
    "max_cpus": 0,
    "max_nodes": 0,
    "mcs_label": "",
    "memory_per_tres": "",
    "nice": None,
    "tasks_per_core": None,
    "tasks_per_node": 0,
    "tasks_per_socket": None,
    "tasks_per_board": 0,
    "het_job_id": 0,
    "het_job_id_set": "",
    "het_job_offset": 0,
    "memory_per_cpu": None,
    "prefer": "",
    "minimum_cpus_per_node": 1,
    "minimum_tmp_disk_per_node": 0,
    "preempt_time": 0,
    "pre_sus_time": 0,
    "profile": None,
    "qos": "",
    "reboot": False,
    "required_nodes": "",
    "resize_time": 0,
    "resv_name": "",
    "shared": "shared",
    "show_flags": ["SHOW_ALL", "SHOW_DETAIL", "SHOW_LOCAL"],
    "sockets_per_board": 0,
    "sockets_per_node": None,
    "state_description": "",
    "standard_input": "/dev/null",
    "suspend_time": 0,
    "system_comment": "",
    "time_minimum": 0,
    "threads_per_core": None,
    "tres_bind": "",
    "tres_freq": "",
    "tres_per_job": "",
    "tres_per_node": "",
    "tres_per_socket": "",
    "tres_per_task": "",
    "wckey": "",
}
"""What is told of every job, and always the same here."""
