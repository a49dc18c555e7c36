"""What terminals do to programs: signals, suspension, sizes, stalls, and being no terminal at all."""

from __future__ import annotations

import random
import re
import signal
import sys
import time

import psutil
import pytest

from tests.support.real_world import RealWorld, is_ready, is_sane, row_of
from tests.support.terminal import PATIENCE_S, Terminal

_STYLE = re.compile(rb"\x1b\[([\d;]*)m")
_COLOURS = {b"%d" % number for number in (*range(30, 39), *range(40, 49), *range(90, 98), *range(100, 108))}

_HANGING = """
import time
from tui.engine.engine import Engine

async def aclose(self):
    time.sleep(600)

Engine.aclose = aclose
from tui.__main__ import main
main()
"""
_IMPORTING = """
import sys
from tui.__main__ import main

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "tui.cli":
            print("importing", flush=True)
            import time
            time.sleep(600)

sys.meta_path.insert(0, Slow())
main()
"""


def open_dashboard(terminal: Terminal) -> None:
    """Wait until every key works."""
    terminal.wait_for(lambda: is_ready(terminal) and row_of(terminal, "quick"))


def wait_stopped(terminal: Terminal, pid: int) -> None:
    """Wait until the process is stopped and has written everything."""
    process = psutil.Process(pid)
    terminal.wait_for(lambda: process.status() == psutil.STATUS_STOPPED)
    while terminal.read(0.05):
        pass


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_ends_it_in_order(world: RealWorld, number: signal.Signals, code: int) -> None:
    world.configure()
    with world.start("state:never_run") as terminal:
        open_dashboard(terminal)
        terminal.send(number)
        assert terminal.wait_exit() == code
        assert is_sane(terminal)
        assert b"Traceback" not in terminal.raw
    assert "state:never_run" in (world.state / "ui.toml").read_text(), "the state is not saved"


def test_a_signal_ends_it_in_order_while_it_starts(world: RealWorld) -> None:
    world.configure()
    with world.start() as terminal:
        terminal.wait_for(lambda: b"\x1b[?1049h" in terminal.raw)
        terminal.send(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        assert is_sane(terminal)
        assert terminal.raw.endswith(b"l"), "something is told on a terminal that was left"


def test_a_terminal_that_is_taken_away_ends_it_also_when_the_signal_is_ignored(world: RealWorld) -> None:
    world.configure()
    ignoring = ("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *world.program)
    with world.start() as terminal, world.start(program=ignoring) as deaf:
        for each in (terminal, deaf):
            open_dashboard(each)
            each.hang_up()
        assert terminal.process.wait(PATIENCE_S) == 129
        assert deaf.process.wait(PATIENCE_S) == 129
    assert (world.state / "ui.toml").exists()


def test_a_terminal_that_takes_nothing_any_more_does_not_keep_it_from_ending(world: RealWorld) -> None:
    world.configure()
    with world.start() as terminal:
        open_dashboard(terminal)
        # Nobody reads: the whole screen is painted again and again until nothing more fits anywhere.
        deadline = time.monotonic() + PATIENCE_S
        process = psutil.Process(terminal.pid)
        used = -1.0
        while process.cpu_times().user != used and time.monotonic() < deadline:
            used = process.cpu_times().user
            terminal.press("C-l", "C-l", "C-l", "C-l")
            time.sleep(0.2)
        terminal.send(signal.SIGTERM)
        assert terminal.process.wait(PATIENCE_S) == 143
        while terminal.read(0):
            pass
        assert is_sane(terminal)


def test_ctrl_c_asks_once_and_quits_when_pressed_again(world: RealWorld) -> None:
    world.configure()
    with world.start() as terminal:
        open_dashboard(terminal)
        terminal.press("C-c")
        terminal.wait_for("press ctrl-c again to quit")
        terminal.press("C-c")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_paints_everything_again(world: RealWorld) -> None:
    world.configure()
    with world.start(program=("/bin/sh", "-i"), environment={"PS1": "PROMPT> ", "ENV": None}) as terminal:
        terminal.wait_for("PROMPT>")
        terminal.press(" ".join(world.program), "Enter")
        open_dashboard(terminal)
        terminal.press("C-z")
        [dashboard] = psutil.Process(terminal.pid).children()
        wait_stopped(terminal, dashboard.pid)
        terminal.wait_for("Stopped")
        assert is_sane(terminal)

        terminal.clear()
        terminal.press("fg", "Enter")
        open_dashboard(terminal)
        terminal.wait_for("R rerun")
        terminal.press("?")
        terminal.wait_for("Keys here")
        terminal.press("Escape")
        terminal.wait_for(lambda: "Keys here" not in terminal.text)
        terminal.press("C-z")
        wait_stopped(terminal, dashboard.pid)

        terminal.clear()
        terminal.press("kill %1; kill -CONT %1", "Enter")
        terminal.wait_for(lambda: not dashboard.is_running() or dashboard.status() == psutil.STATUS_ZOMBIE)
        terminal.press("Enter")
        terminal.wait_for("143", but="it doesn't end in the background")
        terminal.press("exit", "Enter")
        terminal.wait_exit()
        assert is_sane(terminal)


def test_a_stop_that_gives_no_warning_still_leaves_a_sane_terminal_in_the_end(world: RealWorld) -> None:
    world.configure()
    with world.start() as terminal:
        open_dashboard(terminal)
        terminal.send(signal.SIGSTOP)
        wait_stopped(terminal, terminal.pid)
        terminal.clear()
        terminal.send(signal.SIGCONT)
        open_dashboard(terminal)
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def test_a_pager_that_is_missing_or_interrupted_gives_the_screen_back(world: RealWorld) -> None:
    world.configure()
    pager = world.folder / "pager"
    with world.start(environment={"PAGER": str(pager)}) as terminal:
        open_dashboard(terminal)
        terminal.press("/", "quick", "Enter", "R")
        terminal.wait_for("enter yes")
        terminal.press("Enter")
        terminal.wait_for(lambda: "✗" in row_of(terminal, "quick"))
        terminal.press("L")
        terminal.wait_for("two")
        terminal.press("v")
        terminal.wait_for("could not open")

        pager.write_text(
            "#!/bin/sh\ntrap 'echo interrupted' INT\nprintf 'PAGE: '; cat \"$1\"; read x; read x\n"
        )
        pager.chmod(0o700)
        terminal.clear()
        terminal.press("v")
        terminal.wait_for("PAGE: one")
        assert is_sane(terminal)
        terminal.press("C-c")
        terminal.wait_for("interrupted")
        terminal.clear()
        terminal.press("Enter", "Enter")
        terminal.wait_for("two", but="the log does not come back")
        terminal.press("q")
        terminal.wait_for(lambda: row_of(terminal, "quick"))
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def test_a_storm_of_sizes_ends_in_the_right_picture(world: RealWorld) -> None:
    world.configure()
    with world.start(columns=100, lines=30) as terminal:
        open_dashboard(terminal)
        terminal.wait_for(lambda: "kind " in terminal.text and "R rerun" in terminal.lines[29])
        while terminal.read(0.3):  # what is on its way
            pass
        before = terminal.lines
        sizes = random.Random(7)
        for _ in range(100):
            terminal.resize(sizes.randint(1, 250), sizes.randint(1, 70))
            terminal.read(0.005)
        terminal.resize(99, 29)
        terminal.wait_for(lambda: is_ready(terminal) and "R rerun" in terminal.lines[28])
        terminal.resize(100, 30)
        terminal.wait_for(lambda: terminal.lines == before, but=f"the same picture as before:\n{before}")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def test_a_terminal_without_room_is_told_in_one_line_and_a_small_one_is_of_use(world: RealWorld) -> None:
    world.configure()
    with world.start(columns=39, lines=9) as terminal:
        terminal.wait_for(lambda: [line for line in terminal.lines if line] == ["too small: needs 40x10"])
        terminal.resize(60, 15)
        open_dashboard(terminal)
        terminal.press("/", "quick", "Enter", "R")
        terminal.wait_for(lambda: "Run quick" in terminal.text and "enter yes" in terminal.text)
        terminal.resize(20, 5)
        terminal.wait_for("too small")
        terminal.resize(40, 10)
        terminal.wait_for(lambda: "Run quick" in terminal.text and "enter yes" in terminal.text)
        terminal.press("Enter")
        terminal.wait_for(lambda: "✗" in row_of(terminal, "quick"))
        terminal.resize(120, 5)
        terminal.wait_for("too small: 40x10 needed, 120x5 here; q quits")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def test_no_colour_is_sent_to_those_who_want_none(world: RealWorld) -> None:
    world.configure()
    with world.start(environment={"NO_COLOR": "1"}) as terminal:
        open_dashboard(terminal)
        terminal.press("/", "quick", "Enter", "R")
        terminal.wait_for("enter yes")
        terminal.press("Enter")
        terminal.wait_for(lambda: "✗" in row_of(terminal, "quick"))
        terminal.press("L")
        terminal.wait_for("two")
        terminal.press("?")
        terminal.wait_for("Keys here")
        terminal.press("C-c", "C-c")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)
        styles = {part for style in _STYLE.findall(terminal.raw) for part in style.split(b";")}
        assert styles & {b"1", b"2", b"7"}, "nothing stands out"
        assert not styles & _COLOURS


def test_a_screen_without_unicode_gets_ascii(world: RealWorld) -> None:
    world.configure()
    with world.start(environment={"PYTHONIOENCODING": "ascii"}) as terminal:
        terminal.wait_for(lambda: "here *" in terminal.lines[0] and row_of(terminal, "quick"))
        assert "quick" in row_of(terminal, "quick")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.raw.isascii()


@pytest.mark.parametrize(
    ("redirections", "environment", "told"),
    [
        ("", {"TERM": "dumb"}, "can't be drawn on a terminal of the type dumb"),
        ("", {"TERM": None}, "can't be drawn on a terminal of the type unknown"),
        ("</dev/null", {}, "the dashboard needs a terminal"),
        ("<&-", {}, "the dashboard needs a terminal"),
        (">/dev/null", {}, "the dashboard needs a terminal"),
        (">&-", {}, "the dashboard needs a terminal"),
    ],
    ids=["dumb", "untold", "no input", "closed input", "no output", "closed output"],
)
def test_what_is_no_usable_terminal_is_told_in_one_line(
    world: RealWorld, redirections: str, environment: dict[str, str | None], told: str
) -> None:
    with world.start(redirections=redirections, columns=250, environment=environment) as terminal:
        assert terminal.wait_exit() == 2
        assert [line for line in terminal.lines if line] == [terminal.lines[0]]
        assert terminal.lines[0].startswith("nightdeck: ")
        assert told in terminal.lines[0]
        assert is_sane(terminal)


@pytest.mark.parametrize("redirections", ["2>/dev/null", "2>&-"], ids=["no errors", "closed errors"])
def test_the_screen_is_painted_on_the_output_wherever_errors_go(world: RealWorld, redirections: str) -> None:
    world.configure()
    with world.start(redirections=redirections) as terminal:
        open_dashboard(terminal)
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def test_reports_of_sizes_and_pixels_that_a_terminal_offers_are_taken_back(world: RealWorld) -> None:
    world.configure()
    with world.start(environment={"TEXTUAL_SMOOTH_SCROLL": "1"}) as terminal:
        terminal.wait_for(lambda: b"\x1b[?2048$p" in terminal.raw)
        terminal.press("\x1b[?2048;2$y")
        terminal.wait_for(lambda: b"\x1b[?1016h" in terminal.raw)
        open_dashboard(terminal)
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def test_two_signals_end_it_at_once_even_when_it_hangs(world: RealWorld) -> None:
    world.configure()
    with world.start(program=(sys.executable, "-c", _HANGING)) as terminal:
        open_dashboard(terminal)
        terminal.send(signal.SIGTERM)
        terminal.wait_for(lambda: b"\x1b[?1049l" in terminal.raw)
        terminal.send(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        assert terminal.attributes == terminal.attributes_before


def test_ctrl_c_in_the_first_moments_leaves_no_traceback(world: RealWorld) -> None:
    with world.start(program=(sys.executable, "-c", _IMPORTING)) as terminal:
        terminal.wait_for("importing")
        terminal.send(signal.SIGINT)
        assert terminal.wait_exit() == 130
        assert "Traceback" not in terminal.text
