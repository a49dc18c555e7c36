"""The Textual app: opens the first screen at once from what is remembered, and everything else after it."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tui.config.statefile import save_ui_state
from tui.core.errors import ConfigError, NightdeckError
from tui.ui.bindings import Scope, bindings_for
from tui.ui.board import Board
from tui.ui.collector import settle, settle_grown, take_up
from tui.ui.glyphs import ASCII, UNICODE
from tui.ui.guided_app import GuidedApp
from tui.ui.keymap import resolve_keymap
from tui.ui.messages import SessionFailed, SessionOpened
from tui.ui.moments import display_zone
from tui.ui.picturing_app import PicturingApp
from tui.ui.screens.dashboard import Dashboard
from tui.ui.theme import is_colourless
from tui.ui.watches import Watches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from textual.binding import BindingType
    from textual.filter import LineFilter
    from textual.screen import Screen

    from tui.core.clock import Clock
    from tui.core.keys import RunKey
    from tui.core.known_secrets import KnownSecrets
    from tui.core.redaction import Redactor
    from tui.engine.engine import Engine
    from tui.engine.store import Store
    from tui.ui.secret_filter import SecretFilter
    from tui.ui.startup import Session, Startup
    from tui.ui.troubles import Troubles

_LOGGER = logging.getLogger("nightdeck.ui")
_INTERRUPT_WITHIN_S = 2.0
_LOOK_EVERY_S = 1.0
"""Seconds between two looks whether something has gone wrong behind the screen."""


class NightdeckApp(PicturingApp, GuidedApp, inherit_bindings=False):
    """One terminal for every job."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_for(Scope.EVERYWHERE)]
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = "styles/app.tcss"
    TITLE = "nightdeck"

    def __init__(
        self, startup: Startup, store: Store, clock: Clock, open_session: Callable[[], Session]
    ) -> None:
        """Prepare the first screen.

        Args:
            startup: What shapes it.
            store: The jobs, filled from the last session.
            clock: Where the time comes from.
            open_session: Reads the config and builds the engine; slow, run in a thread after the first paint.
        """
        super().__init__(ansi_color=is_colourless(os.environ) or None)
        self.startup = startup
        self.zone = display_zone(startup.timezone)
        self.glyphs = ASCII if startup.is_ascii else UNICODE
        self.pace.choice = startup.slow_link
        self.board = Board(store, clock)
        with suppress(ConfigError):
            self.board.set_sort(startup.sort)
        self.watches = Watches(store)
        self.board.watched = self.watches
        self.engine: Engine | None = None
        self._secret_filter: SecretFilter | None = None
        self._painted_without: KnownSecrets | None = None
        self.notes: list[str] = []
        """What the user should know of the config, told once the screen stands."""
        self._open_session = open_session
        self._troubles: Troubles | None = None
        self._interrupted_at = float("-inf")
        self._settled = 0
        self._has_mouse = startup.has_mouse
        self._keymap_in_effect: Mapping[str, str] = {}
        self.notes += self.use_first_theme()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line goes through before it is painted."""
        filters = super().get_line_filters()
        known = self._redactor.unmistakable if self._redactor is not None else None
        if not known:
            return filters
        if self._secret_filter is None or self._secret_filter.known is not known:
            from tui.ui.secret_filter import SecretFilter

            self._secret_filter = SecretFilter(known)
        return (self._secret_filter, *filters)

    def get_default_screen(self) -> Screen[None]:
        """The dashboard."""
        return Dashboard(self.board, self.startup)

    def on_mount(self) -> None:
        """Paint first, then read the config."""
        keymap, problems = resolve_keymap(self.startup.keymap_preset, self.startup.keymap)
        self._keymap_in_effect = keymap
        self.set_keymap(keymap)
        self.notes += [str(problem) for problem in problems]

    def begin(self) -> None:
        """Read the config, now that something is on the screen."""
        super().begin()
        take_up()
        self.run_worker(self._open(), group="session", exclusive=True)

    async def on_unmount(self) -> None:
        """Close the connections in order."""
        if self.engine is not None:
            await self.engine.aclose()

    def on_session_opened(self, event: SessionOpened) -> None:
        """Hand the engine to the screens, and tell what is wrong in the config."""
        self.engine = event.engine
        self.notes += event.problems
        for note in self.notes:
            self.notify(note, title="config", severity="warning", timeout=15, markup=False)
        self.dashboard.attach(event.engine)
        self.go_on()
        from tui.engine.autostart import start_on_open

        self.run_worker(start_on_open(event.engine), group="autostart")
        self._tell_troubles()
        self.set_interval(_LOOK_EVERY_S, self._look_behind)
        settle()
        self._settled = len(self.board.store.jobs)
        from tui.ui.readying import AFTER_S, load_one_by_one

        self.set_timer(AFTER_S, partial(self._load_further, load_one_by_one()))

    def on_session_failed(self, event: SessionFailed) -> None:
        """Say what is wrong; what is remembered stays on the screen."""
        self.dashboard.table.say(("the config can't be used", str(event.error)))
        self.notify(str(event.error), title="config", severity="error", timeout=60, markup=False)

    def on_app_focus(self) -> None:
        """Poll at the usual pace while somebody looks."""
        self.pace.is_watched = True
        if self.engine is not None:
            self.engine.set_focused(True)

    def on_app_blur(self) -> None:
        """Poll slowly while nobody looks."""
        self.pace.is_watched = False
        if self.engine is not None:
            self.engine.set_focused(False)

    @property
    def dashboard(self) -> Dashboard:
        """The first screen, whichever lies above it."""
        screen = self.screen_stack[0]
        if not isinstance(screen, Dashboard):
            raise TypeError("the first screen is always the dashboard")
        return screen

    def open_log(self, run: RunKey) -> None:
        """Show a run's log on the whole screen."""
        from tui.ui.screens.log_screen import LogScreen

        self.push_screen(LogScreen(self.board, run))

    def open_merged_logs(self, runs: Sequence[RunKey]) -> None:
        """Show the logs of several runs as one, merged by time."""
        from tui.ui.screens.merged_log_screen import MergedLogScreen

        self.push_screen(MergedLogScreen(self.board, runs))

    def action_pause(self) -> None:
        """Stop asking the systems, or go on."""
        if self.engine is not None:
            self.engine.set_paused(not self.engine.is_paused)
            self.dashboard.update_status()

    def action_mouse(self) -> None:
        """Take the mouse from the terminal, or give it back."""
        from tui.ui.mouse import use_mouse

        self._has_mouse = not self._has_mouse
        use_mouse(self._driver, is_wanted=self._has_mouse)
        told = "clicks and the wheel work here" if self._has_mouse else "the terminal selects text again"
        self.notify(f"mouse {'on' if self._has_mouse else 'off'}: {told}", markup=False)

    def action_redraw(self) -> None:
        """Paint the whole screen again."""
        self.paint_anew()

    def action_suspend(self) -> None:
        """Back to the shell; `fg` returns."""
        self.action_suspend_process()

    def action_interrupt(self) -> None:
        """Quit when it is pressed twice."""
        now = self.board.clock.monotonic()
        if now - self._interrupted_at < _INTERRUPT_WITHIN_S:
            self.leave(0)
        self._interrupted_at = now
        told = f"press ctrl-c again to quit; jobs go on running{self.dashboard.unsent_told}"
        self.notify(told, timeout=_INTERRUPT_WITHIN_S, markup=False)

    def save_state(self) -> None:
        """Keep view, filter, order and cursor; what can't be written costs nothing else."""
        if self.startup.state_dir is not None:
            try:
                save_ui_state(self.dashboard.ui_state(), self.startup.state_dir)
                self.keep_place()
            except (OSError, NightdeckError) as error:
                _LOGGER.warning("the state of the screen was not saved: %s", error)

    def mask(self, text: str) -> str:
        """The text without the secrets that are known."""
        from tui.core.redaction import Redactor

        return (self._redactor or Redactor()).mask(text)

    def knows_secret_in(self, text: str) -> bool:
        """Whether a known secret is in the text."""
        return self._redactor is not None and self._redactor.knows(text)

    @property
    def _redactor(self) -> Redactor | None:
        """Knows the secrets, from the moment on in which the config is read, before an engine is there."""
        return self.board.store.redactor

    def _look_behind(self) -> None:
        self._settled = settle_grown(len(self.board.store.jobs), self._settled)
        self._tell_troubles()
        self._hide_secrets()
        self.tell_due()
        self.show_title()
        self.look_at_themes()

    def _hide_secrets(self) -> None:
        """Paint anew what may hold a secret that has become known."""
        known = self._redactor.unmistakable if self._redactor is not None else None
        if known and known is not self._painted_without:
            self._painted_without = known
            for widget in self.screen.walk_children():
                widget.notify_style_update()
            self.screen.refresh(layout=True)

    def _load_further(self, modules: Iterator[str]) -> None:
        from tui.ui.readying import EVERY_S

        if next(modules, None) is not None:
            self.set_timer(EVERY_S, partial(self._load_further, modules))

    def _tell_troubles(self) -> None:
        if self.engine is None:
            return
        if self._troubles is None:
            from tui.ui.troubles import Troubles

            self._troubles = Troubles()
        for trouble in self._troubles.news(self.engine, self.notes):
            self.notify(trouble.text, title=trouble.source, severity="warning", timeout=15, markup=False)

    async def _open(self) -> None:
        try:
            try:
                session = await asyncio.to_thread(self._open_session)
            except SystemError:  # of Python 3.11, when two threads compile at the same time; see the registry
                session = await asyncio.to_thread(self._open_session)
            await session.engine.start()
        except NightdeckError as error:
            self.post_message(SessionFailed(error))
        else:
            self.post_message(SessionOpened(session.engine, session.problem_lines))
