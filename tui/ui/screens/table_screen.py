"""A table of jobs with its filter and its saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import ConfigError, QueryError
from tui.ui.screens.acting import Acting
from tui.ui.views import ALL, PROBLEMS
from tui.ui.widgets.filter_line import FilterLine
from tui.ui.widgets.panes import Panes

if TYPE_CHECKING:
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
        self.view: SavedView = ALL
        """The view that is open."""
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

    def go_to(self, key: JobKey) -> None:
        """Put the cursor on a job; a filter that hides it is cleared."""
        if self.board.index_of(key) is None:
            self.action_clear_filter()
        self.table.go_to(key)

    def on_job_table_sort_requested(self, event: SortRequested) -> None:
        """Order the rows by another column."""
        self.board.set_sort(event.sort)
        self.table.reordered()

    def on_filter_edited(self, event: FilterEdited) -> None:
        """Show at every keystroke what matches; while the query is wrong, what matched last stays."""
        self.filter(event.text)

    def on_filter_left(self, event: FilterLeft) -> None:
        """Keep the filter or return to the one before."""
        line = self.query_one(FilterLine)
        if event.is_kept:
            self.kept_query = self.board.query.text
            line.text = self.kept_query
        else:
            line.text = self.kept_query
            self.filter(self.kept_query)
        self.update_counts()
        self.table.focus()

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
        elif number <= len(self.startup.views):
            self.use_view(self.startup.views[number - 1])
        else:
            self.notify(
                f"there is no view {number}; add one under [[views]]", severity="warning", markup=False
            )

    def use_view(self, view: SavedView) -> None:
        """Show a saved view: its rows, their order, its columns."""
        self.view = view
        self.kept_query = view.query
        self.query_one(FilterLine).text = view.query
        try:
            self.board.set_sort(view.sort)
        except ConfigError as error:
            self.notify(str(error), title=f"view {view.name}", severity="warning", markup=False)
        self.table.set_columns(view.columns)
        self.filter(view.query)

    def filter(self, text: str) -> None:
        """Show what a query matches; a wrong one is told and changes nothing."""
        try:
            self.board.set_query(text)
        except QueryError as error:
            self.query_one(FilterLine).show_error(error)
            return
        self.table.reordered()
        self.update_counts()

    def update_counts(self) -> None:
        """Tell how many jobs match."""
        self.query_one(FilterLine).show_count(len(self.board.keys), self.board.total)
