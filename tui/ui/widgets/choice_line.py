"""A value that is one of a few: arrows go through them, letters find one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events


class ChoiceLine(Widget, can_focus=True):
    """Shows the value that is chosen, or the default while none is."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "turn(1)", "next value", show=False),
        Binding("left", "turn(-1)", "value before", show=False),
        Binding("backspace,delete", "clear", "back to the default", show=False),
    ]
    DEFAULT_CSS = """
    ChoiceLine { height: 1; width: 1fr; background: $surface; color: $foreground; }
    ChoiceLine:focus { background: $table-cursor; color: $table-cursor-text; }
    """
    ALLOW_SELECT = False

    value: reactive[str | None] = reactive(None)
    """What is chosen; None while the default counts."""

    class Changed(Message):
        """Another value was chosen."""

        def __init__(self, line: ChoiceLine) -> None:
            super().__init__()
            self.line = line
            """Where."""

    def __init__(self, choices: Sequence[str], default: str, value: str | None = None) -> None:
        """Offer these values.

        Args:
            choices: What there is to choose from.
            default: What counts while nothing is chosen; empty when there is no default.
            value: What is chosen already.
        """
        super().__init__()
        self.choices = tuple(choices)
        """What there is to choose from."""
        self._default = default
        self._typed = ""
        self.set_reactive(ChoiceLine.value, value)

    def render(self) -> Content:
        """The value between arrows, and its place among the others."""
        shown = self.value if self.value is not None else self._default
        is_chosen = self.value is not None
        if not shown and not is_chosen:
            text = Content.styled("not set", "$text-muted")
        elif self._typed and is_chosen:
            count = len(self._typed)
            text = Content.assemble((shown[:count], "bold underline"), (shown[count:], "bold"))
        else:
            text = Content.styled(shown, "bold" if is_chosen else "$text-muted")
        note = "" if is_chosen else "  default"
        return Content.assemble(("‹ ", "$accent"), text, (" ›", "$accent"), (note, "$text-disabled"))

    def on_key(self, event: events.Key) -> None:
        """Choose the first value that begins with what was typed."""
        character = event.character or ""
        if not event.is_printable or character.isspace():
            return
        for typed in (self._typed + character, character):
            found = next((c for c in self.choices if c.casefold().startswith(typed.casefold())), None)
            if found is not None:
                self._typed = typed
                event.stop()
                self._choose(found)
                return

    def on_blur(self) -> None:
        """What was typed counts no longer."""
        self._typed = ""

    def on_click(self) -> None:
        """The next value, once the line has the keys."""
        self.action_turn(1)

    def action_turn(self, step: int) -> None:
        """The next value, or the one before."""
        self._typed = ""
        shown = self.value if self.value is not None else self._default
        place = self.choices.index(shown) + step if shown in self.choices else min(0, step)
        self._choose(self.choices[place % len(self.choices)])

    def action_clear(self) -> None:
        """Let the default count again."""
        self._typed = ""
        self._choose(None)

    def _choose(self, value: str | None) -> None:
        self.value = value
        self.refresh()
        self.post_message(self.Changed(self))
