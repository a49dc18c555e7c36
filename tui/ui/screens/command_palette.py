"""The command palette: Textual's own, in the clothes of this program, narrowed by signs and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding
from textual.command import CommandPalette
from textual.widgets import Input

from tui.ui.palette.narrowing import PLACEHOLDER
from tui.ui.palette.provider import provider_of

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.screen import Screen

    from tui.ui.palette.source import PaletteSource


class Palette(CommandPalette):
    """Finds commands, jobs, runs, views, settings and themes by a few letters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "cursor_down", "next", show=False),
        Binding("ctrl+p", "command_list('cursor_up')", "previous", show=False),
    ]
    DEFAULT_CSS = """
    Palette { background: $background 85%; align: center top; }
    Palette > Vertical {
        width: 96; max-width: 96%; margin-top: 2; background: $panel;
    }
    Palette > Vertical:dark { background: $panel; }
    Palette SearchIcon { display: none; }
    Palette #--input { height: 3; border: none; padding: 1 2 0 2; background: $panel; }
    Palette #--input.--list-visible { border: none; }
    Palette CommandInput, Palette CommandInput:focus { border: none; padding: 0; height: 1; }
    Palette #--results { background: $panel; }
    Palette CommandList {
        border: none; max-height: 70vh; background: $panel; padding: 0 0 1 0;
        text-wrap: nowrap; text-overflow: ellipsis;
        scrollbar-size-vertical: 1; scrollbar-background: $panel;
    }
    Palette CommandList > .option-list--option { text-style: none; padding: 0 2; }
    Palette CommandList > .option-list--option-highlighted {
        color: $block-cursor-foreground; background: $block-cursor-background;
        text-style: $block-cursor-text-style;
    }
    Palette > .command-palette--highlight { color: $table-match; text-style: $style-match; }
    Palette LoadingIndicator { border: none; }
    """

    def __init__(self, source: PaletteSource, screen: Screen[Any], *, text: str = "") -> None:
        """Offer what a screen answers.

        Args:
            source: Where entries come from.
            screen: Where the palette was asked for.
            text: What is typed already.
        """
        super().__init__([provider_of(source, screen)], placeholder=PLACEHOLDER, id="palette")
        self.text = text
        """What is typed at first."""

    def on_mount(self) -> None:
        """Stand behind what is typed already; nothing blinks, since each blink is sent over the line."""
        line = self.query_one(Input)
        line.cursor_blink = False
        line.value = self.text
