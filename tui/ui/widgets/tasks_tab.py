"""The tasks of a run: a time axis, and a line for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui.core.state import State
from tui.ui.widgets.detail_tab import DetailTab
from tui.ui.widgets.task_list import TaskList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

    from tui.core.keys import RunKey
    from tui.core.models import Task
    from tui.ui.widgets.subject import Subject


class TasksTab(DetailTab):
    """Tells about the run that was picked in the list of runs, else about the newest."""

    DEFAULT_CSS = """
    TasksTab > #axis { height: 1; width: 1fr; background: $surface; text-wrap: nowrap; }
    """

    def __init__(self, subject: Subject) -> None:
        """Show nothing yet.

        Args:
            subject: What the pane is about.
        """
        super().__init__(subject)
        self._axis = Static(id="axis", markup=False)
        self._list = TaskList(subject)
        self._tasks: Sequence[Task] = ()
        self._run: RunKey | None = None

    def compose(self) -> ComposeResult:
        """Axis and list."""
        yield self._axis
        yield self._list

    @property
    def body(self) -> TaskList:
        """The list."""
        return self._list

    def start_over(self) -> None:
        """Nothing is known of the next run's tasks."""
        self._tasks, self._run = (), None
        self._axis.update("")
        self._list.start_over()

    def load(self) -> None:
        """Ask for the tasks of the run."""
        run = self.subject.run
        if run != self._run:
            self.start_over()
            self._run = run
        if run is None:
            self._refuse("This job has not run.")
        else:
            self.ask("tasks", lambda engine: engine.tasks(run), self._take, self._refuse)

    def update_text(self) -> None:
        """What goes on has grown."""
        if any(task.state is State.RUNNING for task in self._tasks):
            self._list.tick()
            self._update_axis()

    def on_resize(self, event: events.Resize) -> None:
        """Draw the axis for the room there is now."""
        del event
        self._update_axis()

    def _take(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._list.note = Content.styled(" The system tells no tasks of this run.", "$text-muted")
        self._list.show_tasks(tasks)
        self._update_axis()

    def _refuse(self, reason: str) -> None:
        """Say why nothing is known; what was heard before stays."""
        if not self._tasks:
            self._list.note = Content.styled(f" {reason}", "$text-muted")
            self._list.show_tasks(())

    def _update_axis(self) -> None:
        if not self._tasks:
            self._axis.update("")
            return
        run = self.subject.run
        title = "" if self.subject.is_newest or run is None else f"run {run.run_id}"
        self._axis.update(self._list.timeline.axis(self._list.text_width, title))
