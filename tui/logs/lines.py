"""From the bytes of one line to the text that is shown: decoded, harmless, of a bounded length."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.logs.scrub import scrub_line

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_LINE = 20_000
"""Characters of a line that are shown; the rest is cut and said to be."""

MOST_BYTES = 4 * LONGEST_LINE
"""Bytes that so many characters take at most."""

_SGR = re.compile(r"\x1b\[[0-9;:]*m")
_NOT_LATIN = re.compile(rb"[\x81-\x84\x86-\x90\x98-\x9f]")
"""Bytes that text of western Windows or Unix machines does not have."""

_REPLACED = "\N{REPLACEMENT CHARACTER}"


def decoded(raw: bytes) -> str:
    """The text of a line: UTF-8, and Latin-1 where nothing in it could be UTF-8.

    Bytes that fit neither become replacement characters.
    """
    if raw.isascii():
        return raw.decode("ascii")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
    has_utf8 = any(character > "\x7f" and character != _REPLACED for character in set(text))
    if has_utf8 or _NOT_LATIN.search(raw) is not None:
        return text
    return raw.decode("cp1252")


def shown_line(raw: bytes, *, is_cut: bool = False, hide: Callable[[str], str] = str) -> str:
    """A line as it is shown, in which of all escape sequences only colours act.

    Its end is dropped. Of a line that carriage returns rewrote, as progress bars do, the last version counts.

    Args:
        raw: Its bytes, at most `MOST_BYTES` of them.
        is_cut: Whether there were more.
        hide: Takes the secrets out of a text that is to be cut.
    """
    raw = raw.rstrip(b"\r\n")
    if b"\r" in raw:
        raw = raw[raw.rindex(b"\r") + 1 :]
    text = decoded(raw)
    if is_cut or len(text) > LONGEST_LINE:
        text = f"{hide(text)[:LONGEST_LINE]} … (line cut)"
    return scrub_line(text)


def without_colours(text: str) -> str:
    """A line without its colour sequences."""
    return _SGR.sub("", text) if "\x1b" in text else text


def after_end(text: bytes, number: int) -> int:
    """The offset after the end of so many lines; 0 where there are not so many.

    Args:
        text: Some bytes.
        number: At least 1.
    """
    at = -1
    for _ in range(number):
        at = text.find(b"\n", at + 1)
        if at < 0:
            return 0
    return at + 1


def bytes_of_line(read: Callable[[int, int], bytes], start: int, end: int) -> tuple[bytes, bool]:
    """As many bytes of a line as are shown, and whether there are more.

    Args:
        read: Gives so many bytes from an offset on.
        start: Where the line begins.
        end: Where the next one begins.
    """
    length = end - start
    if length <= MOST_BYTES:
        return read(start, length), False
    # What a progress bar wrote last stands at the end.
    tail = read(end - MOST_BYTES, MOST_BYTES).rstrip(b"\r\n")
    if b"\r" in tail:
        return tail[tail.rindex(b"\r") + 1 :], False
    return read(start, MOST_BYTES), True
