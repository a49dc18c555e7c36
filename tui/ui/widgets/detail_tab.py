"""What the tabs of the detail pane have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.widget import Widget

from tui.core.errors import NightdeckError
from tui.ui.work import later

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui.engine.engine import Engine
    from tui.ui.widgets.subject import Subject

Answer = TypeVar("Answer")
"""What a system says to a question."""


class DetailTab(Widget):
    """Tells about the pane's job, asks its system only when the pane says so, and drops late answers."""

    DEFAULT_CSS = """
    DetailTab { height: 1fr; width: 1fr; layout: vertical; background: $surface; }
    """

    is_live: ClassVar[bool] = True
    """Whether it asks again while the run goes on; a log reads on by itself, and a record can be large."""

    def __init__(self, subject: Subject) -> None:
        """Show nothing yet.

        Args:
            subject: What the pane is about.
        """
        super().__init__()
        self.subject = subject

    @property
    @abstractmethod
    def body(self) -> Widget:
        """The part that takes the keys."""

    @abstractmethod
    def load(self) -> None:
        """Ask for what the tab shows; it is shown now, and the cursor rests on the job."""

    @abstractmethod
    def start_over(self) -> None:
        """Drop what was shown: it was about another job."""

    def update_text(self) -> None:
        """Tell the same anew, since the job or the time has changed."""

    def take_focus(self) -> None:
        """Let the keys go to the tab."""
        self.body.focus(scroll_visible=False)

    def forget(self) -> None:
        """The pane is about another job: drop what was shown and what is still on its way."""
        self.workers.cancel_node(self)
        self.start_over()

    def ask(
        self,
        topic: str,
        question: Callable[[Engine], Awaitable[Answer]],
        take: Callable[[Answer], object],
        refuse: Callable[[str], object],
    ) -> None:
        """Ask a system; a newer question on the topic makes this one worthless.

        Args:
            topic: What it is about, in a word.
            question: Asks.
            take: Gets the answer, unless the pane is about something else by then.
            refuse: Gets the reason when there is no answer.
        """
        if self.subject.engine is not None:
            asked = later(self._ask, self.subject.engine, question, take, refuse)
            self.run_worker(asked, group=topic, exclusive=True)

    async def _ask(
        self,
        engine: Engine,
        question: Callable[[Engine], Awaitable[Answer]],
        take: Callable[[Answer], object],
        refuse: Callable[[str], object],
    ) -> None:
        key, run = self.subject.key, self.subject.picked
        try:
            answer = await question(engine)
        except NightdeckError as error:
            if (key, run) == (self.subject.key, self.subject.picked):
                refuse(str(error))
            return
        if (key, run) == (self.subject.key, self.subject.picked):
            take(answer)
