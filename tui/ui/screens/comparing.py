"""Comparing a run with the last good one, from wherever a job or a run is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.screens.work_screen import NO_ENGINE, WorkScreen

if TYPE_CHECKING:
    from tui.core.keys import RunKey

_COMPARE = "compare"


class Comparing(WorkScreen):
    """Opens the comparison of the run that is meant."""

    def action_compare(self) -> None:
        """Show what differs from the last good run."""
        run = self._compared_run
        if run is not None:
            from tui.ui.screens.comparison import ComparisonScreen

            self.app.push_screen(ComparisonScreen(self.board, run))

    def reason_against(self, action: str) -> str:
        """Why a key can't act now: what has never run can't be compared."""
        if action.removeprefix("screen.") != _COMPARE:
            return super().reason_against(action)
        if self.engine is None:
            return NO_ENGINE
        return "" if self._compared_run is not None else "this job has not run yet"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey for a key that can't act now."""
        if action == _COMPARE:
            return None if self.reason_against(action) else True
        return super().check_action(action, parameters)

    @property
    def _compared_run(self) -> RunKey | None:
        job = self.target_job
        return self.target_run or (job.run_key if job is not None else None)
