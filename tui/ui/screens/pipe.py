"""The dialog that gives lines of a log to a shell command and shows what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.config.paths import shown
from tui.ui.key_line import key_line
from tui.ui.widgets.line_input import LineInput
from tui.ui.widgets.recall import Recall
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import ComposeResult

    from tui.ui.piping import PipeRun

_LOOK_EVERY_S = 0.5
_PERCENT = 100
_FEWEST, _LINES_AROUND = 3, 8
"""Lines of output on the smallest screen, and lines that everything else takes."""


class PipeDialog(ModalScreen[None]):
    """Asks for a command, runs it, and can be left while it runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back, or stop the command", show=False, priority=True),
        Binding("enter", "leave", "go on reading", show=False),
        Binding("up", "earlier", "earlier", show=False),
        Binding("down", "later", "later", show=False),
    ]
    DEFAULT_CSS = """
    PipeDialog { align: left bottom; background: transparent; }
    PipeDialog > Vertical {
        width: 100%; max-width: 120; height: auto; padding: 0 2; background: $panel;
        border-left: outer $accent;
    }
    PipeDialog Static { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    PipeDialog #told { text-wrap: wrap; text-overflow: fold; }
    PipeDialog #output { display: none; }
    PipeDialog #output.-open { display: block; }
    """

    def __init__(
        self,
        what: str,
        start: Callable[[str], PipeRun],
        past: Callable[[], Awaitable[Sequence[str]]],
        run: PipeRun | None = None,
    ) -> None:
        """Ask for a command.

        Args:
            what: What it would be given, in words.
            start: Starts a command.
            past: Fetches the commands of earlier times, newest first.
            run: One that is under way, to be shown first.
        """
        super().__init__()
        self.shown = run
        """The command that is shown; None before there is one."""
        self._what = what
        self._start = start
        self._past = past
        self._recall = Recall()

    def compose(self) -> ComposeResult:
        """What is given away, the command, what came of it, the keys."""
        title = Content.assemble(("Pipe ", "bold"), (self._what, "bold $accent"), (" to a command", "bold"))
        with Vertical():
            yield Static(title, markup=False)
            yield LineInput(placeholder="a shell command, such as: grep -c ERROR")
            yield Static(id="told", markup=False)
            yield Static(id="output", markup=False)
            yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Take the keys, or show the command that is under way."""
        self.set_interval(_LOOK_EVERY_S, self._look)
        self.query_one(Input).focus()
        self.run_worker(later(self._offer), group="past commands")
        if self.shown is not None:
            self.query_one(Input).value = self.shown.command
            self._watch(self.shown)
        self.show()

    @property
    def is_under_way(self) -> bool:
        """Whether a command is under way."""
        return self.shown is not None and not self.shown.ended.is_set()

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed now is what counts."""
        event.stop()
        self._recall.stop()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run the command; nothing typed means the last one."""
        event.stop()
        newest = self._recall.entries[0] if self._recall.entries else ""
        command = event.value.strip() or newest
        if command and not self.is_under_way:
            self.query_one(Input).value = command
            self._watch(self._start(command))

    def action_earlier(self) -> None:
        """The command before."""
        self._show_recalled(self._recall.earlier(self.query_one(Input).value))

    def action_later(self) -> None:
        """The command after it, at last what was typed."""
        self._show_recalled(self._recall.later())

    def action_back(self) -> None:
        """Stop the command that is under way, at the second time without mercy; else go back to the log."""
        if self.shown is not None and self.is_under_way:
            self.shown.stop()
            self.show()
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Go on reading while the command goes on."""
        self.dismiss(None)

    def show(self) -> None:
        """Show how things are."""
        run, width = self.shown, self.size.width
        self.query_one("#told", Static).update(_told(run) if run is not None else Content())
        output = self.query_one("#output", Static)
        lines = run.output if run is not None and run.ended.is_set() else ()
        lines = lines[: max(_FEWEST, self.size.height - _LINES_AROUND)]
        output.set_class(bool(lines), "-open")
        output.update(Content("\n").join(Content(f"  {line}") for line in lines))
        if self.is_under_way:
            ways = [("esc", "stop it"), ("enter", "go on reading, it goes on")]
        else:
            ways = [("enter", "run"), ("up", "earlier"), ("esc", "back")]
        self.query_one("#keys", Static).update(key_line(ways, width))

    def _watch(self, run: PipeRun) -> None:
        self.shown = run
        self.query_one(Input).disabled = self.is_under_way
        self.show()
        self.run_worker(later(self._await, run), group="pipe", exclusive=True)

    async def _await(self, run: PipeRun) -> None:
        await run.ended.wait()
        line = self.query_one(Input)
        line.disabled = False
        line.focus()
        line.cursor_position = len(line.value)
        self.show()

    async def _offer(self) -> None:
        """Let the up key go back to earlier commands; Enter alone runs the last one."""
        commands = self._recall.entries = await self._past()
        if commands:
            self.query_one(Input).placeholder = f"{commands[0]}   (enter: once more)"

    def _look(self) -> None:
        if self.is_under_way:
            self.show()

    def _show_recalled(self, command: str | None) -> None:
        if command is not None:
            line = self.query_one(Input)
            with self.prevent(Input.Changed):
                line.value, line.cursor_position = command, len(command)


def _told(run: PipeRun) -> Content:
    """How a command stands, and where all of its output is."""
    if not run.ended.is_set():
        share = int(run.extraction.progress * _PERCENT)
        return Content.styled(f"{run.told} · {share} % of the lines given", "$text-muted")
    style = "$state-warning" if run.exit_code or run.problem else "$text-muted"
    parts = [(run.told, style)]
    if run.problem:
        parts.append((f" · {run.problem}", "$state-warning"))
    if run.kept is not None:
        whole = "the beginning of its output" if run.is_cut else "all of its output"
        parts.append((f" · {whole} is in {shown(run.kept)}", ""))
    elif not run.output:
        parts.append((" · no output", "$text-muted"))
    return Content.assemble(*parts)
