"""What a terminal shows, as values that can be compared."""

from __future__ import annotations

from typing import TypeAlias

import pyte

Picture: TypeAlias = list[list[pyte.screens.Char]]


def picture_of(screen: pyte.Screen) -> Picture:
    """Every cell of the screen; what a blank would be written in can't be seen, and doesn't count."""
    return [[_seen(screen.buffer[y][x]) for x in range(screen.columns)] for y in range(screen.lines)]


def _seen(char: pyte.screens.Char) -> pyte.screens.Char:
    is_plain_blank = char.data == " " and not (char.reverse or char.underscore or char.strikethrough)
    return char._replace(fg="default", bold=False, italics=False) if is_plain_blank else char
