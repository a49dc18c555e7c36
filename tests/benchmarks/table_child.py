"""The measured programs of `bench_table`: our table or Textual's own over a made-up fleet, told what to do.

A line on the socket is an operation: it is done at once on the event loop, and what it changes is painted.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from tests.support.fleet import NOW, change_jobs, make_jobs, make_trends
from tests.support.table_app import THEMES
from tui.core.duration import format_age, format_duration
from tui.core.models import Health, HealthStatus
from tui.engine.store import Store
from tui.ui.board import Board
from tui.ui.collector import settle
from tui.ui.painting import NarrowPaint
from tui.ui.theme import load_theme
from tui.ui.widgets.job_table import JobTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.models import Job

BATCHES_A_SECOND = 10
"""How often the dashboard takes over what changed."""

_POOL = 5000
_THEME = "nightdeck-dark"


class _StillClock:
    """Starts at the moment at which the fleet was observed, and goes on only when told."""

    def __init__(self) -> None:
        self.seconds = 0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Driven:
    """Does what the lines of a socket say."""

    def __init__(self, operations: dict[str, Callable[..., None]]) -> None:
        self._operations = operations
        self._socket = socket.socket(fileno=int(sys.argv[3]))
        self._socket.setblocking(False)

    def tell(self, word: str) -> None:
        self._socket.send(f"{word}\n".encode())

    def listen(self) -> None:
        asyncio.get_running_loop().add_reader(self._socket, self._receive)
        self.tell("ready")

    def _receive(self) -> None:
        for line in self._socket.recv(4096).decode().splitlines():
            name, *arguments = line.split()
            self._operations[name](*map(int, arguments))
            self.tell("done")


class MeasuredTable(JobTable):
    """Knows when a key has moved its cursor."""

    has_moved = False

    def move_cursor(self, row: int) -> None:
        before = self.viewport.row
        super().move_cursor(row)
        self.has_moved = self.has_moved or self.viewport.row != before


class BoardApp(NarrowPaint[None]):
    """Our table over a real store and view."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__()
        self.register_theme(load_theme(_THEME, [THEMES]))
        self.theme = _THEME
        self.clock = _StillClock()
        self.store = Store(self.clock)
        for name in {job.connection for job in jobs}:
            self.store.set_health(Health(name, "", status=HealthStatus.OK, last_ok_at=NOW))
        self.store.set_trends(make_trends(jobs))
        self.board = Board(self.store, self.clock)
        self.store.upsert(jobs)
        pool = change_jobs(jobs, min(_POOL, len(jobs)), seed=7)
        before = {job.key: job for job in jobs}
        # To and fro, for a change that was made already is none.
        self._changes = itertools.cycle([*pool, *(before[job.key] for job in pool)])
        self._timer: Any = None
        self._driven: _Driven | None = None
        self._percents = itertools.cycle(range(10, 90))
        settle()

    def compose(self) -> ComposeResult:
        yield MeasuredTable(self.board, zone=UTC)

    @property
    def table(self) -> MeasuredTable:
        return self.query_one(MeasuredTable)

    def _display(self, screen: Any, renderable: Any) -> None:
        if self._driven is not None and renderable is not None and self.table.has_moved:
            self.table.has_moved = False
            self._driven.tell("moved")
        super()._display(screen, renderable)

    def on_ready(self) -> None:
        self.table.focus()
        operations = (
            *(self.fill, self.change, self.cell, self.sort, self.filter, self.load, self.tick),
            self.redraw,
        )
        self._driven = _Driven({operation.__name__: operation for operation in operations})
        self._driven.listen()

    def fill(self) -> None:
        self.board.rebuild()
        self.table.reordered()

    def change(self, count: int) -> None:
        changed = self.store.upsert(itertools.islice(self._changes, count))
        delta = self.board.apply(changed, ())
        if delta.is_reordered:
            self.table.reordered()
        self.table.rows_changed(delta.rows)

    def cell(self) -> None:
        job = self.board.job(self.table.visible_keys[10])
        if job is not None:
            changed = self.store.upsert([replace(job, message=f"step {next(self._percents)} of 99")])
            self.table.rows_changed(self.board.apply(changed, ()).rows)

    def sort(self, column: int) -> None:
        self.board.set_sort(("name", "-duration")[column])
        self.table.reordered()

    def filter(self, number: int) -> None:
        self.board.set_query(("", "state:failed,running")[number])
        self.table.reordered()

    def load(self, rate: int) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if rate:
            batch = rate // BATCHES_A_SECOND
            self._timer = self.set_interval(1 / BATCHES_A_SECOND, lambda: self.change(batch))

    def tick(self, seconds: int) -> None:
        self.clock.seconds += seconds
        self.table.tick()

    def redraw(self) -> None:
        self.forget_screen()
        self.screen.refresh()


class DataTableApp(App[None]):
    """Textual's own table with the same columns."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__()
        self.jobs = list(jobs)
        self._numbers = itertools.count()
        settle()

    def compose(self) -> ComposeResult:
        table: DataTable[str] = DataTable(cursor_type="row")
        table.add_columns("", "JOB", "SYSTEM", "STARTED", "DURATION", "NEXT", "MESSAGE")
        yield table

    @property
    def table(self) -> DataTable[str]:
        return self.query_one(DataTable)

    def on_ready(self) -> None:
        self.table.focus()
        operations = (self.fill, self.change, self.cell, self.sort, self.filter)
        _Driven({operation.__name__: operation for operation in operations}).listen()

    def fill(self) -> None:
        self.table.clear()
        self.table.add_rows(map(_texts, self.jobs))

    def change(self, count: int) -> None:
        for row in range(0, len(self.jobs), max(1, len(self.jobs) // count)):
            self._set(row)

    def cell(self) -> None:
        self._set(10)

    def sort(self, column: int) -> None:
        keys = list(self.table.columns)
        self.table.sort(keys[(1, 4)[column]])

    def filter(self, number: int) -> None:
        self.table.clear()
        wanted = self.jobs if not number else [j for j in self.jobs if j.state in ("failed", "running")]
        self.table.add_rows(map(_texts, wanted))

    def _set(self, row: int) -> None:
        from textual.coordinate import Coordinate

        self.table.update_cell_at(Coordinate(row, 6), f"step {next(self._numbers)} of 99")


def _texts(job: Job) -> tuple[str, ...]:
    started = format_age((NOW - job.started_at).total_seconds()) if job.started_at else "-"
    return (
        job.state.value[0],
        job.name,
        job.connection,
        started,
        format_duration(job.duration_s) if job.duration_s is not None else "-",
        f"{job.next_run_at:%H:%M}" if job.next_run_at else "-",
        job.message,
    )


if __name__ == "__main__":
    fleet = make_jobs(int(sys.argv[2]))
    app: App[None] = BoardApp(fleet) if sys.argv[1] == "ours" else DataTableApp(fleet)
    app.run()
