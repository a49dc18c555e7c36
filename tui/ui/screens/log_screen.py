"""One run's log on the whole screen: opens on the error that counts, or follows a run that goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError
from tui.core.state import State
from tui.engine.runs import newest_outcome
from tui.ui.log_placing import LogPlacing
from tui.ui.screens.acting import Acting
from tui.ui.screens.comparing import Comparing
from tui.ui.screens.log_finding import LogFinding
from tui.ui.screens.log_taking import LogTaking
from tui.ui.screens.log_viewing import LogViewing
from tui.ui.screens.work_screen import NO_ENGINE
from tui.ui.widgets.log_tabs import LogTabs
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from textual.app import ComposeResult

    from tui.config.placefile import Reading
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Run
    from tui.engine.opened_log import OpenedLog
    from tui.ui.board import Board
    from tui.ui.screens.log_base import Fact

_TROUBLED = (State.FAILED, State.WARNING)
_TABS = 12


class LogScreen(LogFinding, LogViewing, LogTaking, Comparing, Acting):
    """Shows the log of a run; `[` and `]` go to other attempts and runs of its job."""

    def __init__(self, board: Board, run: RunKey, reading: Reading | None = None) -> None:
        """Show a run's log.

        Args:
            board: Where the job's row comes from.
            run: Whose log to show.
            reading: Where to go on with it; None opens it where it matters.
        """
        super().__init__(board)
        self._run = run
        self._log: OpenedLog | None = None
        self._said = ""
        self._placing = LogPlacing()
        self._reading = reading
        self._runs: Sequence[Run] = ()
        self._is_counting = self._is_placing = self._must_place_again = False

    def compose(self) -> ComposeResult:
        """The runs of the job above what every log screen has."""
        yield LogTabs()
        yield from super().compose()

    @property
    def target(self) -> JobKey | None:
        """The job whose log this is."""
        return self._run.job

    @property
    def target_run(self) -> RunKey | None:
        """The run whose log this is."""
        return self._run

    @property
    def log_name(self) -> str:
        """The job's name and the run, for files."""
        job = self.target_job
        return f"{job.name if job is not None else self._run.job_id}-{self._run.run_id}"

    @property
    def opened(self) -> OpenedLog | None:
        """The log that is open; None until its system has answered."""
        return self._log

    @property
    def is_kept_by_us(self) -> bool:
        """Whether the log's file is one of ours, from which secrets were left out."""
        return self._log is not None and not self._log.is_in_place

    @property
    def began_at(self) -> datetime | None:
        """When the run began."""
        job = self.target_job
        if job is not None and job.run_id == self._run.run_id:
            return job.started_at
        return next((run.started_at for run in self._runs if run.key == self._run), None)

    @property
    def reading(self) -> Reading | None:
        """Where in the log the user is."""
        from tui.config.placefile import Reading

        return Reading(self._run, self.view.cursor, self.view.is_following)

    def on_mount(self) -> None:
        """Begin to read."""
        super().on_mount()
        self.open_run(self._run)
        self.run_worker(later(self.list_runs), group="runs", exclusive=True)

    async def on_unmount(self) -> None:
        """Close the log, and delete what was kept of it."""
        await self._close()

    def open_run(self, run: RunKey) -> None:
        """Show another run's log, or this one's anew."""
        self._run, self._said, self.root = run, "", None
        self.workers.cancel_group(self, "place")
        self._is_placing = False
        self._placing = self.first_place(self._reading)
        self._reading = None
        self.view.is_following = not self._placing.is_wanted
        self.query_one(LogTabs).show_current(run)
        self.run_worker(later(self._read), group="log", exclusive=True)
        self.update_title()

    def first_place(self, reading: Reading | None) -> LogPlacing:
        """Where the log of the run is opened.

        Args:
            reading: Where the reader was, when she goes on with it.
        """
        job = self.target_job
        is_newest = job is not None and job.run_id == self._run.run_id
        outcome = newest_outcome(job) if job is not None and is_newest else self._state()
        return LogPlacing(
            reading=reading,
            seeks_error=outcome in _TROUBLED or (outcome is None and not is_newest),
            takes_warnings=outcome is State.WARNING,
        )

    async def open_log(self) -> OpenedLog:
        """Open the log that this screen is about. Raises NightdeckError, also while nothing can be asked."""
        from tui.engine.run_log import RunLog

        if self.engine is None:
            raise NightdeckError(NO_ENGINE)
        return await RunLog.open(self.engine, self._run)

    async def _read(self) -> None:
        """Show the log and go on with it until the run has ended; then it stays open as it is."""
        await self._close()
        self.view.note = "asking for the log …"
        self.view.take_changes()
        try:
            log = self._log = await self.open_log()
            self.view.note = "the log is empty"
            self.show_document(log.document)
            self._placing.begin(self.view)
            self._place()
            if not self._placing.is_wanted:
                self._count()
            await log.follow(self._log_grown)
        except NightdeckError as error:
            self._tell_failure(error)
        else:
            self._log_grown()

    async def _close(self) -> None:
        """Let go of the log that was looked at."""
        log, self._log = self._log, None
        if log is not None:
            self.leave_document(log.document)
            await log.aclose()

    def _tell_failure(self, error: NightdeckError) -> None:
        self._said = str(error)
        if self.document is None and self.is_shown:
            self.view.note = f"no log: {error}"
            self.view.take_changes()
        self.update_title()

    def _log_grown(self) -> None:
        """Take over what has come."""
        self.document_grown()
        self._place()
        if not self._is_placing:
            self._count()

    def _count(self) -> None:
        """Count the lines in the background, unless that goes on already or is done."""
        document = self.document
        if document is None or document.is_indexed or self._is_counting:
            return
        self.run_worker(later(self._count_lines), group="count", exclusive=True)

    async def _count_lines(self) -> None:
        self._is_counting = True
        try:
            document = self.document
            if document is not None:
                await document.count_lines(self._take_counts)
        finally:
            self._is_counting = False

    def _take_counts(self) -> None:
        if self.is_shown:
            self.view.take_counts()

    def _place(self) -> None:
        """Go to where the log matters, as long as the user has not moved herself."""
        if self._is_placing:
            self._must_place_again = True
        elif self._placing.is_wanted:
            self._is_placing = True
            self.run_worker(later(self._look_for_place), group="place", exclusive=True)

    async def _look_for_place(self) -> None:
        log, placing = self._log, self._placing
        rules = self.engine.error_rules if self.engine is not None else None
        self._must_place_again = True
        try:
            while log is not None and placing.is_wanted and self._must_place_again:
                self._must_place_again = False
                await placing.place(self.view, log, rules)
                self.root = placing.root
        finally:
            self._is_placing = False
        # Not before, for it would keep the machine from what the reader waits for.
        self._count()
        self.update_title()

    async def list_runs(self) -> None:
        """Find out which other runs and attempts there are."""
        if self.engine is None:
            return
        try:
            runs = await self.engine.runs(self._run.job, _TABS)
        except NightdeckError:
            return
        if not self.is_shown:
            return
        self._runs = runs
        self.query_one(LogTabs).show_runs(runs, self._run, self.app.glyphs, self.app.startup.timezone)

    def action_next_tab(self) -> None:
        """The log of the next newer run or attempt."""
        self._turn(-1)

    def action_previous_tab(self) -> None:
        """The log of the run or attempt before."""
        self._turn(1)

    def _turn(self, step: int) -> None:
        keys = [run.key for run in self._runs]
        at = keys.index(self._run) + step if self._run in keys else 0
        if 0 <= at < len(keys):
            self.open_run(keys[at])
        else:
            self.notify("no older run" if step > 0 else "this is the newest run", markup=False)

    def on_log_tabs_chosen(self, message: LogTabs.Chosen) -> None:
        """Show the run that was clicked."""
        self.open_run(message.run)

    def action_back(self) -> None:
        """One step back: out of the line that is typed into, the selection, the log."""
        if self.prompt.is_open:
            self.prompt.leave()
        elif not self.back_from_view():
            self.leave()

    def action_quit(self) -> None:
        """Leave the log."""
        self.leave()

    def leave(self) -> None:
        """Back to the dashboard."""
        self.dismiss()

    def facts(self) -> Iterator[Fact]:
        """Whose log this is, how the run stands, and where in it the reader is."""
        job, run = self.target_job, self._run
        yield f" {job.name if job is not None else run.job_id}", "bold"
        yield f" · run {run.run_id}", "$text-muted"
        attempts = max([other.key.attempt for other in self._runs if other.key.run_id == run.run_id] or [1])
        if max(attempts, run.attempt) > 1:
            yield f" · attempt {run.attempt} of {max(attempts, run.attempt)}", "$text-muted"
        state = self._state()
        if state is not None:
            yield f"   {self.app.glyphs.states[state]} {state.replace('_', ' ')}", f"$state-{state}"
        yield from self.place_facts()

    def remarks(self) -> Iterator[Fact]:
        """What is searched for and left out, what is unusual, and how the log goes on."""
        yield from self.finding_remarks()
        yield from self.view_remarks()
        yield from self.taking_remarks()
        log = self._log
        if self._said:
            yield self._said, "$state-warning"
        if self.root is not None and self.root == self.view.cursor:
            yield "the error that counts", "$state-failed"
        if log is None:
            return
        if log.problem:
            yield log.problem, "$state-warning"
        if log.is_cut:
            yield "the log is longer than what is kept here", "$state-warning"
        elif log.is_complete:
            yield f"the run has ended{f': {log.ending}' if log.ending else ''}", ""

    def _state(self) -> State | None:
        job = self.target_job
        if job is not None and job.run_id == self._run.run_id:
            return job.state
        return next((run.state for run in self._runs if run.key == self._run), None)
