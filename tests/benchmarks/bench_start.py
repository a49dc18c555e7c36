"""How long a cold start takes until something is painted, beside a bare Textual app and beside peers.

    python -m tests.benchmarks.bench_start [--runs 9] [--quick] [--no-peers] [--venvs DIR]

Each program starts on a pseudo-terminal of 140x40; the clock runs from before the process exists to the
moment at which a text of its first picture was read. Programs take turns, and one uncounted run of each warms
the disk. A ratio is the median of the ratios within a turn, so that a machine that is busy for a while slows
both sides of it. Peers are installed from the Python index, each into an environment of its own; one that
can't be installed or painted nothing is told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.pty_program import PtyProgram
from tests.support.fleet import ENVIRONMENTS, make_jobs
from tui.core.clock import SystemClock
from tui.engine.history import History

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
SIZE = (140, 40)
PATIENCE_S = 30.0
REMEMBERED = (200, 100_000)
FIRST_SCREEN = 200
"""Jobs that an earlier session left for the first paint."""

BARE = "bare Textual app, one Static"
_BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("a bare application is painted")

Bare().run()
"""
_NIGHTDECK = "from tui.__main__ import main; main()"
"""What the installed script does."""


class Peer(NamedTuple):
    """A program from the Python index."""

    requirements: Sequence[str]
    """What pip shall install: the major version that was current when this was written."""
    script: str
    """The program's name."""
    text: str
    """What stands in its first picture."""


PEERS: Mapping[str, Peer] = {
    # Newer tree-sitters crash the Textual that posting asks for.
    "posting": Peer(["posting>=2,<3", "tree-sitter<0.26"], "posting", "Collection"),
    "harlequin": Peer(["harlequin>=2,<3"], "harlequin", "Data Catalog"),
    "dolphie": Peer(["dolphie>=6,<7"], "dolphie", "Dolphie"),
    "toolong": Peer(["toolong>=1,<2"], "tl", "a line of a log"),
}


class Program(NamedTuple):
    """One program that is measured."""

    command: Sequence[str]
    """How it is started."""
    text: str
    """What stands in its first picture."""
    variables: Mapping[str, str]
    """What is added to the environment."""


class Start(NamedTuple):
    """What one start cost."""

    wall_s: float
    """Seconds on the clock."""
    cpu_s: float
    """Seconds of processor time."""


def measure(program: Program, usual: Mapping[str, str]) -> Start | None:
    """Start a program and wait for its first picture; None when it never comes."""
    begin = time.perf_counter()
    environment = {**usual, **program.variables}
    with PtyProgram(program.command, *SIZE, environment=environment) as running:
        painted = running.wait_for(program.text, PATIENCE_S)
        return Start(painted - begin, running.precise_cpu_s()) if painted is not None else None


def remember(folder: Path, count: int) -> Path:
    """A state folder in which an earlier session left so many jobs."""

    async def save() -> None:
        history = History(folder, SystemClock())
        jobs = {job.key: job for job in make_jobs(count)}
        await history.open()
        await history.save_table(jobs, list(jobs)[:FIRST_SCREEN])
        await history.aclose()

    asyncio.run(save())
    return folder


def nightdeck(folder: Path, count: int) -> Program:
    """The dashboard with so many remembered jobs of connections that are in its config."""
    config = folder / "config.toml"
    config.write_text("".join(f'[connections.{name}]\ntype = "local"\n' for name in ENVIRONMENTS))
    state = remember(folder / str(count), count)
    variables = {
        "NIGHTDECK_CONFIG": str(config),
        "NIGHTDECK_STATE_DIR": str(state),
        "PYTHONPATH": str(ROOT),
    }
    return Program([sys.executable, "-c", _NIGHTDECK], _a_visible_name(count), variables)


def _a_visible_name(count: int) -> str:
    """The name of a job that the default order puts on the first screen: the newest failure."""
    failed = [job for job in make_jobs(count)[:FIRST_SCREEN] if job.state == "failed" and job.started_at]
    return max(failed, key=lambda job: job.ended_at or job.observed_at).name


def install(name: str, peer: Peer, venvs: Path) -> Path | None:
    """A peer's program, installed when it is missing; None when that fails."""
    folder = venvs / name
    if not (folder / "installed").exists():
        print(f"installing {name} …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        command = [str(folder / "bin/pip"), "install", "--quiet", *peer.requirements]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
            return None
        (folder / "installed").touch()
    return folder / "bin" / peer.script


def programs(folder: Path, venvs: Path | None) -> Iterator[tuple[str, Program | None]]:
    """The programs that are compared, by what they are called."""
    log = folder / "log.txt"
    log.write_text("a line of a log\n" * 100_000)
    python = sys.executable
    yield BARE, Program([python, "-c", _BARE], "a bare application", {})
    for count in REMEMBERED:
        yield f"**nightdeck**, {count:,} jobs remembered", nightdeck(folder, count)
    imports = "import textual.app; print('imported')"
    yield "`import textual.app`", Program([python, "-c", imports], "imported", {})
    yield "`print`", Program([python, "-c", "print('printed')"], "printed", {})
    yield "less, 100,000 lines", Program(["less", str(log)], "a line of a log", {})
    for name, peer in PEERS.items() if venvs is not None else ():
        script = install(name, peer, venvs) if venvs is not None else None
        arguments = [str(log)] if name == "toolong" else []
        yield name, Program([str(script), *arguments], peer.text, {}) if script is not None else None


def usual_environment(folder: Path) -> dict[str, str]:
    """An environment that is the same for all, with a home and a cache of compiled modules of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TEXTUAL"))}
    compiled = str(folder / "compiled")
    return kept | {"HOME": str(folder / "home"), "PYTHONPYCACHEPREFIX": compiled, "LC_ALL": "C.UTF-8"}


def run(
    compared: Mapping[str, Program], usual: Mapping[str, str], runs: int
) -> dict[str, list[Start | None]]:
    """Let the programs take turns; the first turn doesn't count."""
    starts: dict[str, list[Start | None]] = {name: [] for name in compared}
    for turn in range(runs + 1):
        for name, program in compared.items():
            start = measure(program, usual)
            if turn:
                starts[name].append(start)
    return starts


def row(name: str, starts: Sequence[Start | None], bare: Sequence[Start | None]) -> str:
    """A line of the table."""
    pairs = [(own, other) for own, other in zip(starts, bare, strict=True) if own and other]
    if len(pairs) < len(starts):
        return f"| {name} | painted nothing in {PATIENCE_S:.0f} s | | | | | |"
    wall = sorted(own.wall_s * 1000 for own, _ in pairs)
    cpu = statistics.median(own.cpu_s * 1000 for own, _ in pairs)
    ratio = statistics.median(own.wall_s / other.wall_s for own, other in pairs)
    cpu_ratio = statistics.median(own.cpu_s / other.cpu_s for own, other in pairs)
    return (
        f"| {name} | {statistics.median(wall):.0f} | {wall[0]:.0f} | {wall[-1]:.0f} | {ratio:.2f} "
        f"| {cpu:.0f} | {cpu_ratio:.2f} |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nightdeck-bench"
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--quick", action="store_true", help="five runs, no peers")
    parser.add_argument("--venvs", type=Path, default=cache, help="where peers are installed")
    args = parser.parse_args()
    venvs = None if args.no_peers or args.quick else args.venvs
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        found = dict(programs(folder, venvs))
        compared = {title: program for title, program in found.items() if program is not None}
        starts = run(compared, usual_environment(folder), 5 if args.quick else args.runs)
    print("| start to first picture, 140x40 | ms, median | lowest | highest | x bare | ms of CPU | x bare |")
    print("|---|---|---|---|---|---|---|")
    for title in found:
        missing = f"| {title} | can't be installed | | | | | |"
        print(row(title, starts[title], starts[BARE]) if title in starts else missing)


if __name__ == "__main__":
    main()
