"""The program as a person meets it: real keys on a real terminal, real jobs behind it."""

from __future__ import annotations

import time

from tests.support.real_world import RealWorld, is_ready, is_sane, row_of
from tests.support.terminal import PATIENCE_S, Terminal

CURSOR = "▌"


def under_cursor(terminal: Terminal) -> str:
    """The row of the table that the cursor is on."""
    return next((line for line in terminal.lines[3:] if line.startswith(CURSOR)), "")


def act(terminal: Terminal, key: str, question: str) -> None:
    """Press an action's key and agree."""
    terminal.press(key)
    terminal.wait_for(lambda: question in terminal.text and "enter yes" in terminal.text)
    terminal.press("Enter")
    terminal.wait_for(lambda: "enter yes" not in terminal.text)


def filter_by(terminal: Terminal, words: str) -> None:
    """Show one job alone; the key and the words come in one go, as from a fast typist over a slow line."""
    terminal.press(f"\\/{words}")
    terminal.wait_for(lambda: "1 of " in terminal.lines[1])
    terminal.press("Enter")
    terminal.wait_for(lambda: words in under_cursor(terminal))


def test_without_a_config_the_sample_runs_and_a_key_reruns_follows_and_stops_a_job(world: RealWorld) -> None:
    with world.start() as terminal:
        terminal.wait_for(lambda: "▶" in row_of(terminal, "rebuild search index"))
        terminal.wait_for(lambda: is_ready(terminal))
        terminal.press("G")
        terminal.wait_for(lambda: under_cursor(terminal) == terminal.lines[10])
        terminal.press("k")
        terminal.wait_for(lambda: under_cursor(terminal) == terminal.lines[9])
        terminal.press("g")
        terminal.wait_for(lambda: under_cursor(terminal) == terminal.lines[3])

        filter_by(terminal, "copy archive")
        assert "○" in under_cursor(terminal)
        act(terminal, "R", "Run copy archive")
        terminal.wait_for(lambda: "▶" in under_cursor(terminal))
        terminal.press("L")
        terminal.wait_for("file 1 of 40")
        terminal.wait_for("file 2 of 40", but="the log is not followed")
        terminal.press("q")
        terminal.wait_for(lambda: "▶" in under_cursor(terminal))
        act(terminal, "X", "Stop copy archive")
        terminal.wait_for(lambda: "asked to end" in terminal.text and "▶" not in under_cursor(terminal))

        terminal.press("\\", "q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)


def test_jobs_run_on_while_the_dashboard_is_closed_or_killed_and_the_next_one_knows_how_they_ended(
    world: RealWorld,
) -> None:
    world.configure()
    with world.start() as terminal:
        terminal.wait_for(lambda: is_ready(terminal))
        filter_by(terminal, "gated")
        act(terminal, "R", "Run gated")
        terminal.wait_for(lambda: "▶" in under_cursor(terminal))
        terminal.press("q")
        assert terminal.wait_exit() == 0
    with world.start() as again:
        again.wait_for(lambda: is_ready(again) and "▶" in row_of(again, "gated"))
        again.process.kill()
        again.wait_exit()
    jobs = [process for process in world.processes() if process.is_running()]
    assert jobs, "the job ended with its dashboard"
    world.open_gate()
    deadline = time.monotonic() + PATIENCE_S
    while any(process.is_running() for process in jobs) and time.monotonic() < deadline:
        time.sleep(0.02)
    with world.start() as last:
        last.wait_for(lambda: "✗" in row_of(last, "gated") and "exit code 7" in last.text)
        last.press("q")
        assert last.wait_exit() == 0


def test_the_next_start_paints_what_was_known_before_it_has_read_the_config(world: RealWorld) -> None:
    world.configure()
    with world.start() as terminal:
        terminal.wait_for(lambda: is_ready(terminal) and "quick" in terminal.text)
        terminal.press("G")
        terminal.wait_for(lambda: under_cursor(terminal) == terminal.lines[4])
        chosen = under_cursor(terminal).split()[1]
        terminal.press("q")
        assert terminal.wait_exit() == 0
    with world.start() as again:
        again.wait_for(lambda: "reading the config" in again.text)
        assert chosen in under_cursor(again), "the cursor is not where it was"
        again.wait_for(lambda: is_ready(again))
        again.press("q")
        assert again.wait_exit() == 0


def test_what_is_remembered_of_a_connection_that_is_gone_is_not_shown(world: RealWorld) -> None:
    world.configure()
    with world.start() as terminal:
        terminal.wait_for(lambda: is_ready(terminal) and "quick" in terminal.text)
        terminal.press("q")
        assert terminal.wait_exit() == 0
    world.configure(
        '[connections.other]\ntype = "local"\n[[connections.other.job]]\nname = "new"\ncommand = ":"'
    )
    with world.start() as again:
        again.wait_for(lambda: is_ready(again) and "new" in again.text)
        assert "quick" not in again.text
        again.press("q")
        assert again.wait_exit() == 0


def test_two_dashboards_at_once_see_the_same_and_do_not_disturb_each_other(world: RealWorld) -> None:
    world.configure()
    with world.start() as one, world.start() as other:
        one.wait_for(lambda: is_ready(one) and row_of(one, "quick"))
        other.wait_for(lambda: is_ready(other) and row_of(other, "quick"))
        filter_by(one, "quick")
        act(one, "R", "Run quick")
        one.wait_for(lambda: "✗" in row_of(one, "quick"))
        other.wait_for(lambda: "✗" in row_of(other, "quick"))
        for terminal in (one, other):
            terminal.press("\\", "q")
            assert terminal.wait_exit() == 0
            assert is_sane(terminal)
