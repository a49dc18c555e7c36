"""The runs of an ETL as they are made out from one status to the next, whatever `last_exec_ts` may mean."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import pytest

from tests.adapters.bmc_case import ETL, OLD, Desk, status
from tests.support.clock import START
from tui.adapters.bmc.book import MOST_RUNS
from tui.core.models import Job
from tui.core.state import State


class Meaning(Enum):
    """What `last_exec_ts` tells."""

    START = "the start of the last run, from its start on"
    END = "the end of the last run"
    LATE_START = "the start of the last run, but only once that has ended"
    NOTHING = "nothing at all"


MEANINGS = list(Meaning)
TELLING = [Meaning.START, Meaning.END, Meaning.LATE_START]


@pytest.fixture
async def desk() -> Desk:
    return await Desk().open()


class Product:
    """Runs an ETL, and tells of it as one of the meanings has it."""

    def __init__(self, desk: Desk, meaning: Meaning, *, last: str | None = OLD) -> None:
        self.desk = desk
        self.meaning = meaning
        self.last: Any = None if meaning is Meaning.NOTHING else last
        self.began: datetime = START

    async def begin(self, *, after: float = 1, code: str = "OK") -> Job:
        """A run begins, and is seen."""
        await self.desk.later(after)
        self.began = self.desk.clock.now()
        if self.meaning is Meaning.START:
            self.last = self.began
        return await self.desk.see(status("RUNNING", code, self.last), after=0)

    async def go_on(self, *, after: float = 1) -> Job:
        return await self.desk.see(status("RUNNING", "OK", self.last), after=after)

    async def end(self, word: str = "ENDED", code: str = "OK", *, after: float = 10) -> Job:
        """The run ends, and is seen to have ended."""
        await self.desk.later(after)
        if self.meaning is Meaning.END:
            self.last = self.desk.clock.now()
        if self.meaning is Meaning.LATE_START:
            self.last = self.began
        return await self.desk.see(status(word, code, self.last), after=0)


@pytest.mark.parametrize("meaning", MEANINGS, ids=lambda meaning: meaning.name)
async def test_a_run_keeps_its_name_from_beginning_to_end_and_later(desk: Desk, meaning: Meaning) -> None:
    product = Product(desk, meaning)
    before = await desk.see(status("WAITING", "OK", product.last))
    running = await product.begin()
    assert running.run_id not in {"", before.run_id}
    assert (running.state, running.started_at) == (State.RUNNING, product.began)
    assert (await product.go_on()).run_id == running.run_id
    ended = await product.end("WAITING", "ERROR")
    assert (ended.run_id, ended.state, ended.last_result) == (running.run_id, State.SCHEDULED, State.FAILED)
    assert (ended.started_at, ended.ended_at) == (product.began, desk.clock.now())
    assert ended.duration_s == 11
    later = await desk.next_session()
    again = await later.see(status("WAITING", "ERROR", product.last))
    assert (again.run_id, again.last_result) == (ended.run_id, ended.last_result)
    assert await later.runs() == await desk_runs_before(later, ended)


async def desk_runs_before(later: Desk, ended: Job) -> list[Any]:
    """The runs of a further session, which must be the same."""
    again = await later.next_session()
    runs = await again.runs()
    assert runs[0].key.run_id == ended.run_id
    return runs


@pytest.mark.parametrize("meaning", MEANINGS, ids=lambda meaning: meaning.name)
async def test_each_run_has_a_name_of_its_own(desk: Desk, meaning: Meaning) -> None:
    product = Product(desk, meaning)
    await desk.see(status("ENDED", "OK", product.last))
    made = []
    for _ in range(4):
        begun = await product.begin()
        ended = await product.end(code="OK")
        assert begun.run_id == ended.run_id
        made.append(ended.run_id)
    assert len(set(made)) == 4
    assert [run.key.run_id for run in await desk.runs()][:4] == made[::-1]


@pytest.mark.parametrize("meaning", TELLING, ids=lambda meaning: meaning.name)
async def test_a_run_between_two_looks_is_known_by_its_time(desk: Desk, meaning: Meaning) -> None:
    product = Product(desk, meaning)
    old = await desk.see(status("ENDED", "OK", product.last))
    product.began = desk.clock.now()
    product.last = product.began if meaning is Meaning.START else product.last
    new = await product.end(code="ERROR")
    assert new.run_id not in {"", old.run_id}
    assert (new.state, new.last_result) == (State.FAILED, State.FAILED)
    assert [run.state for run in await desk.runs()] == [State.FAILED, State.SUCCEEDED]


async def test_a_run_that_tells_no_time_is_known_by_its_result(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK"))
    assert await desk.runs() == []
    job = await desk.see(status("ENDED", "ERROR"))
    assert (job.state, len(await desk.runs())) == (State.FAILED, 1)
    assert job.ended_at == desk.clock.now()


@pytest.mark.parametrize("word", ["WAITING", "ENDED", "ABORTED", ""])
async def test_a_time_that_stays_makes_no_run(desk: Desk, word: str) -> None:
    first = await desk.see(status("ENDED", "OK", OLD))
    again = await desk.see(status(word or None, "OK", OLD))
    assert again.run_id == first.run_id
    assert len(await desk.runs()) == 1


@pytest.mark.parametrize("meaning", [Meaning.START, Meaning.END], ids=lambda meaning: meaning.name)
async def test_a_run_that_was_going_on_at_the_first_look(desk: Desk, meaning: Meaning) -> None:
    """Nobody knows yet whose time it is, so there is no start; the end of the run tells."""
    product = Product(desk, meaning)
    began = START - timedelta(minutes=20)
    product.last = began if meaning is Meaning.START else OLD
    first = await product.go_on()
    assert (first.state, first.started_at, first.last_result) == (State.RUNNING, None, State.SUCCEEDED)
    ended = await product.end()
    assert ended.run_id == first.run_id
    assert ended.ended_at == desk.clock.now()
    assert ended.started_at == (began if meaning is Meaning.START else None)
    assert len(await desk.runs()) == 1


@pytest.mark.parametrize("meaning", [Meaning.START, Meaning.END], ids=lambda meaning: meaning.name)
async def test_a_new_run_is_told_from_the_one_before_although_both_were_seen_running(
    desk: Desk, meaning: Meaning
) -> None:
    product = Product(desk, meaning)
    await desk.see(status("WAITING", "OK", product.last))
    first = await product.begin()
    await desk.later(3600)
    product.last = desk.clock.now()
    second = await desk.see(status("RUNNING", "OK", product.last), after=20)
    assert (second.state, second.run_id != first.run_id) == (State.RUNNING, True)
    runs = await desk.runs()
    assert [run.state for run in runs[:2]] == [State.RUNNING, State.UNKNOWN]
    ended = await product.end()
    assert ended.run_id == second.run_id


async def test_a_start_that_is_told_late_makes_no_second_run(desk: Desk) -> None:
    await desk.see(status("WAITING", "OK", OLD))
    first = await desk.see(status("RUNNING", "OK", OLD))
    began = desk.clock.now() - timedelta(seconds=1)
    again = await desk.see(status("RUNNING", "OK", began))
    assert (again.run_id, again.started_at) == (first.run_id, began)


async def test_a_time_that_is_told_after_the_end_makes_no_second_run(desk: Desk) -> None:
    await desk.see(status("WAITING", "OK", OLD))
    begun = await desk.see(status("RUNNING", "OK", OLD))
    await desk.see(status("ENDED", "OK", OLD), after=10)
    ended_at = desk.clock.now()
    late = await desk.see(status("ENDED", "OK", ended_at), after=5)
    assert late.run_id == begun.run_id
    assert (await desk.runs())[0].key.run_id == begun.run_id


async def test_a_result_that_is_told_late_is_taken_over(desk: Desk) -> None:
    await desk.see(status("WAITING", "OK", OLD))
    await desk.see(status("RUNNING", "OK", OLD))
    last = desk.clock.now()
    ended = await desk.see(status("ENDED", None, last))
    assert (ended.state, ended.last_result, ended.native_state) == (State.UNKNOWN, None, "ENDED")
    later = await desk.see(status("ENDED", "WARNING", last))
    assert (later.state, later.run_id) == (State.WARNING, ended.run_id)
    assert later.message == "the run ended with a warning: exit code WARNING"


async def test_the_exit_code_beside_running_is_that_of_the_run_before(desk: Desk) -> None:
    await desk.see(status("ENDED", "ERROR", OLD))
    assert (await desk.see(status("RUNNING", "OK", OLD))).last_result is State.FAILED


async def test_a_first_run_has_no_run_before_whatever_the_exit_code_says(desk: Desk) -> None:
    never = await desk.see(status(None))
    assert (never.state, never.run_id, never.last_result) == (State.NEVER_RUN, "", None)
    running = await desk.see(status("RUNNING", "OK", desk.clock.now()))
    assert (running.state, running.last_result) == (State.RUNNING, None)
    assert running.started_at is not None


async def test_times_that_nobody_saw_closely_are_not_made_up(desk: Desk) -> None:
    await desk.see(status("WAITING", "OK", OLD))
    begun = await desk.see(status("RUNNING", "OK", OLD), after=3600)
    assert begun.started_at is None
    ended = await desk.see(status("WAITING", "OK", OLD), after=3600)
    assert (ended.run_id, ended.started_at, ended.duration_s) == (begun.run_id, None, None)


async def test_an_aborted_run_is_cancelled(desk: Desk) -> None:
    await desk.see(status("WAITING", "OK", OLD))
    begun = await desk.see(status("RUNNING", "OK", OLD))
    ended = await desk.see(status("ABORTED", "OK", OLD))
    assert (ended.state, ended.last_result, ended.run_id) == (
        State.CANCELLED,
        State.CANCELLED,
        begun.run_id,
    )
    rescheduled = await desk.see(status("WAITING", "OK", OLD))
    assert (rescheduled.state, rescheduled.last_result) == (State.SCHEDULED, State.CANCELLED)


async def test_an_etl_that_seems_never_to_have_run_any_more_says_so(desk: Desk) -> None:
    await desk.see(status("ENDED", "OK", OLD))
    await desk.see(status("RUNNING", "OK", OLD))
    job = await desk.see(status(None))
    assert (job.state, job.run_id, job.last_result) == (State.NEVER_RUN, "", None)
    assert [run.state for run in await desk.runs()] == [State.UNKNOWN, State.SUCCEEDED]


async def test_the_runs_are_a_short_list(desk: Desk) -> None:
    product = Product(desk, Meaning.END)
    await desk.see(status("ENDED", "OK", product.last))
    for _ in range(MOST_RUNS + 5):
        await product.begin()
        await product.end()
    assert len(await desk.runs()) == MOST_RUNS
    assert len(await desk.adapter.list_runs(ETL, limit=3)) == 3


async def test_a_first_look_and_a_status_as_before_write_nothing(desk: Desk) -> None:
    written: list[str] = []
    save = desk.context.memory.save

    async def counted(key: str, value: Any) -> None:
        written.append(key)
        await save(key, value)

    desk.context.memory.save = counted  # type: ignore[method-assign]
    for _ in range(5):
        await desk.see(status("WAITING", "OK", OLD))
    assert written == []
    await desk.see(status("RUNNING", "OK", OLD))
    assert written == ["etl 321"]
    for _ in range(5):
        await desk.see(status("RUNNING", "OK", OLD))
    await desk.see(status("ENDED", "OK", OLD))
    assert written == ["etl 321"] * 2


async def test_a_book_that_cannot_be_read_costs_only_itself(desk: Desk) -> None:
    await desk.context.memory.save("etl 321", {"runs": "many"})
    await desk.context.memory.save("services", ["53"])
    later = await desk.next_session()
    job = await later.see(status("ENDED", "OK", OLD))
    assert job.run_id == "last-20261121T020000Z"
