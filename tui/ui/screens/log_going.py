"""The keys that go to a place of a log: a time, a line, a share of it, the error that counts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.logs.time_jump import LineTarget, PercentTarget, parse_target
from tui.logs.time_search import find_time, first_time, last_time
from tui.ui.moments import clock_time, display_zone
from tui.ui.screens.log_base import LogBase
from tui.ui.widgets.log_prompt import Asked
from tui.ui.work import later

if TYPE_CHECKING:
    from datetime import datetime

    from tui.logs.document import LogDocument
    from tui.logs.timestamps import LineTimes

_NEAR = 200
"""Lines back that are looked through for the time of a line without one."""

_PERCENT = 100


class LogGoing(LogBase):
    """Answers these keys."""

    root: int | None = None
    """The line with the error that counts, where it has been found."""

    def action_go_to(self) -> None:
        """Type a time, a line or a share."""
        self.prompt.ask(Asked.PLACE, ())

    def action_root_error(self) -> None:
        """Go to the line that tells why the run failed."""
        self.run_worker(later(self._go_to_root), group="root", exclusive=True)

    def go_to_text(self, text: str) -> None:
        """Go to what was typed, or say why that can't be.

        Args:
            text: A time, a line or a share.
        """
        document, times = self.document, self.view.times
        if not text.strip() or document is None or times is None:
            return
        zone, now = display_zone(self.app.startup.timezone), self.board.clock.now()
        ends = first_time(document, times), last_time(document, times)
        try:
            target = parse_target(text, self._time_here(document, times), zone, *ends, now=now)
        except ValueError as error:
            self.notify(str(error), severity="warning", markup=False)
            return
        if isinstance(target, LineTarget):
            self.run_worker(later(self._go_to_number, target.number - 1), group="seek", exclusive=True)
        elif isinstance(target, PercentTarget):
            self.leave_tail()
            self.view.go_to_share(min(target.percent / _PERCENT, 1.0))
        else:
            self._go_to_time(document, times, target.at)

    def leave_tail(self) -> None:
        """Stay where the reader is sent now."""
        self.view.is_following = False

    async def find_root(self) -> int | None:
        """The line with the error that counts; None when no line tells of any."""
        from tui.logs.root_error import find_root_error

        document = self.document
        if document is None:
            return None
        rules = self.engine.error_rules if self.engine is not None else None
        return await asyncio.to_thread(find_root_error, document.file, rules, takes_warnings=True)

    def _go_to_time(self, document: LogDocument, times: LineTimes, at: datetime) -> None:
        line = find_time(document, at, times)
        if line is not None:
            self.leave_tail()
            self.view.go_to(line, is_centred=True)
            return
        zone, now = display_zone(self.app.startup.timezone), self.board.clock.now()
        last = last_time(document, times)
        told = (
            f"the log ends before that, at {clock_time(last, now, zone)}" if last else "no line tells a time"
        )
        self.notify(told, severity="warning", markup=False)

    def _time_here(self, document: LogDocument, times: LineTimes) -> datetime | None:
        """The time of the line under the cursor, or of the nearest one before it that tells one."""
        line: int | None = self.view.cursor
        for _ in range(_NEAR):
            if line is None:
                break
            stamp = times.found(document.plain(line))
            if stamp is not None:
                return stamp.at
            line = document.before(line)
        return None

    async def _go_to_number(self, number: int) -> None:
        """Go to a line as soon as it has been counted."""
        document = self.document
        while document is not None and document is self.document:
            place = document.place(number)
            if place is not None:
                self.leave_tail()
                self.view.go_to(place, is_centred=True)
                return
            if document.is_indexed:
                return
            await asyncio.sleep(_COUNTED_EVERY_S)

    async def _go_to_root(self) -> None:
        self.root = await self.find_root()
        if self.root is None:
            self.notify("no line tells of an error", markup=False)
        else:
            self.leave_tail()
            self.view.go_to(self.root, is_centred=True)
            self.update_title()


_COUNTED_EVERY_S = 0.05
"""Seconds between two looks whether a line has been counted: it is waited for at most a second or two."""
