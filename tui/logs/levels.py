"""How serious a log line is, by the words that most programs use."""

from __future__ import annotations

import re
from enum import StrEnum


class Level(StrEnum):
    """The levels that lines are coloured by."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"


_ERROR = re.compile(
    r"\b(?:ERROR|FATAL|SEVERE|CRITICAL|PANIC)\b"
    r"|^\s*(?:Traceback \(most recent call last\)|panic:|fatal:|error:)"
    r"|\b(?:[A-Za-z_$][\w.$]*)(?:Exception|Error)(?::|$)|\bORA-\d{4,5}\b|\bSQLSTATE\b|\bCaused by:"
)
_WARNING = re.compile(r"\bWARN(?:ING)?\b|^\s*warning:", re.IGNORECASE)
_DEBUG = re.compile(r"\b(?:DEBUG|TRACE|FINE|FINER|FINEST)\b|^\s+at [\w.$]+\(|^\s+File \"")
_INFO = re.compile(r"\b(?:INFO|NOTICE)\b")


def level_of(line: str) -> Level | None:
    """The level of a line, or None when it tells none."""
    if _ERROR.search(line):
        return Level.ERROR
    if _WARNING.search(line):
        return Level.WARNING
    if _DEBUG.search(line):
        return Level.DEBUG
    return Level.INFO if _INFO.search(line) else None


ERROR_LINE = _ERROR
"""Matches a line that tells of an error."""


TIMESTAMP = re.compile(
    r"\s*\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?\]?\s*"
)
"""Matches the date and time at the beginning of a line, as most programs write it."""
