"""What goes over the wire: bytes for a key, a change, a minute at rest and a busy fleet, and those of others.

    python -m tests.benchmarks.bench_wire [--seconds 60] [--quick] [--no-peers]

Everything that the terminal receives is counted, frames and marks alike. "slow link" is the mode that a long
round trip or a terminal that takes bytes slowly switches on. A peer does what it can do without a server of
its own kind; one that can't be installed or started here is named with the reason.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.bench_start import PEERS, install
from tests.benchmarks.bench_table import Bench
from tests.benchmarks.pty_program import PtyProgram

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIZE = (120, 36)
COUNT = 1_000
CHANGES = 1_000
SEEN = 200
_QUIET_S = 1.0
_SETTLE_S = 5.0
_ROWS = 40
_TIMES = 5
_PATIENCE_S = 30.0
_AIMS = {
    "one changed cell": "< 150",
    "cursor down, table alone": "< 500",
    "a minute at rest, clock stopped": "0",
    "a row of scrolling, slow link": "< 2,000",
    "a second of a busy fleet, slow link": "< 1,000",
}
UNABLE = {
    "dolphie": "shows nothing without a MySQL or ProxySQL server",
    "flowrs": "is built with cargo, and shows nothing without an Airflow server",
    "turm": "is built with cargo, and shows nothing without Slurm's commands",
}
"""Peers that can't do the same work on a machine alone."""

_PEER_KEYS: Mapping[str, tuple[bytes, bytes]] = {
    "posting": (b"", b""),  # it opens on an empty collection, in which there is nowhere to go
    "toolong": (b"\x1b[A", b"\x1b[5~"),  # it opens at the end
    "less": (b"j", b" "),
    "htop": (b"\x1b[B", b"\x1b[6~"),
}
"""A row on, a page on."""


def measure(seconds: float) -> Iterator[tuple[str, float]]:
    """What nightdeck sends, by what is done."""
    with Bench("ours", COUNT, *SIZE, module="tests.benchmarks.wire_child") as bench:
        _rest(bench.program, _SETTLE_S)
        yield "first picture", bench.program.received
        bench.order("still 1")
        yield "cursor down, with the detail pane", _median(bench, b"j")
        bench.order("pane 0")
        _rest(bench.program, _QUIET_S)
        yield "cursor down, table alone", _median(bench, b"j")
        yield "one changed cell", _least(bench, "cell")
        yield "page down", _median(bench, b"\x1b[6~")
        yield "a row of scrolling", _scrolled(bench)
        bench.order("slow 1")
        _rest(bench.program, _SETTLE_S)
        yield "a row of scrolling, slow link", _scrolled(bench)
        bench.order("slow 0")
        _rest(bench.program, _SETTLE_S)
        yield "a minute at rest, clock stopped", _sent(bench.program, seconds) * 60 / seconds
        bench.order("still 0")
        bench.order("pane 1")
        bench.program.press(b"g")
        _rest(bench.program, _SETTLE_S)
        yield "a minute at rest, ages alone", _sent(bench.program, seconds) * 60 / seconds
        bench.order(f"load {CHANGES}")
        bench.order(f"seen {SEEN}")
        _rest(bench.program, _SETTLE_S)
        yield "a second of a busy fleet", _sent(bench.program, seconds) / seconds
        bench.order("slow 1")
        _rest(bench.program, _SETTLE_S)
        yield "a second of a busy fleet, slow link", _sent(bench.program, seconds) / seconds


def measure_table() -> Iterator[tuple[str, float]]:
    """What Textual's own DataTable sends for the same."""
    with Bench("datatable", COUNT, *SIZE) as bench:
        bench.do("fill")
        yield "cursor down, table alone", _median(bench, b"\x1b[B")
        yield "one changed cell", _least(bench, "cell")
        yield "page down", _median(bench, b"\x1b[6~")


def measure_peer(command: list[str], text: str, keys: tuple[bytes, bytes]) -> Iterator[tuple[str, float]]:
    """What another program sends: a start, a row down, a page down, a minute at rest."""
    with PtyProgram(command, *SIZE) as program:
        if program.wait_for(text, _PATIENCE_S) is None:
            return
        _rest(program, _SETTLE_S)
        yield "first picture", program.received
        for title, key in zip(("cursor down, table alone", "page down"), keys, strict=True):
            if not key:
                continue
            found = []
            for _ in range(_TIMES):
                before = program.received
                program.press(key)
                _rest(program, _QUIET_S)
                found.append(program.received - before)
            yield title, sorted(found)[_TIMES // 2]
        yield "a minute at rest, ages alone", _sent(program, 10) * 6


def peers(venvs: Path, folder: Path) -> Iterator[tuple[str, dict[str, float] | str]]:
    """Others by name: what they send, or why that can't be told."""
    log = folder / "log.txt"
    log.write_text("".join(f"{number} a line of a log\n" for number in range(10_000)))
    for name in ("less", "htop"):
        if (path := shutil.which(name)) is None:
            yield name, "is not installed here"
            continue
        command = [path, str(log)] if name == "less" else [path]
        text = "a line of a log" if name == "less" else "PID"
        yield name, dict(measure_peer(command, text, _PEER_KEYS[name])) or "painted nothing"
    for name in ("posting", "toolong"):
        script = install(name, PEERS[name], venvs)
        if script is None:
            yield name, "can't be installed here"
            continue
        command = [str(script), str(log)] if name == "toolong" else [str(script)]
        yield name, dict(measure_peer(command, PEERS[name].text, _PEER_KEYS[name])) or "painted nothing"
    yield from UNABLE.items()


def _scrolled(bench: Bench) -> float:
    """Bytes a row while the cursor goes on below the last visible row."""
    bench.program.press(b"g")
    _rest(bench.program, _QUIET_S)
    for _ in range(SIZE[1]):
        bench.program.press(b"j")
        _rest(bench.program, 0.05)
    _rest(bench.program, _QUIET_S)
    before = bench.program.received
    for _ in range(_ROWS):
        bench.program.press(b"j")
        _rest(bench.program, 0.1)
    _rest(bench.program, _QUIET_S)
    return (bench.program.received - before) / _ROWS


def _median(bench: Bench, key: bytes) -> float:
    found = []
    for _ in range(_TIMES):
        before = bench.program.received
        bench.program.press(key)
        _rest(bench.program, _QUIET_S)
        found.append(bench.program.received - before)
    return sorted(found)[_TIMES // 2]


def _least(bench: Bench, order: str) -> float:
    found = []
    for _ in range(_TIMES):
        before = bench.program.received
        bench.order(order)
        _rest(bench.program, _QUIET_S)
        found.append(bench.program.received - before)
    return min(found)


def _sent(program: PtyProgram, seconds: float) -> float:
    before = program.received
    _rest(program, seconds)
    return program.received - before


def _rest(program: PtyProgram, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        program.frame(left)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nightdeck-bench"
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--quick", action="store_true", help="ten seconds instead of a minute, no peers")
    parser.add_argument("--venvs", type=Path, default=cache, help="where peers are installed")
    args = parser.parse_args()
    seconds = 10.0 if args.quick else args.seconds
    ours = dict(measure(seconds))
    theirs: dict[str, dict[str, float] | str] = {"Textual's DataTable": dict(measure_table())}
    if not (args.no_peers or args.quick):
        with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
            theirs |= dict(peers(args.venvs, Path(folder)))
    _print(ours, theirs)


def _print(ours: Mapping[str, float], theirs: Mapping[str, dict[str, float] | str]) -> None:
    able = {name: found for name, found in theirs.items() if isinstance(found, dict)}
    print(f"| bytes at {SIZE[0]}x{SIZE[1]}, {COUNT:,} jobs | aim | nightdeck | " + " | ".join(able) + " |")
    print("|---" * (len(able) + 3) + "|")
    for title, sent in ours.items():
        cells = [f"{found[title]:,.0f}" if title in found else "" for found in able.values()]
        print(f"| {title} | {_AIMS.get(title, '')} | {sent:,.0f} | " + " | ".join(cells) + " |")
    for name, why in theirs.items():
        if isinstance(why, str):
            print(f"\n{name}: {why}", file=sys.stdout)


if __name__ == "__main__":
    main()
