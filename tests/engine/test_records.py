"""The public records of jobs and runs: their keys never change meaning."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.support.scripted import make_job, make_run
from tui.core.models import Job, Run
from tui.core.state import State
from tui.engine.records import (
    cache_record,
    job_from_cache,
    job_from_record,
    job_record,
    run_from_record,
    run_record,
)

JOB_KEYS = [
    *("connection", "type", "id", "name", "kind", "path", "state", "substate", "native_state", "last_result"),
    *("run_id", "started_at", "ended_at", "duration_s", "next_run_at", "progress", "exit_code", "message"),
    *("url", "observed_at", "stale"),
]
RUN_KEYS = [
    *("connection", "job_id", "run_id", "attempt", "state", "substate", "native_state", "queued_at"),
    *("started_at", "ended_at", "duration_s", "exit_code", "message", "triggered_by", "params"),
]
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def full_job() -> Job:
    return make_job(
        "7",
        kind="task",
        path="DWH/nightly",
        state=State.RUNNING,
        substate="stopping",
        native_state="RUNNING_2",
        last_result=State.FAILED,
        run_id="r9",
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=1.5),
        duration_s=1.5,
        next_run_at=NOON + timedelta(days=1),
        progress=0.25,
        exit_code=0,
        message="step 3 of 5",
        url="https://jobs.example.com/7",
        tags=("x", "y"),
        is_held=True,
    )


def full_run() -> Run:
    return make_run(
        attempt=2,
        state=State.WARNING,
        substate="late",
        native_state="W",
        queued_at=NOON,
        started_at=NOON,
        ended_at=NOON,
        duration_s=0.0,
        exit_code=3,
        message="12 dropped",
        triggered_by="schedule",
        params={"region": "EU"},
    )


class TestJobRecord:
    def test_has_exactly_the_documented_keys_in_order(self) -> None:
        assert list(job_record(full_job(), is_stale=False)) == JOB_KEYS
        assert list(job_record(make_job(), is_stale=True)) == JOB_KEYS

    def test_times_are_utc_with_offset(self) -> None:
        record = job_record(full_job(), is_stale=False)
        assert record["started_at"] == "2026-11-21T12:00:00+00:00"
        zoned = make_job(started_at=NOON.astimezone(timezone(timedelta(hours=5, minutes=30))))
        assert job_record(zoned, is_stale=False)["started_at"] == "2026-11-21T12:00:00+00:00"

    def test_what_is_absent_is_null(self) -> None:
        record = job_record(make_job(last_result=None), is_stale=False)
        present = {key for key, value in record.items() if value is not None}
        assert present == {"connection", "type", "id", "name", "state", "observed_at", "stale"}

    def test_zero_is_not_absent(self) -> None:
        record = job_record(make_job(exit_code=0, progress=0.0, duration_s=0.0), is_stale=False)
        assert (record["exit_code"], record["progress"], record["duration_s"]) == (0, 0.0, 0.0)

    @pytest.mark.parametrize("is_stale", [True, False])
    def test_tells_whether_it_is_stale(self, *, is_stale: bool) -> None:
        assert job_record(make_job(), is_stale=is_stale)["stale"] is is_stale

    def test_comes_back_from_json_without_tags_and_hold(self) -> None:
        record = json.loads(json.dumps(job_record(full_job(), is_stale=False)))
        job = job_from_record(record)
        assert job_record(job, is_stale=False) == record
        assert (job.tags, job.is_held) == ((), False)


class TestCacheRecord:
    @pytest.mark.parametrize("job", [make_job(), full_job(), make_job(last_result=None)])
    def test_loses_nothing(self, job: Job) -> None:
        assert job_from_cache(json.loads(json.dumps(cache_record(job)))) == job

    def test_a_state_of_a_later_version_is_unknown(self) -> None:
        assert job_from_cache({**cache_record(make_job()), "state": "levitating"}).state is State.UNKNOWN

    @pytest.mark.parametrize("key", ["connection", "type", "id", "name", "state", "observed_at"])
    def test_a_record_without_a_needed_key_is_refused(self, key: str) -> None:
        record = cache_record(make_job())
        del record[key]
        with pytest.raises(ValueError, match=key):
            job_from_cache(record)

    def test_a_time_that_cannot_be_read_is_refused(self) -> None:
        with pytest.raises(ValueError, match="yesterday"):
            job_from_cache({**cache_record(make_job()), "observed_at": "yesterday"})
        with pytest.raises(ValueError, match="no record of a job"):
            job_from_cache({**cache_record(make_job()), "observed_at": 5})


class TestRunRecord:
    def test_has_exactly_the_documented_keys_in_order(self) -> None:
        assert list(run_record(full_run())) == RUN_KEYS
        assert list(run_record(make_run())) == RUN_KEYS

    @pytest.mark.parametrize("run", [make_run(), full_run()])
    def test_comes_back_from_json(self, run: Run) -> None:
        assert run_from_record(json.loads(json.dumps(run_record(run)))) == run

    def test_a_record_without_a_run_id_is_refused(self) -> None:
        with pytest.raises(ValueError, match="run_id"):
            run_from_record({"connection": "alpha", "job_id": "1", "state": "failed"})
