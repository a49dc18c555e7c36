"""The question before several jobs are started one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.ui.screens.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.engine.guard import GuardLevel
    from tui.engine.sequence import SequencePlan

_LISTED = 12
"""Jobs that are listed by name; a longer sequence says how many more there are."""


class SequenceDialog(Question):
    """Asks once about the whole sequence."""

    def __init__(self, plan: SequencePlan) -> None:
        """Ask about a plan.

        Args:
            plan: What would be done.
        """
        super().__init__()
        self._plan = plan

    @property
    def environment(self) -> str:
        """The most guarded one among its jobs."""
        return next(one.environment for one in self._plan.plans if one.level is self._plan.level)

    @property
    def level(self) -> GuardLevel:
        """The plan's."""
        return self._plan.level

    @property
    def expects(self) -> str:
        """The plan's."""
        return self._plan.expects

    @property
    def refusal(self) -> str:
        """The plan's."""
        return self._plan.refusal

    @property
    def wanted(self) -> str:
        """How many jobs there are."""
        return "the number of jobs"

    def question(self) -> Content:
        """How many jobs, and how."""
        count = len(self._plan.plans)
        parts = [("Run ", "bold"), (f"{count} jobs", "bold $accent"), (" one after the other?", "bold")]
        if self.environment:
            style = f"bold $env-{self.environment}"
            parts += [("    environment: ", "$text-muted"), (self.environment, style)]
        return Content.assemble(*parts)

    def facts(self) -> Mapping[str, str]:
        """The jobs in order, and the rules."""
        shown = self._plan.plans[:_LISTED]
        lines = [f"{number}. {one.job.name}  {one.job.connection}" for number, one in enumerate(shown, 1)]
        more = len(self._plan.plans) - len(shown)
        if more:
            lines.append(f"and {more} more")
        return {
            "in order": "\n".join(lines),
            "first": shown[0].preview,
            "rules": "each starts when the one before has succeeded\n"
            "the first that doesn't succeed ends it, and so does closing nightdeck",
        }
