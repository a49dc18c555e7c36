"""The simulated Slurm, asked as 22.05.8 was asked; what it answers is what that answered."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.clock import FakeClock
from tests.support.slurm_commands import CommandFolder
from tui.simulators.slurm import (
    TOKEN,
    USER,
    Behaviour,
    Cluster,
    Console,
    Ended,
    JobState,
    Partition,
    Plan,
    SlurmServer,
    Typed,
    broken,
    failing,
    newer,
    printing,
)

HEADERS = {"x-slurm-user-name": USER, "x-slurm-user-token": TOKEN}
PARTITIONS = (Partition("debug", cpus=2, is_default=True), Partition("short", limit_min=10))
PLANS = {
    "good": printing("hello", "bye", duration_s=2.0),
    "bad": failing("no such table", 3, 1.0),
    "long": Plan(600.0),
}


class Place:
    """A cluster, the commands on its host and slurmrestd, on a clock."""

    def __init__(self, folder: Path, behaviour: Behaviour | None = None) -> None:
        self.clock = FakeClock()
        self.folder = folder
        self.cluster = Cluster(self.clock, folder, PLANS, behaviour=behaviour, partitions=PARTITIONS)
        self.console = Console(self.cluster)
        self.server = SlurmServer(self.cluster)

    def type(self, line: str, stdin: str = "") -> Ended:
        name, *words = line.split()
        return self.console.run(Typed(name, words, str(self.folder), stdin))

    def logs_outside(self) -> list[Path]:
        return list(self.folder.parent.glob("*.log"))

    def submit(self, name: str, options: str = "") -> str:
        return self.type(f"sbatch --parsable -J {name} {options}", "#!/bin/sh\ntrue\n").out.strip()

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.server)) as client:
            return await client.request(method, f"http://slurm{path}", headers=HEADERS, **options)

    async def row(self, job_id: str) -> dict[str, Any]:
        api = self.cluster.behaviour.apis[-1]
        answer = await self.ask("GET", f"/slurm/{api}/job/{job_id}")
        row: dict[str, Any] = answer.json()["jobs"][0]
        return row


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


async def test_a_job_waits_runs_writes_and_ends(place: Place) -> None:
    job = place.submit("good")
    assert (await place.row(job))["job_state"] == "PENDING"
    await place.clock.advance(1)
    row = await place.row(job)
    assert (row["job_state"], row["nodes"], row["flags"]) == ("RUNNING", "node1", ["JOB_WAS_RUNNING"])
    log = place.folder / f"slurm-{job}.out"
    assert log.read_text() == "hello\n"
    await place.clock.advance(3)
    row = await place.row(job)
    assert (row["job_state"], row["exit_code"], row["end_time"] - row["start_time"]) == ("COMPLETED", 0, 2)
    assert log.read_text() == "hello\nbye\n"


async def test_an_exit_code_is_a_wait_status(place: Place) -> None:
    job = place.submit("bad")
    await place.clock.advance(3)
    row = await place.row(job)
    assert (row["job_state"], row["state_reason"], row["exit_code"]) == ("FAILED", "NonZeroExitCode", 768)
    assert "JobState=FAILED Reason=NonZeroExitCode" in place.type(f"scontrol show job {job}").out
    assert "ExitCode=3:0" in place.type(f"scontrol show job {job}").out
    assert place.type(f"sacct -X -n -P -j {job} --format=State,ExitCode").out == "FAILED|3:0\n"


async def test_a_cancelled_job_has_a_signal_and_says_so_in_its_log(place: Place) -> None:
    job = place.submit("long")
    await place.clock.advance(2)
    assert place.type(f"scancel {job}") == Ended()
    await place.clock.advance(1)
    row = await place.row(job)
    assert (row["job_state"], row["exit_code"], row["state_reason"]) == ("CANCELLED", 15, "None")
    assert f"*** JOB {job} ON node1 CANCELLED AT" in (place.folder / f"slurm-{job}.out").read_text()
    assert place.type(f"sacct -X -n -P -j {job} --format=State,ExitCode").out == "CANCELLED by 1000|0:0\n"


async def test_a_requeued_job_keeps_its_id_and_its_old_status_until_it_begins(place: Place) -> None:
    job = place.submit("bad")
    await place.clock.advance(3)
    assert place.type(f"scontrol requeue {job}") == Ended()
    row = await place.row(job)
    assert (row["job_state"], row["state_reason"], row["exit_code"]) == ("PENDING", "BeginTime", 768)
    assert (row["restart_cnt"], row["end_time"] > 6e9) == (1, True)
    await place.clock.advance(10)
    assert place.cluster.runs_started["bad"] == 2
    states = place.type(f"sacct -X -n -P -D -j {job} --format=State").out
    assert states == "FAILED\nFAILED\n"


async def test_a_running_job_that_is_requeued_is_completing_first(tmp_path: Path) -> None:
    place = Place(tmp_path, Behaviour(end_lag_s=1.0))
    job = place.submit("long")
    await place.clock.advance(2)
    place.type(f"scontrol requeue {job}")
    await place.clock.advance(0.5)
    assert (await place.row(job))["job_state"] == "COMPLETING"
    await place.clock.advance(1)
    assert (await place.row(job))["job_state"] == "PENDING"
    assert "DUE TO JOB REQUEUE" in (place.folder / f"slurm-{job}.out").read_text()


async def test_a_job_is_held_and_released(place: Place) -> None:
    job = place.submit("good", "--hold")
    await place.clock.advance(60)
    row = await place.row(job)
    assert (row["state_reason"], row["priority"], row["eligible_time"]) == ("JobHeldUser", 0, 0)
    assert place.type(f"scontrol release {job}") == Ended()
    await place.clock.advance(5)
    assert (await place.row(job))["job_state"] == "COMPLETED"
    said = f"Job has already finished for job {job}\nslurm_suspend error: Job has already finished\n"
    assert place.type(f"scontrol hold {job}") == Ended(1, err=said)


async def test_an_array_is_one_row_until_its_elements_begin(place: Place) -> None:
    array = place.submit("good", "--array=0-3%1")
    row = await place.row(array)
    assert (row["array_job_id"], row["array_task_id"], row["array_task_string"]) == (1, None, "0-3%1")
    await place.clock.advance(1)
    assert "1_[1-3%1]" in place.type("squeue").out
    assert "JobArrayTaskLimit" in place.type("squeue").out
    await place.clock.advance(60)
    rows = (await place.ask("GET", f"/slurm/v0.0.38/job/{array}")).json()["jobs"]
    # The last element takes the id of the array.
    assert {(row["job_id"], row["array_task_id"]) for row in rows} == {(2, 0), (3, 1), (4, 2), (1, 3)}
    assert (place.folder / "slurm-1_3.out").is_file()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("-t 100 -p short", "PartitionTimeLimit"),
        ("-n 5000", "PartitionConfig"),
        ("--begin=now+100", "BeginTime"),
        ("-d afterok:1", "Dependency"),
    ],
)
async def test_a_job_tells_why_it_waits(place: Place, options: str, reason: str) -> None:
    place.submit("long")
    job = place.submit("good", options)
    await place.clock.advance(20)
    row = await place.row(job)
    assert (row["job_state"], row["state_reason"]) == ("PENDING", reason)


async def test_who_comes_later_waits_for_room(place: Place) -> None:
    for _ in range(4):
        place.submit("long")
    await place.clock.advance(5)
    rows = [await place.row(str(number)) for number in range(1, 5)]
    assert [row["state_reason"] for row in rows] == ["None", "None", "Resources", "Priority"]


async def test_time_memory_and_machines_end_jobs(place: Place) -> None:
    late = place.submit("long", "-t 1")
    place.cluster.plans["big"] = broken(PLANS["good"], JobState.OUT_OF_MEMORY)
    big = place.submit("big")
    await place.clock.advance(70)
    assert (await place.row(late))["job_state"] == "TIMEOUT"
    assert "DUE TO TIME LIMIT" in (place.folder / f"slurm-{late}.out").read_text()
    row = await place.row(big)
    assert (row["job_state"], row["state_reason"]) == ("OUT_OF_MEMORY", "OutOfMemory")
    lost = place.submit("long")
    await place.clock.advance(5)
    place.cluster.break_down(lost, JobState.NODE_FAIL)
    assert (await place.row(lost))["job_state"] == "NODE_FAIL"


async def test_a_log_that_cannot_be_made_fails_the_job_and_nothing_is_written_elsewhere(place: Place) -> None:
    job = place.submit("good", f"-o {place.folder}/nowhere/x.log")
    other = place.submit("good", "-o ../x.log")
    await place.clock.advance(5)
    for each in (job, other):
        row = await place.row(each)
        assert (row["job_state"], row["state_reason"], row["exit_code"]) == (
            "FAILED",
            "JobLaunchFailure",
            4021,
        )
    assert place.logs_outside() == []


async def test_the_controller_forgets_and_the_accounting_remembers(tmp_path: Path) -> None:
    place = Place(tmp_path, Behaviour(min_age_s=100))
    job = place.submit("good")
    await place.clock.advance(300)
    said = "slurm_load_jobs error: Invalid job id specified\n"
    assert place.type(f"squeue -j {job}") == Ended(1, err=said)
    assert f"{job}|good" in place.type("sacct -P").out
    place.cluster.behaviour.has_history = False
    assert place.type("sacct") == Ended(1, err="Slurm accounting storage is disabled\n")


async def test_the_commands_say_what_is_wrong(place: Place) -> None:
    unknown = "Invalid job id specified"
    assert place.type("scontrol show job 9999") == Ended(1, err=f"slurm_load_jobs error: {unknown}\n")
    assert place.type("scontrol requeue 9999") == Ended(1, err=f"{unknown} for job 9999\n")
    assert place.type("scancel 9999") == Ended()
    assert place.type("scancel abc") == Ended(1, err="scancel: error: Invalid job id abc\n")
    script = "job script retrieval failed: Invalid job id specified\n"
    assert place.type("scontrol write batch_script 9999 -") == Ended(err=script)
    assert place.type("sbatch", "no script").err.startswith("sbatch: error: This does not look like a batch")
    refused = place.type("sbatch -p nosuch", "#!/bin/sh\n")
    assert refused.err.endswith("Batch job submission failed: Invalid partition name specified\n")
    assert place.type("sbatch --bogus", "#!/bin/sh\n").code == 255


async def test_nobody_changes_the_jobs_of_others(place: Place) -> None:
    job = place.submit("long")
    stranger = Console(place.cluster, user="eve")
    ended = stranger.run(Typed("scontrol", ["hold", job], "/"))
    assert (ended.code, "Access/permission denied" in ended.err) == (1, True)
    await place.clock.advance(2)
    assert (await place.row(job))["job_state"] == "RUNNING"


async def test_rest_says_what_is_wrong_in_its_own_ways(place: Place) -> None:
    answer = await place.ask("GET", "/slurm/v0.0.38/job/9999")
    assert (answer.status_code, answer.json()["errors"][0]["error_number"]) == (500, 2017)
    assert (await place.ask("GET", "/slurm/v0.0.40/jobs")).status_code == 404
    assert (await place.ask("DELETE", "/slurm/v0.0.38/jobs")).status_code == 405
    script = {"script": "#!/bin/sh\n"}
    answer = await place.ask("POST", "/slurm/v0.0.38/job/submit", json={**script, "job": {"environment": {}}})
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == (400, 2127)
    asked = {"name": "good", "environment": {"A": "1"}, "hold": True}
    answer = await place.ask("POST", "/slurm/v0.0.38/job/submit", json={**script, "job": asked})
    # It is taken, and told as an error all the same.
    assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == (200, 2042)
    job = answer.json()["job_id"]
    answer = await place.ask("POST", f"/slurm/v0.0.38/job/{job}", json={"bogus": True})
    assert (answer.status_code, answer.json()["errors"][0]["source"]) == (200, "hsearch_r")
    assert place.cluster.runs_started["good"] == 1
    assert (await place.ask("DELETE", f"/slurm/v0.0.38/job/{job}")).status_code == 200


async def test_a_wrong_token_is_an_unspecified_error(place: Place) -> None:
    place.server.set_password("another one")
    answer = await place.ask("GET", "/slurm/v0.0.38/jobs")
    assert (answer.status_code, answer.json()["errors"][0]["error_number"]) == (500, -1)
    assert answer.json()["jobs"] == []
    bare = await place.server(httpx.Request("GET", "http://slurm/slurm/v0.0.38/jobs"))
    assert (bare.status_code, bare.text) == (401, "Authentication failure")


async def test_nothing_new_is_a_304(place: Place) -> None:
    place.submit("long")
    await place.clock.advance(5)
    now = int(place.clock.now().timestamp())
    assert (await place.ask("GET", f"/slurm/v0.0.38/jobs?update_time={now}")).status_code == 304
    place.submit("good")
    assert len((await place.ask("GET", f"/slurm/v0.0.38/jobs?update_time={now}")).json()["jobs"]) == 2


async def test_newer_versions_tell_lists_and_numbers_that_may_be_unset(tmp_path: Path) -> None:
    place = Place(tmp_path, newer(end_lag_s=2.0))
    job = place.submit("bad", f"-o {tmp_path}/%x-%j.log")
    await place.clock.advance(2)
    row = await place.row(job)
    assert row["job_state"] == ["FAILED", "COMPLETING"]
    assert row["exit_code"]["return_code"] == {"set": True, "infinite": False, "number": 3}
    assert row["time_limit"] == {"set": False, "infinite": True, "number": 0}
    assert row["standard_output"] == f"{tmp_path}/bad-{job}.log"
    told = json.loads(place.type("squeue --json --user=nobody --states=all").out)
    assert told["jobs"] == []


async def test_the_executables_speak_to_the_cluster(place: Place) -> None:
    async with CommandFolder(place.console, place.folder / "bin") as commands:
        program = str(commands.path / "sbatch")
        process = await asyncio.create_subprocess_exec(
            program,
            "--parsable",
            "-J",
            "good",
            cwd=place.folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await process.communicate(b"#!/bin/sh\n")
        assert (process.returncode, out) == (0, b"1\n")
        job = place.cluster.jobs[1]
        assert (job.request.folder, job.request.script) == (str(place.folder), "#!/bin/sh\n")
        process = await asyncio.create_subprocess_exec(
            str(commands.path / "squeue"), "-j", "7", stderr=asyncio.subprocess.PIPE
        )
        _, err = await process.communicate()
        assert (process.returncode, err) == (1, b"slurm_load_jobs error: Invalid job id specified\n")
