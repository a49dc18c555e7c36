"""Making untrusted text harmless before it comes near a terminal.

Two subjects: `plain_text` for names and messages, where nothing but printable text has a meaning, and
`scrub_line` for a line of a log, where colours may stay and everything else must be seen for what it is.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from tui.logs.sgr import SEQUENCE, safe_sequence

MAX_TEXT = 1000
"""Characters that a name or a message may have; what is longer is cut and ends in an ellipsis."""

TAB_WIDTH = 8
"""Columns between two tab stops in a log line."""

MOST_MARKS = 6
"""Marks above and below one character of a log line: more than any language needs, and no tower of them."""

_BREAKS = r"\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029"
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_SURROGATES = r"\ud800-\udfff"
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Zero-width characters, bidirectional controls, fillers and tags: they hide text or turn its order."""

_UNSAFE = f"[{_CONTROLS}{_SURROGATES}{_INVISIBLE}]"
_BREAK_RUN = f"[{_BREAKS}]+"
_SEQUENCE = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # control sequences, such as colours and cursor moves
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"  # titles, links
)
_SGR = f"({SEQUENCE})"
_SELECTORS = r"\ufe00-\ufe0f"
"""Variants of the character before, such as coloured pictures: terminals don't agree on how wide they are."""

_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u0670\u06d6-\u08ff\u0900-\u109d\u1160-\u11ff"
    r"\u135d-\u135f\u1712-\u1773\u17b4-\u1c37\u1cd0-\u1cf9\u1dc0-\u1dff\u20d0-\u20ff\u2cef-\u2cf1\u2d7f-\u2dff"
    r"\u302a-\u302f\u3099\u309a\ua66f-\ua6f1\ua802-\uabed\ud7b0-\ud7ff\ufb1e\ufe20-\ufe2f"
    r"\U000101fd-\U0001e94a\U0001f3fb-\U0001f3ff"
)
"""Every character that takes no room of its own, and others of the same scripts."""

_PRINTABLE_INVISIBLE = r"\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\uffa0\U000e0100-\U000e01ef"
"""Those invisible characters that Python takes for printable ones."""

_SELECTOR = f"[{_SELECTORS}]"
_SUBTLE = f"[{_SELECTORS}{_PRINTABLE_INVISIBLE}{_MARKS}]"
_ODD = f"[{_CONTROLS}{_SURROGATES}{_INVISIBLE}{_SELECTORS}{_MARKS}]"
_FLOOD = rf"[{_MARKS}](?:{SEQUENCE})*(?:[{_MARKS}](?:{SEQUENCE})*){{6,}}"
_PART = rf"{SEQUENCE}|."
_JOINED = r"[\u1161-\u11ff\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff]"
"""Letters that are drawn as part of the one before, and tones of skin."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_PICTURES = 0x2400
"""Where Unicode keeps its pictures of the 32 oldest control characters."""


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Made when it is first needed: nearly every text is printable and needs none."""
    return re.compile(text)


def plain_text(text: str, limit: int = MAX_TEXT) -> str:
    """A name or message as one line of printable text.

    Line breaks and tabs become one space; escape sequences, control characters, bidirectional controls,
    zero-width characters and variation selectors vanish; half surrogates become replacement characters.
    """
    if len(text) <= limit and is_plain(text):
        return text
    text = text[: limit * 4]
    text = _pattern(_SEQUENCE).sub("", text)
    text = _pattern(_BREAK_RUN).sub(" ", text)
    text = _pattern(_UNSAFE).sub(_replacement, text)
    text = _pattern(_SELECTOR).sub("", text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def plain_id(text: str) -> str:
    """An id as one line of printable text that is nobody else's: what can't be seen is written as an escape.

    To drop it, as `plain_text` does, would turn one id into another, and an action hit the wrong one.
    """
    if len(text) <= MAX_TEXT and is_plain(text):
        return text
    text = _pattern(_SELECTOR).sub(_escape, escaped_unsafe(text[: MAX_TEXT + 1]))
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def is_plain(text: str) -> bool:
    """Whether `plain_text` has nothing to do but to look at the length."""
    return is_harmless(text) and (text.isascii() or _pattern(_SELECTOR).search(text) is None)


def is_harmless(text: str) -> bool:
    """Whether a terminal shows all that is in the text, however wide, and obeys nothing."""
    if text.isprintable():
        return text.isascii() or _pattern(f"[{_PRINTABLE_INVISIBLE}]").search(text) is None
    return _pattern(_UNSAFE).search(text) is None


def scrub_line(text: str) -> str:
    """A line of a log in which only colour sequences (SGR) act; everything else is shown as text.

    The line's own end is dropped and tabs become spaces. Control characters become their pictures (`␛`),
    invisible characters their code points (`<U+202E>`). Variation selectors vanish, and so does what colour
    sequences do beyond colours; of many marks on one character the first few stay (`<+94 marks>`).
    """
    text = text.removesuffix("\n").removesuffix("\r")
    if is_scrubbed(text):
        return text
    pieces = _pattern(_SGR).split(_untabbed(text))
    pieces[::2] = [_pattern(_UNSAFE).sub(_picture, piece) for piece in pieces[::2]]
    pieces[1::2] = map(safe_sequence, pieces[1::2])
    text = "".join(pieces)
    if not text.isascii():
        text = _pattern(_SELECTOR).sub("", text)
        text = _pattern(_FLOOD).sub(_first_marks, text)
    return text


def is_scrubbed(text: str) -> bool:
    """Whether `scrub_line` would surely not change anything: nothing in the text has to be looked at."""
    if text.isprintable():
        return text.isascii() or _pattern(_SUBTLE).search(text) is None
    return _pattern(_ODD).search(text) is None


def escaped_unsafe(text: str) -> str:
    """A text with escapes, as JSON writes them, in place of what is no printable text."""
    return text if text.isascii() and text.isprintable() else _pattern(_UNSAFE).sub(_escape, text)


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


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _first_marks(match: re.Match[str]) -> str:
    """The run with no more than `MOST_MARKS` marks one after the other; colours between them stay."""
    parts: list[str] = []
    marks = 0
    for part in _pattern(_PART).findall(match[0]):
        if len(part) > 1:
            parts.append(part)
        elif not _is_mark(part):
            parts += (_omitted(marks), part)
            marks = 0
        else:
            marks += 1
            if marks <= MOST_MARKS:
                parts.append(part)
    return "".join([*parts, _omitted(marks)])


def _omitted(marks: int) -> str:
    return f"<+{marks - MOST_MARKS} marks>" if marks > MOST_MARKS else ""


def _is_mark(character: str) -> bool:
    """Whether it takes no room of its own."""
    return unicodedata.category(character)[0] == "M" or _pattern(_JOINED).match(character) is not None
