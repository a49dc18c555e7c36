"""How the Datameer adapter gets along with versions that differ, and what it asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.adapters.datameer_harness import SPECS, DatameerHarness, key_of, run_of
from tui.adapters.datameer import DatameerAdapter
from tui.adapters.datameer.listing import KEPT_S
from tui.adapters.datameer.settings import DatameerSettings
from tui.core.errors import ActionRefused, BadAnswer, NotFound, OutcomeUnknown, Unauthorized
from tui.core.keys import RunKey
from tui.core.models import Action, ActionKind
from tui.core.settings import SecretRef
from tui.core.state import State
from tui.simulators.datameer import PASSWORD, USER, Behaviour, JobSpec, Kind, Outcome, warned

IMPORT, WORKBOOK, EXPORT, _ = SPECS


@pytest.fixture
async def dm() -> AsyncIterator[DatameerHarness]:
    behaviour = Behaviour(lag_s=0.0)
    async with DatameerHarness(behaviour=behaviour, first_run=4127, zone="Europe/Berlin") as harness:
        yield harness


def run_by_itself(dm: DatameerHarness, job: int) -> RunKey:
    """A run that nobody triggered over the API."""
    return run_of(job, dm.dm.begin(job))


# Lists


async def test_a_list_tells_names_kinds_and_folders_and_no_states(dm: DatameerHarness) -> None:
    jobs = await dm.listed()
    assert [(job.id, job.name, job.kind, job.path) for job in jobs.values()] == [
        ("50", "customers import", "import job", "/Users/admin"),
        ("53", "idle link", "import job", "/Users/admin"),
        ("51", "churn workbook", "workbook", "/Users/admin"),
        ("52", "mart export", "export job", "/Users/admin"),
    ]
    assert {(job.state, job.native_state) for job in jobs.values()} == {(State.UNKNOWN, "")}


async def test_a_sweep_costs_one_call_for_each_kind() -> None:
    async with DatameerHarness(jobs=3_000) as dm:
        assert len(await dm.listed()) == 3_000
        assert len(dm.requests) == 4
        assert dm.asked("list-running") == 1


async def test_the_lists_hold_for_a_minute(dm: DatameerHarness) -> None:
    first = await dm.listed()
    await dm.clock.sleep(KEPT_S - 1)
    assert list(await dm.listed()) == list(first)
    assert [dm.calls(f"list {kind}") for kind in Kind] == [1, 1, 1]
    # Nothing ran, so it can't be told yet whether this list is worth its call.
    assert dm.calls("list running") == 2
    dm.dm.add_job(JobSpec(60, "fresh"))
    await dm.clock.sleep(1)
    assert "60" in await dm.listed()
    assert [dm.calls(f"list {kind}") for kind in Kind] == [2, 2, 2]


async def test_a_job_that_is_not_known_is_looked_for_at_once(dm: DatameerHarness) -> None:
    await dm.listed()
    dm.dm.add_job(JobSpec(60, "fresh"))
    assert (await dm.adapter.get_job(key_of(60))).state is State.NEVER_RUN
    assert "60" in await dm.listed()
    assert dm.calls("list import-job") == 2


async def test_a_job_that_somebody_deleted_is_gone_with_the_next_sweep(dm: DatameerHarness) -> None:
    await dm.listed()
    dm.dm.installation.remove(dm.dm.installation.jobs[50])
    assert "50" in await dm.listed()
    with pytest.raises(NotFound):
        await dm.adapter.get_job(key_of(50))
    assert "50" not in await dm.listed()


async def test_a_server_that_hides_what_is_missing_is_found_out_by_its_lists() -> None:
    async with DatameerHarness(behaviour=Behaviour(hides_missing=True)) as dm:
        await dm.finish(key_of(50))
        dm.dm.installation.remove(dm.dm.installation.jobs[50])
        with pytest.raises(NotFound):
            await dm.adapter.get_job(key_of(50))


async def test_runs_that_the_server_has_forgotten_leave_a_job_that_never_ran(dm: DatameerHarness) -> None:
    await dm.finish(key_of(50))
    await dm.clock.sleep(29 * 86_400)
    assert (await dm.adapter.get_job(key_of(50))).state is State.NEVER_RUN
    assert await dm.adapter.list_runs(key_of(50)) == []


async def test_only_watched_kinds_and_jobs_are_listed() -> None:
    async with DatameerHarness() as dm:
        dm.settings |= {"kinds": ["import-job", "workbook"], "jobs": ["*import", "51"], "exclude": ["churn*"]}
        dm.adapter = await dm.reopen()
        assert list(await dm.listed()) == ["50"]
        assert dm.asked("/rest/export-job") == 0


async def test_the_other_spelling_of_the_list_of_exports_is_found_once(dm: DatameerHarness) -> None:
    dm.dm.change(export_list="export-jobs")
    assert "52" in await dm.listed()
    await dm.clock.sleep(KEPT_S)
    assert "52" in await dm.listed()
    assert [request.url.path for request in dm.requests if "export" in request.url.path] == [
        "/rest/export-job",
        "/rest/export-jobs",
        "/rest/export-jobs",
    ]
    record = await dm.adapter.read_raw(key_of(52))
    configuration = record["configuration"]
    assert isinstance(configuration, dict)
    assert configuration["file"]["path"] == EXPORT.path


# Ids


async def test_v2_is_asked_by_path_with_its_slashes_escaped(dm: DatameerHarness) -> None:
    await dm.adapter.get_job(key_of(50))
    asked = [request.url.raw_path.decode() for request in dm.requests if "/api/" in request.url.path]
    assert asked == ["/api/job-execution/%2FUsers%2Fadmin%2Fcustomers%20import/status"]


async def test_v2_is_asked_by_uuid_where_the_list_tells_it(dm: DatameerHarness) -> None:
    dm.dm.change(list_fields=("id", "name", "path", "uuid"))
    await dm.adapter.get_job(key_of(50))
    assert dm.asked(f"/api/job-execution/{IMPORT.uuid}/status") == 1
    assert dm.calls("read import-job") == 0


async def test_v2_is_never_asked_by_a_configuration_id(dm: DatameerHarness) -> None:
    dm.dm.change(list_fields=("id", "name"))
    # The file of job 50 has the number of job 51's configuration.
    assert IMPORT.file_id == WORKBOOK.id
    run_by_itself(dm, 50)
    assert (await dm.adapter.get_job(key_of(51))).state is State.NEVER_RUN
    await dm.adapter.get_job(key_of(51))
    assert dm.asked(f"/api/job-execution/{WORKBOOK.uuid}/status") == 2
    assert dm.calls("read workbook") == 1
    assert dm.asked("/api/job-execution/5") == 0


async def test_a_job_whose_file_cannot_be_told_is_asked_for_by_v1_alone(dm: DatameerHarness) -> None:
    dm.dm.change(list_fields=("id", "name"), reads_workbooks=False)
    run = run_by_itself(dm, 51)
    job = await dm.adapter.get_job(key_of(51))
    assert (job.state, job.run_id) == (State.QUEUED, run.run_id)
    assert dm.asked("/api/") == 0
    await dm.adapter.get_job(key_of(50))
    assert dm.asked("/api/") == 1


async def test_a_server_without_v2_is_asked_for_it_once_or_for_one_job(dm: DatameerHarness) -> None:
    dm.dm.change(has_v2=False, list_fields=("id", "name", "uuid"))
    for job in (50, 51, 52, 50):
        await dm.adapter.get_job(key_of(job))
    assert dm.asked("/api/") == 1
    assert (await dm.adapter.check()).version == "API V1"


@pytest.mark.parametrize("code", [200, 404])
async def test_a_job_that_only_v2_does_not_know_leaves_the_others_with_v2(
    dm: DatameerHarness, code: int
) -> None:
    dm.dm.change(failure_code=code)
    dm.dm.installation.hidden.add(50)
    run = run_by_itself(dm, 50)
    job = await dm.adapter.get_job(key_of(50))
    assert (job.state, job.run_id) == (State.QUEUED, run.run_id)
    run_by_itself(dm, 52)
    job = await dm.until(key_of(52), lambda job: job.state is State.RUNNING)
    assert (job.progress, (await dm.adapter.check()).version) == (0.0, "API V2")


async def test_a_connection_can_do_without_v2_although_the_server_has_it() -> None:
    async with DatameerHarness(api="v1", zone="Asia/Shanghai") as dm:
        job = await dm.finish(key_of(50))
        assert (job.state, job.duration_s) == (State.SUCCEEDED, 3.0)
        assert dm.asked("/api/") == 0
        assert (await dm.adapter.check()).version == "API V1"


async def test_strict_v2_says_how_to_do_without(dm: DatameerHarness) -> None:
    async with DatameerHarness(behaviour=Behaviour(has_v2=False), api="v2") as strict:
        with pytest.raises(BadAnswer, match="auto"):
            await strict.adapter.get_job(key_of(50))
        assert strict.calls("status") == 0


# States and times


@pytest.mark.parametrize("has_narrow_space", [False, True])
async def test_times_of_the_server_are_read_in_its_zone(
    dm: DatameerHarness, *, has_narrow_space: bool
) -> None:
    dm.dm.change(has_narrow_space=has_narrow_space)
    run = dm.dm.begin(50)
    job = await dm.until(key_of(50), lambda job: job.state is State.SUCCEEDED)
    assert (job.started_at, job.ended_at) == (run.planned_start, run.ended_at)
    assert job.duration_s == 3.0


async def test_a_running_job_tells_progress_and_its_last_result(dm: DatameerHarness) -> None:
    run_by_itself(dm, 51)
    await dm.until(key_of(51), lambda job: job.state is State.FAILED)
    dm.dm.set_outcome(51, Outcome(), duration_s=20)
    run_by_itself(dm, 51)
    later = await dm.reopen()
    await dm.clock.sleep(10)
    job = await later.get_job(key_of(51))
    assert (job.state, job.last_result, job.progress) == (State.RUNNING, State.FAILED, 0.4)
    assert job.message == "about 12s left"
    asked = dm.calls("history")
    assert (await later.get_job(key_of(51))).last_result is State.FAILED
    assert dm.calls("history") == asked


async def test_a_workbook_that_waits_for_its_import_is_queued() -> None:
    async with DatameerHarness() as dm:
        dm.dm.add_job(JobSpec(60, "late", Kind.WORKBOOK, waits_for=52))
        run_by_itself(dm, 52)
        run_by_itself(dm, 60)
        job = await dm.adapter.get_job(key_of(60))
        assert (job.state, job.substate, job.started_at) == (State.QUEUED, "waiting for another job", None)


async def test_a_state_that_is_not_known_is_shown_as_it_is(dm: DatameerHarness) -> None:
    dm.dm.set_outcome(50, Outcome("HIBERNATING"))
    run_by_itself(dm, 50)
    await dm.clock.sleep(60)
    job = await dm.adapter.get_job(key_of(50))
    assert (job.state, job.native_state) == (State.UNKNOWN, "HIBERNATING")
    assert [run.native_state for run in await dm.adapter.list_runs(job.key)] == ["HIBERNATING"]


async def test_active_runs_make_news_come_sooner_where_they_name_their_job(dm: DatameerHarness) -> None:
    dm.dm.change(running_configuration_key="configurationId")
    run_by_itself(dm, 52)
    jobs = await dm.listed()
    assert (jobs["52"].state, jobs["52"].native_state, jobs["52"].run_id) == (State.QUEUED, "QUEUED", "4127")
    assert jobs["50"].state is State.UNKNOWN
    before = len(dm.requests)
    await dm.listed()
    assert len(dm.requests) == before + 1


async def test_active_runs_that_name_no_job_are_not_asked_for_again(dm: DatameerHarness) -> None:
    run_by_itself(dm, 52)
    for _ in range(3):
        assert (await dm.listed())["52"].state is State.UNKNOWN
    assert dm.calls("list running") == 1


# Runs


async def test_a_long_history_is_read_page_by_page_with_details_of_the_newest(dm: DatameerHarness) -> None:
    for _ in range(130):
        run_by_itself(dm, 50)
    await dm.clock.sleep(1000)
    before = len(dm.requests)
    runs = await dm.adapter.list_runs(key_of(50), limit=120)
    assert [run.key.run_id for run in runs] == [str(4127 + n) for n in range(129, 9, -1)]
    assert dm.calls("history") == 3
    assert dm.calls("details") == 10
    assert [run.started_at is not None for run in runs] == [True] * 10 + [False] * 110
    assert runs[0].message.startswith("494,400 records, ")
    assert len(dm.requests) == before + 3 + 3 + 10
    again = await dm.adapter.list_runs(key_of(50), limit=10)
    assert again == runs[:10]
    assert len(dm.requests) == before + 17


async def test_a_run_tells_everything_that_it_counted(dm: DatameerHarness) -> None:
    dm.dm.set_outcome(52, warned(40, "value too long"), duration_s=3)
    imported, exported = run_by_itself(dm, 50), run_by_itself(dm, 52)
    await dm.clock.sleep(60)
    [run] = await dm.adapter.list_runs(key_of(50))
    assert run.message == (
        "494,400 records, 23,731,200 bytes, 5,000 preview records, 24,225,600 output bytes"
    )
    [run] = await dm.adapter.list_runs(key_of(52))
    told = "the run ended with warnings, 11,960 records, 40 failed, 40 dropped, 586,040 bytes"
    assert (run.message, (await dm.adapter.get_job(key_of(52))).message) == (told, told)
    record = await dm.adapter.read_raw(key_of(50), imported)
    counters = record["counters"]
    assert isinstance(counters, dict)
    assert len(counters) == 7
    assert (record["successCount"], record["failureCount"]) == (494_400, 0)
    assert (await dm.adapter.read_raw(key_of(52), exported))["failureCount"] == 40


async def test_a_history_without_details_is_worth_as_much(dm: DatameerHarness) -> None:
    run_by_itself(dm, 50)
    await dm.clock.sleep(60)
    dm.dm.answer_next(httpx.Response(404), to="details")
    runs = await dm.adapter.list_runs(key_of(50))
    assert [(run.state, run.started_at) for run in runs] == [(State.SUCCEEDED, None)]


async def test_one_run_that_the_server_stumbles_over_hides_no_other(dm: DatameerHarness) -> None:
    for _ in range(3):
        run_by_itself(dm, 50)
    await dm.clock.sleep(60)
    for _ in range(2):
        dm.dm.answer_next(httpx.Response(500), to="details")
        runs = await dm.adapter.list_runs(key_of(50))
        assert sorted(run.started_at is None for run in runs) == [False, False, True]
    assert None not in {run.started_at for run in await dm.adapter.list_runs(key_of(50))}


async def test_the_raw_record_of_a_job_is_its_configuration_and_status(dm: DatameerHarness) -> None:
    run_by_itself(dm, 50)
    whole = await dm.adapter.read_raw(key_of(50))
    assert set(whole) == {"configuration", "status"}
    status = whole["status"]
    assert isinstance(status, dict)
    assert status["file-id"] == 51


# Changes


async def test_a_trigger_tells_whose_run_it_is(dm: DatameerHarness) -> None:
    accepted = await dm.adapter.trigger(key_of(50), {})
    assert (accepted.run_id, accepted.message) == ("4127", "started as analyst")
    with pytest.raises(ActionRefused, match="no parameters"):
        await dm.adapter.trigger(key_of(50), {"day": "1"})
    assert dm.dm.runs_started == {"50": 1}


@pytest.mark.parametrize("code", [200, 404])
async def test_the_servers_words_say_why_a_trigger_is_refused(dm: DatameerHarness, code: int) -> None:
    dm.dm.change(failure_code=code)
    await dm.listed()
    dm.dm.installation.remove(dm.dm.installation.jobs[50])
    with pytest.raises(NotFound, match="Job configuration 50 doesn't exist"):
        await dm.adapter.trigger(key_of(50), {})
    words = {"status": "failure", "reason": "File doesn't exist or isn't accessible with current permissions"}
    dm.dm.answer_next(httpx.Response(code, json=words), to="trigger")
    with pytest.raises(NotFound, match="isn't accessible with current permissions"):
        await dm.adapter.trigger(key_of(52), {})


async def test_a_busy_job_that_takes_no_second_run_is_a_refusal(dm: DatameerHarness) -> None:
    dm.dm.change(queues_when_busy=False, failure_code=200)
    run_by_itself(dm, 52)
    with pytest.raises(ActionRefused, match="already running"):
        await dm.adapter.trigger(key_of(52), {})


@pytest.mark.parametrize("code", [200, 204])
async def test_a_stop_without_an_answer_is_a_success(dm: DatameerHarness, code: int) -> None:
    dm.dm.change(stop_code=code)
    run = run_by_itself(dm, 52)
    assert (await dm.adapter.stop(run)).run_id == run.run_id
    job = await dm.adapter.get_job(key_of(52))
    assert (job.state, job.started_at, job.ended_at) == (State.CANCELLED, None, dm.clock.now())


async def test_a_run_of_another_job_is_never_stopped(dm: DatameerHarness) -> None:
    run = run_by_itself(dm, 52)
    with pytest.raises(NotFound):
        await dm.adapter.stop(RunKey("dm", "50", run.run_id))
    assert dm.calls("stop") == 0


async def test_a_run_that_has_ended_is_not_stopped(dm: DatameerHarness) -> None:
    run = run_by_itself(dm, 50)
    await dm.clock.sleep(60)
    with pytest.raises(ActionRefused, match="ended already"):
        await dm.adapter.stop(run)
    assert dm.calls("stop") == 0


async def test_an_older_run_and_a_run_without_a_name_can_be_stopped(dm: DatameerHarness) -> None:
    older, newest = run_by_itself(dm, 52), run_by_itself(dm, 52)
    await dm.clock.sleep(10)
    await dm.adapter.stop(older)
    await dm.clock.sleep(10)
    states = {run.key: run.state for run in await dm.adapter.list_runs(key_of(52))}
    assert states == {older: State.CANCELLED, newest: State.QUEUED}
    assert (await dm.adapter.stop(RunKey("dm", "52", ""))).run_id == newest.run_id


@pytest.mark.parametrize("has_empty_delete", [False, True])
@pytest.mark.parametrize("job", [50, 51, 52])
async def test_a_deletion_is_sent_once_and_shows_at_once(
    dm: DatameerHarness, job: int, *, has_empty_delete: bool
) -> None:
    dm.dm.change(has_empty_delete=has_empty_delete, export_list="export-jobs")
    await dm.listed()
    accepted = await dm.adapter.delete(key_of(job))
    assert accepted.message == f"deleted {dm.spec(job).name}"
    assert dm.dm.deleted == {str(job)}
    assert [request.url.path for request in dm.requests if request.method != "GET"] == [
        f"/rest/{dm.spec(job).kind}/{job}"
    ]
    assert set(await dm.listed()) == {"50", "51", "52", "53"} - {str(job)}
    with pytest.raises(NotFound):
        await dm.adapter.delete(key_of(job))


@pytest.mark.parametrize("code", [200, 403, 404, 409])
async def test_a_refused_deletion_says_why(dm: DatameerHarness, code: int) -> None:
    await dm.listed()
    words = {"status": "failure", "reason": "somebody edits it"}
    dm.dm.answer_next(httpx.Response(code, json=words), to="delete import-job")
    expected = {403: "Forbidden", 404: "NotFound"}.get(code, "ActionRefused")
    with pytest.raises(Exception, match="somebody edits it") as caught:
        await dm.adapter.delete(key_of(50))
    assert type(caught.value).__name__ == expected
    assert not dm.dm.deleted
    assert "50" in await dm.listed()


@pytest.mark.parametrize("body", ["[]", "true", "<!DOCTYPE html><html></html>", "{"])
async def test_a_deletion_that_is_answered_oddly_is_in_doubt(dm: DatameerHarness, body: str) -> None:
    await dm.listed()
    dm.dm.answer_next(httpx.Response(200, text=body), to="delete import-job")
    with pytest.raises(OutcomeUnknown):
        await dm.adapter.delete(key_of(50))
    assert (await dm.adapter.get_job(key_of(50))).state is State.NEVER_RUN


async def test_the_preview_of_an_action_is_its_request() -> None:
    async with DatameerHarness(url="http://dm.example:8080/") as dm:
        start = Action(ActionKind.TRIGGER, key_of(50))
        base = "http://dm.example:8080/rest"
        assert dm.adapter.preview(start) == f"POST {base}/job-execution (configuration=50)"
        stop = Action(ActionKind.STOP, key_of(50), RunKey("dm", "50", "4127"))
        assert dm.adapter.preview(stop) == "POST http://dm.example:8080/rest/job-execution/job-kill/4127"
        delete = Action(ActionKind.DELETE, key_of(51))
        assert dm.adapter.preview(delete) == "DELETE http://dm.example:8080/rest/<kind>/51"
        await dm.listed()
        assert dm.adapter.preview(delete) == "DELETE http://dm.example:8080/rest/workbook/51"


# Logs


async def test_a_log_grows_and_only_what_is_new_is_told(dm: DatameerHarness) -> None:
    run = run_by_itself(dm, 52)
    await dm.clock.sleep(5)
    first = await dm.adapter.read_log(run)
    assert first.data.count(b"\n") == 2
    assert not first.is_complete
    await dm.clock.sleep(5)
    second = await dm.adapter.read_log(run, first.cursor)
    assert (second.data.count(b"\n"), second.is_restart) == (1, False)
    dm.dm.answer_next(httpx.Response(200, text="rewritten"), to="log")
    dm.dm.answer_next(httpx.Response(200, text="rewritten"), to="log")
    third = await dm.adapter.read_log(run, second.cursor)
    assert (third.data, third.is_restart) == (b"rewritten", True)


async def test_a_page_is_no_log(dm: DatameerHarness) -> None:
    run = run_by_itself(dm, 50)
    dm.dm.change(log_is_page=True)
    with pytest.raises(BadAnswer, match="web page instead of the log"):
        await dm.adapter.read_log(run)
    assert dm.calls("browser") == 1


@pytest.mark.parametrize("login_code", [200, 302])
async def test_a_log_that_wants_a_session_gets_one_and_a_new_one_when_it_has_ended(
    dm: DatameerHarness, login_code: int
) -> None:
    dm.dm.change(login_code=login_code)
    run = run_by_itself(dm, 50)
    await dm.clock.sleep(60)
    for sessions in (1, 1, 2):
        if sessions == 2:
            dm.dm.sessions.expire()
        assert b"all is well\n" in (await dm.adapter.read_log(run)).data
        assert dm.calls("browser") == sessions


async def test_a_log_without_a_session_needs_none(dm: DatameerHarness) -> None:
    dm.dm.change(needs_session=False)
    run = run_by_itself(dm, 50)
    await dm.clock.sleep(60)
    assert b"all is well\n" in (await dm.adapter.read_log(run)).data
    assert dm.calls("browser") == 0


async def test_what_begins_with_no_text_is_no_log(dm: DatameerHarness) -> None:
    run = run_by_itself(dm, 50)
    dm.dm.change(needs_session=False)
    dm.dm.answer_next(httpx.Response(200, content=b"\0\0PK"), to="log")
    with pytest.raises(BadAnswer, match="no text"):
        await dm.adapter.read_log(run)


# What is told


async def test_a_wrong_password_is_tried_once() -> None:
    async with DatameerHarness(password=SecretRef(literal="other")) as dm:
        for _ in range(3):
            with pytest.raises(Unauthorized):
                await dm.listed()
        assert len(dm.requests) == 1


async def test_the_check_tells_what_the_user_should_know() -> None:
    async with DatameerHarness(url="http://dm.example:8080") as dm:
        run_by_itself(dm, 52)
        check = await dm.adapter.check()
        assert check.identity == USER
        assert check.notes == (
            "runs under way: 1",
            "the password is sent without encryption: use https if the server has it",
        )
        assert PASSWORD not in repr(check)


async def test_an_unset_zone_is_told(dm: DatameerHarness) -> None:
    table = {"type": "datameer", "url": "https://dm", "username": "ops", "password": PASSWORD}
    quiet = DatameerAdapter("dm", DatameerSettings.model_validate(table), dm.adapter.context)
    assert [note for note in quiet._notes(()) if "timezone" in note]


@pytest.mark.parametrize("kind", [ActionKind.HOLD, ActionKind.RELEASE])
async def test_what_cannot_be_done_has_a_reason(dm: DatameerHarness, kind: ActionKind) -> None:
    job = (await dm.listed())["50"]
    assert "schedule" in dm.adapter.reason_against(kind, job)
