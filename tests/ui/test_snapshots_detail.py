"""Pictures of the detail pane's tabs, looked at before they were accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest
from textual.pilot import Pilot

from tests.support.clock import FakeClock
from tests.support.dashboard import Deck, make_app
from tests.support.detail import make_script
from tests.support.scripted import FullAdapter, make_job, scripted_spec
from tui.ui.app import NightdeckApp


class SnapCompare(Protocol):
    def __call__(self, app: NightdeckApp, *, terminal_size: tuple[int, int], run_before: object) -> bool: ...


@pytest.mark.parametrize(
    ("tab", "size", "ids"),
    [
        ("Overview", (120, 36), ("open",)),
        ("Overview", (60, 15), ("open",)),
        ("Runs", (120, 36), ("open", "cursor_down", "cursor_down")),
        ("Tasks", (120, 36), ("open", "cursor_down", "cursor_down", "open")),
        ("Log", (80, 24), ("open",)),
        ("Raw", (130, 28), ("open", "cursor_down")),
    ],
    ids=["overview", "overview-small", "runs", "tasks", "log", "raw-right"],
)
def test_tab(
    snap_compare: SnapCompare, tmp_path: Path, tab: str, size: tuple[int, int], ids: tuple[str, ...]
) -> None:
    clock = FakeClock()
    scripts = {"alpha": make_script(clock)}
    specs = [scripted_spec(name, script, FullAdapter) for name, script in scripts.items()]
    arrangement: dict[str, Any] = {"pane_side": "right", "pane_shown": "on"} if tab == "Raw" else {}
    app, engine = make_app(tmp_path, specs, clock, pane=tab, **arrangement)

    async def look(pilot: Pilot[None]) -> None:
        deck = Deck(app, pilot, clock, scripts, engine)
        await clock.wait_until(lambda: app.engine is not None)
        await deck.advance(1)
        deck.dashboard.table.go_to(make_job("1").key)
        await deck.press(ids[0])
        deck.dashboard.rest()
        deck.dashboard.detail._load()
        await deck.settle()
        await deck.press(*ids[1:])
        if tab == "Runs":
            await pilot.pause(0.3)
        for timer in list(deck.dashboard._timers):
            timer.stop()
        deck.dashboard._tick()
        app.clear_notifications()
        await deck.settle()

    assert snap_compare(app, terminal_size=size, run_before=look)
