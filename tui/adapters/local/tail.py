"""The end of a log: its last line, and how far the run says it is."""

from __future__ import annotations

import os
import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WINDOW = 8192
"""Bytes at the end of a log that are looked at."""

_LONGEST = 300
_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, DCS, SOS, PM, APC with their text
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
_ENDS = re.compile(r"[\r\n]+")


class Tail:
    """The last bytes of a log as text."""

    def __init__(self, content: bytes, *, is_cut: bool) -> None:
        # A cut may have split a character: its rest is no text.
        text = content.lstrip(bytes(range(0x80, 0xC0))) if is_cut else content
        self._lines = _ENDS.split(_ESCAPE.sub("", text.decode("utf-8", "replace")))
        self._is_cut = is_cut

    @property
    def last_line(self) -> str:
        """The last line that is not blank, shortened where it is endless."""
        for index in range(len(self._lines) - 1, -1, -1):
            line = self._lines[index].strip()
            if line:
                lead = "…" if self._is_cut and index == 0 else ""
                return lead + (line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…")
        return ""

    def progress(self, pattern: str) -> float | None:
        """What the last match says, from 0.0 to 1.0; None when nothing matches or the pattern is empty."""
        if not pattern:
            return None
        newest = deque(re.finditer(pattern, "\n".join(self._lines)), maxlen=1)
        return _fraction(*newest[0].groups()) if newest else None


def read_tail(log: Path) -> Tail:
    """The end of a log file; empty when there is none."""
    try:
        with log.open("rb", buffering=0) as file:
            start = max(0, os.fstat(file.fileno()).st_size - WINDOW)
            file.seek(start)
            return Tail(file.read(WINDOW), is_cut=start > 0)
    except OSError:
        return Tail(b"", is_cut=False)


def _fraction(done: str | None, total: str = "100") -> float | None:
    try:
        share = float(done or "") / float(total)
    except (ValueError, ZeroDivisionError):
        return None
    return share if 0.0 <= share <= 1.0 else None
