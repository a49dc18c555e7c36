"""From a styled text to a line that a `LineWidget` can compare and paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.widgets.cells.text import width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content
    from textual.style import Style
    from textual.widget import Widget

    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.line_widget import PaintedCell


def cut(content: Content, room: int, glyphs: GlyphSet) -> Content:
    """As much of a text as has room, with a sign where it was cut.

    Args:
        content: The text.
        room: Cells that it may take.
        glyphs: Where the sign comes from: not every terminal can draw an ellipsis.
    """
    if width_of(content.plain) <= room:
        return content
    return (
        content.truncate(max(0, room - 1)).append(glyphs.ellipsis[:room]) if room > 0 else content.truncate(0)
    )


def painted_cells(
    widget: Widget, content: Content, base: Style, room: int, glyphs: GlyphSet
) -> Sequence[PaintedCell]:
    """One cell for each stretch of one style, together exactly as wide as the room.

    Args:
        widget: Whose theme counts.
        content: What to paint; cut where it is too long.
        base: The style under it.
        room: Cells that it fills.
        glyphs: Where the sign of a cut comes from.
    """
    shown = cut(content, room, glyphs)
    shown = shown.pad_right(room - width_of(shown.plain))
    parse = widget.app.stylesheet.parse_style
    return [((text, style.rich_style),) for text, style in shown.render(base, "", parse)]
