"""Looking for lines in another process, so that the screen's own is free for keys."""

from __future__ import annotations

import asyncio
import marshal
import os
import shutil
import signal
import sys
from array import array
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

from tui.logs.byte_patterns import byte_pattern
from tui.logs.count_child import COLOURED, FOREIGN
from tui.logs.index import Survey
from tui.logs.needles import needles_of
from tui.logs.surroundings import few_variables
from tui.logs.tool_run import PATTERN
from tui.logs.tool_scan import LONGEST

if TYPE_CHECKING:
    import re
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator, Sequence

    from tui.logs.index import LineIndex
    from tui.logs.matching import LineTest
    from tui.logs.needles import Needles

    Tools = list[tuple[list[bytes], bool, bool]]

_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from tui.logs.scan_child import main; main()"
_FOLDER = Path(__file__).parents[2]
_RIPGREP = (
    *("--text", "--byte-offset", "--no-line-number", "--no-heading", "--no-filename", "--color=never"),
    *("--no-config", "--encoding=none", "--line-buffered", "--max-columns=1", "--threads=1"),
)
_GREP = ("--text", "--byte-offset", "--line-buffered")
_HEAD = 16
"""Bytes before the counts: first block and number of blocks."""


class Job(TypedDict):
    """What a child process is to do."""

    descriptor: int
    """The open file."""
    path: bytes
    """Where it may be found."""
    size: int
    """Bytes of it that count."""
    block: int
    """Bytes of a block."""
    ranges: list[tuple[int, int, int]]
    """First block, the block after the last one, and 1 or -1 for the direction."""
    is_first_only: bool
    """Whether to end at the first block with a line that fits."""
    parts: list[tuple[str, int, bool]]
    """Pattern and flags of each part of the test, and whether it is inverse."""
    tools: Tools
    """Programs with their arguments, whether they mind colours, and whether they mind hidden characters."""
    surveyed: int
    """Blocks from the beginning on that need not be looked at for what the programs mind."""
    marked: list[int]
    """Those of them that have it."""


class ScanChild:
    """One child process and what it tells."""

    def __init__(self, job: Job) -> None:
        """Nothing is started yet.

        Args:
            job: What it is to do.
        """
        self._job = job
        self._process: Process | None = None
        self._is_over = False
        self._ended = asyncio.Event()
        self._ended.set()
        self._ending: asyncio.Task[None] | None = None

    async def run(self) -> AsyncGenerator[tuple[int, array[int]], None]:
        """Numbers of first blocks, and counts from there on; ends early when the process fails."""
        self._ended.clear()
        try:
            self._process = await self._start()
            stream = self._process.stdout
            await self._hand_over(self._process)
            while stream is not None and not self._is_over:
                first, number = array("Q", await stream.readexactly(_HEAD))
                counts = array("I")
                counts.frombytes(await stream.readexactly(number * counts.itemsize))
                yield first, counts
        except (OSError, asyncio.IncompleteReadError):
            # It has told all, or was ended, or there was no room for another process.
            return
        finally:
            # On its own: whoever listens may be cancelled once more while this one is waited for.
            self._ending = asyncio.create_task(self._end())
            await asyncio.shield(self._ending)

    async def stop(self) -> None:
        """End the process and what it has started; whoever listens is told no more."""
        self._is_over = True
        self._kill()
        await self._ended.wait()

    def _kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _end(self) -> None:
        self._kill()
        try:
            if self._process is not None:
                if self._process.stdout is not None:
                    # To its end, or the pipe would be closed by chance later.
                    await self._process.stdout.read()
                await self._process.wait()
        finally:
            self._ended.set()

    async def _start(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", "-c", _PROGRAM, str(_FOLDER)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=[self._job["descriptor"]],
            env=few_variables(),
            # No session of its own: some systems share out the processor among these, however nice they are.
            process_group=0,
        )

    async def _hand_over(self, process: Process) -> None:
        """Tell it what to do: not by its arguments, which all can read, for a search may be for a secret."""
        if process.stdin is not None:
            process.stdin.write(marshal.dumps(cast("Any", self._job)))
            await process.stdin.drain()
            process.stdin.close()


def tools_for(test: LineTest) -> Tools:
    """The programs on this machine that find lines which may fit, the fastest first."""
    positive = [pattern for pattern, is_inverse in test.parts if not is_inverse]
    found = [(needles, pattern) for pattern in positive if (needles := needles_of(pattern)) is not None]
    ripgrep, grep = shutil.which("rg"), shutil.which("grep") if sys.platform == "linux" else None
    tools: Tools = []
    if found:
        needles, pattern = max(found, key=lambda each: min(map(len, each[0].texts)))
        arguments = _for_needles(needles, ripgrep, grep)
        if arguments is not None:
            tools.append((arguments, True, needles.may_be_hidden))
        if needles.is_whole and not needles.may_be_hidden:
            return tools
    for pattern in positive:
        arguments = _for_pattern(pattern, ripgrep, grep)
        if arguments is not None:
            return [*tools, (arguments, False, False)]
    return tools


def _for_needles(needles: Needles, ripgrep: str | None, grep: str | None) -> list[bytes] | None:
    if ripgrep is not None:
        flags = "(?i-u)" if needles.ignores_case else "(?-u)"
        pattern = "|".join("".join(f"\\x{code:02x}" for code in text) for text in needles.texts)
        return _encoded(ripgrep, *_RIPGREP, f"{PATTERN.decode()}{flags}{pattern}", "-")
    if grep is not None:
        case = ("--ignore-case",) if needles.ignores_case else ()
        return _encoded(grep, *_GREP, "--fixed-strings", *case, *(PATTERN + text for text in needles.texts))
    return None


def _for_pattern(pattern: re.Pattern[str], ripgrep: str | None, grep: str | None) -> list[bytes] | None:
    found = byte_pattern(pattern)
    if found is None:
        return None
    if grep is not None:
        # Where no text is to be looked for it is the faster one.
        return _encoded(grep, *_GREP, "--extended-regexp", PATTERN + found.posix)
    return (
        _encoded(ripgrep, *_RIPGREP, PATTERN + os.fsencode(found.rust), "-") if ripgrep is not None else None
    )


def _encoded(*arguments: str | bytes) -> list[bytes]:
    return [os.fsencode(argument) for argument in arguments]


def job_for(
    test: LineTest,
    descriptor: int,
    path: Path,
    size: int,
    block: int,
    ranges: Sequence[tuple[int, int, int]],
    *,
    is_first_only: bool = False,
    index: LineIndex | None = None,
) -> Job:
    """What a child is to do.

    Args:
        test: What lines have to fit.
        descriptor: The open file.
        path: Where it may be found.
        size: Bytes of it that count.
        block: Bytes of a block.
        ranges: First block, the block after the last one, and 1 or -1 for the direction.
        is_first_only: Whether to end at the first block with a line that fits.
        index: What is known of such blocks from counting lines.
    """
    tools = tools_for(test)
    marks = COLOURED | (FOREIGN if any(minds_hidden for _, _, minds_hidden in tools) else 0)
    survey = Survey(0, []) if index is None else index.survey(marks, LONGEST)
    return Job(
        descriptor=descriptor,
        path=os.fsencode(path),
        size=size,
        block=block,
        ranges=list(ranges),
        is_first_only=is_first_only,
        parts=[(pattern.pattern, pattern.flags, is_inverse) for pattern, is_inverse in test.parts],
        tools=tools,
        surveyed=survey.blocks,
        marked=survey.marked,
    )
