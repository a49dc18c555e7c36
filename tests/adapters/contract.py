"""What every adapter must do, as test classes: one for the base, and one for each capability.

A test file of an adapter defines the fixture `harness` and one class that inherits `AdapterContract` and the
contract of each capability the adapter has; a test makes sure that none is missing.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tui.core.adapter import Adapter
from tui.core.capabilities import (
    CanDelete,
    CanHold,
    CanRerun,
    CanStop,
    CanTrigger,
    ChecksJobs,
    HasLogFiles,
    HasLogs,
    HasRaw,
    HasTasks,
    HasWebUrl,
    StartsOnOpen,
    TakesRunIds,
)
from tui.core.errors import ActionRefused, NotFound, RunExists
from tui.core.keys import JobKey, RunKey
from tui.core.models import Action, ActionKind
from tui.core.redaction import MASK, Redactor
from tui.core.settings import ConnectionSettings
from tui.core.state import State
from tui.engine.connection import ConnectionSpec
from tui.engine.engine import Engine
from tui.engine.history import History
from tui.engine.run_log import RunLog
from tui.engine.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from tui.core.models import Job, LogChunk, Run

REQUEST = "20261121T140000-1f2e3d4c"
"""The id of a request."""
PATIENCE = 1500
"""So often time may pass before something that must happen counts as not happening."""
MANY_PAGES = 1000
"""A listing of a test system that needs more pages never ends."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Jobs that the test system has, none of which has run yet."""

    succeeding: JobKey
    """Ends by itself, well, and soon."""
    failing: JobKey
    """Ends by itself, badly, and soon."""
    lasting: JobKey
    """Runs until it is stopped."""
    idle: JobKey
    """Is never run by a test."""
    printed: bytes = b""
    """Bytes in the log of every run of `succeeding`; empty when the system has no logs."""
    holdable: JobKey | None = None
    """A job that can be held and released; `idle` when None."""


class Harness(ABC):
    """One system, ready for tests: an opened adapter, known jobs, and a hand on the system's time."""

    adapter: Adapter
    samples: Samples
    keeps_runs: bool = True
    """Whether the system remembers its runs; some tell only of the newest."""
    forces_stops: bool = True
    """Whether a run can be ended by force; where it can't, that is refused and nothing is sent."""
    reruns_in_place: bool = False
    """Whether a run that is repeated goes on under its own id, rather than as another run."""

    @abstractmethod
    async def reopen(self) -> Adapter:
        """Another opened adapter for the same connection, as a later session would have."""

    @abstractmethod
    async def pass_time(self) -> None:
        """Let the system get on with its work for a moment."""

    @abstractmethod
    def runs_made(self, job: JobKey) -> int:
        """How many runs of the job the system itself knows of."""

    async def start(self, job: JobKey) -> RunKey:
        """Start a run; a system whose API can't do it overrides this."""
        assert isinstance(self.adapter, CanTrigger)
        known = {run.key for run in await self.adapter.list_runs(job)}
        await self.adapter.trigger(job, {})
        await self.until(
            job, lambda seen: seen.run_id not in {key.run_id for key in known} and bool(seen.run_id)
        )
        return RunKey(job.connection, job.id, (await self.see(job)).run_id)

    async def see(self, job: JobKey, adapter: Adapter | None = None) -> Job:
        """The job as a sweep tells of it."""
        async for page in (adapter or self.adapter).list_jobs():
            for seen in page:
                if seen.key == job:
                    return seen
        raise AssertionError(f"{job} is not listed")

    async def until(self, job: JobKey, holds: Callable[[Job], bool]) -> Job:
        """Let time pass until something holds of the job."""
        for _ in range(PATIENCE):
            seen = await self.see(job)
            if holds(seen):
                return seen
            await self.pass_time()
        raise AssertionError(f"it never happened: {seen}")

    async def finish(self, job: JobKey) -> Job:
        """Run a job that ends by itself, to its end."""
        started = await self.start(job)
        return await self.until(job, lambda seen: seen.run_id == started.run_id and not seen.state.is_active)


class AdapterContract:
    """The part that no adapter can leave out."""

    def test_every_capability_has_its_contract(self, harness: Harness) -> None:
        for capability, contract in CONTRACTS.items():
            assert isinstance(harness.adapter, capability) == isinstance(self, contract), capability.__name__

    def test_it_has_names_and_settings(self, harness: Harness) -> None:
        adapter = type(harness.adapter)
        assert adapter.type_name.isidentifier()
        assert adapter.type_name == adapter.type_name.lower()
        assert adapter.title
        assert issubclass(adapter.Settings, ConnectionSettings)
        assert adapter.default_refresh_s > 0

    def test_every_setting_is_documented(self, harness: Harness) -> None:
        fields = type(harness.adapter).Settings.model_fields
        assert [name for name, field in fields.items() if not field.description] == []

    async def test_check_tells_who_we_are(self, harness: Harness) -> None:
        assert (await harness.adapter.check()).identity

    async def test_every_job_is_listed_once(self, harness: Harness) -> None:
        pages: list[Sequence[Job]] = []
        async for page in harness.adapter.list_jobs():
            pages.append(page)
            assert len(pages) < MANY_PAGES
        keys = [job.key for page in pages for job in page]
        assert len(set(keys)) == len(keys)
        samples = harness.samples
        assert {samples.succeeding, samples.failing, samples.lasting, samples.idle} <= set(keys)

    async def test_jobs_are_well_formed(self, harness: Harness) -> None:
        await harness.finish(harness.samples.succeeding)
        async for page in harness.adapter.list_jobs():
            for job in page:
                _assert_well_formed_job(job, harness.adapter)

    async def test_a_job_that_never_ran_says_so(self, harness: Harness) -> None:
        job = await harness.see(harness.samples.idle)
        assert job.state in {State.NEVER_RUN, State.SCHEDULED}
        assert (job.run_id, job.last_result, job.run_key) == ("", None, None)
        assert list(await harness.adapter.list_runs(job.key)) == []

    async def test_a_good_run_is_a_success(self, harness: Harness) -> None:
        job = await harness.finish(harness.samples.succeeding)
        assert job.last_result is State.SUCCEEDED
        assert job.ended_at is not None

    async def test_a_bad_run_is_a_failure_with_a_reason(self, harness: Harness) -> None:
        job = await harness.finish(harness.samples.failing)
        assert job.last_result is State.FAILED
        assert job.message

    async def test_a_run_that_goes_on_is_running(self, harness: Harness) -> None:
        await harness.start(harness.samples.lasting)
        job = await harness.until(harness.samples.lasting, lambda seen: seen.state is State.RUNNING)
        assert job.started_at is not None
        assert (job.ended_at, job.duration_s) == (None, None)

    async def test_runs_are_newest_first_and_limited(self, harness: Harness) -> None:
        job = harness.samples.succeeding
        made = [(await harness.finish(job)).run_id for _ in range(3)]
        runs = list(await harness.adapter.list_runs(job))
        if not harness.keeps_runs:
            assert runs == []
            return
        assert [run.key.run_id for run in runs] == made[::-1]
        assert [run.key.run_id for run in await harness.adapter.list_runs(job, limit=2)] == made[:0:-1]
        for run in runs:
            _assert_well_formed_run(run, job)

    async def test_a_later_session_sees_the_same(self, harness: Harness) -> None:
        job = await harness.finish(harness.samples.failing)
        later = await harness.reopen()
        again = await harness.see(job.key, later)
        assert (again.state, again.last_result, again.run_id) == (job.state, job.last_result, job.run_id)
        assert list(await later.list_runs(job.key)) == list(await harness.adapter.list_runs(job.key))

    async def test_runs_of_an_unknown_job_are_not_found(self, harness: Harness) -> None:
        with pytest.raises(NotFound):
            await harness.adapter.list_runs(unknown_job(harness))

    @pytest.mark.parametrize("kind", list(ActionKind))
    async def test_what_is_not_offered_has_a_reason(self, harness: Harness, kind: ActionKind) -> None:
        job = await harness.see(harness.samples.idle)
        if not harness.adapter.can(kind):
            assert harness.adapter.reason_against(kind, job)
        assert isinstance(harness.adapter.reason_against(kind, job), str)

    @pytest.mark.parametrize("kind", list(ActionKind))
    async def test_every_action_can_be_previewed(self, harness: Harness, kind: ActionKind) -> None:
        job = await harness.finish(harness.samples.succeeding)
        if harness.adapter.can(kind):
            preview = harness.adapter.preview(Action(kind, job.key, job.run_key))
            assert preview
            assert f"?{MASK}" not in Redactor().mask(preview), "queries are masked: say it in other words"
        assert harness.adapter.can(kind) or harness.adapter.reason_against(kind, job)


class LogContract:
    """The system keeps a log of each run."""

    async def test_a_log_is_read_to_its_end(self, harness: Harness) -> None:
        run = await _finished_run(harness)
        chunks = await _read_all(harness, run)
        assert harness.samples.printed in b"".join(chunk.data for chunk in chunks)
        assert chunks[-1].is_complete

    async def test_a_log_goes_on_at_the_cursor(self, harness: Harness) -> None:
        run = await _finished_run(harness)
        assert isinstance(harness.adapter, HasLogs)
        end = (await _read_all(harness, run))[-1].cursor
        later = await harness.reopen()
        assert isinstance(later, HasLogs)
        again = await later.read_log(run, end)
        assert (again.data, again.is_complete, again.is_restart) == (b"", True, False)

    async def test_a_log_is_opened_whole(self, harness: Harness, tmp_path: Path) -> None:
        run = await _finished_run(harness)
        chunks = await _read_all(harness, run)
        text = b"".join(chunk.data for chunk in chunks).decode(chunks[0].encoding, "replace")
        engine = _engine_over(await harness.reopen(), tmp_path)
        log = await RunLog.open(engine, run)
        await log.follow(lambda: None)
        assert log.document.file.read(0, log.document.size).decode() == text
        assert (log.is_complete, log.problem, log.is_cut) == (True, "", False)
        assert log.is_in_place is isinstance(harness.adapter, HasLogFiles)
        await log.aclose()
        await engine.aclose()

    async def test_a_log_is_complete_only_when_the_run_has_ended(self, harness: Harness) -> None:
        run = await harness.start(harness.samples.lasting)
        assert isinstance(harness.adapter, HasLogs)
        await harness.until(run.job, lambda seen: seen.state is State.RUNNING)
        assert not (await harness.adapter.read_log(run)).is_complete

    async def test_a_log_of_an_unknown_run_is_not_found(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, HasLogs)
        with pytest.raises(NotFound):
            await harness.adapter.read_log(unknown_run(harness))


class LogFileContract(LogContract):
    """The log is a file on this machine."""

    async def test_the_file_is_what_is_read(self, harness: Harness) -> None:
        run = await _finished_run(harness)
        assert isinstance(harness.adapter, HasLogFiles)
        path = harness.adapter.log_path(run)
        assert path is not None
        assert path.read_bytes() == b"".join(chunk.data for chunk in await _read_all(harness, run))

    async def test_cursors_are_numbers_of_bytes(self, harness: Harness) -> None:
        run = await _finished_run(harness)
        assert isinstance(harness.adapter, HasLogFiles)
        path = harness.adapter.log_path(run)
        assert path is not None
        content = path.read_bytes()
        for size in (1, len(content) // 2, len(content)):
            chunk = await harness.adapter.read_log(run, str(size))
            assert (chunk.data, chunk.is_complete, chunk.is_restart) == (content[size:], True, False)

    def test_an_unknown_run_has_no_file(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, HasLogFiles)
        assert harness.adapter.log_path(unknown_run(harness)) is None


class TriggerContract:
    """A new run of a job can be started."""

    async def test_a_trigger_makes_exactly_one_run(self, harness: Harness) -> None:
        job = harness.samples.succeeding
        assert isinstance(harness.adapter, CanTrigger)
        accepted = await harness.adapter.trigger(job, {})
        await harness.until(job, lambda seen: seen.last_result is not None and not seen.state.is_active)
        assert harness.runs_made(job) == 1
        runs = await harness.adapter.list_runs(job)
        assert len(runs) == (1 if harness.keeps_runs else 0)
        assert {run.key.run_id for run in runs} <= {accepted.run_id or runs[0].key.run_id}

    async def test_a_trigger_names_its_run_or_nothing(self, harness: Harness) -> None:
        job = harness.samples.succeeding
        assert isinstance(harness.adapter, CanTrigger)
        accepted = await harness.adapter.trigger(job, {})
        seen = await harness.until(job, lambda seen: bool(seen.run_id))
        assert accepted.run_id in {"", seen.run_id}

    async def test_an_unknown_job_cannot_be_triggered(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, CanTrigger)
        with pytest.raises(NotFound):
            await harness.adapter.trigger(unknown_job(harness), {})

    async def test_parameters_have_distinct_names(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, CanTrigger)
        names = [
            parameter.name for parameter in await harness.adapter.list_parameters(harness.samples.succeeding)
        ]
        assert len(set(names)) == len(names)
        assert all(names)


class RunIdContract:
    """A trigger carries the id of the run that it makes."""

    async def test_a_run_has_the_id_that_it_was_given(self, harness: Harness) -> None:
        job = harness.samples.succeeding
        assert isinstance(harness.adapter, TakesRunIds)
        run = RunKey(*job, harness.adapter.run_id_for(REQUEST))
        assert await harness.adapter.find_run(run) is None
        accepted = await harness.adapter.trigger_as(job, {}, run.run_id)
        assert accepted.run_id == run.run_id
        found = await harness.adapter.find_run(run)
        assert found is not None
        assert found.key == run
        seen = await harness.until(job, lambda seen: seen.last_result is not None)
        assert seen.run_id == run.run_id

    async def test_no_second_run_is_made_of_one_id(self, harness: Harness) -> None:
        job = harness.samples.succeeding
        assert isinstance(harness.adapter, TakesRunIds)
        run_id = harness.adapter.run_id_for(REQUEST)
        await harness.adapter.trigger_as(job, {}, run_id)
        for _ in range(2):
            with pytest.raises(RunExists):
                await harness.adapter.trigger_as(job, {}, run_id)
            await harness.pass_time()
        assert harness.runs_made(job) == 1

    def test_the_id_tells_its_request(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, TakesRunIds)
        others = {harness.adapter.run_id_for(f"{REQUEST[:-1]}{digit}") for digit in "0123"}
        assert len(others) == 4
        assert REQUEST.casefold() in harness.adapter.run_id_for(REQUEST).casefold()


class StopContract:
    """A run can be ended before its time."""

    @pytest.mark.parametrize("is_forced", [False, True])
    async def test_a_stopped_run_is_cancelled(self, harness: Harness, *, is_forced: bool) -> None:
        run = await harness.start(harness.samples.lasting)
        assert isinstance(harness.adapter, CanStop)
        await harness.until(run.job, lambda seen: seen.state is State.RUNNING)
        if is_forced and not harness.forces_stops:
            with pytest.raises(ActionRefused):
                await harness.adapter.stop(run, is_forced=True)
            await harness.pass_time()
            assert (await harness.see(run.job)).state is State.RUNNING
            return
        await harness.adapter.stop(run, is_forced=is_forced)
        job = await harness.until(run.job, lambda seen: not seen.state.is_active)
        assert (job.run_id, job.last_result) == (run.run_id, State.CANCELLED)
        assert harness.runs_made(run.job) == 1

    async def test_a_later_session_can_stop_a_run(self, harness: Harness) -> None:
        run = await harness.start(harness.samples.lasting)
        await harness.until(run.job, lambda seen: seen.state is State.RUNNING)
        later = await harness.reopen()
        assert isinstance(later, CanStop)
        await later.stop(run)
        job = await harness.until(run.job, lambda seen: not seen.state.is_active)
        assert job.last_result is State.CANCELLED

    async def test_an_unknown_run_cannot_be_stopped(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, CanStop)
        with pytest.raises(NotFound):
            await harness.adapter.stop(unknown_run(harness))


class RerunContract:
    """A run can be repeated by the system itself."""

    async def test_a_rerun_runs_once_more_with_the_same_parameters(self, harness: Harness) -> None:
        first = await harness.finish(harness.samples.failing)
        assert isinstance(harness.adapter, CanRerun)
        assert first.run_key is not None
        await harness.adapter.rerun(first.run_key)
        await harness.until(first.key, lambda seen: _has_run_again(harness, first, seen))
        runs = await harness.adapter.list_runs(first.key)
        if harness.reruns_in_place:
            assert [run.key.run_id for run in runs] == [first.run_id]
        else:
            assert harness.runs_made(first.key) == 2
        assert len({json.dumps(dict(run.params)) for run in runs}) <= 1

    async def test_an_unknown_run_cannot_be_repeated(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, CanRerun)
        with pytest.raises(NotFound):
            await harness.adapter.rerun(unknown_run(harness))


class HoldContract:
    """A job's schedule can be put on hold."""

    async def test_a_job_is_held_and_released(self, harness: Harness) -> None:
        job = harness.samples.holdable or harness.samples.idle
        assert isinstance(harness.adapter, CanHold)
        await harness.adapter.hold(job)
        await harness.until(job, lambda seen: seen.is_held)
        await harness.adapter.release(job)
        await harness.until(job, lambda seen: not seen.is_held)

    async def test_an_unknown_job_cannot_be_held(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, CanHold)
        with pytest.raises(NotFound):
            await harness.adapter.hold(unknown_job(harness))


class DeleteContract:
    """A job can be removed from the system."""

    async def test_a_deleted_job_is_gone(self, harness: Harness) -> None:
        job = harness.samples.idle
        assert isinstance(harness.adapter, CanDelete)
        await harness.adapter.delete(job)
        listed = [seen.key async for page in harness.adapter.list_jobs() for seen in page]
        assert job not in listed
        assert harness.samples.succeeding in listed

    async def test_an_unknown_job_cannot_be_deleted(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, CanDelete)
        with pytest.raises(NotFound):
            await harness.adapter.delete(unknown_job(harness))


class TaskContract:
    """A run consists of steps."""

    async def test_the_steps_of_a_run_are_told(self, harness: Harness) -> None:
        run = await _finished_run(harness)
        assert isinstance(harness.adapter, HasTasks)
        tasks = await harness.adapter.list_tasks(run)
        assert tasks
        assert {task.run for task in tasks} == {run}
        assert len({(task.id, task.attempt) for task in tasks}) == len(tasks)

    async def test_steps_of_an_unknown_run_are_not_found(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, HasTasks)
        with pytest.raises(NotFound):
            await harness.adapter.list_tasks(unknown_run(harness))


class JobCheckContract:
    """Each job's state costs a call."""

    async def test_one_job_can_be_asked_for(self, harness: Harness) -> None:
        listed = await harness.finish(harness.samples.succeeding)
        assert isinstance(harness.adapter, ChecksJobs)
        asked = await harness.adapter.get_job(listed.key)
        _assert_well_formed_job(asked, harness.adapter)
        assert (asked.key, asked.last_result) == (listed.key, State.SUCCEEDED)

    async def test_an_unknown_job_is_not_found(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, ChecksJobs)
        with pytest.raises(NotFound):
            await harness.adapter.get_job(unknown_job(harness))


class WebUrlContract:
    """The system has web pages."""

    def test_a_job_has_an_address_without_credentials(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, HasWebUrl)
        url = harness.adapter.web_url(harness.samples.succeeding)
        assert url is None or (urlsplit(url).scheme in {"http", "https"} and urlsplit(url).username is None)


class RawContract:
    """The system's own record can be shown."""

    async def test_the_record_is_json(self, harness: Harness) -> None:
        job = await harness.finish(harness.samples.succeeding)
        assert isinstance(harness.adapter, HasRaw)
        for run in (None, job.run_key):
            record = await harness.adapter.read_raw(job.key, run)
            assert json.loads(json.dumps(record)) == record

    async def test_an_unknown_job_has_no_record(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, HasRaw)
        with pytest.raises(NotFound):
            await harness.adapter.read_raw(unknown_job(harness))


class AutostartContract:
    """Some jobs are started when the dashboard opens."""

    async def test_only_listed_jobs_start_by_themselves(self, harness: Harness) -> None:
        assert isinstance(harness.adapter, StartsOnOpen)
        listed = {job.key async for page in harness.adapter.list_jobs() for job in page}
        assert set(harness.adapter.autostart_jobs()) <= listed


CONTRACTS: dict[type, type] = {
    HasLogs: LogContract,
    HasLogFiles: LogFileContract,
    HasTasks: TaskContract,
    ChecksJobs: JobCheckContract,
    CanTrigger: TriggerContract,
    TakesRunIds: RunIdContract,
    CanStop: StopContract,
    CanRerun: RerunContract,
    CanHold: HoldContract,
    CanDelete: DeleteContract,
    HasWebUrl: WebUrlContract,
    HasRaw: RawContract,
    StartsOnOpen: AutostartContract,
}
"""The contract of each capability."""


def unknown_job(harness: Harness) -> JobKey:
    """A job that the system does not have."""
    return JobKey(harness.adapter.connection, "999999999")


def unknown_run(harness: Harness) -> RunKey:
    """A run that the system does not have, of a job that it has."""
    return RunKey(harness.adapter.connection, harness.samples.idle.id, "999999999")


def _has_run_again(harness: Harness, first: Job, seen: Job) -> bool:
    """Whether the job's run was repeated, and is over once more."""
    is_anew = seen.ended_at != first.ended_at if harness.reruns_in_place else seen.run_id != first.run_id
    return is_anew and not seen.state.is_active


async def _finished_run(harness: Harness) -> RunKey:
    run = (await harness.finish(harness.samples.succeeding)).run_key
    assert run is not None
    return run


async def _read_all(harness: Harness, run: RunKey) -> list[LogChunk]:
    assert isinstance(harness.adapter, HasLogs)
    chunks: list[LogChunk] = []
    for _ in range(MANY_PAGES):
        chunks.append(await harness.adapter.read_log(run, chunks[-1].cursor if chunks else ""))
        if chunks[-1].is_complete:
            return chunks
    raise AssertionError("the log never ends")


def _engine_over(adapter: Adapter, folder: Path) -> Engine:
    """An engine whose one connection has this adapter, and closes it in the end."""

    async def open_adapter() -> Adapter:
        return adapter

    clock = adapter.context.clock
    spec = ConnectionSpec(
        name=adapter.connection,
        type=adapter.type_name,
        environment="",
        is_read_only=True,
        is_insecure=False,
        refresh_s=None,
        open_adapter=open_adapter,
    )
    return Engine(
        [spec],
        store=Store(clock),
        history=History(folder / "history", clock),
        clock=clock,
        read_only=True,
        redactor=Redactor(),
        spool_dir=folder / "spool",
    )


def _assert_well_formed_job(job: Job, adapter: Adapter) -> None:
    assert (job.connection, job.type) == (adapter.connection, adapter.type_name)
    assert isinstance(job.id, str)
    assert job.id
    assert job.name
    assert isinstance(job.state, State)
    assert job.last_result is None or job.last_result.is_final
    assert "\n" not in job.message
    assert job.progress is None or 0.0 <= job.progress <= 1.0
    _assert_times(job.observed_at, job.started_at, job.ended_at, job.next_run_at)
    _assert_span(job.started_at, job.ended_at, job.duration_s)


def _assert_well_formed_run(run: Run, job: JobKey) -> None:
    assert run.key.job == job
    assert isinstance(run.key.run_id, str)
    assert run.key.run_id
    assert run.key.attempt >= 1
    assert isinstance(run.state, State)
    assert "\n" not in run.message
    _assert_times(run.queued_at, run.started_at, run.ended_at)
    _assert_span(run.started_at, run.ended_at, run.duration_s)


def _assert_times(*moments: datetime | None) -> None:
    for moment in moments:
        assert moment is None or moment.utcoffset() == UTC.utcoffset(None)


def _assert_span(started_at: datetime | None, ended_at: datetime | None, duration_s: float | None) -> None:
    if started_at and ended_at:
        assert ended_at >= started_at
        assert (
            duration_s is None or duration_s <= (ended_at - started_at + timedelta(seconds=1)).total_seconds()
        )
    assert duration_s is None or duration_s >= 0
