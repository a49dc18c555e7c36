"""A table of jobs with its filter and its saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import ConfigError, QueryError
from tui.engine.query.fields import without_begun_field
from tui.ui.screens.acting import Acting
from tui.ui.viewbook import ViewBook
from tui.ui.views import ALL, PROBLEMS
from tui.ui.widgets.filter_line import FilterLine
from tui.ui.widgets.panes import Panes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.keys import JobKey
    from tui.ui.board import Board
    from tui.ui.messages import FilterEdited, FilterLeft
    from tui.ui.startup import Startup
    from tui.ui.views import SavedView
    from tui.ui.widgets.job_table import JobTable
    from tui.ui.widgets.table_messages import SortRequested


class TableScreen(Acting):
    """Decides which rows are shown, and in which order."""

    def __init__(self, board: Board, startup: Startup) -> None:
        """Show a board.

        Args:
            board: The rows.
            startup: What shapes the first screen.
        """
        super().__init__(board)
        self.startup = startup
        self.book = ViewBook(startup.views, startup.kept, startup.state_dir)
        """The views that there are."""
        self.view: SavedView = ALL
        """The view that is open."""
        self._sort_of_view = ""
        self.kept_query = startup.query
        """The filter to return to when editing is given up."""

    @property
    def panes(self) -> Panes:
        """Table and detail."""
        return self.query_one(Panes)

    @property
    def table(self) -> JobTable:
        """The job table."""
        return self.panes.table

    @property
    def marked_listed(self) -> Sequence[JobKey]:
        """The marked jobs that are listed, in the order of the rows: those that actions act on."""
        return self.table.marked_rows()

    @property
    def marked_hidden(self) -> Sequence[JobKey]:
        """The marked jobs that the filter hides: actions leave them alone."""
        return [key for key in self.table.marks if not self.board.is_listed(key)]

    @property
    def marks_told(self) -> str:
        """How many jobs are marked, and how many of them are hidden; empty without marks."""
        count, hidden = len(self.table.marks), len(self.marked_hidden)
        told = f"{count:,} marked" if count else ""
        return f"{told}, {hidden:,} hidden by the filter" if hidden else told

    def go_to(self, key: JobKey) -> None:
        """Put the cursor on a job; a filter that hides it is cleared, and its group unfolded."""
        if not self.board.is_listed(key):
            self.action_clear_filter()
        if self.board.reveal(key):
            self.table.reordered()
        self.table.go_to(key)

    def on_job_table_sort_requested(self, event: SortRequested) -> None:
        """Order the rows by another column."""
        self.sort(event.sort)

    def on_filter_edited(self, event: FilterEdited) -> None:
        """Show at every keystroke what matches; while the query is wrong, what matched last stays.

        A word that may become the name of a field, and that no job has in it, does not empty the table.
        """
        self.filter(event.text)
        if not self.board.matched and (finished := without_begun_field(event.text)) is not None:
            self.filter(finished)

    def on_filter_left(self, event: FilterLeft) -> None:
        """Keep the filter or return to the one before."""
        line = self.query_one(FilterLine)
        if event.is_kept:
            self.filter(line.text)
            self.kept_query = self.board.query.text
            line.text = self.kept_query
        else:
            line.text = self.kept_query
            self.filter(self.kept_query)
        self.update_counts()
        self.panes.focus_table()

    def action_find(self) -> None:
        """Type a query."""
        self.kept_query = self.board.query.text
        self.query_one(FilterLine).edit()

    def action_clear_filter(self) -> None:
        """Show everything again."""
        self.use_view(ALL)

    def action_problems(self) -> None:
        """Show what failed and has not succeeded since; again shows everything."""
        self.use_view(ALL if self.view == PROBLEMS else PROBLEMS)

    def action_view(self, number: int) -> None:
        """Show a saved view; 0 shows everything."""
        if number == 0:
            self.use_view(ALL)
        elif number <= len(views := self.book.views):
            self.use_view(views[number - 1])
        else:
            told = f"there is no view {number} yet: keep this one, or add one under [[views]]"
            self.notify(told, severity="warning", markup=False)

    def use_view(self, view: SavedView) -> None:
        """Show a saved view: its rows, their order, its columns."""
        self.view = view
        self.kept_query = view.query
        self.query_one(FilterLine).text = view.query
        try:
            self.board.set_sort(view.sort)
        except ConfigError as error:
            self.notify(str(error), title=f"view {view.name}", severity="warning", markup=False)
        self._sort_of_view = self.board.sort_text
        self.table.set_columns(self.book.columns_of(view))
        self.filter(view.query)

    def open_first_view(self) -> None:
        """Open as the last session was left, or as the command line says."""
        startup = self.startup
        view = self.book.named(startup.view) or ALL
        if view != ALL:
            self.use_view(view)
            if startup.sort:
                self.sort(startup.sort)
        elif columns := self.book.columns_of(ALL):
            self.table.set_columns(columns)
        if startup.query and startup.query != view.query:
            self.query_one(FilterLine).text = self.kept_query = startup.query
            self.filter(startup.query)

    @property
    def is_edited(self) -> bool:
        """Whether filter or order are others than those of the view that is open."""
        is_same = self.board.query.text.strip() == self.view.query.strip()
        return self.view != ALL and not (is_same and self.board.sort_text == self._sort_of_view)

    def sort(self, text: str) -> None:
        """Order the rows; a wrong order is told and changes nothing."""
        try:
            self.board.set_sort(text)
        except ConfigError as error:
            self.notify(str(error), title="sort", severity="warning", markup=False)
            return
        self.table.reordered()
        self.update_counts()

    def filter(self, text: str) -> None:
        """Show what a query matches; a wrong one is told and changes nothing."""
        try:
            self.board.set_query(text)
        except QueryError as error:
            self.query_one(FilterLine).show_error(error)
            return
        self.query_one(FilterLine).clear_error()
        self.table.reordered()
        self.update_counts()

    def update_counts(self) -> None:
        """Tell how many jobs match, and which view is open."""
        line = self.query_one(FilterLine)
        name = "" if self.view == ALL else self.view.name
        line.show_view(self.book.digit_of(name) if name else "", name, is_edited=self.is_edited)
        line.show_count(len(self.board.keys), self.board.total)
        if self.board.total and not self.board.keys:
            from tui.engine.query.fitting import nothing_fits

            self.table.say(nothing_fits(self.board.query))
