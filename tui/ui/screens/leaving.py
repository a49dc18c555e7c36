"""The question before nightdeck is closed while a bulk still has jobs to act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.engine.guard import GuardLevel
from tui.ui.screens.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.engine.bulk import BulkRun


class LeavingDialog(Question):
    """Asks whether what was not sent yet shall never be."""

    def __init__(self, run: BulkRun) -> None:
        """Ask about a bulk that goes on.

        Args:
            run: The bulk.
        """
        super().__init__()
        self._run = run

    @property
    def environment(self) -> str:
        """Leaving touches none."""
        return ""

    @property
    def level(self) -> GuardLevel:
        """A `y`: Enter is pressed too easily."""
        return GuardLevel.YES

    @property
    def expects(self) -> str:
        """A `y`."""
        return "y"

    @property
    def refusal(self) -> str:
        """Nothing stands against it."""
        return ""

    def question(self) -> Content:
        """What would be lost."""
        count = self._run.unsent
        jobs = f"{count:,} {'job' if count == 1 else 'jobs'} not sent yet"
        return Content.assemble(("Quit with ", "bold"), (jobs, "bold $accent"), ("?", "bold"))

    def facts(self) -> Mapping[str, str]:
        """Where it stands, and what becomes of it."""
        return {
            "so far": self._run.told,
            "sent": "goes on in the systems, and its receipts are in the journal",
            "not sent": "never will be",
        }
