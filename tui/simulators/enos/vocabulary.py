"""The words of the batch processing service: statuses, error codes, and what no page tells for certain."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Status(IntEnum):
    """How a flow instance or a task instance stands: the documented FlowInstanceStatus, complete."""

    FAIL = -1
    INIT = 0
    SUCCESS = 1
    RUNNING = 2
    SUSPEND = 3
    INTERNAL_ERROR = 4
    WAIT = 5
    READY = 6
    TIMEOUT = 7
    CANCEL = 8
    RERUN = 9
    SKIP = 10


NONE = "NONE"
"""The text of a node in a graph that has not been reached."""


class ServiceCode(IntEnum):
    """The `code` of an answer of the service itself."""

    OK = 0
    WRONG_USER = 62101
    WRONG_PARAMETER = 62102
    NO_PRIVILEGE = 62103
    NO_TASK = 62104
    INTERNAL = 62109


class GatewayCode(IntEnum):
    """The `status` of an answer of the gateway and its token service."""

    REUSED_ENCRYPTION = 1001
    UNKNOWN_KEY = 1002
    WRONG_ENCRYPTION = 1003
    WRONG_PARAMETER = 1004
    EMPTY_PARAMETER = 1202
    TOKEN_EXPIRED = 1203
    REFRESH_FAILED = 1204
    NO_TOKEN = 401
    WRONG_SIGNATURE = 497


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an instance comes to when it has run."""

    status: int = Status.SUCCESS
    """Its status then; numbers that no page lists are allowed."""
    message: str = ""
    """What the log of the task that tells says."""
    task: int = -1
    """Which task tells, counted from 0; -1 for the last."""
    ends: bool = True
    """Whether it is over then: it has an end time, and the next instance may run."""
    text: str = ""
    """The status as text, where it isn't the documented one."""

    @property
    def is_good(self) -> bool:
        """Whether every task came to its end."""
        return self.status == Status.SUCCESS


SUCCEEDED = Outcome()
"""Every task ended well."""


def failed(message: str, status: int = Status.FAIL, task: int = -1) -> Outcome:
    """One task ended badly, and those after it did not run.

    Args:
        message: What went wrong, for its log.
        status: How it and its flow stand then.
        task: Which one, counted from 0; -1 for the last.
    """
    return Outcome(status, message, task)


def text_of(status: int) -> str:
    """The text of a status; the number itself when it is none of the documented ones."""
    return Status(status).name if status in _DOCUMENTED else str(status)


_DOCUMENTED = frozenset(int(status) for status in Status)


@dataclass(slots=True)
class Behaviour:
    """What versions do differently, what the pages contradict, and what no page tells: each either way."""

    path: str = "/batch-processing-service/v2.1"
    """Where the service lives; the older one is `/dataflow-batch-service/v2.0`."""
    envelope: str = "code"
    """The member that says whether a call succeeded: `code`, or `status` as in v2.0."""
    first_page: int = 1
    """The number of the first page; 0 in v2.0."""
    flow_filter: str = "expression"
    """The parameter that filters `getMyFlow`; `searchValue` in v2.0. Any other is ignored."""
    ids: str = "documented"
    """How flow and task ids are written: `documented` (either, by operation), `text` or `number`."""
    count: str = "total"
    """What the `count` of a search counts: the `total` or the `page`."""
    wraps_flows: bool = False
    """Whether a search of flows answers `{count, flows}` instead of an array."""
    lists_task_instance: bool = False
    """Whether `data` of a task instance is a list of one, as its type says and its sample doesn't."""
    breaks_run_mode: bool = False
    """Whether `runMode` is a text that is no JSON."""
    starts_in_utc: bool = False
    """Whether start and end are written in UTC while the trigger time is in the server's zone."""
    tells_graph_in_lists: bool = False
    """Whether the graph in a list is spelled as in `get` and has statuses."""
    asked_type: int | None = None
    """The scheduling type of instances that requests made; None for the flow's own."""
    default_page_size: int = 10
    """Rows when nobody asks for pages."""
    largest_page: int | None = None
    """Rows of a page at most, however many are asked for; None for no limit."""
    idle_cancel_code: int = ServiceCode.OK
    """What cancelling an instance answers that has ended."""
    refusal_http: int = 200
    """The HTTP status with which the gateway refuses a token or a signature: 200, 401 or another."""
    refusal_key: str = "status"
    """The member of such an answer that holds the number: `status` or `code`."""
    skew_tolerance_s: float | None = 900.0
    """By how much the time of a signature may be off; None for as much as it likes."""
    token_life_s: int = 7200
    """Seconds that a token is good for."""
    refresh_renews: bool = True
    """Whether a refresh gives another token and ends the old one; else that only lives longer."""
    misspells_status: bool = False
    """Whether the token service says `stauts`, as in its sample."""
    rewrites_log_head: bool = False
    """Whether the head of a log tells the time of reading, so that no two readings begin alike."""
    log_keeps: str = "tail"
    """Which part of a log is kept that is longer than asked for: `head`, `tail` or `all`."""
    counts_log_bytes: bool = False
    """Whether the length of a log is counted in bytes instead of characters."""
    longest_log: int | None = None
    """The length of a log at most, whatever is asked for; None for no limit."""
