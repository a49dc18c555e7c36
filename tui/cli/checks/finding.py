"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.cli.exit_codes import ExitCode, code_of

if TYPE_CHECKING:
    from tui.config.problems import Problem
    from tui.core.errors import NightdeckError


class Status(StrEnum):
    """How a check went."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    check: str
    """What was looked at."""
    status: Status
    """How it is."""
    found: str
    """What was seen, in one line."""
    hint: str = ""
    """What to do about it."""
    code: ExitCode = ExitCode.USAGE
    """What a failure of it means for the exit code."""


def finding_of_problem(check: str, problem: Problem) -> Finding:
    """A problem of the config as a finding."""
    status = Status.WARNING if problem.is_warning else Status.FAILED
    return Finding(check, status, str(problem), problem.hint)


def finding_of_error(check: str, error: NightdeckError) -> Finding:
    """A failure as a finding."""
    return Finding(check, Status.FAILED, error.message, error.hint, code_of(error))
