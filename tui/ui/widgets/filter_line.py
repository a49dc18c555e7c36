"""The line in which a query is typed; its result is live and its errors are shown in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.ui.messages import FilterEdited, FilterLeft

if TYPE_CHECKING:
    from typing import ClassVar

    from tui.core.errors import QueryError

_PLACEHOLDER = "filter: words, state:failed  conn:prod-*  dur>2x  since:2h  not …"


class _Parts(NamedTuple):
    """What takes the query, and what tells of its result."""

    line: Input
    told: Static


class FilterLine(Widget):
    """A prompt, the query, and at the right how many jobs match or what is wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave(True)", "keep filter", show=False, priority=True),
        Binding("down", "leave(True)", "to the table", show=False),
        Binding("escape", "leave(False)", "back", show=False, priority=True),
    ]

    DEFAULT_CSS = """
    FilterLine { height: 1; width: 1fr; layout: horizontal; background: $surface; }
    FilterLine > #prompt { width: 3; color: $text-muted; }
    FilterLine:focus-within > #prompt { color: $accent; }
    FilterLine > Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    FilterLine > #told {
        width: auto; max-width: 60%; padding: 0 1; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    def __init__(self, text: str = "") -> None:
        """Start with a query.

        Args:
            text: The query to show first.
        """
        super().__init__()
        self._text = text
        self._told = Content()
        self._parts: _Parts | None = None

    def render(self) -> Content:
        """What the parts will show, until they are there: the first paint can do without them."""
        if self._parts is not None:
            return Content()
        style = "$foreground" if self._text else "$text-disabled"
        left = Content.assemble((" / ", "$text-muted"), (self._text or _PLACEHOLDER, style))
        gap = self.size.width - left.cell_length - self._told.cell_length - 1
        return Content.assemble(left, " " * max(1, gap), self._told)

    def on_mount(self) -> None:
        """Go on after the first paint."""
        self.call_after_refresh(self.complete)

    def complete(self) -> Input:
        """Put the parts in their places, unless they are there; the middle one takes the query."""
        if self._parts is None:
            line = Input(self._text, placeholder=_PLACEHOLDER, compact=True, select_on_focus=False)
            # A blinking cursor would send bytes all the time.
            line.cursor_blink = False
            self._parts = _Parts(line, Static(self._told, id="told", markup=False))
            with self.prevent(Input.Changed):
                self.mount(Static(" / ", id="prompt", markup=False), *self._parts)
        return self._parts.line

    @property
    def text(self) -> str:
        """The query as it stands."""
        return self._text if self._parts is None else self._parts.line.value

    @text.setter
    def text(self, value: str) -> None:
        if self._parts is None:
            self._text = value
            self.refresh()
            return
        with self.prevent(Input.Changed):
            self._parts.line.value = value

    @property
    def is_editing(self) -> bool:
        """Whether keys go into the query."""
        return self._parts is not None and self._parts.line.has_focus

    def edit(self) -> None:
        """Take the keys; the cursor stands at the end of the query."""
        line = self.complete()
        # At once, not after the keys that are waiting already: they are meant for the query.
        self.screen.set_focus(line)
        line.cursor_position = len(line.value)

    def show_count(self, shown: int, total: int) -> None:
        """Tell how many jobs match."""
        told = f"{total:,} jobs" if shown == total else f"{shown:,} of {total:,} jobs"
        self._tell(Content.styled(told, "$text-muted"))

    def show_error(self, error: QueryError) -> None:
        """Tell what is wrong with the query, beside it."""
        told = f"{error.message} ({error.hint})" if error.hint else error.message
        self._tell(Content.styled(told, "$state-failed"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the text on at every keystroke."""
        event.stop()
        self.post_message(FilterEdited(event.value))

    def action_leave(self, is_kept: bool) -> None:  # noqa: FBT001 - called by name from a binding
        """Give the keys back to the table."""
        self.post_message(FilterLeft(is_kept=is_kept))

    def _tell(self, content: Content) -> None:
        if content.is_same(self._told):
            return
        self._told = content
        if self._parts is None:
            self.refresh()
        else:
            self._parts.told.update(content)
