"""Pictures of the demo at a fixed time, looked at before they were accepted."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import pytest
from textual.pilot import Pilot

from tests.support.clock import FakeClock
from tests.support.dashboard import demo_specs, make_app, remember_demo
from tui.ui.app import NightdeckApp
from tui.ui.keymap import keys_of
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.dashboard import Dashboard
from tui.ui.screens.help import HelpScreen
from tui.ui.screens.log_screen import LogScreen

FETCHING = {
    *("runs", "tasks", "log", "raw", "web", "search"),
    *("backfill", "first_errors", "bridge", "session", "place", "count"),
}
CALM_ROUNDS = 5
OPENS = {"rerun": ConfirmDialog, "help": HelpScreen, "open_log": LogScreen}
PAST: WeakKeyDictionary[NightdeckApp, int] = WeakKeyDictionary()
"""How many jobs history knows runs of, by the app that will show them."""
SIZES = [(80, 24), (120, 36), (200, 60)]


class SnapCompare(Protocol):
    def __call__(
        self, app: NightdeckApp, *, terminal_size: tuple[int, int], run_before: object, press: object = ...
    ) -> bool: ...


class MakeDemoApp(Protocol):
    def __call__(self, **startup: Any) -> NightdeckApp: ...


class Scene:
    """Opens the demo, lets a little time pass, presses keys by binding id, and holds still."""

    def __init__(self, clock: FakeClock, *ids: str, seconds: int = 6) -> None:
        self._clock = clock
        self._ids = ids
        self._seconds = seconds

    async def __call__(self, pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, NightdeckApp)
        dashboard = app.screen_stack[0]
        assert isinstance(dashboard, Dashboard)
        for timer in list(dashboard._timers):
            timer.stop()
        await self._clock.wait_until(lambda: app.engine is not None)
        for second in itertools.count():
            if second >= self._seconds and len(dashboard.board.store.trends) >= PAST[app]:
                break
            await self._clock.advance(1 if second < self._seconds else 0.01)
            dashboard._bridge.flush()
            await pilot.pause()
            dashboard._tick()
            await self._be_quiet(pilot, app)
        for binding_id in self._ids:
            await pilot.press(keys_of(binding_id, app._keymap)[0])
            opened = OPENS.get(binding_id, Dashboard)
            await self._clock.wait_until(lambda opened=opened: isinstance(app.screen, opened))  # type: ignore[misc]
            dashboard.rest()
            dashboard.detail._load()
            await self._be_quiet(pilot, app)
        dashboard.rest()
        dashboard.detail._load()
        await self._be_quiet(pilot, app)
        dashboard._tick()
        app.clear_notifications()
        await self._be_quiet(pilot, app)

    async def _be_quiet(self, pilot: Pilot[None], app: NightdeckApp) -> None:
        """Wait until nothing is being fetched: threads and messages take the time that they take."""
        calm = 0
        while calm < CALM_ROUNDS:
            await self._clock.settle()
            await pilot.pause()
            is_busy = any(worker.is_running and worker.group in FETCHING for worker in app.workers)
            calm = 0 if is_busy else calm + 1
            await asyncio.sleep(0.005)


class Past(NamedTuple):
    """What an earlier session has left, made once: it takes seconds."""

    folder: Path
    jobs: int


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    folder = tmp_path_factory.mktemp("past")
    return Past(folder, remember_demo(FakeClock(), folder))


@pytest.fixture
def make_demo_app(tmp_path: Path, clock: FakeClock, past: Past) -> MakeDemoApp:
    def make(**startup: Any) -> NightdeckApp:
        shutil.copytree(past.folder, tmp_path, dirs_exist_ok=True)
        app, _ = make_app(tmp_path, demo_specs(clock, tmp_path), clock, title="demo", **startup)
        PAST[app] = past.jobs
        return app

    return make


@pytest.fixture
def demo(make_demo_app: MakeDemoApp) -> NightdeckApp:
    return make_demo_app()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_dashboard(
    snap_compare: SnapCompare, demo: NightdeckApp, clock: FakeClock, size: tuple[int, int]
) -> None:
    assert snap_compare(demo, terminal_size=size, run_before=Scene(clock))


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("problems", ("problems",)),
        ("runs", ("open", "next_tab")),
        ("log", ("open_log",)),
        ("confirm-prod", ("rerun",)),
        ("help", ("help",)),
        ("wide", ("wide",)),
    ],
)
def test_screens(
    snap_compare: SnapCompare, demo: NightdeckApp, clock: FakeClock, name: str, ids: tuple[str, ...]
) -> None:
    assert name
    assert snap_compare(demo, terminal_size=(120, 36), run_before=Scene(clock, *ids))


@pytest.mark.parametrize("theme", ["nightdeck-light", "high-contrast", "colour-blind-safe", "ansi-16"])
def test_themes(snap_compare: SnapCompare, make_demo_app: MakeDemoApp, clock: FakeClock, theme: str) -> None:
    app = make_demo_app(theme=theme)
    assert snap_compare(app, terminal_size=(120, 36), run_before=Scene(clock))


def test_ascii(snap_compare: SnapCompare, make_demo_app: MakeDemoApp, clock: FakeClock) -> None:
    app = make_demo_app(is_ascii=True)
    assert snap_compare(app, terminal_size=(80, 24), run_before=Scene(clock))


def test_readme_picture(snap_compare: SnapCompare, demo: NightdeckApp, clock: FakeClock) -> None:
    assert snap_compare(demo, terminal_size=(120, 32), run_before=Scene(clock, seconds=40))
