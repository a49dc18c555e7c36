"""The command palette: Textual's own, in the clothes of this program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding
from textual.command import CommandPalette

from tui.ui.commands import PaletteSource, provider_of

if TYPE_CHECKING:
    from textual.binding import BindingType
    from textual.screen import Screen


class Palette(CommandPalette):
    """Finds commands, views, themes and jobs by a few letters."""

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

    def __init__(self, source: PaletteSource, screen: Screen[Any]) -> None:
        """Offer what a screen answers.

        Args:
            source: Where jobs, views and themes come from.
            screen: Where the palette was asked for.
        """
        super().__init__(
            [provider_of(source, screen)],
            placeholder="find a job, a command, a view or a theme",
            id="palette",
        )
