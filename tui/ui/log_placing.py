"""Where a log is opened: on the error that counts, where the reader was, or at its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.config.placefile import Reading
    from tui.engine.opened_log import OpenedLog
    from tui.logs.document import LogDocument
    from tui.logs.rule_set import RuleSet
    from tui.ui.widgets.log_view import LogView

_NEAR = 2_000
"""Lines that are looked through for any error where no rule finds one."""


class LogPlacing:
    """Puts the cursor where it matters, once, unless the reader has moved it herself meanwhile."""

    def __init__(
        self, *, reading: Reading | None = None, seeks_error: bool = False, takes_warnings: bool = False
    ) -> None:
        """Know what is wanted.

        Args:
            reading: Where the reader was; None when she wasn't.
            seeks_error: Whether the log is opened on its error.
            takes_warnings: Whether a warning counts where there is no error.
        """
        self.root: int | None = None
        """The line with the error that counts, as far as the log has been looked through."""
        self._reading = reading
        self._seeks_error = seeks_error and reading is None
        self._takes_warnings = takes_warnings
        self._placed_at: int | None = None
        self._looked_at: tuple[int, int] | None = None
        self._is_over = False

    @property
    def is_wanted(self) -> bool:
        """Whether the cursor may still have to go elsewhere than to the tail."""
        is_elsewhere = self._seeks_error or (self._reading is not None and not self._reading.is_following)
        return is_elsewhere and not self._is_over

    def begin(self, view: LogView) -> None:
        """Show the end of the log until more is known: what ended a run stands there.

        Args:
            view: What shows the log.
        """
        if self._seeks_error:
            view.go_to_last()
            self._placed_at = view.cursor

    async def place(self, view: LogView, log: OpenedLog, rules: RuleSet | None) -> None:
        """Go there, as far as the log is there.

        Args:
            view: What shows the log.
            log: The log.
            rules: What errors look like.
        """
        if self._reading is not None:
            self._place_again(view, log.document, self._reading.line, is_last=log.is_complete)
            return
        is_last = log.is_complete
        await self._look(log.document, rules)
        if self._has_moved(view):
            self._is_over = True
        elif self.root is not None:
            self._go(view, self.root)
        elif is_last:
            start = _any_error(log.document)
            if start is not None:
                self._go(view, start)
            else:
                view.follow()
        self._is_over = self._is_over or is_last

    async def _look(self, document: LogDocument, rules: RuleSet | None) -> None:
        from tui.logs.root_error import find_root_error

        looked_at = (document.generation, document.size)
        if looked_at == self._looked_at:
            return
        self._looked_at = looked_at
        self.root = await asyncio.to_thread(
            find_root_error, document.file, rules, takes_warnings=self._takes_warnings
        )

    def _place_again(self, view: LogView, document: LogDocument, start: int, *, is_last: bool) -> None:
        """Go to the line of the last time, as soon as it has been read."""
        if self._has_moved(view):
            self._is_over = True
        elif document.size > start or is_last:
            self._go(view, document.start_of(start))
            self._is_over = True

    def _go(self, view: LogView, start: int) -> None:
        if self._placed_at != start:
            view.is_following = False
            view.go_to(start, is_centred=True)
            self._placed_at = view.cursor

    def _has_moved(self, view: LogView) -> bool:
        """Whether the reader has gone elsewhere since the log was opened, or since it was placed."""
        return view.is_following or view.cursor != (self._placed_at or 0)


def _any_error(document: LogDocument) -> int | None:
    """The first line that looks like an error among the last ones."""
    from tui.logs.levels import ERROR_LINE

    found, line, left = None, document.last, _NEAR
    while line is not None and left > 0:
        if ERROR_LINE.search(document.plain(line)):
            found = line
        line, left = document.before(line), left - 1
    return found
