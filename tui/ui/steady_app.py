"""The app as a guest of the terminal: it comes back whole, needs room, and fails without a mess."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from textual.drivers.linux_driver import LinuxDriver
from textual.widget import MountError
from textual.worker import WorkerFailed

from tui.ui.driver import TerminalDriver
from tui.ui.glyphs import ASCII
from tui.ui.linked_app import LinkedApp
from tui.ui.room import has_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.geometry import Size
    from textual.screen import Screen

HUNG_UP = 129
"""The exit code when the terminal has gone, whether or not a signal told so."""

_LOOK_EVERY_S = 5.0


class SteadyApp(LinkedApp):
    """An app that lives through what happens to terminals, and tells a fault of its own in one line."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        """Prepare it.

        Args:
            ansi_color: Whether to paint in the terminal's own colours; None leaves it to the theme.
        """
        super().__init__(ansi_color=ansi_color)
        self.is_painted = False
        """Whether everything stands; leaving before that would tear down what is half built."""
        self._leaves_with: int | None = None
        self._is_saved = False
        self._cover: Screen[None] | None = None
        self._plain: LineFilter | None = None
        self._fault: BaseException | None = None
        self._is_fault_told = False

    def get_driver_class(self) -> type[Driver]:
        """Our own driver, unless another one than Textual's usual is wanted."""
        usual = super().get_driver_class()
        return TerminalDriver if usual is LinuxDriver else usual

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line goes through before it is painted."""
        filters = super().get_line_filters()
        if self.glyphs is not ASCII:
            return filters
        if self._plain is None:
            from tui.ui.ascii_filter import AsciiFilter

            self._plain = AsciiFilter()
        return (*filters, self._plain)

    def on_mount(self) -> None:
        """Look after the terminal."""
        self.set_interval(_LOOK_EVERY_S, self._look_for_terminal)
        self.app_resume_signal.subscribe(self, lambda _: self.paint_anew())
        self.call_after_refresh(self._start)

    def paint_anew(self) -> None:
        """Paint every cell, whatever is thought to stand there."""
        self.forget_screen()
        self.refresh(layout=True)

    def on_resize(self, event: events.Resize) -> None:
        """Tell when there is no room, and go on when there is."""
        self.forget_screen()
        if self.is_painted:
            self._use_room(event.size)

    def begin(self) -> None:
        """Do what comes after the first paint."""

    def leave(self, code: int) -> None:
        """Save what the next start shall find, and quit with this exit code, as soon as everything stands."""
        self._leaves_with = code
        if self.is_painted:
            if not self._is_saved:
                self._is_saved = True
                self.save_state()
            self.exit(return_code=code)

    def save_state(self) -> None:
        """Keep what the next start shall find; called once, when the program leaves."""

    def fail(self, error: BaseException) -> None:
        """End, because of a fault that happened outside the event loop."""
        if isinstance(error, Exception):
            self._handle_exception(error)

    def mask(self, text: str) -> str:
        """The text without secrets."""
        return text

    def knows_secret_in(self, text: str) -> bool:
        """Whether a known secret is in the text."""
        del text
        return False

    def _start(self) -> None:
        self.is_painted = True
        if self._leaves_with is None:
            self._use_room(self.size)
            self.begin()
        else:
            self.leave(self._leaves_with)

    def _use_room(self, size: Size) -> None:
        is_covered = self.screen is self._cover
        if has_room(size) != is_covered:
            return
        if is_covered:
            self.pop_screen()
        else:
            from tui.ui.screens.too_small import TooSmall

            self._cover = TooSmall()
            self.push_screen(self._cover)

    def _look_for_terminal(self) -> None:
        if isinstance(self._driver, TerminalDriver) and not self._driver.output.check():
            self.leave(HUNG_UP)

    def _handle_exception(self, error: Exception) -> None:
        if isinstance(error, MountError) and self._leaves_with is not None:
            return  # what was about to appear is not missed
        if self._fault is None:
            self._fault = error.error if isinstance(error, WorkerFailed) else error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """Close without the values of variables, which Textual would paint: they are full of secrets."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()
        if self._fault is not None and not self._is_fault_told and not self.is_headless:
            from tui.ui.crash import crash_line

            self._is_fault_told = True
            sys.stderr.write(f"{crash_line(self._fault, self.mask)}\n")
