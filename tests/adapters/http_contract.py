"""What every adapter that speaks HTTP must do when the network, the server and the clock are as they are.

A system joins with a harness and a class. The harness says what the system is; the rest is `HttpHarness`:

    class ShopHarness(HttpHarness):
        connection = "shop"
        adapter_type = ShopAdapter
        has_session = True  # a login opens a session; leave it out where every request has the credentials
        odd_states = MappingProxyType({r'("state": ?")\\w+': rf"\\1{ODD}"})
        samples = Samples(
            succeeding=JobKey("shop", "1"),
            failing=JobKey("shop", "2"),
            lasting=JobKey("shop", "3"),
            idle=JobKey("shop", "4"),
            printed=b"all is well\\n",
        )

        def make_simulator(self) -> ShopSimulator:
            specs = made_up(self.jobs) if self.jobs else SPECS
            self.shop = ShopSimulator(self.clock, specs, zone=ZoneInfo(self.zone))
            return self.shop

        def table(self, base: str) -> Mapping[str, Any]:
            return {"type": "shop", "url": base, "username": USER, "password": SecretRef(literal=PASSWORD)}

        @property
        def secrets(self) -> Sequence[str]:
            return [PASSWORD, *self.shop.tokens]

        def is_change(self, request: httpx.Request) -> bool:
            return request.method == "POST" and not self.is_login(request)

        def is_login(self, request: httpx.Request) -> bool:
            return request.url.path == "/login"

        def spoil_credentials(self) -> None:
            self.shop.set_password("another one")
            self.shop.end_sessions()

        def expire_session(self) -> None:
            self.shop.end_sessions()

        def requests_for_sweep(self, jobs: int) -> int:
            return ceil(jobs / 100)

The class in the adapter's test file has the contract of each capability that the adapter has; a test makes
sure that none is missing:

    class TestOverASocket(HttpContract, HttpSessionContract, HttpLogContract, HttpTriggerContract):
        harness_type = ShopHarness

Each test opens systems of its own with `opening`. When it ends, nothing of what was logged and kept in memory
may hold a secret, whatever the test was about.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from zoneinfo import ZoneInfo

import pytest

from tests.adapters.contract import REQUEST
from tests.adapters.http_harness import ODD, HttpHarness
from tests.adapters.http_night import night_over
from tests.adapters.rehearsal_contract import RehearsalContract
from tests.support.clock import START, FakeClock
from tests.support.faults import LOGIN_PAGE, Fault
from tui.core.capabilities import (
    CanDelete,
    CanHold,
    CanRerun,
    CanStop,
    CanTrigger,
    ChecksJobs,
    HasLogs,
    HasRaw,
    HasTasks,
    TakesRunIds,
)
from tui.core.errors import (
    ActionRefused,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    RunExists,
    SystemUnavailable,
    Unauthorized,
    Unreachable,
)
from tui.core.keys import RunKey
from tui.core.models import Action, ActionKind, HealthStatus, ReceiptStatus
from tui.core.state import State
from tui.engine.budget import Budget
from tui.engine.store import Store
from tui.engine.sweep import Sweep
from tui.engine.vitals import leading_error

if TYPE_CHECKING:
    from tui.core.adapter import Adapter
    from tui.core.keys import JobKey
    from tui.core.models import Accepted, Job, LogChunk, Receipt, Run

T = TypeVar("T")
Opening = Callable[..., Awaitable[HttpHarness]]
"""Opens a system; its options are those of the harness."""
Read = Callable[["Adapter"], Awaitable[Any]]
Send = Callable[[], Awaitable["Accepted"]]

SILENT = frozenset({Fault.HANG, Fault.LOST_IN_SILENCE, Fault.SLOW_BODY, Fault.SLOW_HEAD, Fault.DRIP})
"""Faults that only a timeout ends."""

SHORT_S = 0.15
"""The timeout for those; the others have time enough, however busy the machine is."""

DRIP_S = 0.05
"""The timeout for an answer that never ends: it is borne ten times as long."""

PASSING = SILENT | {
    Fault.RESET,
    Fault.CLOSED,
    Fault.LOST,
    Fault.TRUNCATED,
    Fault.BUSY,
    Fault.UNAVAILABLE,
    Fault.FAILED_AFTER,
}
"""Faults after which a read is asked again by itself."""

CARRIED_OUT = frozenset(
    {
        Fault.LOST,
        Fault.LOST_IN_SILENCE,
        Fault.SLOW_BODY,
        Fault.DRIP,
        Fault.SLOW_HEAD,
        Fault.TRUNCATED,
        Fault.FAILED_AFTER,
    }
)
"""Faults under which the system does what it is asked."""

IN_DOUBT = CARRIED_OUT | {
    Fault.RESET,
    Fault.CLOSED,
    Fault.HANG,
    Fault.NOT_HTTP,
    Fault.GARBAGE,
    Fault.HTML,
    Fault.BOMB,
}
"""Faults after which nobody can know whether a change was made."""

NOTHING_HAPPENED = (ActionRefused, NotFound, Unauthorized, Forbidden, RateLimited, Unreachable)
"""Errors that promise that a change was not made."""

QUICK = tuple(fault for fault in Fault if fault not in SILENT and fault is not Fault.BOMB)
"""Faults that cost no time, for what the transport does alike everywhere."""

LOOKED_FOR = (
    Fault.LOST,
    Fault.TRUNCATED,
    Fault.FAILED_AFTER,
    Fault.RESET,
    Fault.HTML,
    Fault.BUSY,
    Fault.EXPIRED,
)
"""Faults of each sort, for tests that follow a change to its end."""

BROKEN_OFF = (Fault.FAILED, Fault.HTML, Fault.GARBAGE)
"""Faults that no second attempt heals."""

MOST_SPOILED = 5
"""So many of the requests that a read costs are spoiled, one after the other."""

SETTLED_S = 15
"""Seconds after which a run of the samples has ended, if there was one."""

WATCHED_S = 2
"""Seconds for which somebody looks what becomes of a change."""

SEVERAL_PAGES = 1200
"""Jobs that come on more than one page where there are pages."""

MANY_JOBS = 10_000
"""Jobs of a large installation."""

LARGEST_PAGE = 1000
"""Jobs on a page at most: a page is turned into jobs, and taken over, without a turn for anything else."""

MANY_STEPS = 300
"""So often time passes for something that must happen."""

MOMENTS = (
    ("Europe/Berlin", datetime(2026, 10, 25, 0, 20, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 0, 59, 56, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, 20, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, 59, 56, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 5, 59, 56, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, 6, 20, tzinfo=UTC)),
    ("Asia/Shanghai", datetime(2026, 10, 25, 0, 59, 56, tzinfo=UTC)),
)
"""Zones of servers, with moments in the hour that comes twice: the first one, the change, the second one."""


class _OverHttp:
    """What the contracts share."""

    harness_type: ClassVar[Callable[..., HttpHarness]]
    """Makes the harness."""
    options: ClassVar[Mapping[str, Any]] = {}
    """What it is always made with."""

    @pytest.fixture
    async def opening(self, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Opening]:
        """Opens systems for a test; at its end, all that was logged and remembered must be discreet."""
        caplog.set_level(logging.DEBUG)
        opened: list[HttpHarness] = []
        async with AsyncExitStack() as stack:

            async def open_one(**options: Any) -> HttpHarness:
                made = type(self).harness_type(**{**self.options, **options})
                opened.append(await stack.enter_async_context(made))
                return made

            yield open_one
        for harness in opened:
            harness.assert_discreet(*_logged(caplog))
            harness.assert_no_secret(harness.memory.values)


class HttpContract(_OverHttp, RehearsalContract):
    """The part that no adapter can leave out."""

    async def test_every_capability_has_its_http_contract(self, opening: Opening) -> None:
        harness = await opening()
        for capability, contract in HTTP_CONTRACTS.items():
            assert isinstance(harness.adapter, capability) == isinstance(self, contract), capability.__name__
        assert harness.has_session == isinstance(self, HttpSessionContract)

    # Reads

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_sweep_heals_or_tells(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        await harness.finish(harness.samples.failing)
        await read_spoiled(harness, fault, harness.sweep)

    @pytest.mark.parametrize("fault", QUICK)
    async def test_a_check_heals_or_tells(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        await read_spoiled(harness, fault, lambda adapter: adapter.check())

    @pytest.mark.parametrize("fault", [*QUICK, Fault.SLOW_BODY])
    async def test_a_list_of_runs_heals_or_tells(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        job = harness.samples.succeeding
        await harness.finish(job)
        await read_spoiled(harness, fault, lambda adapter: adapter.list_runs(job))

    async def test_an_outage_heals_by_itself(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        before = await harness.sweep()
        await harness.line.stop()
        for _ in range(2):
            with pytest.raises(SystemUnavailable) as caught:
                await harness.sweep()
            assert isinstance(caught.value, Unreachable)
            assert caught.value.hint
            harness.assert_discreet(caught.value)
        await harness.line.listen()
        assert await harness.sweep() == before

    @pytest.mark.parametrize("fault", BROKEN_OFF)
    async def test_a_listing_that_breaks_off_loses_no_job(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True, jobs=SEVERAL_PAGES)
        store, before = Store(harness.clock), harness.work()
        assert await swept(harness.adapter, store) is None
        told, cost = set(store.jobs), harness.work() - before
        assert len(told) == SEVERAL_PAGES
        for at in sorted({0, 1, cost // 2, cost - 1} & set(range(cost))):
            harness.spoil(fault, at=at)
            problem = await swept(harness.adapter, store)
            assert problem is None or isinstance(problem, SystemUnavailable)
            assert set(store.jobs) == told
            harness.line.heal()
            assert await swept(harness.adapter, store) is None
            assert set(store.jobs) == told

    # Logins

    async def test_wrong_credentials_are_tried_once(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        await harness.sweep()
        harness.spoil_credentials()
        logins = harness.logins_made()
        with pytest.raises(Unauthorized) as caught:
            await harness.sweep()
        assert caught.value.hint
        harness.assert_discreet(caught.value)
        assert harness.logins_made() == logins + 1
        asked = len(harness.requests)
        for outcome in await asyncio.gather(*several_reads(harness), return_exceptions=True):
            assert isinstance(outcome, Unauthorized)
            harness.assert_discreet(outcome)
        assert len(harness.requests) == asked

    async def test_credentials_that_were_never_right_are_tried_once(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        harness.spoil_credentials()
        for _ in range(3):
            with pytest.raises(Unauthorized) as caught:
                await harness.sweep()
            harness.assert_discreet(caught.value)
        results = await asyncio.gather(*several_reads(harness), return_exceptions=True)
        assert {type(result) for result in results} == {Unauthorized}
        assert len(harness.requests) == 1

    async def test_many_who_wait_try_wrong_credentials_once(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        harness.spoil_credentials()
        results = await asyncio.gather(*several_reads(harness), return_exceptions=True)
        assert {type(result) for result in results} == {Unauthorized}
        assert len(harness.requests) == 1

    async def test_wrong_credentials_stop_polling(self, opening: Opening, tmp_path: Path) -> None:
        harness = await opening(clock=FakeClock())
        async with night_over(harness, tmp_path) as night:
            await night.engine.start()
            await night.until(lambda: night.health.status is HealthStatus.OK)
            harness.spoil_credentials()
            for _ in range(2):
                logins = harness.logins_made()
                await night.until(lambda: harness.logins_made() > logins)  # noqa: B023 - it is over here
                await night.until(lambda: night.health.status is HealthStatus.UNAUTHORIZED)
                harness.assert_discreet(night.health)
                await harness.clock.advance(3600)
                assert harness.logins_made() == logins + 1
                assert night.health.status is HealthStatus.UNAUTHORIZED
                # Only the user makes it try again.
                night.engine.refresh()

    # Secrets

    async def test_no_secret_is_in_what_is_told(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        adapter = harness.adapter
        await harness.finish(harness.samples.failing)
        job = await harness.finish(harness.samples.succeeding)
        harness.assert_no_secret(await adapter.check(), await harness.sweep(), repr(adapter.settings))
        harness.assert_no_secret(*await adapter.list_runs(job.key))
        harness.assert_no_secret(
            *(adapter.preview(Action(kind, job.key, job.run_key)) for kind in ActionKind if adapter.can(kind))
        )

    # Times

    @pytest.mark.parametrize(("zone", "start"), MOMENTS)
    async def test_times_are_right_wherever_the_server_is(
        self, opening: Opening, zone: str, start: datetime
    ) -> None:
        harness = await opening(zone=zone, start=start)
        is_told = True
        for made in (1, 2):
            job, span = await watched(harness, harness.samples.succeeding)
            is_told = is_told and not span.touches_second_hour(ZoneInfo(zone))
            runs = await harness.adapter.list_runs(job.key)
            ours = [run for run in runs if run.key.run_id == job.run_id]
            assert len(ours) == harness.keeps_runs
            told: list[Job | Run] = [job, *ours]
            for seen in told:
                if is_told or harness.tells_repeated_hour:
                    assert_within(span, seen)
                    assert len(runs) == (made if harness.keeps_runs else 0)
                else:
                    assert_possible(seen)

    # Unknown words

    async def test_a_state_that_nobody_has_listed_is_unknown(self, opening: Opening) -> None:
        harness = await opening()
        await harness.finish(harness.samples.succeeding)
        before = await harness.sweep()
        harness.is_odd = True
        jobs = await harness.sweep()
        assert set(jobs) == set(before)
        odd = [job for job in jobs.values() if ODD in job.native_state.upper()]
        assert odd
        assert {job.state for job in odd} == {State.UNKNOWN}
        for run in await (await harness.reopen()).list_runs(harness.samples.succeeding):
            assert run.state is State.UNKNOWN or ODD not in run.native_state.upper()
        harness.is_odd = False
        assert await harness.sweep() == before

    # Size

    async def test_ten_thousand_jobs_come_once_and_in_pages(
        self, opening: Opening, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        harness = await opening(jobs=MANY_JOBS)
        listing, store = Listing(harness), Store(harness.clock)
        monkeypatch.setattr(harness.adapter, "list_jobs", listing)
        async with Turns() as turns:
            assert await swept(harness.adapter, store) is None
        name = type(harness.adapter).type_name
        sys.stdout.write(
            f"{name}: {turns.count} turns for others, the longest wait {turns.longest_s:.3f} s\n"
        )
        assert max(listing.pages) <= LARGEST_PAGE
        assert sum(listing.pages) == len(store.jobs) == MANY_JOBS
        assert listing.cost == harness.requests_for_sweep(MANY_JOBS)
        assert turns.count >= MANY_JOBS / LARGEST_PAGE

    # Restarts

    async def test_a_later_session_sees_the_same_over_the_network(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        run = await harness.start(harness.samples.succeeding)
        await harness.adapter.aclose()
        for _ in range(SETTLED_S):
            await harness.pass_time()
        later = await harness.reopen()
        seen = await harness.see(run.job, later)
        assert (seen.run_id, seen.last_result) == (run.run_id, State.SUCCEEDED)
        runs = [each.key.run_id for each in await later.list_runs(run.job)]
        assert runs == ([run.run_id] if harness.keeps_runs else [])


class HttpSessionContract(_OverHttp):
    """A login opens a session, which may end at any time."""

    async def test_an_expired_session_is_renewed_once_for_all(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        before = await harness.sweep()
        for _ in range(3):
            logins = harness.logins_made()
            harness.expire_session()
            await asyncio.gather(*several_reads(harness))
            assert harness.logins_made() == logins + 1
        assert await harness.sweep() == before

    async def test_a_session_that_ends_in_the_middle_of_a_sweep_costs_one_login(
        self, opening: Opening
    ) -> None:
        harness = await opening(uses_socket=True)
        before = await harness.sweep()
        asked = harness.work()
        await harness.sweep()
        for at in range(min(harness.work() - asked, MOST_SPOILED)):
            logins = harness.logins_made()
            harness.spoil(Fault.EXPIRED, at=at)
            assert await harness.sweep() == before
            assert harness.logins_made() == logins + 1

    async def test_a_login_that_is_refused_later_is_tried_once(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        await harness.sweep()
        logins = harness.logins_made()
        harness.expire_session()
        harness.spoil_credentials()
        for _ in range(2):
            results = await asyncio.gather(*several_reads(harness), return_exceptions=True)
            assert {type(result) for result in results} == {Unauthorized}
            harness.assert_discreet(*results)
        assert harness.logins_made() == logins + 1

    async def test_a_session_that_is_never_accepted_ends_in_no_loop(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        harness.line.inject(Fault.EXPIRED, times=None, when=harness.is_work)
        for _ in range(3):
            with pytest.raises(Unauthorized) as caught:
                await harness.sweep()
            harness.assert_discreet(caught.value)
        assert harness.logins_made() == 1
        assert harness.work() == 1

    @pytest.mark.parametrize("fault", [*QUICK, Fault.SLOW_BODY])
    async def test_a_login_heals_or_tells(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        before = await harness.sweep()
        await hurried(harness, fault)
        later = await harness.reopen()
        harness.line.inject(fault, when=harness.is_login)
        outcome = await outcome_of(harness.sweep(later))
        # Whoever needs a login to know where to ask tells at once, and is asked again by the poller.
        if isinstance(outcome, SystemUnavailable):
            assert isinstance(outcome, Unauthorized) == (fault is Fault.EXPIRED)
            assert outcome.hint
            harness.assert_discreet(outcome)
        else:
            assert outcome == before
        if fault is not Fault.EXPIRED:
            harness.line.heal()
            assert await harness.sweep(later) == before

    async def test_a_trigger_after_the_session_has_ended_is_carried_out_once(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        job = harness.samples.lasting
        assert isinstance(harness.adapter, CanTrigger)
        await harness.sweep()
        logins = harness.logins_made()
        harness.expire_session()
        outcome = await outcome_of(harness.adapter.trigger(job, {}))
        # The first attempt may be refused, which proves that nothing was made.
        assert not isinstance(outcome, NightdeckError) or isinstance(outcome, ActionRefused)
        made = int(not isinstance(outcome, NightdeckError))
        assert harness.runs_made(job) == made
        assert harness.changes_sent() <= 2
        assert (await harness.see(job)).state.is_active == bool(made)
        assert harness.logins_made() == logins + 1
        assert harness.runs_made(job) == made


class HttpJobCheckContract(_OverHttp):
    """Each job's state costs a call."""

    @pytest.mark.parametrize("fault", [*QUICK, Fault.SLOW_BODY])
    async def test_a_check_of_one_job_heals_or_tells(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        job = harness.samples.succeeding
        await harness.finish(job)

        async def look(adapter: Adapter) -> Job:
            return await seen_alone(adapter, job)

        await read_spoiled(harness, fault, look)


class HttpLogContract(_OverHttp):
    """The system keeps a log of each run."""

    @pytest.mark.parametrize("fault", [*QUICK, Fault.SLOW_BODY, Fault.BOMB])
    async def test_a_log_heals_or_tells(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        run = (await harness.finish(harness.samples.succeeding)).run_key
        assert run is not None

        async def read(adapter: Adapter) -> LogChunk | None:
            chunk = await logs_of(adapter).read_log(run)
            assert LOGIN_PAGE not in chunk.data
            # Where a log is plain text, garbage in the place of it is as good as any.
            return chunk if fault is not Fault.GARBAGE or not harness.has_plain_logs else None

        await read_spoiled(harness, fault, read)

    async def test_a_log_goes_on_after_a_restart(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        run = await harness.start(harness.samples.succeeding)
        await harness.until(run.job, lambda seen: seen.state is State.RUNNING)
        first = await logs_of(harness.adapter).read_log(run)
        await harness.adapter.aclose()
        later = await harness.reopen()
        rest = await read_on(harness, later, run, first.cursor)
        whole = await read_on(harness, await harness.reopen(), run, "")
        is_anew = any(chunk.is_restart for chunk in rest)
        read = (b"" if is_anew else first.data) + b"".join(chunk.data for chunk in rest)
        assert read == b"".join(chunk.data for chunk in whole)
        assert harness.samples.printed in read
        harness.assert_no_secret(read.decode("utf-8", "replace"))


class HttpTaskContract(_OverHttp):
    """A run consists of steps."""

    @pytest.mark.parametrize("fault", QUICK)
    async def test_the_steps_heal_or_tell(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        run = (await harness.finish(harness.samples.succeeding)).run_key
        assert run is not None

        async def read(adapter: Adapter) -> Any:
            assert isinstance(adapter, HasTasks)
            return await adapter.list_tasks(run)

        await read_spoiled(harness, fault, read)


class HttpRawContract(_OverHttp):
    """The system's own record can be shown."""

    async def test_the_record_holds_no_secret(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        job = await harness.finish(harness.samples.succeeding)
        assert isinstance(harness.adapter, HasRaw)
        for run in (None, job.run_key):
            harness.assert_no_secret(await harness.adapter.read_raw(job.key, run))


class HttpTriggerContract(_OverHttp):
    """A new run of a job can be started."""

    @pytest.mark.parametrize("fault", list(Fault))
    async def test_a_trigger_is_sent_once(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        adapter, job = await hurried(harness, fault), harness.samples.succeeding
        assert isinstance(adapter, CanTrigger)
        before = await harness.see(job)
        await change_spoiled(harness, fault, lambda: adapter.trigger(job, {}))
        made = harness.runs_made(job)
        assert made == harness.changes_made
        looking = await usable(harness, fault)
        seen = await settled(harness, job, looking)
        assert harness.runs_made(job) == made
        assert seen.last_result is (State.SUCCEEDED if made else before.last_result)
        assert (seen.run_id != before.run_id) == bool(made)

    async def test_a_server_that_is_away_gets_no_trigger(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        job = harness.samples.succeeding
        assert isinstance(harness.adapter, CanTrigger)
        await harness.see(job)
        await harness.line.stop()
        with pytest.raises(Unreachable) as caught:
            await harness.adapter.trigger(job, {})
        harness.assert_discreet(caught.value)
        await harness.line.listen()
        await harness.pass_time()
        assert (await harness.see(job)).last_result is None
        assert harness.runs_made(job) == 0

    @pytest.mark.parametrize("fault", LOOKED_FOR)
    async def test_a_trigger_is_followed_to_the_truth(
        self, opening: Opening, tmp_path: Path, fault: Fault
    ) -> None:
        harness = await opening(uses_socket=True, clock=FakeClock())
        job = harness.samples.succeeding
        old = await harness.finish(job)
        before = harness.runs_made(job)
        async with night_over(harness, tmp_path) as night:
            harness.line.inject(fault, when=harness.is_change)
            receipt = await night.perform(ActionKind.TRIGGER, job)
            made = harness.runs_made(job) - before
            assert_true(receipt, fault, is_made=bool(made))
            assert made <= 1
            if receipt.status is ReceiptStatus.OBSERVED:
                seen = await harness.until(job, lambda seen: not seen.state.is_active)
                assert seen.last_result is State.SUCCEEDED
                assert seen.run_id != old.run_id
                assert receipt.run_id in {"", seen.run_id}
            if receipt.status is ReceiptStatus.UNKNOWN:
                # Nobody gets a second run by confirming once more.
                plan = await night.plan(ActionKind.TRIGGER, job)
                assert plan.is_in_doubt
                assert "unknown outcome" in plan.refusal
            assert harness.runs_made(job) - before == made

    async def test_a_trigger_is_seen(self, opening: Opening, tmp_path: Path) -> None:
        harness = await opening(uses_socket=True, clock=FakeClock())
        job = harness.samples.succeeding
        async with night_over(harness, tmp_path) as night:
            receipt = await night.perform(ActionKind.TRIGGER, job)
            assert receipt.status is ReceiptStatus.OBSERVED
            assert receipt.run_id == (await harness.see(job)).run_id
            assert harness.runs_made(job) == 1

    async def test_a_run_of_ours_is_known_after_a_restart(self, opening: Opening) -> None:
        harness = await opening(uses_socket=True)
        job = harness.samples.failing
        assert isinstance(harness.adapter, CanTrigger)
        accepted = await harness.adapter.trigger(job, {})
        await harness.adapter.aclose()
        for _ in range(SETTLED_S):
            await harness.pass_time()
        later = await harness.reopen()
        seen = await harness.see(job, later)
        assert seen.last_result is State.FAILED
        assert accepted.run_id in {"", seen.run_id}
        assert harness.runs_made(job) == 1


class HttpRunIdContract(_OverHttp):
    """A trigger carries the id of the run that it makes."""

    @pytest.mark.parametrize("fault", sorted(IN_DOUBT - SILENT - {Fault.BOMB}))
    async def test_a_lost_start_is_found_by_its_id_and_can_be_repeated(
        self, opening: Opening, fault: Fault
    ) -> None:
        harness = await opening(uses_socket=True)
        adapter, job = harness.adapter, harness.samples.succeeding
        assert isinstance(adapter, TakesRunIds)
        run = RunKey(*job, adapter.run_id_for(REQUEST))
        harness.line.inject(fault, when=harness.is_change)
        with pytest.raises(OutcomeUnknown):
            await adapter.trigger_as(job, {}, run.run_id)
        assert (await adapter.find_run(run) is not None) == (fault in CARRIED_OUT)
        repeated = await outcome_of(adapter.trigger_as(job, {}, run.run_id))
        assert isinstance(repeated, RunExists) == (fault in CARRIED_OUT)
        assert harness.runs_made(job) == 1
        harness.assert_discreet(repeated)

    @pytest.mark.parametrize("fault", QUICK)
    async def test_looking_for_a_run_heals_or_tells(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        job = harness.samples.succeeding
        seen = await harness.finish(job)
        assert seen.run_key is not None
        for run in (seen.run_key, seen.run_key._replace(run_id=f"{seen.run_id}-no")):
            await read_spoiled(harness, fault, partial(_find_run, run))


async def _find_run(run: RunKey, adapter: Adapter) -> Run | None:
    assert isinstance(adapter, TakesRunIds)
    return await adapter.find_run(run)


class HttpStopContract(_OverHttp):
    """A run can be ended before its time."""

    @pytest.mark.parametrize("fault", [*QUICK, Fault.HANG, Fault.SLOW_BODY])
    async def test_a_stop_is_sent_once(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        run = await harness.start(harness.samples.lasting)
        await harness.until(run.job, lambda seen: seen.state is State.RUNNING)
        adapter = await hurried(harness, fault)
        assert isinstance(adapter, CanStop)
        await change_spoiled(harness, fault, lambda: adapter.stop(run))
        looking = await usable(harness, fault)
        stopped = bool(harness.changes_made)
        seen = await settled(harness, run.job, looking)
        assert seen.run_id == run.run_id
        assert seen.last_result is (State.CANCELLED if stopped else None)
        assert seen.state.is_active != stopped

    @pytest.mark.parametrize("fault", [Fault.LOST, Fault.BUSY])
    async def test_a_stop_is_followed_to_the_truth(
        self, opening: Opening, tmp_path: Path, fault: Fault
    ) -> None:
        harness = await opening(uses_socket=True, clock=FakeClock())
        run = await harness.start(harness.samples.lasting)
        await harness.until(run.job, lambda seen: seen.state is State.RUNNING)
        changes = harness.changes_made
        async with night_over(harness, tmp_path) as night:
            harness.line.inject(fault, when=harness.is_change)
            receipt = await night.perform(ActionKind.STOP, run.job)
            assert_true(receipt, fault, is_made=harness.changes_made > changes)
            assert harness.changes_made - changes <= 1
            seen = await harness.see(run.job)
            is_stopped = harness.changes_made > changes
            assert seen.last_result is (State.CANCELLED if is_stopped else None)
            assert seen.state.is_active != is_stopped


class HttpRerunContract(_OverHttp):
    """A run can be repeated by the system itself."""

    @pytest.mark.parametrize("fault", [*QUICK, Fault.HANG, Fault.SLOW_BODY])
    async def test_a_rerun_is_sent_once(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        job = harness.samples.failing
        run = (await harness.finish(job)).run_key
        assert run is not None
        before = harness.runs_made(job)
        adapter = await hurried(harness, fault)
        assert isinstance(adapter, CanRerun)
        await change_spoiled(harness, fault, lambda: adapter.rerun(run))
        made = harness.runs_made(job) - before
        assert made == harness.changes_made <= 1
        looking = await usable(harness, fault)
        await settled(harness, job, looking)
        assert harness.runs_made(job) - before == made

    @pytest.mark.parametrize("fault", [Fault.LOST, Fault.RESET])
    async def test_a_rerun_is_followed_to_the_truth(
        self, opening: Opening, tmp_path: Path, fault: Fault
    ) -> None:
        harness = await opening(uses_socket=True, clock=FakeClock())
        job = harness.samples.failing
        await harness.finish(job)
        before = harness.runs_made(job)
        async with night_over(harness, tmp_path) as night:
            harness.line.inject(fault, when=harness.is_change)
            receipt = await night.perform(ActionKind.RERUN, job)
            made = harness.runs_made(job) - before
            assert_true(receipt, fault, is_made=bool(made))
            assert made <= 1


class HttpHoldContract(_OverHttp):
    """A job's schedule can be put on hold."""

    @pytest.mark.parametrize("fault", [*QUICK, Fault.HANG, Fault.SLOW_BODY])
    async def test_hold_and_release_are_sent_once(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        job, patient = harness.samples.holdable or harness.samples.idle, await harness.reopen()
        for is_hold in (True, False):
            adapter = holder(await hurried(harness, fault))
            await harness.see(job)
            act = adapter.hold if is_hold else adapter.release
            await change_spoiled(harness, fault, partial(act, job))
            is_made = bool(harness.changes_made)
            harness.adapter = await usable(harness, fault)
            assert (await harness.see(job)).is_held is (is_hold if is_made else not is_hold)
            if is_hold and not is_made:
                await holder(patient).hold(job)

    async def test_a_hold_whose_answer_was_lost_is_seen(self, opening: Opening, tmp_path: Path) -> None:
        harness = await opening(uses_socket=True, clock=FakeClock())
        job = harness.samples.holdable or harness.samples.idle
        async with night_over(harness, tmp_path) as night:
            harness.line.inject(Fault.LOST, when=harness.is_change)
            receipt = await night.perform(ActionKind.HOLD, job)
            assert_true(receipt, Fault.LOST, is_made=True)
        assert harness.changes_made == 1


class HttpDeleteContract(_OverHttp):
    """A job can be removed from the system."""

    @pytest.mark.parametrize("fault", [*QUICK, Fault.HANG, Fault.SLOW_BODY])
    async def test_a_deletion_is_sent_once(self, opening: Opening, fault: Fault) -> None:
        harness = await opening(uses_socket=True)
        adapter, job = await hurried(harness, fault), harness.samples.idle
        assert isinstance(adapter, CanDelete)
        before = await harness.sweep()
        await change_spoiled(harness, fault, lambda: adapter.delete(job))
        left = await harness.sweep(await usable(harness, fault))
        assert set(before) - set(left) == ({job.id} if harness.changes_made else set())

    @pytest.mark.parametrize("fault", [Fault.LOST, Fault.RESET, Fault.BUSY])
    async def test_a_deletion_is_followed_to_the_truth(
        self, opening: Opening, tmp_path: Path, fault: Fault
    ) -> None:
        harness = await opening(uses_socket=True, clock=FakeClock())
        job = harness.samples.idle
        async with night_over(harness, tmp_path) as night:
            harness.line.inject(fault, when=harness.is_change)
            receipt = await night.perform(ActionKind.DELETE, job)
            assert_true(receipt, fault, is_made=bool(harness.changes_made))
            assert harness.changes_made <= 1
            assert (job.id in await harness.sweep()) != bool(harness.changes_made)


HTTP_CONTRACTS: dict[type, type] = {
    ChecksJobs: HttpJobCheckContract,
    HasLogs: HttpLogContract,
    HasTasks: HttpTaskContract,
    HasRaw: HttpRawContract,
    CanTrigger: HttpTriggerContract,
    TakesRunIds: HttpRunIdContract,
    CanStop: HttpStopContract,
    CanRerun: HttpRerunContract,
    CanHold: HttpHoldContract,
    CanDelete: HttpDeleteContract,
}
"""The contract of each capability, over a socket."""


class Listing:
    """An adapter's listing of jobs, with what it comes to."""

    def __init__(self, harness: HttpHarness) -> None:
        self.pages: list[int] = []
        self.cost = 0
        self._work = harness.work
        self._list = harness.adapter.list_jobs

    async def __call__(self) -> AsyncIterator[Sequence[Job]]:
        before = self._work()
        async for page in self._list():
            self.pages.append(len(page))
            yield page
        self.cost = self._work() - before


class Turns:
    """Counts the turns that others get while something goes on."""

    def __init__(self) -> None:
        self.count = 0
        self.longest_s = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self._take_turns())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _take_turns(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            self.count += 1
            self.longest_s, last = max(self.longest_s, now - last), now


async def hurried(harness: HttpHarness, fault: Fault) -> Adapter:
    """An adapter that bears the fault no longer than it must; what is made ready before has all the time."""
    if fault in SILENT:
        harness.settings["timeout"] = DRIP_S if fault is Fault.DRIP else SHORT_S
        harness.adapter = await harness.reopen()
    return harness.adapter


async def read_spoiled(harness: HttpHarness, fault: Fault, read: Read) -> None:
    """Spoil each request of a read in turn: it heals, or tells what is wrong, and is as before afterwards."""
    await hurried(harness, fault)
    asked = harness.work()
    expected = await read(await harness.reopen())
    cost = harness.work() - asked
    assert cost
    for at in range(1 if fault in SILENT else min(cost, MOST_SPOILED)):
        adapter = await harness.reopen()
        harness.spoil(fault, at=at)
        outcome = await outcome_of(read(adapter))
        harness.line.heal()
        if isinstance(outcome, SystemUnavailable):
            assert fault not in PASSING
            assert outcome.hint
            harness.assert_discreet(outcome)
            is_locked = isinstance(outcome, Unauthorized)
            outcome = await read(await harness.reopen() if is_locked else adapter)
        assert outcome == expected


async def settled(harness: HttpHarness, job: JobKey, adapter: Adapter) -> Job:
    """The job as it is when all that had begun has ended; the first moments are watched."""
    for second in range(SETTLED_S):
        if second < WATCHED_S:
            await harness.see(job, adapter)
        await harness.pass_time()
    return await harness.see(job, adapter)


async def usable(harness: HttpHarness, fault: Fault) -> Adapter:
    """An adapter that works after the fault; one whose credentials were called wrong asks nothing more."""
    is_locked = fault is Fault.EXPIRED and not harness.has_session
    return await harness.reopen() if is_locked else harness.adapter


def holder(adapter: Adapter) -> CanHold:
    """The adapter as one that can hold jobs."""
    assert isinstance(adapter, CanHold)
    return adapter


async def outcome_of(work: Awaitable[T]) -> T | NightdeckError:
    """What comes of it, be it an error."""
    try:
        return await work
    except NightdeckError as error:
        return error


async def change_spoiled(harness: HttpHarness, fault: Fault, send: Send) -> None:
    """Spoil a change: it is sent once, and what is said of it afterwards is true.

    The number of changes that were made since then is in `changes_made` of the harness.
    """
    sent = harness.changes_sent()
    harness.changes_made = 0
    harness.line.inject(fault, when=harness.is_change)
    outcome = await outcome_of(send())
    error = outcome if isinstance(outcome, NightdeckError) else None
    harness.line.heal()
    # That a session has ended proves that the change was not made; nothing else does.
    assert harness.changes_sent() - sent <= 1 + (fault is Fault.EXPIRED and harness.has_session)
    assert harness.changes_made == (fault in CARRIED_OUT or error is None)
    if fault in IN_DOUBT:
        assert isinstance(error, OutcomeUnknown)
    if error is not None:
        assert isinstance(error, (OutcomeUnknown, *NOTHING_HAPPENED))
        assert error.hint
        harness.assert_discreet(error)
    if fault is Fault.EXPIRED and not harness.has_session:
        assert isinstance(error, Unauthorized)


def assert_true(receipt: Receipt, fault: Fault, *, is_made: bool) -> None:
    """What the user is told at the end is what has happened."""
    if is_made:
        assert receipt.status is ReceiptStatus.OBSERVED
        assert ("the answer was lost, but" in receipt.message) == (fault in CARRIED_OUT)
    else:
        assert receipt.status is (ReceiptStatus.UNKNOWN if fault in IN_DOUBT else ReceiptStatus.REFUSED)


def several_reads(harness: HttpHarness) -> list[Awaitable[Any]]:
    """Reads as they come when a user looks around while the poller polls."""
    adapter, samples = harness.adapter, harness.samples
    return [
        harness.sweep(),
        adapter.check(),
        adapter.list_runs(samples.succeeding),
        harness.sweep(),
        adapter.list_runs(samples.idle),
        adapter.check(),
    ]


async def swept(adapter: Adapter, store: Store) -> Exception | None:
    """Read everything into the store, as the poller does; returns what went wrong."""
    sweep = Sweep(adapter, store, Budget(calls=2, idle_calls=1), lambda: None)
    try:
        await sweep.run(touched=(), visible=())
    except (NightdeckError, ExceptionGroup) as error:
        return leading_error(error)
    return None


async def seen_alone(adapter: Adapter, key: JobKey) -> Job:
    """One job, asked for alone, without the time at which it was looked at."""
    assert isinstance(adapter, ChecksJobs)
    return _undated(await adapter.get_job(key))


def logs_of(adapter: Adapter) -> HasLogs:
    """The adapter as one that has logs."""
    assert isinstance(adapter, HasLogs)
    return adapter


async def read_on(harness: HttpHarness, adapter: Adapter, run: RunKey, cursor: str) -> list[LogChunk]:
    """The rest of a log, up to its end; time passes for it."""
    chunks: list[LogChunk] = []
    for _ in range(MANY_STEPS):
        chunks.append(await logs_of(adapter).read_log(run, chunks[-1].cursor if chunks else cursor))
        if chunks[-1].is_complete:
            return chunks
        await harness.pass_time()
        await harness.see(run.job, adapter)
    raise AssertionError("the log never ends")


class Span:
    """When a run can have begun and ended, as somebody knows who has watched it every second."""

    def __init__(self, now: datetime) -> None:
        self.asked_at = now
        self.last_active_at = now
        self.ended_by = now

    def touches_second_hour(self, zone: tzinfo) -> bool:
        """Whether it reaches into the second of two equal hours."""
        return any(moment.astimezone(zone).fold for moment in (self.asked_at, self.ended_by))


async def watched(harness: HttpHarness, key: JobKey) -> tuple[Job, Span]:
    """Run a job to its end, and watch it."""
    span = Span(harness.clock.now())
    started = await harness.start(key)
    for _ in range(MANY_STEPS):
        job = await harness.see(key)
        span.ended_by = harness.clock.now()
        if job.run_id == started.run_id and not job.state.is_active:
            return job, span
        span.last_active_at = span.ended_by
        await harness.pass_time()
    raise AssertionError("the run never ends")


def assert_within(span: Span, seen: Job | Run) -> None:
    """The times of a run are those of the run, to the second."""
    second = timedelta(seconds=1)
    assert seen.started_at is not None
    assert seen.ended_at is not None
    assert span.asked_at - second <= seen.started_at <= span.last_active_at + second
    assert span.last_active_at - second <= seen.ended_at <= span.ended_by + second
    assert seen.duration_s is not None
    assert_possible(seen)


def assert_possible(seen: Job | Run) -> None:
    """The times agree with each other, although they may be those of an hour before."""
    for moment in (seen.started_at, seen.ended_at):
        assert moment is None or moment.utcoffset() == timedelta(0)
    assert seen.ended_at is not None
    if seen.started_at is not None:
        lasted_s = (seen.ended_at - seen.started_at).total_seconds()
        assert lasted_s >= 0
        assert seen.duration_s is None or abs(seen.duration_s - lasted_s) <= 1
    assert seen.duration_s is None or seen.duration_s >= 0


def _undated(job: Job) -> Job:
    return replace(job, observed_at=START)


def _logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    return [f"{record.getMessage()} {record.exc_text or ''}" for record in records]
