"""Things that stand side by side in as few lines as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = "   "
"""Between two of them."""


def in_lines(parts: Sequence[Content], room: int) -> Content:
    """The parts side by side, in as many lines as they need; none is broken."""
    lines: list[list[Content]] = [[]]
    used = 0
    for part in parts:
        if lines[-1] and used + len(GAP) + part.cell_length > room:
            lines.append([])
            used = 0
        used += part.cell_length + (len(GAP) if lines[-1] else 0)
        lines[-1].append(part)
    return Content("\n").join(Content(GAP).join(line) for line in lines)
