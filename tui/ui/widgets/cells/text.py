"""Text that fits a number of cells, whatever characters it has."""

from __future__ import annotations

from rich.cells import cell_len, get_character_cell_size

_REPLACEMENT = "·"


def plain(text: str) -> str:
    """The text without what could move the cursor or change its own width: controls, joiners, bidi marks.

    Names and messages are scrubbed before they are stored; this keeps the columns straight all the same.
    """
    if text.isascii():
        if text.isprintable():
            return text
    elif text.isprintable() and "\ufe0f" not in text:
        return text
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    if character == "\ufe0f" or character == "\u200d":
        return ""
    if character.isprintable():
        return character
    return " " if character.isspace() else _REPLACEMENT


def width_of(text: str) -> int:
    """Cells that a plain text takes."""
    return len(text) if text.isascii() else cell_len(text)


def head(text: str, width: int) -> str:
    """The longest beginning that takes at most that many cells; combining marks stay with their letter."""
    if text.isascii():
        return text[: max(0, width)]
    used = 0
    for index, character in enumerate(text):
        used += get_character_cell_size(character)
        if used > width:
            return text[:index]
    return text


def tail(text: str, width: int) -> str:
    """The longest end that takes at most that many cells and starts with a whole letter."""
    if text.isascii():
        return text[-width:] if width > 0 else ""
    used = 0
    start = len(text)
    for index in range(len(text) - 1, -1, -1):
        size = get_character_cell_size(text[index])
        used += size
        if used > width:
            break
        if size:
            start = index
    return text[start:]


def fit(text: str, width: int, ellipsis: str) -> str:
    """The text in exactly that many cells: cut at its end, or filled with blanks."""
    text = plain(text)
    taken = width_of(text)
    if taken > width:
        text = head(text, width - 1) + ellipsis if width > 0 else ""
        taken = width_of(text)
    return text + " " * (width - taken)


def fit_middle(text: str, width: int, ellipsis: str) -> str:
    """The text in exactly that many cells, cut in its middle: names of jobs differ at both ends."""
    text = plain(text)
    taken = width_of(text)
    if taken > width:
        if width < _SHORTEST_MIDDLE:
            return fit(text, width, ellipsis)
        back = (width - 1) // 3
        text = head(text, width - 1 - back) + ellipsis + tail(text, back)
        taken = width_of(text)
    return text + " " * (width - taken)


def fit_right(text: str, width: int, ellipsis: str) -> str:
    """The text in exactly that many cells, filled on its left, as numbers are."""
    text = plain(text)
    taken = width_of(text)
    if taken > width:
        return fit(text, width, ellipsis)
    return " " * (width - taken) + text


_SHORTEST_MIDDLE = 8
"""Below this many cells the beginning tells more than both ends."""
