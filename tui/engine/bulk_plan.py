"""What acting on many jobs would be: what each would be sent, and which are left out and why."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from tui.core.duration import format_age
from tui.core.errors import NightdeckError
from tui.core.models import Action, ActionKind, HealthStatus, ReceiptStatus
from tui.engine.evidence import has_ended, outcome_of_job
from tui.engine.guard import RANKS, GuardLevel
from tui.engine.unfinished import STARTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.models import Health, Job
    from tui.engine.actions import ActionPipeline
    from tui.engine.guard import Plan
    from tui.engine.store import Store

OLD_S = 3600.0
"""A row that was observed longer ago tells too little to act on many of its kind."""

UNSEEN_S = 60.0
"""So long after a start was accepted its job is not started again by a bulk: its row may not show it yet."""

PLANNED_AT_ONCE = 8
"""Plans that are made side by side: some need a question to the system."""

_DOWN = (HealthStatus.FAILING, HealthStatus.UNAUTHORIZED, HealthStatus.BROKEN)
_UNDER_WAY = (ReceiptStatus.SENT, ReceiptStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class BulkOrder:
    """What is asked of many jobs."""

    kind: ActionKind
    """What to do."""
    jobs: tuple[JobKey, ...]
    """To which jobs, in order."""
    is_forced: bool = False
    """Stop at once instead of asking the runs to end."""
    is_failed_only: bool = False
    """Rerun only the steps that failed."""


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """How carefully a bulk goes about it."""

    at_once: int = 2
    """Requests whose answers may be awaited at the same time."""
    stagger_s: float = 0.5
    """Seconds between two requests to the same connection."""
    most_failures: int = 3
    """So many refused or lost requests end it; 0 means that none does."""
    typed_above: int = 20
    """More jobs than this are confirmed by typing their number, whatever their environment."""


@dataclass(frozen=True, slots=True)
class BulkLine:
    """One job of a bulk plan."""

    job: JobKey
    """The job."""
    name: str
    """What people call it."""
    kind: ActionKind
    """What would be done to it: a job that never ran is triggered where others are rerun."""
    environment: str = ""
    """Of its connection."""
    plan: Plan | None = None
    """What would be sent; None when nothing was planned."""
    reason: str = ""
    """Why it is left out; empty when it isn't."""
    known_request: str = ""
    """The last request to it that was known then: a newer one means that it was acted on meanwhile."""


class Share(NamedTuple):
    """How many jobs of one connection a plan is about."""

    connection: str
    """The connection."""
    environment: str
    """`prod`, `stage`, `dev` or empty."""
    sent: int
    """Jobs that would be acted on."""
    skipped: int
    """Jobs that are left out."""


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What would happen if a bulk were confirmed: nothing was sent."""

    order: BulkOrder
    """What was asked."""
    lines: tuple[BulkLine, ...]
    """One for each job, in order, none twice."""

    @property
    def count(self) -> int:
        """How many jobs would be acted on."""
        return sum(not line.reason for line in self.lines)

    @property
    def environment(self) -> str:
        """The most guarded one among the jobs that would be acted on."""
        chosen = [line.plan for line in self.lines if line.plan is not None and not line.reason]
        level = self._level
        return next((plan.environment for plan in chosen if plan.level is level), "")

    def level(self, limits: BulkLimits) -> GuardLevel:
        """How the whole must be confirmed: as its most guarded job, and many as in production."""
        return GuardLevel.NAME if self.count > limits.typed_above else self._level

    def expects(self, limits: BulkLimits) -> str:
        """What must be typed: the number of jobs, a `y`, or nothing."""
        return {GuardLevel.NAME: str(self.count), GuardLevel.YES: "y"}.get(self.level(limits), "")

    def refusal(self, limits: BulkLimits, typed: str) -> str:
        """Why what was typed doesn't confirm this plan; empty when it does."""
        if not self.count:
            return "there is no job that it can be done to"
        expects, clean = self.expects(limits), typed.strip().casefold()
        if clean == expects or (expects == "y" and clean == "yes"):
            return ""
        return f"not confirmed: it takes {expects or 'nothing but enter'}"

    def shares(self) -> Sequence[Share]:
        """The counts by connection, the most guarded environments first."""
        sent: Counter[str] = Counter()
        skipped: Counter[str] = Counter()
        environments: dict[str, str] = {}
        for line in self.lines:
            environments.setdefault(line.job.connection, line.environment)
            (skipped if line.reason else sent)[line.job.connection] += 1
        shares = [Share(name, place, sent[name], skipped[name]) for name, place in environments.items()]
        return sorted(shares, key=lambda share: (_CAREFUL.get(share.environment, 0), share.connection))

    @property
    def _level(self) -> GuardLevel:
        levels = [line.plan.level for line in self.lines if line.plan is not None and not line.reason]
        return max(levels, key=RANKS.index, default=GuardLevel.ENTER)


_CAREFUL: Mapping[str, int] = {"prod": 0, "stage": 1, "dev": 2, "": 3}


class BulkPlanner:
    """Makes the plans of many jobs.

    Args:
        actions: Says what each action would be.
        store: The jobs as they are known.
        clock: Says how old that is.
    """

    def __init__(self, actions: ActionPipeline, store: Store, clock: Clock) -> None:
        self._actions = actions
        self._store = store
        self._clock = clock

    async def plan(self, order: BulkOrder, tell: Callable[[int], None] = lambda _: None) -> BulkPlan:
        """What the order would do. Never raises NightdeckError: what can't be planned is left out.

        Args:
            order: What is asked.
            tell: Is told how many jobs have been planned.
        """
        keys = tuple(dict.fromkeys(order.jobs))
        slots = asyncio.Semaphore(PLANNED_AT_ONCE)
        done = 0

        async def plan_one(key: JobKey) -> BulkLine:
            nonlocal done
            async with slots:
                line = await self._line(order, key)
            done += 1
            tell(done)
            return line

        lines = await asyncio.gather(*map(plan_one, keys))
        return BulkPlan(replace(order, jobs=keys), tuple(lines))

    async def _line(self, order: BulkOrder, key: JobKey) -> BulkLine:
        job = self._store.jobs.get(key)
        if job is None:
            return BulkLine(key, key.id, order.kind, reason="it is gone")
        kind = kind_for(order, job)
        receipt = self._store.receipts.get(key)
        known_request = receipt.request_id if receipt is not None else ""
        health = self._store.health.get(key.connection)
        environment = health.environment if health is not None else ""
        action = Action(
            kind,
            key,
            is_forced=order.is_forced and kind is ActionKind.STOP,
            is_failed_only=order.is_failed_only and kind is ActionKind.RERUN,
        )
        reason = self._actions.guard.refusal(key) or self._reason(kind, job, health)
        plan = None
        if not reason:
            try:
                plan = await self._actions.plan(action)
            except NightdeckError as error:
                reason = str(error)
            else:
                reason = plan.refusal or await self._reason_against_release(kind, job)
                environment = plan.environment
        return BulkLine(key, job.name, kind, environment, plan, reason, known_request)

    def _reason(self, kind: ActionKind, job: Job, health: Health | None) -> str:
        now = self._clock.now()
        if health is not None and health.status in _DOWN:
            told = f": {health.message}" if health.message else ""
            return f"{job.connection} can't be used now{told}"
        age_s = (now - job.observed_at).total_seconds()
        if age_s > OLD_S:
            return f"last seen {format_age(age_s)} ago: refresh it first"
        receipt = self._store.receipts.get(job.key)
        if kind in STARTS and receipt is not None and receipt.action.kind in STARTS:
            sent_s = (now - receipt.sent_at).total_seconds()
            if receipt.status in _UNDER_WAY and sent_s < UNSEEN_S:
                when = "just now" if sent_s < 1 else f"{format_age(sent_s)} ago"
                return f"a {receipt.action.kind} was sent {when} and is not seen yet"
        return reason_to_skip(kind, job)

    async def _reason_against_release(self, kind: ActionKind, job: Job) -> str:
        """Release only what is held, and what can't be held but can be let go: a job without a schedule."""
        if kind is not ActionKind.RELEASE or job.is_held:
            return ""
        holding = await self._actions.plan(Action(ActionKind.HOLD, job.key))
        return "" if holding.refusal else "it is not on hold"


def kind_for(order: BulkOrder, job: Job) -> ActionKind:
    """What is done to this job: what never ran is triggered, since there is nothing to repeat."""
    if order.kind is ActionKind.RERUN and not job.run_id and not order.is_failed_only:
        return ActionKind.TRIGGER
    return order.kind


def reason_to_skip(kind: ActionKind, job: Job) -> str:
    """Why a bulk leaves out a job in this state, although the system might do it; empty when it doesn't.

    One who acts on many jobs has not thought of each: what runs is not started again, what somebody put on
    hold stays at rest.
    """
    state = job.state.replace("_", " ")
    if kind in STARTS and job.is_held:
        return "on hold: release it first, or run it alone"
    if kind in STARTS and job.state.is_active:
        return f"it is {state} already"
    if kind is ActionKind.STOP and has_ended(job):
        return f"not running: {outcome_of_job(job).replace('_', ' ')}"
    if kind is ActionKind.HOLD and job.is_held:
        return "on hold already"
    return ""
