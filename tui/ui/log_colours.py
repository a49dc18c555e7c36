"""From a line with colour sequences to a styled text, fast also where each letter has another colour."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.ansi import AnsiDecoder
from rich.style import Style as RichStyle
from textual.content import Content, Span
from textual.style import Style

if TYPE_CHECKING:
    from rich.terminal_theme import TerminalTheme

_COLOUR = re.compile(r"(\x1b\[[0-9;]*m)")
_PLAIN = RichStyle.null()


def coloured(text: str, theme: TerminalTheme) -> Content:
    """The text in the colours that it asks for.

    Args:
        text: A scrubbed line: of all escape sequences it has only those for colours.
        theme: The colours that have names.
    """
    pieces = _COLOUR.split(text)
    spans: list[Span] = []
    rich = _PLAIN
    at = 0
    for index, piece in enumerate(pieces):
        if index % 2:
            rich = _after(rich, piece)
        elif piece:
            if rich is not _PLAIN:
                spans.append(Span(at, at + len(piece), _style(rich, theme)))
            at += len(piece)
    return Content("".join(pieces[::2]), spans)


@lru_cache(maxsize=2048)
def _after(style: RichStyle, sequence: str) -> RichStyle:
    """The style that a sequence leaves."""
    decoder = AnsiDecoder()
    decoder.style = style
    decoder.decode_line(sequence)
    return decoder.style or _PLAIN


@lru_cache(maxsize=2048)
def _style(style: RichStyle, theme: TerminalTheme) -> Style:
    return Style.from_rich_style(style, theme)
