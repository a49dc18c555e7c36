"""How the Datameer adapter gets along with versions that differ, and what it asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.datameer_case import LOG, PASSWORD, DatameerHarness, FakeJob, key_of, run_of
from tui.adapters.datameer import DatameerAdapter
from tui.adapters.datameer.settings import DatameerSettings
from tui.core.errors import ActionRefused, BadAnswer, NotFound, Unauthorized
from tui.core.keys import RunKey
from tui.core.models import Action, ActionKind, Job
from tui.core.state import State


@pytest.fixture
async def dm() -> AsyncIterator[DatameerHarness]:
    harness = DatameerHarness()
    await harness.adapter.open()
    yield harness
    await harness.aclose()


def adapter_of(dm: DatameerHarness) -> DatameerAdapter:
    assert isinstance(dm.adapter, DatameerAdapter)
    return dm.adapter


async def listed(adapter: DatameerAdapter) -> dict[str, Job]:
    return {job.id: job async for page in adapter.list_jobs() for job in page}


async def test_a_list_tells_names_kinds_and_folders_and_no_states(dm: DatameerHarness) -> None:
    jobs = await listed(adapter_of(dm))
    assert [(job.id, job.name, job.kind, job.path) for job in jobs.values()] == [
        ("50", "customers import", "import job", "/Users/admin"),
        ("53", "idle link", "import job", "/Users/admin"),
        ("51", "churn workbook", "workbook", "/Users/admin"),
        ("52", "mart export", "export job", "/Users/admin"),
    ]
    assert {(job.state, job.native_state) for job in jobs.values()} == {(State.UNKNOWN, "")}


async def test_a_sweep_costs_one_call_for_each_kind(dm: DatameerHarness) -> None:
    dm.system.jobs |= {n: FakeJob(n, "import-job", f"job {n}") for n in range(1000, 11_000)}
    assert len(await listed(adapter_of(dm))) == 10_004
    assert len(dm.system.requests) == 4
    assert dm.system.asked("list-running") == 1


async def test_only_watched_kinds_and_jobs_are_listed() -> None:
    dm = DatameerHarness(kinds=["import-job", "workbook"], jobs=["*import", "51"], exclude=["churn*"])
    await dm.adapter.open()
    assert list(await listed(adapter_of(dm))) == ["50"]
    assert dm.system.asked("/rest/export-job") == 0
    await dm.aclose()


async def test_the_other_spelling_of_the_list_of_exports_is_found_once(dm: DatameerHarness) -> None:
    dm.system.export_list = "export-jobs"
    assert "52" in await listed(adapter_of(dm))
    assert "52" in await listed(adapter_of(dm))
    assert [r.url.path for r in dm.system.requests if "export" in r.url.path] == [
        "/rest/export-job",
        "/rest/export-jobs",
        "/rest/export-jobs",
    ]


async def test_v2_is_asked_by_path_with_its_slashes_escaped(dm: DatameerHarness) -> None:
    await adapter_of(dm).get_job(key_of(50))
    asked = [r.url.raw_path.decode() for r in dm.system.requests if "/api/" in r.url.path]
    assert asked == ["/api/job-execution/%2FUsers%2Fadmin%2Fcustomers%20import/status"]


async def test_v2_is_asked_by_uuid_where_the_list_tells_it(dm: DatameerHarness) -> None:
    dm.system.lists = frozenset({"path", "uuid"})
    await adapter_of(dm).get_job(key_of(50))
    assert dm.system.asked(f"/api/job-execution/{dm.system.jobs[50].uuid}/status") == 1
    assert dm.system.asked("/rest/import-job/50") == 0


async def test_v2_is_never_asked_by_a_configuration_id(dm: DatameerHarness) -> None:
    dm.system.lists = frozenset()
    # The file of job 50 has the number of job 51's configuration.
    dm.system.add_run(50)
    assert (await adapter_of(dm).get_job(key_of(51))).state is State.NEVER_RUN
    await adapter_of(dm).get_job(key_of(51))
    assert dm.system.asked(f"/api/job-execution/{dm.system.jobs[51].uuid}/status") == 2
    assert dm.system.asked("/rest/workbook/51") == 1
    assert dm.system.asked("/api/job-execution/5") == 0


async def test_a_job_whose_file_cannot_be_told_is_asked_for_by_v1_alone(dm: DatameerHarness) -> None:
    dm.system.lists, dm.system.reads_workbooks = frozenset(), False
    run = dm.system.add_run(51)
    job = await adapter_of(dm).get_job(key_of(51))
    assert (job.state, job.run_id) == (State.QUEUED, str(run.id))
    assert dm.system.asked("/api/") == 0
    await adapter_of(dm).get_job(key_of(50))
    assert dm.system.asked("/api/") == 1


async def test_a_server_without_v2_is_asked_for_it_once_or_for_one_job(dm: DatameerHarness) -> None:
    dm.system.has_v2 = False
    dm.system.lists = frozenset({"uuid"})
    for job in (50, 51, 52, 50):
        await adapter_of(dm).get_job(key_of(job))
    assert dm.system.asked("/api/") == 1
    assert (await adapter_of(dm).check()).version == "API V1"


async def test_a_job_that_only_v2_does_not_know_leaves_the_others_with_v2(dm: DatameerHarness) -> None:
    dm.system.lists = frozenset({"path", "uuid"})
    await listed(adapter_of(dm))
    dm.system.jobs[50].name = "moved"
    adapter = adapter_of(dm)
    dm.system.jobs[50].configuration_id = 777
    dm.system.jobs[50].runs.clear()
    assert (await adapter.get_job(key_of(50))).state is State.NEVER_RUN
    dm.system.jobs[50].configuration_id = 50
    dm.system.add_run(52)
    assert (await dm.until(key_of(52), lambda job: job.state is State.RUNNING)).progress == 0.4
    assert (await adapter.check()).version == "API V2"


async def test_strict_v2_says_how_to_do_without(dm: DatameerHarness) -> None:
    strict = DatameerHarness(dm.system, api="v2")
    await strict.adapter.open()
    dm.system.has_v2 = False
    with pytest.raises(BadAnswer, match="auto"):
        await adapter_of(strict).get_job(key_of(50))
    assert dm.system.asked("job-status") == 0
    await strict.aclose()


async def test_times_of_the_server_are_read_in_its_zone(dm: DatameerHarness) -> None:
    for dm.system.narrow_space in (False, True):
        run = dm.system.add_run(50)
        job = await dm.until(key_of(50), lambda job: job.state is State.SUCCEEDED)
        assert (job.started_at, job.ended_at) == (run.started_at, run.ended_at(dm.clock.now()))
        assert job.duration_s == 3.0


async def test_a_running_job_tells_progress_and_its_last_result(dm: DatameerHarness) -> None:
    dm.system.add_run(51)
    await dm.until(key_of(51), lambda job: job.state is State.FAILED)
    dm.system.add_run(51)
    later = await dm.reopen()
    await dm.clock.sleep(3)
    job = await later.get_job(key_of(51))
    assert (job.state, job.last_result, job.progress) == (State.RUNNING, State.FAILED, 0.4)
    assert job.message == "about 11s left"
    asked = dm.system.asked("job-history")
    assert (await later.get_job(key_of(51))).last_result is State.FAILED
    assert dm.system.asked("job-history") == asked


async def test_a_state_that_is_not_known_is_shown_as_it_is(dm: DatameerHarness) -> None:
    dm.system.jobs[50].outcome = "HIBERNATING"
    dm.system.add_run(50)
    await dm.clock.sleep(60)
    job = await adapter_of(dm).get_job(key_of(50))
    assert (job.state, job.native_state) == (State.UNKNOWN, "HIBERNATING")
    assert [run.native_state for run in await adapter_of(dm).list_runs(job.key)] == ["HIBERNATING"]


async def test_active_runs_make_news_come_sooner_where_they_name_their_job(dm: DatameerHarness) -> None:
    dm.system.names_configurations = True
    dm.system.add_run(52)
    jobs = await listed(adapter_of(dm))
    assert (jobs["52"].state, jobs["52"].native_state, jobs["52"].run_id) == (State.QUEUED, "QUEUED", "4127")
    assert jobs["50"].state is State.UNKNOWN


async def test_active_runs_that_name_no_job_are_not_asked_for_again(dm: DatameerHarness) -> None:
    dm.system.add_run(52)
    for _ in range(3):
        assert (await listed(adapter_of(dm)))["52"].state is State.UNKNOWN
    assert dm.system.asked("list-running") == 1


async def test_a_long_history_is_read_page_by_page_with_details_of_the_newest(dm: DatameerHarness) -> None:
    for _ in range(130):
        dm.system.add_run(50)
    await dm.clock.sleep(60)
    dm.system.requests.clear()
    runs = await adapter_of(dm).list_runs(key_of(50), limit=120)
    assert [run.key.run_id for run in runs] == [str(4127 + n) for n in range(129, 9, -1)]
    assert dm.system.asked("job-history") == 3
    assert dm.system.asked("job-details") == 10
    assert [run.started_at is not None for run in runs] == [True] * 10 + [False] * 110
    assert runs[0].message == "494,400 records"
    dm.system.requests.clear()
    again = await adapter_of(dm).list_runs(key_of(50), limit=10)
    assert again == runs[:10]
    assert len(dm.system.requests) == 1


async def test_a_history_without_details_is_worth_as_much(dm: DatameerHarness) -> None:
    dm.system.add_run(50)
    await dm.clock.sleep(60)
    dm.system._run = lambda run_id: None  # type: ignore[method-assign]
    runs = await adapter_of(dm).list_runs(key_of(50))
    assert [(run.state, run.started_at) for run in runs] == [(State.SUCCEEDED, None)]


async def test_the_raw_record_of_a_run_is_its_details(dm: DatameerHarness) -> None:
    run = dm.system.add_run(50)
    await dm.clock.sleep(60)
    record = await adapter_of(dm).read_raw(key_of(50), run_of(run))
    assert record["counters"] == {"IMPORT_RECORDS": 494400}
    whole = await adapter_of(dm).read_raw(key_of(50))
    assert set(whole) == {"configuration", "status"}


async def test_a_trigger_tells_whose_run_it_is(dm: DatameerHarness) -> None:
    accepted = await adapter_of(dm).trigger(key_of(50), {})
    assert (accepted.run_id, accepted.message) == ("4127", "started as analyst")
    with pytest.raises(ActionRefused, match="no parameters"):
        await adapter_of(dm).trigger(key_of(50), {"day": "1"})
    assert dm.system.triggers == {50: 1}


async def test_the_servers_words_say_why_a_trigger_is_refused(dm: DatameerHarness) -> None:
    await listed(adapter_of(dm))
    del dm.system.jobs[50]
    with pytest.raises(NotFound, match="isn't accessible with current permissions"):
        await adapter_of(dm).trigger(key_of(50), {})


@pytest.mark.parametrize("status", [200, 204])
async def test_a_stop_without_an_answer_is_a_success(dm: DatameerHarness, status: int) -> None:
    dm.system.stop_status = status
    run = dm.system.add_run(52)
    assert (await adapter_of(dm).stop(run_of(run))).run_id == str(run.id)
    job = await adapter_of(dm).get_job(key_of(52))
    assert (job.state, job.started_at, job.ended_at) == (State.CANCELLED, None, dm.clock.now())


async def test_a_run_of_another_job_is_never_stopped(dm: DatameerHarness) -> None:
    run = dm.system.add_run(52)
    with pytest.raises(NotFound):
        await adapter_of(dm).stop(RunKey("dm", "50", str(run.id)))
    assert dm.system.asked("job-kill") == 0


async def test_a_run_that_has_ended_is_not_stopped(dm: DatameerHarness) -> None:
    run = dm.system.add_run(50)
    await dm.clock.sleep(60)
    with pytest.raises(ActionRefused, match="ended already"):
        await adapter_of(dm).stop(run_of(run))
    assert dm.system.asked("job-kill") == 0


async def test_an_older_run_and_a_run_without_a_name_can_be_stopped(dm: DatameerHarness) -> None:
    older, newest = dm.system.add_run(52), dm.system.add_run(52)
    await adapter_of(dm).stop(run_of(older))
    assert older.stopped_at is not None
    assert (await adapter_of(dm).stop(RunKey("dm", "52", ""))).run_id == str(newest.id)


def test_the_preview_of_an_action_is_its_request(dm: DatameerHarness) -> None:
    start = Action(ActionKind.TRIGGER, key_of(50))
    assert dm.adapter.preview(start) == "POST http://dm.example:8080/rest/job-execution?configuration=50"
    stop = Action(ActionKind.STOP, key_of(50), RunKey("dm", "50", "4127"))
    assert dm.adapter.preview(stop) == "POST http://dm.example:8080/rest/job-execution/job-kill/4127"


async def test_a_log_grows_and_only_what_is_new_is_told(dm: DatameerHarness) -> None:
    run = run_of(dm.system.add_run(52))
    await dm.clock.sleep(5)
    first = await adapter_of(dm).read_log(run)
    assert (first.data, first.is_complete) == (LOG, False)
    dm.system.log = LOG + b"INFO  more\n"
    second = await adapter_of(dm).read_log(run, first.cursor)
    assert (second.data, second.is_restart) == (b"INFO  more\n", False)
    dm.system.log = b"rewritten"
    third = await adapter_of(dm).read_log(run, second.cursor)
    assert (third.data, third.is_restart) == (b"rewritten", True)


async def test_a_login_page_is_no_log(dm: DatameerHarness) -> None:
    run = run_of(dm.system.add_run(50))
    dm.system.log_is_page = True
    with pytest.raises(BadAnswer, match="web page instead of the log"):
        await adapter_of(dm).read_log(run)
    assert dm.system.asked("/browser") == 1


async def test_a_log_that_wants_a_session_gets_one(dm: DatameerHarness) -> None:
    run = run_of(dm.system.add_run(50))
    dm.system.log_wants_session = True
    assert (await adapter_of(dm).read_log(run)).data == LOG
    assert (await adapter_of(dm).read_log(run)).data == LOG
    assert dm.system.asked("/browser") == 1


async def test_a_wrong_password_is_tried_once() -> None:
    dm = DatameerHarness(password="other")
    await dm.adapter.open()
    for _ in range(3):
        with pytest.raises(Unauthorized):
            await listed(adapter_of(dm))
    assert len(dm.system.requests) == 1
    await dm.aclose()


async def test_the_check_tells_what_the_user_should_know(dm: DatameerHarness) -> None:
    dm.system.add_run(52)
    check = await adapter_of(dm).check()
    assert check.identity == "ops"
    assert check.notes == (
        "runs under way: 1",
        "the password is sent without encryption: use https if the server has it",
    )
    assert PASSWORD not in repr(check)


async def test_an_unset_zone_is_told() -> None:
    table = {"type": "datameer", "url": "https://dm", "username": "ops", "password": PASSWORD}
    dm = DatameerHarness()
    quiet = DatameerAdapter("dm", DatameerSettings.model_validate(table), dm.context)
    assert [note for note in quiet._notes(()) if "timezone" in note]


@pytest.mark.parametrize("kind", [ActionKind.HOLD, ActionKind.RELEASE])
async def test_what_cannot_be_done_has_a_reason(dm: DatameerHarness, kind: ActionKind) -> None:
    job = (await listed(adapter_of(dm)))["50"]
    assert "schedule" in dm.adapter.reason_against(kind, job)
