"""Offering to go on where the line dropped, and going there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.duration import format_age
from tui.ui.screens.table_screen import TableScreen
from tui.ui.views import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui.config.placefile import Place, Reading
    from tui.config.statefile import UiState

_SHORTEST_S = 1.0


class Resuming(TableScreen):
    """Keeps the place of the user, and leads back to it."""

    _is_offering = False

    def ui_state(self) -> UiState:
        """What the next start shall open with."""
        raise NotImplementedError

    def offer_place(self, place: Place) -> None:
        """Offer to go back to a place, in one line; where nothing is missing, only say what happened."""
        dropped = f"the line dropped {self._age(place)} ago"
        missing = self._missing(place)
        if not missing:
            self.app.forget_place()
            self.notify(f"{dropped}; view, filter and cursor are as they were", markup=False)
            return
        from tui.ui.widgets.offer import Offer

        self._is_offering = True
        key = self.app.shown_key_of("open")
        self.mount(Offer(dropped, key, ", ".join(missing)))

    def on_key(self, event: events.Key) -> None:
        """The key that opens takes the offer; any other does what it always does, and lets the offer go."""
        if not self._is_offering:
            return
        self._is_offering = False
        self.query("Offer").remove()
        if self.app.has_key("open", event.key) and self.table.has_focus:
            event.stop()
            event.prevent_default()
            self.app.resume()
        else:
            self.app.forget_place()

    def place_now(self) -> Place:
        """Where the user is."""
        from tui.config.placefile import Place

        state = self.ui_state()
        return Place(
            self.board.now,
            view=state.view,
            query=state.query,
            sort=state.sort,
            cursor=state.cursor,
            is_detail_focused=self.panes.detail.has_focus_within,
            pane=state.pane,
            reading=self._reading(),
            marks=tuple(self.table.marks),
        )

    def restore(self, place: Place) -> None:
        """Go to a place: its rows, their order, the cursor, the marks, the tab and who has the keys."""
        named = {view.name: view for view in (ALL, *self.startup.views)}
        if place.view in named:
            self.use_view(named[place.view])
        if place.query != self.board.query.text:
            self.kept_query = place.query
            self.filter(place.query)
        if place.cursor is not None:
            self.table.go_to(place.cursor)
        self.table.mark(place.marks)
        if place.is_detail_focused:
            self.panes.open_detail()

    def _missing(self, place: Place) -> Sequence[str]:
        """What of a place is not there yet, in words."""
        missing = []
        here = (None, self.table.cursor_key, self.startup.cursor)
        if place.query != self.board.query.text or place.cursor not in here:
            missing.append("filter and cursor")
        if place.reading is not None:
            job = self.board.job(place.reading.run.job)
            missing.append(f"log of {job.name}" if job is not None else "log")
        if place.marks:
            missing.append(f"{len(place.marks):,} mark{'s' if len(place.marks) > 1 else ''}")
        if place.is_detail_focused and place.reading is None:
            missing.append("details")
        return missing

    def _reading(self) -> Reading | None:
        readings = (getattr(screen, "reading", None) for screen in reversed(self.app.screen_stack))
        return next((reading for reading in readings if reading is not None), None)

    def _age(self, place: Place) -> str:
        return format_age(max(_SHORTEST_S, (self.board.now - place.left_at).total_seconds()))
