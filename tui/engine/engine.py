"""The facade that both front ends use: everything behind the screen."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from tui.core.capabilities import ChecksJobs
from tui.engine.actions import ActionPipeline
from tui.engine.connections import Connections
from tui.engine.details import Details
from tui.engine.journal import Journal
from tui.engine.recorder import Recorder
from tui.engine.sequence import JobSequence, RowWatch, plan_sequence
from tui.engine.targets import read_again
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from tui.core.adapter import Adapter
    from tui.core.clock import Clock
    from tui.core.errors import NightdeckError
    from tui.core.keys import JobKey, RunKey
    from tui.core.models import Action, ActionKind, LogChunk, Parameter, Run, Task
    from tui.core.redaction import Redactor
    from tui.engine.bulk import BulkRun
    from tui.engine.bulk_plan import BulkLimits, BulkOrder, BulkPlan
    from tui.engine.connection import ConnectionSpec
    from tui.engine.history import History
    from tui.engine.sequence import SequencePlan
    from tui.engine.shown_call import ShownCall
    from tui.engine.store import Store
    from tui.engine.telling import Targets
    from tui.logs.rule_set import RuleSet


class Engine:
    """Store, pollers, history and actions as one thing that a front end starts and closes."""

    def __init__(
        self,
        specs: Sequence[ConnectionSpec],
        *,
        store: Store,
        history: History,
        clock: Clock,
        read_only: bool,
        dry_run: bool = False,
        redactor: Redactor,
        rng: random.Random | None = None,
        spool_dir: Path | None = None,
        error_rules: RuleSet | None = None,
    ) -> None:
        self.store = store
        """What is known of the systems."""
        self.history = history
        """What was known before, kept over restarts."""
        self.journal = Journal(history.database, clock, redactor)
        """Every action that was ever sent from here."""
        self.clock = clock
        """Where the time comes from."""
        self.spool_dir = spool_dir
        """Where logs of other machines are kept while they are shown; None for a folder made for each."""
        self.error_rules = error_rules
        """What errors look like in logs; None for the built-in rules alone."""
        self.redactor = store.redactor = redactor
        """Knows every secret that was fetched or handed out."""
        rng = rng or random.Random()  # noqa: S311 - it spreads sweeps in time and guards nothing
        self._connections = Connections(specs, store=store, clock=clock, redactor=redactor, rng=rng)
        self.actions = ActionPipeline(
            self._connections,
            store=store,
            journal=self.journal,
            clock=clock,
            redactor=redactor,
            is_read_only=read_only,
            is_dry_run=dry_run,
        )
        """The only way to change a remote system."""
        self.targets: Targets | None = None
        """Who is told elsewhere that something happened; None when nobody is."""
        self._recorder = Recorder(store, history, clock)
        self._details = Details(self._connections, history, self._recorder, redactor)
        self._tasks: list[asyncio.Task[None]] = []
        self._sequences: dict[asyncio.Task[None], JobSequence] = {}
        self._is_paused = False
        self.bulk: BulkRun | None = None
        """The bulk that goes on, or the last one."""

    @property
    def is_read_only(self) -> bool:
        """Whether every action is refused."""
        return self.actions.guard.is_read_only

    @property
    def is_dry_run(self) -> bool:
        """Whether everything is done but sending."""
        return self.actions.is_dry_run

    @property
    def is_paused(self) -> bool:
        """Whether polling waits for the user."""
        return self._is_paused

    async def start(self) -> None:
        """Show the last known table and begin to poll every connection."""
        await self._recorder.load_table({poller.spec.name for poller in self._connections})
        self._tasks = [
            asyncio.create_task(poller.run(), name=f"poll {poller.spec.name}") for poller in self._connections
        ]
        self._tasks.append(asyncio.create_task(self._recorder.run(), name="record"))
        await self.actions.recover()

    async def aclose(self) -> None:
        """Stop polling, close the adapters, write what history still waits for."""
        self.actions.undo.close()
        sequences = tuple(self._sequences)
        for task in sequences:
            task.cancel()
        await asyncio.gather(*sequences, return_exceptions=True)
        if self.bulk is not None:
            await self.bulk.aclose()
        await self.actions.aclose()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._recorder.flush()
        await self._connections.aclose()
        await self.history.aclose()

    async def sweep_all(
        self, names: Collection[str] | None = None, *, calls: int | None = None
    ) -> dict[str, NightdeckError]:
        """Sweep the connections once, side by side; returns the failures by connection.

        Args:
            names: Which connections; all when None.
            calls: Where each job costs a call, about how many of them to ask; None for the usual number.

        Raises:
            NotFound: There is no connection of one of the names.
        """
        return await self._connections.sweep_all(names, calls)

    async def look_at(self, job: JobKey) -> None:
        """Ask about one job where each costs a call; elsewhere a sweep has told. Raises NightdeckError."""
        if isinstance(await self._connections.adapter(job.connection), ChecksJobs):
            await self._connections.ask(
                job.connection, lambda _: read_again(self._connections, self.store, job)
            )

    async def load_trends(self) -> None:
        """Fetch from history how the last runs of all jobs went; a started engine does it by itself."""
        await self._recorder.load_trends()

    async def adapter(self, connection: str) -> Adapter:
        """The connection's adapter, opened when first needed. Raises NightdeckError."""
        return await self._connections.adapter(connection)

    @property
    def sequences(self) -> Sequence[JobSequence]:
        """The sequences that go on, the oldest first."""
        return tuple(self._sequences.values())

    async def plan_sequence(self, jobs: Sequence[JobKey]) -> SequencePlan:
        """What triggering these jobs one after the other would be. Raises NotFound."""
        return await plan_sequence(self.actions, jobs)

    def start_sequence(
        self, plan: SequencePlan, confirmation: str, tell: Callable[[JobSequence], None]
    ) -> JobSequence:
        """Trigger jobs one after the other, each when the one before has succeeded.

        Args:
            plan: What was shown.
            confirmation: What was typed.
            tell: Is told each time it gets on, and at its end.
        """
        sequence = JobSequence(self.actions, RowWatch(self), plan, lambda: tell(sequence))
        task = asyncio.create_task(sequence.run(confirmation), name="sequence")
        self._sequences[task] = sequence
        task.add_done_callback(self._sequences.pop)
        return sequence

    async def call_of(self, action: Action) -> ShownCall:
        """What an action would send, to be read or run elsewhere; nothing is sent. Raises NightdeckError."""
        from tui.engine.rehearsing import call_of

        job = await self.actions.look_again(action.job)
        adapter = await self._connections.adapter(job.connection)
        return await call_of(adapter, job, action, self.redactor, self.clock)

    async def plan_bulk(self, order: BulkOrder, tell: Callable[[int], None]) -> BulkPlan:
        """What acting on many jobs would be; `tell` is told how many have been planned."""
        from tui.engine.bulk_plan import BulkPlanner

        return await BulkPlanner(self.actions, self.store, self.clock).plan(order, tell)

    def start_bulk(
        self,
        plan: BulkPlan,
        limits: BulkLimits,
        confirmation: str,
        tell: Callable[[BulkRun], None],
        undo_s: float = 0.0,
    ) -> BulkRun:
        """Act on many jobs, in the background. Raises ActionRefused while an earlier bulk goes on.

        Args:
            plan: What was shown.
            limits: How carefully to go about it.
            confirmation: What was typed.
            tell: Is told each time it gets on.
            undo_s: Seconds in which runs are not stopped yet, and all of it can be taken back.
        """
        from tui.core.errors import ActionRefused
        from tui.engine.bulk import BulkRun

        if self.bulk is not None:
            if not self.bulk.is_over:
                raise ActionRefused("another bulk goes on", hint="wait for its end, or abort it")
            self.bulk.let_go()
        run = self.bulk = BulkRun(
            self.actions,
            self.store,
            clock=self.clock,
            plan=plan,
            limits=limits,
            tell=lambda: tell(run),
            undo_s=undo_s,
        )
        run.start(confirmation)
        return run

    async def runs(self, job: JobKey, limit: int = 50) -> Sequence[Run]:
        """The system's runs and those of history, newest first; history alone when the system is down.

        Raises:
            NightdeckError: The system is down, and history knows nothing of the job either.
        """
        return await self._details.runs(job, limit)

    async def read_log(self, run: RunKey, cursor: str = "") -> LogChunk:
        """What follows the cursor in the run's log.

        Raises:
            ActionRefused: The system keeps no logs.
            NotFound: It has none of this run.
            SystemUnavailable: It can't be asked now.
        """
        return await self._details.read_log(run, cursor)

    async def log_path(self, run: RunKey) -> Path | None:
        """The file on this machine that is the run's log, to be read in place; None where there is none."""
        return await self._details.log_path(run)

    async def tasks(self, run: RunKey) -> Sequence[Task]:
        """The steps of a run. Raises ActionRefused where the system doesn't tell of any."""
        return await self._details.tasks(run)

    async def raw(self, job: JobKey, run: RunKey | None = None) -> Mapping[str, object]:
        """The system's own record, masked and scrubbed. Raises ActionRefused where there is none."""
        return await self._details.raw(job, run)

    async def parameters(self, job: JobKey) -> Sequence[Parameter]:
        """What a trigger of the job accepts; empty when the system doesn't tell."""
        return await self._details.parameters(job)

    async def web_url(self, job: JobKey, run: RunKey | None = None) -> str | None:
        """The web page of a job or run, or None."""
        return await self._details.web_url(job, run)

    def offers(self, connection: str, capability: type) -> bool:
        """Whether the connection's adapter has a capability mixin; False while it is not open yet."""
        return isinstance(self._connections.poller(connection).adapter, capability)

    def can(self, job: JobKey, kind: ActionKind) -> str:
        """Why the action can't be done now, or an empty string when it can. No I/O."""
        known = self.store.jobs.get(job)
        if job.connection not in self._connections or known is None:
            return f"there is no job {plain_text(str(job))}"
        refusal = self.actions.guard.refusal(job)
        if refusal:
            return refusal
        poller = self._connections.poller(job.connection)
        if poller.lock is not None:
            return plain_text(self.redactor.mask(str(poller.lock)))
        if poller.adapter is None:
            return f"still connecting to {job.connection}"
        return plain_text(poller.adapter.reason_against(kind, known))

    def mask(self, text: str) -> str:
        """The text without the secrets that are known."""
        return self.redactor.mask(text)

    def refresh(self, connection: str | None = None) -> None:
        """Sweep now, also where wrong credentials or a wrong config had stopped polling."""
        pollers = list(self._connections) if connection is None else [self._connections.poller(connection)]
        for poller in pollers:
            poller.refresh_now()

    def touch(self, job: JobKey) -> None:
        """Look at a job soon and often for a while, because it was just acted on."""
        self._connections.touch(job)

    def set_paused(self, paused: bool) -> None:  # noqa: FBT001 - the value is the message
        """Stop or resume polling."""
        self._is_paused = paused
        for poller in self._connections:
            poller.set_paused(paused)

    def set_focused(self, focused: bool) -> None:  # noqa: FBT001 - the value is the message
        """Poll slowly while the terminal is not looked at."""
        for poller in self._connections:
            poller.set_unfocused(not focused)

    def set_interest(self, keys: Sequence[JobKey]) -> None:
        """Tell which jobs are on screen: they are looked at first, and painted at once on the next start."""
        self._recorder.set_first_screen(keys)
        for poller in self._connections:
            poller.set_interest(keys)
