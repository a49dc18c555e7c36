"""The tasks of a run under keys and mouse; more of one is folded out below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from tui.ui.widgets.line_list import LineList
from tui.ui.widgets.timeline import Timeline, steps_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType

    from tui.core.models import Task
    from tui.ui.widgets.subject import Subject
    from tui.ui.widgets.timeline import Step


class TaskList(LineList):
    """One line a task, on the time axis of the run."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, subject: Subject) -> None:
        """Start without tasks.

        Args:
            subject: What the pane is about.
        """
        super().__init__(subject.glyphs)
        self._subject = subject
        self._steps: Sequence[Step] = ()
        self._timeline = self._measured()
        self._opened: set[str] = set()
        self._entries: list[tuple[int, Content | None]] = []

    @property
    def timeline(self) -> Timeline:
        """The tasks as they are drawn now."""
        return self._timeline

    def show_tasks(self, tasks: Sequence[Task]) -> None:
        """List these tasks; what was folded out stays so."""
        self._steps = steps_of(tasks)
        self._timeline = self._measured()
        self._arrange()

    def start_over(self) -> None:
        """Forget the tasks, and what was folded out of them."""
        self._opened.clear()
        self.note = Content()
        self.show_tasks(())
        self.show_lines(0, 0)

    def tick(self) -> None:
        """Time has passed: what goes on is longer."""
        self._timeline = self._measured()
        self.repaint()

    def content_of(self, line: int) -> Content:
        """A task, or a line folded out below it."""
        index, detail = self._entries[line]
        return detail if detail is not None else self._timeline.line(index, self.text_width)

    def action_open(self) -> None:
        """Fold out when the task began and ended and what it says, or fold that in again."""
        if self.line < 0:
            return
        index = self._entries[self.line][0]
        self._opened ^= {self._steps[index].newest.id}
        self._arrange()
        self.move_cursor(next(line for line, (at, _) in enumerate(self._entries) if at == index))

    def on_resize(self, event: events.Resize) -> None:
        """Wrap what is folded out to the new width."""
        del event
        self._arrange()

    def _measured(self) -> Timeline:
        subject = self._subject
        return Timeline(self._steps, subject.now, subject.zone, subject.glyphs)

    def _arrange(self) -> None:
        self._entries = []
        for index, step in enumerate(self._steps):
            self._entries.append((index, None))
            if step.newest.id in self._opened:
                for detail in self._timeline.details(index):
                    self._entries += [(index, part) for part in detail.wrap(max(10, self.text_width))]
        self.show_lines(len(self._entries))
