"""Acting on many jobs: each like a single one, so many at once, so far apart, and none of them twice."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tui.core.errors import ActionRefused, NightdeckError
from tui.core.models import ReceiptStatus
from tui.engine.freshness import change_since
from tui.engine.undo_window import UNDOABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.models import Receipt
    from tui.core.state import State
    from tui.engine.actions import ActionPipeline
    from tui.engine.bulk_plan import BulkLimits, BulkLine, BulkPlan
    from tui.engine.guard import Plan
    from tui.engine.store import Store, StoreChange
    from tui.engine.undo_window import Held


class ItemStatus(StrEnum):
    """How far one job of a bulk has got."""

    WAITING = "waiting"
    CHECKING = "checking"
    SENT = "sent"
    REHEARSING = "rehearsing"
    ACCEPTED = "accepted"
    OBSERVED = "observed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    REHEARSED = "rehearsed"
    SKIPPED = "skipped"
    NOT_SENT = "not sent"


_UNSENT = (ItemStatus.WAITING, ItemStatus.CHECKING)
_OPEN = (*_UNSENT, ItemStatus.SENT, ItemStatus.REHEARSING)
_FAILED = (ItemStatus.REFUSED, ItemStatus.UNKNOWN)
_BY_RECEIPT: Mapping[ReceiptStatus, ItemStatus] = {
    status: ItemStatus(status.value) for status in ReceiptStatus if status is not ReceiptStatus.WITHDRAWN
}


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One job of a bulk that goes on."""

    line: BulkLine
    """What was planned."""
    status: ItemStatus = ItemStatus.WAITING
    """How far it has got."""
    request_id: str = ""
    """The journal's key of its request; empty while none was made."""
    run_id: str = ""
    """The run that it made or touched, once known."""
    state: State | None = None
    """The state in which its effect was seen."""
    message: str = ""
    """Why it was refused or left out, or what the system said."""
    sent_at: datetime | None = None
    """When its request was handed over; None when there was none."""


class BulkRun:
    """One confirmed bulk. It lives as long as nightdeck does: what was not sent by then never is.

    Args:
        actions: Sends each action, once.
        store: Tells when an effect was seen.
        clock: Spaces the requests.
        plan: What was shown.
        limits: How carefully to go about it.
        tell: Is told of every item that gets on.
        undo_s: Seconds in which runs are not stopped yet, and all of it can be taken back.
    """

    def __init__(
        self,
        actions: ActionPipeline,
        store: Store,
        *,
        clock: Clock,
        plan: BulkPlan,
        limits: BulkLimits,
        tell: Callable[[], None],
        undo_s: float = 0.0,
    ) -> None:
        self.plan = plan
        """What was shown."""
        self.limits = limits
        """How carefully it goes about it."""
        self.began_at = clock.now()
        """When it was confirmed."""
        self.ended_by = ""
        """What ended it before its time: `aborted`, or too many failures; empty when nothing did."""
        self._actions = actions
        self._store = store
        self._clock = clock
        self._tell = tell
        self._undo_s = undo_s if plan.order.kind in UNDOABLE and not actions.is_dry_run else 0.0
        self._held: Held | None = None
        self._items = [_first(line) for line in plan.lines]
        self._places = {line.job: index for index, line in enumerate(plan.lines)}
        self._slots = asyncio.Semaphore(max(1, limits.at_once))
        self._is_begun = False
        self._lanes: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._leave: Callable[[], None] = lambda: None

    @property
    def items(self) -> Sequence[BulkItem]:
        """The jobs in their order, and how far each has got."""
        return tuple(self._items)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will be sent and every answer is in."""
        return all(item.status not in _OPEN for item in self._items)

    @property
    def is_good(self) -> bool:
        """Whether nothing was refused, lost or kept from being sent."""
        return all(item.status not in (*_FAILED, ItemStatus.NOT_SENT) for item in self._items)

    @property
    def tally(self) -> Mapping[ItemStatus, int]:
        """How many items have got how far."""
        return Counter(item.status for item in self._items)

    @property
    def unsent(self) -> int:
        """How many items could still be kept from being sent."""
        return sum(item.status in _UNSENT for item in self._items)

    @property
    def told(self) -> str:
        """Where it stands, in a few words: `5 of 12 sent, 1 refused`."""
        tally = self.tally
        count = self.plan.count
        sent = sum(item.sent_at is not None for item in self._items)
        if self._actions.is_dry_run:
            sent = tally[ItemStatus.REHEARSED]
        bad = [f"{tally[status]} {status}" for status in _FAILED if tally[status]]
        ended = [self.ended_by] if self.ended_by else []
        if self._held is not None:
            ended = [f"the first in {math.ceil(self._actions.undo.left_s(self._held))} s"]
        word = "rehearsed, none sent" if self._actions.is_dry_run else "sent"
        return ", ".join([f"{sent} of {count} {word}", *bad, *ended])

    def start(self, confirmation: str) -> None:
        """Begin to send, once: a second call does nothing. What doesn't confirm the plan sends nothing.

        Args:
            confirmation: What was typed.
        """
        if self._is_begun:
            return
        self._is_begun = True
        refusal = self.plan.refusal(self.limits, confirmation)
        if refusal:
            self._keep_back(refusal)
            return
        self._leave = self._store.subscribe(self._take_receipts)
        if self._undo_s > 0 and self.unsent:
            self._begin(self._hold_back(), "bulk")
        else:
            self._open_lanes()

    @property
    def is_held(self) -> bool:
        """Whether nothing was sent yet, because all of it can still be taken back."""
        return self._held is not None

    def _open_lanes(self) -> None:
        lanes: defaultdict[str, list[int]] = defaultdict(list)
        for index, item in enumerate(self._items):
            if item.status is ItemStatus.WAITING:
                lanes[item.line.job.connection].append(index)
        for name, places in lanes.items():
            self._begin(self._drive(places), f"bulk {name}")

    def _begin(self, work: Coroutine[None, None, None], name: str) -> None:
        lane = asyncio.create_task(work, name=name)
        self._lanes.add(lane)
        lane.add_done_callback(self._lanes.discard)

    async def _hold_back(self) -> None:
        """Wait before the first request while all of them can be taken back."""
        jobs = [item.line.job for item in self._items if item.status is ItemStatus.WAITING]
        what = f"{self.plan.order.kind} of {len(jobs):,} {'job' if len(jobs) == 1 else 'jobs'}"
        undo = self._actions.undo
        self._held = undo.hold(what, jobs, self._undo_s)
        self._tell()
        try:
            await undo.wait(self._held)
        except ActionRefused as error:
            self.ended_by = error.message
            self._held = None
            self._keep_back(error.message)
            return
        finally:
            self._held = None
        self._open_lanes()

    def abort(self) -> None:
        """Send nothing more. What was sent stays sent."""
        self._end("aborted")

    def let_go(self) -> None:
        """Watch no longer what was sent: its receipts are in the journal."""
        self._leave()

    async def aclose(self) -> None:
        """Send nothing more, and watch no longer what was sent."""
        self._end("nightdeck was closed")
        self.let_go()
        tasks = (*self._lanes, *self._sending)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drive(self, places: Sequence[int]) -> None:
        """Send what goes to one connection, one after the other, in its own time."""
        next_at = float("-inf")
        for index in places:
            await self._clock.sleep(max(0.0, next_at - self._clock.monotonic()))
            await self._slots.acquire()
            is_sent = False
            try:
                self._update(index, status=ItemStatus.CHECKING)
                plan = await self._checked(index)
                if plan is not None and self._items[index].status is ItemStatus.CHECKING:
                    # No await from here to the task that sends: an abort comes before both or after both.
                    self._hand_over(index, plan)
                    is_sent = True
                    next_at = self._clock.monotonic() + self.limits.stagger_s
            finally:
                if not is_sent:
                    self._slots.release()

    async def _checked(self, index: int) -> Plan | None:
        """The plan as it would be now; None when the job changed so much that it must not be sent."""
        line = self._items[index].line
        shown = line.plan
        if shown is None:
            return None
        try:
            job = await self._actions.look_again(line.job)
        except NightdeckError as error:
            self._update(index, status=ItemStatus.REFUSED, message=str(error))
            self._count_failures()
            return None
        try:
            plan = await self._actions.plan(shown.action)
        except NightdeckError as error:
            self._update(index, status=ItemStatus.SKIPPED, message=str(error))
            return None
        reason = self._reason_since(line) or change_since(shown, job)
        reason = reason or change_since(shown, plan.job) or plan.refusal
        if not reason and plan.level is not shown.level:
            reason = "it must be confirmed otherwise now"
        if reason:
            self._update(index, status=ItemStatus.SKIPPED, message=reason)
            return None
        return plan

    def _reason_since(self, line: BulkLine) -> str:
        """What was done to the job since it was planned, whose effect its row may not show yet."""
        receipt = self._store.receipts.get(line.job)
        if receipt is None or receipt.request_id == line.known_request:
            return ""
        is_sent = receipt.status is not ReceiptStatus.WITHDRAWN
        return f"a {receipt.action.kind} was sent meanwhile" if is_sent else ""

    def _hand_over(self, index: int, plan: Plan) -> None:
        is_dry_run = self._actions.is_dry_run
        self._update(
            index,
            status=ItemStatus.REHEARSING if is_dry_run else ItemStatus.SENT,
            request_id=plan.request_id,
            sent_at=None if is_dry_run else self._clock.now(),
            message="",
        )
        task = asyncio.create_task(self._send(index, plan), name=f"bulk {plan.request_id}")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, index: int, plan: Plan) -> None:
        try:
            receipt = await self._actions.perform(
                plan.action, confirmation=plan.expects, request_id=plan.request_id, shown=plan
            )
        finally:
            self._slots.release()
        newest = self._store.receipts.get(receipt.action.job, receipt)
        self._take(index, newest if newest.request_id == receipt.request_id else receipt)
        self._count_failures()

    def _take_receipts(self, change: StoreChange) -> None:
        """Follow what becomes of the requests that were sent from here."""
        for key in change.jobs & self._places.keys():
            index, receipt = self._places[key], self._store.receipts.get(key)
            if receipt is not None and receipt.request_id == self._items[index].request_id:
                self._take(index, receipt)

    def _take(self, index: int, receipt: Receipt) -> None:
        self._update(
            index,
            status=_BY_RECEIPT[receipt.status],
            run_id=receipt.run_id,
            state=receipt.observed_state,
            message=receipt.message,
        )

    def _count_failures(self) -> None:
        failures = sum(item.status in _FAILED for item in self._items)
        if 0 < self.limits.most_failures <= failures and self.unsent:
            word = "failure" if failures == 1 else "failures"
            self._end(f"stopped after {failures} {word}")

    def _end(self, why: str) -> None:
        for lane in self._lanes:
            lane.cancel()
        if self.unsent:
            self.ended_by = why
            self._keep_back(why)

    def _keep_back(self, why: str) -> None:
        self._items = [
            replace(item, status=ItemStatus.NOT_SENT, message=why) if item.status in _UNSENT else item
            for item in self._items
        ]
        self._tell()

    def _update(self, index: int, **changes: object) -> None:
        item = replace(self._items[index], **changes)  # type: ignore[arg-type]
        if item != self._items[index]:
            self._items[index] = item
            self._tell()


def _first(line: BulkLine) -> BulkItem:
    is_out = bool(line.reason) or line.plan is None
    return BulkItem(line, ItemStatus.SKIPPED, message=line.reason) if is_out else BulkItem(line)
