"""The program as a viewer of files: one log screen, no systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import ConfigError
from tui.engine.store import Store
from tui.ui.app import NightdeckApp
from tui.ui.collector import settle, take_up

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.screen import Screen

    from tui.core.clock import Clock
    from tui.ui.startup import Session, Startup


class FileApp(NightdeckApp):
    """Shows files as a log, with the keys, themes and settings of the dashboard."""

    def __init__(self, startup: Startup, clock: Clock, paths: Sequence[Path]) -> None:
        """Prepare the screen.

        Args:
            startup: What shapes it.
            clock: Where the time comes from.
            paths: The files: several are merged by time.
        """
        super().__init__(startup, Store(clock), clock, _no_session)
        self._paths = paths

    def get_default_screen(self) -> Screen[None]:
        """The log."""
        from tui.ui.screens.file_log_screen import FileLogScreen

        return FileLogScreen(self.board, self._paths)

    def begin(self) -> None:
        """Nothing is asked of any system, and no config but what the screen needs is read."""
        take_up()
        settle()

    def save_state(self) -> None:
        """The dashboard's state is not this one's to change."""

    def action_interrupt(self) -> None:
        """Quit: nothing is lost."""
        self.leave(0)


def _no_session() -> Session:
    raise ConfigError("a viewed file belongs to no system")
