"""One system that is triggered again and again while everything goes wrong: it alone knows what happened."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import TYPE_CHECKING

from tests.adapters.airflow_harness import AirflowHarness
from tests.adapters.bmc_harness import BmcHarness
from tests.adapters.datameer_harness import DatameerHarness
from tests.adapters.enos_harness import EnosHarness
from tests.adapters.informatica_harness import InformaticaHarness
from tests.adapters.naming_system import NamingHarness
from tests.adapters.slurm_harness import SlurmHarness
from tests.adapters.talend_harness import TalendHarness
from tests.reliability.trigger_book import UNLISTED, Book, Confirmation, Promise
from tests.reliability.trigger_life import Life, Means, ServerClock
from tests.support.clock import FakeClock
from tests.support.faults import Fault
from tui.core.capabilities import CanRerun
from tui.core.errors import NightdeckError
from tui.core.models import Action, ActionKind, Receipt, ReceiptStatus
from tui.engine.evidence import SKEW
from tui.engine.schema import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator

    import httpx

    from tests.adapters.http_harness import HttpHarness
    from tui.core.keys import JobKey
    from tui.engine.guard import Plan

SYSTEMS: Mapping[str, Callable[..., HttpHarness]] = MappingProxyType(
    {
        "talend": TalendHarness,
        "bmc": BmcHarness,
        "enos": EnosHarness,
        "datameer": DatameerHarness,
        "informatica": InformaticaHarness,
        "informatica taskflows": partial(InformaticaHarness, family="taskflows"),
        UNLISTED: partial(InformaticaHarness, family="code"),
        "run ids from us": NamingHarness,
        "airflow": AirflowHarness,
        "slurm": SlurmHarness,
    }
)
"""Every adapter that speaks HTTP, with every kind of job that it knows, and a system that takes run ids."""

TIMEOUT_S = 0.2
"""Seconds after which an answer that doesn't come is given up."""

UNKNOWN, REFUSED = ReceiptStatus.UNKNOWN, ReceiptStatus.REFUSED

REST_S = 20.0
"""Seconds after which every run has ended."""

LOOKED_S = 100.0
"""Seconds after which nightdeck has looked for a lost run as often as it does by itself."""

PATIENT = 0.15
"""The share of the users who wait for so long; the others ask again while it still looks."""

ASKING_AGAIN = 0.6
"""The share of the users who ask again at once, without accepting that the outcome is unknown."""

FAULTS: Mapping[Fault | None, int] = MappingProxyType(
    {
        None: 60,
        Fault.LOST: 40,
        Fault.TRUNCATED: 25,
        Fault.FAILED_AFTER: 25,
        Fault.RESET: 15,
        Fault.CLOSED: 15,
        Fault.FAILED: 10,
        Fault.UNAVAILABLE: 10,
        Fault.BUSY: 10,
        Fault.EXPIRED: 15,
        Fault.GARBAGE: 10,
        Fault.HTML: 10,
        Fault.NOT_HTTP: 10,
        Fault.LOST_IN_SILENCE: 12,
        Fault.HANG: 10,
        Fault.SLOW_BODY: 8,
        Fault.SLOW_HEAD: 2,
        Fault.DRIP: 1,
        Fault.BOMB: 1,
    }
)
"""What happens to the request for the change, and how often beside the others."""

READ_FAULTS = (Fault.RESET, Fault.BUSY, Fault.FAILED, Fault.UNAVAILABLE, Fault.HTML, Fault.TRUNCATED)
"""What happens to the requests around it."""

SHIFTS_S = (0, 0, 0, 0, 40, -40, 110, -110, 300, -300, 700, -700)
"""By how many seconds a server's clock is ahead of ours."""

TRICKS: Mapping[str, int] = MappingProxyType(
    {
        "": 60,
        "killed on the wire": 8,
        "killed anywhere": 8,
        "killed answered": 4,
        "killed looking": 6,
        "journal locked": 3,
        "journal locked later": 4,
        "server away": 3,
        "server restarted": 4,
    }
)
"""What happens to nightdeck, its journal or the whole server meanwhile, and how often."""

ON_ARRIVAL = ("killed on the wire", "journal locked later", "server restarted")
"""Those that come at the moment at which the system has the request."""

DELAYS_S = (2, 15, 60, 200)
"""Seconds after which a system does what was asked of it long ago, through a queue that nobody knew of."""


class World:
    """One system on a socket, one journal, and the nightdecks that come and go.

    Args:
        system: Which of `SYSTEMS`.
        folder: For the journal.
        seed: Decides everything that happens.
    """

    def __init__(self, system: str, folder: Path, seed: str) -> None:
        self.system = system
        self.seed = seed
        self.chance = Random(seed)
        self.book = Book()
        self.clock = FakeClock()
        self.server_clock = ServerClock(self.clock, self.chance.choice(SHIFTS_S))
        self.harness = SYSTEMS[system](uses_socket=True, clock=self.server_clock)
        self.harness.clock = self.clock
        self.harness.settings["timeout"] = TIMEOUT_S
        self.means = Means(self.harness, self.clock, folder)
        self.life = Life(self.means)
        samples = self.harness.samples
        self.jobs = (samples.succeeding, samples.failing)

    async def run(self, tries: int) -> Book:
        """Let the user try so many times."""
        async with self.harness:
            # Now and then something can't even be planned.
            for number in range(4 * tries):
                if len(self.book.confirmations) >= tries:
                    break
                self.chance = Random(f"{self.seed}/{number}")
                await self.attempt()
            await self.life.close()
        return self.book

    async def attempt(self) -> None:
        """Confirm one start, and see what becomes of it."""
        self.harness.line.heal()
        await self.life.pass_time(REST_S)
        await self.disturb()
        kind, job = self.choose()
        plan = await self.plan(kind, job)
        if plan is None:
            return
        await self.confirm(plan)

    # What goes on around.

    async def disturb(self) -> None:
        """What may happen at any time."""
        chance = self.chance.random()
        if chance < 0.08 and self.harness.has_session:
            self.count("sessions ended")
            self.harness.expire_session()
        elif chance < 0.12:
            self.count("clocks set")
            ahead_s = self.chance.choice(SHIFTS_S)
            self.clock.jump(self.server_clock.ahead_s - ahead_s)
            self.server_clock.ahead_s = ahead_s
        elif chance < 0.16:
            self.count("orderly restarts")
            await self.restart(is_crash=False)

    def choose(self) -> tuple[ActionKind, JobKey]:
        """What to start."""
        job = self.chance.choice(self.jobs)
        has_run = self.harness.runs_made(job) > 0
        if has_run and issubclass(self.harness.adapter_type, CanRerun) and self.chance.random() < 0.2:
            return ActionKind.RERUN, job
        return ActionKind.TRIGGER, job

    async def plan(self, kind: ActionKind, job: JobKey) -> Plan | None:
        """What the user is shown; None when it can't be done now."""
        actions = self.life.engine.actions
        await self.life.drive(self.life.engine.sweep_all(calls=0))
        try:
            await self.life.drive(self.life.engine.look_at(job))
            plan = await self.life.drive(actions.plan(Action(kind, job)))
        except NightdeckError:
            plan = None
        if plan is not None and (not plan.refusal or plan.is_in_doubt):
            return plan
        # Such as credentials that a fault has called wrong: the user starts nightdeck again.
        self.count("not planned")
        await self.restart(is_crash=False)
        return None

    async def restart(self, *, is_crash: bool) -> None:
        """End this nightdeck, in order or not, and start another one on the same journal."""
        if is_crash:
            await self.life.kill()
        else:
            await self.life.close()
        self.life = Life(self.means)
        await self.life.drive(self.life.engine.sweep_all(calls=0))
        await self.life.drive(self.life.engine.actions.recover())

    def count(self, what: str) -> None:
        self.book.counts[what] += 1

    # One confirmation.

    async def confirm(self, plan: Plan) -> None:
        """Confirm a plan under a fault, see it through, and hold what was told against what happened."""
        job = plan.action.job
        made = Confirmation(plan.request_id, plan.action, plan.job.run_id, self.system)
        made.is_clock_far = abs(self.server_clock.ahead_s) > SKEW.total_seconds()
        runs, changes = self.harness.runs_made(job), self.harness.changes_sent()
        late = self.spoil(made)
        await self.send(made, plan)
        is_patient = self.chance.random() < PATIENT
        await self.life.pass_time(LOOKED_S if is_patient else self.chance.uniform(4, 12))
        if late is not None:
            await self.life.until(late.done)
        made.made = self.harness.runs_made(job) - runs
        made.requests = self.harness.changes_sent() - changes
        await self.look_back(made)
        made.was_lost = made.last == UNKNOWN or any(status == UNKNOWN for status, _ in made.steps)
        if made.last == UNKNOWN and self.chance.random() < ASKING_AGAIN:
            await self.ask_again(made)
        await self.judge(made)
        self.book.confirmations.append(made)

    def spoil(self, made: Confirmation) -> asyncio.Task[None] | None:
        """Spoil the request for the change, and maybe others; returns what is carried out later."""
        line, is_change = self.harness.line, self.harness.is_change
        if self.chance.random() < 0.25:
            other = self.chance.choice(READ_FAULTS)
            made.tricks.append(f"reads: {other}")
            skipped = self.chance.randrange(4)

            def is_due(request: httpx.Request) -> bool:
                nonlocal skipped
                if is_change(request):
                    return False
                skipped -= 1
                return skipped < 0

            line.inject(other, times=self.chance.randint(1, 6), when=is_due)
        if self.chance.random() < 0.05:
            made.fault = "carried out late"
            return asyncio.ensure_future(self.carry_out_late(self.chance.choice(DELAYS_S)))
        fault = self.chance.choices(list(FAULTS), list(FAULTS.values()))[0]
        if fault is not None:
            made.fault = fault
            line.inject(fault, when=is_change)
        return None

    async def carry_out_late(self, delay_s: float) -> None:
        """Let a request get stuck on its way to the system, long after its client has given up."""
        stuck: list[httpx.Request] = []

        def keep(request: httpx.Request) -> bool:
            if self.harness.is_change(request):
                stuck.append(request)
            return bool(stuck) and stuck[-1] is request

        self.harness.line.inject(Fault.RESET, when=keep)
        await self.clock.sleep(delay_s)
        if stuck:
            await self.harness._answer(stuck[0])

    async def send(self, made: Confirmation, plan: Plan) -> None:
        """Confirm it, once or several times; maybe the server or nightdeck goes down meanwhile."""
        perform = partial(
            self.life.engine.actions.perform,
            plan.action,
            confirmation=plan.expects,
            request_id=plan.request_id,
            is_unknown_accepted=plan.is_in_doubt,
        )
        times = 1 + (self.chance.random() < 0.15)
        trick = self.chance.choices(list(TRICKS), list(TRICKS.values()))[0]
        made.tricks += ["confirmed twice"] * (times - 1) + [trick] * bool(trick)
        self.count(trick)
        before = self.harness.changes_sent()
        async with self.trouble(trick) as strike:
            task = self.life.begin(_several(perform, times))
            if trick in ON_ARRIVAL:
                await self.life.until(lambda: task.done() or self.harness.changes_sent() > before)
                await strike()
            if trick == "killed anywhere":
                for _ in range(self.chance.randrange(600)):
                    await asyncio.sleep(0)
            if trick not in ("killed anywhere", "killed on the wire"):
                await self.life.until(task.done)
                made.receipts += [r for r in task.result() if "taken before" not in r.message]
                assert len(made.receipts) == 1
            if trick == "killed looking":
                await self.life.pass_time(self.chance.uniform(0, 40))
            if trick.startswith("killed"):
                await self.restart(is_crash=True)

    @asynccontextmanager
    async def trouble(self, trick: str) -> AsyncIterator[Callable[[], Coroutine[None, None, None]]]:
        """What is wrong with the journal or the server while this lasts; gives what strikes in the middle."""
        line = self.harness.line
        with ExitStack() as stack:

            async def strike() -> None:
                if trick == "journal locked later":
                    stack.enter_context(self.locked())
                if trick == "server restarted":
                    await line.stop()
                    await line.listen()

            if trick == "journal locked":
                stack.enter_context(self.locked())
            if trick == "server away":
                await line.stop()
            yield strike
        if trick == "server away":
            await line.listen()

    async def look_back(self, made: Confirmation) -> None:
        """What the row and the journal say at the end."""
        made.newest_run = await self.newest_run(made.action.job)
        if made.made and made.newest_run == made.old_run:
            # Rows may show a run later than lists of runs do.
            await self.life.pass_time(REST_S)
            made.newest_run = await self.newest_run(made.action.job)
        receipt = self.life.store.receipts.get(made.action.job)
        if receipt is not None and receipt.request_id == made.request_id:
            made.receipts.append(receipt)
        entries = await self.life.engine.journal.entries()
        made.steps = [(e.status, e.message) for e in entries if e.request_id == made.request_id]

    async def ask_again(self, made: Confirmation) -> None:
        """Nobody gets a second run by asking again while the first is in doubt."""
        runs = self.harness.runs_made(made.action.job)
        plan = await self.plan(made.action.kind, made.action.job)
        await self.look_back(made)
        if plan is None or made.last != UNKNOWN:
            return
        made.was_asked_again = True
        receipt = await self.life.drive(
            self.life.engine.actions.perform(
                plan.action, confirmation=plan.expects, request_id=plan.request_id
            )
        )
        is_sent = self.harness.runs_made(made.action.job) > runs or receipt.status is not REFUSED
        if is_sent or not plan.is_in_doubt:
            self.wrong(Promise.IN_DOUBT, made)
        await self.look_back(made)

    async def newest_run(self, job: JobKey) -> str:
        """The run that the job's row shows when all is well."""
        self.harness.line.heal()
        for _ in range(3):
            failures = await self.life.drive(self.life.engine.sweep_all(calls=0))
            with suppress(NightdeckError):
                await self.life.drive(self.life.engine.look_at(job))
                if not failures:
                    return self.life.store.jobs[job].run_id
            # Such as credentials that a fault has called wrong: the user starts nightdeck again.
            await self.restart(is_crash=False)
        raise AssertionError(f"the system can't be read although all is well: {failures}")

    async def has_run(self, job: JobKey, run_id: str) -> bool:
        """Whether the system lists that run: a row may show another one where clocks differ."""
        runs = await self.life.drive(self.life.engine.runs(job))
        return run_id in {run.key.run_id for run in runs}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Somebody else writes into the file and doesn't come to an end."""
        with closing(sqlite3.connect(self.means.folder / FILE_NAME)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    # What is wrong.

    async def judge(self, made: Confirmation) -> None:
        """Hold what was told against what happened."""
        told = {receipt.status.value for receipt in made.receipts} | {status for status, _ in made.steps}
        if made.made > 1:
            self.wrong(Promise.ONCE, made)
        if made.made and REFUSED in told:
            self.wrong(Promise.NOT_REFUSED, made)
        if made.made and not made.steps:
            self.wrong(Promise.IN_JOURNAL, made)
        if not made.made and told & {ReceiptStatus.OBSERVED, ReceiptStatus.ACCEPTED}:
            self.wrong(Promise.NOT_MADE_UP, made)
        for run_id in made.names if made.made == 1 else ():
            is_old = run_id == made.old_run and made.action.kind is ActionKind.TRIGGER
            if is_old or not (run_id == made.newest_run or await self.has_run(made.action.job, run_id)):
                self.wrong(Promise.RIGHT_NAME, made)

    def wrong(self, promise: Promise, made: Confirmation) -> None:
        """Keep the story, and how to have it told again."""
        self.book.wrongs.append(
            (promise, f"{promise} [{self.seed}, clock {self.server_clock.ahead_s}]: {made}")
        )


async def _several(perform: Callable[[], Coroutine[None, None, Receipt]], times: int) -> Sequence[Receipt]:
    return await asyncio.gather(*(perform() for _ in range(times)))
