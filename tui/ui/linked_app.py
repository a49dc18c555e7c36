"""The app on a line that may be slow: it measures, tells, and lets what is typed overtake everything else."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from textual import constants
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.reactive import reactive

from tui.ui.driver import TerminalDriver
from tui.ui.glyphs import UNICODE
from tui.ui.link import WIDEST_WINDOW, Link
from tui.ui.pace import SLOW_ESCAPE_S, Pace
from tui.ui.painting import NarrowPaint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import RenderableType
    from textual.screen import Screen

    from tui.ui.glyphs import GlyphSet
    from tui.ui.painting import Span

_LOOK_EVERY_S = 1.0
_SPAN_BYTES = 30
"""What a span costs besides its characters: the way there, and colours."""
_MULTIPLEXERS = {"TMUX": "tmux", "STY": "screen"}


class LinkedApp(NarrowPaint[None]):
    """Paints what a key has changed first; the rest of an update follows when the line has room for it."""

    glyphs: GlyphSet = UNICODE
    """The set of signs."""
    link_told: reactive[str] = reactive("", repaint=False)
    """How the line is, in a few words; empty while nothing is known."""

    def __init__(self, *, ansi_color: bool | None = None) -> None:
        """Prepare it.

        Args:
            ansi_color: Whether to paint in the terminal's own colours; None leaves it to the theme.
        """
        super().__init__(ansi_color=ansi_color)
        self.pace = Pace(Link())
        """What may be painted when."""
        self.now: Callable[[], float] = time.monotonic
        """Seconds on the clock of the driver's threads, which measure the line."""
        self._later: dict[Region, None] = {}
        self._was_slow = False

    def on_mount(self) -> None:
        """Ask for the first time, and look after the line from now on."""
        self.set_interval(_LOOK_EVERY_S, self.look_at_link)
        self.call_after_refresh(self._begin_to_ask)

    def look_at_link(self) -> None:
        """Judge the line anew, and ask when it is time to."""
        now = self.now()
        self.pace.link.judge(now)
        self.use_pace()
        self._ask_when_due()
        self._paint_later()

    def use_pace(self) -> None:
        """Take over whether the line is slow."""
        is_slow = self.pace.is_slow
        if is_slow != self._was_slow:
            self._was_slow = is_slow
            if isinstance(self._driver, TerminalDriver):
                self._driver.set_escape_delay(
                    max(SLOW_ESCAPE_S, constants.ESCAPE_DELAY) if is_slow else constants.ESCAPE_DELAY
                )
        self.link_told = self.pace.told(self.now(), through=_multiplexer(), glyphs=self.glyphs)

    def action_slow_link(self) -> None:
        """Treat the line as it is measured, always as slow, or never."""
        choice = self.pace.turn()
        self.use_pace()
        told = {"auto": "decided by what is measured", "on": "always", "off": "never"}[choice]
        self.notify(f"slow link: {told}", timeout=3, markup=False)

    def _begin_to_ask(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self.pace.link = self._driver.link
            self._driver.on_answer = self._on_answer
            self._driver.ask()

    def _on_answer(self) -> None:
        self.call_later(self.look_at_link)

    def _ask_when_due(self) -> None:
        driver = self._driver
        if isinstance(driver, TerminalDriver) and driver.link.wants_question(
            self.now(), is_paced=self.pace.is_slow
        ):
            driver.ask()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if not isinstance(renderable, ChopsUpdate | LayoutUpdate):
            super()._display(screen, renderable)
            return
        now = self.now()
        room = self.pace.room(now)
        update = self.narrowed(screen, renderable)
        if isinstance(renderable, LayoutUpdate):
            self._later.clear()
        if room == 0:
            super()._display(screen, None)
            self._put_off(update.spans)
            return
        update.most = room
        super()._display(screen, update)
        self.pace.painted(now)
        if update.left:
            self._put_off(update.left)
        self._ask_when_due()

    def _put_off(self, spans: Iterable[Span]) -> None:
        """Paint these later, but before what was put off earlier: what changed last is waited for."""
        fresh = {Region(first, y, end - first, 1): None for y, first, end in spans}
        earlier = {
            region: None for region in self._later if not any(one.contains_region(region) for one in fresh)
        }
        self._later = fresh | earlier

    def _paint_later(self) -> None:
        """Paint of what was put off as much as there is room for."""
        if not self._later:
            return
        screen = self.screen
        if screen._dirty_widgets:  # noqa: SLF001 - what changed last comes first, and Textual would forget it
            screen.call_after_refresh(self._paint_later)
            return
        wanted = self.pace.room(self.now())
        room = WIDEST_WINDOW if wanted is None else wanted
        regions: list[Region] = []
        while self._later and room > 0:
            region = next(iter(self._later))
            del self._later[region]
            regions.append(region)
            room -= region.width + _SPAN_BYTES
        if regions:
            screen._compositor._dirty_regions.update(regions)  # noqa: SLF001 - Textual can't be asked for cells
            screen._compositor_refresh()  # noqa: SLF001 - as above


def _multiplexer() -> str:
    return next((name for variable, name in _MULTIPLEXERS.items() if os.environ.get(variable)), "")
