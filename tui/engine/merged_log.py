"""Several logs as one, merged by the times of their lines, in the form in which a single log is opened."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError, SystemUnavailable
from tui.core.models import LogChunk
from tui.engine.inflow import Inflow
from tui.engine.opened_log import IN_PLACE_WAITS_S, OpenedLog
from tui.logs.hiding import hidden_bytes
from tui.logs.merging import Merger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from tui.core.clock import Clock
    from tui.core.redaction import Redactor

_PIECE = 1 << 17
_QUIET_LOOKS = 4
"""Looks without anything new after which a log that says nothing holds back the others no more."""


class _Source:
    """One of the logs, and how far it has been taken over."""

    def __init__(self, name: str, log: OpenedLog, redactor: Redactor | None) -> None:
        self.name = name
        self.log = log
        self.failure = ""
        self.is_over = False
        self._redactor = redactor
        self._taken = 0
        self._generation = log.document.generation

    def next_lines(self) -> list[bytes]:
        """The next whole lines, as many as fit into a piece; all that is left of one that has ended."""
        file = self.log.document.file
        if self._generation != file.generation:
            self._generation, self._taken = file.generation, 0
        is_ended = self.log.is_complete or bool(self.failure) or self.log.is_cut
        data = file.read(self._taken, min(_PIECE, max(0, file.size - self._taken)))
        is_rest = self._taken + len(data) >= file.size
        end = data.rfind(b"\n") + 1
        if not end and len(data) >= _PIECE:
            end = len(data)  # a line without an end comes in pieces
        if is_rest and is_ended:
            end, self.is_over = len(data), True
        self._taken += end
        # Before the name of the log stands before each line, between the parts of a secret in two of them.
        data = hidden_bytes(data[:end], self._redactor)
        return data.split(b"\n")[: -1 if data.endswith(b"\n") else None] if data else []


class MergedLog(OpenedLog):
    """Two to eight logs as one; each line stands behind the name of its log."""

    def __init__(
        self,
        clock: Clock,
        sources: Sequence[tuple[str, OpenedLog]],
        zone: tzinfo,
        inflow: Inflow,
        redactor: Redactor | None = None,
    ) -> None:
        super().__init__(clock, inflow=inflow, redactor=redactor)
        self._sources = [_Source(name, log, redactor) for name, log in sources]
        self._merger = Merger([name for name, _ in sources], [zone] * len(sources), clock.now())
        self._quiet = 0

    @classmethod
    def of(
        cls,
        clock: Clock,
        sources: Sequence[tuple[str, OpenedLog]],
        zone: tzinfo,
        spool_folder: Path | None = None,
        *,
        redactor: Redactor | None = None,
    ) -> MergedLog:
        """Merge logs that are open; closing it closes them.

        Args:
            clock: Where the time comes from.
            sources: The logs, each with the name that its lines get.
            zone: The zone of times that tell none.
            spool_folder: Where the merged lines are kept meanwhile.
            redactor: Knows the secrets that are neither kept nor shown; None hides nothing.

        Raises:
            SystemUnavailable: They can't be kept anywhere.
        """
        try:
            inflow = Inflow(spool_folder, redactor)
        except OSError as error:
            raise SystemUnavailable(
                f"the merged log can't be kept anywhere: {error.strerror or error}",
                hint="make room on the disk",
            ) from error
        return cls(clock, sources, zone, inflow, redactor)

    @property
    def problem(self) -> str:
        """What is wrong with which log."""
        told = [
            f"{source.name}: {problem}"
            for source in self._sources
            if (problem := source.failure or source.log.problem)
        ]
        return "; ".join(filter(None, [*told, super().problem]))

    @property
    def ending(self) -> str:
        """How each run ended."""
        return ", ".join(
            f"{source.name} {source.log.ending}" for source in self._sources if source.log.ending
        )

    async def follow(self, tell: Callable[[], object]) -> None:
        """Go on until all have ended.

        Args:
            tell: Is told each time anything has changed.
        """
        following = [asyncio.create_task(self._follow(source, tell)) for source in self._sources]
        try:
            await super().follow(tell)
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)

    async def aclose(self) -> None:
        """Close it and the logs that it is made of."""
        await super().aclose()
        for source in self._sources:
            await source.log.aclose()

    def _pull(self) -> bool:
        """Take over a piece of each log. Tells whether there was any."""
        is_new = False
        for number, source in enumerate(self._sources):
            if source.is_over:
                continue
            lines = source.next_lines()
            is_new = is_new or bool(lines)
            self._merger.feed(number, lines, is_complete=source.is_over)
        return is_new

    async def _follow(self, source: _Source, tell: Callable[[], object]) -> None:
        try:
            await source.log.follow(lambda: None)
        except NightdeckError as error:
            source.failure = str(error)
            tell()

    async def _next(self) -> LogChunk:
        # In threads, for recognising the times of many lines takes a while.
        is_new = await asyncio.to_thread(self._pull)
        self._quiet = 0 if is_new else self._quiet + 1
        is_done = all(source.is_over for source in self._sources)
        lines = await asyncio.to_thread(self._merger.take, flush=is_done or self._quiet >= _QUIET_LOOKS)
        return LogChunk(b"".join(line + b"\n" for line in lines), cursor="", is_complete=is_done)

    async def _has_ended(self) -> bool:
        return self.is_complete

    def _pause_s(self, quiet: int, *, is_new: bool) -> float:
        del quiet, is_new
        # The logs pace themselves: here it only matters whether more of them is to be taken over.
        return IN_PLACE_WAITS_S[0] if self._quiet else 0.0
