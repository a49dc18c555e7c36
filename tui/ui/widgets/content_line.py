"""From a styled text to a line that a `LineWidget` can compare and paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.content import Content
    from textual.style import Style
    from textual.widget import Widget

    from tui.ui.widgets.line_widget import PaintedCell


def painted_cells(widget: Widget, content: Content, base: Style, room: int) -> Sequence[PaintedCell]:
    """One cell for each stretch of one style, together exactly as wide as the room.

    Args:
        widget: Whose theme counts.
        content: What to paint; cut where it is too long.
        base: The style under it.
        room: Cells that it fills.
    """
    shown = content.truncate(room, ellipsis=True, pad=True)
    parse = widget.app.stylesheet.parse_style
    return [((text, style.rich_style),) for text, style in shown.render(base, "", parse)]
