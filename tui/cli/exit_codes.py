"""The exit codes of every command. Other programs rely on them: their meaning never changes."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused, NotFound, OutcomeUnknown, SystemUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    BROKEN_PIPE = 141


SIGNALLED = 128
"""Added to the number of the signal that ended a command, as shells do."""

EXPLAINED = """exit codes:
  0 done, succeeded         1 the job failed           2 usage or configuration error
  3 a system can't be used  4 no such job, run, …      5 refused, not confirmed
  6 sent, outcome unknown   7 the job was cancelled    124 timed out"""
"""The end of the help of commands whose exit code tells how a job ended."""


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


def code_of_failures(errors: Iterable[NightdeckError]) -> ExitCode:
    """What failing connections mean together: a system that can't be used comes before a wrong config."""
    codes = {code_of(error) for error in errors}
    if not codes:
        return ExitCode.DONE
    return ExitCode.UNREACHABLE if ExitCode.UNREACHABLE in codes else max(codes)
