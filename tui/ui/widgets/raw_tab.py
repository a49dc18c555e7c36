"""The system's own record of the job, as JSON that can be searched and folded."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.actions import SkipAction
from textual.content import Content
from textual.widgets import Input, Static

from tui.ui.bindings import Scope, bindings_for
from tui.ui.widgets.detail_tab import DetailTab
from tui.ui.widgets.json_document import JsonDocument
from tui.ui.widgets.json_view import JsonView
from tui.ui.widgets.line_input import LineInput
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.core.keys import JobKey, RunKey
    from tui.engine.engine import Engine
    from tui.ui.widgets.subject import Subject

_SEARCH = ("find", "find_next", "find_previous", "clear_filter", "back")


class _Read(NamedTuple):
    record: object
    document: JsonDocument
    folded: Sequence[int]


class RawTab(DetailTab):
    """Record at the top, below it where the cursor stands and how many lines match."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(Scope.EVERYWHERE, Scope.DETAIL, only=_SEARCH),
    ]
    DEFAULT_CSS = """
    RawTab > #place {
        height: 1; width: 1fr; padding: 0 1; background: $surface; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    RawTab > LineInput { display: none; }
    RawTab.-searching > LineInput { display: block; }
    """

    is_live: ClassVar[bool] = False

    def __init__(self, subject: Subject) -> None:
        """Show nothing yet.

        Args:
            subject: What the pane is about.
        """
        super().__init__(subject)
        self._view = JsonView(subject.glyphs)
        self._place = Static(id="place", markup=False)
        self._line = LineInput(placeholder="search names and values")
        self._wanted = ""
        self._matches: Sequence[int] = ()
        self._origin = 0
        self._record: object = None
        self._picked: RunKey | None = None

    def compose(self) -> ComposeResult:
        """Record, search line, place."""
        yield self._view
        yield self._line
        yield self._place

    @property
    def body(self) -> JsonView:
        """The record."""
        return self._view

    def start_over(self) -> None:
        """Nothing is known of the next job's record; what was searched for stays."""
        self._matches, self._record, self._picked = (), None, None
        self._view.start_over()
        self._place.update("")

    def load(self) -> None:
        """Ask for the record of the job, or of the run that was picked."""
        key, picked = self.subject.key, self.subject.picked
        if picked != self._picked:
            self.start_over()
            self._picked = picked
        if key is not None:
            self.ask("raw", lambda engine: self._read(engine, key, picked), self._take, self._refuse)

    def on_line_list_moved(self) -> None:
        """Tell the new place."""
        self._tell_place()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Go to the first match at every keystroke."""
        event.stop()
        self._search(event.value, self._origin)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give the keys back to the record."""
        event.stop()
        self._leave_search()

    def action_find(self) -> None:
        """Type what to search for."""
        self._origin = max(0, self._view.at)
        self.add_class("-searching")
        with self.prevent(Input.Changed):
            self._line.value = ""
        self.screen.set_focus(self._line)

    def action_find_next(self) -> None:
        """The next match, from the top again after the last."""
        self._step(1)

    def action_find_previous(self) -> None:
        """The match before, from the bottom again before the first."""
        self._step(-1)

    def action_clear_filter(self) -> None:
        """Search for nothing any more."""
        if not self._wanted:
            raise SkipAction
        self._search("", 0)

    def action_back(self) -> None:
        """Give up the search and return to where it began; without one it is the screen's to go back."""
        if not self.has_class("-searching"):
            raise SkipAction
        self._leave_search()
        self._search("", 0)
        self._view.go_to(self._origin)

    def _leave_search(self) -> None:
        self.remove_class("-searching")
        self.screen.set_focus(self._view)

    async def _read(self, engine: Engine, key: JobKey, picked: RunKey | None) -> _Read | None:
        """The record taken apart; None where it is the one that is shown."""
        record = await engine.raw(key, picked)
        if record == self._record:
            return None
        folded = self._view.folded_paths
        # In a thread, since a large record would hold up the keys.
        document = await asyncio.to_thread(JsonDocument, record)
        return _Read(record, document, await asyncio.to_thread(document.lines_at, folded))

    def _take(self, read: _Read | None) -> None:
        if read is None:
            return
        self._record = read.record
        self._view.show_document(read.document, read.folded)
        if self._wanted:
            self._search(self._wanted, None)
        self._tell_place()

    def _refuse(self, reason: str) -> None:
        """Say why nothing is known; what was heard before stays."""
        if self._record is None:
            self._view.note = Content.styled(f" {reason}", "$text-muted")
            self._view.show_lines(0)

    def _search(self, wanted: str, start: int | None) -> None:
        """Mark what matches; go to the first match from a line on, unless that is None."""
        self._wanted = wanted
        self._view.highlight(wanted)
        self.run_worker(later(self._find, wanted, start), group="search", exclusive=True)

    async def _find(self, wanted: str, start: int | None) -> None:
        document = self._view.document
        found = await asyncio.to_thread(document.find, wanted) if wanted else ()
        if document is not self._view.document or wanted != self._wanted:
            return
        self._matches = found
        if start is not None and found:
            at = bisect_left(found, start)
            self._view.go_to(found[at if at < len(found) else 0])
        self._tell_place()

    def _step(self, step: int) -> None:
        if not self._wanted:
            raise SkipAction
        if self._matches:
            at = self._view.at
            place = bisect_right(self._matches, at) if step > 0 else bisect_left(self._matches, at) - 1
            self._view.go_to(self._matches[place % len(self._matches)])
            self._tell_place()

    def _tell_place(self) -> None:
        parts = [(self._view.path, "")]
        if self._wanted:
            place = bisect_left(self._matches, self._view.at)
            is_on = place < len(self._matches) and self._matches[place] == self._view.at
            told = f"{place + 1:,} of {len(self._matches):,}" if is_on else f"{len(self._matches):,}"
            word = f"{told} matches for {self._wanted}" if self._matches else f"no match for {self._wanted}"
            parts.append((f"   {word}", "$accent" if self._matches else "$state-warning"))
        self._place.update(Content.assemble(*parts))
