"""The words of the platform: states, types, error codes, and what no page tells and orgs do differently."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TASK_TYPES = ("DMASK", "DRS", "DSS", "MTT", "PCS")
"""The types that `/api/v2/task` lists."""

WORKFLOW = "WORKFLOW"
"""The type of a linear taskflow."""

TASKFLOW = "TASKFLOW"
"""The type of an advanced taskflow."""

INITIALIZED, RUNNING, STOPPING, COMPLETED, FAILED = (
    "INITIALIZED",
    "RUNNING",
    "STOPPING",
    "COMPLETED",
    "FAILED",
)
SUCCESS, SUSPENDED = "SUCCESS", "SUSPENDED"

ENDED_WELL, ENDED_WITH_ERRORS, ENDED_BADLY = 1, 2, 3
"""The values of `state` in the activity log."""

NO_ERRORS = "No errors encountered."
"""What `errorMsg` says of a good run."""

OVERLAP = "Cannot start the task. Another instance of the task is currently running."
"""What `errorMsg` says of a run that was asked for while another one was running."""

WRONG_VALUE = "APP_13401"
"""A parameter has a value that it can't have."""

WRONG_ID = "APP_13404"
"""An id is missing or is none of the kind."""

NO_SUCH_OBJECT = "APP_13436"
"""The org has no object with that id or name."""


class Family(StrEnum):
    """A part of the platform, with its own session header and shape of errors."""

    LOGIN = "login"
    V2_LOGIN = "v2 login"
    V2 = "v2"
    V3 = "v3"
    TASKFLOWS = "active-bpel"
    CODE_TASKS = "disnext"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ends."""

    state: int = ENDED_WELL
    """`state` of the activity log: 1, 2 or 3."""
    message: str = NO_ERRORS
    """`errorMsg`."""
    rows: int = 22
    """Rows that were read."""
    failed_rows: int = 0
    """Rows of these that the target did not take."""


SUCCEEDED = Outcome()
"""Everything went well."""


def failed(message: str) -> Outcome:
    """The run ended with an error.

    Args:
        message: What went wrong.
    """
    return Outcome(ENDED_BADLY, message, 0)


def warned(message: str, failed_rows: int = 22, rows: int = 22) -> Outcome:
    """The run ended, and some rows were not taken.

    Args:
        message: What went wrong.
        failed_rows: How many rows were not taken.
        rows: How many rows there were.
    """
    return Outcome(ENDED_WITH_ERRORS, message, rows, failed_rows)


@dataclass(slots=True)
class Behaviour:
    """What orgs and versions do differently, and what no page tells: each can be set either way."""

    pod_url: str = ""
    """The pod's address in the answers to logins; empty for the one that was asked."""
    login_refusal: int = 401
    """The status of a refused login: 400, 401 and 403 are all told of."""
    security_domain: str = ""
    """The security domain that the v2 login must name; empty for none."""
    locks_after: int = 0
    """Refused logins after which the account is locked; 0 for never."""
    idle_s: float = 1800.0
    """Seconds without a call after which a session ends."""
    has_jwt: bool = False
    """Whether sessions are tokens with an end of their own, as orgs can choose since November 2025."""
    jwt_s: float = 1800.0
    """Seconds that such a token lives."""
    restricts_task_ids: bool = True
    """Whether `taskId` runs tasks of the Default folder alone."""
    has_utc_times: bool = True
    """Whether times have their Utc twins, which the monitor lacked in 2021."""
    marks_stopped: bool = True
    """Whether the log has `isStopped`, which it lacked in 2021."""
    monitor_linger_s: float = 0.0
    """Seconds that a finished run stays in the monitor."""
    log_lag_s: float = 4.0
    """Seconds from the end of a run to its place in the log."""
    wraps_log: bool = False
    """Whether the log's rows come in an object, as one client expects."""
    zips_logs: bool = False
    """Whether the session log of a single task comes as an archive, too."""
    keeps_s: float = 3 * 86_400.0
    """Seconds that runs are remembered."""
    counts_page: bool = False
    """Whether `count` of a list of objects is that of the page."""
    first_taskflow_run: int = 12_563_559_375_421_153_280
    """Where the run ids of taskflows begin: beyond what 64 bits hold."""
    has_text_numbers: bool = True
    """Whether `duration` and `subtasks` of a taskflow's run are texts."""
    open_end: str | None = ""
    """`endTime` of a taskflow's run that goes on: clients met an empty text, null and the text `null`."""
    terminated_word: str = "TERMINATED"
    """The status of a terminated run of a taskflow."""
    warning_word: str = "WARNING"
    """The status of a taskflow's run that ended with warnings."""
    has_table_shape: bool = False
    """Whether a code task's status has the fields of the page's table, not those of its sample."""
    doubles_slash: bool = False
    """Whether `sessionLogUrl` of a code task has two slashes, as one of the samples has."""
    zips_code_logs: bool = False
    """Whether the log of a code task comes as an archive."""
    code_task_cancel_path: str = ""
    """Where code tasks are cancelled, with a name in braces for the job's id; empty for nowhere."""
    code_task_cancel_method: str = "POST"
    """How they are cancelled there."""
