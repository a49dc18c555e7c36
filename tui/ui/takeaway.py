"""Taking things out of the program: clipboard, files, the pager, notifications. Each says where it went."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from tui.ui.files import write_private
from tui.ui.steady_app import SteadyApp
from tui.ui.terminal import clipboard_sequence, notification_sequences, title_sequence, wrap_for_multiplexer

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN = 60
"""Characters of a copied text that fit into a notice."""

_PAGERS_WITH_LINE = frozenset({"less", "more", "most", "lnav", "vim", "vi", "nvim", "view"})


class TakeawayApp(SteadyApp):
    """An app that can hand text to the world around the terminal."""

    @property
    def is_remote(self) -> bool:
        """Whether the terminal sits elsewhere, so that a browser here would open where nobody looks."""
        return bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))

    def copy_text(self, text: str, what: str) -> None:
        """Ask the terminal to copy a text, and say honestly that it may not do so.

        Args:
            text: What to copy.
            what: What it is, in a word.
        """
        sequence = clipboard_sequence(text)
        if sequence is None:
            self.notify(
                f"this {what} is too long for the clipboard: save it", severity="warning", markup=False
            )
            return
        self.send_to_terminal(sequence)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        self.notify(f"{what} copied, if your terminal allows it (OSC 52): {shown}", markup=False)

    def write_export(self, path: Path, text: str) -> None:
        """Write a file and say where it is.

        Args:
            path: A new file.
            text: Its content.
        """
        try:
            write_private(path, text)
        except OSError as error:
            self.notify(f"could not save {path}: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(f"saved to {path}", markup=False)

    def run_pager(self, path: Path, line: int = 1) -> None:
        """Show a file in `$PAGER`, at a line where the pager can do that, and come back.

        Args:
            path: What to show.
            line: Counted from 1.
        """
        wanted = os.environ.get("PAGER", "").strip() or "less -R"
        problem: Exception | None = None
        try:
            command = shlex.split(wanted)
            at_line = [f"+{line}"] if os.path.basename(command[0]) in _PAGERS_WITH_LINE else []  # noqa: PTH119 - a command, no path
            with self.suspend():
                # Caught in here: an error that leaves the block would leave the terminal behind.
                try:
                    subprocess.run([*command, *at_line, str(path)], check=False)  # noqa: S603 - the user's own pager
                except OSError as error:
                    problem = error
        except (ValueError, SuspendNotSupported) as error:
            problem = error
        if problem is not None:
            why = problem.strerror if isinstance(problem, OSError) else problem
            self.notify(f"could not open {wanted}: {why}", severity="error", markup=False)

    def tell_outside(self, title: str, body: str, *, has_bell: bool, has_notification: bool) -> None:
        """Ring the bell and show a notification outside the terminal, where it can.

        Args:
            title: A few words.
            body: One line.
            has_bell: Whether to ring.
            has_notification: Whether to notify.
        """
        if has_bell:
            self.bell()
        if has_notification:
            self.send_to_terminal(notification_sequences(title, body))

    def show_title(self, title: str) -> None:
        """Set the title of the terminal's window or tab."""
        self.send_to_terminal(title_sequence(title))

    def send_to_terminal(self, sequence: str) -> None:
        """Write a sequence past the screen, through tmux or screen where they are in between."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(wrap_for_multiplexer(sequence))
