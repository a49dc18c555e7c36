"""How old a row may be that is acted on, and what has changed since a user looked at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.duration import format_age
from tui.core.errors import ActionRefused, NightdeckError, NotFound
from tui.core.models import ActionKind
from tui.engine.evidence import outcome_of_job
from tui.engine.targets import read_again

if TYPE_CHECKING:
    from tui.core.clock import Clock
    from tui.core.models import Job
    from tui.engine.guard import Plan, Systems
    from tui.engine.store import Store

FRESH_S = 30.0
"""A job that was observed longer ago is read again before it is acted on, however seldom it is refreshed."""

LEAST_FRESH_S = 10.0
"""Nowhere is a job read again that was observed more recently than this, unless the config says so."""

FRESH_SWEEPS = 3
"""A job that was not seen for so many refreshes is read again: its system may be in trouble."""

_SLACK_S = 2.0
"""Beyond so far ahead of now a job was observed before the clock was set back: its age is not known."""


def fresh_limit_s(refresh_s: float) -> float:
    """How old a row may be that is acted on, where the config doesn't say.

    Args:
        refresh_s: Seconds between two refreshes of its connection.
    """
    return min(FRESH_S, max(LEAST_FRESH_S, FRESH_SWEEPS * refresh_s))


class Freshness:
    """Knows how old rows are, and reads those again that are too old to be acted on."""

    def __init__(self, systems: Systems, store: Store, clock: Clock) -> None:
        self._systems = systems
        self._store = store
        self._clock = clock

    def age_s(self, job: Job) -> float:
        """Seconds since the job was observed."""
        return max(0.0, self._seconds_since(job))

    def is_old(self, job: Job) -> bool:
        """Whether the job is read again before it is acted on."""
        age_s = self._seconds_since(job)
        return age_s < -_SLACK_S or age_s > self._systems.fresh_s(job.connection)

    async def look_again(self, job: Job) -> None:
        """Read the job again, into the store, if it was observed too long ago.

        Raises:
            ActionRefused: It can't be read now, or is gone.
            NightdeckError: There is no such connection.
        """
        if not self.is_old(job):
            return
        try:
            await read_again(self._systems, self._store, job.key)
        except NotFound as error:
            raise ActionRefused(f"it is gone: {error.message}", hint=error.hint) from error
        except NightdeckError as error:
            age = format_age(self.age_s(job))
            raise ActionRefused(
                f"it was last seen {age} ago and can't be looked at now: {error.message}", hint=error.hint
            ) from error

    def _seconds_since(self, job: Job) -> float:
        return (self._clock.now() - job.observed_at).total_seconds()


def change_since(shown: Plan, job: Job) -> str:
    """What has changed so much since a plan was shown that it must not be acted on; empty when nothing has.

    Args:
        shown: What the user agreed to.
        job: The job as it is known now.
    """
    then, action = shown.job, shown.action
    kind = action.kind
    if kind is ActionKind.STOP and action.run is not None and action.run.run_id != then.run_id:
        # It hits a run that the row doesn't tell of, and that is looked at by itself.
        return ""
    state, old = (one.state.replace("_", " ") for one in (job, then))
    if job.is_held != then.is_held:
        return f"it was {'put on hold' if job.is_held else 'released'} meanwhile"
    if kind in (ActionKind.HOLD, ActionKind.RELEASE):
        return ""
    if job.run_id != then.run_id:
        return f"another run began meanwhile: it is {state}"
    if job.state.is_active and then.state.is_active:
        return ""
    # A job that failed and now waits for its next time is no other than before.
    outcome = outcome_of_job(job)
    if outcome is outcome_of_job(then):
        return ""
    return f"it was {old} and is {state} now" if state != old else f"it ran meanwhile: {outcome}"
