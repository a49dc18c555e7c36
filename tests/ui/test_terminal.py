"""Sequences for the clipboard, notifications and the title."""

from __future__ import annotations

import base64

from tui.ui.terminal import (
    CLIPBOARD_MOST_BYTES,
    clipboard_sequence,
    give_back_title_sequence,
    keep_title_sequence,
    notification_sequences,
    title_sequence,
)


def test_the_clipboard_gets_the_text_and_refuses_what_is_too_long() -> None:
    sequence = clipboard_sequence("grün")
    assert sequence is not None
    assert base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == "grün"
    assert clipboard_sequence("x" * (CLIPBOARD_MOST_BYTES + 1)) is None


def test_the_title_is_remembered_and_given_back() -> None:
    assert keep_title_sequence() + title_sequence("x") + give_back_title_sequence() == (
        "\x1b[22;2t\x1b]2;x\x07\x1b[23;2t"
    )


def test_a_hostile_name_cannot_leave_its_sequence() -> None:
    told = notification_sequences("night\x07deck", "job\x1b]52;c;eA==\x07;end")
    assert told.count("\x1b") == 2
    assert told.count("\x07") == 2
    assert title_sequence("a\x07\x1b[2Jb") == "\x1b]2;ab\x07"
