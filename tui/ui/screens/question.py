"""A question that is answered by a key or by typing: what every dialog before a change has in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.engine.guard import GuardLevel
from tui.engine.typed_name import is_typed
from tui.ui.dry_run import badge
from tui.ui.screens.once import AnsweredOnce
from tui.ui.side_by_side import in_lines
from tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult


_WIDEST, _SHARE, _FRAME = 90, 0.96, 5
"""Cells of a dialog at the most, its share of the screen, and what its frame takes, as its style says."""


class Confirmation(NamedTuple):
    """What the user agreed to."""

    typed: str
    """What was typed; the engine judges it once more."""
    is_unknown_accepted: bool = False
    """Whether a start is wanted although nobody knows what became of an earlier one."""


class Question(AnsweredOnce[Confirmation | None]):
    """Answers with a confirmation, or None when the user went back. Subclasses say what it is about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "refuse", "back", show=False, priority=True),
        Binding("q", "refuse", "back", show=False),
        Binding("n", "refuse", "back", show=False),
        Binding("y", "agree", "yes", show=False),
        Binding("enter", "enter", "confirm", show=False),
    ]
    DEFAULT_CSS = """
    Question { align: center middle; background: $background 60%; }
    Question > Vertical {
        width: 90; max-width: 96%; height: auto; max-height: 90%;
        padding: 1 2; background: $panel; border-left: outer $accent;
    }
    Question.-prod > Vertical { border-left: outer $env-prod; background: $prod-tint; }
    Question Static { width: 1fr; height: auto; }
    Question Input { height: 1; border: none; padding: 0; background: $surface; margin-top: 1; }
    Question #answer { dock: bottom; height: auto; padding-top: 1; }
    """

    def compose(self) -> ComposeResult:
        """The question, the facts, and what has to be typed."""
        self.set_class(self.environment == "prod", "-prod")
        with Vertical():
            yield Static(badge(is_dry_run=self.app.is_dry_run) + self.question(), markup=False)
            yield Static(_listed(self.facts()), markup=False)
            with Vertical(id="answer"):
                yield Static(self._ask(), id="ask", markup=False)
                if self._must_type:
                    yield LineInput(placeholder=self.expects)

    def on_mount(self) -> None:
        """Let the keys go to the line where the name is typed."""
        if self._must_type:
            self.query_one(Input).focus()

    @property
    @abstractmethod
    def environment(self) -> str:
        """`prod`, `stage`, `dev` or empty."""

    @property
    @abstractmethod
    def level(self) -> GuardLevel:
        """How it must be confirmed."""

    @property
    @abstractmethod
    def expects(self) -> str:
        """What must be typed; empty when Enter is enough."""

    @property
    @abstractmethod
    def refusal(self) -> str:
        """Why it can't be done; empty when it can."""

    @property
    def is_settled(self) -> bool:
        """Whether what is shown is what an answer is about; while it isn't, nothing is agreed to."""
        return True

    @property
    def ways(self) -> Sequence[tuple[str, str]]:
        """More keys that work here, and what they do."""
        return ()

    @abstractmethod
    def question(self) -> Content:
        """What is asked, in one line."""

    @abstractmethod
    def facts(self) -> Mapping[str, str]:
        """What the answer depends on, by name; empty ones are left out."""

    def confirmation(self, typed: str) -> Confirmation:
        """The answer of somebody who agrees."""
        return Confirmation(typed)

    async def ask_again(self) -> None:
        """Show the question anew, because what it is about has changed."""
        await self.recompose()
        self.on_mount()

    def action_refuse(self) -> None:
        """Go back; nothing is sent."""
        self.dismiss(None)

    def action_agree(self) -> None:
        """`y` is enough unless something has to be typed."""
        if self.is_settled and not self._must_type and not self.refusal:
            self.dismiss(self.confirmation("y"))

    def action_enter(self) -> None:
        """Enter is enough where nothing is at stake; where it isn't, it says what is."""
        if not self.is_settled:
            return
        if self.refusal:
            self.dismiss(None)
        elif self.level is GuardLevel.ENTER:
            self.dismiss(self.confirmation(""))
        else:
            self.notify("press y to confirm, esc to go back", severity="warning", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Accept what was typed when it is the right thing."""
        event.stop()
        if not self.is_settled:
            return
        if is_typed(event.value, self.expects):
            self.dismiss(self.confirmation(event.value.strip()))
        else:
            self.notify(f"type {self.expects} to confirm, esc to go back", severity="warning", markup=False)

    @property
    def _must_type(self) -> bool:
        return self.level is GuardLevel.NAME and not self.refusal

    @property
    def wanted(self) -> str:
        """What is to be typed, in words."""
        return "the job's name"

    def _ask(self) -> Content:
        keys = [("esc", "back"), *self.ways]
        if self.refusal:
            return Content.assemble(
                ("Not possible: ", "bold $state-warning"), self.refusal, "\n\n", self._keys(keys)
            )
        if self._must_type:
            typed = Content.assemble(f"Type {self.wanted} to confirm: ", (self.expects, "bold"))
            return Content.assemble(self._keys(self.ways), "\n\n", typed) if self.ways else typed
        agree = "y" if self.level is GuardLevel.YES else "enter"
        return self._keys([(agree, "yes"), *keys])

    def _keys(self, ways: Sequence[tuple[str, str]]) -> Content:
        """Keys and what they do; a key and its words stay on one line."""
        room = min(_WIDEST, int(self.app.size.width * _SHARE)) - _FRAME
        return in_lines([Content.assemble((key, "bold $accent"), f" {does}") for key, does in ways], room)


def _listed(facts: Mapping[str, str]) -> Content:
    told = {name: value for name, value in facts.items() if value}
    width = max((len(name) for name in told), default=0) + 2
    lines = [
        Content.assemble((f"  {name:<{width}}", "$text-muted"), value.replace("\n", f"\n{' ' * (width + 2)}"))
        for name, value in told.items()
    ]
    return Content("\n").join(lines)
