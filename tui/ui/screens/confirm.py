"""The question before anything is changed: what, where, with which request, and on how fresh a row."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.core.duration import format_age
from tui.core.errors import NightdeckError
from tui.core.models import ActionKind
from tui.engine.guard import GuardLevel
from tui.engine.typed_name import what_is_typed
from tui.engine.undo_window import UNDOABLE
from tui.ui.filling import shown_value
from tui.ui.screens.question import Confirmation, Question
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from tui.core.models import Action
    from tui.engine.guard import Plan
    from tui.engine.shown_call import ShownCall

_VERBS = {
    ActionKind.TRIGGER: "Run",
    ActionKind.RERUN: "Rerun",
    ActionKind.STOP: "Stop",
    ActionKind.HOLD: "Hold",
    ActionKind.RELEASE: "Release",
    ActionKind.DELETE: "Delete",
}

_OPTIONS = {ActionKind.STOP: "by force", ActionKind.RERUN: "only what failed"}
"""What an action can be turned into here, in words."""

_WITH_PARAMETERS = (ActionKind.TRIGGER, ActionKind.RERUN)

_SHOWN = 300
"""Characters of the request that are shown: a command can be a whole script, and more matters than that."""


class ConfirmDialog(Question):
    """Asks about one action."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept_unknown", "send all the same", show=False),
        Binding("tab", "turn_option", "turn the option", show=False, priority=True),
        Binding("ctrl+t", "edit", "edit the parameters", show=False, priority=True),
        Binding("e", "edit", "edit the parameters", show=False),
        Binding("ctrl+o", "show_call", "show the call", show=False, priority=True),
        Binding("c", "show_call", "show the call", show=False),
    ]

    def __init__(
        self,
        plan: Plan,
        environment: str,
        replan: Callable[[Action], Awaitable[Plan]],
        edit: Callable[[Action], Awaitable[Action | None]] | None = None,
        call_of: Callable[[Action], Awaitable[ShownCall]] | None = None,
        lacking: Callable[[Action], Awaitable[Sequence[str]]] | None = None,
    ) -> None:
        """Ask about a plan.

        Args:
            plan: What would be done.
            environment: `prod`, `stage`, `dev` or empty.
            replan: Says what the action would be with its option turned.
            edit: Lets the user fill in other parameters; None where a job takes none.
            call_of: Tells what exactly would be sent; None where nobody can.
            lacking: Tells which parameters a trigger still needs; None where a job takes none.
        """
        super().__init__()
        self.plan = plan
        """What would be done, with the option as it stands now."""
        self._environment = environment
        self._replan = replan
        self._edit = edit if plan.action.kind in _WITH_PARAMETERS else None
        self._call_of = call_of
        self._lacking = lacking if plan.action.kind is ActionKind.TRIGGER else None
        self._lacks: Sequence[str] = ()
        self._is_editing = False
        self._is_unknown_accepted = False

    @property
    def environment(self) -> str:
        """Of the job's connection."""
        return self._environment

    @property
    def level(self) -> GuardLevel:
        """The plan's."""
        return self.plan.level

    @property
    def expects(self) -> str:
        """The plan's."""
        return self.plan.expects

    @property
    def wanted(self) -> str:
        """The job's name, or what is typed in its place."""
        return what_is_typed(self.plan.job)

    @property
    def refusal(self) -> str:
        """The plan's, unless it is about an earlier start that the user doesn't mind; and what is lacking."""
        if self.plan.refusal and not self._is_unknown_accepted:
            return self.plan.refusal
        return f"it needs a value for {', '.join(self._lacks)}" if self._lacks else ""

    @property
    def is_settled(self) -> bool:
        """Not while the parameters are being edited."""
        return not self._is_editing

    @property
    def ways(self) -> Sequence[tuple[str, str]]:
        """To accept what is unknown, to turn the option, to edit the parameters."""
        ways = []
        if self._is_in_doubt:
            ways.append(("a", "start it all the same"))
        if self.plan.action.kind in _OPTIONS:
            words = _OPTIONS[self.plan.action.kind]
            ways.append(("tab", f"not {words}" if self._is_turned else words))
        is_typing = self.level is GuardLevel.NAME and not self.refusal
        if self._edit is not None:
            ways.append(("ctrl-t" if is_typing else "e", "edit parameters"))
        if self._call_of is not None:
            ways.append(("ctrl-o" if is_typing else "c", "show the call"))
        return ways

    @property
    def _is_in_doubt(self) -> bool:
        return bool(self.plan.refusal) and self.plan.is_in_doubt and not self._is_unknown_accepted

    @property
    def _is_turned(self) -> bool:
        return self.plan.action.is_forced or self.plan.action.is_failed_only

    def on_mount(self) -> None:
        """Ask meanwhile whether a value is lacking: the system would refuse the trigger."""
        super().on_mount()
        lacking, self._lacking = self._lacking, None
        if lacking is not None:
            self.run_worker(later(self._look_for_lacking, lacking), group="lacking", exclusive=True)

    async def _look_for_lacking(self, lacking: Callable[[Action], Awaitable[Sequence[str]]]) -> None:
        action = self.plan.action
        found = await lacking(action)
        # Who was quicker has filled it in meanwhile, or is about to.
        if found and not self._is_editing and self.plan.action == action:
            self._lacks = found
            await self.ask_again()

    def confirmation(self, typed: str) -> Confirmation:
        """What was typed, and whether an unknown outcome was accepted."""
        return Confirmation(typed, self._is_unknown_accepted)

    async def action_accept_unknown(self) -> None:
        """Ask for the usual confirmation although an earlier start has an unknown outcome."""
        if self._is_in_doubt:
            self._is_unknown_accepted = True
            await self.ask_again()

    async def action_turn_option(self) -> None:
        """Stop by force or not; repeat all or only what failed."""
        action = self.plan.action
        if action.kind is ActionKind.STOP:
            action = replace(action, is_forced=not action.is_forced)
        elif action.kind is ActionKind.RERUN:
            action = replace(action, is_failed_only=not action.is_failed_only)
        else:
            return
        self.plan = await self._replan(action)
        await self.ask_again()

    def plan_again(self) -> None:
        """Ask anew, because what may be done has changed."""
        self.run_worker(later(self._plan_again), group="again", exclusive=True)

    async def _plan_again(self) -> None:
        with suppress(NightdeckError):
            self.plan = await self._replan(self.plan.action)
            await self.ask_again()

    def action_show_call(self) -> None:
        """Show the whole request; nothing is sent for it."""
        if self._call_of is not None:
            self.run_worker(later(self._show_call, self._call_of), group="call", exclusive=True)

    async def _show_call(self, call_of: Callable[[Action], Awaitable[ShownCall]]) -> None:
        from tui.ui.screens.call import CallScreen

        plan = self.plan
        try:
            call = await call_of(plan.action)
        except NightdeckError as error:
            self.notify(f"no call to show: {error}", severity="warning", markup=False)
            return
        if self.is_current:
            what = f"{plan.action.kind} {plan.job.name} on {plan.job.connection}"
            self.app.push_screen(CallScreen(call, what))

    def action_edit(self) -> None:
        """Open the form with the parameters as they stand."""
        if self._edit is not None and not self._is_editing:
            self._is_editing = True
            self.run_worker(later(self._edit_parameters, self._edit), group="edit", exclusive=True)

    async def _edit_parameters(self, edit: Callable[[Action], Awaitable[Action | None]]) -> None:
        """Plan anew what came of the form; until then nothing can be confirmed."""
        try:
            action = await edit(self.plan.action)
            if action is not None:
                self.plan = await self._replan(action)
                self._is_unknown_accepted = False
                self._lacks = ()
                await self.ask_again()
        finally:
            self._is_editing = False

    def question(self) -> Content:
        """What, to which job, where."""
        job, action = self.plan.job, self.plan.action
        how = f" {_OPTIONS[action.kind]}" if self._is_turned else ""
        parts: list[tuple[str, str]] = [
            (f"{_VERBS[action.kind]} ", "bold"),
            (job.name, "bold $accent"),
            (f" on {job.connection}{how}?", "bold"),
        ]
        if self._environment:
            style = f"bold $env-{self._environment}"
            parts += [("    environment: ", "$text-muted"), (self._environment, style)]
        return Content.assemble(*parts)

    def facts(self) -> Mapping[str, str]:
        """The run, the parameters, the request, and how old the row is."""
        plan = self.plan
        seen = f"{format_age(plan.age_s)} ago" if plan.age_s >= 1 else "just now"
        again = ": read again before it is sent" if plan.is_stale else ""
        undo_s = self.app.startup.undo_s
        return {
            "run": plan.action.run.run_id if plan.action.run is not None else "",
            "parameters": "   ".join(
                f"{name} = {shown_value(self.app.mask, name, value)}"
                for name, value in plan.action.params.items()
            ),
            "request": plan.preview if len(plan.preview) <= _SHOWN else f"{plan.preview[:_SHOWN]}…",
            "row seen": f"{seen}, state {plan.job.state.replace('_', ' ')}{again}",
            "sent": f"{undo_s:g} s after you confirm: until then {self.app.key_told('undo')} takes it back"
            if plan.action.kind in UNDOABLE and undo_s and not self.app.is_dry_run and not self.refusal
            else "",
        }
