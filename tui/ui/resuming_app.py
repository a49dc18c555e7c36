"""Going on after a dropped line: where the user was is kept, and offered by the next start."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from tui.config.paths import is_there
from tui.ui.keymap import keys_of, shown_key
from tui.ui.themed_app import ThemedApp
from tui.ui.watches import Watch

if TYPE_CHECKING:
    from tui.config.placefile import Place
    from tui.core.keys import RunKey

DROPPED = frozenset({128 + signal.SIGHUP, 128 + signal.SIGTERM})
"""Exit codes of a program that was ended from outside."""

_PLACE_FILE = "place.toml"


class ResumingApp(ThemedApp):
    """An app that a dropped line only interrupts."""

    _place: Place | None = None
    """Where the user was when the line dropped; None once it is known whether to go on there."""
    _awaited: Place | None = None
    """What has to wait until the systems can be asked."""

    def open_log(self, run: RunKey) -> None:
        """Show a run's log."""
        raise NotImplementedError

    def begin(self) -> None:
        """Offer to go on where the user was, if the line dropped."""
        super().begin()
        folder = self.startup.state_dir
        if folder is None or not is_there(folder / _PLACE_FILE):
            return
        from tui.config.placefile import load_place

        place = load_place(folder)
        if place is None:
            return
        self._place = place
        self.watches.take_up(Watch(w.job, w.run, w.is_next, w.has_begun) for w in place.watches)
        self.dashboard.offer_place(place)

    def go_on(self) -> None:
        """Do what had to wait for the systems: tell what ended meanwhile, and open the log again."""
        self.tell_ends()
        if self._awaited is not None and self._awaited.reading is not None:
            self.open_reading(self._awaited)
        self._awaited = None

    def resume(self) -> None:
        """Go on where the user was."""
        place = self._place
        if place is None:
            return
        self.forget_place()
        self.dashboard.restore(place)
        if self.engine is None:
            self._awaited = place
        elif place.reading is not None:
            self.open_reading(place)

    def has_key(self, binding: str, key: str) -> bool:
        """Whether a key is one of those in effect for a binding."""
        return key in keys_of(binding, self._keymap)

    def shown_key_of(self, binding: str) -> str:
        """The first key in effect for a binding, as the screen tells it."""
        return shown_key(keys_of(binding, self._keymap)[0])

    def forget_place(self) -> None:
        """Begin afresh: the offer is not made again."""
        self._place = None
        if self.startup.state_dir is not None:
            from tui.config.placefile import forget_place

            forget_place(self.startup.state_dir)

    def open_reading(self, place: Place) -> None:
        """Open the log that was open, at the line that was under the cursor."""
        from tui.ui.screens.log_screen import LogScreen

        if place.reading is not None:
            self.push_screen(LogScreen(self.board, place.reading.run, place.reading))

    def keep_place(self) -> None:
        """Keep the place when the line dropped; forget it when the user left herself. Raises ConfigError."""
        folder = self.startup.state_dir
        if folder is None:
            return
        if self._leaves_with not in DROPPED:
            if is_there(folder / _PLACE_FILE):
                self.forget_place()
            return
        from tui.config.placefile import KeptWatch, save_place

        watches = [KeptWatch(w.job, w.run, w.is_next, w.has_begun) for w in self.watches.kept]
        # An offer that was never answered is made again.
        place = self._place or self.dashboard.place_now()
        save_place(place._replace(watches=watches), folder)
