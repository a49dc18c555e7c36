"""The app as it explains itself: help, the palette with everything in it, settings, first steps."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tui.config.paths import ensure_private_dir
from tui.config.statefile import FILE_NAME, UiState, save_ui_state
from tui.core.errors import ConfigError
from tui.ui.keymap import keys_of, resolve_keymap
from tui.ui.locking_app import LockingApp
from tui.ui.pace import slow_link_of
from tui.ui.room import has_room

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from textual import events

    from tui.core.keys import JobKey
    from tui.core.models import Job, Run
    from tui.ui.settings import Setting
    from tui.ui.startup import Startup

_LOGGER = logging.getLogger("nightdeck.ui")
_NEWEST_RUNS = 10
_FOUND_RUNS = 20
_SETTING_S = 12.0
"""Seconds that the way to make a setting permanent is told: it has to be read and written down."""


class GuidedApp(LockingApp):
    """An app in which everything can be found by name."""

    startup: Startup
    _has_mouse: bool
    _keymap_in_effect: Mapping[str, str]
    _recent: list[str] | None = None

    def begin(self) -> None:
        """Explain the screen to somebody who has never seen it."""
        super().begin()
        self.explain_once()

    def explain_once(self) -> None:
        """Show the first steps, unless they were seen, or would come back with each start."""
        folder = self.startup.first_steps
        if folder is None or len(self.screen_stack) > 1:
            return
        try:
            ensure_private_dir(folder)
        except (ConfigError, OSError):
            return
        self.action_first_steps()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey for what asks systems, while nobody can be asked."""
        return None if action == "pause" and self.engine is None else super().check_action(action, parameters)

    def on_key(self, event: events.Key) -> None:
        """Tell the keys of a dialog, too: it keeps all others to itself."""
        screen = self.screen
        is_help = has_room(self.size) and event.key in keys_of("help", self._keymap_in_effect)
        if is_help and screen.is_modal and event.key not in screen.active_bindings:
            # Else the same key would be looked up once more, on the help that is open by then.
            event.prevent_default()
            self.action_help()

    @property
    def recent(self) -> list[str]:
        """What was chosen in the palette, the newest first."""
        if self._recent is None:
            self._recent = list(self.startup.recent)
        return self._recent

    @property
    def moment(self) -> datetime:
        """What ages are counted from."""
        return self.board.now

    def jobs(self) -> Iterable[Job]:
        """Every job that is loaded, for the palette."""
        return self.board.store.jobs.values()

    def job(self, key: JobKey) -> Job | None:
        """One of them."""
        return self.board.job(key)

    def views(self) -> Sequence[str]:
        """Names of the saved views, in the order of their digits."""
        return [view.name for view in self.dashboard.book.views]

    def settings(self) -> Sequence[Setting]:
        """What can be changed for this session."""
        from tui.ui.settings import settings_of

        return settings_of(self)

    async def newest_runs(self, job: JobKey) -> Sequence[Run]:
        """The job's newest runs that are remembered; the newest of all may not have ended yet."""
        from tui.core.models import Run

        runs = await self.engine.history.runs(job, _NEWEST_RUNS) if self.engine is not None else []
        known = self.job(job)
        if known is not None and known.run_key is not None and known.run_key not in {r.key for r in runs}:
            newest = Run(known.run_key, known.state, started_at=known.started_at, ended_at=known.ended_at)
            return [newest, *runs]
        return runs

    async def runs_by_id(self, beginning: str) -> Sequence[Run]:
        """The remembered runs whose id begins like that."""
        return await self.engine.history.runs_by_id(beginning, _FOUND_RUNS) if self.engine is not None else ()

    def go_to(self, key: JobKey) -> None:
        """Put the cursor on a job, back on the dashboard."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.dashboard.go_to(key)

    def use_view(self, number: int) -> None:
        """Show a saved view; 0 shows everything."""
        self.dashboard.action_view(number)

    @property
    def has_mouse(self) -> bool:
        """Whether the program takes the mouse from the terminal."""
        return self._has_mouse

    @property
    def is_absolute_time(self) -> bool:
        """Whether the table shows times of day instead of ages."""
        return self.dashboard.table.is_absolute

    @property
    def is_dry_run(self) -> bool:
        """Whether everything is done but sending."""
        return self.startup.is_dry_run or (self.engine is not None and self.engine.is_dry_run)

    def use_setting(self, setting: Setting, value: str) -> None:
        """Change a setting for this session, and tell how to make it permanent."""
        file = self.startup.config_file or "your config file"
        if setting.reason:
            told = f"{setting.reason}: change {setting.key} under [{setting.table}] in {file}"
            self.notify(told, title=setting.key, severity="warning", markup=False)
            return
        if setting.use is not None:
            setting.use(value)
        if value:
            told = (
                f"for this session; to keep it, write {setting.line(value)} under [{setting.table}] in {file}"
            )
            self.notify(told, title=f"{setting.key} = {value}", timeout=_SETTING_S, markup=False)

    def change(self, **changes: Any) -> None:
        """Go on with other choices than those that the program started with."""
        self.startup = self.startup._replace(**changes)

    def use_keymap(self, preset: str) -> None:
        """Use another set of keys; what the user gave keys to keeps them."""
        keymap, problems = resolve_keymap(preset, self.startup.keymap)
        self.change(keymap_preset=preset)
        self._keymap_in_effect = keymap
        self.set_keymap(keymap)
        for problem in problems:
            self.notify(str(problem), title="keymap", severity="warning", markup=False)

    def use_slow_link(self, choice: str) -> None:
        """Decide how the line to the terminal is treated."""
        self.pace.choice = slow_link_of(choice)
        self.use_pace()

    def use_absolute_time(self, *, is_wanted: bool) -> None:
        """Show times of day, or ages."""
        self.dashboard.table.is_absolute = is_wanted

    def action_mouse(self) -> None:
        """Take the mouse from the terminal, or give it back."""
        raise NotImplementedError

    def action_help(self) -> None:
        """Show the keys that work here."""
        from tui.ui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.screen, self._keymap_in_effect))

    def action_palette(self) -> None:
        """Find anything by name."""
        from tui.ui.screens.command_palette import Palette

        self.push_screen(Palette(self, self.screen))

    def action_settings(self) -> None:
        """Find a setting, its value and its other values."""
        from tui.ui.screens.command_palette import Palette

        self.push_screen(Palette(self, self.screen, text="setting: "))

    def action_first_steps(self) -> None:
        """Explain the screen."""
        from tui.ui.screens.first_steps import FirstSteps

        self.push_screen(FirstSteps(self.startup, self._keymap_in_effect, self._remember_first_steps))

    def _remember_first_steps(self) -> None:
        """Never explain by itself again, whatever happens to the program from now on."""
        folder, self.startup = self.startup.first_steps, self.startup._replace(first_steps=None)
        if folder is not None:
            try:
                if not (folder / FILE_NAME).exists():
                    save_ui_state(UiState(), folder)
            except (ConfigError, OSError) as error:
                _LOGGER.warning("that the first steps were shown was not kept: %s", error)
