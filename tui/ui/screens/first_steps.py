"""What somebody needs who sees the table for the first time, on one screen and never again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.ui.keymap import keys_of, shown_key
from tui.ui.screens.once import AnsweredOnce

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from tui.ui.startup import Startup

_KEYS: Sequence[tuple[str, str]] = (
    ("open", "all about a job"),
    ("open_log", "its log, at the error"),
    ("find", "filter as you type"),
    ("problems", "only what failed"),
    ("rerun", "run it again"),
    ("stop", "stop its run"),
    ("palette", "find anything"),
    ("help", "every key"),
)
"""The eight bindings that matter, in two columns, and what they are for."""

_KEY_WIDTH, _COLUMN = 6, 29


class FirstSteps(AnsweredOnce[None]):
    """Lies over the table, which lives on behind it; any key closes it."""

    DEFAULT_CSS = """
    FirstSteps { align: center middle; background: $background 60%; }
    FirstSteps > Vertical {
        width: 72; max-width: 96%; height: auto; max-height: 100%;
        padding: 0 2; background: $panel; border-left: outer $accent;
    }
    FirstSteps Static { width: 1fr; height: auto; }
    """

    def __init__(self, startup: Startup, keymap: Mapping[str, str], remember: Callable[[], None]) -> None:
        """Explain.

        Args:
            startup: Whether it is a demo, and where the config is.
            keymap: What `resolve_keymap` made.
            remember: Keeps that it was shown; called before it closes, as the program may end right after.
        """
        super().__init__()
        self._remember = remember
        self._startup = startup
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """One text."""
        with Vertical():
            yield Static(self._text(), markup=False)

    def on_key(self, event: events.Key) -> None:
        """Any key is enough; it does nothing else."""
        event.stop()
        self._close()

    def on_click(self) -> None:
        """A click is enough, too."""
        self._close()

    def _close(self) -> None:
        self._remember()
        self.dismiss()

    def _text(self) -> Content:
        file = self._startup.config_file or "~/.config/nightdeck/config.toml"
        demo = "These systems are made up, nothing real is touched. " if self._startup.title == "demo" else ""
        return Content("\n").join(
            [
                Content.assemble(("Welcome to nightdeck", "bold $accent")),
                Content(
                    f"{demo}Each row is a job of one of your systems: its state, its last runs, its message."
                ),
                Content(),
                *self._key_lines(),
                Content(),
                Content.assemble(
                    "Add a system: ",
                    ("nightdeck config init", "bold"),
                    " writes ",
                    (file, "bold"),
                    " with an example of each; ",
                    ("nightdeck doctor", "bold"),
                    " checks it.",
                ),
                Content.assemble(
                    ("any key goes on", "bold $accent"), ("   : first steps shows this again", "$text-muted")
                ),
            ]
        )

    def _key_lines(self) -> Sequence[Content]:
        half = len(_KEYS) // 2
        return [
            Content.assemble(*self._key(*left), *self._key(*right))
            for left, right in zip(_KEYS[:half], _KEYS[half:], strict=True)
        ]

    def _key(self, binding: str, does: str) -> Sequence[tuple[str, str]]:
        keys = keys_of(binding, self._keymap)
        key = shown_key(keys[0]) if keys else "-"
        return ((f"{key:<{_KEY_WIDTH}}", "bold $accent"), (f"{does:<{_COLUMN - _KEY_WIDTH}}", "$foreground"))
