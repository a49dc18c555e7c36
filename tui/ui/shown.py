"""What stands on the terminal, cell by cell, so that only cells which differ are sent."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import cell_len, get_character_cell_size
from textual.strip import Strip

from tui.logs.scrub import MOST_MARKS, is_harmless
from tui.ui.pens import NO_PEN, RESET, Pen, pen_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.color import ColorSystem
    from rich.segment import Segment

Cell: TypeAlias = tuple[str, Pen]
"""A character, with what combines with it, and what it is written with; empty behind a wide character."""

_UNDISPUTED = re.compile(
    r"[ -\u02ff\u0370-\u0482\u048a-\u058f\u1e00-\u200a\u2010-\u2027\u2030-\u205e\u2070-\u20cf\u2100-\u2bff"
    r"\u2e80-\u3029\u3030-\u3098\u309b-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uff01-\uff9f\uffe0-\uffe6\ufffd]"
)
_YOUNG_PICTURES = range(0x2300, 0x2C00)
"""Among these signs those that are wide became so in 2016 only."""

_AS_PICTURE = "\ufe0f"
"""Makes a picture, which is wide, of some narrow signs."""

_JOINED = re.compile("\u200d.?", re.DOTALL)
"""A joiner and what it joins: Textual gives both of them no room."""

_REACHED = 2
"""Cells that a terminal may write over for each character that it takes to be wider than we do."""

_FURTHEST = 1 + _REACHED * (1 + MOST_MARKS)
"""Cells behind a strip that its last character may reach."""

_BRIDGED = 5
"""Cells that are sent again rather than passed over, which costs as much."""


class ShownScreen:
    """Turns spans into the sequences that bring the terminal from what it shows to what it should show."""

    def __init__(self, width: int, height: int) -> None:
        """Begin without knowing anything.

        Args:
            width: Cells of a line.
            height: Lines.
        """
        self.size = (width, height)
        """Width and height."""
        self._lines: list[list[Cell | None]] = [[None] * width for _ in range(height)]
        self._pen = NO_PEN

    def paint(self, y: int, left: int, strip: Strip, system: ColorSystem) -> str:
        """The sequences that show a strip; empty when it is shown already.

        Whatever is in it, what is sent are characters, colours and moves, and links to what is plainly one.

        Args:
            y: The line.
            left: The first cell.
            strip: What to show there.
            system: The colours that the terminal has.
        """
        line = self._lines[y] if y < len(self._lines) else []
        if any(map(_is_link, strip)):
            return self._paint_links(line, y, left, strip, system)
        cells = _cells_of(strip, system)
        del cells[max(0, len(line) - left) :]
        old = line[left : left + len(cells)]
        if old == cells:
            return ""
        line[left : left + len(cells)] = cells
        _forget_halves(line, left, left + len(cells), old)
        sequences: list[str] = []
        whole = [*cells, *_known(line, left + len(cells))]
        for first, end in _differing(cells, old, whole):
            sequences.append(
                f"\x1b[{left + first + 1}G" if sequences else f"\x1b[{y + 1};{left + first + 1}H"
            )
            sequences += self._write(whole[first:end], left + first + 1)
        return "".join(sequences)

    def finish(self) -> str:
        """What leaves the terminal's pen as others expect it."""
        is_left, self._pen = self._pen != NO_PEN, NO_PEN
        return RESET if is_left else ""

    def _write(self, cells: Sequence[Cell], column: int) -> Iterator[str]:
        pen = self._pen
        for at, (text, wanted) in enumerate(cells):
            if wanted is not pen:
                if text == " " and not (pen.marks_blanks or wanted.marks_blanks):
                    if wanted.back != pen.back:
                        wanted = Pen(pen.attributes, pen.front, wanted.back)  # noqa: PLW2901 - blanks need no more
                        yield pen.sequence_to(wanted)
                        pen = wanted
                else:
                    yield pen.sequence_to(wanted)
                    pen = wanted
            if text.isascii() or not is_disputed(text):
                yield text
            else:
                yield _in_its_place(text, column + at, at + 1 < len(cells) and not cells[at + 1][0])
        self._pen = pen

    def _paint_links(
        self, line: list[Cell | None], y: int, left: int, strip: Strip, system: ColorSystem
    ) -> str:
        """A strip with links: those are painted as Textual does, and not remembered; the rest as ever."""
        sequences: list[str] = []
        for segment in strip:
            part = Strip([segment])
            if _is_link(segment) and segment.style is not None:
                width = max(0, min(part.cell_length, len(line) - left))
                line[left : left + width] = [None] * width
                told = strip.render_style(segment.style, segment.text, system)
                sequences.append(f"{self.finish()}\x1b[{y + 1};{left + 1}H{told}")
            else:
                sequences.append(self.paint(y, left, part, system))
            left += part.cell_length
        return "".join(sequences)


def _is_link(segment: Segment) -> bool:
    """Whether a piece is one that the terminal shall open; where that could be anything else, it is text."""
    text, style, _ = segment
    return style is not None and style.link is not None and _is_ascii_text(f"{text}{style.link}")


def _is_ascii_text(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _cells_of(strip: Strip, system: ColorSystem) -> list[Cell]:
    """The cells of a strip."""
    cells: list[Cell] = []
    for text, style, _ in strip:
        pen = NO_PEN if style is None else pen_of(style, system)
        if text.isascii() and text.isprintable():
            cells += _cells(text, pen)
            continue
        text = harmless(text)  # noqa: PLW2901 - the other one is not to be used
        joined = _joined(text) if cells else 0
        if joined:
            at = -1 if cells[-1][0] or len(cells) < 2 else -2
            cells[at] = (_with_marks(cells[at][0], text[:joined]), cells[at][1])
        cells += _cells(text[joined:], pen)
    return cells


def harmless(text: str) -> str:
    """The text with blanks for what a terminal would obey, as wide as that was thought to be.

    Everything is made harmless long before it comes here: this is for what somebody forgot.
    """
    if is_harmless(text):
        return text
    text = _JOINED.sub("", text)
    return "".join(one if is_harmless(one) else " " * get_character_cell_size(one) for one in text)


def _with_marks(character: str, marks: str) -> str:
    """A character with what combines with it, but for a tower that would reach into the lines above."""
    return (character + marks)[: 1 + MOST_MARKS]


def _joined(text: str) -> int:
    """How many characters at its beginning take no room, and so belong to the cell before."""
    joined = 0
    while joined < len(text) and not get_character_cell_size(text[joined]):
        joined += 1
    return joined


@lru_cache(maxsize=4096)
def _cells(text: str, pen: Pen) -> tuple[Cell, ...]:
    blank = (" ", pen if pen.marks_blanks else Pen(back=pen.back))
    cells: list[Cell] = []
    for character in text:
        width = 1 if character.isascii() else get_character_cell_size(character)
        if character == " ":
            cells.append(blank)
        elif width:
            cells.append((character, pen))
            cells += [("", pen)] * (width - 1)
        elif cells:
            at = -1 if cells[-1][0] or len(cells) == 1 else -2
            cells[at] = (_with_marks(cells[at][0], character), cells[at][1])
            if character == _AS_PICTURE and at == -1 and cell_len(cells[at][0][:1] + character) > 1:
                cells.append(("", pen))
    return tuple(cells)


def _forget_halves(line: list[Cell | None], first: int, end: int, old: Sequence[Cell | None]) -> None:
    """Of a wide character that was written over in part, nobody knows what the terminal shows in the rest."""
    if first and old and old[0] is not None and not old[0][0]:
        line[first - 1] = None
    if end < len(line) and (behind := line[end]) is not None and not behind[0]:
        line[end] = None


def _known(line: Sequence[Cell | None], begin: int) -> Iterator[Cell]:
    """What stands behind a strip, as far as its last character may have been written over it."""
    for cell in line[begin : begin + _FURTHEST]:
        if cell is None:
            return
        yield cell


def _differing(
    new: Sequence[Cell], old: Sequence[Cell | None], whole: Sequence[Cell]
) -> Iterator[tuple[int, int]]:
    """Runs of cells to be sent, `(first, end)`: those that differ, and gaps that cost less than a move.

    Args:
        new: What a strip shows.
        old: What stands in its place.
        whole: The strip, and what stands behind it.
    """
    first = end = -1
    for at, cell in enumerate(new):
        if cell is old[at] or cell == old[at]:
            continue
        begin = at
        while begin > 0 and not new[begin][0]:
            begin -= 1
        if first < 0:
            first = begin
        elif begin > end and not _is_bridged(new, end, begin):
            yield first, end
            first = begin
        end = max(end, at + 1 if new[begin][0].isascii() else _end_of(whole, begin))
    if first >= 0:
        yield first, end


def _end_of(cells: Sequence[Cell], begin: int) -> int:
    """Where a character ends, with what the terminal may have written over."""
    end = begin + 1
    if is_disputed(cells[begin][0]):
        end += 1 + _REACHED * len(cells[begin][0])
    while end < len(cells) and not cells[end][0]:
        end += 1
    return min(end, len(cells))


@lru_cache(maxsize=4096)
def is_disputed(character: str) -> bool:
    """Whether terminals don't agree on how many cells a character takes, with what combines with it."""
    if len(character) > 1 or _UNDISPUTED.match(character) is None:
        return True
    return ord(character) in _YOUNG_PICTURES and get_character_cell_size(character) > 1


def _in_its_place(character: str, column: int, is_wide: bool) -> str:  # noqa: FBT001 - said by its name
    """A character, and then the cursor where we think it is, however wide the terminal takes it to be."""
    blanks = "  " if is_wide else " "
    return f"{blanks}\x1b[{column}G{character}\x1b[{column + len(blanks)}G"


def _is_bridged(cells: Sequence[Cell], end: int, begin: int) -> bool:
    """Whether the cells between two runs are best sent again: few, and written with the same pen."""
    pen = cells[end - 1][1]
    return begin - end <= _BRIDGED and all(
        cell[1] is pen or cell[1] == pen or (cell[0] == " " and cell[1].back == pen.back)
        for cell in cells[end : begin + 1]
    )
