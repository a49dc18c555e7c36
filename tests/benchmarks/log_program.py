"""Programs that show a log on a real pseudo-terminal, asked what stands on their screen and since when."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyte

from tests.benchmarks.pty_program import PtyProgram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SIZE = (120, 36)
_QUIET_S = 0.002
_MOST_S = 0.02
"""A program that never stops painting is looked at so often."""


class NoFigure(Exception):
    """What was to be measured did not happen; tells why."""


class LogProgram(PtyProgram):
    """Keeps the screen that the program painted."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(*SIZE)
        self._stream = pyte.ByteStream(self._screen)
        self.begun = time.perf_counter()
        """When it was started."""
        super().__init__(command, *SIZE, environment=environment)

    @property
    def shown(self) -> str:
        """The rows of the screen, as far as they were read."""
        return "\n".join(self._screen.display)

    def until(self, pattern: str, patience: float, *, is_there: bool = True) -> float:
        """When a pattern fitted the screen, or no longer did, on `time.perf_counter`.

        Raises:
            NoFigure: It never did in so many seconds.
        """
        compiled, deadline = re.compile(pattern, re.DOTALL), time.perf_counter() + patience
        at = time.perf_counter()
        while (compiled.search(self.shown) is not None) != is_there:
            left = deadline - time.perf_counter()
            if left <= 0:
                raise NoFigure(f"not within {patience:.0f} s")
            at = self._look(left)
            if self._is_over():
                raise NoFigure("it ended by itself")
        return at

    def rest(self, seconds: float) -> None:
        """Take over what is painted in so many seconds."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._look(left)

    def type(self, text: str, pause: float = 0.03) -> float:
        """Type a text as somebody quick does; returns when the last key was pressed."""
        at = time.perf_counter()
        for letter in text:
            at = self.press(letter.encode())
            self.rest(pause)
        return at

    def highest_mb(self) -> float:
        """The most memory that the program ever held, in megabytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 / 1e6 if found else 0.0

    def _look(self, seconds: float) -> float:
        """Read until nothing comes for a moment; returns when the last byte was read."""
        at = time.perf_counter()
        if not self._read(seconds):
            with suppress(OSError):
                time.sleep(min(seconds, _QUIET_S))
            return at
        begin = at = time.perf_counter()
        while time.perf_counter() - begin < _MOST_S and self._read(_QUIET_S):
            at = time.perf_counter()
        self._stream.feed(self._pending)
        self._pending = b""
        return at


class Keys(NamedTuple):
    """How a program is told what to do."""

    first: bytes
    """To the first line."""
    last: bytes
    """To the last line."""
    find: bytes
    """Before a text that is searched for."""
    accept: bytes
    """After it."""


class Viewer(NamedTuple):
    """A program that shows logs."""

    command: Sequence[str]
    """How it is started, without the file."""
    keys: Keys
    """What it understands."""
    variables: Mapping[str, str]
    """What is added to the environment."""
