"""What an action would send, whole: to be read, to be copied, and to be run by somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.ui.bulk_words import keys_line
from tui.ui.widgets.text_body import TextBody

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.engine.shown_call import ShownCall
    from tui.ui.app import NightdeckApp


class CallScreen(ModalScreen[None]):
    """Shows a call over the question about it; nothing can be confirmed here."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,c,ctrl+o", "close", "back", show=False, priority=True),
        Binding("y", "copy", "copy", show=False),
    ]
    DEFAULT_CSS = """
    CallScreen { align: center middle; background: $background 60%; }
    CallScreen > Vertical {
        width: 110; max-width: 96%; height: auto; max-height: 90%;
        padding: 1 2; background: $panel; border-left: outer $accent;
    }
    CallScreen > Vertical > Static { width: 1fr; height: auto; }
    CallScreen TextBody { height: auto; max-height: 65vh; margin: 1 0; }
    CallScreen TextBody > Static { text-overflow: fold; }
    """

    app: NightdeckApp

    def __init__(self, call: ShownCall, what: str) -> None:
        """Show a call.

        Args:
            call: What would be sent.
            what: What that does, in a few words.
        """
        super().__init__()
        self._call = call
        self._what = what

    def compose(self) -> ComposeResult:
        """What it does, the call, the variables that it needs, the keys."""
        with Vertical():
            title = Content.assemble(("The call: ", "bold"), (self._what, "bold $accent"))
            yield Static(title, markup=False)
            yield TextBody()
            if self._call.variables:
                names = ", ".join(self._call.variables)
                yield Static(Content.assemble(("Secrets, to be set first: ", "$text-muted"), names, "\n"))
            yield Static(keys_line([("y", "copy"), ("j k", "scroll"), ("esc", "back to the question")]))

    def on_mount(self) -> None:
        """Let the keys scroll."""
        body = self.query_one(TextBody)
        body.put(Content(self._call.command))
        body.focus()

    def action_close(self) -> None:
        """Back to the question."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the whole call."""
        self.app.copy_text(self._call.command, "call")
