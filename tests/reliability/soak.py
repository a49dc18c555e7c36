"""A night of random faults over all adapters at once, and what nightdeck holds at its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.reliability.figures import Figure

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20261128
"""What the faults are drawn from."""

GROWTH = {"memory_mb": 12.0, "tasks": 12.0, "sockets": 12.0, "descriptors": 16.0, "threads": 4.0}
"""By how much the median of the last third may differ from that of the first: faults come and go."""

LATE_MS = 16.0
"""Milliseconds that a key press may wait for the loop: one frame."""

END_S = 60.0
"""Seconds that the child may take beyond its time."""


def soak(seconds: float, seed: int = SEED) -> Mapping[str, Any]:
    """What a nightdeck of its own process tells after so many seconds; blocks."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        environment = {**os.environ, "NIGHTDECK_STATE_DIR": f"{folder}/state"}
        with _systems(config, seed):
            done = subprocess.run(
                [sys.executable, "-m", "tests.reliability.soak_child", str(config), str(seconds)],
                env=environment,
                capture_output=True,
                text=True,
                timeout=seconds + END_S,
                check=False,
            )
    if done.returncode:
        raise AssertionError(done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    # What it said to nobody counts as well.
    report["errors"] += [line for line in done.stderr.splitlines() if line.strip()][:5]
    return report


def figures_of(report: Mapping[str, Any]) -> list[Figure]:
    """The report as figures."""
    troubles, sweeps = sum(report["troubles"].values()), sum(report["sweeps"].values())
    growth = report["growth"]
    grown = [f"{name} {growth[name]:+.1f}" for name, most in GROWTH.items() if growth[name] > most]
    told = ", ".join(f"{name.replace('_mb', '')} {value:+.1f}" for name, value in growth.items())
    receipts = ", ".join(f"{count} {status}" for status, count in sorted(report["receipts"].items()))
    return [
        Figure(
            "random faults over all adapters: no exception that nobody foresaw",
            troubles,
            len(report["errors"]),
            f"{sweeps:,} sweeps, {sum(report['receipts'].values())} actions ({receipts})",
        ),
        Figure(
            "every connection comes back again and again",
            len(report["sweeps"]),
            sum(count < 2 for count in report["sweeps"].values()),
            f"{min(report['sweeps'].values()):,} to {max(report['sweeps'].values()):,} complete sweeps each",
        ),
        Figure("nothing grows: MB, tasks, sockets, descriptors, threads", len(GROWTH), len(grown), told),
        Figure("nothing is left when it is closed", 1, int(report["left_tasks"] > 0), ""),
    ]


def campaign(size: int) -> Sequence[Figure]:
    """So many seconds of it."""
    report = soak(size)
    late_ms = report["late_p99_ms"]
    promise = "the loop keeps a frame's time in 99 of 100 looks"
    late = Figure(promise, 1, int(late_ms >= LATE_MS), f"{late_ms:.1f} ms")
    return [*figures_of(report), late]


@contextmanager
def _systems(config: Path, seed: int) -> Iterator[None]:
    """The failing systems, in a process of their own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.soak_systems", str(config), str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.stdin.close()
            process.stdout.close()
            process.wait()
