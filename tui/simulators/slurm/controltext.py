"""What `scontrol show` prints."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tui.simulators.slurm.console import long_clock_text
from tui.simulators.slurm.joblog import error_path, log_path
from tui.simulators.slurm.meta import release_of
from tui.simulators.slurm.rows import eligible, expected_end, expected_start, user_id
from tui.simulators.slurm.vocabulary import CLUSTER, NODE, Fault, JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.simulators.slurm.cluster import Cluster, Partition
    from tui.simulators.slurm.console import Console, Typed
    from tui.simulators.slurm.job import Job


def job_text(console: Console, typed: Typed, job: Job) -> str:
    """What `scontrol show job` prints of one job."""
    request = job.request
    array = ""
    if job.array_id:
        number = job.element if job.element is not None else job.waiting_text
        throttle = f" ArrayTaskThrottle={request.at_once}" if request.at_once else ""
        array = f" ArrayJobId={job.array_id} ArrayTaskId={number}{throttle}"
    lines = [
        f"JobId={job.id}{array} JobName={request.name}",
        f"UserId={_owner(request.user)} GroupId={_owner(request.user)} MCS_label=N/A",
        f"Priority={0 if job.hold else job.priority} Nice=0 Account={request.account or '(null)'} QOS=(null)",
        f"JobState={job.told_state} Reason={job.reason} Dependency={request.dependency or '(null)'}",
        (
            f"Requeue={int(request.can_requeue)} Restarts={job.restarts} BatchFlag=1 Reboot=0 "
            f"ExitCode={job.status >> 8}:{job.status & 0x7F}"
        ),
        *_time_lines(console, typed, job),
        f"Partition={job.partition} AllocNode:Sid=localhost:7075",
        "ReqNodeList=(null) ExcNodeList=(null)",
        f"NodeList={NODE if job.started_at else ''}",
        *([f"BatchHost={NODE}"] if job.started_at else []),
        f"NumNodes=1 NumCPUs={job.cpus} NumTasks={request.tasks} CPUs/Task={request.cpus} ReqB:S:C:T=0:0:*:*",
        f"TRES=cpu={job.cpus},node=1,billing={job.cpus}",
        "Socks/Node=* NtasksPerN:B:S:C=0:0:*:* CoreSpec=*",
        (
            f"MinCPUsNode=1 MinMemoryNode={request.memory_mb or 0}{'M' if request.memory_mb else ''} "
            "MinTmpDiskNode=0"
        ),
        "Features=(null) DelayBoot=00:00:00",
        "OverSubscribe=YES Contiguous=0 Licenses=(null) Network=(null)",
        f"Command={request.command or '(null)'}",
        f"WorkDir={request.folder}",
        *([f"Comment={request.comment} "] if request.comment else []),
        f"StdErr={error_path(job)}",
        "StdIn=/dev/null",
        f"StdOut={log_path(job)}",
        "Power=",
        "",
    ]
    return "\n   ".join(lines) + "\n\n"


def _owner(name: str) -> str:
    return f"{name}({user_id(name)})"


def _time_lines(console: Console, typed: Typed, job: Job) -> Sequence[str]:
    def told(moment: object) -> str:
        return console.stamp(moment, typed)  # type: ignore[arg-type]

    lived_s = 0.0
    if job.started_at is not None:
        lived_s = ((job.ended_at or console.cluster.now()) - job.started_at).total_seconds()
    limit = "UNLIMITED" if job.time_limit_min is None else long_clock_text(job.time_limit_min * 60)
    return (
        f"RunTime={long_clock_text(lived_s)} TimeLimit={limit} TimeMin=N/A",
        f"SubmitTime={told(job.submitted_at)} EligibleTime={told(eligible(job))}",
        f"AccrueTime={told(eligible(job))}",
        f"StartTime={told(expected_start(job))} EndTime={told(expected_end(job))} Deadline=N/A",
        (
            f"SuspendTime=None SecsPreSuspend=0 LastSchedEval={told(job.started_at or job.submitted_at)} "
            "Scheduler=Main"
        ),
    )


def steps_text(console: Console, typed: Typed, job: Job) -> str:
    """What `scontrol show step` prints of a job that runs."""
    if job.state is not JobState.RUNNING:
        return f"slurm_get_job_steps error: {Fault.JOB_ID}\n"
    names = ["batch", *job.plan.steps]
    begun = console.stamp(job.started_at, typed)
    parts = [
        f"StepId={job.label}.{'batch' if at == 0 else at - 1} UserId={user_id(job.request.user)} "
        f"StartTime={begun} TimeLimit=UNLIMITED\n   State=RUNNING Partition={job.partition} NodeList={NODE}\n"
        f"   Nodes=1 CPUs={min(at, 1)} Tasks=1 Name={name} Network=(null)\n"
        for at, name in enumerate(names)
    ]
    return "\n".join(parts) + "\n"


def partition_text(cluster: Cluster, names: Sequence[str]) -> str:
    """What `scontrol show partition` prints."""
    return "".join(
        _partition(part) for part in cluster.partitions.values() if not names or part.name in names
    )


def _partition(part: Partition) -> str:
    limit = "UNLIMITED" if part.limit_min is None else long_clock_text(part.limit_min * 60)
    lines = [
        f"PartitionName={part.name}",
        "AllowGroups=ALL AllowAccounts=ALL AllowQos=ALL",
        f"AllocNodes=ALL Default={'YES' if part.is_default else 'NO'} QoS=N/A",
        f"MaxNodes=UNLIMITED MaxTime={limit} MinNodes=0 LLN=NO MaxCPUsPerNode=UNLIMITED",
        f"Nodes={NODE}",
        f"State={'UP' if part.is_up else 'DOWN'} TotalCPUs={part.cpus} TotalNodes=1",
    ]
    return "\n   ".join(lines) + "\n\n"


def config_text(console: Console, typed: Typed) -> str:
    """What `scontrol show config` prints, as far as anybody reads it."""
    cluster = console.cluster
    behaviour = cluster.behaviour
    kept = "accounting_storage/slurmdbd" if behaviour.has_history else "accounting_storage/none"
    keys = {
        "AccountingStorageEnforce": "none",
        "AccountingStorageHost": "localhost",
        "AccountingStorageType": kept,
        "BOOT_TIME": console.stamp(cluster.boot_at, typed),
        "ClusterName": CLUSTER,
        "KillWait": f"{timedelta(seconds=5).seconds} sec",
        "MinJobAge": f"{behaviour.min_age_s:.0f} sec",
        "SLURM_VERSION": release_of(behaviour),
    }
    lines = [f"{key:<23} = {value}" for key, value in keys.items()]
    head = f"Configuration data as of {console.stamp(cluster.now(), typed)}"
    return "\n".join([head, *lines, "", f"Slurmctld(primary) at {NODE} is UP", ""])
