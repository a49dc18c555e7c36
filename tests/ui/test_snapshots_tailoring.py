"""Pictures of choosing columns and orders, looked at before they were accepted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest
from textual.pilot import Pilot

from tests.support.clock import START, FakeClock
from tests.support.dashboard import make_app
from tests.support.scripted import FullAdapter, Script, make_job, scripted_spec
from tui.core.state import State
from tui.ui.app import NightdeckApp
from tui.ui.keymap import keys_of

STATES = [State.FAILED, State.WARNING, State.RUNNING, State.SCHEDULED, *[State.SUCCEEDED] * 16]
NAMES = ["load_customers", "m_orders_to_dwh", "hourly_sync", "nightly_export", "reduce_entity"]


class SnapCompare(Protocol):
    def __call__(self, app: NightdeckApp, *, terminal_size: tuple[int, int], run_before: object) -> bool: ...


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    for number, state in enumerate(STATES):
        started = START - timedelta(minutes=7 * number + 4)
        is_running = state is State.RUNNING
        script.add(
            make_job(
                str(number),
                name=NAMES[number % 5] + (f"_{number}" if number > 4 else ""),
                state=state,
                last_result=state if state.is_final else State.SUCCEEDED,
                started_at=started,
                ended_at=None if is_running else started + timedelta(seconds=61 + number),
                duration_s=None if is_running else 61.0 + number,
                path="DWH" if number % 2 else "staging",
                message="ORA-12541: TNS:no listener" if number == 0 else "",
            )
        )
    return script


class Scene:
    """Opens the dashboard, presses keys by binding id, then others as they are, and holds still."""

    def __init__(self, clock: FakeClock, ids: tuple[str, ...], keys: tuple[str, ...]) -> None:
        self._clock = clock
        self._ids = ids
        self._keys = keys

    async def __call__(self, pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, NightdeckApp)
        await self._clock.wait_until(lambda: app.engine is not None)
        await self._clock.advance(1)
        await self._clock.wait_until(lambda: len(app.board.store.jobs) == len(STATES))
        for timer in list(app.dashboard._timers):
            # The screen's own timer paints what changes below a dialog.
            if timer is not app.dashboard._update_timer:
                timer.stop()
        app.dashboard._bridge.flush()
        await pilot.pause()
        for binding_id in self._ids:
            await pilot.press(keys_of(binding_id, app._keymap)[0])
            await pilot.pause()
        await pilot.press(*self._keys)
        await pilot.pause()
        app.dashboard._tick()
        app.clear_notifications()
        await self._clock.settle()
        await pilot.pause()


@pytest.mark.parametrize(
    ("name", "size", "ids", "keys"),
    [
        ("columns", (120, 36), ("columns",), ("j", "space", "j", "j", "plus", "plus")),
        ("sort", (80, 24), ("sort",), ("space", "space", "space", "G", "space", "g", "j", "j", "space")),
    ],
)
def test_dialogs(
    snap_compare: SnapCompare,
    tmp_path: Path,
    name: str,
    size: tuple[int, int],
    ids: tuple[str, ...],
    keys: tuple[str, ...],
) -> None:
    assert name
    clock = FakeClock()
    app, _ = make_app(tmp_path, [scripted_spec("talend", make_script(clock), FullAdapter)], clock)
    assert snap_compare(app, terminal_size=size, run_before=Scene(clock, ids, keys))
