"""Marks on the rows of the job table: one by one, whole groups, ranges, and everything that is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tui.core.keys import JobKey
from tui.ui.widgets import table_messages
from tui.ui.widgets.job_rows import JobRows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

_SEARCH_COST = 50
"""To find one job's row takes as long as to walk over so many rows."""

_NOTICE_S = 3.0


class Marking(JobRows):
    """Rows with marks, which belong to jobs and stay with them when the filter hides them."""

    MarksChanged: TypeAlias = table_messages.MarksChanged

    @property
    def marks(self) -> Collection[JobKey]:
        """The marked jobs, listed or not, in the order in which they were marked."""
        return self._marks

    def marked_rows(self) -> list[JobKey]:
        """The marked jobs that are listed, also those in folded groups, in the order of the rows."""
        source, marks = self.source, self._marks
        if len(marks) * _SEARCH_COST > len(source.keys):
            return [key for key in source.keys if key in marks]
        placed = [(row, key) for key in marks if (row := source.index_of(key)) is not None]
        return [key for _, key in sorted(placed)]

    def forget(self, keys: Iterable[JobKey]) -> None:
        """These jobs are gone for good: so are their marks."""
        before = len(self._marks)
        for key in keys:
            self._marks.pop(key, None)
        if len(self._marks) != before:
            self.post_message(self.MarksChanged(len(self._marks)))

    def mark(self, keys: Iterable[JobKey]) -> None:
        """Mark these jobs as well."""
        self._marks.update(dict.fromkeys(keys))
        self._tell_marks()

    def action_mark(self) -> None:
        """Mark the job under the cursor, or unmark it, and go on to the next; of a group all jobs."""
        keys = self._meant()
        if not keys:
            return
        if all(key in self._marks for key in keys):
            for key in keys:
                del self._marks[key]
        else:
            self._marks.update(dict.fromkeys(keys))
        self._tell_marks()
        self.move_cursor(self.viewport.row + 1)

    def action_mark_range(self) -> None:
        """Mark every job from the one that was marked last to the cursor, also those in folded groups."""
        self.catch_up()
        last = next(reversed(self._marks), None)
        if last is None:
            return
        start = self.source.line_of(last)
        if start is None:
            group = self.source.group_of(last)
            start = self.source.line_of(group) if group is not None else None
        if start is None:
            self.notify("the job that was marked last is not listed", timeout=_NOTICE_S, markup=False)
            return
        self._marks.update(dict.fromkeys(self._jobs_between(start, self.viewport.row)))
        self._tell_marks()

    def action_mark_all(self) -> None:
        """Mark every job that is listed, also those in folded groups."""
        self._marks.update(dict.fromkeys(self.source.keys))
        self._tell_marks()

    def action_unmark_all(self) -> None:
        """Take every mark away, of jobs that are not listed, too."""
        self._marks.clear()
        self._tell_marks()

    def _meant(self) -> Sequence[JobKey]:
        """The job under the cursor, or all jobs of the group on whose line it is."""
        self.catch_up()
        if self.cursor_key is not None:
            return [self.cursor_key]
        return self.source.jobs_in(self.cursor_group) if self.cursor_group is not None else ()

    def _jobs_between(self, start: int, end: int) -> Iterator[JobKey]:
        """The jobs from one line to another, in this direction."""
        lines = self.source.lines[min(start, end) : max(start, end) + 1]
        for line in lines if start <= end else reversed(lines):
            if isinstance(line, JobKey):
                yield line
            elif (group := self.source.group_told(line)) is not None and group.is_folded:
                yield from self.source.jobs_in(line)

    def _tell_marks(self) -> None:
        self.repaint()
        self.post_message(self.MarksChanged(len(self._marks)))
