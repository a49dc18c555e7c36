"""The last step before the screen of a terminal that knows ASCII alone: signs become others as wide."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

from tui.ui.glyphs import ASCII, UNICODE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.color import Color

_OTHERS = {
    "·": "-", "•": "*", "…": "~", "‥": ".", "–": "-", "—": "-", "‐": "-", "×": "x", "÷": "/", "±": "+",
    "←": "<", "→": ">", "↑": "^", "↓": "v", "↵": "<", "⏎": "<", "⇧": "^", "⌫": "<", "␣": "_",
    "‹": "<", "›": ">", "«": "<", "»": ">", "‘": "'", "’": "'", "“": '"', "”": '"',
    "✓": "*", "✔": "*", "✗": "x", "✕": "x", "✖": "x", "⚠": "!", "∅": "0", "≈": "~", "≤": "<", "≥": ">",
    "▸": ">", "▶": ">", "►": ">", "▷": ">", "▾": "v", "▼": "v", "▽": "v", "▲": "^", "△": "^", "◂": "<",
    "◀": "<", "◉": "@", "○": "o", "◌": "o", "●": "*", "◆": "+", "◇": "o", "‖": "=", "\xa0": " ",
}  # fmt: skip
"""Signs in the words of the program, outside the sets of glyphs."""

_UPRIGHT = "│┃┆┇┊┋╎╏║╷╵╹╻▏▕▎▍▌▐▊▋▉"
_LEVEL = "─━┄┅┈┉╌╍═╴╶╸╺▁▔"


def _pairs() -> Iterator[tuple[str, str]]:
    for number in range(0x2500, 0x2580):  # box drawing
        yield chr(number), "+"
    for number in range(0x2580, 0x25A0):  # blocks
        yield chr(number), "#"
    for number in range(0x25A0, 0x2600):  # geometric shapes
        yield chr(number), "*"
    for number in range(0x2800, 0x2900):  # braille, as charts are drawn with
        yield chr(number), ":" if number > 0x2800 else " "
    for state, sign in UNICODE.states.items():
        yield sign, ASCII.states[state]
    for name in UNICODE._fields:
        ours, plain = getattr(UNICODE, name), getattr(ASCII, name)
        if isinstance(ours, str) and len(ours) == len(plain) == 1:
            yield ours, plain
    # Last, for an edge of a dialog is drawn with the sign that stands for the cursor in the table.
    yield from dict.fromkeys(_UPRIGHT, "|").items()
    yield from dict.fromkeys(_LEVEL, "-").items()
    yield from _OTHERS.items()


_PLAIN = str.maketrans({sign: plain for sign, plain in _pairs() if not sign.isascii()})


class AsciiFilter(LineFilter):
    """Replaces the signs of the program, whoever drew them; letters of any script stay, for they are data."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with plain signs."""
        del background
        return [
            segment
            if segment.text.isascii()
            else Segment(_plain(segment.text), segment.style, segment.control)
            for segment in segments
        ]


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return text.translate(_PLAIN)
