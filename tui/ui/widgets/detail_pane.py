"""Everything about the job under the cursor, a tab for each way to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.ui.widgets.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from textual.timer import Timer

    from tui.core.keys import JobKey, RunKey
    from tui.engine.engine import Engine
    from tui.ui.board import Board
    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.detail_tab import DetailTab
    from tui.ui.widgets.tab_line import TabLine

TABS = ("Overview", "Runs", "Tasks", "Log", "Raw")
"""The tabs, left to right."""

RAW = TABS.index("Raw")
"""The tab with the system's own record."""

SETTLE_S = 0.25
"""Seconds that the cursor rests on a job before its system is asked for more."""

LOOK_AGAIN_S = 5.0
"""Seconds between two questions about a run that goes on, while it is looked at."""


class DetailPane(Widget):
    """Follows the cursor and turns the tabs; what is open asks the system once the cursor rests."""

    DEFAULT_CSS = """
    DetailPane { height: 1fr; width: 1fr; layout: vertical; background: $surface; }
    """

    active: reactive[int] = reactive(0, init=False)
    """Which tab is open, counted from 0."""

    def __init__(self, board: Board, zone: tzinfo, glyphs: GlyphSet, *, tab: str = "") -> None:
        """Start without a job.

        Args:
            board: Where the job's row comes from.
            zone: In which zone clock times are told.
            glyphs: The signs to draw with.
            tab: The name of the tab to open with.
        """
        super().__init__()
        self._subject = Subject(board, zone, glyphs)
        self._line: TabLine | None = None
        self._tabs: Sequence[DetailTab] = ()
        self._rest: Timer | None = None
        self._asked_of: tuple[object, ...] = ()
        self._asked_at = 0.0
        self.set_reactive(DetailPane.active, TABS.index(tab) if tab in TABS else 0)

    def on_mount(self) -> None:
        """Go on after the first paint."""
        self.call_after_refresh(self.complete)

    def complete(self) -> None:
        """Put the tabs in their places, unless they are there: the table is painted before them."""
        if self._tabs:
            return
        from tui.ui.widgets.log_tab import LogTab
        from tui.ui.widgets.overview_tab import OverviewTab
        from tui.ui.widgets.raw_tab import RawTab
        from tui.ui.widgets.runs_tab import RunsTab
        from tui.ui.widgets.tab_line import TabLine
        from tui.ui.widgets.tasks_tab import TasksTab

        kinds = (OverviewTab, RunsTab, TasksTab, LogTab, RawTab)
        self._line = TabLine(TABS, self._subject.glyphs)
        self._tabs = [kind(self._subject) for kind in kinds]
        for index, tab in enumerate(self._tabs):
            tab.display = index == self.active
        self._line.active = self.active
        self.mount(self._line, *self._tabs)
        self.update_text()

    @property
    def tab(self) -> DetailTab:
        """The open tab."""
        self.complete()
        return self._tabs[self.active]

    @property
    def run(self) -> RunKey | None:
        """The run that is meant: the one picked from the list, else the newest."""
        return self._subject.run

    def attach(self, engine: Engine) -> None:
        """Systems can be asked from now on."""
        self._subject.engine = engine
        self._load_soon()

    def show(self, key: JobKey | None) -> None:
        """Tell about a job at once from what is known, and about more once the cursor rests on it."""
        if key != self._subject.key:
            self._subject.key, self._subject.picked = key, None
            for tab in self._tabs:
                tab.forget()
            self._load_soon()
        self.update_text()

    def update_text(self) -> None:
        """Tell the same job anew, since it or the time has changed."""
        if self._line is None or not self.display:
            return
        title = self._title()
        if not title.is_same(self._line.title):
            self._line.title = title
        self.tab.update_text()
        job = self._subject.job
        is_due = self._subject.board.clock.monotonic() - self._asked_at >= LOOK_AGAIN_S
        is_going_on = job is not None and job.state.is_active
        if is_going_on and is_due and self.tab.is_live and self._asked_of:
            self._load()

    def on_job_changed(self) -> None:
        """The job's run may be another one now, or have ended: look again."""
        if self._asked_of and self._asked_of != self._outline():
            self._load_soon()
        self.update_text()

    def watch_active(self, before: int, now: int) -> None:
        """Show the open tab and fetch what it needs."""
        self.complete()
        had_focus = self._tabs[before].has_focus_within
        for index, tab in enumerate(self._tabs):
            tab.display = index == now
        if self._line is not None:
            self._line.active = now
        if had_focus:
            self.tab.take_focus()
        self.update_text()
        self._load_soon()

    def watch_display(self) -> None:
        """A pane that comes into sight asks for what it shows."""
        self._load_soon()

    def on_tab_line_chosen(self, event: TabLine.Chosen) -> None:
        """Open the tab that was clicked."""
        event.stop()
        self.active = event.index

    def take_focus(self) -> None:
        """Let the keys go to the open tab."""
        self.tab.take_focus()

    def turn(self, step: int) -> None:
        """Open the next tab or the one before."""
        self.active = (self.active + step) % len(TABS)

    def _title(self) -> Content:
        job = self._subject.job
        if job is None:
            return Content(" no job selected")
        glyphs = self._subject.glyphs
        place = f" {glyphs.dot} ".join(
            filter(None, (job.connection, f"{job.kind} {job.id}".strip(), job.path))
        )
        return Content.assemble(
            (f" {glyphs.states[job.state]} ", f"$state-{job.state}"),
            (job.name, "bold"),
            (f"   {place}", "$text-muted"),
        )

    def _outline(self) -> tuple[object, ...]:
        """What must be asked about again when it changes."""
        job = self._subject.job
        return (job.run_id, job.state, job.last_result, job.ended_at) if job is not None else ()

    def _load_soon(self) -> None:
        self._asked_of = ()
        if self._rest is not None:
            self._rest.stop()
        if self.is_attached:
            self._rest = self.set_timer(SETTLE_S, self._load)

    def _load(self) -> None:
        if self._subject.engine is None or self._subject.key is None or not self.is_attached:
            return
        if self.display:
            self._asked_of = self._outline()
            self._asked_at = self._subject.board.clock.monotonic()
            self.tab.load()
