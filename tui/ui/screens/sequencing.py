"""Running the marked jobs one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError
from tui.ui.screens.table_screen import TableScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.keys import JobKey
    from tui.engine.engine import Engine
    from tui.engine.sequence import JobSequence

_SHORTEST_SEQUENCE = 2


class Sequencing(TableScreen):
    """Starts a sequence of jobs after asking, tells how it gets on, and ends it."""

    def action_run_in_order(self) -> None:
        """Run the marked jobs one after the other, after asking; pressed again, start no more of them."""
        engine, keys = self.engine, list(self.table.marks)
        if engine is None:
            return
        if engine.sequences:
            for sequence in engine.sequences:
                sequence.cancel()
            self.notify("no further job of the sequence will be started; what runs goes on", markup=False)
        elif len(keys) < _SHORTEST_SEQUENCE:
            self.notify("mark the jobs first, in the order in which they shall run", severity="warning")
        else:
            self.app.run_worker(self._run_in_order(engine, keys), group="action")

    async def _run_in_order(self, engine: Engine, keys: Sequence[JobKey]) -> None:
        from tui.ui.screens.sequence import SequenceDialog

        try:
            plan = await engine.plan_sequence(keys)
        except NightdeckError as error:
            self.app.notify(str(error), severity="error", markup=False)
            return
        answer = await self.app.push_screen_wait(SequenceDialog(plan))
        if answer is not None:
            engine.start_sequence(plan, answer.typed, self._tell_sequence)
            self.table.action_unmark_all()

    def _tell_sequence(self, sequence: JobSequence) -> None:
        self.app.dashboard.update_status()
        if sequence.is_over:
            self.app.notify(
                sequence.told,
                title="in order",
                severity="information" if sequence.is_good else "error",
                markup=False,
            )
