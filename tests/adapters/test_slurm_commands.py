"""The commands of Slurm are started without a shell, with words that are what they are, and end in time."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import FakeClock
from tests.support.scripted import DictMemory
from tui.adapters.local.settings import LocalSettings
from tui.adapters.slurm import SlurmAdapter, process
from tui.adapters.slurm.accounting import SEPARATOR
from tui.adapters.slurm.process import Command, Ended
from tui.adapters.slurm.settings import SlurmSettings
from tui.core.adapter import AdapterContext
from tui.core.errors import (
    ActionRefused,
    BadAnswer,
    Forbidden,
    NightdeckError,
    NotFound,
    OutcomeUnknown,
    ServerFailed,
    SystemUnavailable,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from tui.core.keys import JobKey, RunKey
from tui.core.models import Action, ActionKind
from tui.core.redaction import Redactor
from tui.core.rehearsal import RehearsedStart, rehearsing
from tui.core.settings import SecretRef
from tui.core.state import State

process_run = process.run
"""The real one, which most tests replace."""

NAMES = ("squeue", "sacct", "scontrol", "sbatch", "scancel")
SECRET = "hunter22-correct-horse"


class Cluster:
    """What the commands answer, and what they were asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs: list[dict[str, Any]] = []
        self.asked: list[Command] = []
        self.answers: dict[str, Ended | NightdeckError] = {
            "sacct": Ended(1, b"", b"Slurm accounting storage is disabled\n"),
            "sbatch": Ended(0, b"17\n", b""),
        }
        (folder / "bin").mkdir()
        for name in NAMES:
            (folder / "bin" / name).write_text("#!/bin/sh\nexit 9\n")
            (folder / "bin" / name).chmod(0o755)

    async def run(self, command: Command) -> Ended:
        """Answer in the place of a process."""
        self.asked.append(command)
        name = Path(command.words[0]).name
        answer = self.answers.get(name, Ended(0, b"", b""))
        if isinstance(answer, NightdeckError):
            raise answer
        if name == "squeue" and name not in self.answers:
            return Ended(0, json.dumps({"jobs": self.jobs, "errors": []}).encode(), b"")
        return answer

    def of(self, name: str) -> list[Command]:
        """What one command was asked."""
        return [command for command in self.asked if Path(command.words[0]).name == name]

    def adapter(self, *jobs: Mapping[str, object], is_dry_run: bool = False, **keys: object) -> SlurmAdapter:
        """An adapter named `hpc` over these tables."""
        redactor = Redactor()

        def resolve(ref: SecretRef) -> str:
            redactor.add(ref.literal or "")
            return ref.literal or ""

        table = {"type": "slurm", "bin": str(self.folder / "bin"), "job": jobs, **keys}
        context = AdapterContext(
            FakeClock(), resolve, DictMemory(), redactor, self.folder / "state", is_dry_run=is_dry_run
        )
        return SlurmAdapter("hpc", SlurmSettings.model_validate(table), context)


def key(job_id: str) -> JobKey:
    return JobKey("hpc", job_id)


def user() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def usual_umask() -> str:
    usual = os.umask(0o022)
    os.umask(usual)
    return f"{usual:04o}"


def told(job_id: int, name: str, state: str, **changes: object) -> dict[str, Any]:
    usual = {"job_id": job_id, "name": name, "user_name": user(), "job_state": state, "batch_flag": True}
    return {
        **usual,
        "submit_time": 1_795_949_883,
        "start_time": 1_795_949_883,
        "partition": "debug",
        **changes,
    }


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = Cluster(tmp_path)
    monkeypatch.setattr(process, "run", made.run)
    return made


async def test_a_submission_is_one_command_line_with_nothing_of_the_script_or_the_secrets(
    cluster: Cluster,
) -> None:
    folder = str(cluster.folder)
    adapter = cluster.adapter(
        {
            "name": "Load -- $(id); orders",
            "command": "#SBATCH --wrap=evil\necho hi",
            "cwd": folder,
            "env": {"DB": {"literal": SECRET}, "PLAIN": "a b"},
            "param": [{"name": "DAY", "default": "today"}],
            "timeout": 61,
            "cpus": 4,
            "memory": "2G",
            "partition": "night",
            "options": ["--array=1-3", "--account=bio"],
        }
    )
    accepted = await adapter.trigger(key("load-id-orders"), {"DAY": "$(rm -rf /)"})
    assert accepted.run_id == "17"
    (asked,) = cluster.of("sbatch")
    program, *words = asked.words
    assert program == str(cluster.folder / "bin" / "sbatch")
    comment = words[2]
    assert comment.startswith("--comment=nightdeck:")
    assert words == [
        "--parsable",
        "--job-name=Load -- $(id); orders",
        comment,
        f"--chdir={folder}",
        f"--output={folder}/state/logs/load-id-orders/%A_%a.log",
        "--export=ALL",
        "--partition=night",
        "--cpus-per-task=4",
        "--mem=2048M",
        "--time=2",
        "--array=1-3",
        "--account=bio",
    ]
    assert asked.folder == folder
    head, umask, rest = asked.stdin.split(b"\n", 2)
    assert (head, rest) == (b"#!/bin/sh", b"#SBATCH --wrap=evil\necho hi\n")
    assert (umask, asked.umask) == (
        f"umask {usual_umask()}; unset SLURM_JWT".encode(),
        0o077,
    )
    assert (asked.env["DB"], asked.env["PLAIN"], asked.env["DAY"]) == (SECRET, "a b", "$(rm -rf /)")
    assert SECRET.encode() not in asked.stdin
    assert SECRET not in " ".join(asked.words)
    assert (cluster.folder / "state/logs/load-id-orders").stat().st_mode & 0o777 == 0o700


async def test_a_list_is_run_without_splitting_its_words(cluster: Cluster) -> None:
    words = ["printf", "%s\n", "it's", "$HOME", "a b", ""]
    adapter = cluster.adapter({"name": "list", "command": words, "cwd": "/tmp"})
    await adapter.trigger(key("list"), {})
    script = cluster.of("sbatch")[0].stdin
    ran = await process_run(Command(("/bin/sh",), dict(os.environ), script))
    assert ran.out == b"it's\n$HOME\na b\n\n"


async def test_an_existing_script_is_named_last(cluster: Cluster) -> None:
    script = cluster.folder / "grid.sbatch"
    script.write_text("#!/bin/sh\n")
    adapter = cluster.adapter({"name": "grid", "script": str(script), "cwd": "/tmp"})
    await adapter.trigger(key("grid"), {})
    (asked,) = cluster.of("sbatch")
    assert (asked.words[-1], asked.stdin, asked.umask) == (str(script), b"", -1)
    script.unlink()
    with pytest.raises(ActionRefused, match="is not there"):
        await adapter.trigger(key("grid"), {})
    assert len(cluster.of("sbatch")) == 1


async def test_a_job_gets_our_variables_but_no_secret_of_others_and_nothing_of_another_job(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAC_PASSWORD", SECRET)
    monkeypatch.setenv("SLURM_JOB_ID", "4")
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm.conf")
    monkeypatch.setenv("NIGHTDECK_STATE_DIR", "/x")
    monkeypatch.setenv("LOCALE_TEST", "kept")
    monkeypatch.setenv("SLURM_JWT", f"token-{SECRET}")
    adapter = cluster.adapter({"name": "a", "command": "true", "cwd": "/tmp"})
    adapter.context.redactor.add(SECRET)
    await adapter.trigger(key("a"), {})
    env = cluster.of("sbatch")[0].env
    assert (env["LOCALE_TEST"], env["SLURM_CONF"], env["PATH"]) == (
        "kept",
        "/etc/slurm.conf",
        os.environ["PATH"],
    )
    assert not {"TAC_PASSWORD", "SLURM_JOB_ID", "NIGHTDECK_STATE_DIR", "SLURM_JWT"} & env.keys()
    [page async for page in adapter.list_jobs()]
    assert cluster.of("squeue")[0].env["SLURM_JWT"]


async def test_the_listing_asks_for_own_jobs_and_shows_no_others(cluster: Cluster) -> None:
    cluster.jobs = [told(1, "mine", "RUNNING"), told(2, "theirs", "RUNNING", user_name="eve")]
    adapter = cluster.adapter(partitions=["debug", "night"])
    jobs = [job async for page in adapter.list_jobs() for job in page]
    assert [job.id for job in jobs] == ["mine"]
    (asked,) = cluster.of("squeue")
    assert asked.words[1:] == ("--states=all", "--json", f"--user={user()}", "--partition=debug,night")
    assert asked.env["LC_ALL"] == "C"
    everybody = cluster.adapter(users=["*"])
    assert {job.id async for page in everybody.list_jobs() for job in page} == {"mine", "eve/theirs"}
    assert cluster.of("squeue")[-1].words[1:] == ("--states=all", "--json")


async def test_history_is_asked_for_at_first_and_when_something_left_the_queue(cluster: Cluster) -> None:
    row = SEPARATOR.join(
        ["7", "7", "old", user(), "debug", "FAILED", "3:0", "None", "1", "1", "2", "/", "n1"]
    )
    cluster.answers["sacct"] = Ended(0, row.encode(), b"")
    cluster.jobs = [told(8, "new", "RUNNING")]
    adapter = cluster.adapter()
    jobs = {job.id: job async for page in adapter.list_jobs() for job in page}
    assert (jobs["old"].state, jobs["old"].exit_code, jobs["new"].state) == (State.FAILED, 3, State.RUNNING)
    assert [job.id async for page in adapter.list_jobs() for job in page] == ["new", "old"]
    assert len(cluster.of("sacct")) == 1
    assert cluster.of("sacct")[0].env["SLURM_TIME_FORMAT"] == "%s"
    assert f"--user={user()}" in cluster.of("sacct")[0].words
    cluster.jobs = []
    assert [job.id async for page in adapter.list_jobs() for job in page] == ["old"]
    assert len(cluster.of("sacct")) == 2


async def test_without_accounting_it_is_asked_once_and_told(cluster: Cluster) -> None:
    cluster.answers["scontrol"] = Ended(0, b"SLURM_VERSION = 22.05.8\nClusterName = demo\n", b"")
    adapter = cluster.adapter()
    check = await adapter.check()
    assert (check.identity.split("@")[0], check.version) == (user(), "22.05.8")
    assert "no accounting" in check.notes[0]
    for _ in range(3):
        assert [job async for page in adapter.list_jobs() for job in page] == []
    assert len(cluster.of("sacct")) == 1


async def test_stop_hold_release_and_requeue_name_the_run_and_nothing_else(cluster: Cluster) -> None:
    cluster.jobs = [
        told(3, "load", "PENDING", state_reason="JobHeldUser"),
        told(4, "load", "PENDING", state_reason="Resources"),
        told(5, "load", "PENDING", state_reason="Priority"),
        told(6, "other", "FAILED", exit_code=256),
    ]
    adapter = cluster.adapter()
    await adapter.stop(RunKey("hpc", "load", "5"))
    assert cluster.of("scancel")[0].words[1:] == ("5",)
    await adapter.hold(key("load"))
    await adapter.release(key("load"))
    await adapter.rerun(RunKey("hpc", "other", "6"))
    assert [command.words[1:] for command in cluster.of("scontrol")] == [
        ("hold", "5,4"),
        ("release", "3"),
        ("requeue", "6"),
    ]
    with pytest.raises(ActionRefused, match="ended already"):
        await adapter.stop(RunKey("hpc", "other", "6"))
    with pytest.raises(ActionRefused):
        await adapter.stop(RunKey("hpc", "load", "5"), is_forced=True)
    with pytest.raises(ActionRefused):
        await adapter.hold(key("other"))
    assert len(cluster.of("scancel")) == 1


@pytest.mark.parametrize("odd", ["--help", "-s9", "5;id", "5,6", "", "\uff15", "5\n6", "9" * 20])
async def test_an_id_that_is_no_number_reaches_no_command(cluster: Cluster, odd: str) -> None:
    cluster.jobs = [told(5, "load", "RUNNING")]
    adapter = cluster.adapter()
    with pytest.raises(NotFound):
        await adapter.stop(RunKey("hpc", "load", odd))
    with pytest.raises(NotFound):
        await adapter.list_tasks(RunKey("hpc", "load", odd))
    assert not cluster.of("scancel")
    assert not [word for command in cluster.asked for word in command.words if odd and odd in word]


async def test_the_script_of_an_earlier_run_is_submitted_again(cluster: Cluster) -> None:
    cluster.jobs = [told(5, "-x evil", "COMPLETED", current_working_directory="/tmp")]
    cluster.answers["scontrol"] = Ended(0, b"#!/bin/sh\necho again\n", b"")
    adapter = cluster.adapter()
    assert (await adapter.trigger(key("-x evil"), {})).run_id == "17"
    (asked,) = cluster.of("sbatch")
    assert (asked.stdin, asked.umask) == (b"#!/bin/sh\necho again\n", -1)
    assert "--job-name=-x evil" in asked.words
    assert "--partition=debug" in asked.words
    cluster.answers["scontrol"] = Ended(0, b"job script retrieval failed: Invalid job id specified\n", b"")
    with pytest.raises(ActionRefused):
        await adapter.trigger(key("-x evil"), {})
    with pytest.raises(ActionRefused, match="no parameters"):
        await adapter.trigger(key("-x evil"), {"A": "1"})
    assert len(cluster.of("sbatch")) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Ended(1, b"", b"sbatch: error: Batch job submission failed: Invalid partition name"), ActionRefused),
        (Ended(1, b"", b"sbatch: error: Unable to contact slurm controller (connect failure)"), Unreachable),
        (Ended(1, b"", b"sbatch: error: Socket timed out on send/recv operation"), OutcomeUnknown),
        (Ended(1, b"", b"sbatch: error: Zero Bytes were transmitted or received"), OutcomeUnknown),
        (Ended(1, b"", b"24_1: Job has already finished 24_2-20: No error"), OutcomeUnknown),
        (Ended(-9, b"", b""), OutcomeUnknown),
        (Ended(0, b"Welcome!\n", b""), OutcomeUnknown),
        (TimedOut("slow"), OutcomeUnknown),
        (SystemUnavailable("not executable", hint="set `bin`"), ActionRefused),
        (Ended(1, b"", b"sbatch: error: Access/permission denied"), Forbidden),
    ],
)
async def test_what_becomes_of_a_submission_is_never_guessed(
    cluster: Cluster, answer: Ended | NightdeckError, error: type[NightdeckError]
) -> None:
    cluster.answers["sbatch"] = answer
    adapter = cluster.adapter({"name": "a", "command": "true", "cwd": "/tmp"})
    with pytest.raises(error) as caught:
        await adapter.trigger(key("a"), {})
    assert caught.value.hint
    assert len(cluster.of("sbatch")) == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"squeue: error: Unable to contact slurm controller (connect failure)", Unreachable),
        (b"slurm_load_jobs error: Socket timed out on send/recv operation", TimedOut),
        (b"slurm_load_jobs error: Protocol authentication error", Unauthorized),
        (b"squeue: unrecognized option '--json'", BadAnswer),
        (b"squeue: error: s_p_parse_file: cannot stat file /x: No such file or directory", SystemUnavailable),
        (b"something else", ServerFailed),
    ],
)
async def test_what_a_listing_complains_of_is_told_with_a_hint(
    cluster: Cluster, said: bytes, error: type[NightdeckError]
) -> None:
    cluster.answers["squeue"] = Ended(1, b"", said)
    with pytest.raises(error) as caught:
        [page async for page in cluster.adapter().list_jobs()]
    assert type(caught.value) is error
    assert caught.value.hint


@pytest.mark.parametrize("printed", [b"", b"<html>", b"[]", b'{"jobs": 7}', b'{"jobs": [1'])
async def test_a_listing_that_is_none_is_a_bad_answer(cluster: Cluster, printed: bytes) -> None:
    cluster.answers["squeue"] = Ended(0, printed, b"")
    with pytest.raises(BadAnswer):
        [page async for page in cluster.adapter().list_jobs()]


async def test_a_command_that_is_not_there_is_told_with_where_it_was_looked_for(cluster: Cluster) -> None:
    (cluster.folder / "bin" / "squeue").unlink()
    with pytest.raises(SystemUnavailable, match="there is no squeue in") as caught:
        [page async for page in cluster.adapter().list_jobs()]
    assert caught.value.code == "cmd"


async def test_what_is_rehearsed_is_what_is_sent(cluster: Cluster) -> None:
    adapter = cluster.adapter(
        {"name": "a", "command": "echo hi", "cwd": "/tmp", "env": {"DB": {"literal": SECRET}}}
    )
    with rehearsing() as calls:
        await adapter.trigger(key("a"), {})
    (call,) = calls
    assert isinstance(call, RehearsedStart)
    assert not cluster.of("sbatch")
    assert not (cluster.folder / "state").exists()
    await adapter.trigger(key("a"), {})
    (asked,) = cluster.of("sbatch")
    assert isinstance(call.command, str)
    for word in asked.words[1:]:
        assert word in call.command
    assert (call.folder, dict(call.variables), set(call.secret_names)) == ("/tmp", {"DB": SECRET}, {"DB"})
    await adapter.trigger(key("a"), {})
    assert cluster.of("sbatch")[1].words[3] != asked.words[3]


async def test_a_dry_run_sends_nothing(cluster: Cluster) -> None:
    cluster.jobs = [told(5, "a", "PENDING", state_reason="Priority")]
    adapter = cluster.adapter({"name": "a", "command": "true", "cwd": "/tmp"}, is_dry_run=True)
    run = RunKey("hpc", "a", "5")
    for send in (
        adapter.trigger(key("a"), {}),
        adapter.stop(run),
        adapter.hold(key("a")),
        adapter.rerun(run),
    ):
        with pytest.raises(ActionRefused, match="dry run"):
            await send
    assert not {"sbatch", "scancel", "scontrol"} & {Path(c.words[0]).name for c in cluster.asked}


async def test_a_preview_is_the_command_line_without_secrets(cluster: Cluster) -> None:
    cluster.jobs = [told(5, "load", "RUNNING")]
    adapter = cluster.adapter(
        {"name": "a", "command": "echo hi", "cwd": "/tmp", "env": {"DB": {"literal": SECRET}, "N": "it's"}}
    )
    [page async for page in adapter.list_jobs()]
    shown = adapter.preview(Action(ActionKind.TRIGGER, key("a")))
    assert shown.startswith("N='it'\"'\"'s' sbatch --parsable --job-name=a --comment=nightdeck:")
    assert shown.endswith("<< 'echo hi'")
    assert SECRET not in shown
    assert adapter.preview(Action(ActionKind.STOP, key("load"))) == "scancel 5"
    assert adapter.preview(Action(ActionKind.RERUN, key("load"))) == "scontrol requeue 5"


async def test_what_cannot_be_done_says_why(cluster: Cluster) -> None:
    cluster.jobs = [told(5, "load", "RUNNING"), told(6, "shell", "RUNNING", batch_flag=False)]
    cluster.jobs.append(told(7, "theirs", "FAILED", user_name="eve"))
    adapter = cluster.adapter({"name": "a", "command": "true"}, users=["*"])
    jobs = {job.id: job async for page in adapter.list_jobs() for job in page}

    def why(kind: ActionKind, job_id: str) -> str:
        return adapter.reason_against(kind, jobs[job_id])

    assert [why(kind, "a") for kind in (ActionKind.TRIGGER, ActionKind.RERUN)] == ["", "it has never run"]
    assert [why(kind, "load") for kind in (ActionKind.STOP, ActionKind.RERUN)] == ["", ""]
    assert "only what waits" in why(ActionKind.HOLD, "load")
    assert why(ActionKind.RELEASE, "load") == "it is not held"
    assert "sbatch" in why(ActionKind.RERUN, "shell")
    assert why(ActionKind.TRIGGER, "eve/theirs") == "it is a job of eve"
    assert why(ActionKind.DELETE, "a")


async def test_a_rerun_has_the_parameters_of_its_run_and_a_secret_one_is_not_kept(cluster: Cluster) -> None:
    adapter = cluster.adapter(
        {"name": "a", "command": "true", "cwd": "/tmp", "param": [{"name": "DAY"}, {"name": "API_TOKEN"}]}
    )
    await adapter.trigger(key("a"), {"DAY": "monday"})
    comment = cluster.of("sbatch")[0].words[3].removeprefix("--comment=")
    cluster.jobs = [told(17, "a", "FAILED", comment=comment)]
    (run,) = await adapter.list_runs(key("a"))
    assert (dict(run.params), run.triggered_by) == ({"DAY": "monday", "API_TOKEN": ""}, "nightdeck")
    await adapter.rerun(run.key)
    assert cluster.of("sbatch")[1].env["DAY"] == "monday"
    await adapter.trigger(key("a"), {"API_TOKEN": "abc123"})
    comment = cluster.of("sbatch")[2].words[3].removeprefix("--comment=")
    cluster.jobs = [told(18, "a", "FAILED", comment=comment)]
    with pytest.raises(ActionRefused, match="was not kept"):
        await adapter.rerun(RunKey("hpc", "a", "18"))
    assert len(cluster.of("sbatch")) == 3


async def test_the_accounting_alone_tells_enough_for_log_and_rerun(cluster: Cluster) -> None:
    cluster.answers["sbatch"] = Ended(0, b"7\n", b"")
    adapter = cluster.adapter({"name": "a", "command": "true", "cwd": "/tmp", "param": [{"name": "DAY"}]})
    await adapter.trigger(key("a"), {"DAY": "monday"})
    (cluster.folder / "state/logs/a/7.log").write_bytes(b"all is well\n")
    rows = [
        SEPARATOR.join([run, run, "a", user(), "debug", "FAILED", "3:0", "None", "1", "1", "2", "/tmp", "n1"])
        for run in ("7", "6")
    ]
    cluster.answers["sacct"] = Ended(0, "\n".join(rows).encode(), b"")
    runs = await adapter.list_runs(key("a"))
    assert [dict(run.params) for run in runs] == [{"DAY": "monday"}, {}]
    assert adapter.log_path(runs[0].key) == cluster.folder / "state/logs/a/7.log"
    assert (await adapter.read_log(runs[0].key)).data == b"all is well\n"
    await adapter.rerun(runs[0].key)
    assert cluster.of("sbatch")[1].env["DAY"] == "monday"
    with pytest.raises(ActionRefused, match="not known"):
        await adapter.rerun(runs[1].key)
    assert len(cluster.of("sbatch")) == 2


async def test_a_local_config_moves_up_by_its_type_alone(cluster: Cluster) -> None:
    tables: list[dict[str, Any]] = [
        {
            "name": "Load orders!",
            "command": "python -m etl.load",
            "cwd": "/tmp",
            "env": {"DB": {"env": "DB"}, "N": 3},
            "timeout": "90s",
            "grace": "5s",
            "keep_runs": 10,
            "path": "etl/nightly",
            "tags": ["core"],
            "param": [{"name": "DAY", "choices": ["mon", "tue"], "default": "mon"}],
            "progress": r"(\d+)/(\d+)",
            "on_open": True,
        },
        {"name": "list", "command": ["echo", "a b"]},
    ]
    local = LocalSettings.model_validate({"type": "local", "environment": "prod", "job": tables})
    adapter = cluster.adapter(*tables, environment="prod")
    jobs = {job.id: job async for page in adapter.list_jobs() for job in page}
    assert list(jobs) == [job.id for job in local.job] == ["load-orders", "list"]
    job = jobs["load-orders"]
    assert (job.name, job.path, job.tags, job.state) == (
        "Load orders!",
        "etl/nightly",
        ("core",),
        State.NEVER_RUN,
    )
    assert adapter.autostart_jobs() == (key("load-orders"),)
    (parameter,) = await adapter.list_parameters(key("load-orders"))
    assert (parameter.name, parameter.choices, parameter.default) == ("DAY", ("mon", "tue"), "mon")
    with pytest.raises(ActionRefused, match="cannot be 'sun'"):
        await adapter.trigger(key("load-orders"), {"DAY": "sun"})
    await adapter.trigger(key("load-orders"), {"DAY": "tue"})
    (asked,) = cluster.of("sbatch")
    assert "--time=2" in asked.words
    assert (asked.env["DAY"], asked.env["N"]) == ("tue", "3")


class TestAProcess:
    """The one place where a command is started."""

    async def test_it_is_told_as_it_ended(self) -> None:
        ended = await process.run(
            Command(("/bin/sh", "-c", "cat; echo oops >&2; exit 3"), {"PATH": "/bin"}, b"given", "/")
        )
        assert (ended.code, ended.out, ended.complaint) == (3, b"given", "oops")

    async def test_what_it_makes_is_private_if_that_is_asked_for(self, tmp_path: Path) -> None:
        made = tmp_path / "made"
        await process.run(Command(("/bin/sh", "-c", f"umask; echo > {made}"), dict(os.environ), umask=0o077))
        assert made.stat().st_mode & 0o777 == 0o600

    async def test_one_that_takes_too_long_is_killed(self, tmp_path: Path) -> None:
        mark = tmp_path / "pid"
        words = ("/bin/sh", "-c", f"echo $$ > {mark}; exec sleep 600")
        with pytest.raises(TimedOut):
            await process.run(Command(words, dict(os.environ), timeout_s=0.2))
        _assert_gone(int(mark.read_text()))

    async def test_one_that_nobody_waits_for_any_more_is_killed(self, tmp_path: Path) -> None:
        mark = tmp_path / "pid"
        words = ("/bin/sh", "-c", f"echo $$ > {mark}; exec sleep 600")
        task = asyncio.create_task(process.run(Command(words, dict(os.environ))))
        for _ in range(2000):
            await asyncio.sleep(0.01)
            if mark.exists() and mark.read_text().strip():
                break
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        _assert_gone(int(mark.read_text()))

    async def test_one_that_prints_without_end_is_ended(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(process, "MOST_BYTES", 100_000)
        with pytest.raises(BadAnswer):
            await process.run(Command(("/bin/sh", "-c", "exec yes"), dict(os.environ)))

    async def test_one_that_cannot_be_started_is_told(self) -> None:
        with pytest.raises(SystemUnavailable, match="can't be started"):
            await process.run(Command(("/nowhere/squeue",)))


def _assert_gone(pid: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
