"""The exit codes of every command. Other programs rely on them: their meaning never changes."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused, NotFound, OutcomeUnknown, SystemUnavailable

if TYPE_CHECKING:
    from tui.core.errors import NightdeckError


class ExitCode(IntEnum):
    """What a command's end means."""

    DONE = 0
    JOB_FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_FOUND = 4
    REFUSED = 5
    OUTCOME_UNKNOWN = 6
    CANCELLED = 7
    TIMED_OUT = 124
    INTERRUPTED = 130


def code_of(error: NightdeckError) -> ExitCode:
    """The exit code that tells of an error."""
    for kind, code in (
        (SystemUnavailable, ExitCode.UNREACHABLE),
        (NotFound, ExitCode.NOT_FOUND),
        (ActionRefused, ExitCode.REFUSED),
        (OutcomeUnknown, ExitCode.OUTCOME_UNKNOWN),
    ):
        if isinstance(error, kind):
            return code
    return ExitCode.USAGE
