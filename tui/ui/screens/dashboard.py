"""The first screen: every job of every system in one live table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.config.statefile import UiState
from tui.ui.bindings import Scope, bindings_for
from tui.ui.bridge import Bridge
from tui.ui.gathered import Gathered
from tui.ui.screens.acting_on_many import ActingOnMany
from tui.ui.screens.arranging import Arranging
from tui.ui.screens.comparing import Comparing
from tui.ui.screens.explaining import Explaining
from tui.ui.screens.exporting import Exporting
from tui.ui.screens.filtering import Filtering
from tui.ui.screens.grouping import Grouping
from tui.ui.screens.resuming import Resuming
from tui.ui.screens.sequencing import Sequencing
from tui.ui.screens.table_screen import TableScreen
from tui.ui.screens.tailoring import Tailoring
from tui.ui.screens.tinting import Tinting
from tui.ui.screens.watching import Watching
from tui.ui.views import ALL
from tui.ui.widgets.detail_pane import TABS
from tui.ui.widgets.filter_line import FilterLine
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.header import Header
from tui.ui.widgets.panes import Panes
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.events import ScreenResume
    from textual.timer import Timer

    from tui.core.keys import JobKey, RunKey
    from tui.engine.backfill import Backfill
    from tui.engine.engine import Engine
    from tui.engine.first_errors import FirstErrors
    from tui.ui.board import Board
    from tui.ui.messages import StoreChanged
    from tui.ui.startup import Startup
    from tui.ui.widgets.detail_pane import DetailPane
    from tui.ui.widgets.table_messages import CursorMoved

FLUSH_EVERY_S = 0.1
"""Seconds over which changes are collected before they are painted: ten frames a second look live."""

REST_S = 0.05
"""Seconds without a further key after which the cursor rests: a key held down moves the cursor alone."""

_TICK_S = 1.0
_SEARCH_STEP = 5_000
"""Jobs that are made ready for searching in an idle moment: some ten milliseconds."""


class Dashboard(
    ActingOnMany,
    Arranging,
    Comparing,
    Explaining,
    Exporting,
    Tailoring,
    Filtering,
    Grouping,
    Resuming,
    Sequencing,
    Tinting,
    Watching,
    TableScreen,
):
    """Header, filter, table, detail, keys."""

    # The last are keys of the table that the screen answers.
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(Scope.EVERYWHERE),
        *bindings_for(Scope.TABLE, only={"columns", "sort", "group", "merge_logs"}),
    ]

    def __init__(self, board: Board, startup: Startup) -> None:
        """Show a board.

        Args:
            board: The rows.
            startup: What shapes the first screen.
        """
        super().__init__(board, startup)
        self._bridge = Bridge(board.store, self.post_message)
        self._news = Gathered()
        self._rest: Timer | None = None
        self._backfill: Backfill | None = None
        self._first_errors: FirstErrors | None = None

    def compose(self) -> ComposeResult:
        """The lines and panes, top to bottom."""
        app, startup = self.app, self.startup
        yield Header(
            self.board,
            title=startup.title,
            is_ascii=startup.is_ascii,
            is_dry_run=startup.is_dry_run,
        )
        yield FilterLine(startup.query)
        yield Panes(
            self.board,
            app.zone,
            app.glyphs,
            is_absolute=startup.is_absolute_time,
            side=startup.pane_side,
            wanted=startup.pane_shown,
            tab=startup.pane,
        )
        yield Footer()

    def on_mount(self) -> None:
        """Open on the view and the row of the last time."""
        self.set_interval(FLUSH_EVERY_S, self._take_over)
        self.set_interval(_TICK_S, self._tick)
        self.table.say(("reading the config …",))
        self.open_first_view()
        if self.startup.cursor is not None:
            self.table.go_to(self.startup.cursor)
        self.table.focus()
        self._update_all()

    def on_screen_resume(self, event: ScreenResume) -> None:
        """Leave out that Textual computes all styles again: they are a moment old when the program starts."""
        event.refresh_styles = self.stack_updates > 0

    def on_unmount(self) -> None:
        """Stop to listen."""
        self._bridge.close()

    @property
    def detail(self) -> DetailPane:
        """The pane about the job under the cursor."""
        return self.panes.detail

    @property
    def target(self) -> JobKey | None:
        """The job under the cursor."""
        return self.table.cursor_key

    @property
    def targets(self) -> Sequence[JobKey]:
        """The marked jobs in their order, else the one under the cursor."""
        marked = self.table.marked_rows()
        return marked or super().targets

    @property
    def target_run(self) -> RunKey | None:
        """The run picked in the detail pane, when the keys go there."""
        if self._rest is not None:
            self.rest()
        return self.detail.run if self.detail.has_focus_within else None

    def attach(self, engine: Engine) -> None:
        """Systems can be asked from now on."""
        from tui.engine.backfill import Backfill
        from tui.engine.first_errors import FirstErrors

        self.table.say()
        self.detail.attach(engine)
        self.app.guard_opened(engine)
        self._backfill = Backfill(engine)
        self._first_errors = FirstErrors(engine)
        self._update_all()

    def update_status(self) -> None:
        """Tell at the right of the last line whether polling is paused."""
        engine = self.engine
        if engine is None:
            told = "reading the config …"
        elif engine.is_paused:
            told = "paused: p goes on"
        else:
            told = "read-only" if engine.is_read_only else ""
        counted = {"watching": len(self.app.watches)}
        self.query_one(Header).unlocked = self.app.unlocked_told
        sequences = [f"in order: {sequence.told}" for sequence in engine.sequences] if engine else []
        sequences += self.bulk_told
        told = " · ".join(
            filter(
                None,
                (
                    *self.app.held_told,
                    told,
                    *sequences,
                    *(f"{n:,} {word}" for word, n in counted.items() if n),
                    self.marks_told,
                ),
            )
        )
        self.query_one(Footer).status = told

    def ui_state(self) -> UiState:
        """What the next start shall open with."""
        group, folded, are_all_folded = self.folds_kept()
        return UiState(
            view=self.view.name if self.view is not ALL else "",
            query=self.kept_query,
            sort=self.board.sort_text,
            group=group,
            folded=folded,
            are_all_folded=are_all_folded,
            cursor=self.table.cursor_key,
            theme=self.app.kept_theme,
            pane=TABS[self.detail.active],
            pane_side=self.panes.side,
            pane_shown=self.panes.wanted,
            recent=tuple(self.app.recent),
        )

    def on_store_changed(self, event: StoreChanged) -> None:
        """Take over what changed; after the last piece, paint what is visible of all of them."""
        if event.jobs or event.removed:
            delta = self.board.apply(event.jobs, event.removed)
            self._news.add(event.jobs, delta)
            self.app.tell_ends(event.removed)
            self.table.forget(event.removed)
        if event.is_last:
            self._show_news()
        if event.is_health:
            self.table.refresh_stale()
            self.query_one(Header).update_line()

    def on_job_table_cursor_moved(self, event: CursorMoved) -> None:
        """Tell about the job under the cursor, once no other key moves it on."""
        del event
        if self._rest is not None:
            self._rest.stop()
        if self.table.is_chosen:
            self.app.pace.cursor_moved(self.app.now())
            self._rest = self.set_timer(REST_S, self.rest)
        else:
            self.rest()

    def rest(self) -> None:
        """Tell in the pane and in the last line about the job on which the cursor rests now."""
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        self.detail.show(self.table.cursor_key)
        self.refresh_bindings()

    def on_job_table_job_opened(self) -> None:
        """Let the keys go to the detail pane."""
        self.rest()
        self.panes.open_detail()

    def on_job_table_marks_changed(self) -> None:
        """Tell how many jobs are marked."""
        self.update_status()

    def action_open_log(self) -> None:
        """Open the log of the run that is meant."""
        job = self.target_job
        run = self.target_run or (job.run_key if job is not None else None)
        if run is None:
            self.notify("this job has not run yet", severity="warning", markup=False)
        else:
            self.app.open_log(run)

    def action_merge_logs(self) -> None:
        """Show the newest logs of the marked jobs as one."""
        from tui.logs.merging import MOST_LOGS

        jobs = [self.board.job(key) for key in self.targets]
        runs = [job.run_key for job in jobs if job is not None and job.run_key is not None]
        if 2 <= len(runs) <= MOST_LOGS:
            self.app.open_merged_logs(runs)
        else:
            told = f"mark two to {MOST_LOGS} jobs that have run; {len(runs)} are chosen now"
            self.notify(told, severity="warning", markup=False)

    def action_back(self) -> None:
        """One step back: to the table, then the detail pane closes, then the filter goes."""
        if not self.table.has_focus:
            self.panes.focus_table()
        elif not self.panes.close_detail() and self.board.query.text:
            self.use_view(ALL)

    def action_quit(self) -> None:
        """Back to the table, then quit."""
        if self.table.has_focus:
            self.leave()
        else:
            self.panes.focus_table()

    def action_copy(self) -> None:
        """Copy the job's name as the command line takes it."""
        jobs = [job for key in self.targets if (job := self.board.job(key)) is not None]
        if jobs:
            names = "\n".join(f"{job.connection}/{job.name}" for job in jobs)
            self.app.copy_text(names, "job" if len(jobs) == 1 else "list of jobs")

    def action_open_pager(self) -> None:
        """Open the log: there it goes on to the pager."""
        self.action_open_log()

    def _take_over(self) -> None:
        if self._bridge.is_due and self.app.pace.takes_data(self.app.now()):
            # One piece where the rows are grouped: all groups are counted anew for each.
            is_whole = bool(self.board.group)
            self.run_worker(later(self._bridge.drain, is_whole=is_whole), group="bridge")

    def _show_news(self) -> None:
        """Show what has been taken over since the last time."""
        news = self._news.take()
        if news is None:
            return
        if news.is_reordered:
            self.table.reordered()
        self.table.rows_changed(news.rows)
        if self.table.cursor_key in news.jobs:
            self.detail.on_job_changed()
        if self.app.pace.takes_counts(self.app.now()):
            self._update_counts()

    def _tick(self) -> None:
        self.app.look_at_guard()
        pace, now = self.app.pace, self.app.now()
        self.table.viewport.moves_by_half = pace.is_slow
        self.table.painter.set_coarse(pace.is_slow)
        if pace.takes_ages(now):
            self._show_time()
        if pace.takes_counts(now):
            self._update_counts()
        self.board.prepare_search(_SEARCH_STEP)
        if self.engine is not None:
            self.engine.set_interest(self.table.visible_keys)
        if self._backfill is not None:
            step = later(self._backfill.step, list(self.table.visible_keys))
            self.run_worker(step, group="backfill", exclusive=True)
        if self._first_errors is not None:
            self.run_worker(
                later(self._first_errors.step, list(self.table.visible_keys)), group="first_errors"
            )
        self.update_status()

    def _show_time(self) -> None:
        """Show what reads differently now, although nothing was heard."""
        if self.board.retime().is_reordered:
            self.table.reordered()
        self.table.tick()
        self.detail.update_text()

    def _update_counts(self) -> None:
        self.query_one(Header).update_line()
        self.update_counts()

    def _update_all(self) -> None:
        self._update_counts()
        self.detail.show(self.table.cursor_key)
        self.update_status()
