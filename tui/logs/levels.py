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


# Each alternative begins with a letter, and what has to stand before that is asked for afterwards: so the
# regular expression engine skips from one such letter to the next, and long logs are searched twice as fast.
_NOT_ZERO = r"(?! ?[=:] ?\"?0\b)"
_LEVELS = "|".join(
    rf"{word}(?<!\w{word})\b{_NOT_ZERO}" for word in ("ERROR", "FATAL", "SEVERE", "CRITICAL", "PANIC")
)
_CODES = (
    r"ORA-\d{4,5}\b|TNS-\d{4,5}\b|SQLSTATE\b|SQL\*Loader-[3-9]\d\d\b|Msg \d+, Level (?:1[1-9]|2\d)\b"
    r"|BCO_ETL_FAIL"
)
_SHELL = (
    r"command not found|unbound variable|No such file or directory|Permission denied|No space left on device"
    r"|Disk quota exceeded|Argument list too long|Segmentation fault|Killed(?<=\d Killed)|Out of memory"
    r"|oom_kill|Cannot allocate memory|beyond physical memory"
)
_NETWORK = (
    r"Connection refused|connection refused|Connection reset|connection reset|Connection timed out"
    r"|Could not resolve host|No route to host|Network is unreachable|Host key verification failed"
)

ERROR_LINE = re.compile(
    rf"{_LEVELS}|ERR[\]!](?<!\wERR.)|Traceback \(most recent call last\)"
    r"|Exception(?: \(\w+\)| \[\w+\])?(?::|$)|Error(?: \(\w+\)| \[\w+\])?(?::|$)(?! ?0\b)|Exception in thread"
    r"|Unhandled exception|Error in (?:model|test|seed|snapshot|macro)\b|Failure in test\b"
    r"|error: (?<!\werror: )(?!0\b)|fatal: (?<!\wfatal: )|panic: (?<!\wpanic: )|Caused by:"
    r"|level=error\b|level=fatal\b|level=panic\b|level\": ?\"(?:error|ERROR|fatal|FATAL|critical)\""
    rf"|{_CODES}|{_SHELL}|{_NETWORK}"
)
"""Matches a line that tells of an error; it is searched for in single lines."""

WARNING_LINE = re.compile(
    rf"WARN(?<!\wWARN)(?:ING)?\b{_NOT_ZERO}|Warning(?<!\wWarning)\b{_NOT_ZERO}"
    rf"|warning(?<!\wwarning)\b{_NOT_ZERO}|warn(?<!\wwarn)\b{_NOT_ZERO}|WRN(?<!\wWRN)\b"
)
"""Matches a line that tells of a warning; it is searched for in single lines."""

_DEBUG = re.compile(
    "|".join(rf"{word}(?<!\w{word})\b" for word in ("DEBUG", "TRACE", "FINE", "FINER", "FINEST", "DBG"))
)
_FRAME = re.compile(r"\s+(?:at [\w.$<>/]+\(|File \")")
_INFO = re.compile("|".join(rf"{word}(?<!\w{word})\b" for word in ("INFO", "NOTICE", "INF")))


def level_of(line: str) -> Level | None:
    """The level of a line, or None when it tells none."""
    if ERROR_LINE.search(line):
        return Level.ERROR
    if WARNING_LINE.search(line):
        return Level.WARNING
    if _FRAME.match(line) or _DEBUG.search(line):
        return Level.DEBUG
    return Level.INFO if _INFO.search(line) else None


TIMESTAMP = re.compile(
    r"\s*\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?\]?\s*"
)
"""Matches the date and time at the beginning of a line, as most programs write it."""
