"""The words of the MetaServlet: return codes, statuses, and what versions of the product do differently."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class ReturnCode(IntEnum):
    """The outcome of a call; it says nothing of the job."""

    SUCCESS = 0
    UNKNOWN_ERROR = 1
    INVALID_REQUEST = 2
    AUTHENTICATION = 3
    LICENCE = 4
    INVALID_PARAMETER = 5
    FORMATTING = 6
    NO_RIGHT = 7
    LAUNCH_FAILED = 30
    INTERRUPTED = 31
    NO_RIGHT_TO_RUN = 32
    NO_SUCH_MODE = 33
    NO_SUCH_NAME = 79
    DEPLOY_FAILED = 170
    LOG_UNREADABLE = 220
    ILLEGAL_RANGE = 225
    ILLEGAL_DATE = 226
    TASK_IS_PROCESSING = 230


READY = "READY_TO_RUN"
READY_TO_DEPLOY = "READY_TO_SEND"
REQUESTING_RUN = "REQUESTING_RUN"
RUNNING = "RUNNING"
REQUESTING_STOP = "REQUESTING_STOP"
NO_ERROR = "NO_ERROR"
NO_TRIGGER = "NO_TRIGGER"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ends, in the words of the execution and of the task."""

    basic: str = "OK"
    """`execBasicStatus`."""
    detailed: str = "ENDED_OK"
    """`execDetailedStatus`."""
    label: str = "Ok"
    """`execDetailedStatusLabel`."""
    error_status: str = NO_ERROR
    """`errorStatus` of the task afterwards."""
    exit_code: int = 0
    """`jobExitCode`."""
    message: str = ""
    """What the job's log says went wrong; empty for a good run."""


SUCCEEDED = Outcome()
"""The job ended with exit code 0."""


def failed(message: str, exit_code: int = 1) -> Outcome:
    """The job ended with errors.

    Args:
        message: What went wrong, for its log.
        exit_code: How its process ended.
    """
    return Outcome("ERROR", "JOB_ERROR", "Job ended with error(s)", "JOB_ERROR", exit_code, message)


def killed(word: str) -> Outcome:
    """The job was stopped.

    Args:
        word: What the product calls it; no page lists the name.
    """
    return Outcome("ERROR", word, "Job killed", word, 143, "killed by an operator")


@dataclass(slots=True)
class Behaviour:
    """What versions do differently, and what no page tells: each can be set either way."""

    version: tuple[int, int] = (8, 0)
    """Which product it is: commands, parameters and keys depend on it."""
    lacking: frozenset[str] = frozenset()
    """Commands that this installation doesn't have, though its version would."""
    is_licensed: bool = True
    """Whether the licence is valid; return code 4 otherwise."""
    has_esb_licence: bool = False
    """Whether ESB tasks may be listed."""
    list_key: str = "result"
    """The key of the tasks in `listTasks`: `result` or `root`."""
    encoding: str = "utf-8"
    """How bodies are encoded; `latin-1` makes some of them invalid UTF-8."""
    has_plain_errors: bool = False
    """Whether errors are a text that starts with ERROR instead of JSON, as in old versions."""
    has_plain_help: bool = False
    """Whether `help` answers with bare text."""
    decodes_percent: bool = True
    """Whether `%3D` in the query is understood as a pad sign."""
    omits_id_when_busy: bool = False
    """Whether `runTask` on a busy task answers code 0 without an id, instead of refusing."""
    tells_exit_codes: bool = True
    """Whether a finished execution has a `jobExitCode`."""
    keeps_error_while_running: bool = False
    """Whether `errorStatus` still tells of the last run while a new one runs."""
    traces_errors: bool = True
    """Whether `lastTaskTraceError` tells what went wrong."""
    shows_running_logs: bool = True
    """Whether the log of a run that goes on is readable."""
    line_end: str = "\n"
    """What ends a line in `taskLog`: some answers hold an escaped `\\n`, some a blank."""
    idle_stop_code: int = 0
    """What `stopTask` answers when nothing runs."""
    killed_word: str = "KILLED"
    """The status of a killed execution."""
    active_triggers_word: str = "ALL_TRIGGERS_ACTIVE"
    """`triggersStatus` of a task whose triggers fire."""
    paused_triggers_word: str = "ALL_TRIGGERS_PAUSED"
    """`triggersStatus` of a task whose triggers are paused."""
    success_banner: str = "ENDED SUCCESSFULLY"
    """What the log's last line says after a good run."""
    failure_banner: str = "ENDED WITH ERROR"
    """What it says after a bad run."""
    kill_banner: str = "ENDED ABNORMALLY"
    """What it says after a killed run; empty when a killed run writes no last line."""
    longest_url: int = 8192
    """Bytes of path and query from which on the web server refuses."""
