"""The measured program of `bench_wire`: the dashboard over a made-up fleet, with changes where they are seen.

Beside what `dashboard_child` does on a line: `cell` changes one visible cell, `seen 200` lets so many visible
jobs change each second, `slow 1` treats the line as slow, `still 1` stops the clock and with it all ages.
"""

from __future__ import annotations

import itertools
import socket
import sys
import tempfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.dashboard_child import MeasuredDashboard
from tests.support.fleet import make_jobs

if TYPE_CHECKING:
    from collections.abc import Callable

_SEEN_BATCHES = 10


class WireDashboard(MeasuredDashboard):
    """Changes what is on the screen."""

    _numbers = itertools.count(100)
    _seen_timer: Any = None
    _stopped_at: datetime | None = None

    def cell(self) -> None:
        """Change the message of one visible job."""
        self._change_seen(1)

    def seen(self, rate: int) -> None:
        """Let so many visible jobs change each second."""
        if self._seen_timer is not None:
            self._seen_timer.stop()
        batch = rate // _SEEN_BATCHES
        self._seen_timer = (
            self.set_interval(1 / _SEEN_BATCHES, lambda: self._change_seen(batch)) if rate else None
        )

    def slow(self, is_slow: int) -> None:
        """Treat the line as slow, or never."""
        self.pace.choice = "on" if is_slow else "off"
        self.use_pace()

    def still(self, is_still: int) -> None:
        """Stop the clock, or let it go on."""
        clock: Any = self.board.clock
        moment = clock.now()
        clock.now = (lambda: moment) if is_still else type(clock).now.__get__(clock)

    def pane(self, is_open: int) -> None:
        """Show what is known of the job under the cursor, or not."""
        self.dashboard.detail.display = bool(is_open)

    def _change_seen(self, count: int) -> None:
        keys = list(self.dashboard.table.visible_keys)[2:]
        jobs = [job for key in keys[:count] if (job := self.board.job(key)) is not None]
        self.board.store.upsert(replace(job, message=f"step {next(self._numbers)}") for job in jobs)

    def _receive(self) -> None:
        operations: tuple[Callable[..., None], ...] = (
            *(self.load, self.lag, self.cell, self.seen, self.slow, self.still, self.pane),
        )
        named = {operation.__name__: operation for operation in operations}
        for line in self._control.recv(4096).decode().splitlines():
            name, *arguments = line.split()
            named[name](*map(int, arguments))
            self._tell("done")


def main() -> None:
    """Open the dashboard over as many jobs as the second word says."""
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        control = socket.socket(fileno=int(sys.argv[3]))
        control.setblocking(False)
        WireDashboard(make_jobs(int(sys.argv[2])), Path(folder), control).run()


if __name__ == "__main__":
    main()
