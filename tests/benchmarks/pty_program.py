"""A program on a real pseudo-terminal, seen from the terminal's side: what it sends, and how soon."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FRAME_BEGIN = b"\x1b[?2026h"
FRAME_END = b"\x1b[?2026l"
_ASKS_SYNC = b"\x1b[?2026$p"
_HAS_SYNC = b"\x1b[?2026;2$y"
_ASKS_ALIVE = b"\x1b[5n"
_IS_ALIVE = b"\x1b[0n"
_CHUNK = 1 << 20
_SEQUENCE = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P^_][^\x1b]*\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[^\[\]P^_]"
)
"""Control sequences; what is left is text."""


class Frame(NamedTuple):
    """One update of the screen."""

    data: bytes
    """Everything between the synchronised-output marks, with them."""
    at: float
    """When its last byte was read, on `time.perf_counter`."""


class PtyProgram:
    """Runs a command in a terminal of its own that knows synchronised output."""

    def __init__(
        self,
        command: Sequence[str],
        columns: int,
        rows: int,
        *,
        keep: Sequence[int] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._pending = b""
        self.received = 0
        """Bytes that were read so far."""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            for descriptor in keep:
                os.set_inheritable(descriptor, True)
            variables = dict(os.environ if environment is None else environment) | {
                "TERM": "xterm-256color",
                "COLORTERM": "truecolor",
                "COLUMNS": str(columns),
                "LINES": str(rows),
                "TEXTUAL_ANIMATIONS": "none",
            }
            variables.pop("NO_COLOR", None)
            os.execvpe(command[0], list(command), variables)  # the child ends here
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def press(self, keys: bytes) -> float:
        """Type keys; returns when."""
        at = time.perf_counter()
        os.write(self._master, keys)
        return at

    def frame(self, timeout: float) -> Frame | None:
        """The next update of the screen, or None when none comes in time."""
        deadline = time.perf_counter() + timeout
        while True:
            end = self._pending.find(FRAME_END)
            if end >= 0:
                end += len(FRAME_END)
                data, self._pending = self._pending[:end], self._pending[end:]
                return Frame(data[max(0, data.find(FRAME_BEGIN)) :], time.perf_counter())
            left = deadline - time.perf_counter()
            if left <= 0 or not self._read(left):
                return None

    def wait_for(self, text: str, timeout: float) -> float | None:
        """When a text had been painted, on `time.perf_counter`; None when it never came."""
        wanted, deadline = text.encode(), time.perf_counter() + timeout
        while wanted not in _SEQUENCE.sub(b"", self._pending):
            left = deadline - time.perf_counter()
            if left <= 0 or (not self._read(left) and self._is_over()):
                return None
        return time.perf_counter()

    def settle(self, quiet: float, timeout: float = 60.0) -> list[Frame]:
        """All updates until none came for that many seconds."""
        frames: list[Frame] = []
        deadline = time.perf_counter() + timeout
        while time.perf_counter() < deadline:
            frame = self.frame(quiet)
            if frame is None:
                break
            frames.append(frame)
        return frames

    def cpu_s(self) -> float:
        """Seconds of processor time that the program has used."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - not a real file
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def precise_cpu_s(self) -> float:
        """The same to the microsecond, without threads that have ended."""
        spent = 0
        for thread in os.listdir(f"/proc/{self.pid}/task"):  # noqa: PTH208 - not a real folder
            with (
                contextlib.suppress(FileNotFoundError),
                open(f"/proc/{self.pid}/task/{thread}/schedstat", encoding="ascii") as file,  # noqa: PTH123
            ):
                spent += int(file.read().split()[0])
        return spent / 1e9

    def resident_mb(self) -> float:
        """Megabytes of memory that the program holds."""
        with open(f"/proc/{self.pid}/statm", encoding="ascii") as file:  # noqa: PTH123 - not a real file
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _is_over(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self._master, _CHUNK)
        except OSError:
            return False
        if _ASKS_SYNC in data:
            os.write(self._master, _HAS_SYNC)
        os.write(self._master, _IS_ALIVE * data.count(_ASKS_ALIVE))
        self.received += len(data)
        self._pending += data
        return bool(data)
