"""A file that is viewed like a run's log, without a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.clock import SystemClock
from tui.core.errors import NotFound, SystemUnavailable
from tui.core.models import LogChunk
from tui.engine.inflow import Inflow
from tui.engine.opened_log import OpenedLog, open_in_place
from tui.logs.source import LogFile

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.clock import Clock

_PIECE = 1 << 18
"""Bytes of a packed file that are unpacked before what came is shown."""


class FileLog(OpenedLog):
    """A file, in place or unpacked. It never ends: following it goes on until it is cancelled."""

    def __init__(
        self,
        clock: Clock,
        path: Path,
        *,
        file: LogFile | None = None,
        packed: LogFile | None = None,
        inflow: Inflow | None = None,
    ) -> None:
        super().__init__(clock, file=file, inflow=inflow)
        self.path = path
        """Where it is."""
        self._packed = packed
        self._read = 0

    @classmethod
    async def open(
        cls, path: Path, spool_folder: Path | None = None, *, clock: Clock | None = None
    ) -> FileLog:
        """Open a file; returns as soon as there is something to show.

        Args:
            path: The file.
            spool_folder: Where a packed one is unpacked to; a folder of its own when None.
            clock: Where the time comes from; the machine's clock when None.

        Raises:
            NotFound: There is no such file, or it can't be read.
            SystemUnavailable: It can't be unpacked anywhere.
        """
        clock = clock or SystemClock()
        try:
            file = await asyncio.to_thread(open_in_place, path)
            packed = None if file is not None else LogFile(path)
        except OSError as error:
            raise NotFound(f"{path} can't be read: {error.strerror or error}") from error
        if file is not None:
            return cls(clock, path, file=file)
        try:
            inflow = Inflow(spool_folder)
        except OSError as error:
            raise SystemUnavailable(
                f"{path} can't be unpacked anywhere: {error.strerror or error}", hint="make room on the disk"
            ) from error
        log = cls(clock, path, packed=packed, inflow=inflow)
        await log._step(lambda: None)
        return log

    async def aclose(self) -> None:
        """Let go of the file, and delete what was unpacked."""
        await super().aclose()
        if self._packed is not None:
            self._packed.close()

    async def _next(self) -> LogChunk:
        if self._packed is None:
            return LogChunk(b"", "", is_complete=True)
        data = self._packed.read(self._read, _PIECE)
        self._read += len(data)
        # A packed file is never taken to grow.
        return LogChunk(data, "", is_complete=self._read >= self._packed.size or not data)

    async def _has_ended(self) -> bool:
        return False
