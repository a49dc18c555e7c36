"""The words of the ETL backend: statuses, exit codes, and what the vendor's pages leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNING = "RUNNING"
SERVICE_ON = "SERVICE_ON"
SERVICE_OFF = "SERVICE_OFF"
WAITING = "WAITING"
ENDED = "ENDED"
ABORTED = "ABORTED"

OK = "OK"
WARNING = "WARNING"
ERROR = "ERROR"

NO_REQUEST = -1
"""The `task_execution_request_id` of a service, and of a request that was refused."""


class NeverRun(StrEnum):
    """How the status looks of an ETL that never ran and isn't scheduled: the page says "no value"."""

    NULL = "null"
    """`status` is null."""
    MISSING = "missing"
    """There is no `status`."""
    EMPTY = "empty"
    """`status` is an empty text."""
    NO_CONTENT = "204"
    """Code 204 and no body at all, as the page's table of codes has it."""


class ErrorBody(StrEnum):
    """What stands in the body of an error: no page shows one."""

    JSON = "json"
    TEXT = "text"
    HTML = "html"
    EMPTY = "empty"


@dataclass(slots=True)
class Behaviour:
    """What no page tells, or only a client's code: each can be set either way."""

    lag_s: float = 2.0
    """Seconds from an accepted request to the change of the status."""
    never_run: NeverRun = NeverRun.NULL
    """How the status of an ETL that never ran looks, unless the ETL says otherwise."""
    last_exec_is_end: bool = False
    """Whether `last_exec_ts` is the end of the last execution instead of its start."""
    exit_words: Mapping[str, str] = field(default_factory=dict)
    """What is written instead of OK, WARNING and ERROR: the console says FAILED."""
    aborted_exit: str = ERROR
    """`exit_code` of an aborted run; empty when it has none."""
    writes_nulls: bool = False
    """Whether a member without a value is null instead of left out."""
    service_has_last_exec: bool = False
    """Whether the status of a service tells since when it runs."""
    api_errors: ErrorBody = ErrorBody.JSON
    """The body of an error of the backend."""
    login_errors: ErrorBody = ErrorBody.JSON
    """The body of an error of the login."""
    login_refusal: int = 401
    """The code of a login with a wrong key."""
    kill_path: str = ""
    """Last part of the path of `kill`; empty when there is none, as no page shows it."""
    stop_has_body: bool = True
    """Whether `stop` answers like `run`; with 204 and no body otherwise."""
    stop_unschedules: bool = False
    """Whether `stop` takes a waiting ETL off its schedule, instead of refusing."""
    demands_body: bool = False
    """Whether `run` and `schedule` must have a body, be it an empty object."""
    demands_content_type: bool = False
    """Whether every call must have a `Content-Type`, as the page shows it even for GET."""
    host: str = ""
    """The only host that serves the backend; empty for any."""
    portal_host: str = ""
    """The only host that serves the login; empty for any."""
    portal_path: str = ""
    """What the paths of the login begin with."""
