"""What the job table costs, measured from the terminal's side on a real pseudo-terminal.

    python -m tests.benchmarks.bench_table [--columns 120] [--rows 36] [--keys 200] [COUNT ...]

Prints milliseconds from the cause to the last byte of the picture, and bytes sent, for 1,000, 10,000 and
100,000 jobs; for 10,000 beside Textual's own DataTable, as a ratio in the same run.
"""

from __future__ import annotations

import argparse
import itertools
import os
import socket
import statistics
import sys
import time
from typing import TYPE_CHECKING, NamedTuple, Self

from tests.benchmarks.pty_program import Frame, PtyProgram

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPARED_COUNT = 10_000
"""Jobs for the comparison: with more, DataTable takes minutes."""

FRAMES_A_SECOND = "240"
"""Textual waits for its next frame when another was painted just before: at 60 that alone is 16 ms."""

_MOVED = b"moved"
_QUIET_S = 0.25
_LATE_S = 1.5
"""Textual's own table paints in several steps with such pauses between them."""

_LATEST_S = 15.0
"""And begins with it long after it was told."""

_TIMES = 3
_LONG_S = 180.0
_IDLE_S = 5
_BUSY_RATE = 1000
_NO_MOVE_S = 0.5
_STRIDE = 20


class Cost(NamedTuple):
    """What one thing cost."""

    ms: float
    """Milliseconds until it was painted."""
    sent: int
    """Bytes that went to the terminal."""


class Bench:
    """One measured program with a number of jobs."""

    def __init__(
        self, kind: str, count: int, columns: int, rows: int, *, module: str = "tests.benchmarks.table_child"
    ) -> None:
        ours, theirs = socket.socketpair()
        self._control = ours
        self._quiet_s = _QUIET_S if kind == "ours" else _LATE_S
        os.environ["TEXTUAL_FPS"] = FRAMES_A_SECOND
        command = [
            sys.executable,
            "-m",
            module,
            kind,
            str(count),
            str(theirs.fileno()),
        ]
        self.program = PtyProgram(command, columns, rows, keep=[theirs.fileno()])
        theirs.close()
        self._control.setblocking(False)
        self._wait_until_ready()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.program.__exit__(*exception)
        self._control.close()

    def do(self, operation: str, *, is_visible: bool = True) -> Cost:
        """Order something and wait until the picture stands still; the time is that of the last update.

        Args:
            operation: A line for the measured program.
            is_visible: Whether it surely changes the picture; else the time may be that of the work alone.
        """
        self.program.settle(self._quiet_s)
        self._told()
        begin = time.perf_counter()
        self._control.send(f"{operation}\n".encode())
        frames = self._frames_until_told()
        done = time.perf_counter()
        late = self.program.frame(_LATEST_S) if is_visible and not frames else None
        frames += [late] if late is not None else []
        frames += self.program.settle(self._quiet_s)
        return _cost(begin, frames) if frames else Cost((done - begin) * 1000, 0)

    def order(self, operation: str) -> None:
        """Order something that paints later."""
        self._control.send(f"{operation}\n".encode())
        self._frames_until_told()

    def ask(self, question: str) -> str:
        """Ask something; the answer is what stands behind `question=`."""
        self._control.send(f"{question}\n".encode())
        deadline = time.perf_counter() + _LONG_S
        while time.perf_counter() < deadline:
            self.program.frame(0.002)
            for word in self._told():
                if word.startswith(f"{question}=".encode()):
                    return word.decode().partition("=")[2]
        raise TimeoutError("the measured program hangs")

    def key(self, keys: bytes) -> Cost:
        """Press a key and wait for the picture to stand still."""
        begin = self.program.press(keys)
        frames = [self.program.frame(_LONG_S), *self.program.settle(self._quiet_s)]
        return _cost(begin, [frame for frame in frames if frame is not None])

    def cursor_latency_ms(self, keys: bytes) -> float | None:
        """Press a cursor key and wait for the update with the moved cursor, whatever else is painted.

        The program tells just before it paints one. None when the cursor stands at an end already.
        """
        begin = self.program.press(keys)
        while time.perf_counter() < begin + _NO_MOVE_S:
            frame = self.program.frame(_NO_MOVE_S)
            if frame is not None and _MOVED in self._told():
                return (frame.at - begin) * 1000
        return None

    def latencies_ms(self, presses: int, pauses: Sequence[float]) -> list[float]:
        """Cursor keys down and up again within a page, with these pauses between them in turn."""
        found: list[float] = []
        key, pause = b"j", itertools.cycle(pauses)
        for number in range(presses):
            latency = self.cursor_latency_ms(key)
            if latency is not None:
                found.append(latency)
            if latency is None or number % _STRIDE == _STRIDE - 1:
                key = b"k" if key == b"j" else b"j"
            time.sleep(next(pause))
        return found

    def idle(self, step: int) -> tuple[float, float]:
        """Bytes and share of CPU a second while nothing happens but ticks that are so many seconds apart."""
        before, cpu = self.program.received, self.program.cpu_s()
        for _ in range(_IDLE_S):
            end = time.perf_counter() + 1
            self.order(f"tick {step}")
            self.program.settle(1.0, timeout=end - time.perf_counter())
            time.sleep(max(0.0, end - time.perf_counter()))
        sent = self.program.received - before
        return sent / _IDLE_S, (self.program.cpu_s() - cpu) / _IDLE_S

    def _wait_until_ready(self) -> None:
        self._frames_until_told()
        self.program.settle(_QUIET_S)

    def _told(self) -> list[bytes]:
        try:
            return self._control.recv(4096).split()
        except BlockingIOError:
            return []

    def _frames_until_told(self) -> list[Frame]:
        frames: list[Frame] = []
        deadline = time.perf_counter() + _LONG_S
        while time.perf_counter() < deadline:
            frame = self.program.frame(0.002)
            if frame is not None:
                frames.append(frame)
            if any(word != _MOVED for word in self._told()):
                return frames
        raise TimeoutError("the measured program hangs")


def _cost(begin: float, frames: Sequence[Frame]) -> Cost:
    return Cost((frames[-1].at - begin) * 1000, sum(len(frame.data) for frame in frames))


def _quantiles(values: Sequence[float]) -> str:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(ordered):.1f} / {p99:.1f}"


def measure(kind: str, count: int, columns: int, rows: int) -> dict[str, Cost]:
    """What each operation costs once warmed up, as the median of a few times."""
    down = b"j" if kind == "ours" else b"\x1b[B"
    with Bench(kind, count, columns, rows) as bench:
        costs = {
            "fill": [bench.do("fill")],
            "cursor down": [bench.key(down) for _ in range(_TIMES)],
            "one cell": [bench.do("cell") for _ in range(_TIMES)],
            "1 % of the jobs": [
                bench.do(f"change {max(1, count // 100)}", is_visible=False) for _ in range(_TIMES)
            ],
            "page down": [bench.key(b"\x1b[6~") for _ in range(_TIMES)],
            "sort": [bench.do(f"sort {turn % 2}") for turn in range(_TIMES)],
            "filter": [bench.do(f"filter {1 - turn % 2}") for turn in range(_TIMES)],
        }
    return {
        name: Cost(statistics.median(c.ms for c in found), int(statistics.median(c.sent for c in found)))
        for name, found in costs.items()
    }


def measure_latency(count: int, columns: int, rows: int, presses: int) -> list[str]:
    """Cursor key to picture, alone and under load, and what the idle program uses and holds."""
    with Bench("ours", count, columns, rows) as bench:
        bench.do("fill")
        program = bench.program
        cpu = program.cpu_s()
        quiet = bench.latencies_ms(presses, [0.01])
        cpu_ms = (program.cpu_s() - cpu) * 1000 / presses
        bench.order(f"load {_BUSY_RATE}")
        # Many different pauses, so that keys meet the batches at every phase.
        busy = bench.latencies_ms(presses, [0.005 + number * 7 % 31 / 1000 for number in range(31)])
        bench.order("load 0")
        program.settle(_QUIET_S)
        still, _ = bench.idle(0)
        ticking, idle_cpu = bench.idle(1)
        return [
            f"cursor key to picture p50 / p99: {_quantiles(quiet)} ms, {cpu_ms:.1f} ms of CPU a key",
            f"the same with {_BUSY_RATE:,} changes a second: {_quantiles(busy)} ms",
            f"idle: {still:.0f} B/s while no age changes, {ticking:.0f} B/s of ages, {idle_cpu:.1%} CPU",
            f"memory: {program.resident_mb():.0f} MB",
        ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("counts", nargs="*", type=int, default=[1000, 10_000, 100_000])
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--rows", type=int, default=36)
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--alone", action="store_true", help="leave out Textual's own table")
    args = parser.parse_args()
    print(
        f"job table at {args.columns} x {args.rows}, milliseconds to the last byte / bytes sent", flush=True
    )
    ours = {count: measure("ours", count, args.columns, args.rows) for count in args.counts}
    theirs = None if args.alone else measure("datatable", COMPARED_COUNT, args.columns, args.rows)
    titles = [f"{count:,}" for count in args.counts]
    if theirs is not None:
        titles += [f"DataTable {COMPARED_COUNT:,}", "ratio"]
    _print_row("", titles)
    for name in next(iter(ours.values())):
        cells = [f"{costs[name].ms:.1f} / {costs[name].sent:,}" for costs in ours.values()]
        if theirs is not None:
            cells.append(f"{theirs[name].ms:.1f} / {theirs[name].sent:,}")
            cells.append(
                f"{theirs[name].ms / ours[COMPARED_COUNT][name].ms:.0f}x" if COMPARED_COUNT in ours else ""
            )
        _print_row(name, cells)
    for count in args.counts:
        print(f"{count:,} jobs")
        for line in measure_latency(count, args.columns, args.rows, args.keys):
            print(f"    {line}", flush=True)


def _print_row(name: str, cells: Sequence[str]) -> None:
    print(f"{name:<16}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
