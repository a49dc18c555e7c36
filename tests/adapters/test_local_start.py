"""Starting: one run at a time, and a clear refusal before anything has happened."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.adapters.local_case import (
    assert_gone,
    begin,
    finish,
    key_of,
    modes_below,
    open_adapter,
    ours,
    printed,
    run_folders,
    see,
    until,
)
from tui.adapters.local import commands, isolated, records, slots, start
from tui.core.errors import ActionRefused, OutcomeUnknown, SystemUnavailable
from tui.core.models import Action, ActionKind, Parameter
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui.adapters.local import LocalAdapter

START = """
import asyncio, sys
from pathlib import Path
from tests.adapters.local_case import key_of, open_adapter
from tui.core.errors import ActionRefused

async def main():
    adapter = open_adapter(Path(sys.argv[1]), {"name": "job", "command": ["sleep", "600"]})
    sys.stdin.read()
    try:
        print((await adapter.trigger(key_of("job"), {})).run_id)
    except ActionRefused:
        print("refused")

asyncio.run(main())
"""


class HeldClock:
    """A clock that stands where a test puts it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 21, 14, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment."""
        return self.moment

    def monotonic(self) -> float:
        """Nobody measures."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Nobody waits."""


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Where runs are kept; everything started from it is gone afterwards."""
    yield tmp_path / "runs"
    await assert_gone(tmp_path)


def one(folder: Path, command: object, **keys: object) -> LocalAdapter:
    """An adapter with a single job."""
    return open_adapter(folder, {"name": "job", "command": command, **keys})


async def refusal(adapter: LocalAdapter, **params: str) -> ActionRefused:
    """What a trigger is refused with; nothing of a run may be left."""
    before = await adapter.list_runs(key_of("job"))
    with pytest.raises(ActionRefused) as caught:
        await adapter.trigger(key_of("job"), params)
    assert await adapter.list_runs(key_of("job")) == before
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    "command",
    [
        "no-such-program --fast",
        "./no-such-file",
        "no-such-program; true",
        "no-such-program|cat",
        ["no-such-program"],
        ["./no-such-file"],
        ["/no/such/file"],
        ["/tmp"],
    ],
)
async def test_a_missing_command_is_refused(folder: Path, command: object) -> None:
    assert "was not found" in (await refusal(one(folder, command))).message


@pytest.mark.parametrize(
    "command",
    [
        "VAR=1 true",
        "for x in 1 2; do :; done",
        "if true; then :; fi",
        "{ :; }",
        "(true)",
        "helper () { true; }; helper",
        "helper()\n{ true\n}\nhelper",
        "! false",
        '"true"',
        "$NOTHING true",
        "# a comment\ntrue",
        "\n  true",
        "true&true",
        "true\n",
        ">/dev/null true",
        ". /dev/null",
        "exec true",
        "cd / && [ -d tmp ]",
        ["true"],
        ["/bin/true"],
    ],
)
async def test_what_only_a_shell_can_judge_is_not_refused(folder: Path, command: object) -> None:
    assert (await finish(one(folder, command), "job")).exit_code == 0


async def test_the_command_is_looked_up_as_the_job_would(folder: Path, tmp_path: Path) -> None:
    tool = tmp_path / "my-tool"
    tool.write_text("#!/bin/sh\nexit 0\n")
    in_folder = one(folder, ["./my-tool"], cwd=str(tmp_path))
    refused = await refusal(in_folder)
    assert "is not executable" in refused.message
    assert refused.hint.startswith("chmod +x")
    tool.chmod(0o755)
    assert (await finish(in_folder, "job")).exit_code == 0
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for command in (["my-tool"], "my-tool"):
        assert (await finish(one(folder, command, env=path), "job")).exit_code == 0
        await refusal(one(folder, command))
        await refusal(one(folder, command, env={"PATH": "/nowhere"}))


async def test_a_missing_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    refused = await refusal(one(folder, "true", cwd=str(tmp_path / "absent")))
    assert "does not exist" in refused.message
    (tmp_path / "file").touch()
    assert "does not exist" in (await refusal(one(folder, "true", cwd=str(tmp_path / "file")))).message


async def test_a_folder_that_may_not_be_entered_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "may not be entered" in (await refusal(one(folder, ["/bin/true"]))).message


async def test_a_folder_that_may_not_be_written_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(SystemUnavailable, match="Permission denied"):
        await one(folder, "true").check()


async def test_what_vanishes_at_the_last_moment_ends_like_in_a_shell(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "ensure_startable", lambda *_: None)
    job = await finish(one(folder, ["no-such-program"], env={"PATH": "/usr/bin:/bin"}), "job")
    assert (job.exit_code, job.message) == (127, "nightdeck: no-such-program: No such file or directory")
    gone = tmp_path / "gone"
    job = await finish(one(folder, "true", cwd=str(gone)), "job")
    assert (job.exit_code, job.message) == (127, f"nightdeck: {gone}: No such file or directory")
    text = tmp_path / "text"
    text.write_text("no program")
    job = await finish(one(folder, [str(text)]), "job")
    assert (job.exit_code, job.message) == (126, f"nightdeck: {text}: Permission denied")


async def test_a_running_job_is_not_started_again(folder: Path) -> None:
    adapter = one(folder, ["sleep", "600"])
    await begin(adapter, "job")
    refused = await refusal(one(folder, ["sleep", "600"]))
    assert (refused.message, refused.hint) == (
        "job is already running",
        "stop it first, or wait until it has ended",
    )
    reason = adapter.reason_against(ActionKind.TRIGGER, await see(adapter, "job"))
    assert reason == "it is already running: stop it first"


async def test_two_triggers_at_once_start_one_run(folder: Path) -> None:
    adapters = [one(folder, ["sleep", "600"]) for _ in range(5)]
    outcomes = await asyncio.gather(
        *(adapter.trigger(key_of("job"), {}) for adapter in adapters), return_exceptions=True
    )
    assert sum(isinstance(outcome, ActionRefused) for outcome in outcomes) == len(adapters) - 1
    assert len(await adapters[0].list_runs(key_of("job"))) == 1


async def test_two_nightdecks_at_once_start_one_run(folder: Path) -> None:
    both = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", START, str(folder), stdin=-1, stdout=-1)
        for _ in range(2)
    ]
    said = [out.decode().strip() for out, _ in await asyncio.gather(*(p.communicate(b"") for p in both))]
    assert sorted(word == "refused" for word in said) == [False, True]
    runs = await one(folder, "true").list_runs(key_of("job"))
    assert [run.key.run_id for run in runs] == [word for word in said if word != "refused"]


async def test_a_start_under_way_elsewhere_is_told(folder: Path) -> None:
    adapter = one(folder, "true")
    jobs = records.JobFolder(folder / "job")
    jobs.make()
    with jobs.locked():
        assert "being started by another nightdeck" in (await refusal(adapter)).message
    assert (await finish(adapter, "job")).state is State.SUCCEEDED


async def test_a_run_is_queued_while_it_is_launched(folder: Path) -> None:
    adapter = one(folder, "true")
    await finish(adapter, "job")
    jobs = records.JobFolder(folder / "job")
    run_id, files = jobs.next_run(datetime.now(UTC))
    spec = records.RunFolder(run_folders(folder)[0]).read_spec()
    with jobs.locked():
        files.create(spec)
        jobs.point_at(run_id)
        job = await see(adapter, "job")
        assert (job.state, job.substate, job.last_result) == (State.QUEUED, "launching", None)
    assert (await see(adapter, "job")).substate == "not started"


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "make it writable"),
        (errno.EIO, "make that folder usable"),
    ],
)
@pytest.mark.parametrize("step", ["create", "point_at", "make"])
async def test_a_disk_that_cannot_keep_the_record_refuses_the_start(
    folder: Path, number: int, hint: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, *_: object) -> None:
        raise OSError(number, os.strerror(number))

    adapter = one(folder, "true")
    earlier = await finish(adapter, "job")
    owner = records.RunFolder if step == "create" else records.JobFolder
    with monkeypatch.context() as patched:
        patched.setattr(owner, step, fail)
        refused = await refusal(adapter)
    assert os.strerror(number) in refused.message
    assert hint in refused.hint
    assert (await see(one(folder, "true"), "job")).run_id == earlier.run_id
    assert ours(folder) == []


async def test_a_record_that_is_cut_short_by_a_full_disk_is_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: Path, content: bytes) -> None:
        file.write_bytes(content[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    adapter = one(folder, "true")
    with monkeypatch.context() as patched:
        patched.setattr(records, "_write_private", full)
        await refusal(adapter)
    assert run_folders(folder) == []
    assert (await finish(adapter, "job")).state is State.SUCCEEDED


async def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    await asyncio.to_thread(folder.touch)
    adapter = one(folder, "true")
    with pytest.raises(ActionRefused):
        await adapter.trigger(key_of("job"), {})
    for asked in (see(adapter, "job"), adapter.list_runs(key_of("job")), adapter.check()):
        with pytest.raises(SystemUnavailable):
            await asked


async def test_a_launcher_that_cannot_work_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "SHELL", "/no/such/shell")
    refused = await refusal(one(folder, ["true"]))
    assert refused.message == "the launcher failed: No such file or directory: /no/such/shell"


async def test_a_python_that_is_gone_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert "could not be started" in (await refusal(one(folder, ["true"]))).message


async def test_a_command_that_is_too_long_is_told(folder: Path) -> None:
    refused = await refusal(one(folder, ["printf", "x" * 3_000_000]))
    assert "too long" in refused.hint


async def test_a_launcher_that_hangs_leaves_the_outcome_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "_LAUNCH_S", 0.0)
    monkeypatch.setattr(start, "launcher_words", lambda: ("/bin/sh", "-c", "exec sleep 600"))
    adapter = one(folder, "true")
    with pytest.raises(OutcomeUnknown):
        await adapter.trigger(key_of("job"), {})
    assert (await see(adapter, "job")).substate == "not started"


async def test_a_launcher_that_hangs_after_its_work_counts_as_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object, **__: object) -> None:
        status = next(folder.glob("job/2*/status"))
        slots.write(str(status), slots.SUPERVISOR, f"{os.getpid()} mark")
        raise OutcomeUnknown("slow")

    monkeypatch.setattr(start, "_run_launcher", slow)
    assert (await one(folder, "true").trigger(key_of("job"), {})).run_id


async def test_runs_stay_in_order_when_the_clock_is_set_back(folder: Path) -> None:
    clock = HeldClock()
    adapter = open_adapter(folder, {"name": "job", "command": "true"}, clock=clock)
    made = []
    for hour in (14, 14, 9, 23):
        clock.moment = clock.moment.replace(hour=hour)
        made.append((await finish(adapter, "job")).run_id)
    assert sorted(made) == made
    assert [run.key.run_id for run in await adapter.list_runs(key_of("job"))] == made[::-1]
    assert made[0].startswith("20261121T140000000-")
    assert made[1].startswith("20261121T140000001-")


async def test_parameters_are_checked(folder: Path) -> None:
    adapter = one(
        folder,
        "echo $DAY-$MODE",
        param=[
            {"name": "DAY", "required": True, "description": "which day"},
            {"name": "MODE", "default": "delta", "choices": ["delta", "full"]},
        ],
    )
    assert await adapter.list_parameters(key_of("job")) == (
        Parameter("DAY", description="which day", is_required=True),
        Parameter("MODE", default="delta", choices=("delta", "full")),
    )
    assert "needs a value for DAY" in (await refusal(adapter)).message
    assert "cannot be 'all'" in (await refusal(adapter, DAY="1", MODE="all")).message
    assert "NUL" in (await refusal(adapter, DAY="a\0b")).message
    refused = await refusal(adapter, DAY="1", LD_PRELOAD="x")
    assert (refused.message, refused.hint) == ("job has no parameter LD_PRELOAD", "it takes DAY, MODE")
    job = await finish(adapter, "job", DAY="1")
    assert job.run_key is not None
    assert "1-delta" in await printed(adapter, job.run_key, "\n")


async def test_a_rerun_uses_the_parameters_of_its_run(folder: Path) -> None:
    adapter = one(folder, "echo day $DAY; exit 1", param=[{"name": "DAY"}])
    first = await finish(adapter, "job", DAY="mon")
    await finish(adapter, "job", DAY="tue")
    assert first.run_key is not None
    accepted = await adapter.rerun(first.run_key)
    job = await until(adapter, "job", lambda job: job.run_id == accepted.run_id and not job.state.is_active)
    assert job.message == "day mon"
    with pytest.raises(ActionRefused, match="no steps"):
        await adapter.rerun(first.run_key, is_failed_only=True)


async def test_the_preview_is_the_command_line(folder: Path) -> None:
    shell = one(folder, "make load | tee x", cwd="~/etl", param=[{"name": "DAY", "default": "a b"}])
    home = Path.home()
    trigger = Action(ActionKind.TRIGGER, key_of("job"), params={"DAY": "it's"})
    assert shell.preview(trigger) == f"""cd {home}/etl; export DAY='it'"'"'s'; make load | tee x"""
    words = one(folder, ["printf", "a b"], param=[{"name": "DAY"}])
    job = await finish(words, "job", DAY="mon")
    rerun = Action(ActionKind.RERUN, job.key)
    assert words.preview(rerun) == f"cd {home}; export DAY=mon; printf 'a b'"


async def test_who_we_are(folder: Path) -> None:
    check = await one(folder, "true").check()
    assert check.identity == f"{start.user_name()}@{os.uname().nodename}"
    assert check.version
    assert modes_below(folder)["folders"] == {0o700}


async def test_jobs_can_be_picked_and_left_out(folder: Path) -> None:
    tables = [
        {"name": name, "command": "true", "on_open": name != "Load B"}
        for name in ("Load A", "Load B", "Tidy")
    ]
    picked = open_adapter(folder, *tables, jobs=["load-*", "Tidy"], exclude=["*A"])
    assert [job.id async for page in picked.list_jobs() for job in page] == ["load-b", "tidy"]
    assert picked.autostart_jobs() == (key_of("tidy"),)


async def test_nothing_can_be_held(folder: Path) -> None:
    adapter = one(folder, "true")
    job = await see(adapter, "job")
    for kind in (ActionKind.HOLD, ActionKind.RELEASE):
        assert not adapter.can(kind)
        assert "no schedule" in adapter.reason_against(kind, job)


def test_a_process_that_never_becomes_the_program_says_why(tmp_path: Path) -> None:
    done = subprocess.run(
        (*isolated.launcher_words(), "detach", "", str(tmp_path / "absent" / "log"), "0", "", "/bin/true"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == f"No such file or directory: {tmp_path}/absent/log"
