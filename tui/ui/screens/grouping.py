"""Grouping the rows: choosing by what, folding groups, and what keys can do on the line of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import ConfigError
from tui.ui.screens.table_screen import TableScreen
from tui.ui.views import ALL

if TYPE_CHECKING:
    from tui.ui.views import SavedView
    from tui.ui.widgets.table_messages import FoldRequested, JobSought

UNGROUPED = "none"
"""What the state file says when the user ungrouped a view that is made with groups."""

_ABOUT_A_JOB = frozenset(
    {"open_log", "open_pager", "raw", "compare", "watch", "open_web", "trigger", "rerun", "stop", "hold"}
) | {"delete", "copy"}
"""Keys that need a job under the cursor."""

_ABOUT_MARKS = frozenset({"rerun", "stop", "hold", "copy"})
"""Those of them that mean the marked jobs where there are several."""

_FEWEST_MEANT = 2


class Grouping(TableScreen):
    """Shows the rows in groups, and keeps them as the user left them."""

    def open_first_view(self) -> None:
        """Open with the groups of the last session."""
        super().open_first_view()
        startup = self.startup
        if startup.group:
            self.group_by("" if startup.group == UNGROUPED else startup.group)
        groups = self.board.groups
        if groups is not None and (startup.folded or startup.are_all_folded):
            from tui.engine.groups import Folds

            groups.set_folds(Folds(startup.are_all_folded, frozenset(startup.folded)))
            self.table.reordered()

    def use_view(self, view: SavedView) -> None:
        """Show a saved view in its groups."""
        self.group_by(view.group)
        super().use_view(view)

    @property
    def is_edited(self) -> bool:
        """Whether filter, order or groups are others than those of the view that is open."""
        return super().is_edited or (self.view != ALL and self.board.group != self.view.group)

    def group_by(self, name: str) -> None:
        """Group the rows; what can't be grouped by is told and changes nothing."""
        try:
            self.board.set_group(name)
        except ConfigError as error:
            self.notify(str(error), title="group", severity="warning", markup=False)
            return
        self.table.reordered()
        self.update_counts()
        self.refresh_bindings()

    def filter(self, text: str) -> None:
        """Show what a query matches, and tell at once how many marks it hides."""
        super().filter(text)
        self.app.dashboard.update_status()

    def on_job_table_marks_changed(self) -> None:
        """Some keys act on marked jobs."""
        self.refresh_bindings()

    def on_job_table_fold_requested(self, event: FoldRequested) -> None:
        """Fold or unfold a group, or all."""
        self.board.fold(event.group)
        self.table.reordered(is_asked=True)

    def on_job_table_job_sought(self, event: JobSought) -> None:
        """Unfold what hides the job."""
        self.go_to(event.key)

    def action_group(self) -> None:
        """Choose what the rows are grouped by."""
        from tui.ui.screens.group_choice import GroupChoice

        # Pushed at once and not by a worker: the letter that answers may be typed in the same breath.
        self.app.push_screen(GroupChoice(self.board.group), self._take_choice)

    def reason_against(self, action: str) -> str:
        """Why a key can't act now: on the line of a group there is no job to act on."""
        name = action.removeprefix("screen.").partition("(")[0]
        if self._is_on_group_alone(name):
            return "this is a group: mark its jobs with space, or move to one of them"
        return super().reason_against(action) or self.table.reason_against(name)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey for a key that needs a job, on the line of a group."""
        return None if self._is_on_group_alone(action) else super().check_action(action, parameters)

    def folds_kept(self) -> tuple[str, tuple[str, ...], bool]:
        """What the next start needs: the way to group, the groups folded otherwise than the rest, and it."""
        groups = self.board.groups
        if groups is None:
            return UNGROUPED if self.view.group else "", (), False
        return self.board.group, tuple(sorted(groups.folds.names)), groups.folds.are_all

    def _is_on_group_alone(self, action: str) -> bool:
        """Whether the key would act on the job under the cursor, where only a group is."""
        if action not in _ABOUT_A_JOB or not self.is_mounted or self.table.cursor_group is None:
            return False
        return not (action in _ABOUT_MARKS and len(self.table.marks) >= _FEWEST_MEANT)

    def _take_choice(self, chosen: str | None) -> None:
        if chosen is not None:
            self.group_by(chosen)
