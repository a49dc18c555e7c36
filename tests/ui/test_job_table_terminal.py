"""The job table on a real pseudo-terminal: what was painted piece by piece is what a full repaint shows."""

from __future__ import annotations

import random
import socket
import sys

import pyte

from tests.benchmarks.pty_program import PtyProgram
from tests.support.pictures import Picture, picture_of

SIZE = (100, 24)
JOBS = 400
KEYS = (b"j", b"j", b"k", b"G", b"g", b"\x04", b"\x15", b" ", b"w", b"t", b"e", b"\x1b[6~", b"*", b"U", b"E")
ORDERS = ("change 20", "change 3", "cell", "sort 0", "sort 1", "filter 1", "filter 0", "tick 0", "tick 7")

_STILL_S = 0.6
"""Without an update for so long, a program that was given work has painted it."""


class Terminal:
    """A program's screen, as a terminal would show it."""

    def __init__(self, program: PtyProgram, control: socket.socket) -> None:
        self._program = program
        self._control = control
        self._screen = pyte.Screen(*SIZE)
        self._stream = pyte.ByteStream(self._screen)

    def wait(self, quiet: float = 0.02) -> None:
        for frame in self._program.settle(quiet):
            self._stream.feed(frame.data)

    def wait_until_told(self) -> None:
        self._control.settimeout(0.05)
        for _ in range(600):
            self.wait()
            try:
                if {b"ready", b"done"} & set(self._control.recv(4096).split()):
                    return
            except TimeoutError:
                continue
        raise AssertionError("the program did not answer")

    def do(self, order: str) -> None:
        self._control.send(f"{order}\n".encode())
        self.wait_until_told()
        self.wait()

    def press(self, keys: bytes) -> None:
        self._program.press(keys)
        self.wait()

    def picture(self) -> Picture:
        """What is shown once nothing more is painted, however busy the machine is."""
        while True:
            before = picture_of(self._screen)
            self.wait(_STILL_S)
            if before == picture_of(self._screen):
                return before

    def wait_for(self, text: str) -> None:
        for _ in range(400):
            if any(text in line for line in self.text()):
                return
            self.wait(0.05)
        raise AssertionError(f"{text!r} was never painted")

    def text(self) -> list[str]:
        return [line.rstrip() for line in self._screen.display]


def test_pieces_add_up_to_the_whole_picture() -> None:
    ours, theirs = socket.socketpair()
    command = [
        *(sys.executable, "-m", "tests.benchmarks.table_child", "ours", str(JOBS), str(theirs.fileno())),
    ]
    rng = random.Random(5)
    with ours, PtyProgram(command, *SIZE, keep=[theirs.fileno()]) as program:
        theirs.close()
        terminal = Terminal(program, ours)
        terminal.wait_until_told()
        terminal.do("fill")
        terminal.do("redraw")
        terminal.wait_for("JOB")
        for _ in range(40):
            if rng.random() < 0.5:
                terminal.press(rng.choice(KEYS))
            else:
                terminal.do(rng.choice(ORDERS))
        painted = terminal.picture()
        terminal.do("redraw")
        assert len({line for line in terminal.text() if line}) > SIZE[1] // 2
        assert painted == terminal.picture()
