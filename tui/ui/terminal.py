"""What a terminal can do beyond painting: clipboard, bell, notifications, title."""

from __future__ import annotations

import base64

from tui.logs.scrub import plain_text

CLIPBOARD_MOST_BYTES = 74_994
"""What terminals commonly accept in one OSC 52 sequence (100,000 characters of base64 and frame)."""

_LONGEST_TITLE = 200
_LONGEST_NOTICE = 500
"""Characters that are shown somewhere; some terminals throw longer sequences away, or choke on them."""

_ESC = "\x1b"
_BELL = "\x07"


def clipboard_sequence(text: str) -> str | None:
    """The OSC 52 sequence that asks the terminal to copy a text, or None when it is too long for one."""
    raw = text.encode("utf-8", "replace")
    if len(raw) > CLIPBOARD_MOST_BYTES:
        return None
    return f"{_ESC}]52;c;{base64.b64encode(raw).decode()}{_BELL}"


def notification_sequences(title: str, body: str) -> str:
    """A bell, and the two sequences by which terminals show a desktop notification (OSC 9 and OSC 777)."""
    clean_title = plain_text(title, _LONGEST_TITLE).replace(";", ",")
    clean_body = plain_text(body, _LONGEST_NOTICE).replace(";", ",")
    return f"{_ESC}]9;{clean_title}: {clean_body}{_BELL}{_ESC}]777;notify;{clean_title};{clean_body}{_BELL}"


def title_sequence(title: str) -> str:
    """Sets the terminal's title."""
    return f"{_ESC}]2;{plain_text(title, _LONGEST_TITLE)}{_BELL}"


def keep_title_sequence() -> str:
    """Lets the terminal remember its title (XTWINOPS 22), to be given back later."""
    return f"{_ESC}[22;2t"


def give_back_title_sequence() -> str:
    """Gives the title back that was remembered (XTWINOPS 23)."""
    return f"{_ESC}[23;2t"
