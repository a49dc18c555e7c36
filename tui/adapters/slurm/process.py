"""Starting one command of Slurm, and waiting for its end: never through a shell, never for ever."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.core.errors import BadAnswer, SystemUnavailable, TimedOut

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_BYTES = 256 * 1024 * 1024
"""A command that prints more is ended: 50,000 jobs are less, and all of it is held in memory."""
_BLOCK = 1 << 16
_PIPES_S = 2.0
"""Seconds for the pipes of a killed process: they are empty at once, unless somebody else holds them."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command to start."""

    words: tuple[str, ...]
    """The program, with its path, and its arguments."""
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All variables that it gets."""
    stdin: bytes = field(default=b"", repr=False)
    """What it reads."""
    folder: str = "/"
    """Where it runs."""
    timeout_s: float = 30.0
    """Seconds after which it is killed."""
    umask: int = -1
    """Rights that what it makes does not give; -1 for ours."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    """Its exit code; negative for a signal."""
    out: bytes
    """What it printed."""
    err: bytes
    """What it complained of."""

    @property
    def complaint(self) -> str:
        """Its complaint as one line."""
        return " ".join(self.err.decode("utf-8", "replace").split())


async def run(command: Command) -> Ended:
    """Start a command and wait for its end. It is killed when it takes too long or nobody waits any more.

    Raises:
        SystemUnavailable: It can't be started.
        TimedOut: It took too long.
        BadAnswer: It printed without end.
    """
    name = os.path.basename(command.words[0])  # noqa: PTH119 - a name to show, no path to use
    try:
        process = await asyncio.create_subprocess_exec(
            *command.words,
            stdin=asyncio.subprocess.PIPE if command.stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(command.env),
            cwd=command.folder,
            umask=command.umask,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SystemUnavailable(
            f"{name} can't be started: {reason}", hint="set `bin` of this connection to the folder of Slurm"
        ) from error
    work = [
        asyncio.create_task(_read(process.stdout, name)),
        asyncio.create_task(_read(process.stderr, name)),
        asyncio.create_task(_feed(process, command.stdin)),
    ]
    try:
        async with asyncio.timeout(command.timeout_s):
            out, err, _ = await asyncio.gather(*work)
            return Ended(await process.wait(), out, err)
    except TimeoutError:
        raise TimedOut(
            f"{name} did not end within {command.timeout_s:g} s",
            hint="the controller may be busy or away; set `timeout` of this connection",
        ) from None
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a process that is still there, and wait until it is gone."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.kill()
    # It counts as ended when its pipes are empty; a grandchild may keep them open for ever.
    with suppress(TimeoutError):
        async with asyncio.timeout(_PIPES_S):
            await asyncio.gather(process.wait(), _discard(process.stdout), _discard(process.stderr))


async def _discard(stream: asyncio.StreamReader | None) -> None:
    while stream is not None and await stream.read(_BLOCK):
        pass


async def _read(stream: asyncio.StreamReader | None, name: str) -> bytes:
    blocks: list[bytes] = []
    size = 0
    while stream is not None and (block := await stream.read(_BLOCK)):
        blocks.append(block)
        size += len(block)
        if size > MOST_BYTES:
            raise BadAnswer(
                f"{name} prints more than {MOST_BYTES // (1024 * 1024)} MB",
                hint="narrow the connection with `users` and `partitions`",
            )
    return b"".join(blocks)


async def _feed(process: asyncio.subprocess.Process, content: bytes) -> bytes:
    stream = process.stdin
    if stream is None:
        return b""
    with suppress(BrokenPipeError, ConnectionResetError):
        stream.write(content)
        await stream.drain()
    stream.close()
    return b""
