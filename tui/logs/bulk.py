"""Many lines of a log at once, as they are shown: for those who take all of it, and fast."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.logs.hiding import hidden, hidden_between
from tui.logs.lines import LONGEST_LINE, bytes_of_line, shown_line
from tui.logs.scrub import TAB_WIDTH, is_scrubbed
from tui.logs.sgr import SEQUENCE, safe_sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.logs.document import LogDocument

BLOCK = 1 << 18
"""Bytes that are taken at once: some milliseconds of work at most."""

_FEW = 1 << 12
"""So many bytes are gone through line by line when something in them is to be looked at."""

_COLOUR = re.compile(SEQUENCE)


def shown_text(
    document: LogDocument,
    start: int,
    *,
    takes_rest: bool = False,
    finish: Callable[[str], str] | None = None,
) -> tuple[str, int]:
    """As many whole lines as fit into a block, and where the next one begins.

    Args:
        document: The log.
        start: The first line.
        takes_rest: Whether a last line without an end counts.
        finish: Gets each line in which something else than plain text may stand.

    Returns:
        The lines, each with a newline; empty when there is none.
    """
    data = document.file.read(start, min(BLOCK, document.size - start))
    end = data.rfind(b"\n") + 1
    if end:
        read, redactor = document.file.read, document.redactor
        text = "".join(_shown(data[:end], finish, lambda text: hidden(text, redactor)))
        return f"{hidden_between(text[:-1], read, start, start + end, redactor)}\n", start + end
    after = document.end(start)
    if after == start or not (takes_rest or document.file.read(after - 1, 1) == b"\n"):
        return "", start
    line = document.text(start)
    return (line if finish is None else finish(line)) + "\n", after


def shown_lines(data: bytes) -> list[str]:
    """Whole lines as they are shown.

    Args:
        data: The lines, each with its end.
    """
    return "".join(_shown(data, None)).split("\n")[:-1]


def _shown(
    data: bytes, finish: Callable[[str], str] | None, hide: Callable[[str], str] = str
) -> Iterator[str]:
    """The lines of some bytes: at once where nearly all is harmless, and what isn't line by line."""
    text = _harmless(data)
    if text is not None:
        yield text if finish is None or "\x1b" not in text else _finished(text.split("\n"), finish)
    elif len(data) > _FEW and (middle := data.rfind(b"\n", 0, len(data) // 2) + 1):
        yield from _shown(data[:middle], finish, hide)
        yield from _shown(data[middle:], finish, hide)
    else:
        lines = (_shown_line(line + b"\n", hide) for line in data.split(b"\n")[:-1])
        yield _finished([*lines, ""], finish or str)


def _harmless(data: bytes) -> str | None:
    """The text of lines in which all is shown as it is, but for tabs and line ends; None for others."""
    has_tabs, has_colours = b"\t" in data, b"\x1b" in data
    # Colours take no room, but would be counted up to the next tab stop.
    if (has_tabs and has_colours) or _has_long_line(data):
        return None
    data = data.replace(b"\r\n", b"\n") if b"\r" in data else data
    if b"\r" in data:
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    bare = _COLOUR.sub("", text) if has_colours else text
    if not is_scrubbed(bare.replace("\n", "").replace("\t", "")):
        return None
    if has_colours:
        return _COLOUR.sub(_safe, text)
    return text.expandtabs(TAB_WIDTH) if has_tabs else text


def _safe(match: re.Match[str]) -> str:
    return safe_sequence(match[0])


def _shown_line(line: bytes, hide: Callable[[str], str]) -> str:
    raw, is_cut = bytes_of_line(lambda at, length: line[at : at + length], 0, len(line))
    return shown_line(raw, is_cut=is_cut, hide=hide)


def _finished(lines: list[str], finish: Callable[[str], str]) -> str:
    """Lines, the last of which is what follows the last end, put together."""
    return "\n".join([*map(finish, lines[:-1]), ""])


def _has_long_line(data: bytes) -> bool:
    """Whether a line has more bytes than are surely shown."""
    position = 0
    while len(data) - position > LONGEST_LINE:
        end = data.rfind(b"\n", position, position + LONGEST_LINE + 1)
        if end < 0:
            return True
        position = end + 1
    return False
