"""However nightdeck ends while a stop waits: the real program has sent nothing, and says so where it can."""

from __future__ import annotations

import json
import signal

from tests.support.real_world import GATED, RealWorld, is_ready, is_sane, row_of
from tests.support.terminal import Terminal

WINDOW = '[ui]\nundo = "30s"\n'


def confirm_stop(terminal: Terminal) -> None:
    terminal.wait_for(lambda: is_ready(terminal) and "▶" in row_of(terminal, "gated"))
    # The filter of the last time may still be there.
    terminal.press("\\/gated")
    terminal.wait_for("1 of 2 jobs")
    terminal.press("Enter")
    terminal.press("X")
    terminal.wait_for("Stop gated on here?")
    terminal.press("Enter")
    terminal.wait_for("stop of gated is sent in")


def test_a_stop_that_waits_is_never_sent_once_the_program_is_gone(world: RealWorld) -> None:
    world.configure(WINDOW + GATED)
    assert world.run("trigger", "gated").returncode == 0
    with world.start(columns=80, lines=24) as terminal:
        confirm_stop(terminal)
        terminal.press("\\", "q")
        assert terminal.wait_exit() == 0
        assert is_sane(terminal)
        assert b"nightdeck: not sent: stop of gated" in terminal.raw
    with world.start(columns=80, lines=24) as terminal:
        confirm_stop(terminal)
        terminal.hang_up()
        terminal.process.wait(30)
    with world.start(columns=80, lines=24) as terminal:
        confirm_stop(terminal)
        terminal.send(signal.SIGKILL)
        terminal.process.wait(30)
    steps = json.loads(world.run("journal", "-o", "json").stdout)
    assert {step["action"] for step in steps} == {"trigger"}
    assert json.loads(world.run("show", "gated", "-o", "json").stdout)["state"] == "running"
