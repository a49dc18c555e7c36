"""The coloured name before each line of merged logs."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "│"
"""What stands between the name and the line."""

LONGEST_NAME = 20
"""Cells that a name may take; the rest is cut."""

COLOURS = (33, 166, 28, 162, 30, 136, 99, 131)
"""Colours of the 256 that can be told apart, and read on dark and on light ground."""

MERGE_PREFIX = re.compile(rf"(?P<name>[^\s{MARK}][^{MARK}\n]{{0,{LONGEST_NAME - 1}}}) {MARK} ")
"""Matches the name and the mark at the beginning of a line without colours."""


def without_prefix(text: str) -> tuple[int, str]:
    """How many characters the name before a line takes, and the line without it.

    Args:
        text: A line of merged logs, or of any other log, without colours.
    """
    match = MERGE_PREFIX.match(text)
    return (match.end(), text[match.end() :]) if match is not None else (0, text)


def merge_prefixes(names: Sequence[str]) -> list[bytes]:
    """What to set before the lines of each log: its name in its colour, all of one width.

    Names that are the same are told apart by a number.
    """
    shown = merge_names(names)
    width = max(map(_cells, shown), default=0)
    prefixes = []
    for index, name in enumerate(shown):
        colour = COLOURS[index % len(COLOURS)]
        padding = " " * (width - _cells(name))
        prefixes.append(f"\x1b[1;38;5;{colour}m{name}{padding}\x1b[0m {MARK} ".encode())
    return prefixes


def merge_names(names: Sequence[str]) -> list[str]:
    """The names as they are shown: harmless, short, and no two alike."""
    shown: list[str] = []
    for name in names:
        short = _cut(plain_text(name).replace(MARK, "|").strip() or "log", LONGEST_NAME)
        number = 2
        unique = short
        while unique in shown:
            unique = f"{_cut(short, LONGEST_NAME - len(f' {number}'))} {number}"
            number += 1
        shown.append(unique)
    return shown


def _cut(text: str, most: int) -> str:
    if _cells(text) <= most and len(text) <= most:
        return text
    text = text[: most - 1]
    while _cells(text) > most - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _cells(text: str) -> int:
    """Columns that a text takes."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )
