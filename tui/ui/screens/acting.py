"""Acting on the job that a screen is about: each action is planned, asked about, and sent once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError
from tui.core.models import ActionKind, ReceiptStatus
from tui.ui.screens.work_screen import WorkScreen

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Action, Receipt
    from tui.engine.engine import Engine
    from tui.engine.guard import Plan
    from tui.ui.board import Board
    from tui.ui.filling import Filling
    from tui.ui.screens.question import Confirmation

_SEVERITY = {
    ReceiptStatus.REFUSED: "error",
    ReceiptStatus.UNKNOWN: "warning",
    ReceiptStatus.REHEARSED: "warning",
}
_TOLD = {ReceiptStatus.REHEARSED: "dry run"}
"""Statuses that people know by other words."""


class Acting(WorkScreen):
    """Asks before every change, one question at a time."""

    def __init__(self, board: Board) -> None:
        """Show a board.

        Args:
            board: Where jobs come from.
        """
        super().__init__(board)
        self.typed: dict[JobKey, Mapping[str, str]] = {}
        """Parameters that were typed in this session. They may be secrets, so that no disk ever sees them."""
        self.is_asking = False
        """Whether a question before a change stands, on whichever screen."""

    def action_rerun(self) -> None:
        """Run the job again, after asking."""
        self.act("rerun")

    def action_stop(self) -> None:
        """End the run that is under way, after asking."""
        self.act("stop")

    def action_hold(self) -> None:
        """Hold or release the job, after asking."""
        self.act("hold")

    def action_delete(self) -> None:
        """Remove the job from its system, after its name was typed."""
        self.act("delete")

    def action_trigger(self) -> None:
        """Fill in the job's parameters and run it, after asking."""
        if self.engine is not None and self.target is not None:
            self.ask(self._trigger(self.engine, self.target))

    def act(self, name: str) -> None:
        """Do what a key stands for to the jobs that are meant, after asking."""
        if self.engine is not None:
            self.ask(self._ask_each(self.engine, name, list(self.targets)))

    def ask(self, asking: Coroutine[None, None, None]) -> None:
        """Ask something, unless a question stands already: a key pressed twice must not ask twice."""
        first = self.app.dashboard
        if first.is_asking:
            asking.close()
            return
        first.is_asking = True
        self.app.run_worker(_asked(asking, first), group="action")

    async def _ask_each(self, engine: Engine, name: str, keys: Sequence[JobKey]) -> None:
        """Each job is confirmed on its own; going back leaves out the rest."""
        from tui.core.models import Action

        for key in keys:
            job = self.board.job(key)
            if job is None:
                continue
            kind = self.kind_of(name, job)
            is_about_run = kind in (ActionKind.STOP, ActionKind.RERUN) and len(keys) == 1
            action = Action(kind, key, self.target_run if is_about_run else None)
            if not await self._confirm(engine, action):
                return

    async def _trigger(self, engine: Engine, key: JobKey) -> None:
        from tui.core.models import Action

        filling = self._filling(engine, key)
        params = await filling.fill() if filling is not None else None
        if params is not None:
            await self._confirm(engine, Action(ActionKind.TRIGGER, key, params=params), filling)

    def _filling(self, engine: Engine, key: JobKey) -> Filling | None:
        from tui.ui.filling import Filling

        job, health = self.board.job(key), engine.store.health.get(key.connection)
        environment = health.environment if health is not None else ""
        return Filling(self.app, engine, job, environment) if job is not None else None

    async def _confirm(self, engine: Engine, action: Action, filling: Filling | None = None) -> bool:
        try:
            plan = await engine.actions.plan(action)
        except NightdeckError as error:
            self.app.notify(str(error), severity="error", markup=False)
            return False
        from tui.ui.screens.confirm import ConfirmDialog

        if not engine.can(action.job, ActionKind.TRIGGER):
            filling = filling or self._filling(engine, action.job)
        edit, lacking = (filling.edited, filling.lacking) if filling is not None else (None, None)
        dialog = ConfirmDialog(plan, plan.environment, engine.actions.plan, edit, engine.call_of, lacking)
        answer = await self.app.push_screen_wait(dialog)
        plan = dialog.plan
        if answer is None:
            return bool(plan.refusal)
        self.app.run_worker(self._perform(engine, plan, answer), group="action")
        return True

    async def _perform(self, engine: Engine, plan: Plan, answer: Confirmation) -> None:
        """Send what was confirmed; meanwhile other jobs can be acted on."""
        receipt = await engine.actions.perform(
            plan.action,
            confirmation=answer.typed,
            request_id=plan.request_id,
            is_unknown_accepted=answer.is_unknown_accepted,
            shown=plan,
            undo_s=self.app.startup.undo_s,
        )
        self._tell(receipt, plan.job.name)

    def _tell(self, receipt: Receipt, name: str) -> None:
        if receipt.status is ReceiptStatus.WITHDRAWN:
            self.app.notify(f"{receipt.action.kind} {name}: {receipt.message}", markup=False)
            return
        told = f"{receipt.action.kind} {name}: {_TOLD.get(receipt.status, receipt.status)}"
        if receipt.run_id and receipt.status is ReceiptStatus.ACCEPTED:
            told += f" {receipt.run_id}"
        if receipt.message:
            told += f", {receipt.message}"
        severity = _SEVERITY.get(receipt.status, "information")
        self.app.notify(told, severity=severity, markup=False)  # type: ignore[arg-type]


async def _asked(asking: Coroutine[None, None, None], first: Acting) -> None:
    try:
        await asking
    finally:
        first.is_asking = False
