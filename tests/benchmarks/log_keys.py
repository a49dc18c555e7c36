"""How long keys take in the log viewer until they are painted, while other things go on."""

from __future__ import annotations

import itertools
import random
import socket
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Self

from tests.benchmarks.log_program import SIZE, NoFigure
from tests.benchmarks.pty_program import PtyProgram

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

LINES_A_SECOND = 1_000
"""How fast a followed log grows."""

_PATIENCE_S = 15.0
_NO_MOVE_S = 0.5
_WRITES_A_SECOND = 10
_PAUSES_S = (0.02, 0.04)
_LINE = "2026-11-21 23:59:59.999 INFO  [worker-4] load.Orders     batch 9999-{:04d}: 12 rows, 0 rejected\n"


class Latencies(NamedTuple):
    """What some keys took."""

    ms: Sequence[float]
    """Milliseconds of each key, from the key to its picture."""
    late_ms: str
    """How late the event loop was meanwhile: median / 99th percentile / worst."""


class KeyBench:
    """`nightdeck view` on one file, with a line over which it tells what it does."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair()
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.log_child",
            str(theirs.fileno()),
            "view",
            str(path),
        ]
        self.program = PtyProgram(command, *SIZE, keep=[theirs.fileno()], environment=environment)
        theirs.close()
        self._control.setblocking(False)
        self.has_counted = False
        """Whether it has told that all lines are counted."""
        self._answers: list[str] = []
        self._has_moved = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.program.__exit__(*exception)
        self._control.close()

    def wait_for(self, word: str) -> str:
        """Wait until it tells something that begins so; gives what was told."""
        deadline = time.perf_counter() + _PATIENCE_S
        while time.perf_counter() < deadline:
            for answer in self._answers:
                if answer.startswith(word):
                    self._answers.remove(answer)
                    return answer
            self.program.frame(0.002)
            self._listen()
        raise NoFigure(f"it did not tell that it is {word}")

    def ask(self, question: str) -> str:
        """What it answers."""
        self._control.send(f"{question}\n".encode())
        return self.wait_for(f"{question}=").partition("=")[2]

    def press(self, key: bytes) -> float | None:
        """Milliseconds from a key to the picture with the moved cursor; None when nothing has moved."""
        self._listen()
        self._has_moved = False
        begin = self.program.press(key)
        while time.perf_counter() < begin + _NO_MOVE_S:
            frame = self.program.frame(_NO_MOVE_S)
            self._listen()
            if frame is not None and self._has_moved:
                return (frame.at - begin) * 1000
        return None

    def rest(self, seconds: float) -> None:
        """Take over what is painted meanwhile."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.program.frame(left)
        self._listen()

    def presses(self, keys: Sequence[bytes], count: int) -> Latencies:
        """Press keys in turn, as somebody does who reads quickly."""
        pauses = random.Random(3)
        self.ask("lag")
        found: list[float] = []
        for key in itertools.islice(itertools.cycle(keys), count):
            if (took := self.press(key)) is not None:
                found.append(took)
            self.rest(pauses.uniform(*_PAUSES_S))
        return Latencies(found, self.ask("lag"))

    def while_counting(self, keys: Sequence[bytes]) -> list[float]:
        """Press keys in turn until all lines are counted."""
        pauses = random.Random(4)
        found: list[float] = []
        for key in itertools.cycle(keys):
            took = self.press(key)
            if self.has_counted:
                return found
            if took is not None:
                found.append(took)
            self.rest(pauses.uniform(*_PAUSES_S))
        return found

    def while_searching(self, text: str, keys: Sequence[bytes], seconds: float) -> list[float]:
        """Search for a text and press keys in turn while that goes on, so many seconds at most."""
        pauses = random.Random(5)
        for letter in ("/", text, "\r"):
            self.program.press(letter.encode())
            self.rest(0.05)
        found = []
        deadline = time.perf_counter() + seconds
        for key in itertools.cycle(keys):
            took = self.press(key)
            if self.ask("busy") != "1" or time.perf_counter() > deadline:
                break
            if took is not None:
                found.append(took)
            self.rest(pauses.uniform(*_PAUSES_S))
        return found

    def _listen(self) -> None:
        try:
            words = self._control.recv(4096).decode().split()
        except BlockingIOError:
            return
        if not words:
            raise NoFigure("it ended by itself")
        for word in words:
            self._has_moved = self._has_moved or word == "moved"
            self.has_counted = self.has_counted or word == "counted"
            if word not in ("moved", "counted"):
                self._answers.append(word)


@contextmanager
def growing(path: Path) -> Iterator[None]:
    """Let a log grow by 1,000 lines a second meanwhile."""
    is_over = threading.Event()

    def write() -> None:
        numbers = itertools.count()
        with path.open("a") as file:
            while not is_over.wait(1 / _WRITES_A_SECOND):
                for _ in range(LINES_A_SECOND // _WRITES_A_SECOND):
                    file.write(_LINE.format(next(numbers) % 10_000))
                file.flush()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield
    finally:
        is_over.set()
        writer.join(5.0)
