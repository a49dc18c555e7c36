"""tmux and screen: their envelopes, and what the real tmux says of its options."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tui.ui.multiplexer import Multiplexer, ask_multiplexer, named_multiplexer

TITLE = "\x1b]2;x\x07"
STAND_IN = """#!/bin/sh
[ -n "$ANSWER" ] || exit 1
echo "$ANSWER"
"""


def test_tmux_and_screen_get_their_envelopes() -> None:
    assert named_multiplexer({"TMUX": "1"}).wrap(TITLE) == "\x1bPtmux;\x1b\x1b]2;x\x07\x1b\\"
    pieces = named_multiplexer({"STY": "1"}).wrap("a" * 1000)
    assert pieces.count("\x1bP") == 2
    assert named_multiplexer({}).wrap("x") == "x"


@pytest.fixture
def tmux(tmp_path: Path) -> dict[str, str]:
    """An environment in which a program answers for tmux."""
    program = tmp_path / "tmux"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return {"TMUX": "socket,1,0", "TMUX_PANE": "%0", "PATH": f"{tmp_path}:{os.environ['PATH']}"}


@pytest.mark.parametrize(
    ("answer", "passes", "copies"),
    [
        ("0 external", False, False),
        ("1 external", True, False),
        ("all on", True, True),
        ("0 on", False, True),
        (" external", True, False),
    ],
)
def test_tmux_says_what_it_passes_on(
    tmux: dict[str, str], answer: str, *, passes: bool, copies: bool
) -> None:
    asked = ask_multiplexer({**tmux, "ANSWER": answer})
    assert (asked.passes, asked.copies, asked.is_asked) == (passes, copies, True)
    assert bool(asked.keeps_notices) is not passes
    assert bool(asked.keeps_copies) is not (passes or copies)
    wrapped = asked.wrap_copy(TITLE)
    assert (wrapped == TITLE) is copies


def test_a_tmux_that_does_not_answer_is_trusted(tmux: dict[str, str], tmp_path: Path) -> None:
    for environ in (tmux, {**tmux, "PATH": str(tmp_path / "nowhere")}):
        asked = ask_multiplexer(environ)
        assert asked == Multiplexer("tmux", copies=False)
        assert asked.keeps_copies == asked.keeps_notices == ""


def test_without_tmux_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", pytest.fail)
    assert ask_multiplexer({}) == Multiplexer()
    assert ask_multiplexer({"STY": "1"}).name == "screen"
