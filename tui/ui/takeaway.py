"""Taking things out of the program: clipboard, files, the pager. Each says where it went."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from tui.ui.files import keep_private, write_private
from tui.ui.multiplexer import Multiplexer, named_multiplexer
from tui.ui.steady_app import SteadyApp
from tui.ui.terminal import clipboard_sequence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tui.ui.startup import Startup

CLIPBOARD_FILE = "clipboard.txt"
"""The file in the state folder that has what was copied last."""

_SHOWN = 60
"""Characters of a copied text that fit into a notice."""

_LOOKED_AT = 1_000
"""Characters of a copied text from which the shown ones are taken."""

_LESS, _LNAV = "less", "lnav"
_PAGERS_WITH_LINE = frozenset({_LESS, "more", "most", "vim", "vi", "nvim", "view"})


class TakeawayApp(SteadyApp):
    """An app that can hand text to the world around the terminal."""

    startup: Startup
    multiplexer: Multiplexer = named_multiplexer()
    """What stands between us and the terminal."""

    @property
    def is_remote(self) -> bool:
        """Whether the terminal sits elsewhere, so that a browser here would open where nobody looks."""
        return bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"))

    def copy_text(self, text: str, what: str) -> None:
        """Ask the terminal to copy a text, keep it in a file as well, and say honestly what came of it.

        Args:
            text: What to copy.
            what: What it is, in a word.
        """
        kept, problem = self._keep_copy(text), self._send_copy(text)
        line = " ".join(text[:_LOOKED_AT].split())
        shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
        told = (
            f"{what} not copied, {problem}"
            if problem
            else f"{what} copied, if your terminal allows it (OSC 52): {shown}"
        )
        where = f"\n{'it is' if problem else 'also'} in {kept}" if kept else ""
        self.notify(told + where, severity="warning" if problem else "information", markup=False)

    def variables_for_others(self, variables: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The environment of what shows or edits a text: it needs none of the secrets that we were given.

        Args:
            variables: What it would get otherwise.
        """
        return {name: value for name, value in variables.items() if not self.knows_secret_in(value)}

    def write_export(self, path: Path, text: str, what: str = "") -> None:
        """Write a file and say where it is.

        Args:
            path: A new file.
            text: Its content.
            what: What is in it, in a word or two.
        """
        try:
            write_private(path, text)
        except OSError as error:
            self.notify(f"could not save {path}: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(f"{f'{what} ' if what else ''}saved to {path}", markup=False)

    def run_pager(self, path: Path, line: int = 1) -> None:
        """Show a file in `$PAGER`, at a line where the pager can do that, and come back.

        Args:
            path: What to show.
            line: Counted from 1.
        """
        wanted = wanted_pager()
        name, at_line = _name_of(wanted), []
        if name in _PAGERS_WITH_LINE:
            at_line = [f"+{line}"]
        elif name == _LNAV:
            at_line = _lnav_at(line)
        self._give_terminal(wanted, at_line, path)

    def run_less_at(self, path: Path, offset: int) -> None:
        """Show a file in `less` as it is, whatever its size, and come back.

        Args:
            path: What to show; no escape sequence in it acts.
            offset: The byte to begin at, which is found at once where a line would have to be counted.
        """
        # Without line numbers, input filters and the user's options: one of those may let escapes act.
        options = ["-f", "-n", "-L", f"+{offset}P"]
        self._give_terminal(_LESS, options, path, {**os.environ, "LESS": ""})

    def run_lnav(self, path: Path, line: int = 1) -> None:
        """Show a file in lnav, if there is one, and come back.

        Args:
            path: What to show.
            line: Counted from 1.
        """
        self._give_terminal(_LNAV, _lnav_at(line), path)

    def _give_terminal(
        self, wanted: str, options: Sequence[str], path: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        problem: Exception | None = None
        try:
            command = [*shlex.split(wanted), *options, str(path)]
            with self.suspend():
                # Caught in here: an error that leaves the block would leave the terminal behind.
                try:
                    variables = self.variables_for_others(environment or os.environ)
                    subprocess.run(command, check=False, env=variables)  # noqa: S603 - the user's own pager
                except OSError as error:
                    problem = error
        except (ValueError, SuspendNotSupported) as error:
            problem = error
        if problem is not None:
            why = problem.strerror if isinstance(problem, OSError) else problem
            self.notify(f"could not open {wanted}: {why}", severity="error", markup=False)

    def send_to_terminal(self, sequence: str, *, is_copy: bool = False) -> None:
        """Write a sequence past the screen, through tmux or screen where they are in between.

        Args:
            sequence: For the terminal.
            is_copy: Whether it copies, which tmux may do itself.
        """
        way = self.multiplexer
        self.send_raw(way.wrap_copy(sequence) if is_copy else way.wrap(sequence))

    def send_raw(self, sequence: str) -> None:
        """Write a sequence past the screen, to whatever comes first on the way to the terminal."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(sequence)

    def _send_copy(self, text: str) -> str:
        """Ask the terminal to copy; why it can't, or an empty string."""
        sequence = clipboard_sequence(text)
        if sequence is None:
            return f"too long for OSC 52: {len(text.encode('utf-8', 'replace')):,} bytes"
        if self.multiplexer.keeps_copies:
            return f"{self.multiplexer.name} lets none through; to change it: {self.multiplexer.keeps_copies}"
        self.send_to_terminal(sequence, is_copy=True)
        return ""

    def _keep_copy(self, text: str) -> str:
        """Where the copy is kept, as people read paths; empty when it isn't."""
        folder = self.startup.state_dir
        if folder is None:
            return ""
        from tui.config.paths import shown

        try:
            keep_private(folder / CLIPBOARD_FILE, text)
        except OSError:
            return ""
        return shown(folder / CLIPBOARD_FILE)


def wanted_pager() -> str:
    """The command line of the user's pager."""
    return os.environ.get("PAGER", "").strip() or f"{_LESS} -R"


def is_less(wanted: str) -> bool:
    """Whether a command line is one of `less`."""
    return _name_of(wanted) == _LESS


def shows_colours(wanted: str) -> bool:
    """Whether a command line is one of `less` that lets colours act and no other sequence."""
    return is_less(wanted) and any(
        word.startswith("-") and not word.startswith("--") and "R" in word for word in wanted.split()
    )


def _name_of(wanted: str) -> str:
    """The program of a command line; empty when it can't be read."""
    try:
        words = shlex.split(wanted)
    except ValueError:
        return ""
    return os.path.basename(words[0]) if words else ""  # noqa: PTH119 - a command, no path


def _lnav_at(line: int) -> list[str]:
    """What makes lnav begin at a line: it counts from 0."""
    return ["-N", "-c", f":goto {line - 1}"]
