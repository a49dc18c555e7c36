"""Everything about the job under the cursor: Overview, Runs, Log, Tasks, Raw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.core.errors import NightdeckError
from tui.core.state import State
from tui.ui.bindings import Scope, bindings_for
from tui.ui.glyphs import UNICODE
from tui.ui.log_feed import feed_log
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from textual.binding import BindingType
    from textual.timer import Timer

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job, Run
    from tui.engine.engine import Engine
    from tui.ui.board import Board
    from tui.ui.glyphs import GlyphSet
    from tui.ui.widgets.log_view import LogView
    from tui.ui.widgets.tab_line import TabLine

TABS = ("Overview", "Runs", "Log", "Tasks", "Raw")
"""The tabs, left to right."""

_OVERVIEW, _RUNS, _LOG, _TASKS, _RAW = range(len(TABS))
_SETTLE_S = 0.25
"""Seconds that the cursor rests on a job before its system is asked for more."""
_TROUBLED = (State.FAILED, State.WARNING)


class _Parts(NamedTuple):
    """The line of tabs, and what they show."""

    tabs: TabLine
    overview: Static
    runs: OptionList
    log: LogView
    tasks: Static
    raw: Static


class DetailPane(Widget):
    """Follows the cursor; asks the system only once the cursor rests."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.DETAIL)]
    DEFAULT_CSS = """
    DetailPane { height: 1fr; width: 1fr; layout: vertical; background: $surface; }
    DetailPane > VerticalScroll, DetailPane > OptionList, DetailPane > LogView {
        height: 1fr; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
    }
    DetailPane > OptionList > .option-list--option-highlighted {
        background: $table-cursor; color: $foreground;
    }
    DetailPane > OptionList:focus { border: none; }
    DetailPane > OptionList { text-wrap: nowrap; text-overflow: ellipsis; }
    DetailPane Static { width: 1fr; height: auto; }
    DetailPane #overview { padding: 0 1; }
    """

    active: reactive[int] = reactive(_OVERVIEW, init=False)
    """Which tab is open, counted from 0."""

    class RunChosen(Message):
        """A run was picked from the list; its log is wanted."""

        def __init__(self, run: RunKey) -> None:
            super().__init__()
            self.run = run
            """The run."""

    def __init__(self, board: Board, zone: tzinfo, *, glyphs: GlyphSet = UNICODE) -> None:
        """Start without a job.

        Args:
            board: Where the job's row comes from.
            zone: In which zone clock times are told.
            glyphs: The signs to draw with.
        """
        super().__init__()
        self._board = board
        self._zone = zone
        self._glyphs = glyphs
        self._engine: Engine | None = None
        self._key: JobKey | None = None
        self._runs: Sequence[Run] = ()
        self._shown_run: RunKey | None = None
        self._rest: Timer | None = None
        self._parts: _Parts | None = None

    def on_mount(self) -> None:
        """Go on after the first paint."""
        self.call_after_refresh(self.complete)

    def complete(self) -> _Parts:
        """Put the parts in their places, unless they are there: the table is painted before them."""
        if self._parts is None:
            from tui.ui.widgets.log_view import LogView
            from tui.ui.widgets.tab_line import TabLine

            self._parts = parts = _Parts(
                TabLine(TABS),
                Static(id="overview", markup=False),
                OptionList(markup=False),
                LogView(has_numbers=False, id="log"),
                Static(id="tasks", markup=False),
                Static(id="raw", markup=False),
            )
            bodies = (
                VerticalScroll(parts.overview),
                parts.runs,
                parts.log,
                VerticalScroll(parts.tasks),
                VerticalScroll(parts.raw),
            )
            for index, body in enumerate(bodies):
                body.display = index == self.active
            parts.tabs.active = self.active
            self.mount(parts.tabs, *bodies)
            self.update_text()
        return self._parts

    @property
    def bodies(self) -> Sequence[Widget]:
        """The widgets of the tabs, in their order."""
        self.complete()
        return self.children[1:]

    @property
    def run(self) -> RunKey | None:
        """The run that is meant: the one picked in the list, else the newest."""
        if self.active == _RUNS:
            picked = self.complete().runs.highlighted
            if picked is not None and picked < len(self._runs):
                return self._runs[picked].key
        job = self._board.job(self._key) if self._key is not None else None
        return job.run_key if job is not None else None

    def attach(self, engine: Engine) -> None:
        """Systems can be asked from now on."""
        self._engine = engine
        self._load_soon()

    def show(self, key: JobKey | None) -> None:
        """Tell about a job at once from what is known, and about more once the cursor rests on it."""
        if key != self._key:
            self._key = key
            self._runs = ()
            self._shown_run = None
            if self._parts is not None:
                self._parts.runs.clear_options()
                self._parts.log.start_over()
                self._parts.tasks.update("")
                self._parts.raw.update("")
            self.workers.cancel_node(self)
            self._load_soon()
        self.update_text()

    def update_text(self) -> None:
        """Tell the same job anew, since it or the time has changed."""
        if self._parts is None:
            return
        tabs, overview = self._parts.tabs, self._parts.overview
        job = self._board.job(self._key) if self._key is not None else None
        if job is None:
            tabs.title = Content(" no job selected")
            _put(overview, Content.styled("Move the cursor onto a job.", "$text-muted"))
            return

        from tui.ui.widgets.overview import Overview

        place = " · ".join(filter(None, (job.connection, f"{job.kind} {job.id}".strip(), job.path)))
        title = Content.assemble((f" {job.name}", "bold"), (f"   {place}", "$text-muted"))
        if not title.is_same(tabs.title):
            tabs.title = title
        told = Overview(
            job,
            self._board.now,
            self._zone,
            trend=self._board.trend(job.key),
            runs=self._runs,
            receipt=self._board.receipt(job.key),
            is_stale=self._board.is_stale(job.key),
            glyphs=self._glyphs,
        ).content()
        _put(overview, Content("\n").join([told, *self._log_lines()]))

    def on_job_changed(self) -> None:
        """The job's run may be another one now: look again."""
        job = self._board.job(self._key) if self._key is not None else None
        if job is not None and job.run_key != self._shown_run:
            self._load_soon()
        self.update_text()

    def watch_active(self) -> None:
        """Show the open tab's body and fetch what it needs."""
        had_focus = self.has_focus_within
        for index, body in enumerate(self.bodies):
            body.display = index == self.active
        self.complete().tabs.active = self.active
        if had_focus:
            self.bodies[self.active].focus(scroll_visible=False)
        self._load_soon()

    def on_tab_line_chosen(self, event: TabLine.Chosen) -> None:
        """Open the tab that was clicked."""
        self.active = event.index

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Pass on which run was picked."""
        event.stop()
        self.post_message(self.RunChosen(self._runs[event.option_index].key))

    def take_focus(self) -> None:
        """Let the keys go to the open tab."""
        self.bodies[self.active].focus(scroll_visible=False)

    def turn(self, step: int) -> None:
        """Open the next tab or the one before."""
        self.active = (self.active + step) % len(TABS)

    def _load_soon(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_SETTLE_S, self._load)

    def _load(self) -> None:
        if self._engine is None or self._key is None or not self.is_attached:
            return
        self.run_worker(later(self._load_runs, self._engine, self._key), group="runs", exclusive=True)
        job = self._board.job(self._key)
        if job is not None and job.run_key is not None:
            is_wanted = self.active == _LOG or (self.active == _OVERVIEW and _ended_badly(job))
            if is_wanted and self._shown_run != job.run_key:
                self._shown_run = job.run_key
                self.complete().log.start_over()
                self.run_worker(later(self._load_log, self._engine, job.run_key), group="log", exclusive=True)
        if self.active == _TASKS:
            self.run_worker(later(self._load_tasks, self._engine, self._key), group="tasks", exclusive=True)
        if self.active == _RAW:
            self.run_worker(later(self._load_raw, self._engine, self._key), group="raw", exclusive=True)

    async def _load_runs(self, engine: Engine, key: JobKey) -> None:
        try:
            runs = await engine.runs(key)
        except NightdeckError as error:
            self._tell_runs(Content.styled(f" {error}", "$text-muted"))
            return
        if key != self._key:
            return
        from tui.ui.widgets.overview import run_line

        self._runs = runs
        longest = max((run.duration_s or 0.0 for run in runs), default=0.0)
        now = self._board.now
        listed = self.complete().runs
        kept = listed.highlighted
        listed.clear_options()
        listed.add_options(
            Option(run_line(run, now, self._zone, longest, glyphs=self._glyphs)) for run in runs
        )
        if runs:
            listed.highlighted = min(kept or 0, len(runs) - 1)
        else:
            self._tell_runs(Content.styled(" This job has not run, or nobody remembers it.", "$text-muted"))
        self.update_text()

    async def _load_log(self, engine: Engine, run: RunKey) -> None:
        view = self.complete().log
        try:
            await feed_log(engine, run, view.feed)
        except NightdeckError as error:
            self.notify_in_log(str(error))
        job = self._board.job(run.job)
        if job is not None and _ended_badly(job):
            view.is_following = False
            view.find_error(1, is_inclusive=True)
        self.update_text()

    async def _load_tasks(self, engine: Engine, key: JobKey) -> None:
        from tui.ui.widgets.task_list import task_lines

        job = self._board.job(key)
        if job is None or job.run_key is None:
            told = Content.styled(" This job has not run.", "$text-muted")
        else:
            try:
                tasks = await engine.tasks(job.run_key)
            except NightdeckError as error:
                told = Content.styled(f" {error}", "$text-muted")
            else:
                told = task_lines(tasks, self._board.now, self._zone, glyphs=self._glyphs)
        if key == self._key:
            _put(self.complete().tasks, told)

    async def _load_raw(self, engine: Engine, key: JobKey) -> None:
        try:
            raw = await engine.raw(key)
        except NightdeckError as error:
            _put(self.complete().raw, Content.styled(f" {error}", "$text-muted"))
            return
        text = json.dumps(raw, indent=2, ensure_ascii=False, default=str)
        _put(self.complete().raw, Content(text))

    def notify_in_log(self, text: str) -> None:
        """Say in the log tab why there is no log."""
        from tui.core.models import LogChunk

        self.complete().log.feed(LogChunk(text.encode(), cursor="", is_complete=True))

    def _tell_runs(self, content: Content) -> None:
        listed = self.complete().runs
        listed.clear_options()
        listed.add_option(Option(content, disabled=True))

    def _log_lines(self) -> list[Content]:
        job = self._board.job(self._key) if self._key is not None else None
        if job is None or not _ended_badly(job) or self._parts is None:
            return []
        buffer, start = self._parts.log.buffer, self._parts.log.cursor
        shown = range(start, min(start + 6, len(buffer)))
        return [
            Content.styled(Content.from_text(buffer[i], markup=False).plain, "$text-muted") for i in shown
        ]


def _ended_badly(job: Job) -> bool:
    """Whether the newest run went wrong, also when the job waits for its next one by now."""
    from tui.engine.runs import newest_outcome

    return newest_outcome(job) in _TROUBLED


def _put(static: Static, content: Content) -> None:
    if not (isinstance(static.content, Content) and static.content.is_same(content)):
        static.update(content)
