"""What can be chosen before acting on many jobs. No widget in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from tui.core.models import ActionKind
from tui.engine.bulk_plan import BulkLimits, BulkOrder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job

MOST_JOBS = 1000
"""More jobs than this are not acted on at once: nobody can have looked at the plan of so many."""

_VALUES: Mapping[str, Sequence[float]] = {
    "at_once": (1, 2, 3, 4, 5, 6, 7, 8),
    "stagger_s": (0, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
    "most_failures": (1, 2, 3, 5, 10, 0),
    "typed_above": (1, 5, 10, 20, 50, 100),
}
"""What each limit can be set to, in the order in which its key goes through them."""


class Chosen(NamedTuple):
    """The jobs that can be acted on."""

    marked: Sequence[JobKey]
    """The marked ones that are listed."""
    listed: Sequence[JobKey]
    """All that are listed."""
    hidden: int = 0
    """How many marked ones the filter hides: they are left out."""


@dataclass(frozen=True, slots=True)
class BulkOptions:
    """What was chosen."""

    kind: ActionKind = ActionKind.RERUN
    """What is done."""
    is_turned: bool = False
    """Whether a stop is forced, or a rerun repeats only what failed."""
    is_all: bool = False
    """Whether all listed jobs are meant instead of the marked ones."""
    limits: BulkLimits = field(default_factory=BulkLimits)
    """How carefully to go about it."""

    @property
    def option(self) -> str:
        """What the action can be turned into, in words; empty where it can't."""
        return {ActionKind.STOP: "by force", ActionKind.RERUN: "only what failed"}.get(self.kind, "")

    def of_kind(self, kind: ActionKind) -> BulkOptions:
        """The same with another action; what it could be turned into is not taken along."""
        return replace(self, kind=kind, is_turned=False)

    def with_limit(self, name: str, step: int) -> BulkOptions:
        """The same with the next value of a limit, or the one before; the ends meet."""
        values = _VALUES[name]
        value = getattr(self.limits, name)
        place = (values.index(value) if value in values else 0) + step
        changed = {name: values[place % len(values)]}
        return replace(self, limits=replace(self.limits, **changed))  # type: ignore[arg-type]

    def order(self, chosen: Chosen) -> BulkOrder:
        """What is asked of which jobs."""
        keys = tuple(chosen.listed if self.is_all else chosen.marked)
        return BulkOrder(
            self.kind,
            keys,
            is_forced=self.is_turned and self.kind is ActionKind.STOP,
            is_failed_only=self.is_turned and self.kind is ActionKind.RERUN,
        )


def usual_kind(jobs: Sequence[Job]) -> ActionKind:
    """What one most likely wants of these jobs: stop what runs, release what is held, else run it again."""
    if jobs and all(job.state.is_active for job in jobs):
        return ActionKind.STOP
    if jobs and all(job.is_held for job in jobs):
        return ActionKind.RELEASE
    return ActionKind.RERUN
