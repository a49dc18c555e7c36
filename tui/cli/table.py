"""Tables for people: columns aligned by what characters take on a screen, cut where the terminal ends."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Record = Mapping[str, Any]

_GAP = "  "
_MORE = "…"
_WIDE = frozenset("WF")
_ON_TOP = frozenset({"Mn", "Me"})


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a table."""

    title: str
    """Its heading."""
    text: Callable[[Record], str]
    """What stands in it."""
    is_right: bool = False
    """Whether it is aligned to the right, as numbers are."""
    least: int = 0
    """So narrow it may become where the terminal is; 0 keeps its width."""


def table_lines(records: Sequence[Record], fields: Sequence[Field], room: int | None) -> Iterator[str]:
    """The lines of a table, with a heading; no text in it can do anything to the terminal.

    Args:
        records: What to show, a row each.
        fields: The columns.
        room: Columns of the terminal; None cuts nothing.
    """
    titles = [field.title for field in fields]
    rows = [titles, *([plain_text(field.text(record)) for field in fields] for record in records)]
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    if room is not None:
        widths = _narrowed(widths, fields, room)
    for row in rows:
        cells = [
            _padded(_cut(text, width), width, is_right=field.is_right)
            for text, width, field in zip(row, widths, fields, strict=True)
        ]
        line = _GAP.join(cells).rstrip()
        yield line if room is None else _cut(line, room)


def text_width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_width, text))


def _width(character: str) -> int:
    if unicodedata.category(character) in _ON_TOP:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def _cut(text: str, room: int) -> str:
    if text_width(text) <= room:
        return text
    kept, left = [], room - 1
    for character in text:
        left -= _width(character)
        if left < 0:
            break
        kept.append(character)
    return "".join(kept) + _MORE if room > 0 else ""


def _padded(text: str, width: int, *, is_right: bool) -> str:
    blank = " " * (width - text_width(text))
    return f"{blank}{text}" if is_right else f"{text}{blank}"


def _narrowed(widths: Sequence[int], fields: Sequence[Field], room: int) -> list[int]:
    """The widths after those that may have given way, the last column first."""
    narrowed = list(widths)
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - room
    for index in reversed(range(len(fields))):
        least = fields[index].least
        given = min(excess, narrowed[index] - least) if least else 0
        if given > 0:
            narrowed[index] -= given
            excess -= given
    return narrowed
