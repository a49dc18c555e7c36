"""What a terminal can do beyond painting: clipboard, bell, notifications, title."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CLIPBOARD_MOST_BYTES = 74_994
"""What terminals commonly accept in one OSC 52 sequence (100,000 characters of base64 and frame)."""

_ESC = "\x1b"
_BELL = "\x07"
_SCREEN_PIECE = 760
"""GNU screen cuts device control strings longer than about 768 bytes."""


def wrap_for_multiplexer(sequence: str, environ: Mapping[str, str] = os.environ) -> str:
    """A sequence in the envelope that tmux or GNU screen passes on to the real terminal.

    Args:
        sequence: The escape sequence that the real terminal shall see.
        environ: Where `TMUX` and `STY` are looked up.
    """
    if environ.get("TMUX"):
        return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC * 2)}{_ESC}\\"
    if environ.get("STY"):
        pieces = [sequence[i : i + _SCREEN_PIECE] for i in range(0, len(sequence), _SCREEN_PIECE)]
        return "".join(f"{_ESC}P{piece}{_ESC}\\" for piece in pieces)
    return sequence


def clipboard_sequence(text: str) -> str | None:
    """The OSC 52 sequence that asks the terminal to copy a text, or None when it is too long for one."""
    raw = text.encode()
    if len(raw) > CLIPBOARD_MOST_BYTES:
        return None
    return f"{_ESC}]52;c;{base64.b64encode(raw).decode()}{_BELL}"


def notification_sequences(title: str, body: str) -> str:
    """A bell, and the two sequences by which terminals show a desktop notification (OSC 9 and OSC 777)."""
    clean_title, clean_body = (_plain(part).replace(";", ",") for part in (title, body))
    return f"{_ESC}]9;{clean_title}: {clean_body}{_BELL}{_ESC}]777;notify;{clean_title};{clean_body}{_BELL}"


def title_sequence(title: str) -> str:
    """Sets the terminal's title."""
    return f"{_ESC}]2;{_plain(title)}{_BELL}"


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
