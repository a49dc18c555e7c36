"""The times of a TAC in the night in which an hour comes twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.adapters.talend_case import REQUEST_ID, TASK, Tac, job_of, ok, open_adapter, row, run_of
from tests.adapters.talend_harness import TalendHarness
from tests.support.context import InstantClock
from tests.support.scripted import DictMemory
from tui.adapters.talend.glance import Glance, Times
from tui.adapters.talend.ledger import KnownRun
from tui.adapters.talend.logtimes import dated
from tui.adapters.talend.tasklog import executions
from tui.adapters.talend.times import moments, nearest, seconds_between, spans, within
from tui.adapters.talend.wire import task_row
from tui.core.state import State
from tui.transport.turns import at_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.adapters.talend import TalendAdapter
    from tui.adapters.talend.wire import TaskRow

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
"""Berlin's clocks show 02:00."""
SECOND = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
"""They show 02:00 again."""
THIRD = datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
"""They show 03:00."""
NEXT_DAY = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
PREPARED_S, ASKED_S = 2, 8
"""Seconds that a run of the simulated task takes, before its log begins and until its end."""


def after(hour: datetime, minutes: float, seconds: float = 0) -> datetime:
    """So long after the beginning of an hour."""
    return hour + timedelta(minutes=minutes, seconds=seconds)


def listed(moment: datetime) -> str:
    """A moment as a row tells it."""
    return moment.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S.000")


def banner(word: str, moment: datetime, execution: str) -> str:
    """A moment as the log tells it."""
    local = moment.astimezone(BERLIN)
    return f"### Job {word}  at {local:%Y/%m/%d %H:%M:%S} (jobId=j, jobExecutionId={execution}) ###\n"


def log_of(*runs: tuple[datetime, datetime | None]) -> str:
    """The log of runs, one after the other, named e0, e1, …"""
    text = ""
    for number, (started, ended) in enumerate(runs):
        text += banner("STARTED", started, f"e{number}") + "line\n"
        text += banner("ENDED SUCCESSFULLY", ended, f"e{number}") if ended else ""
    return text


def times_in(
    text: str, *, now: datetime = NEXT_DAY, is_parallel: bool = False
) -> list[tuple[datetime | None, datetime | None]]:
    """When the runs of a log began and ended, as far as the log alone tells."""
    found, _ = dated(at_once(executions(text, BERLIN)), (), now, is_parallel=is_parallel)
    return [(item.started_at, item.ended_at) for item in found]


# What a time may mean.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-25 01:59:59.999", [after(FIRST, 0, -0.001)]),
        ("2026-10-25 02:20:00", [after(FIRST, 20), after(SECOND, 20)]),
        ("2026/10/25 02:59:59", [after(FIRST, 59, 59), after(SECOND, 59, 59)]),
        ("2026-10-25 03:00:00.000", [THIRD]),
        ("2026-10-25 02:20:00+01:00", [after(SECOND, 20)]),
        ("2026-03-29 02:30:00", [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]),
        ("0001-01-01 00:00:00", []),
        ("yesterday", []),
        ("", []),
    ],
)
def test_a_time_without_a_zone_may_mean_two_moments(text: str, expected: Sequence[datetime]) -> None:
    assert list(moments(text, BERLIN)) == expected


def test_clocks_that_cannot_be_right_decide_nothing() -> None:
    told = (after(FIRST, 20), after(SECOND, 20))
    assert within(told, since=after(FIRST, 30)) == [told[1]]
    assert within(told, until=after(FIRST, 30)) == [told[0]]
    assert within(told, since=NEXT_DAY) == told
    assert nearest(told, after(FIRST, 49)) == told[0]
    assert nearest(told, after(FIRST, 51)) == told[1]
    assert nearest(told, None) == told[0]
    assert nearest((), FIRST) is None


@given(
    st.integers(-3600, 3 * 3600).map(lambda seconds: FIRST + timedelta(seconds=seconds)),
    st.integers(0, 2 * 3600).map(lambda seconds: timedelta(seconds=seconds)),
)
def test_no_run_ends_before_it_begins(started: datetime, length: timedelta) -> None:
    likeliest, *others = spans(moments(listed(started), BERLIN), moments(listed(started + length), BERLIN))
    assert (started, started + length) in (likeliest, *others)
    assert all(span.started_at and span.ended_at and span.started_at <= span.ended_at for span in others)
    if length < timedelta(minutes=30):
        assert seconds_between(*likeliest) == length.total_seconds()


# Our own runs: the request has an absolute time.


async def run_once(harness: TalendHarness) -> None:
    """Run a task once, and hold what is told of the run to what is known of it."""
    asked_at = harness.clock.now()
    job = await harness.finish(harness.samples.succeeding)
    ended_at = asked_at + timedelta(seconds=ASKED_S)
    assert (job.started_at, job.ended_at, job.duration_s) == (asked_at, ended_at, ASKED_S)
    later = await harness.reopen()
    await harness.see(job.key, later)
    for adapter in (harness.adapter, later):
        run = (await adapter.list_runs(job.key))[0]
        assert (run.key, run.queued_at) == (job.run_key, asked_at)
        assert (run.started_at, run.ended_at, run.duration_s) == (asked_at, ended_at, ASKED_S)


@given(st.integers(-60, 2 * 3600))
@settings(max_examples=25, deadline=None)
def test_runs_of_ours_are_told_once_and_right_whenever_they_begin(seconds: int) -> None:
    async def two_runs() -> None:
        start = FIRST + timedelta(seconds=seconds)
        async with TalendHarness(zone="Europe/Berlin", start=start) as harness:
            for made in (1, 2):
                await run_once(harness)
                assert len(await harness.adapter.list_runs(harness.samples.succeeding)) == made

    asyncio.run(two_runs())


@pytest.mark.parametrize("hour", [FIRST, SECOND])
async def test_a_run_of_ours_that_nobody_watched_is_told_by_its_log(hour: datetime) -> None:
    start = after(hour, 20)
    async with TalendHarness(zone="Europe/Berlin", start=start) as harness:
        accepted = await harness.adapter.trigger(TASK, {})
        harness.clock.jump(3 * 3600)
        later = await harness.reopen()
        (run,) = await later.list_runs(TASK)
        assert (run.key.run_id, run.started_at) == (accepted.run_id, start + timedelta(seconds=PREPARED_S))
        job = await harness.see(TASK, later)
        assert (job.run_id, job.started_at, job.duration_s) == (accepted.run_id, start, ASKED_S)


async def test_a_right_zone_is_not_doubted_in_the_second_hour() -> None:
    async with TalendHarness(zone="Europe/Berlin", start=after(SECOND, 20)) as harness:
        await run_once(harness)
        assert not any("shifted" in note for note in (await harness.adapter.check()).notes)


# Runs of others: what was seen before tells the hour.


@dataclass
class Night:
    """A task that runs by its schedule, and a nightdeck that looks at it time and again."""

    adapter: TalendAdapter
    tac: Tac
    clock: InstantClock
    runs: Sequence[tuple[datetime, datetime]]

    def show(self) -> None:
        """Let the TAC tell how the task stands now."""
        now = self.clock.now()
        begun = [run for run in self.runs if run[0] <= now]
        ended = [run for run in self.runs if run[1] <= now]
        self.tac.tasks(
            row(
                status="RUNNING" if len(begun) > len(ended) else "READY_TO_RUN",
                lastRunDate=listed(begun[-1][0]) if begun else None,
                lastEndedRunDate=listed(ended[-1][1]) if ended else None,
            )
        )
        logged = [(started, ended if ended <= now else None) for started, ended in begun]
        self.tac.replies["taskLog"] = ok(result=log_of(*logged))

    async def look(self, adapter: TalendAdapter | None = None) -> None:
        """One sweep, whose times must be true."""
        self.show()
        job = await job_of(adapter or self.adapter)
        begun = [run for run in self.runs if run[0] <= self.clock.now()]
        if not begun:
            return
        started, ended = begun[-1]
        assert job.started_at == started
        assert job.ended_at == (None if job.state.is_active else ended)

    async def reopen(self, memory: DictMemory) -> TalendAdapter:
        """What a later nightdeck would have."""
        return await open_adapter(self.tac, clock=self.clock, memory=memory, timezone="Europe/Berlin")

    async def assert_history(self, adapter: TalendAdapter) -> list[str]:
        """Hold the runs that are told to those that there were; returns their ids."""
        await self.look(adapter)
        told = await adapter.list_runs(TASK)
        assert [(run.started_at, run.ended_at) for run in reversed(told)] == list(self.runs)
        assert len({run.key for run in told}) == len(self.runs)
        return [run.key.run_id for run in reversed(told)]


async def night_of(
    runs: Sequence[tuple[datetime, datetime]], every_s: int, memory: DictMemory | None = None
) -> Night:
    """A night that was watched from before its first run until after its last one."""
    clock, tac = InstantClock(), Tac()
    clock.jump((runs[0][0] - timedelta(minutes=1) - clock.now()).total_seconds())
    adapter = await open_adapter(tac, clock=clock, memory=memory, timezone="Europe/Berlin")
    night = Night(adapter, tac, clock, runs)
    while clock.now() < runs[-1][1] + timedelta(minutes=2):
        await night.look()
        clock.jump(every_s)
    return night


@given(
    start_s=st.integers(0, 3599),
    length_s=st.integers(300, 3000),
    every_s=st.integers(60, 300),
    jitter_s=st.integers(0, 3),
)
@settings(max_examples=20, deadline=None)
def test_hourly_runs_that_are_watched_are_right(
    start_s: int, length_s: int, every_s: int, jitter_s: int
) -> None:
    length = timedelta(seconds=length_s)
    starts = [FIRST + timedelta(seconds=start_s + number * (3600 + jitter_s)) for number in range(-1, 2)]

    async def watched() -> None:
        memory = DictMemory()
        night = await night_of([(start, start + length) for start in starts], every_s, memory)
        ids = await night.assert_history(night.adapter)
        await night.adapter.aclose()
        assert await night.assert_history(await night.reopen(memory)) == ids

    asyncio.run(watched())


async def test_runs_at_the_same_time_of_both_hours_are_two() -> None:
    length = timedelta(minutes=5)
    night = await night_of([(after(hour, 20), after(hour, 20) + length) for hour in (FIRST, SECOND)], 15)
    assert await night.assert_history(night.adapter) == ["20261025022000", "20261025022000-2"]
    for run_id, text in (("20261025022000", "e0"), ("20261025022000-2", "e1")):
        chunk = await night.adapter.read_log(run_of(run_id))
        assert f"jobExecutionId={text})".encode() in chunk.data


async def test_a_run_from_one_hour_into_the_other_is_right() -> None:
    memory = DictMemory()
    night = await night_of([(after(FIRST, 50), after(SECOND, 55))], 15, memory)
    for adapter in (night.adapter, await night.reopen(memory)):
        job = await job_of(adapter)
        assert (job.started_at, job.duration_s) == (after(FIRST, 50), 65 * 60)


async def test_a_run_that_began_and_ended_between_two_looks_is_right() -> None:
    night = await night_of([(after(SECOND, 20, 2), after(SECOND, 20, 9))], 50)
    assert (await job_of(night.adapter)).duration_s == 7


def glance(
    now: datetime, before: Times | None = None, seen_at: datetime | None = None, **told: Any
) -> Glance:
    """A look at a row."""
    is_active = told.get("status") == "RUNNING"
    return Glance(made(**told), is_active, BERLIN, now, before, seen_at)


def made(**told: Any) -> TaskRow:
    """A row as it is read."""
    found = task_row(row(**told))
    assert found is not None
    return found


@pytest.mark.parametrize(("now", "hour"), [(after(FIRST, 50), FIRST), (after(SECOND, 21), SECOND)])
def test_a_run_that_goes_on_at_the_first_look_has_begun_last(now: datetime, hour: datetime) -> None:
    first = glance(now, status="RUNNING", lastRunDate="2026-10-25 02:20:00.000")
    assert first.start().likely == after(hour, 20)


def test_at_the_first_look_the_shorter_run_is_the_likelier() -> None:
    at_rest = glance(
        NEXT_DAY, lastRunDate="2026-10-25 02:50:00.000", lastEndedRunDate="2026-10-25 02:10:00.000"
    )
    assert at_rest.start().likely == after(FIRST, 50)
    assert at_rest.end(after(FIRST, 50), None) == after(SECOND, 10)
    later = glance(
        NEXT_DAY, lastRunDate="2026-10-25 02:50:00.000", lastEndedRunDate="2026-10-25 03:10:00.000"
    )
    assert later.start().likely == after(SECOND, 50)
    assert glance(NEXT_DAY, lastRunDate="2026-10-25 02:50:00.000").start().likely == after(FIRST, 50)


def test_what_was_known_stays_known() -> None:
    told: dict[str, Any] = {
        "lastRunDate": "2026-10-25 02:20:00.000",
        "lastEndedRunDate": "2026-10-25 02:30:00.000",
    }
    before = Times(made(**told), False, after(SECOND, 20), after(SECOND, 30))
    again = glance(NEXT_DAY, before=before, seen_at=after(SECOND, 40), errorStatus="JOB_ERROR", **told)
    assert again.start().likely == after(SECOND, 20)
    assert again.end(after(SECOND, 20), None) == after(SECOND, 30)
    assert again.end(after(FIRST, 20), None) == after(SECOND, 30)
    assert glance(NEXT_DAY, **told).end(after(FIRST, 20), after(SECOND, 30)) == after(SECOND, 30)


def test_an_end_is_that_of_an_earlier_run_while_another_goes_on() -> None:
    told: dict[str, Any] = {
        "lastRunDate": "2026-10-25 02:10:00.000",
        "lastEndedRunDate": "2026-10-25 02:50:00.000",
    }
    active = glance(after(SECOND, 11), status="RUNNING", **told)
    assert active.end(active.start().likely, None) == after(FIRST, 50)


@pytest.mark.parametrize("minutes", [-4, 4, 12])
def test_a_server_whose_clock_is_wrong_is_still_in_the_right_hour(minutes: int) -> None:
    now = after(SECOND, 30)
    before = Times(made(), False, None, None)
    told: dict[str, Any] = {"lastRunDate": listed(now + timedelta(minutes=minutes)), "status": "RUNNING"}
    seen = glance(now, before=before, seen_at=now - timedelta(seconds=15), **told)
    assert seen.start().likely == now + timedelta(minutes=minutes)
    ended_at = now + timedelta(minutes=minutes + 1)
    at_rest = glance(now, lastEndedRunDate=listed(ended_at))
    assert at_rest.end(seen.start().likely, None) == ended_at


@pytest.mark.parametrize(
    ("now", "hour"), [(after(FIRST, 10), FIRST), (after(FIRST, 21), SECOND), (after(SECOND, 10), SECOND)]
)
def test_the_next_start_is_still_to_come(now: datetime, hour: datetime) -> None:
    assert glance(now, nextFireDate="2026-10-25 02:20:00.000").next_start() == after(hour, 20)


# Logs: the runs follow each other.


def test_runs_follow_each_other_in_a_log() -> None:
    runs = [(after(hour, 20), after(hour, 28)) for hour in (FIRST, SECOND, THIRD)]
    assert times_in(log_of(*runs)) == runs
    late = [(after(FIRST, 40), after(FIRST, 41)), (after(SECOND, 10), after(SECOND, 12))]
    assert times_in(log_of(*late)) == late
    instant = [(after(hour, 20), after(hour, 20)) for hour in (FIRST, SECOND)]
    assert times_in(log_of(*instant)) == instant


def test_a_run_in_a_log_takes_no_hour_more_than_it_must() -> None:
    for run in ((after(FIRST, 58), after(SECOND, 2)), (after(SECOND, 58), after(THIRD, 2))):
        assert times_in(log_of(run)) == [run]


def test_runs_that_go_on_together_may_overlap_in_a_log() -> None:
    runs = [(after(FIRST, 10), after(FIRST, 50)), (after(FIRST, 20), after(FIRST, 30))]
    assert times_in(log_of(*runs), is_parallel=True) == runs


def test_nothing_in_a_log_lies_in_the_future() -> None:
    run = (after(FIRST, 50), after(FIRST, 55))
    assert times_in(log_of(run), now=after(SECOND, 10)) == [run]
    _, matched = dated(
        at_once(executions(log_of(run), BERLIN)),
        [known(after(SECOND, 50))],
        after(SECOND, 49, 59),
        is_parallel=False,
    )
    assert matched == {}
    cut_off = log_of(run).partition("line\n")[2]
    assert times_in(cut_off, now=after(SECOND, 10)) == [(None, run[1])]


def test_a_log_that_is_out_of_order_is_read_all_the_same() -> None:
    runs = [(THIRD, after(THIRD, 5)), (after(FIRST, 20), after(FIRST, 28))]
    assert times_in(log_of(*runs)) == runs


def known(begun: datetime) -> KnownRun:
    """A run that is known by an id."""
    return KnownRun(id="k", begun=begun, started=begun)


def test_a_known_run_is_not_taken_for_its_like_of_the_hour_before() -> None:
    runs = [(after(hour, 20, 2), after(hour, 28)) for hour in (FIRST, SECOND)]
    told = at_once(executions(log_of(*runs), BERLIN))
    for name, hour in (("e0", FIRST), ("e1", SECOND)):
        _, matched = dated(told, [known(after(hour, 20))], NEXT_DAY, is_parallel=False)
        assert list(matched) == [name]


def test_a_run_after_a_known_one_is_after_it_and_one_before_it_before() -> None:
    runs = [
        (after(FIRST, 40), after(FIRST, 41)),
        *((after(SECOND, at), after(SECOND, at + 1)) for at in (50, 55)),
    ]
    told = at_once(executions(log_of(*runs), BERLIN))
    found, _ = dated(told, [known(after(SECOND, 50))], NEXT_DAY, is_parallel=False)
    assert [(item.started_at, item.ended_at) for item in found] == runs
    runs = [(after(FIRST, 10), after(FIRST, 58)), (after(FIRST, 59), after(SECOND, 40))]
    told = at_once(executions(log_of(*runs), BERLIN))
    found, _ = dated(told, [known(after(FIRST, 59))], NEXT_DAY, is_parallel=False)
    assert [(item.started_at, item.ended_at) for item in found] == runs


async def test_a_run_of_ours_that_has_waited_for_long_began_after_its_request() -> None:
    clock = InstantClock()
    async with TalendHarness(clock=clock, zone="Europe/Berlin", start=after(FIRST, 50)) as harness:
        await harness.see(TASK)
        accepted = await harness.adapter.trigger(TASK, {})
    tac = Tac(getTaskExecutionStatus=ok(execBasicStatus="RUNNING", execDetailedStatus="RUNNING"))
    tac.tasks(row(status="RUNNING", lastRunDate=listed(after(SECOND, 30))))
    clock.jump(45 * 60)
    later = await open_adapter(tac, clock=clock, memory=harness.memory, timezone="Europe/Berlin")
    job = await job_of(later)
    assert (job.run_id, job.started_at) == (accepted.run_id, after(SECOND, 30))


async def test_the_log_of_a_run_that_an_earlier_session_named_is_found_in_either_hour() -> None:
    for hour in (FIRST, SECOND):
        clock = InstantClock()
        clock.jump((NEXT_DAY - clock.now()).total_seconds())
        before = after(hour, -25)
        runs = ((before, after(before, 5)), (after(hour, 20, 2), after(hour, 30)), (THIRD, None))
        tac = Tac(taskLog=ok(result=log_of(*runs)))
        adapter = await open_adapter(tac, clock=clock, timezone="Europe/Berlin")
        chunk = await adapter.read_log(run_of("20261025022000"))
        assert b"jobExecutionId=e1)" in chunk.data


async def test_a_run_of_ours_at_the_time_of_an_earlier_one_is_its_own() -> None:
    clock = InstantClock()
    clock.jump((after(FIRST, 30) - clock.now()).total_seconds())
    earlier, ours = (after(FIRST, 20), after(FIRST, 25)), (after(SECOND, 20), after(SECOND, 21))
    request_id = f"{int(ours[0].timestamp() * 1000)}_{REQUEST_ID.partition('_')[2]}"
    going_on = ok(execBasicStatus="RUNNING", execDetailedStatus="RUNNING")
    tac = Tac(runTask=ok(execRequestId=request_id), getTaskExecutionStatus=going_on)
    tac.tasks(row(lastRunDate=listed(earlier[0]), lastEndedRunDate=listed(earlier[1])))
    adapter = await open_adapter(tac, clock=clock, timezone="Europe/Berlin")
    await job_of(adapter)
    clock.jump((ours[0] - clock.now()).total_seconds())
    await job_of(adapter)
    await adapter.trigger(TASK, {})
    tac.tasks(row(status="RUNNING", lastRunDate=listed(ours[0]), lastEndedRunDate=listed(earlier[1])))
    clock.jump(5)
    assert (await job_of(adapter)).started_at == ours[0]
    tac.tasks(row(lastRunDate=listed(ours[0]), lastEndedRunDate=listed(ours[1])))
    tac.replies["getTaskExecutionStatus"] = ok(execBasicStatus="OK", execDetailedStatus="ENDED_OK")
    tac.replies["taskLog"] = ok(result=log_of(earlier, ours))
    clock.jump(60)
    job = await job_of(adapter)
    assert (job.run_id, job.last_result, job.ended_at) == (request_id, State.SUCCEEDED, ours[1])
    newest, oldest = await adapter.list_runs(TASK)
    assert (newest.key.run_id, newest.started_at, newest.ended_at) == (request_id, *ours)
    assert (oldest.key.run_id, oldest.started_at, oldest.ended_at) == ("20261025022000", *earlier)
