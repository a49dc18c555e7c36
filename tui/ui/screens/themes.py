"""Trying themes on: the whole screen wears the one under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import set_cell_size
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.core.state import State
from tui.ui.bindings import Scope, bindings_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.ui.app import NightdeckApp
    from tui.ui.wardrobe import Garment

_ANSWERED = frozenset(
    {
        "cursor_down",
        "cursor_up",
        "cursor_top",
        "cursor_bottom",
        "page_down",
        "page_up",
        "open",
        "back",
        "quit",
    }
)
_SHOWN = (State.FAILED, State.WARNING, State.RUNNING, State.SUCCEEDED)
"""States whose colours are shown beside each theme."""
_NAME_WIDTH, _KIND_WIDTH = 20, 15
_PAGE = 8
_NARROW = 100
"""Columns below which the list has names and colours alone."""
_LINES_AROUND, _LEAST_LINES = 11, 3
"""Lines that margins, title and what is said below the list take, and those that the list has anyhow."""


class ThemeChooser(ModalScreen[str | None]):
    """Answers with the name of the theme to keep, or None when the user went back."""

    app: NightdeckApp
    BINDINGS: ClassVar[list[BindingType]] = bindings_for(Scope.EVERYWHERE, Scope.TABLE, only=_ANSWERED)
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    ThemeChooser { align: right bottom; background: transparent; }
    ThemeChooser > Vertical {
        width: 58; max-width: 100%; height: auto; max-height: 100%; margin: 1 0 1 2;
        padding: 1 2; background: $panel; border-left: outer $accent;
    }
    ThemeChooser.-narrow > Vertical { width: 38; margin: 1 0 1 1; }
    ThemeChooser #title { height: 2; width: 1fr; }
    ThemeChooser VerticalScroll { height: auto; scrollbar-size-vertical: 1; background: $panel; }
    ThemeChooser #list { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    ThemeChooser #about { width: 1fr; height: auto; max-height: 8; color: $text-muted; margin-top: 1; }
    ThemeChooser #keys { width: 1fr; height: 1; margin-top: 1; }
    """

    def __init__(self, garments: Sequence[Garment], worn: str) -> None:
        """Offer themes.

        Args:
            garments: All of them.
            worn: The name of the one that is worn now.
        """
        super().__init__()
        self._garments = garments
        names = [garment.name for garment in garments]
        self._at = names.index(worn) if worn in names else 0

    def compose(self) -> ComposeResult:
        """The list, and a word about the one under the cursor."""
        with Vertical():
            yield Static(Content.styled("Theme", "bold"), id="title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Static(id="list", markup=False)
            yield Static(id="about", markup=False)
            keys = (("enter", "keep it"), ("esc", "back"))
            parts = [part for key, does in keys for part in ((key, "bold $accent"), (f" {does}   ", ""))]
            yield Static(Content.assemble(*parts), id="keys", markup=False)

    def on_mount(self) -> None:
        """Begin on the theme that is worn."""
        self._tell()

    def on_resize(self, event: events.Resize) -> None:
        """Leave room for what is said below the list, and something of the screen to look at."""
        self.set_class(event.size.width < _NARROW, "-narrow")
        self.query_one(VerticalScroll).styles.max_height = max(
            _LEAST_LINES, event.size.height - _LINES_AROUND
        )
        self.call_after_refresh(self._tell)

    def on_click(self, event: events.Click) -> None:
        """Try on what was clicked."""
        list_ = self.query_one("#list")
        if event.widget is list_:
            self._go_to(event.y)

    def action_cursor_down(self) -> None:
        """Try on the next one."""
        self._go_to(self._at + 1)

    def action_cursor_up(self) -> None:
        """Try on the one before."""
        self._go_to(self._at - 1)

    def action_cursor_top(self) -> None:
        """Try on the first one."""
        self._go_to(0)

    def action_cursor_bottom(self) -> None:
        """Try on the last one."""
        self._go_to(len(self._garments) - 1)

    def action_page_down(self) -> None:
        """Some further down."""
        self._go_to(self._at + _PAGE)

    def action_page_up(self) -> None:
        """Some further up."""
        self._go_to(self._at - _PAGE)

    def action_open(self) -> None:
        """Keep the theme under the cursor."""
        if self._here.theme is None:
            self.notify("this theme can't be worn: mend its file first", severity="warning", markup=False)
        else:
            self.dismiss(self._here.name)

    def action_back(self) -> None:
        """Wear again what was worn before."""
        self.dismiss(None)

    action_quit = action_back

    @property
    def _here(self) -> Garment:
        return self._garments[self._at]

    def _go_to(self, index: int) -> None:
        index = max(0, min(index, len(self._garments) - 1))
        if index == self._at:
            return
        self._at = index
        if self._here.theme is not None:
            self.app.wear(self._here.theme)
        self._tell()

    def _tell(self) -> None:
        lines = [self._line(garment, is_here=garment is self._here) for garment in self._garments]
        self.query_one("#list", Static).update(Content("\n").join(lines))
        here = self._here
        self.query_one("#about", Static).update(here.problem or f"{here.kind}, {here.origin}")
        scroll = self.query_one(VerticalScroll)
        top, height = scroll.scroll_offset.y, max(1, scroll.size.height)
        if not top <= self._at < top + height:
            scroll.scroll_to(y=self._at if self._at < top else self._at - height + 1, animate=False)

    def _line(self, garment: Garment, *, is_here: bool) -> Content:
        glyphs = self.app.glyphs
        cursor = (f"{glyphs.cursor if is_here else ' '} ", "$accent")
        name_style = "$text-disabled" if garment.theme is None else ("bold" if is_here else "")
        name = (set_cell_size(garment.name, _NAME_WIDTH), name_style)
        kind = (set_cell_size(garment.kind, _KIND_WIDTH), "$text-muted")
        about = () if self.has_class("-narrow") else ("  ", kind)
        return Content.assemble(cursor, name, *about, *self._swatch(garment))

    def _swatch(self, garment: Garment) -> list[tuple[str, str]]:
        """The main signs as this theme shows them."""
        theme = garment.theme
        if theme is None:
            return []
        ground = theme.background
        signs = [
            (f" {self.app.glyphs.states[state]}", f"{theme.variables[f'state-{state}']} on {ground}")
            for state in _SHOWN
        ]
        return [*signs, (" ", f"on {ground}")]
