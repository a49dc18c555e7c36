"""Sequences for the clipboard, notifications and the title, and their way through tmux and screen."""

from __future__ import annotations

import base64

from tui.ui.terminal import (
    CLIPBOARD_MOST_BYTES,
    clipboard_sequence,
    notification_sequences,
    title_sequence,
    wrap_for_multiplexer,
)


def test_the_clipboard_gets_the_text_and_refuses_what_is_too_long() -> None:
    sequence = clipboard_sequence("grün")
    assert sequence is not None
    assert base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == "grün"
    assert clipboard_sequence("x" * (CLIPBOARD_MOST_BYTES + 1)) is None


def test_tmux_and_screen_get_their_envelopes() -> None:
    assert wrap_for_multiplexer("\x1b]2;x\x07", {"TMUX": "1"}) == "\x1bPtmux;\x1b\x1b]2;x\x07\x1b\\"
    pieces = wrap_for_multiplexer("a" * 1000, {"STY": "1"})
    assert pieces.count("\x1bP") == 2
    assert wrap_for_multiplexer("x", {}) == "x"


def test_a_hostile_name_cannot_leave_its_sequence() -> None:
    told = notification_sequences("night\x07deck", "job\x1b]52;c;eA==\x07;end")
    assert told.count("\x1b") == 2
    assert told.count("\x07") == 2
    assert title_sequence("a\x07\x1b[2Jb") == "\x1b]2;a[2Jb\x07"
