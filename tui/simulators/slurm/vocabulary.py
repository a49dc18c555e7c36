"""The words of Slurm: states, reasons, errors, and what differs from one installation to the next."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import StrEnum

CLUSTER = "demo"
"""The cluster's name."""

NODE = "node1"
"""The name of its one node."""

USER = "ops"
"""Who submits jobs."""

USER_ID = 1000
"""That user's number."""


class JobState(StrEnum):
    """The base states of a job that the stand-in plays."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    NODE_FAIL = "NODE_FAIL"
    PREEMPTED = "PREEMPTED"
    REQUEUED = "REQUEUED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    DEADLINE = "DEADLINE"
    BOOT_FAIL = "BOOT_FAIL"

    @property
    def is_final(self) -> bool:
        """Whether a job in this state has ended."""
        return self not in {JobState.PENDING, JobState.RUNNING, JobState.SUSPENDED}


COMPLETING = "COMPLETING"
"""The flag of a job that has ended but still cleans up."""

NO_REASON = "None"
"""The reason of a job that waits for nothing."""

HELD = "JobHeldUser"
"""The reason of a job that its user holds."""

HELD_BY_ADMIN = "JobHeldAdmin"
"""The reason of a job that an administrator holds."""

BEGIN_TIME = "BeginTime"
"""The reason of a job that may not begin yet."""

RESOURCES = "Resources"
"""The reason of the job that is next when something becomes free."""

PRIORITY = "Priority"
"""The reason of jobs behind that one."""

DEPENDENCY = "Dependency"
"""The reason of a job that waits for another."""

NOT_LAUNCHED = "JobLaunchFailure"
"""The reason of a job whose log or folder cannot be used, and of one whose script a signal killed."""

OVER_LIMIT = "PartitionTimeLimit"
"""The reason of a job that wants more time than its partition gives: it never begins."""

OVER_SIZE = "PartitionConfig"
"""The reason of a job that is larger than its partition: it never begins."""

ARRAY_LIMIT = "JobArrayTaskLimit"
"""The reason of the rest of an array of which enough elements run."""

NEVER = frozenset({OVER_LIMIT, OVER_SIZE})
"""Reasons that no time heals."""

REASONS_OF_ENDS = {
    JobState.FAILED: "NonZeroExitCode",
    JobState.TIMEOUT: "TimeLimit",
    JobState.OUT_OF_MEMORY: "OutOfMemory",
    JobState.NODE_FAIL: "NodeDown",
}
"""The reasons of jobs that ended badly; the others have none."""

LOST_OUTPUT = 4021
"""What stands in the place of a wait status when a job could not be launched (seen in 22.05.8)."""

SIGKILL, SIGTERM = int(signal.SIGKILL), int(signal.SIGTERM)


class Fault(StrEnum):
    """What is said to a request that is refused."""

    UNSPECIFIED = "Unspecified error"
    UNEXPECTED = "Unexpected message received"
    PARTITION = "Invalid partition name specified"
    DENIED = "Access/permission denied"
    SCRIPT = "Job script not specified"
    JOB_ID = "Invalid job id specified"
    DONE = "Job/step already completing or completed"
    PENDING = "Job is pending execution"
    DISABLED = "Requested operation is presently disabled"
    HELD = "Job is in held state, pending scheduler release"
    ARRAY = "Invalid job array specification"
    FINISHED = "Job has already finished"
    ENVIRONMENT = "environment must be set"
    NO_BYTES = "Zero Bytes were transmitted or received"
    ACCOUNTING = "Slurm accounting storage is disabled"
    QUERY = "Query parameters are invalid"
    PARSING = "Failure during parsing"
    DESCRIPTION = "Jobs description entry not found, empty or not dictionary or list"


NUMBERS = {
    Fault.UNSPECIFIED: -1,
    Fault.UNEXPECTED: 1000,
    Fault.PARTITION: 2000,
    Fault.DENIED: 2002,
    Fault.SCRIPT: 2009,
    Fault.JOB_ID: 2017,
    Fault.DONE: 2021,
    Fault.PENDING: 2024,
    Fault.DISABLED: 2037,
    Fault.HELD: 2042,
    Fault.ARRAY: 2081,
    Fault.FINISHED: 2084,
    Fault.ENVIRONMENT: 2127,
    Fault.NO_BYTES: 5005,
    Fault.ACCOUNTING: 7002,
    Fault.QUERY: 9000,
    Fault.PARSING: 9001,
    Fault.DESCRIPTION: 9002,
}
"""The numbers of these errors (in 22.05)."""


@dataclass(eq=False)
class Refused(Exception):
    """The controller refuses a request."""

    fault: Fault

    @property
    def number(self) -> int:
        """The number of the error."""
        return NUMBERS[self.fault]


@dataclass
class Behaviour:
    """What an installation does; made for Slurm 22.05 by default."""

    release: tuple[int, int, int] = (22, 5, 8)
    """Its version: major, minor, micro."""
    apis: tuple[str, ...] = ("v0.0.37", "v0.0.38")
    """The versions of its REST interface, oldest first."""
    has_history: bool = True
    """Whether finished jobs are kept in the accounting storage."""
    start_lag_s: float = 0.5
    """Seconds from a submission to the start, when there is room."""
    end_lag_s: float = 0.0
    """Seconds for which a job that has ended is still completing."""
    kill_lag_s: float = 0.1
    """Seconds that a running job takes to end once it is told to."""
    requeue_wait_s: float = 6.0
    """Seconds that a requeued job waits before it may begin again: `cred_expire` and one, mostly 121."""
    min_age_s: float = 3600.0
    """Seconds after which the controller forgets a job that has ended."""

    @property
    def is_new(self) -> bool:
        """Whether values come in the newer forms: lists of states, numbers that say whether they are set."""
        return self.release >= (23, 11, 0)


def newer(**changes: object) -> Behaviour:
    """An installation of Slurm 23.11, with the newer forms.

    Args:
        **changes: What else is different; the names are those of `Behaviour`.
    """
    values: dict[str, object] = {"release": (23, 11, 4), "apis": ("v0.0.39", "v0.0.40"), **changes}
    return Behaviour(**values)  # type: ignore[arg-type]
