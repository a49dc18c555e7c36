"""The runs of a job, newest first, each in one line with a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.ui.widgets.line_list import LineList
from tui.ui.widgets.run_lines import BAR_WIDTH, run_line, seconds_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType
    from textual.content import Content

    from tui.core.models import Run
    from tui.ui.widgets.subject import Subject

_BESIDE_THE_BAR = 58
"""Cells that the rest of a line takes."""

_NARROWEST_BAR = 6


class RunList(LineList):
    """Keeps the cursor on its run when newer ones come in above it."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, subject: Subject) -> None:
        """Start without runs.

        Args:
            subject: What the pane is about.
        """
        super().__init__(subject.glyphs)
        self._subject = subject
        self._runs: Sequence[Run] = ()
        self._longest_s = 0.0

    @property
    def runs(self) -> Sequence[Run]:
        """The runs that are listed."""
        return self._runs

    def show_runs(self, runs: Sequence[Run]) -> None:
        """List these runs."""
        at_top = self.line <= 0
        kept = self._runs[self.line].key if 0 <= self.line < len(self._runs) else None
        self._runs = runs
        self._measure()
        places = {run.key: place for place, run in enumerate(runs)}
        self.show_lines(len(runs), 0 if at_top or kept is None else places.get(kept, 0))

    def tick(self) -> None:
        """Time has passed: ages and what goes on are longer."""
        self._measure()
        self.repaint()

    def content_of(self, line: int) -> Content:
        """One run."""
        subject = self._subject
        return run_line(
            self._runs[line],
            subject.now,
            subject.zone,
            self._longest_s,
            glyphs=self.glyphs,
            bar_width=max(_NARROWEST_BAR, min(BAR_WIDTH, self.text_width - _BESIDE_THE_BAR)),
        )

    def _measure(self) -> None:
        now = self._subject.now
        self._longest_s = max((seconds_of(run, now) or 0.0 for run in self._runs), default=0.0)
