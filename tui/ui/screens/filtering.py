"""What helps to write a filter: the values that occur in the jobs, and the filters of earlier times."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError
from tui.ui.screens.table_screen import TableScreen
from tui.ui.widgets.filter_line import FilterLine
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.ui.messages import FilterLeft

_LOGGER = logging.getLogger("nightdeck.ui")
_BLOCK = 1000
"""Jobs whose values are counted before other work gets its turn: about a millisecond."""


class Filtering(TableScreen):
    """Offers values and earlier filters to whoever types one, and keeps what was used."""

    _counted_at = -1
    _past: Sequence[str] | None = None

    def action_find(self) -> None:
        """Type a query."""
        super().action_find()
        self.run_worker(self._offer(), group="values", exclusive=True)

    def on_filter_left(self, event: FilterLeft) -> None:
        """Keep the filter for later; the screen's own handler does the rest."""
        text = self.board.query.text.strip()
        # A filter that holds a secret is not written down, not even without it.
        if event.is_kept and text and self.app.mask(text) == text:
            self.run_worker(later(self._keep, text), group="past filters")

    async def _offer(self) -> None:
        line = self.query_one(FilterLine)
        if self._past is None:
            self._past = await asyncio.to_thread(self._load_past)
        line.recall(self._past)
        revision = self.board.store.revision
        if revision == self._counted_at:
            return
        from tui.engine.query.occurring import Occurring

        occurring = Occurring()
        jobs = list(self.board.store.jobs.values())
        for start in range(0, len(jobs), _BLOCK):
            occurring.add(jobs[start : start + _BLOCK])
            await asyncio.sleep(0)
        self._counted_at = revision
        health = self.board.health
        line.offer(occurring.values({name: each.environment for name, each in health.items()}))

    async def _keep(self, text: str) -> None:
        from tui.config.past_filters import keep_filter
        from tui.config.past_texts import with_newest

        self._past = with_newest(text, self._past or ())
        folder = self.startup.state_dir
        if folder is not None:
            try:
                self._past = await asyncio.to_thread(keep_filter, text, folder)
            except NightdeckError as error:
                _LOGGER.warning("the filter was not kept: %s", error)
        self.query_one(FilterLine).recall(self._past)

    def _load_past(self) -> Sequence[str]:
        from tui.config.past_filters import load_filters

        return load_filters(self.startup.state_dir) if self.startup.state_dir is not None else ()
