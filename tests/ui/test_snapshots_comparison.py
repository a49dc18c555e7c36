"""Pictures of a comparison and of a shared error over the demo, looked at before they were accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest
from textual.pilot import Pilot

from tests.support.clock import FakeClock
from tests.support.dashboard import demo_specs, make_app
from tui.core.keys import JobKey
from tui.ui.app import NightdeckApp
from tui.ui.keymap import keys_of
from tui.ui.screens.comparison import ComparisonScreen

BROKEN = "load_customers"


class SnapCompare(Protocol):
    def __call__(
        self, app: NightdeckApp, *, terminal_size: tuple[int, int], run_before: object, press: object = ...
    ) -> bool: ...


class Compared:
    """Opens the demo, goes to a failed job, and compares its run."""

    def __init__(self, clock: FakeClock, connection: str) -> None:
        self._clock = clock
        self._connection = connection

    async def __call__(self, pilot: Pilot[None]) -> None:
        app, clock = pilot.app, self._clock
        assert isinstance(app, NightdeckApp)
        dashboard = app.dashboard
        await clock.wait_until(lambda: app.engine is not None)
        for _ in range(3):
            await clock.advance(1)
            dashboard._bridge.flush()
            await pilot.pause()
        dashboard.go_to(self._key(app))
        await pilot.pause()
        await pilot.press(keys_of("compare", app._keymap)[0])
        await clock.wait_until(lambda: isinstance(app.screen, ComparisonScreen) and app.screen._is_complete)
        app.clear_notifications()
        await pilot.pause()

    def _key(self, app: NightdeckApp) -> JobKey:
        jobs = app.board.store.jobs.values()
        (key,) = (job.key for job in jobs if (job.connection, job.name) == (self._connection, BROKEN))
        return key


@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_comparison(snap_compare: SnapCompare, tmp_path: Path, size: tuple[int, int]) -> None:
    clock = FakeClock()
    app, _ = make_app(tmp_path, demo_specs(clock, tmp_path), clock, title="demo")
    assert snap_compare(app, terminal_size=size, run_before=Compared(clock, "iics-eu"))
