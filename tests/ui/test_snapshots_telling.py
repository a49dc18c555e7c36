"""Pictures of what tells: watched rows and production, a theme tried on, the offer after a dropped line."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.support.clock import START, FakeClock
from tests.support.dashboard import make_app
from tests.support.scripted import FullAdapter, Script, make_job, scripted_spec
from tests.ui.test_snapshots import PAST, Scene, SnapCompare
from tui.config.placefile import Place, save_place
from tui.core.state import State
from tui.ui.app import NightdeckApp
from tui.ui.screens.themes import ThemeChooser

AGO = START - timedelta(minutes=4)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def app(tmp_path: Path, clock: FakeClock) -> NightdeckApp:
    """Few jobs: some of production, one that failed, some under way."""
    prod, test = Script(clock), Script(clock)
    error = "ORA-12541: TNS:no listener"
    prod.add(
        make_job("1", "prod", name="load_customers", state=State.FAILED, run_id="r1", message=error),
        make_job("2", "prod", name="hourly_sync", state=State.RUNNING, run_id="r2", started_at=AGO),
        make_job("3", "prod", name="build_marts", state=State.SCHEDULED),
    )
    test.add(
        make_job("4", "test", name="load_customers", state=State.RUNNING, run_id="r4", started_at=AGO),
        make_job("5", "test", name="export_orders", state=State.SUCCEEDED, started_at=AGO),
    )
    specs = [
        replace(scripted_spec("prod", prod, FullAdapter), environment="prod"),
        replace(scripted_spec("test", test, FullAdapter), environment="dev"),
    ]
    made, _ = make_app(tmp_path, specs, clock, state_dir=tmp_path / "ui")
    PAST[made] = 0
    return made


class Trying(Scene):
    """Opens the theme chooser and tries one on."""

    async def __call__(self, pilot: Pilot[None]) -> None:
        await super().__call__(pilot)
        app = pilot.app
        assert isinstance(app, NightdeckApp)
        await app.run_action("themes")
        await self._clock.wait_until(lambda: isinstance(app.screen, ThemeChooser))
        await self._be_quiet(pilot, app)
        await pilot.press("j")
        await self._be_quiet(pilot, app)


def test_watched_and_production(snap_compare: SnapCompare, app: NightdeckApp, clock: FakeClock) -> None:
    scene = Scene(clock, "watch", "mark", "cursor_down", "watch", seconds=2)
    assert snap_compare(app, terminal_size=(120, 24), run_before=scene)


@pytest.mark.parametrize("size", [(60, 15), (120, 36)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_trying_a_theme_on(
    snap_compare: SnapCompare, app: NightdeckApp, clock: FakeClock, size: tuple[int, int]
) -> None:
    assert snap_compare(app, terminal_size=size, run_before=Trying(clock, seconds=2))


def test_the_offer_after_a_dropped_line(
    snap_compare: SnapCompare, app: NightdeckApp, clock: FakeClock, tmp_path: Path
) -> None:
    marks = (make_job("1", "prod").key, make_job("4", "test").key)
    save_place(Place(START - timedelta(minutes=12), marks=marks), tmp_path / "ui")
    assert snap_compare(app, terminal_size=(80, 24), run_before=Scene(clock, seconds=2))
