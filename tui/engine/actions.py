"""The only way to change a remote system: guard, journal, send once, receipt."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused, NightdeckError, NotFound
from tui.core.models import ActionKind, Receipt, ReceiptStatus
from tui.engine.evidence import Before, before_of
from tui.engine.freshness import Freshness, change_since
from tui.engine.guard import Guard, Plan, confirmation_refusal, expected_confirmation, guard_level
from tui.engine.lock import SessionLock
from tui.engine.named_runs import name_run
from tui.engine.outcomes import outcome_of_error
from tui.engine.receipts import Case, Follower, entry_of, step_of
from tui.engine.secrecy import mask_text
from tui.engine.targets import newest_runs, resolve, send
from tui.engine.undo_window import UNDOABLE, UndoWindow
from tui.engine.unfinished import STARTS, Unfinished
from tui.engine.unsent import Unsent
from tui.engine.watchdog import Watchdog
from tui.logs.scrub import plain_id

if TYPE_CHECKING:
    from tui.core.adapter import Adapter
    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.models import Action, Job
    from tui.core.redaction import Redactor
    from tui.engine.guard import Systems
    from tui.engine.journal import Journal
    from tui.engine.store import Store

SEND_LIMIT_S = 3660.0
"""Seconds after which an adapter that forgot its own timeout is cut off: above the highest `timeout`."""

BASELINE_LIMIT_S = 10.0
"""Seconds to wait for the list of runs before an action; without it a lost answer is harder to reconcile."""

CLOSE_S = 3.0
"""Seconds to wait at the end for answers under way."""

OBSERVE_EVERY_S = 1.0
"""Seconds between two looks of somebody who waits for the effect."""


@dataclass(frozen=True, slots=True)
class _Order:
    """One confirmation."""

    request_id: str
    action: Action
    confirmation: str | None
    is_unknown_accepted: bool
    shown: Plan | None
    undo_s: float


class ActionPipeline:
    """Takes confirmed actions. Each confirmation reaches the system at most once, whatever happens."""

    def __init__(
        self,
        systems: Systems,
        *,
        store: Store,
        journal: Journal,
        clock: Clock,
        redactor: Redactor,
        is_read_only: bool,
        is_dry_run: bool = False,
    ) -> None:
        self.is_dry_run = is_dry_run
        """Whether everything is done but sending: what would be sent is told, and no journal kept of it."""
        self.guard = Guard(systems, SessionLock(clock, is_locked=is_read_only))
        """Says no while something is read-only; its lock may be lifted for a while."""
        self.undo = UndoWindow(clock)
        """What was confirmed and waits, and can be taken back until it is sent."""
        self._systems = systems
        self._store = store
        self._journal = journal
        self._clock = clock
        self._redactor = redactor
        self._freshness = Freshness(systems, store, clock)
        self._unsent = Unsent(store, clock, redactor)
        self._follower = Follower(systems, store=store, journal=journal, clock=clock)
        self._unfinished = Unfinished(systems, journal, self._follower, clock)
        self._taken: set[str] = set()
        self._in_flight: dict[JobKey, ActionKind] = {}
        self._performing: set[asyncio.Task[Receipt]] = set()

    async def plan(self, action: Action) -> Plan:
        """What would happen if the action were confirmed. Raises NotFound when there is no such job."""
        job = self._job(action.job)
        environment = preview = ""
        is_in_doubt = False
        try:
            environment = self._systems.environment(job.connection)
            self._refuse_if_busy(action)
            self._refuse_if_guarded(job.key)
            adapter = await self._systems.adapter(job.connection)
            action = await self._resolve(action, job, adapter)
            preview = mask_text(adapter.preview(action), self._redactor)
            if action.kind in STARTS:
                is_in_doubt = bool(await self._unfinished.starts(job.key))
                await self._unfinished.refuse_start(job.key, is_looking=False)
            refusal = ""
        except Exception as error:  # noqa: BLE001 - the action boundary: what can't be planned is refused
            refusal = mask_text(outcome_of_error(error, is_sent=False)[1], self._redactor)
        level = guard_level(environment, action)
        return Plan(
            request_id=self._new_request_id(),
            action=action,
            job=job,
            environment=environment,
            level=level,
            expects=expected_confirmation(level, job),
            preview=preview,
            age_s=self._freshness.age_s(job),
            is_stale=self._freshness.is_old(job),
            refusal=refusal,
            is_in_doubt=is_in_doubt,
        )

    async def look_again(self, key: JobKey) -> Job:
        """The job as it is now, read again if it was observed too long ago. Raises NightdeckError."""
        await self._freshness.look_again(self._job(key))
        return self._job(key)

    async def perform(
        self,
        action: Action,
        *,
        confirmation: str | None,
        request_id: str = "",
        is_unknown_accepted: bool = False,
        shown: Plan | None = None,
        undo_s: float = 0.0,
    ) -> Receipt:
        """Do it, once. Never raises NightdeckError: a refusal is a receipt.

        Cancelling the caller does not cancel what was begun.

        Args:
            action: What to do; best the plan's, so that exactly what was shown is done.
            confirmation: What was typed; None refuses.
            request_id: The plan's; the same one is never sent twice. Empty makes a new one.
            is_unknown_accepted: Go on although nobody knows the outcome of an earlier start of this job.
            shown: What the user agreed to: a job that has changed since is not acted on.
            undo_s: Seconds in which what can't be made good again waits, and can be taken back.
        """
        request_id = request_id or self._new_request_id()
        order = _Order(request_id, action, confirmation, is_unknown_accepted, shown, undo_s)
        task = asyncio.create_task(self._take(order), name=f"act {order.request_id}")
        self._performing.add(task)
        task.add_done_callback(self._performing.discard)
        return await asyncio.shield(task)

    async def observe(self, receipt: Receipt) -> Receipt:
        """Wait until the effect was seen or nobody looks for it any more; returns the newest receipt."""
        case = self._follower.find(receipt.request_id)
        if case is None:
            shown = self._store.receipts.get(receipt.action.job, receipt)
            return shown if shown.request_id == receipt.request_id else receipt
        while not case.is_closed:
            await self._clock.sleep(OBSERVE_EVERY_S)
            if case.receipt.status is ReceiptStatus.ACCEPTED:
                await self._follower.look(case)
        return self._follower.shown(case.receipt)

    async def recover(self) -> None:
        """At start: take up what an earlier nightdeck sent without learning the outcome."""
        await self._unfinished.recover()

    async def aclose(self) -> None:
        """Wait shortly for answers under way; what is still open is taken up at the next start."""
        self.undo.close()
        if self._performing:
            with suppress(NightdeckError):
                await Watchdog(self._clock, CLOSE_S).watch(self._wait_for_answers())
        for task in tuple(self._performing):
            task.cancel()
        await self._wait_for_answers()
        await self._follower.aclose()
        await self._journal.aclose()

    async def _wait_for_answers(self) -> None:
        await asyncio.gather(*map(_outcome, self._performing))

    async def _take(self, order: _Order) -> Receipt:
        """Let nobody else act on the job until the outcome of this order is known."""
        key = order.action.job
        try:
            self._refuse_if_busy(order.action, order.request_id)
        except ActionRefused as error:
            return self._unsent.receipt(order.request_id, order.action, str(error))
        self._taken.add(order.request_id)
        self._in_flight[key] = order.action.kind
        try:
            return await self._attempt(order)
        finally:
            del self._in_flight[key]

    async def _attempt(self, order: _Order) -> Receipt:
        case: Case | None = None
        is_sent = False
        try:
            await self._hold_back(order)
            adapter, case = await self._prepare(order)
            if self.is_dry_run:
                return await self._rehearse(adapter, case.receipt)
            # The lock may have come down while the journal was written.
            self._refuse_if_guarded(order.action.job)
            self._follower.begin(case.receipt)
            is_sent = True
            sending = send(adapter, case.receipt.action, case.receipt.run_id)
            accepted = await Watchdog(self._clock, SEND_LIMIT_S).watch(sending)
        except asyncio.CancelledError:
            if case is not None and is_sent:
                await self._conclude(
                    case, ReceiptStatus.UNKNOWN, "nightdeck was closed before the answer came"
                )
            raise
        except Exception as error:  # noqa: BLE001 - the action boundary: a lost request must be told of
            status, message = outcome_of_error(error, is_sent=is_sent)
            if case is None or self.is_dry_run:
                receipt = self._unsent.receipt(order.request_id, order.action, message, status)
                self._unsent.show(receipt)
                return receipt
            return await self._conclude(case, status, message)
        return await self._conclude(case, ReceiptStatus.ACCEPTED, accepted.message, accepted.run_id)

    def _permit(self, order: _Order) -> Job:
        """The job, if what was typed allows to act on it now. Raises NightdeckError."""
        job = self._job(order.action.job)
        self._refuse_if_guarded(job.key)
        level = guard_level(self._systems.environment(job.connection), order.action)
        _refuse(confirmation_refusal(level, job, order.confirmation))
        self._refuse_if_changed(order, job)
        return job

    async def _hold_back(self, order: _Order) -> None:
        """Wait while it can be taken back; the journal knows nothing of it yet. Raises NightdeckError."""
        if order.action.kind not in UNDOABLE or order.undo_s <= 0 or self.is_dry_run:
            return
        job = self._permit(order)
        held = self.undo.hold(f"{order.action.kind} of {job.name}", [job.key], order.undo_s)
        self._unsent.show_waiting(order.request_id, order.action, held)
        await self.undo.wait(held)

    async def _prepare(self, order: _Order) -> tuple[Adapter, Case]:
        """Everything up to the journal; when this returns, the request is sent. Raises NightdeckError."""
        action, job = order.action, self._permit(order)
        if action.kind in STARTS and not order.is_unknown_accepted:
            await self._unfinished.refuse_start(job.key, is_looking=True)
        adapter = await self._systems.adapter(job.connection)
        job = await self.look_again(job.key)
        action = await self._resolve(action, job, adapter)
        self._refuse_if_changed(order, job)
        before = await self._before(action, job, adapter)
        # Meanwhile the lock may have been put on.
        self._refuse_if_guarded(job.key)
        is_going_on = action.kind in STARTS and order.is_unknown_accepted
        doubtful = await self._unfinished.starts(job.key) if is_going_on else []
        named = name_run(adapter, action, order.request_id, doubtful, self._redactor)
        entry = entry_of(order.request_id, action, job, before, self._clock.now(), named)
        if not self.is_dry_run:
            entry = await self._journal.announce(entry)
            await self._unfinished.settle(doubtful, order.request_id)
        receipt = Receipt(order.request_id, action, ReceiptStatus.SENT, entry.at, entry.at, run_id=named)
        if action.kind is ActionKind.STOP:
            receipt = replace(receipt, run_id=entry.run_id)
        return adapter, Case(receipt, entry, before, is_named=bool(named))

    async def _rehearse(self, adapter: Adapter, receipt: Receipt) -> Receipt:
        """Do everything but send it, and tell what would have been sent. Raises NightdeckError."""
        from tui.engine.rehearsing import rehearse, written

        action = receipt.action
        call = written(await rehearse(adapter, action, self._clock), adapter, action, self._redactor)
        message = f"nothing was sent; it would have been: {call.brief}"
        now = self._clock.now()
        receipt = receipt.at_step(ReceiptStatus.REHEARSED, now, message=message)
        self._unsent.show(receipt)
        return receipt

    async def _resolve(self, action: Action, job: Job, adapter: Adapter) -> Action:
        _refuse(adapter.reason_against(action.kind, job))
        return await resolve(action, job, adapter)

    async def _before(self, action: Action, job: Job, adapter: Adapter) -> Before:
        """What is known before a start, so that a run that comes of it can be told from the others."""
        runs = None
        if action.kind in STARTS:
            with suppress(NightdeckError):
                watchdog = Watchdog(self._clock, BASELINE_LIMIT_S)
                runs = await watchdog.watch(newest_runs(adapter, job.key))
        return before_of(job, runs)

    async def _conclude(self, case: Case, status: ReceiptStatus, message: str, run_id: str = "") -> Receipt:
        """Journal the outcome, show it, and follow it until its effect is seen."""
        # A run that was refused does not exist, whatever name we had for it.
        known = "" if case.is_named and status is ReceiptStatus.REFUSED else case.receipt.run_id
        case.receipt = case.receipt.at_step(
            status,
            self._clock.now(),
            run_id=plain_id(run_id) or known,
            message=mask_text(message, self._redactor),
        )
        await self._journal.note(step_of(case))
        with suppress(NightdeckError):
            self._systems.touch(case.receipt.action.job)
        if status in (ReceiptStatus.REFUSED, ReceiptStatus.OBSERVED):
            self._follower.publish(case.receipt)
        else:
            self._follower.follow(case)
        return self._follower.shown(case.receipt)

    def _refuse_if_guarded(self, key: JobKey) -> None:
        _refuse(self.guard.refusal(key))

    def _refuse_if_changed(self, order: _Order, job: Job) -> None:
        reason = change_since(order.shown, job) if order.shown is not None else ""
        if reason:
            raise ActionRefused(f"{reason}: nothing was sent", hint="look at it, and confirm again")

    def _refuse_if_busy(self, action: Action, request_id: str = "") -> None:
        if request_id in self._taken:
            raise ActionRefused(
                "this very request was taken before; nothing was sent now", hint="confirm it again"
            )
        for held in self.undo.held:
            if action.job in held.jobs:
                raise ActionRefused(f"the {held.what} waits to be sent", hint="take it back, or wait")
        if action.job in self._in_flight:
            raise ActionRefused(
                f"a {self._in_flight[action.job]} of it is still being sent", hint="wait for its receipt"
            )

    def _job(self, key: JobKey) -> Job:
        job = self._store.jobs.get(key)
        if job is None:
            raise NotFound(f"there is no job {key}", hint="it may have been removed from the system")
        return job

    def _new_request_id(self) -> str:
        return f"{self._clock.now():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def _refuse(reason: str) -> None:
    if reason:
        raise ActionRefused(reason)


async def _outcome(task: asyncio.Task[Receipt]) -> None:
    await asyncio.wait((task,))
