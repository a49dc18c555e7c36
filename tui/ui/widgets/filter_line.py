"""The line in which a query is typed; its result is live and its errors are shown in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.ui.messages import FilterEdited, FilterLeft
from tui.ui.widgets.completing import Completing, Written

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import ClassVar

    from tui.core.errors import QueryError
    from tui.ui.widgets.proposals import Proposals
    from tui.ui.widgets.query_input import QueryInput
    from tui.ui.widgets.recall import Recall

_PLACEHOLDER = "filter: words, state:failed  conn:prod-*  dur>2x  since:2h  not …"
_SHARE_OF_WORDS = 0.6
"""Of the line, for what is told beside the query; a longer message goes on below."""
_SHORTEST_RECALLED = 2


class _Parts(NamedTuple):
    """What takes the query, what tells of its result, and what helps to write it."""

    line: QueryInput
    told: Static
    proposals: Proposals
    completing: Completing
    recall: Recall


class FilterLine(Widget):
    """A prompt, the query, and at the right how many jobs match or what is wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave(True)", "keep", priority=True),
        Binding("escape", "leave(False)", "back", priority=True),
        Binding("tab", "propose(1)", "complete"),
        Binding("up", "up", "earlier"),
        Binding("shift+tab", "propose(-1)", "complete", show=False),
        Binding("down", "down", "later, to the table", show=False),
        Binding("ctrl+p", "earlier", "earlier", show=False),
        Binding("ctrl+n", "later", "later", show=False),
    ]

    DEFAULT_CSS = """
    FilterLine { height: 1; width: 1fr; layout: horizontal; background: $surface; }
    FilterLine > #prompt { width: 3; color: $text-muted; }
    FilterLine:focus-within > #prompt { color: $accent; }
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
        self._view = Content()
        self._error: QueryError | None = None
        self._is_refused = False
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
        return self._whole.line

    @property
    def _whole(self) -> _Parts:
        if self._parts is None:
            from tui.ui.widgets.proposals import Proposals
            from tui.ui.widgets.query_input import QueryInput
            from tui.ui.widgets.recall import Recall

            line = QueryInput(self._text, placeholder=_PLACEHOLDER)
            told = Static(self._told, id="told", markup=False)
            self._parts = _Parts(line, told, Proposals(), Completing(), Recall())
            with self.prevent(Input.Changed):
                self.mount(Static(" / ", id="prompt", markup=False), line, told, self._parts.proposals)
            self._show_wrong()
        return self._parts

    @property
    def text(self) -> str:
        """The query as it stands."""
        return self._text if self._parts is None else self._parts.line.value

    @text.setter
    def text(self, value: str) -> None:
        if self._parts is None:
            self._text = value
            self.refresh()
        else:
            self._set(Written(value, len(value)))
            self._rest()

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
        self._rest()

    def offer(self, values: Mapping[str, Collection[str]]) -> None:
        """Propose these values from now on.

        Args:
            values: The values that occur in the jobs, by a field's canonical name.
        """
        parts = self._whole
        parts.completing.values = values
        if parts.completing.items and parts.completing.chosen < 0:
            self._look(is_asked=True)

    def recall(self, filters: Sequence[str]) -> None:
        """Go back to these with the up key.

        Args:
            filters: The filters that were used before, newest first.
        """
        self._whole.recall.entries = filters

    def show_count(self, shown: int, total: int) -> None:
        """Tell how many jobs match, behind the view that is open."""
        if self._error is None:
            told = f"{total:,} jobs" if shown == total else f"{shown:,} of {total:,} jobs"
            self._tell(Content.assemble(self._view, (told, "$text-muted")))

    def clear_error(self) -> None:
        """The query is right again."""
        if self._error is not None:
            self._error = None
            self._show_wrong()
            self._show_proposals()

    def show_view(self, digit: str, name: str, *, is_edited: bool) -> None:
        """Tell which view is open, from the next count on.

        Args:
            digit: The key that opens it; empty without one.
            name: What it is called; empty when every job is shown.
            is_edited: Whether filter or order are others by now.
        """
        parts = [(f"{digit} ", "$accent")] if digit else []
        parts += [(name, "$foreground"), (" · edited" if is_edited else "", "$state-warning")] if name else []
        self._view = Content.assemble(*parts, "   ") if parts else Content()

    def show_error(self, error: QueryError) -> None:
        """Underline the wrong part and tell what is wrong with it, softly while it may still become right."""
        self._error = error
        self._show_wrong()
        self._show_proposals()
        told = str(error) if self._has_room_for(str(error)) else error.message
        self._tell(Content.styled(told, "$text-muted" if self._is_unfinished else "$state-failed"))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Pass the text on at every keystroke."""
        event.stop()
        self._is_refused = False
        self._whole.recall.stop()
        self._look()
        self.post_message(FilterEdited(event.value))

    def on_query_input_cursor_moved(self) -> None:
        """Propose what fits where the cursor stands now."""
        if self.is_editing:
            self._look()

    def on_descendant_blur(self) -> None:
        """Propose nothing to somebody who looks elsewhere."""
        self._rest()

    def action_leave(self, is_kept: bool) -> None:  # noqa: FBT001 - called by name from a binding
        """Give the keys back to the table, unless the query is wrong; going back closes the list first."""
        parts = self._whole
        if is_kept and self._error is not None:
            self._is_refused = True
            self._look(is_asked=True)
            self.show_error(self._error)
        elif not is_kept and parts.completing.close():
            self._show_proposals()
        else:
            self.post_message(FilterLeft(is_kept=is_kept))

    def action_propose(self, step: int) -> None:
        """Write the next proposal, or the one before; where there is only one, go on behind it."""
        completing = self._whole.completing
        if not completing.items:
            self._look(is_asked=True)
            if len(completing.items) != 1:
                return
        is_only = len(completing.items) == 1
        self._choose(step)
        if is_only:
            self._look(is_asked=True)

    def action_down(self) -> None:
        """The next proposal or later filter; to the table where there is neither."""
        parts = self._whole
        if parts.completing.items:
            self._choose(1)
        elif parts.recall.is_walking:
            self.action_later()
        else:
            self.action_leave(is_kept=True)

    def action_up(self) -> None:
        """The proposal before, or an earlier filter."""
        if self._whole.completing.chosen >= 0:
            self._choose(-1)
        else:
            self.action_earlier()

    def action_earlier(self) -> None:
        """The filter that was used before this one and begins as what was typed."""
        self._show_recalled(self._whole.recall.earlier(self.text))

    def action_later(self) -> None:
        """The filter that was used after this one, at last what was typed."""
        self._show_recalled(self._whole.recall.later())

    @property
    def _is_unfinished(self) -> bool:
        """Whether the wrong part is still being written: something is proposed for it."""
        parts, error = self._parts, self._error
        if parts is None or error is None or self._is_refused:
            return False
        return bool(parts.completing.items) and error.end >= parts.line.cursor_position

    def _now(self) -> Written:
        line = self._whole.line
        return Written(line.value, line.cursor_position)

    def _look(self, *, is_asked: bool = False) -> None:
        self._whole.completing.look(self._now(), is_asked=is_asked)
        self._show_proposals()

    def _rest(self) -> None:
        parts = self._whole
        parts.recall.stop()
        parts.completing.rest(self._now())
        self._show_proposals()

    def _choose(self, step: int) -> None:
        written = self._whole.completing.turn(step)
        if written is not None:
            self._write(written)

    def _show_recalled(self, text: str | None) -> None:
        if text is not None:
            written = Written(text, len(text))
            self._whole.completing.rest(written)
            self._write(written)

    def _write(self, written: Written) -> None:
        self._is_refused = False
        self._set(written)
        self._show_proposals()
        self.post_message(FilterEdited(written.text))

    def _set(self, written: Written) -> None:
        line = self._whole.line
        with self.prevent(Input.Changed):
            line.value, line.cursor_position = written

    def _show_proposals(self) -> None:
        line, _, proposals, completing, recall = self._whole
        is_long = self.is_editing and self._error is not None and not self._has_room_for(str(self._error))
        proposals.show(
            completing.items,
            completing.chosen,
            note=self._error.hint if is_long and self._error is not None else "",
        )
        line.ghost = completing.ghost or (self._recalled_rest() if not recall.is_walking else "")

    def _recalled_rest(self) -> str:
        """How the newest filter that begins as what stands here goes on, when the cursor is at its end."""
        text, cursor = self._now()
        if not self.is_editing or cursor < max(len(text), _SHORTEST_RECALLED) or self._whole.completing.items:
            return ""
        begun = text.casefold()
        found = (entry for entry in self._whole.recall.entries if entry.casefold().startswith(begun))
        return next(found, "")[len(text) :]

    def _show_wrong(self) -> None:
        if self._parts is not None:
            error = None if self._is_unfinished else self._error
            self._parts.line.wrong = (error.start, error.end) if error is not None else None

    def _has_room_for(self, told: str) -> bool:
        return len(told) + 2 <= self.size.width * _SHARE_OF_WORDS

    def _tell(self, content: Content) -> None:
        if content.is_same(self._told):
            return
        self._told = content
        if self._parts is None:
            self.refresh()
        else:
            self._parts.told.update(content)
