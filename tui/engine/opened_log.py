"""A log that is open: a file read in place, or text that comes into a private file piece by piece."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from tui.core.errors import SystemUnavailable, Unauthorized
from tui.logs.document import LogDocument
from tui.logs.source import LogFile
from tui.logs.unpacking import HEAD, is_packed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.core.clock import Clock
    from tui.core.models import LogChunk
    from tui.core.redaction import Redactor
    from tui.engine.inflow import Inflow

QUIET_WAITS_S = (0.5, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each look at a system's log that had nothing new; the last one is repeated."""

IN_PLACE_WAITS_S = (0.25, 0.25, 0.5, 1.0)
"""Seconds before each look at a file that had nothing new; the last one is repeated."""

OUTAGE_WAITS_S = (2.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds before each further try to reach a system that can't be asked; the last one is repeated."""

_LONGEST_WISH_S = 300.0
"""A system that asks for a longer pause is asked again after this: somebody is waiting for its log."""


class OpenedLog(ABC):
    """What both kinds of opened logs have. The document grows while it is followed."""

    def __init__(
        self,
        clock: Clock,
        *,
        file: LogFile | None = None,
        inflow: Inflow | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        """Show a file in place, or what comes in.

        Args:
            clock: Where the time comes from.
            file: The file; None for text that comes in.
            inflow: Where what comes in is kept; None for a file.
            redactor: Knows the secrets that no line may show; None hides nothing.
        """
        if file is None:
            if inflow is None:
                raise ValueError("a log is a file, or comes in")
            file = inflow.spool.file
        self.document = LogDocument(file, redactor=redactor)
        """Its lines."""
        self.is_complete = False
        """Whether the run has ended and nothing will follow."""
        self._clock = clock
        self._inflow = inflow
        self._outage = ""

    @property
    def is_in_place(self) -> bool:
        """Whether it is a file of this machine, read where it is."""
        return self._inflow is None

    @property
    def is_cut(self) -> bool:
        """Whether more follows that was not kept because there is too much, or no room on the disk."""
        return self._inflow is not None and self._inflow.is_cut

    @property
    def problem(self) -> str:
        """Why it is not going on, or not whole; empty when all is well."""
        return self._outage or (self._inflow.problem if self._inflow is not None else "")

    @property
    def ending(self) -> str:
        """How the run ended, as far as that is known; empty when it isn't."""
        return ""

    async def load(self, tell: Callable[[], object] = lambda: None) -> None:
        """Take over all that there is now.

        Args:
            tell: Is told each time it has grown.

        Raises:
            NightdeckError: The log can't be read.
        """
        is_new = True
        while is_new and not self._is_over:
            is_new = await self._step(tell)
            # A log that is at hand at once must not keep everybody else waiting.
            await self._clock.sleep(0)

    async def follow(self, tell: Callable[[], object]) -> None:
        """Go on until the run has ended, or until no more is kept. Outages are waited out.

        It can be cancelled and called again.

        Args:
            tell: Is told each time anything has changed: bytes, a problem, the end.

        Raises:
            NightdeckError: The log can't be read, and waiting won't help.
        """
        quiet = tries = 0
        while not self._is_over:
            try:
                is_new = await self._step(tell)
            except Unauthorized:
                raise
            except SystemUnavailable as error:
                self._tell_outage(str(error), tell)
                await self._clock.sleep(_wait(OUTAGE_WAITS_S, tries, error))
                tries += 1
                continue
            self._tell_outage("", tell)
            tries = 0
            if not self._is_over:
                await self._clock.sleep(self._pause_s(quiet, is_new=is_new))
            quiet = 0 if is_new else quiet + 1

    async def aclose(self) -> None:
        """End what goes on in the background, and delete what was kept of a system's log."""
        await self.document.aclose()
        if self._inflow is not None:
            self._inflow.close()

    @property
    def _is_over(self) -> bool:
        return self.is_complete or self.is_cut

    @abstractmethod
    async def _next(self) -> LogChunk:
        """What follows, of a log that comes in."""

    @abstractmethod
    async def _has_ended(self) -> bool:
        """Whether a file that had nothing new will never grow again."""

    async def _step(self, tell: Callable[[], object]) -> bool:
        """Look once. Tells whether there was something new."""
        if self._inflow is not None:
            return await self._take_next(self._inflow, tell)
        if self.document.refresh():
            tell()
            return True
        self.is_complete = await self._has_ended()
        if self.is_complete:
            self.document.refresh()
            tell()
        return False

    async def _take_next(self, inflow: Inflow, tell: Callable[[], object]) -> bool:
        if not inflow.is_waiting:
            inflow.add(await self._next())
        is_new = False
        while inflow.is_waiting and not inflow.is_cut:
            is_last = await inflow.take()
            is_grown = self.document.refresh()
            is_new = is_new or is_grown
            self.is_complete = is_last
            if is_grown or is_last or inflow.is_cut:
                tell()
        return is_new

    def _tell_outage(self, problem: str, tell: Callable[[], object]) -> None:
        if problem != self._outage:
            self._outage = problem
            tell()

    def _pause_s(self, quiet: int, *, is_new: bool) -> float:
        if self.is_in_place:
            return IN_PLACE_WAITS_S[min(quiet, len(IN_PLACE_WAITS_S) - 1)]
        return 0.0 if is_new else QUIET_WAITS_S[min(quiet, len(QUIET_WAITS_S) - 1)]


def open_in_place(path: Path) -> LogFile | None:
    """The file, to be read where it is; None for one that has to be unpacked.

    Raises:
        OSError: It can't be read.
    """
    file = LogFile(path)
    if is_packed(file.read(0, HEAD)):
        file.close()
        return None
    return file


def _wait(waits_s: tuple[float, ...], tries: int, error: SystemUnavailable) -> float:
    """Seconds until the next try; never fewer than the system asked for."""
    wish_s = getattr(error, "retry_after_s", None) or 0.0
    return max(waits_s[min(tries, len(waits_s) - 1)], min(wish_s, _LONGEST_WISH_S))
