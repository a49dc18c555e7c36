"""The last line of a dialog: its keys and what they do, folded where the screen is narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Sequence

_GAP = "   "


def key_line(ways: Sequence[tuple[str, str]], width: int) -> Content:
    """Keys and what they do; a key and its words stay on one line.

    Args:
        ways: Keys with their words; without a key the words stand alone.
        width: Cells of a line.
    """
    lines: list[list[Content]] = [[]]
    left = width
    for key, words in ways:
        way = Content.assemble((key, "bold $accent"), (f"{' ' if key else ''}{words}", "$text-muted"))
        if lines[-1] and way.cell_length + len(_GAP) > left:
            lines.append([])
            left = width
        left -= way.cell_length + (len(_GAP) if lines[-1] else 0)
        lines[-1].append(way)
    return Content("\n").join(Content(_GAP).join(line) for line in lines)
