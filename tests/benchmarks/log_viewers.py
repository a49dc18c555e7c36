"""What the log viewer and its peers do with one file, one thing after the other, and how long each takes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.bench_start import PEERS, ROOT, install
from tests.benchmarks.log_fixture import ERROR, FIRST, GAP, LAST, LITERAL, NEEDLE, PATTERN, SMALL, USUAL
from tests.benchmarks.log_program import LogProgram, NoFigure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.benchmarks.log_fixture import MadeLog

Figure = float | str
"""What was measured, or why it wasn't."""

NIGHTDECK = (sys.executable, "-c", "from tui.__main__ import main; main()")
"""What the installed script does."""

SEARCHES = {
    "a text": LITERAL,
    "a text in small letters": SMALL,
    "a pattern": PATTERN,
    "a pattern with a gap": GAP,
}
"""What is searched for, by what it is called."""

PATIENCE_S = 45.0
"""Seconds that a peer is waited for."""

_SOON_S = 10.0
_SETTLE_S = 0.5


class Viewer(NamedTuple):
    """A program that shows logs, and the keys that it understands."""

    command: Sequence[str]
    """How it is started, without the file."""
    first: bytes = b"g"
    """To the first line."""
    last: bytes = b"G"
    """To the last line."""
    find: str = "/"
    """Before a text that is searched for."""
    accept: bytes = b"\r"
    """After it."""
    found: str = re.escape(NEEDLE)
    """What is on the screen when the text has been found."""
    is_ours: bool = False
    """Whether it is measured more closely."""
    is_deaf: bool = False
    """Whether it takes no keys before all lines are known, and then shows the end by itself."""


def viewers(venvs: Path | None) -> Iterator[tuple[str, Viewer | str]]:
    """The programs that are compared, or why one can't be."""
    yield "nightdeck", Viewer([*NIGHTDECK, "view"], is_ours=True)
    less, lnav = shutil.which("less"), shutil.which("lnav")
    yield "less", Viewer([less]) if less else "is not installed"
    # It tells how many lines match and stays where it is.
    yield "lnav", Viewer([lnav], found=r"[1-9]\d* hits for") if lnav else "is not installed"
    if venvs is None:
        return
    script = install("toolong", PEERS["toolong"], venvs)
    if script is None:
        yield "toolong", "can't be installed here"
        return
    yield "toolong", Viewer([str(script)], b"\x1b[H", b"\x1b[F", accept=b"\x1b[B", is_deaf=True)


def environment(usual: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What the viewers run in: no config, nothing remembered."""
    config = folder / "none.toml"
    config.touch()
    ours = {
        "NIGHTDECK_CONFIG": str(config),
        "NIGHTDECK_STATE_DIR": str(folder / "viewed"),
        "PYTHONPATH": str(ROOT),
    }
    return {**usual, **ours, "LESS": "", "TERM": "xterm-256color"}


def attempt(measure: Callable[..., float], *arguments: object) -> Figure:
    """What something takes, or why that can't be told."""
    try:
        return measure(*arguments)
    except (NoFigure, OSError) as error:
        return f"no figure: {error}"


def start_ms(viewer: Viewer, path: Path, variables: Mapping[str, str]) -> float:
    """Milliseconds from the start of the process to the first painted line."""
    with LogProgram([*viewer.command, str(path)], variables) as program:
        return (program.until(re.escape(USUAL), PATIENCE_S) - program.begun) * 1000


def session(viewer: Viewer, log: MadeLog, variables: Mapping[str, str]) -> dict[str, Figure]:
    """What one program takes for one thing after the other, and what memory it holds in the end."""
    with LogProgram([*viewer.command, str(log.path)], variables) as program:
        return dict(_session(program, viewer, log))


def _session(program: LogProgram, viewer: Viewer, log: MadeLog) -> Iterator[tuple[str, Figure]]:
    first = attempt(program.until, re.escape(USUAL), PATIENCE_S)
    if isinstance(first, str):
        yield "end", first
        return
    yield "end", attempt(_end_ms, program, viewer, first)
    if viewer.is_ours:
        yield "counted", attempt(_counted_ms, program, log, first)
        program.rest(_SETTLE_S)
    for name, text in SEARCHES.items() if viewer.is_ours else [*SEARCHES.items()][:1]:
        begun: list[float] = []
        yield name, attempt(_search_ms, program, viewer, text, begun)
        if viewer.is_ours:
            yield f"{name}, counted", attempt(_search_counted_ms, program, begun)
    yield "resident", program.resident_mb()
    yield "highest", program.highest_mb()


def _counted_ms(program: LogProgram, log: MadeLog, since: float) -> float:
    """Milliseconds until all lines are counted."""
    return (program.until(_counted(log), PATIENCE_S) - since) * 1000


def _end_ms(program: LogProgram, viewer: Viewer, opened: float) -> float:
    """Milliseconds until the last line is painted, right after the first picture."""
    if viewer.is_deaf:
        return (program.until(LAST, PATIENCE_S) - opened) * 1000
    program.press(viewer.first)
    program.until(FIRST, _SOON_S)
    is_early = "counting" in program.shown
    begin = program.press(viewer.last)
    took = (program.until(LAST, PATIENCE_S) - begin) * 1000
    if viewer.is_ours and not is_early:
        print("    (the lines were counted already when the key for the end came)", file=sys.stderr)
    return took


def _search_ms(program: LogProgram, viewer: Viewer, text: str, begun: list[float]) -> float:
    """Milliseconds until what was searched for from the first line on is on the screen."""
    program.press(viewer.first)
    program.until(FIRST, _SOON_S)
    program.rest(_SETTLE_S)
    program.press(viewer.find.encode())
    program.rest(_SETTLE_S)
    begin = program.type(text)
    if not viewer.is_ours:
        begin = program.press(viewer.accept)
    begun.append(begin)
    return (program.until(viewer.found, PATIENCE_S) - begin) * 1000


def _search_counted_ms(program: LogProgram, begun: Sequence[float]) -> float:
    """Milliseconds from the last typed letter until the number of matches is final."""
    if not begun:
        raise NoFigure("the search did not begin")
    at = program.until(r"· 1 line\b(?! selected)", PATIENCE_S)
    program.press(b"\r")
    program.rest(_SETTLE_S)
    program.press(b"\\")
    program.rest(_SETTLE_S)
    return (at - begun[0]) * 1000


def _counted(log: MadeLog) -> str:
    return rf"of {log.lines:,}(?![+,\d])"


def open_from_dashboard(
    log: MadeLog, folder: Path, usual: Mapping[str, str], times: int
) -> tuple[Figure, Figure, Figure]:
    """Milliseconds from the key that opens a log: the first time, again, until all lines are counted."""
    variables = _with_run(log, folder, usual, command="true")
    with LogProgram(NIGHTDECK, variables) as program:
        try:
            return _open_repeatedly(program, log, times)
        except NoFigure as error:
            return (f"no figure: {error}",) * 3


def error_from_dashboard_ms(log: MadeLog, folder: Path, usual: Mapping[str, str]) -> float:
    """Milliseconds from that key until the error of a failed run is in sight."""
    variables = _with_run(log, folder, usual, command="false")
    with LogProgram(NIGHTDECK, variables) as program:
        _wait_for_dashboard(program)
        begin = program.press(b"L")
        return (program.until(rf"\bof \S*\d.*{ERROR}", PATIENCE_S) - begin) * 1000


def _open_repeatedly(program: LogProgram, log: MadeLog, times: int) -> tuple[Figure, Figure, Figure]:
    _wait_for_dashboard(program)
    begin = program.press(b"L")
    first = (program.until(_OPEN, _SOON_S) - begin) * 1000
    counted = attempt(_counted_ms, program, log, begin)
    again = []
    for _ in range(times):
        program.press(b"q")
        program.until(_OPEN, _SOON_S, is_there=False)
        program.rest(_SETTLE_S)
        begin = program.press(b"L")
        again.append((program.until(_OPEN, _SOON_S) - begin) * 1000)
        program.rest(_SETTLE_S)
    return first, sorted(again)[len(again) // 2], counted


_OPEN = rf"\bline [\d,?]+ of .*{re.escape(USUAL)}"


def _wait_for_dashboard(program: LogProgram) -> None:
    program.until("nightly", _SOON_S)
    program.rest(1.0)
    program.press(b"\x1b")  # the first steps
    program.rest(2.0)


def _with_run(log: MadeLog, folder: Path, usual: Mapping[str, str], *, command: str) -> dict[str, str]:
    """Run a job and put the log in the place of its own. Gives the environment of its dashboard."""
    folder.mkdir()
    config = folder / "config.toml"
    config.write_text(
        '[connections.bench]\ntype = "local"\n'
        f'[[connections.bench.job]]\nname = "nightly"\ncommand = ["{command}"]\n'
    )
    ours = {
        "NIGHTDECK_CONFIG": str(config),
        "NIGHTDECK_STATE_DIR": str(folder / "state"),
        "PYTHONPATH": str(ROOT),
    }
    variables = {**usual, **ours}
    done = subprocess.run(
        [*NIGHTDECK, "trigger", "nightly", "--yes", "--wait"],
        env=variables,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    logs = [path for path in folder.rglob("log") if path.is_file()]
    if len(logs) != 1:
        raise NoFigure(f"no job could be run: {done.stderr.strip() or done.stdout.strip()}")
    logs[0].unlink()
    logs[0].hardlink_to(log.path)
    return variables
