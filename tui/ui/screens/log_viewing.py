"""The keys that change how a log is shown: wraps, times, folds, numbers, bookmarks, selection, the tail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.screens.log_base import LogBase
from tui.ui.widgets.log_look import TimeMode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.ui.screens.log_base import Fact
    from tui.ui.widgets.log_look import LogLook

_MODES = tuple(TimeMode)


class LogViewing(LogBase):
    """Answers these keys."""

    def action_follow(self) -> None:
        """Stay at the tail, or stay here."""
        if self.view.is_following:
            self.view.is_following = False
        else:
            self.view.follow()
        self.update_title()

    def action_wide(self) -> None:
        """Wrap long lines, or don't."""

        def turn(look: LogLook) -> None:
            look.is_wrapped, look.side = not look.is_wrapped, 0
            look.turned.clear()

        self._change(turn)

    def action_toggle_time(self) -> None:
        """Times as they are written, since the start of the log, or none."""

        def turn(look: LogLook) -> None:
            look.times = _MODES[(_MODES.index(look.times) + 1) % len(_MODES)]

        self._change(turn)

    def action_line_numbers(self) -> None:
        """Show line numbers, or don't."""

        def turn(look: LogLook) -> None:
            look.has_numbers = not look.has_numbers

        self._change(turn)

    def action_spread_json(self) -> None:
        """Show lines of JSON over several rows, or in one."""

        def turn(look: LogLook) -> None:
            look.is_spread = not look.is_spread
            look.turned.clear()

        self._change(turn)

    def action_open(self) -> None:
        """Unfold the stack trace under the cursor, else spread or wrap this line, or undo that."""
        if not self.view.fold(is_all=False):
            self._change(lambda look: look.turned.symmetric_difference_update({self.view.cursor}))

    def action_fold(self) -> None:
        """Fold the stack trace under the cursor, or unfold it."""
        if not self.view.fold(is_all=False):
            self.notify("no stack trace here", markup=False)

    def action_fold_all(self) -> None:
        """Fold all stack traces, or unfold them."""
        self.view.fold(is_all=True)
        self.update_title()

    def action_watch(self) -> None:
        """Set a bookmark on this line, or take it away."""
        self._change(lambda look: look.bookmarks.symmetric_difference_update({self.view.cursor}))

    def action_watched(self) -> None:
        """Go to the next bookmark, around the end."""
        look = self.view.look
        marks = sorted(look.bookmarks) if look is not None else []
        if not marks:
            self.notify("no bookmark yet; m sets one", markup=False)
            return
        following = [mark for mark in marks if mark > self.view.cursor]
        self.view.is_following = False
        self.view.go_to((following or marks)[0], is_centred=True)

    def action_mark_range(self) -> None:
        """Begin to select lines here, or let go of them."""
        self.view.select()
        self.update_title()

    def back_from_view(self) -> bool:
        """Let go of the selection. Tells whether there was one."""
        if self.view.selection is None:
            return False
        self.view.select(is_begun=False)
        self.update_title()
        return True

    def view_remarks(self) -> Iterator[Fact]:
        """What is unusual about how the log is shown."""
        look = self.view.look
        if look is None:
            return
        if look.selection is not None:
            yield f"{self._selected():,} lines selected", "$accent"
        if look.times is not TimeMode.WRITTEN:
            yield f"times {look.times}", ""
        for is_so, told in (
            (look.is_wrapped, "wrapped"),
            (look.is_spread, "JSON spread"),
            (self.view.is_folded, "traces folded"),
        ):
            if is_so:
                yield told, ""
        if look.side and not look.is_wrapped:
            yield f"{look.side} columns to the right", ""

    def _selected(self) -> int:
        document, selection = self.document, self.view.selection
        if document is None or selection is None:
            return 0
        first, last = (document.number(line) for line in selection)
        return last - first + 1 if first is not None and last is not None else 1

    def _change(self, turn: Callable[[LogLook], object]) -> None:
        look = self.view.look
        if look is not None:
            turn(look)
            self.view.look_changed()
            self.update_title()
