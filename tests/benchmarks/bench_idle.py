"""What an open dashboard costs: processor, bytes sent and memory at rest; keys and event loop under load.

    python -m tests.benchmarks.bench_idle [--seconds 20] [--keys 300] [--quick] [COUNT ...]

"still" is the whole dashboard over a made-up fleet of which nothing is heard: only clock and ages move.
"demo" is `nightdeck demo --jobs N`, where systems are asked and jobs start, progress and end all the time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.bench_table import Bench
from tests.benchmarks.pty_program import PtyProgram
from tui.config.statefile import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
SIZE = (120, 36)
COUNTS = (1_000, 10_000, 100_000)
BUSY_RATE = 1_000
SETTLE_S = 8.0
DEMO_SETTLE_S = {1_000: 15.0, 10_000: 20.0, 100_000: 60.0}
_DEMO = "import sys; from tui.__main__ import main; main()"
_PAUSES = [0.005 + number * 7 % 31 / 1000 for number in range(31)]
"""Seconds between keys: so many different ones that keys meet what changes at every phase."""


class Rest(NamedTuple):
    """What a dashboard costs while nothing is pressed."""

    share: float
    """Of one core."""
    bytes_a_minute: float
    """Sent to the terminal."""
    resident_mb: float
    """Megabytes that it holds."""


def watch(program: PtyProgram, seconds: float) -> Rest:
    """Look at a program for some seconds."""
    cpu, sent, begin = program.precise_cpu_s(), program.received, time.perf_counter()
    _read(program, seconds)
    spent = time.perf_counter() - begin
    return Rest(
        (program.precise_cpu_s() - cpu) / spent,
        (program.received - sent) * 60 / spent,
        program.resident_mb(),
    )


def measure_still(count: int, seconds: float, keys: int) -> tuple[Rest, list[str]]:
    """The dashboard over a fleet of which nothing is heard; then keys, alone and while jobs change."""
    with Bench("ours", count, *SIZE, module="tests.benchmarks.dashboard_child") as bench:
        _read(bench.program, SETTLE_S)
        rest = watch(bench.program, seconds)
        return rest, list(measure_keys(bench, count, keys)) if keys else []


def measure_keys(bench: Bench, count: int, keys: int) -> Iterator[str]:
    """Lines that tell how soon keys are seen, and how late the event loop is."""
    for rate, title in ((0, "keys alone"), (BUSY_RATE, f"{BUSY_RATE:,} changes a second")):
        bench.order(f"load {rate}")
        _read(bench.program, 2.0)
        bench.ask("lag")
        cpu, begin = bench.program.precise_cpu_s(), time.perf_counter()
        found = bench.latencies_ms(keys, _PAUSES)
        share = (bench.program.precise_cpu_s() - cpu) / (time.perf_counter() - begin)
        yield f"| {count:,} jobs, {title} | {_quantiles(found)} | {_lags(bench.ask('lag'))} | {share:.0%} |"


def measure_demo(count: int, seconds: float, folder: Path) -> Rest:
    """`nightdeck demo` with so many jobs."""
    state = folder / str(count)
    state.mkdir(mode=0o700)
    (state / FILE_NAME).touch()
    variables = {"NIGHTDECK_STATE_DIR": str(state), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _DEMO, "demo", "--jobs", str(count)]
    with PtyProgram(command, *SIZE, environment=variables | _plain_environment()) as program:
        _read(program, DEMO_SETTLE_S.get(count, SETTLE_S))
        return watch(program, seconds)


def _plain_environment() -> dict[str, str]:
    ours = ("TEXTUAL", "NIGHTDECK")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _read(program: PtyProgram, seconds: float) -> None:
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        program.frame(left)


def _quantiles(values: Sequence[float]) -> str:
    ordered = sorted(values)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{statistics.median(ordered):.1f} | {p99:.1f} | {ordered[-1]:.1f}"


def _lags(told: str) -> str:
    return " | ".join(f"{int(number) / 1000:.1f}" for number in told.split("/"))


def report(counts: Sequence[int], seconds: float, keys: int) -> Iterator[str]:
    """The lines of both tables."""
    yield "| at rest, 120x36 | of one core | bytes a minute | MB resident | kB a job |"
    yield "|---|---|---|---|---|"
    under_load: list[str] = []
    base: Rest | None = None
    for count in (0, *counts):
        rest, lines = measure_still(count, seconds, keys if count else 0)
        base = base or rest
        each = f"{(rest.resident_mb - base.resident_mb) * 1000 / count:.2f}" if count else ""
        yield _rest_row(f"{count:,} jobs, still", rest, each)
        under_load += lines if count else []
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        for count in counts:
            yield _rest_row(f"{count:,} jobs, demo", measure_demo(count, seconds, Path(folder)), "")
    yield ""
    yield (
        "| cursor key to its picture | ms, p50 | p99 | worst | loop late by ms, p50 | p99 | worst "
        "| of one core |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    yield from under_load


def _rest_row(title: str, rest: Rest, each: str) -> str:
    return f"| {title} | {rest.share:.1%} | {rest.bytes_a_minute:,.0f} | {rest.resident_mb:.0f} | {each} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("counts", nargs="*", type=int, metavar="COUNT")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="1,000 jobs, ten seconds, 60 keys")
    args = parser.parse_args()
    counts = args.counts or (COUNTS[:1] if args.quick else COUNTS)
    seconds, keys = (10.0, 60) if args.quick else (args.seconds, args.keys)
    for line in report(counts, seconds, keys):
        print(line, flush=True)


if __name__ == "__main__":
    main()
