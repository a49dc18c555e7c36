"""Pictures of what stands before and beside every change: the plan of many, its progress, the form."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.clock import START, FakeClock
from tests.support.dashboard import make_app
from tests.support.scripted import FullAdapter, Script, make_job, make_run, scripted_spec
from tests.ui.test_snapshots import SnapCompare
from tui.core import errors
from tui.core.models import Accepted, ActionKind, Parameter
from tui.core.state import State
from tui.ui.app import NightdeckApp
from tui.ui.screens.bulk import BulkScreen
from tui.ui.screens.trigger_form import TriggerForm

NAMES = ("load_customers", "load_orders", "m_products_delta", "rebuild_marts", "export_ledger", "dq_checks")


class Acts:
    """Waits for the systems, marks every job, and acts."""

    def __init__(self, clock: FakeClock, *keys: str) -> None:
        self._clock = clock
        self._keys = keys

    async def __call__(self, pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, NightdeckApp)
        await self._clock.wait_until(lambda: app.engine is not None)
        for timer in list(app.dashboard._timers):
            timer.stop()
        # What the pane fetches is no part of these pictures.
        app.dashboard.detail.display = False
        for _ in range(2):
            await self._advance(pilot, app, 1)
        for key in self._keys:
            await pilot.press(key)
            await self._advance(pilot, app, 0)
            screen = app.screen
            if isinstance(screen, BulkScreen):
                await self._clock.wait_until(lambda screen=screen: screen.plan is not None)  # type: ignore[misc]
            if isinstance(screen, TriggerForm):
                await self._clock.wait_until(lambda screen=screen: bool(screen.lines))  # type: ignore[misc]
            await self._advance(pilot, app, 0)
        app.clear_notifications()
        await self._advance(pilot, app, 0)

    async def _advance(self, pilot: Pilot[None], app: NightdeckApp, seconds: float) -> None:
        for _ in range(3):
            await self._clock.advance(seconds)
            app.dashboard._bridge.flush()
            await pilot.pause()
            seconds = 0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def app(tmp_path: Path, clock: FakeClock) -> NightdeckApp:
    script = Script(clock)
    for number, name in enumerate(NAMES, 1):
        is_running = name == "dq_checks"
        script.add(
            make_job(
                str(number),
                name=name,
                state=State.RUNNING if is_running else State.FAILED,
                run_id=f"r{number}",
                started_at=START,
                ended_at=None if is_running else START,
            )
        )
    script.parameters["5"] = [
        Parameter("load_date", "date", description="the day to load", is_required=True),
        Parameter("region", default="EU", choices=("EU", "US", "APAC"), description="whose customers"),
        Parameter("full_load", "boolean", default="false", description="read everything again"),
        Parameter("options", "json", description="more of it"),
        Parameter("db_password", description="where the usual account may not read"),
    ]
    script.runs["5"] = [make_run("r5", "5", params={"load_date": "2026-11-20", "region": "US"})]
    script.answer(ActionKind.RERUN, Accepted("r901", "queued"))
    script.answer(ActionKind.RERUN, errors.ActionRefused("the task is locked by another user"))
    script.answer(ActionKind.RERUN, errors.OutcomeUnknown("the connection broke before the answer"))
    spec = scripted_spec("talend-prod", script, FullAdapter, environment="prod")
    app, _ = make_app(tmp_path, [spec], clock)
    return app


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (120, 36)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_plan_of_many(
    snap_compare: SnapCompare, app: NightdeckApp, clock: FakeClock, size: tuple[int, int]
) -> None:
    assert snap_compare(app, terminal_size=size, run_before=Acts(clock, "asterisk", "B"))


def test_progress_of_many(snap_compare: SnapCompare, app: NightdeckApp, clock: FakeClock) -> None:
    acts = Acts(clock, "asterisk", "B", *"IIllc", "5", "enter")
    assert snap_compare(app, terminal_size=(120, 36), run_before=acts)


def test_form(snap_compare: SnapCompare, app: NightdeckApp, clock: FakeClock) -> None:
    acts = Acts(clock, "T", *"2026-11-21", "down", "right", "down", "down", *'{"a" 1}', "enter")
    assert snap_compare(app, terminal_size=(120, 36), run_before=acts)
