"""The screen as text or as an SVG picture, just as it is painted, but without secrets."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, TypeAlias

from rich.cells import set_cell_size
from rich.console import Console
from rich.segment import Segment, SegmentLines

from tui.ui.shown import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

Line: TypeAlias = "list[Segment]"
"""The pieces of one line, from the left."""

SVG = "svg"
"""The ending of a file with a picture."""

_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""A picture names a font that it would fetch from a server: whoever opens it shall ask nobody."""


_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold: one such character, and no program opens the picture."""


def painted_lines(
    screen: RenderableType, size: tuple[int, int], mask: Callable[[str], str]
) -> Sequence[Line]:
    """What is painted, line by line, as text that does nothing where it is printed.

    A line with a secret in it loses its colours along with the secret.

    Args:
        screen: What paints the whole screen.
        size: Its columns and lines.
        mask: Takes the secrets out of a text.
    """
    width, height = size
    segments = (segment for segment in _console(size).render(screen) if not segment.control)
    lines = list(Segment.split_and_crop_lines(segments, width, include_new_lines=False))[:height]
    return [_masked(list(map(_harmless, line)), width, mask) for line in lines]


def screen_text(lines: Sequence[Line]) -> str:
    """The lines as plain text, without the blanks at their ends."""
    return "".join("".join(text for text, *_ in line).rstrip() + "\n" for line in lines)


def screen_svg(lines: Sequence[Line], size: tuple[int, int], title: str) -> str:
    """The lines as a picture in colours.

    Args:
        lines: What `painted_lines` told.
        size: Columns and lines of the screen.
        title: What stands above the picture.
    """
    console = _console(size)
    console.print(SegmentLines(lines, new_lines=True))
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", _FONT_FACE.sub("", console.export_svg(title=title)))


def _harmless(piece: Segment) -> Segment:
    return piece._replace(text=harmless(piece.text))


def _masked(line: Line, width: int, mask: Callable[[str], str]) -> Line:
    text = "".join(text for text, *_ in line)
    masked = mask(text)
    if masked == text:
        return line
    style = line[0].style if line else None
    return [Segment(set_cell_size(masked, width), style)]


def _console(size: tuple[int, int]) -> Console:
    return Console(
        width=size[0],
        height=size[1],
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
