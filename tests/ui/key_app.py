"""A small app whose screen answers most keys, for tests of what tells about keys."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import Input, Static

from tests.support.fleet import NOW
from tui.config.paths import shipped_themes_dir
from tui.ui.bindings import Scope, bindings_for
from tui.ui.glyphs import UNICODE
from tui.ui.keymap import resolve_keymap
from tui.ui.screens.command_palette import Palette
from tui.ui.screens.help import HelpScreen
from tui.ui.theme import DEFAULT_THEME, is_colourless, load_theme
from tui.ui.widgets.footer import Footer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Job, Run
    from tui.ui.settings import Setting

REASON = "Talend does not [offer] hold over its API"


class Rows(Static, can_focus=True):
    """Stands for the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for(Scope.TABLE)

    def action_open(self) -> None:
        self.screen.query_one(Footer).status = "opened"

    def action_cursor_down(self) -> None:
        self.screen.query_one(Footer).status = "down"


class Main(Screen[None]):
    """Stands for the dashboard."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for(Scope.EVERYWHERE)

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.can_hold = False
        self.target: JobKey | None = None

    def compose(self) -> ComposeResult:
        yield Rows("rows", markup=False)
        yield Input(compact=True)
        yield Footer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        del parameters
        if action == "hold":
            return True if self.can_hold else None
        return action != "only_matching"

    def reason_against(self, action: str) -> str:
        return REASON if action == "hold" else ""

    def action_rerun(self) -> None:
        self.done.append("rerun")

    def action_stop(self) -> None:
        self.done.append("stop")

    def action_hold(self) -> None:
        self.done.append("hold")

    def action_open_log(self) -> None:
        self.done.append("log")

    def action_raw(self) -> None:
        self.done.append("raw")

    def action_find(self) -> None:
        self.query_one(Input).focus()

    def action_problems(self) -> None:
        self.done.append("problems")

    def action_view(self, number: int) -> None:
        self.done.append(f"view {number}")

    def action_quit(self) -> None:
        self.done.append("quit")


class KeyApp(App[None], inherit_bindings=False):
    """Shows the screen, the help and the palette over it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_for(Scope.EVERYWHERE)
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        *,
        preset: str = "default",
        keymap: Mapping[str, object] | None = None,
        theme: str = DEFAULT_THEME,
        jobs: Sequence[Job] = (),
    ) -> None:
        super().__init__(ansi_color=is_colourless(os.environ) or None)
        self.main = Main()
        self.register_theme(load_theme(theme, [shipped_themes_dir()]))
        self.theme = theme
        self.loaded = jobs
        self.went_to: list[JobKey] = []
        self.used: list[str] = []
        self.runs: Sequence[Run] = ()
        self.recent: list[str] = []
        self.glyphs = UNICODE
        self.moment = NOW
        self.offered: Sequence[Setting] = ()
        self.keymap, _ = resolve_keymap(preset, keymap)
        self.set_keymap(self.keymap)

    def get_default_screen(self) -> Screen[None]:
        return self.main

    @property
    def footer(self) -> Footer:
        return self.main.query_one(Footer)

    def action_help(self) -> None:
        self.push_screen(HelpScreen(self.screen, self.keymap))

    def action_palette(self) -> None:
        self.push_screen(Palette(self, self.screen))

    def action_redraw(self) -> None:
        self.refresh(layout=True)

    def jobs(self) -> Sequence[Job]:
        return self.loaded

    def job(self, key: JobKey) -> Job | None:
        return next((job for job in self.loaded if job.key == key), None)

    def settings(self) -> Sequence[Setting]:
        return self.offered

    async def newest_runs(self, job: JobKey) -> Sequence[Run]:
        return [run for run in self.runs if run.key.job == job]

    async def runs_by_id(self, beginning: str) -> Sequence[Run]:
        return [run for run in self.runs if run.key.run_id.startswith(beginning)]

    def open_log(self, run: RunKey) -> None:
        self.used.append(f"log {run.run_id}")

    def use_setting(self, setting: Setting, value: str) -> None:
        self.used.append(f"{setting.key} {value}")

    def views(self) -> Sequence[str]:
        return ["problems", "slow [red]ones"]

    def themes(self) -> Sequence[str]:
        return ["ember", "fjord"]

    def go_to(self, key: JobKey) -> None:
        self.went_to.append(key)

    def use_view(self, number: int) -> None:
        self.used.append(f"view {number}")

    def use_theme(self, name: str) -> None:
        self.used.append(f"theme {name}")
