"""One parameter in a form: its name, its value, and below it what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from tui.engine.parameters import choices_of
from tui.ui.widgets.choice_line import ChoiceLine
from tui.ui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from tui.core.models import Parameter

NAME_WIDTH = 24
"""Cells that names of parameters take."""


class ParameterLine(Vertical):
    """A parameter that the system tells of, or one whose name is typed as well."""

    DEFAULT_CSS = """
    ParameterLine { height: auto; width: 1fr; }
    ParameterLine > Horizontal { height: 1; width: 1fr; }
    ParameterLine #name {
        width: 24; height: 1; padding: 0 1 0 0; text-wrap: nowrap; text-overflow: ellipsis;
    }
    ParameterLine #is { width: 2; height: 1; color: $text-muted; }
    ParameterLine #typed-name { width: 22; }
    ParameterLine LineInput { width: 1fr; }
    ParameterLine LineInput:focus { background: $table-cursor; color: $table-cursor-text; }
    ParameterLine #problem {
        display: none; height: auto; width: 1fr; padding: 0 0 0 24; color: $state-failed;
    }
    ParameterLine #problem.-told { display: block; }
    """

    class Changed(Message):
        """A name or a value was edited."""

        def __init__(self, line: ParameterLine) -> None:
            super().__init__()
            self.line = line
            """Which line."""

    def __init__(
        self, parameter: Parameter, value: str | None, *, is_free: bool = False, is_secret: bool = False
    ) -> None:
        """Show a parameter.

        Args:
            parameter: What the system tells of it; where the name is typed, what is known of that.
            value: What is given; None while the default counts.
            is_free: Whether the name is typed.
            is_secret: Whether the value is hidden, because its name looks as if it were a secret.
        """
        super().__init__()
        self.parameter = parameter
        """What the system tells of it."""
        self.is_free = is_free
        """Whether the name is typed."""
        self._value = value
        self._is_secret = is_secret

    def compose(self) -> ComposeResult:
        """Name, value, problem."""
        with Horizontal():
            if self.is_free:
                name = LineInput(self.parameter.name, placeholder="name")
                name.id = "typed-name"
                yield name
                yield Static("=", id="is", markup=False)
            else:
                mark = ("*", "bold $state-warning") if self.parameter.is_required else ("", "")
                yield Static(Content.assemble(self.parameter.name, mark), id="name", markup=False)
            choices = choices_of(self.parameter)
            if choices and not self.is_free and (self._value is None or self._value in choices):
                yield ChoiceLine(choices, self.parameter.default, self._value)
            else:
                line = LineInput(self._value or "", placeholder=self.parameter.default or "value")
                line.password = self._is_secret
                line.add_class("-value")
                yield line
        yield Static(id="problem", markup=False)

    @property
    def name_now(self) -> str:
        """The parameter's name, as it is typed where it is."""
        return self.query_one("#typed-name", Input).value.strip() if self.is_free else self.parameter.name

    @property
    def value_now(self) -> str | None:
        """What is given; None while the default counts."""
        return self._value

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed into a line whose name is free."""
        return self.is_free and not self.name_now and not self._value

    def tell_problem(self, text: str) -> None:
        """Say what is wrong below the value; nothing when the text is empty."""
        problem = self.query_one("#problem", Static)
        problem.set_class(bool(text), "-told")
        problem.update(Content(f"✗ {text}") if text else Content())

    def focus_value(self) -> None:
        """Let the keys go to the value, or to the name while there is none."""
        if self.is_free and not self.name_now:
            self.focus_name()
        else:
            self.editor.focus()

    def focus_name(self) -> None:
        """Let the keys go to the name, where it is typed."""
        (self.query_one("#typed-name") if self.is_free else self.editor).focus()

    @property
    def editor(self) -> Widget:
        """Where the value is edited."""
        found = self.query(ChoiceLine)
        return found.first() if found else self.query_one(".-value")

    def reset(self) -> None:
        """Let the default count again."""
        editor = self.editor
        if isinstance(editor, ChoiceLine):
            editor.action_clear()
        elif isinstance(editor, Input):
            editor.value = ""
            # An empty text that came out of the editor is a value, too: taking it away changes no text.
            self._take(None)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take what was typed; an emptied line lets the default count."""
        event.stop()
        if event.input.id == "typed-name":
            self.post_message(self.Changed(self))
        elif event.value != (self._value or ""):
            self._take(event.value or None)

    def on_choice_line_changed(self, event: ChoiceLine.Changed) -> None:
        """Take what was chosen."""
        event.stop()
        self._take(event.line.value)

    def _take(self, value: str | None) -> None:
        self._value = value
        self.post_message(self.Changed(self))
