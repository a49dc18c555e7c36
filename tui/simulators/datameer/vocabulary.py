"""The words of the server: kinds, statuses, outcomes, and what versions of the product do differently."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

QUEUED = "QUEUED"
WAITING = "WAITING_FOR_OTHER_JOB"
RUNNING = "RUNNING"
COMPLETED = "COMPLETED"
COMPLETED_WITH_WARNINGS = "COMPLETED_WITH_WARNINGS"
ERROR = "ERROR"
CANCELED = "CANCELED"
NONE = "_NONE"

NO_SUCH_FILE = "File doesn't exist or isn't accessible with current permissions"
"""What V2 says of a file that isn't there, word for word."""


class Kind(StrEnum):
    """What a job is; the value is its word in the paths of V1."""

    IMPORT = "import-job"
    WORKBOOK = "workbook"
    EXPORT = "export-job"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ends."""

    word: str = COMPLETED
    """Its status afterwards, as V2 spells it."""
    message: str = ""
    """What the log says at its end."""
    dropped: int = 0
    """Records that were dropped."""
    counters: Mapping[str, int] = field(default_factory=dict)
    """Counters with exactly these values, in the place of those that its records give."""


SUCCEEDED = Outcome()
"""Every record was taken."""


def failed(message: str) -> Outcome:
    """The run ended with errors.

    Args:
        message: What went wrong, for the log.
    """
    return Outcome(ERROR, message)


def warned(dropped: int, message: str) -> Outcome:
    """The run ended without some of its records.

    Args:
        dropped: How many.
        message: Why, for the log.
    """
    return Outcome(COMPLETED_WITH_WARNINGS, message, dropped)


@dataclass(slots=True)
class Behaviour:
    """What versions do differently, and what no page tells: each can be set either way."""

    has_v2: bool = True
    """Whether there is anything below `/api`; older versions know V1 alone."""
    reads_workbooks: bool = True
    """Whether V1 still reads one workbook; announced for removal before 8.0."""
    list_fields: tuple[str, ...] = ("id", "name", "description", "path")
    """What a row of the V1 lists holds: some of `id name description path uuid file`."""
    export_list: str = "export-job"
    """The word under which export jobs are listed; `export-jobs` in one client."""
    running_configuration_key: str = ""
    """The key under which a row of the active jobs holds its configuration-id; empty when it doesn't."""
    warning_word: str = "COMPLETED_WITH_Warnings"
    """How V1 spells that a run ended with warnings."""
    cancel_word: str = CANCELED
    """How a cancelled run is spelt."""
    has_narrow_space: bool = False
    """Whether U+202F stands before AM and PM, as newer Java runtimes write it."""
    has_minutes_in_estimates: bool = False
    """Whether an estimate of more than a minute is written in minutes and seconds."""
    lag_s: float = 1.0
    """Seconds after a trigger in which everything still tells of the run before."""
    tells_execution_id: bool = True
    """Whether the answer of a trigger holds the new job-execution-id."""
    queues_when_busy: bool = True
    """Whether a trigger of a job that runs makes a run that waits its turn, instead of being refused."""
    stop_code: int = 200
    """The code of an accepted stop, which has no body: 200 or 204."""
    stops_by_configuration: bool = False
    """Whether `job-kill` takes a configuration-id; no page says which id it means."""
    refuses_idle_stop: bool = False
    """Whether stopping a run that has ended is a failure."""
    has_empty_delete: bool = False
    """Whether a deletion is answered by 204 and nothing, instead of a status."""
    failure_code: int = 404
    """The code of failures: 200 or 404."""
    failure_key: str = "reason"
    """Where V1 tells what failed: `reason`, `error` or `message`."""
    hides_missing: bool = False
    """Whether V1 tells of a job that isn't there what it tells of one that never ran."""
    counts_errors: bool = False
    """Whether a run that failed has counters."""
    needs_session: bool = True
    """Whether the pages of the user interface want the cookie of `/browser`; Basic is enough otherwise."""
    login_code: int = 200
    """What is answered without a session: 200 with the login page, or 302 to it."""
    log_is_page: bool = False
    """Whether the log of a run comes as a web page."""
    is_admin: bool = True
    """Whether the user may read the log of the application."""
