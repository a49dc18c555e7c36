"""The runs of a job as tabs above a log: which one is shown, and how the others ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.ui.moments import display_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui.core.keys import RunKey
    from tui.core.models import Run
    from tui.ui.glyphs import GlyphSet


class LogTabs(Static):
    """One line, from the first moment on: the log below it must not jump when runs are known."""

    DEFAULT_CSS = """
    LogTabs { height: 1; background: $panel; color: $text-muted; text-wrap: nowrap; }
    """

    class Chosen(Message):
        """Another run is wanted."""

        def __init__(self, run: RunKey) -> None:
            super().__init__()
            self.run = run
            """Which one."""

    def __init__(self) -> None:
        """Begin without runs."""
        super().__init__(id="runs", markup=False)
        self._runs: Sequence[Run] = ()
        self._current: RunKey | None = None
        self._glyphs: GlyphSet | None = None
        self._zone = "local"
        self._ends: list[tuple[int, RunKey]] = []

    def show_runs(self, runs: Sequence[Run], current: RunKey, glyphs: GlyphSet, zone: str) -> None:
        """Show the runs of a job.

        Args:
            runs: Newest first.
            current: Which one is shown.
            glyphs: The signs to draw with.
            zone: The name of the zone of clock times.
        """
        self._runs, self._glyphs, self._zone = runs, glyphs, zone
        self.show_current(current)

    def show_current(self, current: RunKey) -> None:
        """Another run is shown now."""
        self._current = current
        self._draw()

    def on_resize(self) -> None:
        """Use the room there is now."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Choose the run under the mouse."""
        chosen = next((run for end, run in self._ends if event.x < end), None)
        if chosen is not None and chosen != self._current:
            self.post_message(self.Chosen(chosen))

    def _draw(self) -> None:
        if self._glyphs is None:
            return
        zone, parts, width = display_zone(self._zone), [Content(" ")], 1
        self._ends = []
        several = len({run.key.run_id for run in self._runs}) < len(self._runs)
        for run in self._from_current():
            at = run.started_at or run.queued_at or run.ended_at
            told = f"{at.astimezone(zone):%d %b %H:%M}" if at is not None else run.key.run_id[:16]
            if several:
                told += f" #{run.key.attempt}"
            is_current = run.key == self._current
            tab = Content.assemble(
                (f" {self._glyphs.states[run.state]} ", f"$state-{run.state}"),
                (f"{told} ", "bold $foreground" if is_current else ""),
            )
            if is_current:
                tab = tab.stylize_before("on $background")
            width += tab.cell_length
            parts.append(tab)
            self._ends.append((width, run.key))
        self.update(Content("").join(parts), layout=False)

    def _from_current(self) -> Sequence[Run]:
        """As many runs as have room, so that the shown one is among them."""
        keys = [run.key for run in self._runs]
        at = keys.index(self._current) if self._current in keys else 0
        room = max(1, self.size.width // 18)
        first = max(0, min(at - room + 1, len(keys) - room)) if at >= room else 0
        return self._runs[first : first + room]
