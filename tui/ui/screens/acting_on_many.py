"""Acting on the marked jobs, or on all that are listed, after showing the plan of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.screens.table_screen import TableScreen
from tui.ui.screens.work_screen import NO_ENGINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.keys import JobKey
    from tui.core.models import ActionKind
    from tui.engine.bulk import BulkRun

_MANY = 2
_TO_MANY = ("rerun", "stop", "hold")


class ActingOnMany(TableScreen):
    """Opens the dialog about many jobs, and knows what goes on in the background."""

    _is_end_unseen = False
    _begun: BulkRun | None = None

    def reason_against(self, action: str) -> str:
        """Why a key can't act now; with several marks the plan says so job by job."""
        name = action.removeprefix("screen.").partition("(")[0]
        if name == "bulk":
            if self.engine is None:
                return NO_ENGINE
            is_anything = self.board.keys or self.engine.bulk is not None
            return "" if is_anything else "no job is listed"
        if name in _TO_MANY and self._has_many:
            return "" if self.engine is not None else NO_ENGINE
        return super().reason_against(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey while there is nothing to act on."""
        if action == "bulk":
            return None if self.reason_against(action) else True
        return super().check_action(action, parameters)

    def act(self, name: str) -> None:
        """With several marks the action is shown for all of them first."""
        if name in _TO_MANY and self._has_many:
            self._open_bulk(name)
        else:
            super().act(name)

    def action_bulk(self) -> None:
        """Act on many jobs; while that goes on, or ended unseen, show how it gets on."""
        self._open_bulk("")

    @property
    def bulk_told(self) -> list[str]:
        """A few words for the last line while a bulk goes on."""
        run = self.engine.bulk if self.engine is not None else None
        return [f"many: {run.told}"] if run is not None and not run.is_over else []

    @property
    def unsent_told(self) -> str:
        """What quitting now would keep from being sent; empty when nothing."""
        if self.engine is None:
            return ""
        run = self.engine.bulk
        if run is not None and run.unsent:
            return f", but {run.unsent:,} not sent yet never will be"
        held = ", ".join(held.what for held in self.engine.actions.undo.held)
        return f", but not sent yet, and never then: {held}" if held else ""

    def count_down(self) -> None:
        """Show how long a bulk still waits; called every second."""
        run = self.engine.bulk if self.engine is not None else None
        if run is not None and run.is_held:
            self._tell_bulk(run)

    def leave(self) -> None:
        """Quit; while a bulk goes on, ask first, for what is not sent by then never is."""
        run = self.engine.bulk if self.engine is not None else None
        if run is None or not run.unsent:
            self.app.leave(0)
        else:
            self.ask(self._ask_to_leave(run))

    @property
    def _has_many(self) -> bool:
        return len(self.marked_listed) >= _MANY

    def _open_bulk(self, name: str) -> None:
        engine = self.engine
        # A key that was pressed twice before the dialog stood must not open it twice.
        if engine is None or self.is_asking or not self.is_current:
            return
        from tui.ui.bulk_options import BulkOptions, Chosen
        from tui.ui.screens.bulk import BulkScreen

        run = engine.bulk if engine.bulk is not None and self._is_shown(engine.bulk) else None
        marked = list(self.marked_listed)
        chosen = Chosen(marked, list(self.board.keys), len(self.marked_hidden))
        options = BulkOptions(self._kind_of_many(name, marked or chosen.listed), is_all=not marked)
        self._is_end_unseen = False
        self.app.push_screen(BulkScreen(engine, chosen, options, self._tell_bulk, run))

    def _is_shown(self, run: BulkRun) -> bool:
        """Whether the key shows this bulk instead of a new plan."""
        return not run.is_over or self._is_end_unseen

    def _kind_of_many(self, name: str, keys: Sequence[JobKey]) -> ActionKind:
        from tui.core.models import ActionKind
        from tui.ui.bulk_options import usual_kind

        jobs = [job for key in keys if (job := self.board.job(key)) is not None]
        if not name:
            return usual_kind(jobs)
        if name == "hold":
            return self.kind_of(name, jobs[0]) if jobs else ActionKind.HOLD
        return ActionKind(name)

    def _tell_bulk(self, run: BulkRun) -> None:
        """Tell the dialog if it is open, else the footer, and the end to whoever looks elsewhere."""
        from tui.ui.screens.bulk import BulkScreen

        if not self.app.screen_stack:
            return  # the program ends, and with it what was not sent
        self.app.dashboard.update_status()
        if run is not self._begun:
            self._begun = run
            self.table.action_unmark_all()
        screens = [screen for screen in self.app.screen_stack if isinstance(screen, BulkScreen)]
        for screen in screens:
            screen.got_on()
        if run.is_over and not screens and not self._is_end_unseen:
            self._is_end_unseen = True
            self.app.notify(
                f"{run.plan.order.kind}: {run.told}",
                title="many jobs",
                severity="information" if run.is_good else "warning",
                markup=False,
            )

    async def _ask_to_leave(self, run: BulkRun) -> None:
        from tui.ui.screens.leaving import LeavingDialog

        if await self.app.push_screen_wait(LeavingDialog(run)) is not None:
            self.app.leave(0)
