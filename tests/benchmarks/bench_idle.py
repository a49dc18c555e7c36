"""What an open dashboard costs while nothing is pressed: processor, bytes to the terminal, memory.

    python -m tests.benchmarks.bench_idle [--seconds 20] [--quick]

"still" is a fleet of local jobs that never run: nothing changes. "demo" is the made-up night of
`nightdeck demo --jobs N`, where jobs start, progress and end all the time.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.benchmarks.pty_program import PtyProgram

SIZE = (120, 36)
MEGABYTE = 1 << 20
SETTLE_S = 20.0


def measure(name: str, command: list[str], seconds: float, settle_s: float) -> None:
    """Run a dashboard, let it settle, and print a row of what it costs."""
    with PtyProgram(command, *SIZE) as program:
        _read(program, settle_s)
        process = psutil.Process(program.pid)
        before, sent = process.cpu_times(), program.received
        started = time.perf_counter()
        _read(program, seconds)
        spent = time.perf_counter() - started
        after = process.cpu_times()
        share = (after.user + after.system - before.user - before.system) / spent
        minute = (program.received - sent) * 60 / spent
        resident = process.memory_info().rss / MEGABYTE
        print(f"| {name} | {share:.1%} | {minute:,.0f} | {resident:.0f} |", flush=True)
        process.send_signal(signal.SIGTERM)


def _read(program: PtyProgram, seconds: float) -> None:
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        program.frame(left)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--quick", action="store_true", help="only 1,000 jobs, ten seconds")
    args = parser.parse_args()
    seconds = 10.0 if args.quick else args.seconds
    counts = (1_000,) if args.quick else (1_000, 10_000)
    print("| dashboard at rest, 120x36 | of one core | bytes a minute | MB resident |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        os.environ["NIGHTDECK_STATE_DIR"] = str(Path(folder) / "state")
        for count in counts:
            config = Path(folder) / f"{count}.toml"
            jobs = (f'[[connections.here.job]]\nname = "job {n}"\ncommand = "true"\n' for n in range(count))
            config.write_text('[connections.here]\ntype = "local"\n' + "".join(jobs))
            command = [sys.executable, "-m", "tui", "--config", str(config)]
            measure(f"{count:,} local jobs, still", command, seconds, SETTLE_S)
        for count in (*counts, *(() if args.quick else (100_000,))):
            command = [sys.executable, "-m", "tui", "demo", "--jobs", str(count)]
            measure(f"{count:,} made-up jobs, demo", command, seconds, SETTLE_S if count < 100_000 else 60.0)


if __name__ == "__main__":
    main()
