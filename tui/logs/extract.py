"""Lines of a log on their way out of the program: whole and plain, however many there are, a block at a time.

Unlike on the screen, lines are not cut and tabs stay. Nothing that a terminal would obey is left in them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.logs.lines import decoded, without_colours
from tui.logs.scrub import is_scrubbed, scrub_line
from tui.logs.sgr import SEQUENCE, safe_sequence
from tui.logs.walking import StillSearching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.logs.document import LogDocument
    from tui.logs.walking import Walk

_BLOCK = 1 << 16
"""Bytes that are worked on at once: few enough that whoever waits for the interpreter hardly notices."""

_LONGEST = 1 << 22
"""Bytes of a line that are held together; a longer one is handed out in parts."""

_MOST_HELD = 1 << 18
"""Characters that are kept back because a secret may go on after them."""

_MOST_BLANK = 16
"""Characters before a line in which the sign of a name without its value is looked for."""

_AT_ONCE = 1_000
"""Shown lines that are looked for before their text is made."""

_LATER_BYTES, _LEAD_BYTES = 0x80, 0xC0
"""From here on a byte of UTF-8 goes on with a character, and from there on it begins one of several bytes."""

_HARMLESS = bytes(range(0x20, 0x7F)) + b"\n\t"
_COLOUR = re.compile(SEQUENCE.encode("ascii"))
_LONGEST_COLOUR = 64
_RETURNS_AT_END = re.compile(rb"\r+(?=\n|\Z)")
_REWRITTEN = re.compile(rb"(?m)^[^\n]*\r")
_END_STAND_IN, _TAB_STAND_IN = "\ue000", "\ue001"
_KEY_BEGINS, _KEY_ENDS = "-----BEGIN ", "-----END "


class LogChanged(Exception):
    """The log was cut or written anew while it was read: what was read so far does not belong together."""


class ShownSpans:
    """Where the lines are that a walk shows: those that follow each other are one span."""

    def __init__(self, document: LogDocument, walk: Walk, start: int, end: int) -> None:
        """Begin at a line.

        Args:
            document: The log.
            walk: Tells which lines are shown.
            start: The first line.
            end: The offset after the last one.
        """
        self._document = document
        self._walk = walk
        self._start, self._end = start, end
        self._at: int | None = None
        self.is_over = False
        """Whether there are no more."""

    def take(self, most: int) -> list[tuple[int, int]]:
        """The next spans, as start and end.

        Args:
            most: How many lines to look for.

        Raises:
            StillSearching: It is not known yet what comes next. It may be asked for again.
        """
        found: list[tuple[int, int]] = []
        for _ in range(most):
            try:
                line = self._walk.at_or_after(self._start) if self._at is None else self._walk.after(self._at)
            except StillSearching:
                if found:
                    break
                raise
            if line is None or line >= self._end:
                self.is_over = True
                break
            self._at, end = line, min(self._end, self._document.end(line))
            if found and found[-1][1] == line:
                found[-1] = (found[-1][0], end)
            else:
                found.append((line, end))
        return found


class Masking:
    """Takes the secrets out of text that comes in pieces, also those that go on in the next piece."""

    def __init__(self, mask: Callable[[str], str] | None) -> None:
        """Mask with this; None lets everything through."""
        self._mask = mask
        self._held = ""
        self.has_masked = False
        """Whether anything was taken out."""

    def feed(self, text: str) -> str:
        """What can be handed out after the next piece."""
        if self._mask is None:
            return text
        text = self._held + text
        cut = _safe_cut(text)
        self._held = text[cut:]
        return self._masked(text[:cut])

    def rest(self) -> str:
        """What was kept back, after the last piece."""
        held, self._held = self._held, ""
        return self._masked(held)

    def _masked(self, text: str) -> str:
        if self._mask is None or not text:
            return text
        masked = self._mask(text)
        self.has_masked = self.has_masked or masked != text
        return masked


def texts(
    read: Callable[[int, int], bytes], start: int, end: int, *, keeps_colours: bool = False
) -> Iterator[str]:
    """A stretch of a log as text: whole lines, each with its end, but for parts of very long ones.

    Args:
        read: Gives so many bytes from an offset on, fewer at the end of the file.
        start: Where a line begins.
        end: Where to stop.
        keeps_colours: Whether colour sequences stay.

    Raises:
        LogChanged: There are fewer bytes than there were.
    """
    begun = b""
    while start < end:
        block = read(start, min(_BLOCK, end - start))
        if not block:
            raise LogChanged("the log became shorter while it was read")
        start += len(block)
        cut = block.rfind(b"\n") + 1
        if cut:
            yield _harmless(begun + block[:cut], keeps_colours=keeps_colours)
            begun = block[cut:]
            continue
        begun += block
        if len(begun) > _LONGEST:
            if b"\r" in begun[:-1]:
                begun = begun[begun.rindex(b"\r", 0, -1) + 1 :]
            else:
                cut = _part_end(begun)
                yield _harmless(begun[:cut], keeps_colours=keeps_colours)
                begun = begun[cut:]
    if begun:
        yield _harmless(begun, keeps_colours=keeps_colours) + "\n"


def pieces(
    document: LogDocument,
    start: int,
    end: int,
    *,
    walk: Walk | None = None,
    mask: Callable[[str], str] | None = None,
    keeps_colours: bool = False,
) -> Iterator[str]:
    """Lines of a log as text, some at a time.

    Args:
        document: The log.
        start: The first line.
        end: The offset after the last one.
        walk: Tells which lines are shown; None takes all of them.
        mask: Takes the secrets out of a text.
        keeps_colours: Whether colour sequences stay.

    Raises:
        LogChanged: There are fewer bytes than there were.
        StillSearching: The walk does not know yet which line comes next.
    """
    masking = Masking(mask)
    for first, last in [(start, end)] if walk is None else _all_spans(document, walk, start, end):
        for text in texts(document.file.read, first, last, keeps_colours=keeps_colours):
            if safe := masking.feed(text):
                yield safe
    if rest := masking.rest():
        yield rest


def _all_spans(document: LogDocument, walk: Walk, start: int, end: int) -> Iterator[tuple[int, int]]:
    spans = ShownSpans(document, walk, start, end)
    while not spans.is_over:
        yield from spans.take(_AT_ONCE)


def _harmless(raw: bytes, *, keeps_colours: bool) -> str:
    """The text of some lines; all at once where nothing in them has to be looked at."""
    whole = raw.replace(b"\r\n", b"\n") if b"\r" in raw else raw
    plain = _COLOUR.sub(b"", whole) if b"\x1b" in whole else whole
    # What is left are few characters, mostly none.
    odd = plain.translate(None, _HARMLESS)
    try:
        if not odd or is_scrubbed(odd.decode("utf-8")):
            return (_COLOUR.sub(_safe_colour, whole) if keeps_colours else plain).decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = _decoded(_as_last_written(raw))
    if _END_STAND_IN in text or _TAB_STAND_IN in text:
        scrubbed = "\n".join("\t".join(map(scrub_line, line.split("\t"))) for line in text.split("\n"))
    else:
        # All lines at once, in which line ends and tabs are characters that mean nothing.
        one_line = text.replace("\n", _END_STAND_IN).replace("\t", _TAB_STAND_IN)
        scrubbed = scrub_line(one_line).replace(_END_STAND_IN, "\n").replace(_TAB_STAND_IN, "\t")
    return scrubbed if keeps_colours else without_colours(scrubbed)


def _as_last_written(raw: bytes) -> bytes:
    """The lines as carriage returns left them: of a progress bar its last state."""
    if b"\r" not in raw:
        return raw
    return _REWRITTEN.sub(b"", _RETURNS_AT_END.sub(b"", raw))


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(map(decoded, raw.split(b"\n")))


def _safe_colour(match: re.Match[bytes]) -> bytes:
    return safe_sequence(match[0].decode("ascii")).encode("ascii")


def _part_end(raw: bytes) -> int:
    """Where a long line may be cut: not inside a character or a colour."""
    end = len(raw)
    for back in (1, 2, 3):
        byte = raw[-back]
        if byte >= _LEAD_BYTES:
            end -= back
            break
        if byte < _LATER_BYTES:
            break
    colour = raw.rfind(b"\x1b", end - _LONGEST_COLOUR, end)
    return end if colour < 0 else colour


def _safe_cut(text: str) -> int:
    """Where a text can be cut without cutting a secret: before a line that may go on or have more to it.

    A value may stand in the line after its name, and keys have many lines.
    """
    cut = text.rfind("\n", 0, len(text.rstrip())) + 1
    while cut:
        around = max(0, cut - _MOST_BLANK)
        before = text[around:cut].rstrip()
        if not before.endswith((":", "=")):
            break
        cut = text.rfind("\n", 0, around + len(before)) + 1
    key = text.rfind(_KEY_BEGINS)
    ends = text.find(_KEY_ENDS, key)
    if key >= 0 and not 0 <= ends < cut:
        cut = min(cut, key)
    return cut if len(text) - cut <= _MOST_HELD else len(text)
