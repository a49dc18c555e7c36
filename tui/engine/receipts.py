"""Following each request until its effect is seen, and looking for the run of one whose answer was lost."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.core.capabilities import TakesRunIds
from tui.core.keys import RunKey
from tui.core.models import Action, ActionKind, Receipt, ReceiptStatus, ReceiptStep
from tui.core.state import State
from tui.engine.evidence import Before, Sighting, named_in_job, sighting_in_job, sighting_in_runs
from tui.engine.journal import JournalEntry
from tui.engine.known_runs import read_back, written_down
from tui.engine.named_runs import run_named_in
from tui.engine.targets import newest_runs, read_again
from tui.engine.watchdog import Watchdog

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime

    from tui.core.clock import Clock
    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.guard import Systems
    from tui.engine.journal import Journal
    from tui.engine.store import Store, StoreChange

SEEN_WITHIN_S = 30.0
"""Seconds in which an accepted action should be seen; after that the receipt says that it was not."""

LOOKS_S = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 30.0)
"""Seconds before each look for the run of a request whose answer was lost. Only looks that succeed count."""

LOOK_LIMIT_S = 60.0
"""Seconds that one look may take."""


@dataclass(slots=True)
class Case:
    """One request that was sent, and what is known of it by now."""

    receipt: Receipt
    """The newest receipt."""
    entry: JournalEntry
    """What the journal says about its sending."""
    before: Before
    """What was known of the job then."""
    is_named: bool = False
    """Whether its run has an id that we gave it: then only that run is its effect."""
    denials: int = 0
    """How often the system said that it has no run of that id."""
    is_closed: bool = False
    """Whether nobody looks for its effect any more; it may still be seen by chance."""

    @property
    def is_seen(self) -> bool:
        """Whether its effect was seen."""
        return self.receipt.status is ReceiptStatus.OBSERVED


class Follower:
    """Watches the store for the effect of each request, and asks the system where the store tells nothing."""

    def __init__(self, systems: Systems, *, store: Store, journal: Journal, clock: Clock) -> None:
        self._systems = systems
        self._store = store
        self._journal = journal
        self._clock = clock
        self._cases: defaultdict[JobKey, list[Case]] = defaultdict(list)
        self._newest: dict[JobKey, str] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._notes: set[asyncio.Task[str]] = set()
        self._published: dict[JobKey, Receipt] = {}
        self._leave = store.subscribe(self._check_changed)
        journal.subscribe(self._publish_again)

    def find(self, request_id: str) -> Case | None:
        """The case of a request that is still followed."""
        every = (case for cases in self._cases.values() for case in cases)
        return next((case for case in every if case.receipt.request_id == request_id), None)

    def follow(self, case: Case) -> None:
        """Publish the receipt, and watch for the effect until it is seen."""
        key = case.receipt.action.job
        self._cases[key] = [other for other in self._cases[key] if not other.is_closed]
        self._cases[key].append(case)
        self.publish(case.receipt)
        self._check(case)
        if not case.is_seen:
            is_unknown = case.receipt.status is ReceiptStatus.UNKNOWN
            self._start(case, self._reconcile(case) if is_unknown else self._await_sight(case))

    def begin(self, receipt: Receipt) -> None:
        """Show the receipt of a new request: from now on its job's row is this request's."""
        self._newest[receipt.action.job] = receipt.request_id
        self._store.set_receipt(receipt)

    def publish(self, receipt: Receipt) -> None:
        """Show the receipt, unless a newer request has the row. The wall clock has no say: it may jump."""
        key = receipt.action.job
        if self._newest.setdefault(key, receipt.request_id) == receipt.request_id:
            self._published[key] = receipt
            self._store.set_receipt(self.shown(receipt))

    def shown(self, receipt: Receipt) -> Receipt:
        """The receipt as it is told: it says so when the journal could not be written yet."""
        problem = self._journal.problem_of(receipt.request_id)
        if not problem:
            return receipt
        return replace(receipt, message=f"{receipt.message} (not in the journal yet: {problem})".strip())

    async def look(self, case: Case) -> bool:
        """Ask the system once for the effect of the request; False when it could not be asked."""
        # Whatever goes wrong, a look that fails is no look: the next one comes.
        (outcome,) = await asyncio.gather(self._ask_shortly(case), return_exceptions=True)
        return outcome is None

    def settle(self, case: Case, message: str) -> None:
        """Stop to look for the effect, because the user goes on without knowing."""
        case.receipt = replace(case.receipt, message=message, updated_at=self._clock.now())
        case.is_closed = True
        self.publish(case.receipt)

    async def aclose(self) -> None:
        """Stop to watch; what is still open is taken up at the next start."""
        self._leave()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, *self._notes, return_exceptions=True)

    def _publish_again(self, request_id: str) -> None:
        """Tell that the journal could not be written, or that it is complete now."""
        for receipt in tuple(self._published.values()):
            if receipt.request_id == request_id:
                self.publish(receipt)

    def _start(self, case: Case, watching: Coroutine[None, None, None]) -> None:
        request_id = case.receipt.request_id
        task = asyncio.create_task(watching, name=f"follow {request_id}")
        self._tasks[request_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(request_id, None))

    def _check_changed(self, change: StoreChange) -> None:
        if not self._cases:
            return
        for key, cases in list(self._cases.items()):
            if key in change.jobs or key in change.removed or key.connection in change.connections:
                for case in tuple(cases):
                    self._check(case)

    def _check(self, case: Case) -> None:
        if not case.is_seen:
            job = self._store.jobs.get(case.receipt.action.job)
            if case.is_named:
                sighting = named_in_job(case.receipt, job)
            else:
                sighting = sighting_in_job(case.receipt, case.before, job)
            if sighting is not None:
                self._note_sighting(case, sighting)

    async def _await_sight(self, case: Case) -> None:
        await self._clock.sleep(SEEN_WITHIN_S)
        await self.look(case)
        if not case.is_seen:
            message = _unseen_text(case.receipt.action.kind)
            self._close(case, replace(case.receipt, message=message, updated_at=self._clock.now()))

    async def _reconcile(self, case: Case) -> None:
        """Look until the effect is seen, or until enough looks have found nothing."""
        began_s = self._clock.monotonic()
        looks = tries = 0
        while looks < len(LOOKS_S) and not case.is_closed:
            await self._clock.sleep(LOOKS_S[min(tries, len(LOOKS_S) - 1)])
            tries += 1
            looks += await self.look(case)
        if not case.is_closed:
            spent_s = self._clock.monotonic() - began_s
            message = _unknown_text(case, looks, spent_s)
            self._close(case, replace(case.receipt, message=message, updated_at=self._clock.now()))

    async def _ask_shortly(self, case: Case) -> None:
        await Watchdog(self._clock, LOOK_LIMIT_S).watch(self._ask(case))

    async def _ask(self, case: Case) -> None:
        key = case.receipt.action.job
        self._systems.touch(key)
        if case.receipt.action.kind is ActionKind.DELETE:
            await read_again(self._systems, self._store, key, is_leaving=True)
            self._check(case)
            return
        adapter = await self._systems.adapter(key.connection)
        if case.is_named and isinstance(adapter, TakesRunIds):
            await self._ask_for_named(case, adapter)
            return
        runs = await newest_runs(adapter, key)
        sighting = sighting_in_runs(case.receipt, case.before, runs)
        if sighting is None and not case.is_seen:
            await read_again(self._systems, self._store, key)
            self._check(case)
        elif sighting is not None and not case.is_seen:
            self._note_sighting(case, sighting)

    async def _ask_for_named(self, case: Case, adapter: TakesRunIds) -> None:
        """Ask for the very run, which is there or isn't: nothing else is evidence."""
        key, run_id = case.receipt.action.job, case.receipt.run_id
        run = await adapter.find_run(RunKey(*key, run_id))
        if run is None:
            case.denials += 1
        elif not case.is_seen:
            self._note_sighting(case, Sighting(run.state, run_id))

    def _note_sighting(self, case: Case, sighting: Sighting) -> None:
        receipt = case.receipt
        was_unknown = receipt.status is ReceiptStatus.UNKNOWN
        self._close(
            case,
            receipt.at_step(
                ReceiptStatus.OBSERVED,
                self._clock.now(),
                run_id=receipt.run_id or sighting.run_id,
                observed_state=sighting.state,
                message=_found_text(receipt.action.kind, sighting) if was_unknown else receipt.message,
            ),
        )

    def _close(self, case: Case, receipt: Receipt) -> None:
        """Give a case its last word; one whose effect was not seen is still watched for by the way."""
        case.receipt = receipt
        case.is_closed = True
        key = receipt.action.job
        if case.is_seen:
            self._cases[key] = [other for other in self._cases[key] if other is not case]
            if not self._cases[key]:
                del self._cases[key]
        note = asyncio.create_task(self._journal.note(step_of(case)))
        self._notes.add(note)
        note.add_done_callback(self._notes.discard)
        self.publish(receipt)


def step_of(case: Case) -> JournalEntry:
    """What the journal should say of a case now."""
    receipt = case.receipt
    return replace(
        case.entry,
        status=receipt.status.value,
        run_id=receipt.run_id or ("" if case.is_named else case.entry.run_id),
        message=receipt.message,
        after_state=receipt.observed_state.value if receipt.observed_state is not None else "",
    )


def entry_of(
    request_id: str, action: Action, job: Job, before: Before, now: datetime, named: str = ""
) -> JournalEntry:
    """What the journal says before a request is sent; who and where is the journal's to add.

    Args:
        request_id: The request.
        action: What is asked for.
        job: Of which job.
        before: What is known of it now.
        now: When it is sent.
        named: The id that we give the run; empty where the system gives it.
    """
    run = action.run if action.kind is not ActionKind.TRIGGER else None
    return JournalEntry(
        request_id=request_id,
        at=now,
        user="",
        host="",
        pid=0,
        connection=job.connection,
        job_id=job.id,
        job_name=job.name,
        action=action.kind.value,
        params=action.params,
        run_id=named or (run.run_id if run is not None else ""),
        status=ReceiptStatus.SENT.value,
        message="",
        before_state=job.state.value,
        known_runs=written_down(before, action),
    )


def case_of_entry(entry: JournalEntry, now_text: str, lost_at: datetime) -> Case:
    """The case of a request that an earlier nightdeck sent without learning the outcome.

    Args:
        entry: Its `sent` entry.
        now_text: What to say of it.
        lost_at: Since when it is known that no answer came.

    Raises:
        ValueError: The entry tells of an action or a state that this version does not know.
    """
    kind = ActionKind(entry.action)
    is_start = kind in (ActionKind.TRIGGER, ActionKind.RERUN)
    named = run_named_in(entry)
    run = RunKey(entry.connection, entry.job_id, entry.run_id) if kind in _NEEDS_RUN else None
    receipt = Receipt(
        request_id=entry.request_id,
        action=Action(kind, entry.job, run=run, params=entry.params),
        status=ReceiptStatus.UNKNOWN,
        sent_at=entry.at,
        updated_at=entry.at,
        run_id=named if is_start else entry.run_id,
        message=now_text,
        steps=(
            ReceiptStep(ReceiptStatus.SENT, entry.at),
            ReceiptStep(ReceiptStatus.UNKNOWN, max(entry.at, lost_at)),
        ),
    )
    before = read_back(entry.known_runs, entry.job, State(entry.before_state))
    return Case(receipt, entry, before, is_named=bool(named))


_NEEDS_RUN = (ActionKind.STOP, ActionKind.RERUN)


def _found_text(kind: ActionKind, sighting: Sighting) -> str:
    if kind is ActionKind.STOP:
        return f"the answer was lost, but the run has ended: {sighting.state}"
    if kind is ActionKind.HOLD:
        return "the answer was lost, but the job is on hold now"
    if kind is ActionKind.RELEASE:
        return "the answer was lost, but the job is not on hold any more"
    if kind is ActionKind.DELETE:
        return "the answer was lost, but the job is gone"
    name = f"run {sighting.run_id}" if sighting.run_id else "a new run"
    others = f"; {sighting.others} more new runs were found too" if sighting.others else ""
    return f"the answer was lost, but {name} was found{others}"


def _unseen_text(kind: ActionKind) -> str:
    limit = f"{SEEN_WITHIN_S:.0f} s"
    if kind is ActionKind.STOP:
        return f"accepted, but the run has not ended after {limit}"
    return f"accepted but not seen after {limit}"


def _unknown_text(case: Case, looks: int, spent_s: float) -> str:
    kind = case.receipt.action.kind
    if case.is_named and case.denials:
        return (
            f"the answer was lost, and the system says that it has no run {case.receipt.run_id}:"
            " it has not happened so far, but the request may still be under way;"
            " repeated, it has the same id, so that it can't happen twice"
        )
    sought = "no new run" if kind in (ActionKind.TRIGGER, ActionKind.RERUN) else "no effect"
    return (
        f"the answer was lost and {sought} was seen in {looks} looks over {spent_s:.0f} s:"
        " it may or may not have happened"
    )
