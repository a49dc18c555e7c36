"""The keys that take lines out of a log: copy, save, pager, lnav, a command. Each says where it went."""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple, Protocol

from textual.screen import Screen

from tui.core.errors import NightdeckError
from tui.core.own_folder import OwnFolder
from tui.logs.extract import LogChanged
from tui.logs.extraction import Extraction, Stretch
from tui.ui.files import export_path
from tui.ui.takeaway import is_less, shows_colours, wanted_pager
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from textual.worker import Worker

    from tui.logs.document import LogDocument
    from tui.logs.walking import Walk
    from tui.ui.app import NightdeckApp
    from tui.ui.piping import PipeRun

_LOGGER = logging.getLogger("nightdeck.ui")

MOST_COPIED = 16 << 20
"""Bytes that are copied; more has to be saved."""

_TOLD_AFTER_S = 2.0
"""What takes so long is told about before its end."""

_SHOWN_OUTPUT = 3
"""Lines of a command's output that fit into a notice."""

_MEGABYTE = 1 << 20
_PERCENT = 100


class TakenView(Protocol):
    """What is asked of the view that lines are taken from."""

    @property
    def document(self) -> LogDocument | None:
        """The log."""
        ...

    @property
    def cursor(self) -> int:
        """The line under the cursor."""
        ...

    @property
    def selection(self) -> tuple[int, int] | None:
        """The first and the last selected line."""
        ...

    @property
    def walk(self) -> Walk | None:
        """What goes through the lines that are shown."""
        ...

    @property
    def is_filtered(self) -> bool:
        """Whether only some of the lines are shown."""
        ...


class Taken(NamedTuple):
    """Which lines are taken."""

    document: LogDocument
    """The log."""
    stretch: Stretch
    """Where they are in it."""
    words: str = ""
    """What is special about them, in a word: that they are selected, or shown."""


class LogTaking(Screen[None]):
    """Answers these keys; screens built on it have a view and a name."""

    app: NightdeckApp

    _saving: Extraction | None = None
    _save_worker: Worker[None] | None = None
    _piping: PipeRun | None = None
    _commands: Sequence[str] | None = None

    @property
    def view(self) -> TakenView:
        """The log."""
        raise NotImplementedError

    @property
    def log_name(self) -> str:
        """What files of this log are called."""
        raise NotImplementedError

    @property
    def is_kept_by_us(self) -> bool:
        """Whether the log's file is one of ours, from which secrets were left out."""
        return False

    def taking_remarks(self) -> Iterator[tuple[str, str]]:
        """What goes on in the background, each with its style."""
        if self._saving is not None:
            yield f"saving {self._saving.progress * _PERCENT:.0f} %", "$accent"
        if self._piping is not None:
            yield f"{self._piping.command.split()[0]} {self._piping.told}", "$accent"

    def action_copy(self) -> None:
        """Copy the selected lines, else the line under the cursor."""
        document, cursor = self.view.document, self.view.cursor
        taken = self._taken()
        if taken is None or document is None:
            return
        if self.view.selection is None:
            taken = Taken(document, Stretch(cursor, document.end(cursor)))
        self.run_worker(later(self._copy, taken), group="copy", exclusive=True)

    def action_save(self) -> None:
        """Save the selected lines, else all that are shown; while that goes on, stop it."""
        if self._saving is not None and self._save_worker is not None:
            self._save_worker.cancel()
            self.notify("saving was stopped: nothing is kept", markup=False)
            return
        taken = self._taken()
        if taken is not None:
            self._saving = Extraction(taken.document, taken.stretch, mask=self.app.mask)
            work = later(self._save, self._saving, taken)
            # The app's, for it goes on when the log is closed.
            self._save_worker = self.app.run_worker(work, group="save log")

    def action_open_pager(self) -> None:
        """Open what is shown in the pager, on the same line."""
        document = self.view.document
        if document is None or not document.size:
            return
        from tui.ui.log_hand_off import MOST_HANDED_OVER

        is_large = document.size > MOST_HANDED_OVER and not self.view.is_filtered
        # A file that another program wrote may hold secrets; what we keep of other machines' logs has none.
        is_discreet = self.is_kept_by_us or document.redactor is None or not document.redactor.known
        if is_large and is_discreet and is_less(wanted_pager()) and not document.file.is_gone:
            self.app.run_less_at(document.file.path, self.view.cursor)
            self.notify("less was given the log's own file, for it is large", markup=False)
        else:
            self._hand_over(self.app.run_pager, keeps_colours=shows_colours(wanted_pager()))

    def action_open_lnav(self) -> None:
        """Open what is shown in lnav, on the same line."""
        if shutil.which("lnav") is None:
            self.notify("there is no lnav on the PATH", severity="warning", markup=False)
        else:
            self._hand_over(self.app.run_lnav)

    def action_pipe(self) -> None:
        """Give the selected lines, else all that are shown, to a command; or show the one that goes on."""
        taken = self._taken()
        if taken is None:
            return
        from tui.ui.screens.pipe import PipeDialog

        what = f"the {taken.words} lines" if taken.words else "the whole log"
        self.app.push_screen(
            PipeDialog(
                what, lambda command: self._start_pipe(command, taken), self._past_commands, self._piping
            )
        )

    def _taken(self) -> Taken | None:
        """The selected lines, else all that are shown; None, which is told, when there are none."""
        view, document = self.view, self.view.document
        if document is None or not document.size:
            self.notify("the log is empty", severity="warning", markup=False)
            return None
        walk = view.walk if view.is_filtered else None
        if view.selection is not None:
            first, last = view.selection
            return Taken(document, Stretch(first, document.end(last), walk), "selected")
        return Taken(document, Stretch(0, document.size, walk), "shown" if view.is_filtered else "")

    async def _copy(self, taken: Taken) -> None:
        extraction = Extraction(taken.document, taken.stretch, mask=self.app.mask)
        blocks = []
        try:
            async with aclosing(extraction.blocks()) as made:
                async for block in made:
                    blocks.append(block)
                    if extraction.size > MOST_COPIED:
                        self._warn(f"not copied: more than {_megabytes(MOST_COPIED)}; save it instead")
                        return
        except (LogChanged, OSError) as error:
            self._warn(f"not copied: {_reason(error)}")
            return
        what = "line" if extraction.lines == 1 else f"{extraction.lines:,} lines"
        text = b"".join(blocks).decode("utf-8").removesuffix("\n")
        self.app.copy_text(text, f"{what}{_masked(extraction)}")

    async def _save(self, extraction: Extraction, taken: Taken) -> None:
        from tui.ui.log_hand_off import write_lines

        path = export_path(self.app.startup.state_dir, self.log_name, "log")
        timer = self.app.set_timer(_TOLD_AFTER_S, lambda: self._tell_saving(extraction))
        try:
            await write_lines(extraction, path)
        except LogChanged as error:
            self._warn(f"nothing was saved: {error}")
        except OSError as error:
            self._warn(f"could not save {path}: {_reason(error)}; no part of it is kept")
        else:
            words = f"{taken.words} " if taken.words else ""
            lines = f"{extraction.lines:,} {words}{'line' if extraction.lines == 1 else 'lines'}"
            told = f"{lines} ({_megabytes(extraction.size)}) saved to {path}{_masked(extraction)}"
            self.app.notify(told, markup=False)
        finally:
            timer.stop()
            self._saving = self._save_worker = None

    def _tell_saving(self, extraction: Extraction) -> None:
        share = f"{extraction.progress * _PERCENT:.0f} %"
        self.app.notify(f"saving goes on, {share} so far; the same key stops it", markup=False)

    def _hand_over(self, show: Callable[[Path, int], None], *, keeps_colours: bool = False) -> None:
        if self._taken() is not None:
            work = later(self._show_copy, show, keeps_colours=keeps_colours)
            self.run_worker(work, group="pager", exclusive=True)

    async def _show_copy(self, show: Callable[[Path, int], None], *, keeps_colours: bool) -> None:
        """Show a copy, in which nothing acts on the terminal, and delete it afterwards."""
        from tui.ui.log_hand_off import MOST_HANDED_OVER, write_copy

        view, document = self.view, self.view.document
        if document is None:
            return
        walk = view.walk if view.is_filtered else None
        told = "a copy of the log is made; it opens in a moment"
        timer = self.set_timer(_TOLD_AFTER_S, lambda: self.notify(told, markup=False))
        try:
            with OwnFolder() as folder:
                path = folder.path / "run.log"
                copied = await write_copy(document, walk, view.cursor, path, keeps_colours=keeps_colours)
                timer.stop()
                if not self.is_current:
                    return
                show(path, copied.line)
        except (LogChanged, OSError) as error:
            self._warn(f"could not be opened: {_reason(error)}")
            return
        finally:
            timer.stop()
        if copied.is_part:
            most = _megabytes(MOST_HANDED_OVER)
            self.notify(f"that was a part of the log: {most} around this line", markup=False)

    def _start_pipe(self, command: str, taken: Taken) -> PipeRun:
        from tui.ui.piping import PipeRun

        folder, name = self.app.startup.state_dir, f"{self.log_name}-output"
        extraction = Extraction(taken.document, taken.stretch, mask=self.app.mask)
        self._piping = run = PipeRun(command, extraction, lambda: export_path(folder, name, "txt"))
        # The app's, for it goes on when the log is closed.
        self.app.run_worker(later(self._pipe, run), group="pipe")
        self.run_worker(later(self._keep_command, command), group="keep command")
        return run

    async def _pipe(self, run: PipeRun) -> None:
        from tui.ui.screens.pipe import PipeDialog

        try:
            await run.run()
        finally:
            self._piping = None
        screen = self.app.screen
        if isinstance(screen, PipeDialog) and screen.shown is run:
            return
        where = f"\nall of its output is in {run.kept}" if run.kept is not None else ""
        told = [f"{run.command}: {run.told}", *filter(None, [run.problem]), *run.output[:_SHOWN_OUTPUT]]
        is_bad = bool(run.exit_code or run.problem)
        self.app.notify(
            "\n".join(told) + where, severity="warning" if is_bad else "information", markup=False
        )

    async def _past_commands(self) -> Sequence[str]:
        from tui.config.past_texts import COMMANDS

        folder = self.app.startup.state_dir
        if self._commands is None:
            self._commands = await asyncio.to_thread(COMMANDS.load, folder) if folder is not None else ()
        return self._commands

    async def _keep_command(self, command: str) -> None:
        """Keep a command for later, unless there is a secret in it."""
        from tui.config.past_texts import COMMANDS, with_newest

        self._commands = with_newest(command, self._commands or ())
        folder = self.app.startup.state_dir
        if folder is None or self.app.mask(command) != command:
            return
        try:
            self._commands = await asyncio.to_thread(COMMANDS.keep, command, folder)
        except NightdeckError as error:
            _LOGGER.warning("the command was not kept: %s", error)

    def _warn(self, told: str) -> None:
        self.app.notify(told, severity="warning", markup=False)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _masked(extraction: Extraction) -> str:
    return ", secrets masked" if extraction.has_masked else ""


def _megabytes(size: int) -> str:
    return f"{size / _MEGABYTE:,.1f} MB" if size >= _MEGABYTE else f"{size:,} bytes"
