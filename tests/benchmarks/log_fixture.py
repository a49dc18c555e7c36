"""A made-up log of any size, as a night's load writes it: an error at its end, a rare line at 73 %."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

LINES_A_MINUTE = 10_000
"""Lines of a minute of the log, which are a megabyte."""

FIRST = "the load begins"
"""Stands in the first line alone."""

LAST = "the load ended with code 1"
"""Stands in the last line alone."""

ERROR = "Bulk insert failed"
"""Stands in the line that tells why the load failed."""

NEEDLE = "block 5f2e7c41"
"""Stands in one line, at 73 % of the log."""

LITERAL = "ORA-00600"
"""A text of that line."""

SMALL = "kcb_check"
"""A text of that line in small letters, for which case doesn't matter."""

PATTERN = "ORA-[0-9]{5}: kcb_[a-z]+ of"
"""A regular expression that fits that line, for ripgrep, grep -E and Python alike."""

GAP = "ORA-.* of block [0-9a-f]+"
"""Another one that does, in which anything may stand between two texts."""

USUAL = "[worker-"
"""Stands in almost every line."""

_RARE_AT = 0.73
_FIRST_HOUR = 2
_CLOCK, _BATCH = b"@@:@@", b"@@@@"
_TASKS = ("load.Orders", "load.Customers", "load.Positions", "map.Currencies", "dwh.Writer")
_LEVELS = ("INFO ", "INFO ", "INFO ", "DEBUG")
_NEEDLE_LINE = (
    "2026-11-21 @@:@@:30.007 WARN  [worker-3] dwh.Writer      "
    f"{LITERAL}: {SMALL} of {NEEDLE}, it is tried again\n"
)
_END = (
    f"2026-11-21 @@:@@:59.971 ERROR [worker-1] dwh.Writer      {ERROR}: unique constraint violated\n"
    "com.example.dwh.WriteException: unique constraint (DWH.PK_ORDERS) violated\n"
    "\tat com.example.dwh.Writer.flush(Writer.java:218)\n"
    "\tat com.example.dwh.Writer.write(Writer.java:97)\n"
    f"2026-11-21 @@:@@:59.980 INFO  [main] load.Night         {LAST}\n"
)


class MadeLog(NamedTuple):
    """A log that was written."""

    path: Path
    """Where it is."""
    megabytes: int
    """About how large."""
    lines: int
    """How many lines."""


def make_log(path: Path, megabytes: int) -> MadeLog:
    """Write a log of about so many megabytes; each has 10,000 lines."""
    minute = _minute()
    with path.open("wb") as file:
        for number in range(megabytes):
            block = minute
            if number == 0:
                block = f"2026-11-21 @@:@@:00.000 INFO  [main] load.Night         {FIRST}\n".encode() + block
            if number == int(megabytes * _RARE_AT):
                middle = block.index(b"\n", len(block) // 2) + 1
                block = block[:middle] + _NEEDLE_LINE.encode() + block[middle:]
            if number == megabytes - 1:
                block += _END.encode()
            hours, minutes = divmod(number, 60)
            clock = f"{_FIRST_HOUR + hours:02d}:{minutes:02d}"
            file.write(block.replace(_CLOCK, clock.encode()).replace(_BATCH, f"{number:04d}".encode()))
    return MadeLog(path, megabytes, megabytes * LINES_A_MINUTE + 2 + _END.count("\n"))


def _minute() -> bytes:
    """A minute of lines in which the time and the number of the batch are still missing."""
    rng = random.Random(7)
    lines = []
    for number in range(LINES_A_MINUTE):
        seconds = number * 60 / LINES_A_MINUTE
        level = "WARN " if rng.random() < 0.01 else rng.choice(_LEVELS)
        begin = (
            f"2026-11-21 @@:@@:{seconds:06.3f} {level} [worker-{rng.randrange(8)}] {rng.choice(_TASKS):<15}"
        )
        rows, took = rng.randrange(1000), rng.random() * 90
        lines.append(
            f"{begin} batch @@@@-{number:04d}: {rows} rows in {took:.1f} ms, {rng.randrange(9)} rejected\n"
        )
    return "".join(lines).encode()
