"""The job table: every job one line, under keys and mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeAlias

from tui.core.state import State
from tui.engine.columns import COLUMNS
from tui.ui.bindings import bindings_for
from tui.ui.keybinding import Scope
from tui.ui.widgets import table_messages
from tui.ui.widgets.job_rows import HEADER_LINES
from tui.ui.widgets.marking import Marking

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.columns import SortOrder

_WHEEL_ROWS = 3
_DOUBLE_CLICK = 2
_NOTICE_S = 3.0
_ROW_ACTIONS = frozenset(
    {"open", "mark", "mark_all", "mark_range", "follow", "next_failed", "previous_failed", "sort_invert"}
)
_GROUP_ACTIONS = frozenset({"fold", "fold_all"})


class JobTable(Marking, can_focus=True):
    """The rows, with a cursor and marks that the user moves and sets."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.TABLE)]
    DEFAULT_CSS = """
    JobTable { height: 1fr; background: $background; color: $foreground; }
    """
    ALLOW_SELECT = False

    CursorMoved: TypeAlias = table_messages.CursorMoved
    JobOpened: TypeAlias = table_messages.JobOpened
    FoldRequested: TypeAlias = table_messages.FoldRequested
    JobSought: TypeAlias = table_messages.JobSought
    SortRequested: TypeAlias = table_messages.SortRequested

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey for a key that can't act here; see `reason_against`."""
        del parameters
        return None if self.reason_against(action) else True

    def reason_against(self, action: str) -> str:
        """Why a key can't act here, or an empty string when it can."""
        if action in _ROW_ACTIONS and self.viewport.row < 0:
            return "no job is listed"
        if action == "follow" and self.cursor_key is None:
            return "the cursor is on a group: move it to a job"
        if action == "mark_range" and not self._marks:
            return "mark a job first, then move to the other end"
        if action in _GROUP_ACTIONS and not self.source.group:
            return "the jobs are not grouped"
        return ""

    def on_click(self, event: events.Click) -> None:
        """A title sorts, with shift or ctrl second; a row is chosen, twice opened; a group folds."""
        event.stop()
        line = event.y - HEADER_LINES
        if line < 0:
            self._sort_by(self.painter.column_at(event.x), is_second=event.shift or event.ctrl)
        elif event.x >= self.size.width - 1 and self.viewport.thumb:
            self.viewport.scroll_to_line(line)
            self.scroll_rows(0)
        elif line < len(self.viewport.rows):
            self.move_cursor(self.viewport.top + line)
            if self.cursor_group is not None or event.chain == _DOUBLE_CLICK:
                self.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the window and leaves the cursor."""
        event.stop()
        self.scroll_rows(_WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the window and leaves the cursor."""
        event.stop()
        self.scroll_rows(-_WHEEL_ROWS)

    def action_cursor_down(self) -> None:
        """The next row."""
        self.move_cursor(self.viewport.row + 1)

    def action_cursor_up(self) -> None:
        """The row before."""
        self.move_cursor(self.viewport.row - 1)

    def action_cursor_top(self) -> None:
        """The first row."""
        self.move_cursor(0)

    def action_cursor_bottom(self) -> None:
        """The last row."""
        self.move_cursor(self.viewport.count - 1)

    def action_page_down(self) -> None:
        """A page on."""
        self.move_page(1)

    def action_page_up(self) -> None:
        """A page back."""
        self.move_page(-1)

    def action_half_page_down(self) -> None:
        """Half a page on."""
        self.move_page(0.5)

    def action_half_page_up(self) -> None:
        """Half a page back."""
        self.move_page(-0.5)

    def action_scroll_right(self) -> None:
        """Show the columns that found no room."""
        self.skip_columns(1)

    def action_scroll_left(self) -> None:
        """Show the first columns again."""
        self.skip_columns(-1)

    def action_open(self) -> None:
        """Ask for more of the job under the cursor; fold or unfold a group."""
        if self.cursor_key is not None:
            self.post_message(self.JobOpened(self.cursor_key))
        else:
            self.action_fold()

    def action_fold(self) -> None:
        """Fold or unfold the group of the line under the cursor."""
        group = self.source.group_of(self.cursor_key) if self.cursor_key is not None else self.cursor_group
        if group is not None:
            self.post_message(self.FoldRequested(group))

    def action_fold_all(self) -> None:
        """Fold all groups, or unfold them."""
        self.post_message(self.FoldRequested(None))

    def action_next_failed(self) -> None:
        """The next row that failed, from the top again after the last."""
        self._seek_failed(1)

    def action_previous_failed(self) -> None:
        """The row before that failed, from the bottom again before the first."""
        self._seek_failed(-1)

    def action_sort_next(self) -> None:
        """Sort by the next column."""
        self._sort_beside(1)

    def action_sort_previous(self) -> None:
        """Sort by the column before."""
        self._sort_beside(-1)

    def action_sort_invert(self) -> None:
        """Turn the order round."""
        self._request(self.source.order.inverted())

    def action_follow(self) -> None:
        """Go wherever the job under the cursor goes, or stay."""
        self.is_following = not self.is_following
        job = self.source.job(self.cursor_key) if self.cursor_key is not None else None
        if job is not None:
            words = "following" if self.is_following else "no longer following"
            self.notify(f"{words} {job.name}", timeout=_NOTICE_S, markup=False)

    def action_wide(self) -> None:
        """Show the columns for a closer look, or hide them."""
        self.is_wide = not self.is_wide

    def action_toggle_time(self) -> None:
        """Show ages or clock times."""
        self.is_absolute = not self.is_absolute

    def _seek_failed(self, step: int) -> None:
        self.catch_up()
        keys = self.source.keys
        start = self._place_among_jobs(step)
        for distance in range(1, len(keys) + 1):
            key = keys[(start + step * distance) % len(keys)]
            job = self.source.job(key)
            if job is not None and _has_failed(job):
                self._seek(key)
                return
        self.notify("no job in this list has failed", timeout=_NOTICE_S, markup=False)

    def _place_among_jobs(self, step: int) -> int:
        """Where the cursor is among all jobs; a group's line is just before its first one."""
        source = self.source
        if self.cursor_key is not None:
            return source.index_of(self.cursor_key) or 0
        jobs = source.jobs_in(self.cursor_group) if self.cursor_group is not None else ()
        first = source.index_of(jobs[0]) if jobs else None
        return (first or 0) - (step > 0)

    def _seek(self, key: JobKey) -> None:
        row = self.source.line_of(key)
        if row is None:
            self.post_message(self.JobSought(key))
        else:
            self.move_cursor(row)

    def _sort_by(self, column: str, *, is_second: bool) -> None:
        """Sort by a column the usual way, or the other way round when it is sorted by already."""
        order = self.source.order
        if is_second and column in COLUMNS:
            self._request(order.followed_by(column))
        elif order.terms[0].column == column:
            self._request(order.inverted())
        elif column in COLUMNS:
            self._request(order.led_by(column))

    def _sort_beside(self, step: int) -> None:
        columns = [name for name in self.painter.column_ids if name in COLUMNS]
        first = self.source.order.terms[0].column
        index = columns.index(first) + step if first in columns else 0
        self._request(self.source.order.led_by(columns[index % len(columns)]))

    def _request(self, order: SortOrder) -> None:
        self.post_message(self.SortRequested(str(order)))


def _has_failed(job: Job) -> bool:
    """Whether the job needs somebody: it failed, or it waits after a failure."""
    return job.state is State.FAILED or (job.last_result is State.FAILED and not job.state.is_active)
