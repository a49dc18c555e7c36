"""A program on a pseudo-terminal of its own, used and seen as a person does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pyte

PATIENCE_S = 30.0
"""Seconds until a condition that does not come is a failure; generous, as it is never waited for in vain."""

NIGHTDECK = (sys.executable, "-m", "tui")
"""The program, as a checkout runs it."""

KEYS = {"Enter": "\r", "Escape": "\x1b", "Tab": "\t", "Down": "\x1b[B", "Up": "\x1b[A"} | {
    f"C-{letter}": chr(ord(letter) - ord("a") + 1) for letter in "abcdefghijklmnopqrstuvwxyz"
}
"""What a terminal sends for keys that are no letters."""

_SWITCH = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<=>][\d;]*[a-zA-Z]|\x1b\[\?[\d;]*u")
_OPEN_SEQUENCE = re.compile(rb"\x1b(\[[^a-zA-Z\x1b]*)?$")
_LEFT_ON = frozenset({7, 25})
"""Modes that a terminal has by itself: wrapped lines and a visible cursor."""


class Terminal:
    """Runs one program in a session of its own whose controlling terminal is a pseudo-terminal."""

    piece = 1 << 16
    """Bytes that are taken at once."""

    def __init__(
        self,
        command: Sequence[str] = NIGHTDECK,
        *,
        columns: int = 120,
        lines: int = 36,
        environment: Mapping[str, str | None] | None = None,
        redirections: str = "",
        cwd: Path | None = None,
    ) -> None:
        """Start it.

        Args:
            command: The program and its arguments.
            columns: The width.
            lines: The height.
            environment: Variables to add, or to take away where None.
            redirections: What a shell shall redirect, such as `2>/dev/null`.
            cwd: The folder to start in.
        """
        self.raw = b""
        """Everything that the program wrote."""
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._held_back = b""
        self._lines: list[str] | None = None
        self._master, self._slave = os.openpty()
        self._set_size(columns, lines)
        self.attributes_before = self.attributes
        name = os.ttyname(self._slave)
        # A session's leader that opens a terminal gets it as its controlling one.
        script = f'exec "$@" <{name} >{name} 2>&1 {redirections}'
        variables = {**os.environ, **(environment or {})}
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", script, "sh", *command],
            env={key: value for key, value in variables.items() if value is not None},
            cwd=cwd,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The program's process."""
        return self.process.pid

    @property
    def attributes(self) -> list[Any]:
        """How the terminal treats lines, signals and echo."""
        return termios.tcgetattr(self._slave)

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        if self._lines is None:
            self._lines = ["".join(self._row(y)).rstrip() for y in range(self.screen.lines)]
        return self._lines

    @property
    def text(self) -> str:
        """What is on the screen, as one text."""
        return "\n".join(self.lines)

    @property
    def modes_left(self) -> set[int]:
        """Terminal modes that are not as the program found them."""
        state: dict[int, bool] = {}
        for numbers, switch in _SWITCH.findall(self.raw):
            state |= {int(number): switch == b"h" for number in numbers.split(b";")}
        return {mode for mode, is_on in state.items() if is_on != (mode in _LEFT_ON)}

    def clear(self) -> None:
        """Wipe the screen, as another program would: what is seen afterwards was painted anew."""
        self.screen.reset()
        self._lines = None

    def press(self, *keys: str) -> None:
        """Type keys: names of `KEYS`, or text as it is."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size; the program gets SIGWINCH."""
        self._set_size(columns, lines)
        self.screen.resize(lines, columns)
        self._lines = None

    def send(self, number: signal.Signals) -> None:
        """Send the program a signal."""
        self.process.send_signal(number)

    def wait_for(self, condition: str | Callable[[], object], *, but: str = "") -> None:
        """Read what is painted until a text is on the screen, or until a condition holds.

        Args:
            condition: The text or the condition.
            but: What is wrong when it never comes.
        """
        met = (lambda: condition in self.text) if isinstance(condition, str) else condition
        deadline = time.monotonic() + PATIENCE_S
        while not met():
            if time.monotonic() > deadline or (not self.read(0.05) and self.process.poll() is not None):
                self.read(0)
                assert met(), f"{but or condition!r} never came:\n{self.text}\n{self.raw[-500:]!r}"

    def wait_exit(self) -> int:
        """Read to the end, and return the exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            self.read(0.02)
            assert time.monotonic() < deadline, f"it never ended:\n{self.text}"
        while self.read(0):
            pass
        return self.process.returncode

    def read(self, timeout: float) -> bool:
        """Take in what has been written; False when nothing came in that many seconds."""
        ready, _, _ = select.select([self._master], [], [], timeout)
        if not ready:
            return False
        data = os.read(self._master, self.piece)
        self._lines = None
        self.raw += data
        pending = self._held_back + data
        cut = _OPEN_SEQUENCE.search(pending)
        end = cut.start() if cut else len(pending)
        self._held_back = pending[end:]
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", pending[:end]))
        return True

    def hang_up(self) -> None:
        """Take the terminal away, as a lost connection does."""
        os.close(self._master)
        self._master = -1

    def close(self) -> None:
        """End the program if it still runs, and let go of the terminal."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()
            self.process.wait()
        for descriptor in (self._master, self._slave):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1

    def _row(self, y: int) -> Iterator[str]:
        # A wide character is followed by an empty cell.
        line = self.screen.buffer[y]
        return (line[x].data for x in range(self.screen.columns))

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
