"""Making untrusted text harmless before it comes near a terminal.

Two subjects: `plain_text` for names and messages, where nothing but printable text has a meaning, and
`scrub_line` for a line of a log, where colours may stay and everything else must be seen for what it is.
"""

from __future__ import annotations

import re
from functools import cache

MAX_TEXT = 1000
"""Characters that a name or a message may have; what is longer is cut and ends in an ellipsis."""

TAB_WIDTH = 8
"""Columns between two tab stops in a log line."""

_BREAKS = r"\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029"
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_SURROGATES = r"\ud800-\udfff"
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Zero-width characters, bidirectional controls, fillers and tags: they hide text or turn its order."""

_UNSAFE = f"[{_CONTROLS}{_SURROGATES}{_INVISIBLE}]"
_BREAK_RUN = f"[{_BREAKS}]+"
_SEQUENCE = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # control sequences, such as colours and cursor moves
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"  # titles, links
)
_SGR = r"(\x1b\[[0-9;:]{0,60}m)"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_PICTURES = 0x2400
"""Where Unicode keeps its pictures of the 32 oldest control characters."""


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Made when it is first needed: nearly every text is printable and needs none."""
    return re.compile(text)


def plain_text(text: str, limit: int = MAX_TEXT) -> str:
    """A name or message as one line of printable text.

    Line breaks and tabs become one space; escape sequences, control characters, bidirectional controls and
    zero-width characters vanish; half surrogates become replacement characters.
    """
    if len(text) <= limit and (text.isprintable() or _pattern(_UNSAFE).search(text) is None):
        return text
    text = text[: limit * 4]
    text = _pattern(_SEQUENCE).sub("", text)
    text = _pattern(_BREAK_RUN).sub(" ", text)
    text = _pattern(_UNSAFE).sub(_replacement, text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def is_plain(text: str) -> bool:
    """Whether `plain_text` has nothing to do but to look at the length."""
    return text.isprintable() or _pattern(_UNSAFE).search(text) is None


def scrub_line(text: str) -> str:
    """A line of a log in which only colour sequences (SGR) act; everything else is shown as text.

    The line's own end is dropped and tabs become spaces. Control characters become their pictures (`␛`),
    invisible characters their code points (`<U+202E>`).
    """
    text = text.removesuffix("\n").removesuffix("\r")
    if is_plain(text):
        return text
    pieces = _pattern(_SGR).split(_untabbed(text))
    pieces[::2] = [_pattern(_UNSAFE).sub(_picture, piece) for piece in pieces[::2]]
    return "".join(pieces)


def _untabbed(text: str) -> str:
    """The text with spaces up to the next tab stop for each tab; colours take no room."""
    if "\t" not in text:
        return text
    column = 0
    pieces = []
    for part in re.split(r"(\t)", text):
        shown = " " * (TAB_WIDTH - column % TAB_WIDTH) if part == "\t" else part
        pieces.append(shown)
        column += len(_pattern(_SGR).sub("", shown))
    return "".join(pieces)


def _replacement(match: re.Match[str]) -> str:
    return _REPLACEMENT if "\ud800" <= match[0] <= "\udfff" else ""


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(_PICTURES + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if code < 0xA0:
        return f"<{code:02X}>"
    if 0xD800 <= code <= 0xDFFF:
        return _REPLACEMENT
    return f"<U+{code:04X}>"
