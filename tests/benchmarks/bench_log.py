"""What the log viewer takes on a log of a gigabyte, beside lnav, less, toolong, ripgrep, grep and wc.

    python -m tests.benchmarks.bench_log [--quick] [--no-peers] [--folder DIR] [--venvs DIR]

A made-up log of 1,000 MB and ten million lines is written and removed afterwards; `--quick` takes 100 MB.
It is in memory by then, as far as the machine has room, so that no disk is measured. Viewers run on a
pseudo-terminal of 120x36. A step that fails says so in place of its figure, and the next one goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.bench_start import usual_environment
from tests.benchmarks.log_fixture import GAP, LITERAL, PATTERN, SMALL, make_log
from tests.benchmarks.log_keys import LINES_A_SECOND, KeyBench, growing
from tests.benchmarks.log_program import NoFigure
from tests.benchmarks.log_viewers import (
    SEARCHES,
    Viewer,
    attempt,
    environment,
    error_from_dashboard_ms,
    open_from_dashboard,
    session,
    start_ms,
    viewers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence

    from tests.benchmarks.log_fixture import MadeLog
    from tests.benchmarks.log_viewers import Figure

SIZES_MB = (1, 100, 1_000)
TIMES = 3
COMMANDS = {
    "wc -l": ["wc", "-l"],
    "rg, a text": ["rg", "-c", "-F", "-e", LITERAL],
    "rg, a text in small letters": ["rg", "-c", "-F", "-S", "-e", SMALL],
    "rg, a pattern": ["rg", "-c", "-e", PATTERN],
    "rg, a pattern with a gap": ["rg", "-c", "-e", GAP],
    "grep, a text": ["grep", "-c", "-F", "-e", LITERAL],
    "grep, a text in small letters": ["grep", "-c", "-F", "-i", "-e", SMALL],
    "grep, a pattern": ["grep", "-c", "-E", "-e", PATTERN],
    "grep, a pattern with a gap": ["grep", "-c", "-E", "-e", GAP],
}
"""What is compared with counting and searching, by what it does."""

COMMON = "batch"
"""A text of almost every line, whose search takes long."""

_LINES = (b"j", b"j", b"k", b"j", b"k", b"k")
_PAGES = (b"\x1b[6~", b"\x1b[6~", b"\x1b[5~", b"\x1b[6~", b"\x1b[5~", b"\x1b[5~")
_TAIL = (b"k", b"F")
_FEW = 40
_LONG_S = 60.0


def print_first_screens(
    logs: Sequence[MadeLog],
    compared: Mapping[str, Viewer],
    variables: Mapping[str, str],
    folder: Path,
    turns: int,
) -> None:
    """How soon a log is painted, from the key in the dashboard and from a cold start."""
    print(f"| ms to the first painted line | {' | '.join(f'{log.megabytes:,} MB' for log in logs)} |")
    print("|---" * (len(logs) + 1) + "|", flush=True)
    opened = [open_from_dashboard(log, folder / f"run-{log.megabytes}", variables, 2 * turns) for log in logs]
    for name, figures in zip(
        ("the first time", "again (aim: 50)", "until all lines are counted"),
        zip(*opened, strict=True),
        strict=True,
    ):
        _print_row(f"**nightdeck**, key in the dashboard, {name}", map(_ms, figures))
    errors = [
        attempt(error_from_dashboard_ms, log, folder / f"failed-{log.megabytes}", variables) for log in logs
    ]
    _print_row("**nightdeck**, key in the dashboard, error of a failed run", map(_ms, errors))
    starts: dict[str, list[list[Figure]]] = {name: [[] for _ in logs] for name in compared}
    for turn in range(turns + 1):
        for name, viewer in compared.items():
            for log, found in zip(logs, starts[name], strict=True):
                figure = attempt(start_ms, viewer, log.path, variables)
                if turn:
                    found.append(figure)
    for name, columns in starts.items():
        _print_row(f"{name}, cold start", (_ms(_median(found)) for found in columns))


def print_work(
    log: MadeLog,
    sessions: Mapping[str, dict[str, Figure]],
    alone: Mapping[str, Figure],
    commands: Mapping[str, Figure],
) -> None:
    """How long it takes to go through a large log, beside programs that do nothing else."""
    ours = sessions["nightdeck"]
    peers = [name for name in sessions if name != "nightdeck"]
    titles = ["nightdeck's viewer", "its engine alone", "the command", "engine : command", *peers]
    print(f"\n| ms on {log.megabytes:,} MB, {log.lines:,} lines | {' | '.join(titles)} |")
    print("|---" * (len(titles) + 1) + "|")
    counted = (_ms(ours.get("counted", "")), *_beside(alone["count"], commands, "wc -l"))
    _print_row("all lines counted (aim: 5 x wc -l)", [*counted, *("" for _ in peers)])
    end = [_ms(sessions[name].get("end", "")) for name in peers]
    _print_row("to the end before that", [_ms(ours.get("end", "")), "", "", "", *end])
    for name, text in SEARCHES.items():
        found = [_ms(sessions[peer].get(name, "")) for peer in peers]
        _print_row(f"{name} at 73 % painted: `{text}`", [_ms(ours.get(name, "")), "", "", "", *found])
        for command in ("rg", "grep"):
            told = (
                _ms(ours.get(f"{name}, counted", "")),
                *_beside(alone[name], commands, f"{command}, {name}"),
            )
            _print_row("— all matches counted", [*told, *("" for _ in peers)])


def print_memory(logs: Sequence[MadeLog], sessions: Sequence[Mapping[str, dict[str, Figure]]]) -> None:
    """What memory is held after all of that."""
    print(f"\n| MB resident / highest (aim: 150) | {' | '.join(f'{log.megabytes:,} MB' for log in logs)} |")
    print("|---" * (len(logs) + 1) + "|")
    for name in sessions[0]:
        told = ((one[name].get("resident", ""), one[name].get("highest", "")) for one in sessions)
        _print_row(name, (f"{_number(resident)} / {_number(highest)}" for resident, highest in told))


def print_keys(log: MadeLog, growable: MadeLog, variables: Mapping[str, str], presses: int) -> None:
    """How long keys take until they are painted."""
    print(f"\n| ms, key to picture, {log.megabytes:,} MB | p50 | p99 (aim: 16) | worst | keys | late |")
    print("|---|---|---|---|---|---|", flush=True)
    steps: dict[str, Callable[[], tuple[Sequence[float], str]]] = {
        "lines, all counted": lambda: _at_rest(log, variables, _LINES, presses),
        "pages, all counted": lambda: _at_rest(log, variables, _PAGES, presses),
        "lines while counting": lambda: _while_counting(log, variables, _LINES, presses),
        "pages while counting": lambda: _while_counting(log, variables, _PAGES, presses),
        f"lines while it grows by {LINES_A_SECOND:,} lines/s": lambda: _while_growing(
            growable, variables, _LINES, presses
        ),
        "leaving its tail and back": lambda: _while_growing(growable, variables, _TAIL, presses),
        "lines while searching": lambda: _while_searching(log, variables, _LINES, presses),
        "pages while searching": lambda: _while_searching(log, variables, _PAGES, presses),
    }
    for name, step in steps.items():
        try:
            found, late = step()
        except (NoFigure, OSError) as error:
            print(f"| {name} | no figure: {error} | | | | |", flush=True)
            continue
        ordered = sorted(found)
        if not ordered:
            print(f"| {name} | no figure: it was over before a key came | | | | |", flush=True)
            continue
        p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
        told = (f"{ms:.1f}" for ms in (statistics.median(ordered), p99, ordered[-1]))
        _print_row(name, [*told, str(len(ordered)), late])


def _at_rest(
    log: MadeLog, variables: Mapping[str, str], keys: Sequence[bytes], presses: int
) -> tuple[Sequence[float], str]:
    with KeyBench(log.path, variables) as bench:
        bench.wait_for("ready")
        bench.rest(4.0)
        bench.press(b"g")
        return bench.presses(keys, presses)


def _while_counting(
    log: MadeLog, variables: Mapping[str, str], keys: Sequence[bytes], presses: int
) -> tuple[Sequence[float], str]:
    found: list[float] = []
    deadline = time.perf_counter() + _LONG_S / 3
    while len(found) < min(presses, 3 * _FEW) and time.perf_counter() < deadline:
        with KeyBench(log.path, variables) as bench:
            bench.wait_for("ready")
            found += bench.while_counting(keys)
    return found, ""


def _while_growing(
    log: MadeLog, variables: Mapping[str, str], keys: Sequence[bytes], presses: int
) -> tuple[Sequence[float], str]:
    with KeyBench(log.path, variables) as bench:
        bench.wait_for("ready")
        bench.rest(2.0)
        bench.press(b"G" if keys is _TAIL else b"g")
        with growing(log.path):
            bench.rest(0.5)
            return bench.presses(keys, presses)


def _while_searching(
    log: MadeLog, variables: Mapping[str, str], keys: Sequence[bytes], presses: int
) -> tuple[Sequence[float], str]:
    found: list[float] = []
    deadline = time.perf_counter() + _LONG_S / 3
    with KeyBench(log.path, variables) as bench:
        bench.wait_for("ready")
        bench.rest(4.0)
        while len(found) < min(presses, 3 * _FEW) and time.perf_counter() < deadline:
            bench.press(b"g")
            found += bench.while_searching(COMMON, keys, 5.0)
            bench.program.press(b"\\")
            bench.rest(0.3)
        return found, bench.ask("lag")


def commands_ms(log: MadeLog) -> Iterator[tuple[str, Figure]]:
    """What the commands take, as the best of a few times; grep stops early when nobody reads it."""
    for name, command in COMMANDS.items():
        if shutil.which(command[0]) is None:
            yield name, f"{command[0]} is not installed"
            continue
        found = []
        for _ in range(TIMES):
            begin = time.perf_counter()
            subprocess.run([*command, str(log.path)], check=False, stdout=subprocess.PIPE, timeout=_LONG_S)
            found.append((time.perf_counter() - begin) * 1000)
        yield name, min(found)


def alone_ms(log: MadeLog) -> Iterator[tuple[str, Figure]]:
    """What counting and searching take without any screen, as the best of a few times."""
    yield "count", attempt(_best, _count_ms, log)
    for name, text in SEARCHES.items():
        yield name, attempt(_best, _search_ms, log, text)


def _best(measure: Callable[..., Coroutine[Any, Any, float]], *arguments: object) -> float:
    return min(asyncio.run(measure(*arguments)) for _ in range(TIMES))


async def _count_ms(log: MadeLog) -> float:
    from tui.logs.document import LogDocument
    from tui.logs.source import LogFile

    document = LogDocument(LogFile(log.path))
    begin = time.perf_counter()
    try:
        await asyncio.wait_for(document.count_lines(), _LONG_S)
        took = (time.perf_counter() - begin) * 1000
        if document.lines != log.lines:
            raise NoFigure(f"{document.lines:,} lines were counted")
    except TimeoutError as error:
        raise NoFigure(f"not within {_LONG_S:.0f} s") from error
    finally:
        await document.aclose()
    return took


async def _search_ms(log: MadeLog, text: str) -> float:
    from tui.logs.document import LogDocument
    from tui.logs.hits import LineHits
    from tui.logs.patterns import parse_search
    from tui.logs.source import LogFile

    document = LogDocument(LogFile(log.path))
    search = parse_search(text)
    if search is None:
        raise NoFigure("it is no search")
    begin = time.perf_counter()
    hits = LineHits(document, search)
    try:
        await asyncio.wait_for(hits.run(0), _LONG_S)
        took = (time.perf_counter() - begin) * 1000
        if hits.count != 1:
            raise NoFigure(f"{hits.count:,} lines were found")
    except TimeoutError as error:
        raise NoFigure(f"not within {_LONG_S:.0f} s") from error
    finally:
        await hits.stop()
        await document.aclose()
    return took


def _beside(ours: Figure, commands: Mapping[str, Figure], name: str) -> tuple[str, str, str]:
    theirs = commands.get(name, "")
    told = f"{name.partition(',')[0]} {_ms(theirs)}"
    if isinstance(ours, str) or isinstance(theirs, str):
        return _ms(ours), told, ""
    return _ms(ours), told, f"{ours / theirs:.1f}"


def _median(found: Sequence[Figure]) -> Figure:
    numbers = [figure for figure in found if not isinstance(figure, str)]
    if numbers:
        return statistics.median(numbers)
    return found[0] if found else ""


def _ms(figure: Figure) -> str:
    return figure if isinstance(figure, str) else f"{figure:,.1f}" if figure < 10 else f"{figure:,.0f}"


def _number(figure: Figure) -> str:
    return figure if isinstance(figure, str) else f"{figure:,.0f}"


def _print_row(name: str, cells: Sequence[str] | Iterator[str]) -> None:
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nightdeck-bench"
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, and no toolong")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="MB", help="other sizes, the largest last")
    parser.add_argument("--folder", type=Path, help="where the logs are written, two gigabytes at most")
    parser.add_argument("--venvs", type=Path, default=cache, help="where toolong is installed")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=f"some of {', '.join(PARTS)}"
    )
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-", dir=args.folder) as name:
        _measure(args, Path(name))


PARTS = ("first", "work", "keys")


def _measure(args: argparse.Namespace, folder: Path) -> None:
    (folder / "home").mkdir()
    variables = environment(usual_environment(folder), folder)
    found = dict(viewers(None if args.quick or args.no_peers else args.venvs))
    compared = {name: viewer for name, viewer in found.items() if isinstance(viewer, Viewer)}
    if args.no_peers:
        compared = {"nightdeck": compared["nightdeck"]}
    for name, why in found.items():
        if isinstance(why, str):
            print(f"{name} {why}")
    sizes = args.sizes or (SIZES_MB[:-1] if args.quick else SIZES_MB)
    logs = [make_log(folder / f"{size}.log", size) for size in sizes]
    if "first" in args.only:
        print_first_screens(logs, compared, variables, folder, 1 if args.quick else 3)
    if "work" in args.only:
        sessions = [
            {name: session(viewer, log, variables) for name, viewer in compared.items()} for log in logs
        ]
        print_work(logs[-1], sessions[-1], dict(alone_ms(logs[-1])), dict(commands_ms(logs[-1])))
        print_memory(logs, sessions)
    if "keys" in args.only:
        growable = make_log(folder / "growing.log", 20)
        print_keys(logs[-1], growable, variables, _FEW if args.quick else 5 * _FEW)


if __name__ == "__main__":
    main()
