"""One cell of the fault matrix: one system suffers one fault beside a healthy one, and what is seen of it."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trustme

from tests.reliability.fault_kinds import FaultKind, Patient
from tests.reliability.named_servers import NamedServer, names_known
from tests.support.hasty_clock import HastyClock
from tui.core.models import HealthStatus
from tui.core.redaction import Redactor
from tui.engine.connection import ConnectionSpec
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.adapters.http_harness import HttpHarness
    from tui.core.adapter import Adapter
    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.store import StoreChange

RATE = 10.0
"""So many times as fast as usual the time passes."""

REFRESH_S = 2.0
"""Seconds between two sweeps."""

TIMEOUT_S = 10.0
"""Seconds of the machine after which an answer that does not come is given up: busy machines take long."""

SHORT_S = 0.3
"""The same where nothing else ends the fault."""

WARM_SWEEPS = 3
"""Complete sweeps that tell what is usual, after a first one."""

LASTING_S = 12.0
"""Seconds for which a fault lasts that nightdeck gets over on its own."""

LONG_S = 60.0
"""Seconds of the machine after which what must happen counts as not happening."""

PROBE_S = 0.002
"""Seconds of the machine between two looks at how late the loop is."""


@dataclass
class Witness:
    """Sees what one connection does: its sweeps, and what the health bar is told."""

    sweeps: list[float] = field(default_factory=list)
    """When each sweep began."""
    successes: list[float] = field(default_factory=list)
    """When each complete sweep ended."""
    failures: int = 0
    """How many sweeps failed."""
    bad: set[str] = field(default_factory=set)
    """What it was told to be, when not well."""


@dataclass
class Sighting:
    """What was seen of one cell."""

    rows: int = 0
    """Rows before the fault."""
    fewest_rows: int = 0
    """The fewest of them that were still there, at any moment of the fault."""
    rows_without_age: int = 0
    """Rows that looked fresh at the end of an outage."""
    sweeps: int = 0
    """Sweeps that were begun during the fault."""
    lasted_s: float = 0.0
    """Seconds for which it lasted."""
    requests: int = 0
    """Requests that the system received meanwhile."""
    cost: float = 0.0
    """Requests that a sweep costs when all is well."""
    usual_sweeps: float = 0.0
    """Sweeps that there would have been in that time had all been well."""
    logins: int | None = None
    """Logins among them; None where each request carries the credentials."""
    tries_to_recover: int = 0
    """Sweeps that were begun from the end of the fault to the first success."""
    recovered_in_s: float = 0.0
    """Seconds from the end of the fault to that success."""
    pause_s: float = 0.0
    """Seconds that were left of the back-off at the end of the fault."""
    was_down: bool = False
    """Whether it failed at the end of the fault."""
    is_asking: bool = False
    """Whether nightdeck waited for the user: the credentials were refused."""
    neighbour_sweeps: int = 0
    """Complete sweeps of the healthy system from the beginning to the recovery."""
    neighbour_usual: float = 0.0
    """As many as it would have had in that time otherwise."""
    neighbour_faults: int = 0
    """How often it was told to be anything but well."""
    delays_s: Sequence[float] = ()
    """How late the loop was, many times."""
    surprises: Sequence[str] = ()
    """Errors that nobody foresaw."""


class Cell:
    """A nightdeck over two systems, one of which is to suffer."""

    def __init__(self, engine: Engine, store: Store, clock: HastyClock, patient: Patient, other: str) -> None:
        self.engine = engine
        """The nightdeck."""
        self._store = store
        self._clock = clock
        self._patient = patient
        self._name = patient.harness.connection
        self._other = other
        self.witnesses = {self._name: Witness(), other: Witness()}
        """What is seen of both."""
        store.subscribe(self._look)

    async def run(self, kind: FaultKind, outages: int) -> Sighting:
        """Let it happen.

        Args:
            kind: The fault.
            outages: So many sweeps fail before the fault is taken away.
        """
        seen = Sighting()
        patient = self._patient
        await self._until(lambda: self._is_warm(1))
        began_s, asked = self._clock.monotonic(), len(patient.server.requests)
        await self._until(lambda: self._is_warm(1 + WARM_SWEEPS))
        warm_s = self._clock.monotonic() - began_s
        sweeps_per_s = self._rate_of(self._name)
        usual_cost = (len(patient.server.requests) - asked) / (sweeps_per_s * warm_s)
        neighbour_per_s = self._rate_of(self._other)
        async with _lateness() as delays:
            rows = self._rows()
            seen.rows = seen.fewest_rows = len(rows)
            before = _Counts(self, patient)
            await kind.begin(patient)
            leave = self._store.subscribe(lambda _: self._count_rows(seen, rows))
            await self._let_it_last(kind, outages)
            leave()
            self._count_rows(seen, rows)
            seen.lasted_s, seen.sweeps, seen.requests, seen.logins = before.until_now()
            seen.usual_sweeps = seen.lasted_s / REFRESH_S
            seen.cost = max(usual_cost, patient.harness.requests_for_sweep(len(rows)))
            if kind.is_outage:
                seen.rows_without_age = self._fresh_rows(rows)
            await self._recover(kind, seen)
            neighbour_s = self._clock.monotonic() - before.at_s
        other = self.witnesses[self._other]
        seen.neighbour_sweeps = sum(at >= before.at_s for at in other.successes)
        seen.neighbour_usual = neighbour_per_s * neighbour_s
        seen.neighbour_faults = len(other.bad)
        seen.delays_s = sorted(delays)
        left = {key.id for key in self._rows()} & {key.id for key in rows} - patient.harness.configured
        if kind.has_new_jobs and left:
            seen.surprises = ["rows of before are still there"]
        return seen

    def sweeping(self, name: str, adapter: Adapter) -> None:
        """Note each sweep of the adapter from now on."""
        listing, witness = adapter.list_jobs, self.witnesses[name]

        async def listed() -> AsyncIterator[Sequence[Job]]:
            witness.sweeps.append(self._clock.monotonic())
            async for page in listing():
                yield page

        adapter.list_jobs = listed  # type: ignore[method-assign]

    async def _let_it_last(self, kind: FaultKind, outages: int) -> None:
        witness = self.witnesses[self._name]
        if not kind.is_outage:
            await self._clock.sleep(LASTING_S)
            return
        failed = witness.failures
        await self._until(lambda: self._is_locked() or witness.failures >= failed + outages)
        if self._is_locked():
            await self._clock.sleep(LASTING_S)
        else:
            await self._until(lambda: self._health().next_try_at is not None)

    async def _recover(self, kind: FaultKind, seen: Sighting) -> None:
        witness = self.witnesses[self._name]
        seen.is_asking = self._is_locked()
        due_at = self._health().next_try_at
        left_s = (due_at - self._patient.harness.clock.now()).total_seconds() if due_at else 0.0
        seen.pause_s = max(0.0, left_s)
        tried = len(witness.sweeps)
        seen.was_down = self._is_down()
        await kind.end(self._patient)
        ended_s = self._clock.monotonic()
        if seen.is_asking:
            self.engine.refresh(self._name)
        known = len(witness.successes)
        await self._until(lambda: len(witness.successes) > known)
        seen.recovered_in_s = witness.successes[known] - ended_s
        seen.tries_to_recover = sum(at <= witness.successes[known] for at in witness.sweeps[tried:])

    def _rows(self) -> dict[JobKey, Job]:
        return {key: self._store.jobs[key] for key in self._store.keys_of(self._name)}

    def _count_rows(self, seen: Sighting, rows: Iterable[JobKey]) -> None:
        seen.fewest_rows = min(seen.fewest_rows, sum(key in self._store.jobs for key in rows))

    def _fresh_rows(self, rows: Iterable[JobKey]) -> int:
        now = self._patient.harness.clock.now()
        return sum(
            not self._store.is_stale(self._store.jobs[key], now) for key in rows if key in self._store.jobs
        )

    def _health(self) -> Any:
        return self._store.health[self._name]

    def _is_down(self) -> bool:
        return self._health().status not in (HealthStatus.OK, HealthStatus.CONNECTING)

    def _is_locked(self) -> bool:
        return self._health().status in (HealthStatus.UNAUTHORIZED, HealthStatus.BROKEN)

    def _is_warm(self, sweeps: int) -> bool:
        return all(len(witness.successes) >= sweeps for witness in self.witnesses.values())

    def _rate_of(self, name: str) -> float:
        ends = self.witnesses[name].successes
        return (len(ends) - 1) / (ends[-1] - ends[0])

    def _look(self, change: StoreChange) -> None:
        for name in change.connections & self.witnesses.keys():
            witness, health = self.witnesses[name], self._store.health[name]
            if health.status is HealthStatus.OK:
                if health.last_ok_at is not None and health.next_try_at is None:
                    witness.successes.append(self._clock.monotonic())
            elif health.status is not HealthStatus.CONNECTING:
                witness.failures += health.next_try_at is None
                witness.bad.add(f"{health.status}: {health.message}")

    async def _until(self, condition: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(LONG_S):
                while not condition():  # noqa: ASYNC110 - what is waited for sets no event
                    await asyncio.sleep(PROBE_S)
        except TimeoutError:
            told = {name: (self._store.health[name], vars(seen)) for name, seen in self.witnesses.items()}
            raise AssertionError(f"it never happened: {told}") from None


class _Counts:
    """What had been counted when the fault began."""

    def __init__(self, cell: Cell, patient: Patient) -> None:
        self._cell = cell
        self._patient = patient
        self.at_s = cell._clock.monotonic()
        self._sweeps = len(cell.witnesses[cell._name].sweeps)
        self._requests = len(patient.server.requests)
        self._logins = patient.harness.logins_made()

    def until_now(self) -> tuple[float, int, int, int | None]:
        """Seconds, sweeps, requests and logins since then."""
        cell, harness = self._cell, self._patient.harness
        return (
            cell._clock.monotonic() - self.at_s,
            len(cell.witnesses[cell._name].sweeps) - self._sweeps,
            len(self._patient.server.requests) - self._requests,
            harness.logins_made() - self._logins if harness.has_session else None,
        )


async def see_cell(
    make: Callable[..., HttpHarness],
    make_other: Callable[..., HttpHarness],
    kind: FaultKind,
    folder: Path,
    outages: int,
) -> Sighting:
    """Set everything up, let it happen, take everything down."""
    clock, steady = HastyClock(RATE), HastyClock(RATE)
    authority = trustme.CA()
    surprises: list[str] = []
    with names_known() as unknown, authority.cert_pem.tempfile() as ca_file:
        async with AsyncExitStack() as stack:
            stack.enter_context(_Surprises(surprises))
            harness = make(clock=steady, uses_socket=True, timeout=SHORT_S if kind.is_silent else TIMEOUT_S)
            other = make_other(clock=steady, uses_socket=True)
            # The systems' time goes on as ever while the clock of nightdeck jumps.
            harness.clock = clock
            server = NamedServer(
                harness._answer, f"{harness.connection}.test", authority if kind.has_tls else None
            )
            if kind.has_tls:
                harness.settings["verify"] = ca_file
            harness.server, other.server = (
                server,
                NamedServer(other._answer, f"beside-{harness.connection}.test"),
            )
            patient = Patient(harness, server, unknown, authority)
            for system in (harness, other):
                await stack.enter_async_context(system)
            async with _nightdeck(patient, other, clock, folder) as cell:
                seen = await cell.run(kind, outages)
        seen.surprises = [*seen.surprises, *surprises]
    return seen


@asynccontextmanager
async def _nightdeck(
    patient: Patient, other: HttpHarness, clock: HastyClock, folder: Path
) -> AsyncIterator[Cell]:
    store, redactor = Store(clock), Redactor()
    cells: list[Cell] = []

    def opening(harness: HttpHarness) -> Callable[[], Any]:
        async def opened() -> Adapter:
            adapter = await harness.reopen()
            cells[0].sweeping(harness.connection, adapter)
            return adapter

        return opened

    specs = [
        ConnectionSpec(
            name=harness.connection,
            type=harness.adapter_type.type_name,
            environment="",
            is_read_only=False,
            is_insecure=False,
            refresh_s=REFRESH_S,
            open_adapter=opening(harness),
        )
        for harness in (patient.harness, other)
    ]
    engine = Engine(
        specs,
        store=store,
        history=History(folder, clock, redactor=redactor),
        clock=clock,
        read_only=False,
        redactor=redactor,
        rng=random.Random(1),
    )
    cells.append(Cell(engine, store, clock, patient, other.connection))
    await engine.start()
    try:
        yield cells[0]
    finally:
        await engine.aclose()


@asynccontextmanager
async def _lateness() -> AsyncIterator[list[float]]:
    """How late the loop is, again and again, in seconds of the machine."""
    delays: list[float] = []

    async def probe() -> None:
        while True:
            due = time.perf_counter() + PROBE_S
            await asyncio.sleep(PROBE_S)
            delays.append(max(0.0, time.perf_counter() - due))

    task = asyncio.create_task(probe())
    try:
        yield delays
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Surprises(logging.Handler):
    """Gathers errors that were logged, or that no task took."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._found = found

    def __enter__(self) -> None:
        logging.getLogger().addHandler(self)
        asyncio.get_running_loop().set_exception_handler(lambda _, told: self._found.append(str(told)))

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
        asyncio.get_running_loop().set_exception_handler(None)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self._found.append(record.getMessage())
