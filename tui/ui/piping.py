"""A shell command that is given lines of a log, beside the screen and without the terminal."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from tui.core.private_files import write_all
from tui.logs.extract import LogChanged
from tui.logs.extraction import in_thread
from tui.logs.lines import MOST_BYTES, shown_line, without_colours
from tui.ui.files import saved_file

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.logs.extraction import Extraction

MOST_SHOWN = 10
"""Lines of the output that are shown; a longer one is kept in a file."""

MOST_KEPT = 256 << 20
"""Bytes of the output that are kept; what follows is read and thrown away."""

GRACE_S = 2.0
"""Time that a stopped command has to end by itself."""

_HEAD = 1 << 16
_BLOCK = 1 << 16


class PipeRun:
    """One command, from its start to its end."""

    def __init__(self, command: str, extraction: Extraction, place: Callable[[], Path]) -> None:
        """Nothing is started yet.

        Args:
            command: For the user's shell.
            extraction: What it reads.
            place: Says where a long output is kept.
        """
        self.command = command
        """What is run."""
        self.extraction = extraction
        """What it reads."""
        self.ended = asyncio.Event()
        """Set when nothing goes on any more."""
        self.exit_code: int | None = None
        """What it ended with, less than zero for a signal; None before, and when it could not be started."""
        self.is_stopped = False
        """Whether the user wanted it to end."""
        self.problem = ""
        """What went wrong on our side; empty when nothing did."""
        self.kept: Path | None = None
        """Where the whole output is, when it is longer than what is shown."""
        self.is_cut = False
        """Whether there was more output than is kept."""
        self._place = place
        self._head = bytearray()
        self._process: Process | None = None
        self._killing: asyncio.TimerHandle | None = None

    @property
    def told(self) -> str:
        """How it stands, in words."""
        code = self.exit_code
        if not self.ended.is_set():
            told = "stopping" if self.is_stopped else "running"
        elif code is None:
            told = "not run"
        elif code < 0:
            told = f"ended by {_signal_name(-code)}"
        else:
            told = f"exit {code}"
        return f"stopped, {told}" if self.is_stopped and self.ended.is_set() else told

    @property
    def output(self) -> Sequence[str]:
        """The first lines of its output, harmless and without colours."""
        lines = bytes(self._head).removesuffix(b"\n").split(b"\n", MOST_SHOWN)[:MOST_SHOWN]
        shown = (shown_line(raw[:MOST_BYTES], is_cut=len(raw) > MOST_BYTES) for raw in lines)
        return [without_colours(line) for line in shown] if self._head else []

    async def run(self) -> None:
        """Start the command, give it the lines, take its output, and wait for its end."""
        try:
            await self._run()
        finally:
            # Whatever has interrupted it, and however often: somebody may wait for this.
            self.ended.set()

    def stop(self) -> None:
        """Ask it to end, with all that it has started; kill it after some time, or at the second call."""
        if self.ended.is_set():
            return
        if self.is_stopped:
            self._signal(signal.SIGKILL)
            return
        self.is_stopped = True
        self._signal(signal.SIGTERM)
        self._killing = asyncio.get_running_loop().call_later(GRACE_S, self._signal, signal.SIGKILL)

    async def _run(self) -> None:
        # In a session of its own: it finds no terminal to act on, and can be stopped with all that it starts.
        shell = os.environ.get("SHELL", "").strip() or "/bin/sh"
        try:
            process = await asyncio.create_subprocess_exec(
                *(shell, "-c", self.command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            self.problem = f"could not start {shell}: {error.strerror}"
            return
        self._process = process
        try:
            await self._attend(process)
        finally:
            if self._killing is not None:
                self._killing.cancel()
            if process.returncode is None:
                self._signal(signal.SIGKILL)
                await process.wait()

    async def _attend(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("both ends were asked for")
        feeding = asyncio.ensure_future(self._feed(process.stdin))
        try:
            await self._collect(process.stdout)
            self.exit_code = await process.wait()
        finally:
            feeding.cancel()
            with suppress(asyncio.CancelledError):
                await feeding

    async def _feed(self, stdin: asyncio.StreamWriter) -> None:
        """Give it the lines, until it wants no more."""
        try:
            async with aclosing(self.extraction.blocks()) as blocks:
                async for block in blocks:
                    stdin.write(block)
                    await stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has ended or closed its input, as `head` does
        except LogChanged as error:
            self.problem = f"it got only a part: {error}"
        except OSError as error:
            self.problem = f"it got only a part: {error.strerror}"
        finally:
            stdin.close()

    async def _collect(self, stdout: asyncio.StreamReader) -> None:
        try:
            await self._keep(stdout)
        except OSError as error:
            self.kept = None
            self.problem = f"its output could not be kept: {error.strerror}"
        while await stdout.read(_BLOCK):
            pass  # it must not wait for somebody to read on

    async def _keep(self, stdout: asyncio.StreamReader) -> None:
        while len(self._head) <= _HEAD and (block := await stdout.read(_BLOCK)):
            self._head += block
        if len(self._head) <= _HEAD and self._head.removesuffix(b"\n").count(b"\n") < MOST_SHOWN:
            return
        path = self._place()
        with saved_file(path) as descriptor:
            self.kept, left = path, MOST_KEPT
            block = bytes(self._head)
            while block and not self.is_cut:
                self.is_cut = len(block) > left
                await in_thread(write_all, descriptor, block[:left])
                left -= len(block)
                block = await stdout.read(_BLOCK) if not self.is_cut else b""
            await in_thread(os.fsync, descriptor)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and not self.ended.is_set():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
