"""A line that takes bytes slowly: what a key changes comes before everything else, and nothing is lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.slow_link_app import WINDOW
from tests.support.slow_terminal import SlowTerminal

ROOT = Path(__file__).parents[2]
SIZE = (120, 36)
CURSOR = "▌"
WHOLE_TABLE = 6_000
"""Bytes that a table of this size costs at the very least."""


@pytest.fixture
def terminal() -> Iterator[SlowTerminal]:
    command = [sys.executable, "-m", "tests.support.slow_link_app"]
    variables = {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TEXTUAL_ANIMATIONS": "none",
        "NO_COLOR": None,
        "TMUX": None,
        "STY": None,
    }
    columns, lines = SIZE
    with SlowTerminal(command, columns=columns, lines=lines, environment=variables, cwd=ROOT) as terminal:
        terminal.wait_for(CURSOR)
        terminal.wait_for(lambda: terminal.answers > 0)
        terminal.settle()
        yield terminal
        terminal.is_answering = True
        terminal.press("Q")
        assert terminal.wait_exit() == 0


def cursor_line(terminal: SlowTerminal) -> int:
    """Where the cursor is on the screen."""
    return next((y for y, line in enumerate(terminal.lines) if line.startswith(CURSOR)), -1)


def names(terminal: SlowTerminal) -> list[str]:
    """The jobs on the screen, top to bottom."""
    return [line[3:25].strip() for line in terminal.lines[1:]]


def test_a_key_is_seen_before_the_rest_of_what_was_being_sent(terminal: SlowTerminal) -> None:
    before, line = names(terminal), cursor_line(terminal)
    terminal.is_answering = False
    sent = len(terminal.raw)
    terminal.press("x")
    terminal.wait_for(lambda: names(terminal) != before, but="nothing of the new order is painted")
    terminal.settle()
    assert len(terminal.raw) - sent < 2 * WINDOW, "more is under way than was let"
    assert before[-1] in names(terminal)

    terminal.press("j", "j")
    terminal.settle()
    sent = len(terminal.raw)
    terminal.answer()
    terminal.wait_for(lambda: cursor_line(terminal) == line + 2, but="the cursor did not move")
    assert before[-1] in names(terminal), "the rest of the table came before the cursor"
    assert len(terminal.raw) - sent < 2 * WINDOW

    terminal.is_answering = True
    terminal.answer()
    terminal.settle()
    assert before[-1] not in names(terminal), "the rest never came"
    painted = names(terminal)
    terminal.press("C-l")
    terminal.settle()
    assert names(terminal) == painted, "what was painted in pieces is not what there is"


def test_keys_held_down_move_the_cursor_on_without_a_queue_of_what_is_past(terminal: SlowTerminal) -> None:
    terminal.is_answering = False
    sent = len(terminal.raw)
    line = cursor_line(terminal)
    terminal.press(*["j"] * 25)
    terminal.settle()
    assert len(terminal.raw) - sent < 2 * WINDOW
    terminal.is_answering = True
    terminal.answer()
    terminal.wait_for(lambda: cursor_line(terminal) == line + 25)
    assert len(terminal.raw) - sent < 5 * WINDOW


def test_a_terminal_that_takes_a_few_bytes_at_a_time_shows_a_key_within_two_windows(
    terminal: SlowTerminal,
) -> None:
    line = cursor_line(terminal)
    terminal.piece = 100
    sent = len(terminal.raw)
    terminal.press("x")
    terminal.wait_for(lambda: len(terminal.raw) > sent)
    typed = len(terminal.raw)
    terminal.press("j")
    terminal.wait_for(lambda: cursor_line(terminal) == line + 1)
    seen = len(terminal.raw)
    assert seen - typed < 4 * WINDOW
    terminal.settle()
    assert len(terminal.raw) - seen > WHOLE_TABLE / 2, "the key waited for the whole table"
