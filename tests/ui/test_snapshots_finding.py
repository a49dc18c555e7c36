"""Pictures of what finds and explains: proposals, an error in place, the palette, help, first steps."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Static

from tests.ui.key_app import KeyApp
from tests.ui.test_commands import SETTINGS, make_run, named
from tui.config.paths import shipped_themes_dir
from tui.core.errors import QueryError
from tui.core.state import State
from tui.engine.query import parse_query
from tui.ui.messages import FilterEdited
from tui.ui.screens.first_steps import FirstSteps
from tui.ui.startup import Startup
from tui.ui.theme import DEFAULT_THEME, load_theme
from tui.ui.widgets.filter_line import FilterLine

VALUES = {"state": Counter(failed=3, running=12, succeeded=4211)}
NAMES = {" ": "space", ":": "colon", "#": "number_sign"}


class SnapCompare(Protocol):
    def __call__(self, app: App[None], *, terminal_size: tuple[int, int], run_before: object) -> bool: ...


class FilterApp(App[None]):
    """A filter line over something like a table."""

    CSS = "Screen { layout: vertical; background: $background; }"

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(load_theme(DEFAULT_THEME, [shipped_themes_dir()]))
        self.theme = DEFAULT_THEME

    def compose(self) -> ComposeResult:
        yield FilterLine()
        yield Static("\n".join(f" ●  job number {number}" for number in range(10)), markup=False)

    def on_filter_edited(self, event: FilterEdited) -> None:
        line = self.query_one(FilterLine)
        try:
            parse_query(event.text)
        except QueryError as error:
            line.show_error(error)
        else:
            line.clear_error()
            line.show_count(10, 4230)


class Typing:
    """Presses keys, and waits until the palette has listed what it found."""

    def __init__(self, text: str, *keys: str) -> None:
        self._keys = [*(NAMES.get(letter, letter) for letter in text), *keys]

    async def __call__(self, pilot: Pilot[None]) -> None:
        app = pilot.app
        if isinstance(app, FilterApp):
            line = app.query_one(FilterLine)
            line.edit()
            line.offer(VALUES)
        await pilot.press(*self._keys)
        await app.workers.wait_for_complete([w for w in app.workers if not w.is_cancelled])
        await pilot.pause()


@pytest.mark.parametrize(
    ("text", "keys"),
    [("state:", ("tab", "tab")), ("state:failed sttate:x", ())],
    ids=["proposals", "error"],
)
def test_filter(snap_compare: SnapCompare, text: str, keys: tuple[str, ...]) -> None:
    assert snap_compare(FilterApp(), terminal_size=(100, 12), run_before=Typing(text, *keys))


@pytest.mark.parametrize("text", ["setting:", "#"], ids=["settings", "runs"])
def test_palette(snap_compare: SnapCompare, text: str) -> None:
    jobs = named("load_orders")
    app = KeyApp(jobs=jobs)
    app.offered = SETTINGS
    app.runs = [make_run("14068-b", jobs[0]), make_run("14068-a", jobs[0], State.SUCCEEDED)]
    app.main.target = jobs[0].key
    assert snap_compare(app, terminal_size=(100, 16), run_before=Typing(f":{text}"))


def test_first_steps(snap_compare: SnapCompare) -> None:
    app = KeyApp()
    startup = Startup(config_file="~/.config/nightdeck/config.toml", title="demo")

    async def explain(pilot: Pilot[None]) -> None:
        app.push_screen(FirstSteps(startup, {}, lambda: None))
        await pilot.pause()

    assert snap_compare(app, terminal_size=(60, 15), run_before=explain)


def test_help(snap_compare: SnapCompare) -> None:
    app = KeyApp(keymap={"rerun": "Z", "stop": ""})
    assert snap_compare(app, terminal_size=(80, 24), run_before=Typing("?"))
