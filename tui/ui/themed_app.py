"""The app's colours: the theme to begin with, another one, and one that changes under our hands."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tui.core.errors import ConfigError
from tui.ui.telling import TellingApp
from tui.ui.theme import COLOURLESS_THEME, DEFAULT_THEME, is_colourless, load_theme, theme_names
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.theme import Theme

    from tui.ui.theme_folder import ThemeFolder


class ThemedApp(TellingApp):
    """An app in one of our themes."""

    _is_themed = False
    _theme_folder: ThemeFolder | None = None
    kept_theme = ""
    """The theme that the user chose instead of the config's; empty when there is none."""

    def get_css_variables(self) -> dict[str, str]:
        """What style sheets may use; nothing before there is a theme, since Textual's own is never seen."""
        return super().get_css_variables() if self._is_themed else {}

    def use_first_theme(self) -> Sequence[str]:
        """Paint in what was chosen, else in the default; returns what is wrong with the choice."""
        self.kept_theme = self.startup.kept_theme
        wanted = COLOURLESS_THEME if is_colourless(os.environ) else self.kept_theme or self.startup.theme
        notes = []
        try:
            theme = load_theme(wanted, self.startup.themes_dirs)
        except ConfigError as error:
            notes.append(str(error))
            theme = load_theme(DEFAULT_THEME, self.startup.themes_dirs)
        self._is_themed = True
        self.start_in(theme)
        return notes

    def themes(self) -> Sequence[str]:
        """Names of the themes that can be used."""
        return theme_names(self.startup.themes_dirs)

    def use_theme(self, name: str) -> None:
        """Paint in another theme and keep it; a file that can't be used is told."""
        try:
            theme = load_theme(name, self.startup.themes_dirs)
        except ConfigError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.wear(theme)
        self.kept_theme = "" if name == self.startup.theme else name

    def wear(self, theme: Theme) -> None:
        """Paint in a theme at once, also in another version of the one that is worn."""
        is_worn = theme.name == self.theme
        self.register_theme(theme)
        self.theme = theme.name
        if is_worn:
            self._watch_theme(theme.name)

    def look_at_themes(self) -> None:
        """Take over what the user changed in the theme that is worn, and tell what is wrong with a file."""
        if self._theme_folder is None:
            from tui.ui.theme_folder import ThemeFolder

            self._theme_folder = ThemeFolder(self.startup.themes_dirs[1:])
        for name in self._theme_folder.changed():
            try:
                theme = load_theme(name, self.startup.themes_dirs)
            except ConfigError as error:
                self.notify(str(error), title="theme", severity="warning", timeout=15, markup=False)
                continue
            if name == self.theme:
                self.wear(theme)

    def action_themes(self) -> None:
        """Try the themes on, and keep one."""
        self.run_worker(later(self._choose_theme), group="themes", exclusive=True)

    async def _choose_theme(self) -> None:
        from tui.ui.screens.themes import ThemeChooser
        from tui.ui.wardrobe import hang_up

        worn = self.current_theme
        chooser = ThemeChooser(hang_up(self.startup.themes_dirs), worn.name)
        name = await self.push_screen_wait(chooser)
        if name is None:
            self.wear(worn)
            return
        self.use_theme(name)
        self.save_state()
        self.notify(f"{name} is kept for the next time", markup=False)
