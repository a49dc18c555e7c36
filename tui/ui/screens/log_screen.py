"""One run's log on the whole screen: follow, search, errors."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Input, Static

from tui.core.errors import NightdeckError
from tui.core.state import State
from tui.engine.runs import newest_outcome
from tui.ui.bindings import Scope, bindings_for
from tui.ui.files import export_path
from tui.ui.log_feed import feed_log
from tui.ui.screens.acting import Acting
from tui.ui.screens.comparing import Comparing
from tui.ui.widgets.footer import Footer
from tui.ui.widgets.line_input import LineInput
from tui.ui.widgets.log_view import LogView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.config.placefile import Reading
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import LogChunk
    from tui.ui.board import Board

_TITLE_EVERY_S = 1.0
_TROUBLED = (State.FAILED, State.WARNING)


class LogScreen(Comparing, Acting):
    """Opens on the first error of a failed run and on the tail of a running one."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.EVERYWHERE, Scope.LOG)]
    DEFAULT_CSS = """
    LogScreen { background: $background; }
    LogScreen > #title {
        height: 1; width: 1fr; background: $panel; text-wrap: nowrap; text-overflow: ellipsis;
    }
    LogScreen > Input {
        height: 1; border: none; padding: 0 1; background: $surface; display: none;
    }
    LogScreen > Input.-open { display: block; }
    """

    def __init__(self, board: Board, run: RunKey, reading: Reading | None = None) -> None:
        """Show a run's log.

        Args:
            board: Where the job's row comes from.
            run: Whose log to show.
            reading: Where to go on with it; None opens it where it matters.
        """
        super().__init__(board)
        self._run = run
        self._pattern: re.Pattern[str] | None = None
        self._said = ""
        self._is_placed = False
        self._resumed = reading

    def compose(self) -> ComposeResult:
        """Title, log, search line, keys."""
        yield Static(id="title", markup=False)
        yield LogView()
        yield LineInput(placeholder="search: text or regular expression")
        yield Footer()

    @property
    def target(self) -> JobKey:
        """The job whose log this is."""
        return self._run.job

    @property
    def target_run(self) -> RunKey:
        """The run whose log this is."""
        return self._run

    @property
    def reading(self) -> Reading:
        """Where in the log the user is."""
        from tui.config.placefile import Reading

        view = self.view
        return Reading(self._run, view.cursor + view.buffer.dropped, view.is_following)

    @property
    def view(self) -> LogView:
        """The log itself."""
        return self.query_one(LogView)

    def on_mount(self) -> None:
        """Begin to read."""
        self.view.focus()
        self.set_interval(_TITLE_EVERY_S, self._update_title)
        self._open(self._run)

    def _open(self, run: RunKey) -> None:
        self._run, self._said, self._is_placed = run, "", False
        job = self.target_job
        is_newest = job is not None and job.run_id == run.run_id
        self.view.start_over()
        self.view.is_following = not (is_newest and job is not None and newest_outcome(job) in _TROUBLED)
        if self._resumed is not None:
            self.view.is_following = self._is_placed = self._resumed.is_following
            self._resumed = None if self._is_placed else self._resumed
        self.run_worker(self._read(run), group="log", exclusive=True)
        self._update_title()

    async def _read(self, run: RunKey) -> None:
        if self.engine is None:
            self._said = "the config is still being read"
            return
        try:
            await feed_log(self.engine, run, self._take)
        except NightdeckError as error:
            self._said = str(error)
        else:
            self._said = "the log has ended"
            self._place_on_error()
        self._update_title()

    def _take(self, chunk: LogChunk) -> None:
        self.view.feed(chunk)
        if not self.view.is_following:
            self._place_on_error()

    def _place_on_error(self) -> None:
        if self._resumed is not None:
            self._place_again(self._resumed.line)
        elif not self._is_placed and not self.view.is_following:
            self._is_placed = self.view.find_error(1, is_inclusive=True)

    def _place_again(self, line: int) -> None:
        """Go to the line of the last time, as soon as it has been read."""
        buffer = self.view.buffer
        if len(buffer) + buffer.dropped > line or buffer.is_complete:
            self._resumed, self._is_placed = None, True
            self.view.go_to(line - buffer.dropped, is_centred=True)

    def on_log_view_moved(self) -> None:
        """Tell the new position."""
        self._update_title()

    def action_follow(self) -> None:
        """Stay at the tail, or stay here."""
        if self.view.is_following:
            self.view.is_following = False
        else:
            self.view.follow()
        self._update_title()

    def action_wide(self) -> None:
        """Wrap long lines, or don't."""
        self.view.toggle_wrap()
        self._update_title()

    def action_toggle_time(self) -> None:
        """Show or hide the times at the beginning of lines."""
        self.view.has_times = not self.view.has_times

    def action_watch(self) -> None:
        """Set a bookmark on this line, or take it away; n and N go from one to the next."""
        self.view.toggle_bookmark()

    def action_next_failed(self) -> None:
        """The next error."""
        self._jump_to_error(1)

    def action_previous_failed(self) -> None:
        """The error before."""
        self._jump_to_error(-1)

    def action_find(self) -> None:
        """Type what to search for."""
        line = self.query_one(Input)
        line.add_class("-open")
        line.focus()

    def action_find_next(self) -> None:
        """The next match."""
        self._find(1)

    def action_find_previous(self) -> None:
        """The match before."""
        self._find(-1)

    def action_clear_filter(self) -> None:
        """Forget the search and show all lines."""
        self._pattern = None
        self.view.show_pattern(None)
        self.view.show_only(None)
        self._update_title()

    def action_only_matching(self) -> None:
        """Only the lines that match, or all again."""
        if self._pattern is None:
            self.notify("search for something first: /", severity="warning", markup=False)
            return
        is_on = self.view.layout_of_lines.only is not None
        self.view.show_only(None if is_on else self._pattern)
        self._update_title()

    def action_next_tab(self) -> None:
        """The log of the next newer run."""
        self.run_worker(self._turn(-1), group="turn", exclusive=True)

    def action_previous_tab(self) -> None:
        """The log of the run before."""
        self.run_worker(self._turn(1), group="turn", exclusive=True)

    def action_copy(self) -> None:
        """Copy the line under the cursor."""
        if len(self.view.buffer):
            self.app.copy_text(_plain(self.view.buffer[self.view.cursor]), "line")

    def action_save(self) -> None:
        """Save what has been read to a file and say where it is."""
        path = export_path(self.app.startup.state_dir, f"{self._run.job_id}-{self._run.run_id}", "log")
        self.app.write_export(path, self._text())

    def action_open_pager(self) -> None:
        """Open what has been read in the pager, on the same line."""
        with tempfile.TemporaryDirectory(prefix="nightdeck-") as folder:
            path = Path(folder) / "log.txt"
            path.write_text(self._text(), encoding="utf-8")
            self.app.run_pager(path, self.view.cursor + 1)

    def action_back(self) -> None:
        """Leave the search line, else the log."""
        if self.query_one(Input).has_focus:
            self._close_search()
        else:
            self.dismiss()

    def action_quit(self) -> None:
        """Back to the dashboard."""
        self.dismiss()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as it is typed, from where the reader is."""
        self._pattern = search_pattern(event.value)
        self.view.show_pattern(self._pattern)
        if self._pattern is not None:
            self.view.find(self._pattern, 1, is_inclusive=True)
        self._update_title()

    def on_input_submitted(self) -> None:
        """Keep the search and give the keys back."""
        self._close_search()

    def _close_search(self) -> None:
        self.query_one(Input).remove_class("-open")
        self.view.focus()
        self._update_title()

    def _find(self, step: int) -> None:
        if self._pattern is None:
            if not self.view.find_bookmark(step):
                self.notify("search for something first: /", severity="warning", markup=False)
        elif not self.view.find(self._pattern, step):
            self.notify("no match", severity="warning", markup=False)

    def _jump_to_error(self, step: int) -> None:
        if not self.view.find_error(step):
            self.notify("no line tells of an error", markup=False)

    async def _turn(self, step: int) -> None:
        if self.engine is None:
            return
        try:
            runs = await self.engine.runs(self._run.job)
        except NightdeckError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        keys = [run.key for run in runs]
        at = keys.index(self._run) + step if self._run in keys else 0
        if 0 <= at < len(keys):
            self._open(keys[at])
        else:
            self.notify("no older run" if step > 0 else "this is the newest run", markup=False)

    def _text(self) -> str:
        return "\n".join(_plain(self.view.buffer[i]) for i in range(len(self.view.buffer))) + "\n"

    def _update_title(self) -> None:
        if not self.is_attached:
            return
        job, view = self.target_job, self.view
        name = job.name if job is not None else self._run.job_id
        parts: list[tuple[str, str]] = [(f" {name}", "bold"), (f" · run {self._run.run_id}", "$text-muted")]
        if self._run.attempt > 1:
            parts.append((f" · attempt {self._run.attempt}", "$text-muted"))
        if job is not None and job.run_id == self._run.run_id:
            glyph = self.app.glyphs.states[job.state]
            parts.append((f"   {glyph} {job.state.replace('_', ' ')}", f"$state-{job.state}"))
        lines = len(view.buffer) + view.buffer.dropped
        parts.append((f"   line {view.cursor + 1 + view.buffer.dropped:,} of {lines:,}", ""))
        parts.append((" · following" if view.is_following and not view.buffer.is_complete else "", "$accent"))
        parts.append((" · wrap" if view.layout_of_lines.wrap_width else "", "$text-muted"))
        if self._pattern is not None:
            word = "only " if view.layout_of_lines.only is not None else ""
            parts.append(
                (f" · {word}/{self._pattern.pattern} {view.buffer.count(self._pattern):,} lines", "$accent")
            )
        if self._said:
            parts.append((f" · {self._said}", "$text-muted"))
        title = Content.assemble(*parts)
        static = self.query_one("#title", Static)
        if not (isinstance(static.content, Content) and static.content.is_same(title)):
            static.update(title)


def search_pattern(text: str) -> re.Pattern[str] | None:
    """What a search looks for: a regular expression, or the plain text where it isn't one. Smart case.

    Args:
        text: As typed; upper-case letters make the search mind the case.
    """
    if not text:
        return None
    flags = re.NOFLAG if any(character.isupper() for character in text) else re.IGNORECASE
    try:
        return re.compile(text, flags)
    except re.error:
        return re.compile(re.escape(text), flags)


def _plain(line: str) -> str:
    return _SGR.sub("", line)


_SGR = re.compile(r"\x1b\[[0-9;:]*m")
