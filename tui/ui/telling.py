"""Telling what happened while nobody looked: toasts, the bell, notifications, the terminal's title."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError
from tui.core.state import State
from tui.ui.multiplexer import ask_multiplexer
from tui.ui.takeaway import TakeawayApp
from tui.ui.terminal import (
    give_back_title_sequence,
    keep_title_sequence,
    notification_sequences,
    title_sequence,
)
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.engine import Engine
    from tui.engine.telling import Targets
    from tui.ui.board import Board
    from tui.ui.ends import Ends, Notice
    from tui.ui.glyphs import GlyphSet
    from tui.ui.screens.dashboard import Dashboard
    from tui.ui.watches import Ended, Watches

_TITLED = (State.FAILED, State.RUNNING)
"""The states that the terminal's title counts."""
_ENDED_S = 15.0
"""Seconds that the toast about an ended run stays: she may be looking at another window."""


class TellingApp(TakeawayApp):
    """An app that tells the ends of watched runs, inside and outside the terminal."""

    board: Board
    glyphs: GlyphSet
    engine: Engine | None
    watches: Watches
    _ends: Ends | None = None
    _told_title = ""
    _is_title_off = False
    _is_warned = False

    @property
    def dashboard(self) -> Dashboard:
        """The first screen."""
        raise NotImplementedError

    def begin(self) -> None:
        """Ask tmux what it passes on."""
        super().begin()
        self.app_suspend_signal.subscribe(self, lambda _: self.give_back_title())
        if self.multiplexer.name == "tmux" and not self.is_headless:
            self.run_worker(later(self._ask_multiplexer), group="multiplexer")

    async def on_unmount(self) -> None:
        """Leave the terminal's title as it was found."""
        self.give_back_title()
        self._is_title_off = True

    def watch_job(self, job: Job) -> None:
        """Tell when the job's run ends, or its next one; or stop doing so."""
        watch = self.watches.toggle(job)
        self.dashboard.update_status()
        self.dashboard.table.rows_changed([job.key])
        if watch is None:
            self.notify(f"{job.name}: no longer watched", markup=False)
            return
        what = "its next run ends" if watch.is_next and not watch.has_begun else "it ends"
        told = f"{job.name}: you will be told when {what}"
        if self.startup.has_notifications and self.multiplexer.keeps_notices and not self._is_warned:
            self._is_warned = True
            told += f"\n{self.multiplexer.name} keeps desktop notifications; to change it: "
            told += self.multiplexer.keeps_notices
        self.notify(told, markup=False)

    def tell_ends(self, removed: Collection[JobKey] = ()) -> None:
        """Tell of watched runs that have ended by what is known now.

        Args:
            removed: Jobs that are gone from their systems.
        """
        if not self.watches:
            return
        for key in self.watches.take_gone(removed):
            self.notify(f"{key} is gone, so it is no longer watched", severity="warning", markup=False)
        ended = self.watches.take_ended()
        if any(one.outcome is None for one in ended):
            self.run_worker(later(self._look_up, ended), group="ends")
        elif ended:
            self._add_ends(ended)

    def tell_due(self) -> None:
        """Tell what was held back, so that many ends at once are told in one."""
        if self._ends is None:
            return
        notice = self._ends.take_due(self.board.clock.monotonic())
        if notice is not None:
            self.tell(notice)

    def tell(self, notice: Notice) -> None:
        """Tell it by all means that are switched on."""
        severity = "error" if notice.is_bad else "information"
        self.notify(notice.text, title=notice.title, severity=severity, timeout=_ENDED_S, markup=False)  # type: ignore[arg-type]
        if self.startup.has_bell:
            self.bell()
        if self.startup.has_notifications:
            self.send_to_terminal(notification_sequences("nightdeck", notice.line))
        if self.engine is not None and self.engine.targets is not None:
            self.run_worker(later(self._tell_targets, self.engine.targets, notice), group="targets")

    def show_title(self) -> None:
        """Tell in the terminal's title how many jobs fail and run; sent only when it differs."""
        if not self.startup.has_title or self._is_title_off:
            return
        counts = ((self.glyphs.states[state], self.board.counts.get(state, 0)) for state in _TITLED)
        parts = [f"{count}{sign}" for sign, count in counts if count]
        title = " ".join((*parts, "nightdeck", self.startup.title)).rstrip()
        if title != self._told_title:
            # tmux and screen have titles of their own, and hand them on where the user wants that.
            remember = "" if self._told_title else keep_title_sequence()
            self._told_title = title
            self.send_raw(remember + title_sequence(title))

    def give_back_title(self) -> None:
        """Show the title again that was there before us."""
        if self._told_title:
            self._told_title = ""
            self.send_raw(give_back_title_sequence())

    def _add_ends(self, ended: Sequence[Ended]) -> None:
        if self._ends is None:
            from tui.ui.ends import Ends

            self._ends = Ends()
        self._ends.add(ended)
        self.tell_due()

    async def _look_up(self, ended: Sequence[Ended]) -> None:
        """How runs ended whose jobs tell of a newer one already: the job's runs know."""
        self._add_ends([await self._looked_up(one) for one in ended])

    async def _looked_up(self, ended: Ended) -> Ended:
        if ended.outcome is not None:
            return ended
        fallback = ended._replace(outcome=ended.job.last_result if ended.run is None else None)
        if self.engine is None or ended.run is None:
            return fallback
        try:
            runs = await self.engine.runs(ended.run.job)
        except NightdeckError:
            return fallback
        found = next((run for run in runs if run.key.run_id == ended.run.run_id), None)
        if found is None or not found.state.is_final:
            return fallback
        return ended._replace(outcome=found.state, message=found.message)

    async def _tell_targets(self, targets: Targets, notice: Notice) -> None:
        from tui.engine.telling import News

        for reason in await targets.tell(News(f"nightdeck: {notice.title}", notice.text, notice.is_bad)):
            self.notify(reason, title="notifications", severity="warning", timeout=_ENDED_S, markup=False)

    async def _ask_multiplexer(self) -> None:
        self.multiplexer = await asyncio.to_thread(ask_multiplexer)
