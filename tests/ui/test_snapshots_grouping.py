"""Pictures of grouped jobs, looked at before they were accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tests.support.clock import FakeClock
from tests.support.dashboard import make_app
from tests.support.scripted import FullAdapter, scripted_spec
from tests.ui.test_grouping import make_scripts
from tui.ui.app import NightdeckApp
from tui.ui.keymap import keys_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

JOBS = 7


class SnapCompare(Protocol):
    def __call__(self, app: NightdeckApp, *, terminal_size: tuple[int, int], run_before: object) -> bool: ...


class Scene:
    """Opens the dashboard, chooses a group and presses keys by binding id, and holds still."""

    def __init__(self, clock: FakeClock, way: str, *ids: str) -> None:
        self._clock = clock
        self._way = way
        self._ids = ids

    async def __call__(self, pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, NightdeckApp)
        await self._clock.wait_until(lambda: app.engine is not None)
        await self._clock.advance(1)
        await self._clock.wait_until(lambda: len(app.board.store.jobs) == JOBS)
        for timer in list(app.dashboard._timers):
            # The screen's own timer paints what changes below a dialog.
            if timer is not app.dashboard._update_timer:
                timer.stop()
        app.dashboard._bridge.flush()
        await pilot.pause()
        app.dashboard.group_by(self._way)
        await pilot.pause()
        for binding_id in self._ids:
            await pilot.press(keys_of(binding_id, app._keymap)[0])
            await pilot.pause()
        app.dashboard._tick()
        app.clear_notifications()
        await self._clock.settle()
        await pilot.pause()


@pytest.mark.parametrize(
    ("name", "size", "way", "ids", "is_ascii"),
    [
        ("system", (120, 24), "system", ("mark", "fold", "cursor_down"), False),
        ("cause", (80, 24), "cause", ("cursor_up", "fold"), True),
        ("choice", (80, 24), "state", ("group",), False),
    ],
)
def test_groups(
    snap_compare: SnapCompare,
    tmp_path: Path,
    name: str,
    size: tuple[int, int],
    way: str,
    ids: tuple[str, ...],
    *,
    is_ascii: bool,
) -> None:
    assert name
    clock = FakeClock()
    specs = [scripted_spec(system, script, FullAdapter) for system, script in make_scripts(clock).items()]
    app, _ = make_app(tmp_path, specs, clock, is_ascii=is_ascii)
    assert snap_compare(app, terminal_size=size, run_before=Scene(clock, way, *ids))
