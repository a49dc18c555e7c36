"""Why jobs fail: messages reduced to what they have in common, so that one fault of many is seen as one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from tui.core.state import ACTIVE, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tui.core.keys import JobKey
    from tui.core.models import Job

TROUBLE = frozenset({State.FAILED, State.WARNING})
"""The outcomes that have a cause."""

_LONGEST = 400
"""Characters of a message that are looked at: what differs behind them is no other cause."""

_LONGEST_CAUSE = 160
_VARIABLE = "*"
_NUMBER = "#"

_QUOTES = re.compile(r"\"[^\"]*\"|`[^`]*`|(?<![A-Za-z0-9])'[^']*'|«[^»]*»|“[^”]*”")
_ADDRESSES = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s,;)\]]+")
_TIMES = re.compile(
    r"\b\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T ]+\d\d?:\d\d(?::\d\d)?(?:[.,]\d+)?)?(?:Z\b|[+-]\d\d:?\d\d\b)?"
    r"|\b\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?\b"
)
_PATHS = re.compile(r"(?<![\w/\\])(?:[A-Za-z]:\\|\\\\|\.{0,2}/)[^\s:,;()\[\]]+")
_HEX = re.compile(
    r"\b(?:0[xX][0-9A-Fa-f]+|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|(?=[0-9A-Fa-f]{0,31}\d)(?=[0-9A-Fa-f]{0,31}[A-Fa-f])[0-9A-Fa-f]{8,})\b"
)
_CODES_AND_NUMBERS = re.compile(
    r"(?P<code>\b[A-Z][A-Z0-9]{1,11}[-_]\d{2,6}\b(?=:)"
    r"|\b(?:[Ee]xit code|[Ee]rror code|[Ss]tatus(?: code)?|[Ee]rrno|[Ss]ignal|HTTP(?:/\d\.\d)?|SQLSTATE)"
    r"[ :=]+\d{1,5}\b)"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
)
_BLANKS = re.compile(r"\s+")


@lru_cache(maxsize=8192)
def cause_of(message: str) -> str:
    """The message without what differs from run to run: times, ids, numbers, paths, addresses, quoted texts.

    The codes by which faults are known stay, such as `ORA-12541:`, `HTTP 503` and `exit code 137`. A number
    reads `#` in it, everything else that was left out `*`.
    """
    text = message[:_LONGEST]
    for pattern in (_QUOTES, _ADDRESSES, _TIMES, _PATHS, _HEX):
        text = pattern.sub(_VARIABLE, text)
    text = _CODES_AND_NUMBERS.sub(lambda found: found["code"] or _NUMBER, text)
    return _BLANKS.sub(" ", text).strip()[:_LONGEST_CAUSE]


def is_troubled(job: Job) -> bool:
    """Whether the job failed or warned and nothing has succeeded since, also while it rests."""
    return job.state in TROUBLE or (
        job.last_result in TROUBLE and not job.state.is_final and job.state not in ACTIVE
    )


class Causes:
    """The cause of each job in trouble. What was told stays told until the job is named as changed."""

    def __init__(self, first_error: Callable[[JobKey], str] | None = None) -> None:
        """Know no job yet.

        Args:
            first_error: The first error in the log of a job's newest run; empty where it isn't known.
        """
        self._first_error = first_error
        self._kept: dict[JobKey, str] = {}

    def of(self, job: Job) -> str:
        """Why the job is in trouble; empty when it isn't."""
        if not is_troubled(job):
            return ""
        key = job.key
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._find(key, job)
        return kept

    def forget(self, keys: Iterable[JobKey]) -> None:
        """Find the causes of these jobs anew when they are asked for."""
        for key in keys:
            self._kept.pop(key, None)

    def _find(self, key: JobKey, job: Job) -> str:
        told = self._first_error(key) if self._first_error is not None else ""
        cause = cause_of(told or job.message)
        if cause:
            return cause
        if job.exit_code:
            return f"exit code {job.exit_code}"
        trouble = job.state if job.state in TROUBLE else State(job.last_result or State.FAILED)
        return f"{trouble.value} without a message"
