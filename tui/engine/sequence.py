"""Several jobs one after the other, as one action: a bad end of one keeps the rest from starting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.core.errors import NightdeckError
from tui.core.models import Action, ActionKind, Receipt, ReceiptStatus
from tui.core.state import State
from tui.engine.evidence import has_ended, outcome_of_job
from tui.engine.guard import RANKS, GuardLevel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.actions import ActionPipeline
    from tui.engine.engine import Engine
    from tui.engine.guard import Plan

    WaitForRun = Callable[[JobKey, str], Awaitable[State]]
    """Waits until a run, by its job and its id, has ended, and tells how; `unknown` when nobody can."""

LOOK_EVERY_S = 1.0
"""Seconds between two looks at the row of the run that goes on: a look costs nothing."""

ASK_EVERY_S = 15.0
"""Seconds after which the system is asked for a run that its job's row doesn't show."""

TOUCH_EVERY_S = 30.0
"""Seconds after which the poller is told again that this job is waited for."""

_GOOD = (State.SUCCEEDED, State.WARNING)
_SENT = (ReceiptStatus.ACCEPTED, ReceiptStatus.OBSERVED)


class StepStatus(StrEnum):
    """How far one job of a sequence has got."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    ENDED = "ended"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    REHEARSED = "rehearsed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One job of a sequence."""

    job: JobKey
    """The job."""
    name: str
    """What people call it."""
    status: StepStatus = StepStatus.WAITING
    """How far it has got."""
    run_id: str = ""
    """Its run, once known."""
    outcome: State | None = None
    """How the run ended."""
    message: str = ""
    """Why it was refused, or why it is not known what became of it."""

    @property
    def is_good(self) -> bool:
        """Whether the next job may follow."""
        is_rehearsed = self.status is StepStatus.REHEARSED
        return is_rehearsed or (self.status is StepStatus.ENDED and self.outcome in _GOOD)


@dataclass(frozen=True, slots=True)
class SequencePlan:
    """What would happen if a sequence were confirmed: nothing was sent."""

    plans: Sequence[Plan]
    """What each job's trigger would be, in order."""
    level: GuardLevel
    """How the whole must be confirmed: as its most guarded job."""
    expects: str
    """What must be typed; empty when Enter is enough."""
    refusal: str = ""
    """Why it can't be done, naming the job; empty when it can."""


async def plan_sequence(actions: ActionPipeline, jobs: Sequence[JobKey]) -> SequencePlan:
    """What a sequence of triggers would be. Raises NotFound when there is no such job."""
    plans = [await actions.plan(Action(ActionKind.TRIGGER, key)) for key in jobs]
    level = max((plan.level for plan in plans), key=RANKS.index)
    refused = next((plan for plan in plans if plan.refusal), None)
    refusal = f"{refused.job.name}: {refused.refusal}" if refused is not None else ""
    if len(set(jobs)) < len(jobs):
        refusal = "a job is in it twice"
    expects = {GuardLevel.NAME: f"{len(plans)} jobs", GuardLevel.YES: "y"}.get(level, "")
    return SequencePlan(plans, level, expects, refusal)


class JobSequence:
    """Triggers jobs in order. It lives as long as nightdeck does: what was not started by then never is.

    Args:
        actions: Sends each trigger, once.
        wait: Waits for the end of a run and tells how it ended; `unknown` when that can't be told.
        plan: What was confirmed.
        tell: Is told of every step that gets on.
    """

    def __init__(
        self, actions: ActionPipeline, wait: WaitForRun, plan: SequencePlan, tell: Callable[[], None]
    ) -> None:
        self._actions = actions
        self._wait = wait
        self._plan = plan
        self._tell = tell
        self._is_cancelled = False
        self.steps = [Step(one.job.key, one.job.name) for one in plan.plans]
        """The jobs in order, and how far each has got."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be started or waited for."""
        return all(step.status not in _OPEN for step in self.steps)

    @property
    def is_good(self) -> bool:
        """Whether every job ended well."""
        return all(step.is_good for step in self.steps)

    @property
    def told(self) -> str:
        """Where it stands, in a few words: `2 of 4: load_orders running`."""
        count = len(self.steps)
        for number, step in enumerate(self.steps, start=1):
            if not step.is_good:
                state = step.outcome or step.status
                reason = f", {step.message}" if step.message else ""
                rest = count - number if self.is_over else 0
                skipped = f"; {rest} not started" if rest else ""
                return f"{number} of {count}: {step.name} {state}{reason}{skipped}"
        is_rehearsed = any(step.status is StepStatus.REHEARSED for step in self.steps)
        return f"all {count} jobs rehearsed, none sent" if is_rehearsed else f"all {count} jobs succeeded"

    def cancel(self) -> None:
        """Start no further job; the run that goes on goes on."""
        self._is_cancelled = True

    async def run(self, confirmation: str) -> None:
        """Start and await each job in its turn. Never raises NightdeckError: steps tell what went wrong.

        Args:
            confirmation: What was typed.
        """
        is_confirmed = confirmation.strip().casefold() == self._plan.expects.casefold()
        refusal = self._plan.refusal or ("" if is_confirmed else "not confirmed")
        for index, one in enumerate(self._plan.plans):
            if refusal:
                self._update(index, status=StepStatus.REFUSED, message=refusal)
            elif not self._is_cancelled:
                await self._run_step(index, one)
            if not self.steps[index].is_good:
                self._skip_rest()
                return

    async def _run_step(self, index: int, plan: Plan) -> None:
        self._update(index, status=StepStatus.STARTING)
        receipt = await self._start(plan)
        if receipt.status is ReceiptStatus.UNKNOWN:
            receipt = await self._actions.observe(receipt)
        if receipt.status is ReceiptStatus.REHEARSED:
            self._update(index, status=StepStatus.REHEARSED, message=receipt.message)
            return
        if receipt.status not in _SENT:
            status = StepStatus.REFUSED if receipt.status is ReceiptStatus.REFUSED else StepStatus.UNKNOWN
            self._update(index, status=status, message=receipt.message)
            return
        self._update(index, status=StepStatus.RUNNING, run_id=receipt.run_id)
        if receipt.run_id in ("", plan.job.run_id):
            # Without the name of a new run only its being seen tells it from the one before.
            receipt = await self._actions.observe(receipt)
            if receipt.status is not ReceiptStatus.OBSERVED:
                self._update(index, status=StepStatus.UNKNOWN, message=receipt.message)
                return
            self._update(index, run_id=receipt.run_id)
        outcome = await self._wait(plan.job.key, receipt.run_id)
        self._update(index, status=StepStatus.ENDED, outcome=outcome)

    async def _start(self, plan: Plan) -> Receipt:
        """Plan once more, for much may have happened since, and send it once."""
        action = plan.action
        try:
            plan = await self._actions.plan(action)
        except NightdeckError as error:
            return _refused(plan, str(error))
        if plan.refusal:
            return _refused(plan, plan.refusal)
        return await self._actions.perform(
            plan.action, confirmation=plan.expects, request_id=plan.request_id, shown=plan
        )

    def _skip_rest(self) -> None:
        self.steps = [
            replace(step, status=StepStatus.SKIPPED) if step.status is StepStatus.WAITING else step
            for step in self.steps
        ]
        self._tell()

    def _update(self, index: int, **changes: object) -> None:
        self.steps[index] = replace(self.steps[index], **changes)  # type: ignore[arg-type]
        self._tell()


_OPEN = (StepStatus.WAITING, StepStatus.STARTING, StepStatus.RUNNING)


class RowWatch:
    """Waits for the end of a run by looking at its job's row, which the poller keeps fresh.

    Args:
        engine: Whose store and pollers these are.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._clock: Clock = engine.clock

    async def __call__(self, key: JobKey, run_id: str) -> State:
        """How the run ended; `unknown` when the job is gone."""
        touched_at = float("-inf")
        asked_at = self._clock.monotonic()
        while True:
            now = self._clock.monotonic()
            if now - touched_at >= TOUCH_EVERY_S:
                self._engine.touch(key)
                touched_at = now
            job = self._engine.store.jobs.get(key)
            if job is None:
                return State.UNKNOWN
            outcome = None
            if run_id in ("", job.run_id):
                outcome = outcome_of_job(job) if has_ended(job) else None
            elif now - asked_at >= ASK_EVERY_S:
                outcome = await self._asked(job, run_id)
                asked_at = self._clock.monotonic()
            if outcome is not None:
                return outcome
            await self._clock.sleep(LOOK_EVERY_S)

    async def _asked(self, job: Job, run_id: str) -> State | None:
        """How a run ended that is not the job's newest; None while it goes on or nobody can tell."""
        try:
            runs = await self._engine.runs(job.key)
        except NightdeckError:
            return None
        found = next((run for run in runs if run.key.run_id == run_id), None)
        return found.state if found is not None and found.state.is_final else None


def _refused(plan: Plan, message: str) -> Receipt:
    moment = plan.job.observed_at
    return Receipt(plan.request_id, plan.action, ReceiptStatus.REFUSED, moment, moment, message=message)
