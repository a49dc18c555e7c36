"""The keys that work where the user is, as they are in effect; once more and it tells all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.ui.bindings import Scope, bindings_for
from tui.ui.keymap import shown_key
from tui.ui.keysheet import all_rows, lay_out, rows_of, with_joined_views
from tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen

    from tui.ui.keysheet import KeyRow

_ANSWERED = frozenset(
    {"cursor_down", "cursor_up", "cursor_top", "cursor_bottom", "half_page_down", "half_page_up"}
    | {"page_down", "page_up", "find", "clear_filter", "back", "quit", "help"}
)
_NOTHING = "no key matches"
_REBIND = "    rebind by name under [keymap]"
_LINES_AROUND = 6
"""Lines that margin, padding and title take; the filter line takes two more."""


class HelpScreen(ModalScreen[None]):
    """Lists keys under headings; grey ones tell why they can't act; `/` filters as one types."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for(Scope.EVERYWHERE, Scope.TABLE, only=_ANSWERED)
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 85%; }
    HelpScreen > Vertical {
        width: 100%; max-width: 176; height: auto; margin: 1 2;
        padding: 1 2; background: $panel; border-left: outer $accent;
    }
    HelpScreen #title { height: 1; width: 1fr; margin-bottom: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    HelpScreen Input {
        display: none; height: 1; width: 1fr; margin-bottom: 1;
        border: none; padding: 0; background: $surface;
    }
    HelpScreen Input.-open { display: block; }
    HelpScreen VerticalScroll { height: auto; scrollbar-size-vertical: 1; background: $panel; }
    HelpScreen #keys { width: 1fr; height: auto; }
    """

    def __init__(self, screen: Screen[Any], keymap: Mapping[str, str] | None = None) -> None:
        """Tell the keys of a screen.

        Args:
            screen: Where the help was asked for.
            keymap: What `resolve_keymap` made, for the list of all keys.
        """
        super().__init__()
        # Taken now: while the help is open, the keys of the screen below it are not active.
        self._here = with_joined_views(rows_of(screen))
        self._all = with_joined_views(all_rows(keymap or {}))
        self._is_all = False

    def compose(self) -> ComposeResult:
        """Title, filter line, keys."""
        with Vertical():
            yield Static(id="title", markup=False)
            yield LineInput(placeholder="filter: a key, a word or a binding's id")
            with VerticalScroll(can_focus=False):
                yield Static(id="keys", markup=False)

    @property
    def rows(self) -> Sequence[KeyRow]:
        """The rows that are listed: of here or of all, as far as the filter lets them through."""
        words = self.query_one(Input).value.split()
        return [row for row in (self._all if self._is_all else self._here) if row.matches(words)]

    def on_resize(self, event: events.Resize) -> None:
        """Lay the rows out for the new width."""
        del event
        self.call_after_refresh(self._tell)

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what matches."""
        event.stop()
        self._tell()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and give the keys back to the list."""
        event.stop()
        self.set_focus(None)

    def action_help(self) -> None:
        """From the keys of here to all keys, and back."""
        self._is_all = not self._is_all
        self._list.scroll_home(animate=False)
        self._tell()

    def action_find(self) -> None:
        """Type a filter."""
        line = self.query_one(Input)
        line.add_class("-open")
        line.focus()
        self._tell()

    def action_clear_filter(self) -> None:
        """List every row again."""
        line = self.query_one(Input)
        line.value = ""
        line.remove_class("-open")
        self.set_focus(None)
        self._tell()

    def action_back(self) -> None:
        """The filter goes first, then the help."""
        if self.query_one(Input).has_class("-open"):
            self.action_clear_filter()
        else:
            self.dismiss()

    def action_quit(self) -> None:
        """Close the help."""
        self.dismiss()

    def action_cursor_down(self) -> None:
        """One line down."""
        self._list.scroll_relative(y=1, animate=False)

    def action_cursor_up(self) -> None:
        """One line up."""
        self._list.scroll_relative(y=-1, animate=False)

    def action_half_page_down(self) -> None:
        """Half a page down."""
        self._list.scroll_relative(y=self._list.size.height // 2, animate=False)

    def action_half_page_up(self) -> None:
        """Half a page up."""
        self._list.scroll_relative(y=-(self._list.size.height // 2), animate=False)

    def action_page_down(self) -> None:
        """One page down."""
        self._list.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """One page up."""
        self._list.scroll_page_up(animate=False)

    def action_cursor_top(self) -> None:
        """The first line."""
        self._list.scroll_home(animate=False)

    def action_cursor_bottom(self) -> None:
        """The last line."""
        self._list.scroll_end(animate=False)

    @property
    def _list(self) -> VerticalScroll:
        return self.query_one(VerticalScroll)

    def _tell(self) -> None:
        self.query_one("#title", Static).update(self._title())
        is_filtered = self.query_one(Input).has_class("-open")
        self._list.styles.max_height = max(1, self.size.height - _LINES_AROUND - 2 * is_filtered)
        keys = self.query_one("#keys", Static)
        rows = self.rows
        keys.update(lay_out(rows, keys.size.width) if rows else Content.styled(_NOTHING, "$text-muted"))

    def _title(self) -> Content:
        """What is listed, and the keys of the help itself."""
        keys: dict[str | None, str] = {}
        for key, active in self.active_bindings.items():
            keys.setdefault(active.binding.id, shown_key(key))
        words = {"help": "keys of here" if self._is_all else "all keys", "find": "filter", "back": "close"}
        parts: list[tuple[str, str]] = [("All keys" if self._is_all else "Keys here", "bold $foreground")]
        for id_, word in words.items():
            if id_ in keys:
                parts += [("    ", ""), (keys[id_], "bold $accent"), (f" {word}", "$text-muted")]
        title = Content.assemble(*parts)
        has_room = title.cell_length + len(_REBIND) <= self.query_one("#title").size.width
        return title + Content.styled(_REBIND, "$text-disabled") if has_room else title
