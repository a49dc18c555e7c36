"""The question before anything is changed: what, where, with which request, and on how fresh a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.core.duration import format_age
from tui.core.models import ActionKind
from tui.engine.guard import GuardLevel
from tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.engine.guard import Plan

_VERBS = {
    ActionKind.TRIGGER: "Run",
    ActionKind.RERUN: "Rerun",
    ActionKind.STOP: "Stop",
    ActionKind.HOLD: "Hold",
    ActionKind.RELEASE: "Release",
    ActionKind.DELETE: "Delete",
}


_SHOWN = 300
"""Characters of the request that are shown: a command can be a whole script, and more matters than that."""


class Confirmation(NamedTuple):
    """What the user agreed to."""

    typed: str
    """What was typed; the engine judges it once more."""
    is_unknown_accepted: bool
    """Whether a start is wanted although nobody knows what became of an earlier one."""


class ConfirmDialog(ModalScreen[Confirmation | None]):
    """Answers with a confirmation, or None when the user went back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "back", show=False, priority=True),
        Binding("q", "refuse", "back", show=False),
        Binding("n", "refuse", "back", show=False),
        Binding("y", "agree", "yes", show=False),
        Binding("a", "accept_unknown", "send all the same", show=False),
        Binding("enter", "enter", "confirm", show=False),
    ]
    DEFAULT_CSS = """
    ConfirmDialog { align: center middle; background: $background 60%; }
    ConfirmDialog > Vertical {
        width: 90; max-width: 96%; height: auto; max-height: 90%;
        padding: 1 2; background: $panel; border-left: outer $accent;
    }
    ConfirmDialog.-prod > Vertical { border-left: outer $env-prod; }
    ConfirmDialog Static { width: 1fr; height: auto; }
    ConfirmDialog Input { height: 1; border: none; padding: 0; background: $surface; margin-top: 1; }
    ConfirmDialog #answer { dock: bottom; height: auto; padding-top: 1; }
    """

    def __init__(self, plan: Plan, environment: str) -> None:
        """Ask about a plan.

        Args:
            plan: What would be done.
            environment: `prod`, `stage`, `dev` or empty.
        """
        super().__init__(classes="-prod" if environment == "prod" else None)
        self._plan = plan
        self._environment = environment
        self._is_unknown_accepted = False

    def compose(self) -> ComposeResult:
        """The question, the facts, and what has to be typed."""
        with Vertical():
            yield Static(self._question(), markup=False)
            yield Static(self._facts(), markup=False)
            with Vertical(id="answer"):
                yield Static(self._ask(), id="ask", markup=False)
                if self._must_type:
                    yield LineInput(placeholder=self._plan.expects)

    def on_mount(self) -> None:
        """Let the keys go to the line where the name is typed."""
        if self._must_type:
            self.query_one(Input).focus()

    @property
    def _is_refused(self) -> bool:
        return bool(self._plan.refusal) and not self._is_unknown_accepted

    @property
    def _must_type(self) -> bool:
        return self._plan.level is GuardLevel.NAME and not self._is_refused

    async def action_accept_unknown(self) -> None:
        """Ask for the usual confirmation although an earlier start has an unknown outcome."""
        if self._is_refused and self._plan.is_in_doubt:
            self._is_unknown_accepted = True
            await self.recompose()
            self.on_mount()

    def action_refuse(self) -> None:
        """Go back; nothing is sent."""
        self.dismiss(None)

    def action_agree(self) -> None:
        """`y` is enough unless the name has to be typed."""
        if not self._must_type and not self._is_refused:
            self._confirm("y")

    def action_enter(self) -> None:
        """Enter is enough where nothing is at stake; where it isn't, it says what is."""
        if self._is_refused:
            self.dismiss(None)
        elif self._plan.level is GuardLevel.ENTER:
            self._confirm("")
        else:
            self.notify("press y to confirm, esc to go back", severity="warning", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Accept the name when it is the right one."""
        event.stop()
        if event.value.strip() == self._plan.expects:
            self._confirm(event.value.strip())
        else:
            self.notify(
                f"type {self._plan.expects} to confirm, esc to go back", severity="warning", markup=False
            )

    def _confirm(self, typed: str) -> None:
        self.dismiss(Confirmation(typed, self._is_unknown_accepted))

    def _question(self) -> Content:
        job, kind = self._plan.job, self._plan.action.kind
        parts: list[tuple[str, str]] = [
            (f"{_VERBS[kind]} ", "bold"),
            (job.name, "bold $accent"),
            (f" on {job.connection}?", "bold"),
        ]
        if self._environment:
            style = f"bold $env-{self._environment}"
            parts += [("    environment: ", "$text-muted"), (self._environment, style)]
        return Content.assemble(*parts)

    def _facts(self) -> Content:
        plan = self._plan
        params = "   ".join(f"{name} = {value}" for name, value in plan.action.params.items())
        seen = f"{format_age(plan.age_s)} ago" if plan.age_s >= 1 else "just now"
        facts = {
            "run": plan.action.run.run_id if plan.action.run is not None else "",
            "parameters": params,
            "request": plan.preview if len(plan.preview) <= _SHOWN else f"{plan.preview[:_SHOWN]}…",
            "row seen": f"{seen}, state {plan.job.state.replace('_', ' ')}",
        }
        width = max(len(name) for name, value in facts.items() if value) + 2
        lines = [
            Content.assemble((f"  {name:<{width}}", "$text-muted"), value)
            for name, value in facts.items()
            if value
        ]
        return Content("\n").join(lines)

    def _ask(self) -> Content:
        plan = self._plan
        if self._is_refused:
            ways: list[tuple[str, str]] = [("\n\nesc", "bold $accent"), (" back", "")]
            if plan.is_in_doubt:
                ways += [("   a", "bold $accent"), (" start it all the same", "")]
            return Content.assemble(("Not possible: ", "bold $state-warning"), plan.refusal, *ways)
        match plan.level:
            case GuardLevel.NAME:
                return Content.assemble("Type the job's name to confirm: ", (plan.expects, "bold"))
            case GuardLevel.YES:
                return Content.assemble(("y", "bold $accent"), " yes   ", ("esc", "bold $accent"), " back")
            case GuardLevel.ENTER:
                return Content.assemble(
                    ("enter", "bold $accent"), " yes   ", ("esc", "bold $accent"), " back"
                )
