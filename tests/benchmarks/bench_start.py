"""How long a cold start takes until something is painted, beside a bare Textual app and beside peers.

    python -m tests.benchmarks.bench_start [--runs 7] [--no-peers]

Each program is started in turn on a pseudo-terminal of 140x40; the time is from the start of the process
to the first painted text. Peers are installed from the Python index, each into an environment of its own in
the user's cache folder; one that can't be installed or started is told.
"""

from __future__ import annotations

import argparse
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import venv
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from tests.support.fleet import make_jobs
from tui.core.clock import SystemClock
from tui.core.keys import JobKey

SIZE = (140, 40)
PATIENCE_S = 30.0
ENOUGH = 12
"""So many printed characters are a first picture."""
PEERS = {
    "posting": "posting>=2,<3",
    "harlequin": "harlequin>=2,<3",
    "dolphie": "dolphie>=6,<7",
    "toolong": "toolong>=1,<2",
}
REMEMBERED = (200, 100_000)

_BARE = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class Bare(App):\n    def compose(self):\n        yield Static('a bare application is painted')\n"
    "Bare().run()\n"
)
_SEQUENCE = re.compile(
    rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P^_][^\x1b]*\x1b\\|\x1b\[[0-?]*[ -/]*[@-~]|\x1b."
)


def first_paint_s(command: list[str], environment: dict[str, str]) -> float | None:
    """Seconds from the start of a command to its first painted text; None when it never paints."""
    started = time.perf_counter()
    pid, master = pty.fork()
    if pid == 0:
        os.execvpe(command[0], command, environment)
    ioctl(master, TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    seen = b""
    try:
        while time.perf_counter() - started < PATIENCE_S:
            if not select.select([master], [], [], 0.5)[0]:
                continue
            try:
                seen += os.read(master, 1 << 16)
            except OSError:
                return None
            if len(re.sub(rb"\s", b"", _SEQUENCE.sub(b"", seen))) >= ENOUGH:
                return time.perf_counter() - started
        return None
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(master)


def remember(folder: Path, count: int) -> Path:
    """A state folder in which an earlier session left so many jobs."""
    import asyncio

    from tui.engine.history import History

    async def save() -> None:
        history = History(folder, SystemClock())
        jobs = {JobKey(job.connection, job.id): job for job in make_jobs(count, 1)}
        await history.save_table(jobs, list(jobs)[:200])
        await history.aclose()

    asyncio.run(save())
    return folder


def install(name: str, requirement: str) -> Path | None:
    """The folder of a peer's programs, installed when it is missing; None when that fails."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nightdeck-bench" / name
    if not (cache / "installed").exists():
        print(f"installing {requirement} …", file=sys.stderr)
        venv.create(cache, with_pip=True, clear=True)
        done = subprocess.run(
            [cache / "bin/pip", "install", "-q", requirement], check=False, capture_output=True
        )
        if done.returncode:
            print(f"{name} cannot be installed: {done.stderr.decode()[-200:]}", file=sys.stderr)
            return None
        (cache / "installed").touch()
    return cache / "bin"


def programs(folder: Path, *, has_peers: bool) -> dict[str, tuple[list[str], dict[str, str]]]:
    """The commands that are compared, with their environments."""
    usual = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "HOME": str(folder)}
    empty = folder / "empty.toml"
    empty.touch()
    found = {
        "bare Textual app": ([sys.executable, "-c", _BARE], usual),
        "python, print": ([sys.executable, "-c", "print('one line of plain text')"], usual),
    }
    for count in REMEMBERED:
        state = remember(folder / str(count), count)
        command = [sys.executable, "-m", "tui", "--config", str(empty)]
        found[f"nightdeck, {count:,} jobs remembered"] = (
            command,
            usual | {"NIGHTDECK_STATE_DIR": str(state)},
        )
    text = folder / "log.txt"
    text.write_text("a line of a log\n" * 100_000)
    found["less, 100,000 lines"] = (["less", str(text)], usual)
    for name, requirement in PEERS.items() if has_peers else ():
        programs_folder = install(name, requirement)
        if programs_folder is not None:
            command = [str(programs_folder / ("tl" if name == "toolong" else name))]
            found[name] = ([*command, str(text)] if name == "toolong" else command, usual)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--quick", action="store_true", help="three runs, no peers")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        compared = programs(Path(folder), has_peers=not (args.no_peers or args.quick))
        times: dict[str, list[float]] = {name: [] for name in compared}
        for _ in range(3 if args.quick else args.runs):
            for name, (command, environment) in compared.items():
                seconds = first_paint_s(command, environment)
                if seconds is not None:
                    times[name].append(seconds)
    bare = statistics.median(times["bare Textual app"])
    print("| program | ms to the first painted text (median) | lowest | x bare Textual app |")
    print("|---|---|---|---|")
    for name, measured in times.items():
        if not measured:
            print(f"| {name} | never painted | | |")
            continue
        median = statistics.median(measured)
        print(f"| {name} | {median * 1000:.0f} | {min(measured) * 1000:.0f} | {median / bare:.2f} |")


if __name__ == "__main__":
    main()
