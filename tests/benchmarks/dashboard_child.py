"""The measured program of `bench_idle`: the whole dashboard over a made-up fleet of which nothing is heard.

No system is asked: the store is filled once, and its connections are told to be well twice a minute, as
pollers would. On a line `load 1000` so many jobs change each second, `lag` tells how late the event loop was
since the last time it was asked.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.cli.opening import CALM

os.environ.pop("TEXTUAL_FPS", None)
os.environ.update(CALM)  # Textual reads it when it is imported

from tests.support.fleet import NOW, change_jobs, make_jobs, make_trends
from tests.support.table_app import THEMES
from tui.core.models import Health, HealthStatus
from tui.core.redaction import Redactor
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.store import Store
from tui.ui import app
from tui.ui.app import NightdeckApp
from tui.ui.startup import read_startup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.models import Job

BATCHES_A_SECOND = 20
"""How often something is heard while jobs change."""

_POOL = 5000
_WELL_EVERY_S = 30.0
_LAG_STEP_S = 0.001


class _FleetClock:
    """Goes as fast as the machine's, from the moment at which the fleet was observed."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - self._start)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Session:
    """An engine without connections."""

    problem_lines: Sequence[str] = ()

    def __init__(self, engine: Engine) -> None:
        self.engine = engine


class MeasuredDashboard(NightdeckApp):
    """The dashboard, told what to do over a socket."""

    CSS_PATH = str(Path(app.__file__).with_name("styles") / "app.tcss")

    def __init__(self, jobs: Sequence[Job], folder: Path, control: socket.socket) -> None:
        clock = _FleetClock()
        store = Store(clock)
        engine = Engine(
            [],
            store=store,
            history=History(folder, clock),
            clock=clock,
            read_only=False,
            redactor=Redactor(),
        )
        self._connections = {job.connection: job.type for job in jobs}
        store.set_trends(make_trends(jobs))
        store.upsert(jobs)
        pool = change_jobs(jobs, min(_POOL, len(jobs)), seed=7)
        before = {job.key: job for job in jobs}
        # To and fro, for a change that was made already is none.
        self._changes = itertools.cycle([*pool, *(before[job.key] for job in pool)])
        self._control = control
        self._load: Any = None
        self._has_moved = False
        self._lags: list[float] = []
        first = read_startup({})._replace(themes_dirs=(THEMES,), timezone="UTC")
        super().__init__(first, store, clock, lambda: _Session(engine))
        self._tell_well()

    def attach_control(self) -> None:
        """Listen from now on."""
        table: Any = self.dashboard.table
        move = table.move_cursor

        def move_cursor(row: int) -> None:
            before = table.viewport.row
            move(row)
            self._has_moved = self._has_moved or table.viewport.row != before

        table.move_cursor = move_cursor
        self.set_interval(_WELL_EVERY_S, self._tell_well)
        asyncio.get_running_loop().add_reader(self._control, self._receive)
        self._tell("ready")

    def begin(self) -> None:
        super().begin()
        self.set_timer(1.0, self.attach_control)

    def load(self, rate: int) -> None:
        """Let so many jobs change each second."""
        if self._load is not None:
            self._load.stop()
        self.run_worker(self._watch_lag(), group="lag", exclusive=True)
        batch = rate // BATCHES_A_SECOND
        self._load = self.set_interval(1 / BATCHES_A_SECOND, lambda: self._change(batch)) if rate else None

    def lag(self) -> None:
        """Tell how late the loop was: median, 99th percentile and worst, in microseconds."""
        ordered = sorted(self._lags) or [0.0]
        self._lags = []
        told = (ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])
        self._tell("lag=" + "/".join(f"{seconds * 1e6:.0f}" for seconds in told))

    def _display(self, screen: Any, renderable: Any) -> None:
        if renderable is not None and self._has_moved:
            self._has_moved = False
            self._tell("moved")
        super()._display(screen, renderable)

    def _change(self, count: int) -> None:
        self.board.store.upsert(itertools.islice(self._changes, count))

    def _tell_well(self) -> None:
        now = self.board.now
        for name, type_ in self._connections.items():
            self.board.store.set_health(
                Health(name, type_, status=HealthStatus.OK, since=NOW, last_ok_at=now)
            )

    async def _watch_lag(self) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_LAG_STEP_S)
            self._lags.append(max(0.0, time.perf_counter() - before - _LAG_STEP_S))

    def _receive(self) -> None:
        operations: dict[str, Callable[..., None]] = {"load": self.load, "lag": self.lag}
        for line in self._control.recv(4096).decode().splitlines():
            name, *arguments = line.split()
            operations[name](*map(int, arguments))
            self._tell("done")

    def _tell(self, word: str) -> None:
        self._control.send(f"{word}\n".encode())


def main() -> None:
    """Open the dashboard over as many jobs as the second word says."""
    with tempfile.TemporaryDirectory(prefix="nightdeck-bench-") as folder:
        control = socket.socket(fileno=int(sys.argv[3]))
        control.setblocking(False)
        MeasuredDashboard(make_jobs(int(sys.argv[2])), Path(folder), control).run()


if __name__ == "__main__":
    main()
