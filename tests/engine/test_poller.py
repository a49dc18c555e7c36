"""The poller: when it sweeps, what it does about failures, and that nothing ends it."""

from __future__ import annotations

import asyncio
import logging
import random
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.scripted import CheckingAdapter, FullAdapter, Script, make_job, scripted_spec
from tui.core.errors import (
    BadAnswer,
    ConfigError,
    Forbidden,
    RateLimited,
    ServerFailed,
    SystemUnavailable,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from tui.core.keys import JobKey
from tui.core.models import HealthStatus
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.backoff import CAP_S
from tui.engine.pace import FLOOR_S, TOUCH_S
from tui.engine.poller import DRIFT, STAGGER_S, STALL_S, Poller
from tui.engine.store import Store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui.core.models import Health

REFRESH_S = 15.0
ONE_ROUND_S = REFRESH_S * (1 + DRIFT)
ONE = JobKey("alpha", "1")


class Bench:
    """One poller over a scripted system, and what a test looks at."""

    def __init__(self, *, seed: int = 1, **spec: Any) -> None:
        self.clock = FakeClock()
        self.store = Store(self.clock)
        self.redactor = Redactor()
        self.script = Script(self.clock)
        self.script.add(make_job("1"), make_job("2"))
        self.poller = Poller(
            scripted_spec("alpha", self.script, **spec),
            self.store,
            self.clock,
            random.Random(seed),
            self.redactor,
        )

    @property
    def health(self) -> Health:
        return self.store.health["alpha"]

    def status(self) -> HealthStatus:
        return self.health.status

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        task = asyncio.create_task(self.poller.run())
        await self.clock.advance(STAGGER_S)
        try:
            yield task
            assert not task.done(), "the poller died"
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def sweeps_in(self, seconds: float) -> int:
        before = self.script.sweeps
        await self.clock.advance(seconds)
        return self.script.sweeps - before


@pytest.fixture
def bench() -> Bench:
    return Bench()


class TestSweeping:
    async def test_the_first_sweep_fills_the_store(self, bench: Bench) -> None:
        async with bench.running():
            assert set(bench.store.jobs) == {ONE, JobKey("alpha", "2")}
            assert bench.script.opened == 1

    async def test_health_tells_of_a_good_sweep(self, bench: Bench) -> None:
        bench.script.sweep_s = 0.5
        assert bench.status() is HealthStatus.CONNECTING
        async with bench.running():
            await bench.clock.advance(1)
            health = bench.health
            assert health.status is HealthStatus.OK
            assert (health.jobs, health.sweep_s) == (2, 0.5)
            assert (health.code, health.message, health.hint) == ("", "", "")
            assert health.last_ok_at is not None
            assert health.since == health.last_ok_at
            assert health.next_try_at is not None
            pause_s = (health.next_try_at - health.last_ok_at).total_seconds()
            assert REFRESH_S <= pause_s <= ONE_ROUND_S

    async def test_health_carries_what_the_config_says(self) -> None:
        bench = Bench(environment="prod", is_read_only=True)
        assert (bench.health.type, bench.health.environment) == ("scripted", "prod")
        assert bench.health.is_read_only

    async def test_it_sweeps_at_the_adapters_pace(self, bench: Bench) -> None:
        async with bench.running():
            assert await bench.sweeps_in(REFRESH_S - 2) == 0
            assert await bench.sweeps_in(ONE_ROUND_S * 10) in (9, 10, 11)

    async def test_the_config_overrides_the_adapters_pace(self) -> None:
        bench = Bench(refresh_s=100.0)
        async with bench.running():
            assert await bench.sweeps_in(98) == 0
            assert await bench.sweeps_in(13) == 1

    async def test_a_steady_system_stays_fresh(self, bench: Bench) -> None:
        async with bench.running():
            for _ in range(20):
                await bench.clock.advance(7)
                assert not bench.store.is_stale(bench.store.jobs[ONE], bench.clock.now())

    async def test_pages_enter_the_store_as_they_come(self, bench: Bench) -> None:
        bench.script.page_size = 1
        bench.script.sweep_s = 3.0
        async with bench.running():
            await bench.clock.advance(3)
            assert set(bench.store.jobs) == {ONE}
            await bench.clock.advance(3)
            assert len(bench.store.jobs) == 2

    async def test_retired_jobs_leave_after_a_complete_sweep(self, bench: Bench) -> None:
        async with bench.running():
            bench.script.remove("2")
            await bench.clock.advance(ONE_ROUND_S)
            assert set(bench.store.jobs) == {ONE}
            assert bench.health.jobs == 1

    async def test_a_broken_sweep_retires_nothing(self, bench: Bench) -> None:
        bench.script.page_size = 1
        bench.script.good_pages = 1
        async with bench.running():
            bench.script.errors[2] = Unreachable("reset")
            bench.script.change("1", message="news")
            await bench.clock.advance(ONE_ROUND_S)
            assert len(bench.store.jobs) == 2
            assert bench.store.jobs[ONE].message == "news"

    async def test_a_job_with_a_dirty_id_stays(self, bench: Bench) -> None:
        bench.script.add(make_job("3\x1b[1m"))
        async with bench.running():
            await bench.clock.advance(ONE_ROUND_S)
            assert JobKey("alpha", "3\\u001b[1m") in bench.store.jobs

    async def test_a_page_of_many_jobs_is_taken_in_pieces(self, bench: Bench) -> None:
        bench.script.add(*(make_job(str(number)) for number in range(2500)))
        bench.script.page_size = 2500
        changes: list[int] = []
        bench.store.subscribe(lambda change: changes.append(len(change.jobs)))
        await bench.poller.sweep()
        assert [count for count in changes if count] == [500] * 5


class TestOneSweepInFlight:
    async def test_two_sweeps_never_overlap_nor_queue(self, bench: Bench) -> None:
        bench.script.sweep_s = 40.0
        async with bench.running():
            for _ in range(5):
                bench.poller.refresh_now()
                bench.poller.touch(ONE)
                await bench.clock.advance(5)
            assert bench.script.sweeps == 1
            await bench.clock.advance(15)
            assert bench.script.sweeps == 1, "asking during a sweep must not queue another"
            await bench.clock.advance(300)
            assert bench.script.most_in_flight == 1

    async def test_callers_join_the_sweep_in_flight(self, bench: Bench) -> None:
        bench.script.sweep_s = 5.0
        async with bench.running():
            joined = asyncio.gather(bench.poller.sweep(), bench.poller.sweep())
            await bench.clock.advance(5)
            await joined
            assert bench.script.sweeps == 1

    async def test_a_fresh_sweep_begins_after_the_one_in_flight(self, bench: Bench) -> None:
        bench.script.sweep_s = 5.0
        async with bench.running():
            afresh = asyncio.create_task(bench.poller.sweep_afresh())
            await bench.clock.advance(1)
            bench.script.change("1", state=State.FAILED)
            await bench.clock.advance(4)
            assert bench.store.jobs[ONE].state is State.SUCCEEDED
            assert not afresh.done()
            await bench.clock.advance(5)
            await afresh
            assert bench.script.sweeps == 2
            assert bench.store.jobs[ONE].state is State.FAILED
            assert bench.script.most_in_flight == 1

    async def test_a_fresh_sweep_needs_no_second_one_when_none_is_in_flight(self, bench: Bench) -> None:
        await bench.poller.sweep_afresh()
        assert bench.script.sweeps == 1

    async def test_one_caller_may_leave_while_another_waits(self, bench: Bench) -> None:
        bench.script.sweep_s = 5.0
        first = asyncio.create_task(bench.poller.attempt())
        second = asyncio.create_task(bench.poller.attempt())
        await bench.clock.advance(1)
        first.cancel()
        await bench.clock.advance(4)
        assert await second is None
        assert first.cancelled()

    async def test_the_sweep_is_cut_when_nobody_waits(self, bench: Bench) -> None:
        bench.script.sweep_s = 5.0
        only = asyncio.create_task(bench.poller.attempt())
        await bench.clock.advance(1)
        only.cancel()
        await bench.clock.settle()
        assert bench.script.in_flight == 0


class TestPace:
    async def test_refresh_now_sweeps_at_once(self, bench: Bench) -> None:
        async with bench.running():
            bench.poller.refresh_now()
            assert await bench.sweeps_in(0) == 1

    async def test_it_looks_more_often_while_something_runs(self, bench: Bench) -> None:
        bench.script.change("1", state=State.RUNNING)
        async with bench.running():
            assert await bench.sweeps_in(REFRESH_S) in (2, 3)
            bench.script.change("1", state=State.SUCCEEDED)
            await bench.clock.advance(6)
            assert await bench.sweeps_in(REFRESH_S - 6) == 0

    async def test_never_below_the_floor(self) -> None:
        bench = Bench(refresh_s=3.0)
        bench.script.change("1", state=State.RUNNING)
        async with bench.running():
            assert await bench.sweeps_in(FLOOR_S * 10) <= 10

    async def test_a_config_below_the_floor_is_obeyed(self) -> None:
        bench = Bench(refresh_s=0.5)
        async with bench.running():
            assert await bench.sweeps_in(5.5) >= 9

    async def test_a_touched_job_is_looked_at_soon_for_a_while(self, bench: Bench) -> None:
        async with bench.running():
            bench.poller.touch(ONE)
            assert await bench.sweeps_in(FLOOR_S * (1 + DRIFT) * 2) >= 2
            await bench.clock.advance(TOUCH_S)
            assert await bench.sweeps_in(REFRESH_S - 5) <= 1

    async def test_it_slows_down_without_focus(self, bench: Bench) -> None:
        async with bench.running():
            bench.poller.set_unfocused(True)
            assert await bench.sweeps_in(REFRESH_S * 3.9) == 0
            bench.poller.set_unfocused(False)
            assert await bench.sweeps_in(0) == 1, "an overdue sweep is made up for at once"

    async def test_what_runs_is_looked_at_without_focus_too(self, bench: Bench) -> None:
        bench.script.change("1", state=State.RUNNING)
        async with bench.running():
            bench.poller.set_unfocused(True)
            assert await bench.sweeps_in(ONE_ROUND_S) == 1

    async def test_nothing_is_swept_while_paused(self, bench: Bench) -> None:
        async with bench.running():
            bench.poller.set_paused(True)
            bench.poller.touch(ONE)
            assert await bench.sweeps_in(1000) == 0
            assert bench.status() is HealthStatus.PAUSED
            assert bench.health.next_try_at is None
            bench.poller.set_paused(False)
            assert await bench.sweeps_in(0) == 1
            assert bench.status() is HealthStatus.OK

    async def test_the_user_may_ask_while_paused(self, bench: Bench) -> None:
        async with bench.running():
            bench.poller.set_paused(True)
            bench.poller.refresh_now()
            assert await bench.sweeps_in(1000) == 1
            assert bench.status() is HealthStatus.PAUSED

    async def test_a_failure_stays_visible_while_paused(self, bench: Bench) -> None:
        bench.script.always = Unreachable("refused")
        async with bench.running():
            bench.poller.set_paused(True)
            assert await bench.sweeps_in(1000) == 0
            assert bench.status() is HealthStatus.FAILING
            assert bench.health.next_try_at is None

    async def test_paused_before_the_first_answer_it_connects_later(self, bench: Bench) -> None:
        bench.poller.set_paused(True)
        async with bench.running():
            assert bench.script.sweeps == 0
            bench.poller.set_paused(False)
            assert bench.store.health["alpha"].status is HealthStatus.CONNECTING
            await bench.clock.advance(0)
            assert bench.script.sweeps == 1

    async def test_starts_are_staggered_the_same_way_every_time(self) -> None:
        async def first_sweep(seed: int) -> float:
            bench = Bench(seed=seed)
            seen: list[float] = []
            bench.store.subscribe(lambda change: seen.extend([bench.clock.monotonic()] * len(change.jobs)))
            async with bench.running():
                return seen[0]

        starts = [await first_sweep(seed) for seed in range(8)]
        assert len(set(starts)) == 8
        assert starts == [await first_sweep(seed) for seed in range(8)]

    async def test_jumps_of_the_wall_clock_change_nothing(self, bench: Bench) -> None:
        async with bench.running():
            bench.clock.jump(-86_400)
            assert await bench.sweeps_in(ONE_ROUND_S) == 1
            bench.clock.jump(+86_400 * 3)
            assert await bench.sweeps_in(REFRESH_S - 3) == 0
            assert await bench.sweeps_in(5) == 1


class TestFailures:
    async def test_the_health_tells_what_went_wrong_and_old_jobs_stay(self, bench: Bench) -> None:
        async with bench.running():
            last_ok_at = bench.health.last_ok_at
            bench.script.always = Unreachable("no route to jobs.example.com", hint="is the VPN up?")
            await bench.clock.advance(ONE_ROUND_S)
            health = bench.health
            assert health.status is HealthStatus.FAILING
            assert (health.code, health.message) == ("down", "no route to jobs.example.com")
            assert health.hint == "is the VPN up?"
            assert health.last_ok_at == last_ok_at
            assert health.since is not None
            assert health.since > START
            assert health.next_try_at is not None
            assert len(bench.store.jobs) == 2
            assert bench.store.is_stale(bench.store.jobs[ONE], bench.clock.now())

    async def test_since_stays_while_the_status_stays(self, bench: Bench) -> None:
        bench.script.always = Unreachable("refused")
        async with bench.running():
            since = bench.health.since
            await bench.clock.advance(600)
            assert bench.health.since == since

    async def test_the_pauses_grow_up_to_a_cap_and_are_jittered(self, bench: Bench) -> None:
        bench.script.always = Unreachable("refused")
        async with bench.running():
            pauses = []
            for _ in range(9):
                next_try_at = bench.health.next_try_at
                assert next_try_at is not None
                pauses.append((next_try_at - bench.clock.now()).total_seconds())
                await bench.clock.advance(pauses[-1] + 0.001)
            full = [min(CAP_S, REFRESH_S * 2**n) for n in range(1, 10)]
            assert all(
                whole / 2 - 1 <= pause <= whole for pause, whole in zip(pauses[1:], full, strict=False)
            )
            assert len({round(pause, 3) for pause in pauses}) == 9
            assert pauses[4] > pauses[0] * 2
            assert max(pauses) <= CAP_S

    async def test_the_pauses_start_anew_after_a_success(self, bench: Bench) -> None:
        bench.script.always = Unreachable("refused")
        async with bench.running():
            await bench.clock.advance(3000)
            bench.script.always = None
            bench.poller.refresh_now()
            await bench.clock.advance(0)
            assert bench.status() is HealthStatus.OK
            bench.script.always = Unreachable("refused")
            await bench.clock.advance(ONE_ROUND_S)
            assert await bench.sweeps_in(REFRESH_S) == 1

    @pytest.mark.parametrize(
        "error",
        [
            RateLimited("slow down", retry_after_s=900.0),
            ServerFailed("down", status=503, retry_after_s=900.0),
        ],
    )
    async def test_the_system_says_when_to_come_back(self, bench: Bench, error: SystemUnavailable) -> None:
        bench.script.errors[1] = error
        async with bench.running():
            bench.poller.touch(ONE)
            bench.poller.set_unfocused(True)
            bench.poller.set_unfocused(False)
            assert await bench.sweeps_in(898) == 0
            assert await bench.sweeps_in(3) == 1
            assert bench.status() is HealthStatus.OK

    @pytest.mark.parametrize("wish_s", [float("inf"), float("nan"), -5.0, 1e12])
    async def test_a_senseless_wish_does_not_end_polling(self, bench: Bench, wish_s: float) -> None:
        bench.script.errors[1] = RateLimited("slow down", retry_after_s=wish_s)
        async with bench.running():
            assert bench.health.next_try_at is not None
            assert bench.health.next_try_at <= bench.clock.now() + timedelta(days=1)

    async def test_wrong_credentials_stop_after_one_attempt(self, bench: Bench) -> None:
        bench.script.always = Unauthorized("wrong password", hint="set TAC_PASSWORD")
        async with bench.running():
            for _ in range(10):
                bench.poller.touch(ONE)
                bench.poller.set_paused(True)
                bench.poller.set_paused(False)
                await bench.clock.advance(3600)
            assert bench.script.sweeps == 1
            assert bench.status() is HealthStatus.UNAUTHORIZED
            assert (bench.health.code, bench.health.hint) == ("401", "set TAC_PASSWORD")
            assert bench.health.next_try_at is None
            with pytest.raises(Unauthorized):
                await bench.poller.get_adapter()
            with pytest.raises(Unauthorized):
                await bench.poller.sweep()
            assert bench.script.sweeps == 1

    async def test_the_user_may_try_again_with_secrets_read_anew(self, bench: Bench) -> None:
        bench.script.always = Unauthorized("wrong password")
        async with bench.running():
            bench.poller.refresh_now()
            await bench.clock.advance(3600)
            assert bench.script.sweeps == 2
            assert (bench.script.opened, bench.script.closed) == (2, 1)
            bench.script.always = None
            bench.poller.refresh_now()
            assert await bench.sweeps_in(ONE_ROUND_S) == 2
            assert bench.status() is HealthStatus.OK

    async def test_somebody_else_may_meet_wrong_credentials(self, bench: Bench) -> None:
        async with bench.running():
            bench.poller.report(Unauthorized("session expired for good"))
            assert await bench.sweeps_in(3600) == 0
            assert bench.status() is HealthStatus.UNAUTHORIZED

    async def test_other_errors_of_others_change_nothing(self, bench: Bench) -> None:
        async with bench.running():
            bench.poller.report(Unreachable("reset"))
            assert bench.status() is HealthStatus.OK

    async def test_a_connection_that_cannot_be_opened_is_broken_until_the_user_acts(
        self, bench: Bench
    ) -> None:
        bench.script.open_errors.append(ConfigError("TAC_PASSWORD is not set", hint="export it"))
        async with bench.running():
            await bench.clock.advance(3600)
            assert bench.script.opened == 1
            assert bench.status() is HealthStatus.BROKEN
            assert bench.health.message == "TAC_PASSWORD is not set"
            assert bench.health.next_try_at is None
            bench.poller.refresh_now()
            await bench.clock.advance(0)
            assert bench.status() is HealthStatus.OK

    async def test_a_connection_broken_in_the_config_is_never_opened(self) -> None:
        bench = Bench(problem=ConfigError("unknown key 'usr'", hint="did you mean user?"))
        assert bench.status() is HealthStatus.BROKEN
        async with bench.running():
            bench.poller.refresh_now()
            await bench.clock.advance(3600)
            assert bench.script.opened == 0
            assert bench.status() is HealthStatus.BROKEN
            assert (bench.health.code, bench.health.hint) == ("config", "did you mean user?")

    async def test_a_hang_is_cut_and_counts_as_a_failure(self, bench: Bench) -> None:
        bench.script.hangs.add(1)
        async with bench.running():
            await bench.clock.advance(STALL_S - 2)
            assert bench.script.in_flight == 1
            await bench.clock.advance(2)
            assert bench.script.in_flight == 0
            assert bench.status() is HealthStatus.FAILING
            assert bench.health.code == TimedOut.code
            await bench.clock.advance(REFRESH_S)
            assert bench.status() is HealthStatus.OK

    async def test_a_slow_sweep_that_goes_on_is_not_cut(self, bench: Bench) -> None:
        bench.script.add(*(make_job(str(number)) for number in range(6)))
        bench.script.page_size = 1
        bench.script.sweep_s = STALL_S * 0.9
        async with bench.running():
            await bench.clock.advance(STALL_S * 0.9 * 6)
            assert bench.status() is HealthStatus.OK

    async def test_a_sweep_that_ignores_being_cut_is_left_behind(self, bench: Bench) -> None:
        async def stubborn() -> FullAdapter:
            while True:
                with suppress(asyncio.CancelledError):
                    await bench.clock.sleep(10_000)
                    return FullAdapter("alpha", bench.script)

        spec = scripted_spec("alpha", bench.script)
        object.__setattr__(spec, "open_adapter", stubborn)
        bench.poller = Poller(spec, bench.store, bench.clock, random.Random(1), bench.redactor)
        error = asyncio.create_task(bench.poller.attempt())
        await bench.clock.advance(STALL_S + 10)
        assert error.done()
        assert isinstance(await error, TimedOut)
        await bench.clock.advance(10_000)


class TestSurprises:
    @pytest.mark.parametrize("error", [ValueError("bad"), KeyError("x"), AssertionError(), RecursionError()])
    async def test_nothing_ends_it(
        self, bench: Bench, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.script.errors[1] = error
        async with bench.running():
            assert bench.status() is HealthStatus.FAILING
            assert bench.health.message.startswith(type(error).__name__)
            assert [record.levelno for record in caplog.records] == [logging.ERROR]
            assert "Traceback" in caplog.text
            await bench.clock.advance(REFRESH_S)
            assert bench.status() is HealthStatus.OK

    async def test_secrets_show_neither_in_health_nor_in_the_log(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.redactor.add("hunter2hunter2")
        bench.script.errors[1] = RuntimeError("GET https://x.example/login?pw=hunter2hunter2\x1b[2J")
        bench.script.errors[2] = BadAnswer("password=hunter2hunter2", hint="hunter2hunter2?")
        async with bench.running():
            for _ in range(2):
                assert "hunter2" not in f"{bench.health} {caplog.text}"
                assert "\x1b" not in bench.health.message
                await bench.clock.advance(REFRESH_S)

    async def test_a_cancellation_from_within_is_a_failure_like_others(self, bench: Bench) -> None:
        bench.script.errors[1] = asyncio.CancelledError()  # type: ignore[assignment]
        async with bench.running():
            assert bench.status() is HealthStatus.FAILING
            await bench.clock.advance(REFRESH_S)
            assert bench.status() is HealthStatus.OK

    async def test_wrong_credentials_among_several_errors_stop_it(self, bench: Bench) -> None:
        bench.script.always = ExceptionGroup(
            "pages", [BadAnswer("html"), ExceptionGroup("inner", [ValueError(), Unauthorized("no")])]
        )
        async with bench.running():
            await bench.clock.advance(3600)
            assert bench.script.sweeps == 1
            assert bench.status() is HealthStatus.UNAUTHORIZED

    async def test_a_failing_connection_leaves_others_alone(self) -> None:
        bench = Bench()
        other = Script(bench.clock)
        other.add(make_job("9"))
        beta = Poller(
            scripted_spec("beta", other), bench.store, bench.clock, random.Random(2), bench.redactor
        )
        bench.script.always = ValueError("boom")
        task = asyncio.create_task(beta.run())
        async with bench.running():
            await bench.clock.advance(ONE_ROUND_S * 4)
            assert bench.status() is HealthStatus.FAILING
            assert bench.store.health["beta"].status is HealthStatus.OK
            assert other.sweeps >= 4
            assert not task.done()
        task.cancel()


class TestAdapter:
    async def test_it_is_opened_once_for_many(self, bench: Bench) -> None:
        first, second = await asyncio.gather(bench.poller.get_adapter(), bench.poller.get_adapter())
        assert first is second is bench.poller.adapter
        await bench.poller.sweep()
        assert bench.script.opened == 1

    async def test_there_is_none_before_it_is_needed(self, bench: Bench) -> None:
        assert bench.poller.adapter is None
        assert bench.script.opened == 0

    async def test_it_is_closed_once(self, bench: Bench) -> None:
        await bench.poller.aclose()
        await bench.poller.sweep()
        await bench.poller.aclose()
        await bench.poller.aclose()
        assert bench.script.closed == 1

    async def test_a_sweep_raises_what_went_wrong(self, bench: Bench) -> None:
        bench.script.errors[1] = Forbidden("not yours")
        with pytest.raises(Forbidden, match="not yours"):
            await bench.poller.sweep()
        assert await bench.poller.attempt() is None


class TestJobsThatCostACall:
    def bench(self, count: int = 100) -> Bench:
        bench = Bench(adapter=CheckingAdapter)
        bench.script.add(*(make_job(str(number)) for number in range(count)))
        return bench

    async def test_each_round_spends_a_budget(self) -> None:
        bench = self.bench(150)
        for calls in (80, 120, 150, 150):
            await bench.poller.sweep()
            assert len(bench.script.called("get_job")) == calls
            await bench.clock.advance(2)

    async def test_a_command_may_ask_about_more_or_none_once(self) -> None:
        bench = self.bench()
        bench.poller.allow_once(0)
        await bench.poller.sweep()
        assert (bench.script.called("get_job"), bench.health.message) == ([], "")
        bench.poller.allow_once(90)
        await bench.poller.sweep()
        assert len(bench.script.called("get_job")) == 90
        assert bench.health.message == "10 jobs were not asked for: each costs a call"
        await bench.clock.advance(2)
        await bench.poller.sweep()
        assert len(bench.script.called("get_job")) == 100

    async def test_idle_jobs_come_in_turn(self) -> None:
        bench = self.bench()
        for _ in range(4):
            await bench.poller.sweep()
            await bench.clock.advance(2)
        assert len(set(bench.script.called("get_job"))) == 100
        assert {job.state for job in bench.store.jobs.values()} == {State.SUCCEEDED}

    async def test_running_visible_and_touched_jobs_come_every_round(self) -> None:
        bench = self.bench()
        bench.script.change("70", state=State.RUNNING)
        for _ in range(4):
            await bench.poller.sweep()
        await bench.clock.advance(100)
        bench.poller.touch(JobKey("alpha", "80"))
        bench.poller.set_interest([JobKey("alpha", "90"), JobKey("beta", "1")])
        for _ in range(3):
            bench.script.calls.clear()
            await bench.poller.sweep()
            asked = [key.id for (key,) in bench.script.called("get_job")]
            assert asked[0] == "80", "what was acted on comes first"
            assert {"70", "90"} < set(asked)
            assert len(asked) <= 80
            await bench.clock.advance(3)

    async def test_a_listing_without_states_keeps_what_is_known(self) -> None:
        bench = self.bench(3)
        await bench.poller.sweep()
        key = JobKey("alpha", "1")
        observed_at = bench.store.jobs[key].observed_at
        bench.script.change("1", name="renamed", state=State.FAILED)
        bench.script.job_errors["1"] = Forbidden("not yours")
        await bench.clock.advance(5)
        await bench.poller.sweep()
        job = bench.store.jobs[key]
        assert (job.name, job.state) == ("renamed", State.SUCCEEDED)
        assert job.observed_at == observed_at

    async def test_a_few_unreadable_jobs_are_a_note_and_no_failure(self) -> None:
        bench = self.bench(3)
        bench.script.job_errors["1"] = Forbidden("job 1 is not yours")
        await bench.poller.sweep()
        assert bench.status() is HealthStatus.OK
        assert bench.health.message == "1 of 3 jobs not read: job 1 is not yours"
        bench.script.job_errors.clear()
        await bench.poller.sweep()
        assert bench.health.message == ""

    async def test_when_no_job_can_be_read_the_connection_fails(self) -> None:
        bench = self.bench(3)
        bench.script.job_errors = {str(number): Forbidden("not yours") for number in range(3)}
        with pytest.raises(Forbidden):
            await bench.poller.sweep()

    async def test_a_job_that_vanishes_meanwhile_is_no_failure(self) -> None:
        bench = self.bench(3)
        await bench.poller.sweep()
        bench.script.page_size = 1
        bench.script.sweep_s = 1.0
        sweep = asyncio.create_task(bench.poller.sweep())
        await bench.clock.advance(2.5)
        bench.script.remove("0")
        await bench.clock.advance(5)
        await sweep
        assert bench.status() is HealthStatus.OK

    async def test_wrong_credentials_are_tried_once_only(self) -> None:
        bench = self.bench()
        bench.script.read_error = Unauthorized("wrong token")
        assert isinstance(await bench.poller.attempt(), Unauthorized)
        assert len(bench.script.called("get_job")) == 1
        assert bench.status() is HealthStatus.UNAUTHORIZED

    async def test_a_dead_system_ends_the_round(self) -> None:
        bench = self.bench()
        bench.script.job_errors["1"] = Unreachable("reset")
        assert isinstance(await bench.poller.attempt(), Unreachable)
        assert bench.status() is HealthStatus.FAILING
