"""From start to end: what a command gets, what is kept of it, and what is told when something dies."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.adapters.local_case import (
    assert_gone,
    begin,
    eventually,
    finish,
    key_of,
    main_of,
    modes_below,
    open_adapter,
    ours,
    printed,
    proc_file,
    see,
    supervisor_of,
    until,
)
from tui.adapters.local import isolated, slots
from tui.core.keys import RunKey
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tui.adapters.local import LocalAdapter

SHELLS = [path for path in map(shutil.which, ("sh", "bash")) if path]

START_AND_DIE = """
import asyncio, os, sys
from pathlib import Path
from tests.adapters.local_case import begin, open_adapter

async def main():
    adapter = open_adapter(Path(sys.argv[1]), {"name": "job", "command": sys.argv[2]})
    print((await begin(adapter, "job")).run_id, flush=True)
    os.killpg(0, 9)

asyncio.run(main())
"""


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    """Where runs are kept; everything started from it is gone afterwards."""
    yield tmp_path / "runs"
    await assert_gone(tmp_path)


def one(folder: Path, command: object, **keys: object) -> LocalAdapter:
    """An adapter with a single job."""
    return open_adapter(folder, {"name": "job", "command": command, **keys})


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("command", "code"), [("true", 0), ("exit 3", 3), ("exit 127", 127), ("exit 255", 255)]
)
async def test_the_exit_code_is_kept(
    folder: Path, shell: str, command: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "SHELL", shell)
    job = await finish(one(folder, command), "job")
    assert job.exit_code == code
    assert job.state is (State.FAILED if code else State.SUCCEEDED)
    assert job.native_state == ("failed" if code else "succeeded")


async def test_a_job_survives_the_death_of_its_nightdeck(folder: Path) -> None:
    gate = folder.parent / "gate"
    command = f"until [ -e {gate} ]; do sleep 0.02; done; echo done; exit 5"
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START_AND_DIE, str(folder), command, stdout=-1, start_new_session=True
    )
    run_id = (await dying.communicate())[0].decode().strip()
    assert dying.returncode == -signal.SIGKILL
    later = one(folder, command)
    assert (await see(later, "job")).state is State.RUNNING
    gate.touch()
    job = await until(later, "job", lambda job: not job.state.is_active)
    assert (job.run_id, job.state, job.exit_code, job.message) == (run_id, State.FAILED, 5, "done")
    assert job.ended_at is not None


async def test_the_outcome_is_kept_though_nobody_watched(folder: Path) -> None:
    first = one(folder, "echo gone wrong; exit 9")
    accepted = await first.trigger(key_of("job"), {})
    status = folder / "job" / accepted.run_id / "status"
    await eventually(lambda: bool(slots.read(status.read_bytes(), slots.EXIT)))
    job = await see(one(folder, "true"), "job")
    assert (job.exit_code, job.message) == (9, "gone wrong")


async def test_one_small_supervisor_a_run_and_no_zombie_of_ours(folder: Path) -> None:
    adapter = one(folder, "echo ready; exec sleep 600")
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    supervisor, main = supervisor_of(adapter, run), main_of(adapter, run)
    assert {process.pid for process in ours(folder)} == {supervisor.pid, main.pid}
    assert supervisor.pid not in {child.pid for child in psutil.Process().children()}
    memory = proc_file(supervisor, "smaps_rollup").decode()
    private_kb = sum(int(line.split()[1]) for line in memory.splitlines() if line.startswith("Private_"))
    assert private_kb < 1000


async def test_times_are_told(folder: Path) -> None:
    job = await finish(one(folder, "sleep 0.2"), "job")
    assert job.started_at is not None
    assert job.ended_at is not None
    assert job.duration_s is not None
    assert timedelta(seconds=job.duration_s) == job.ended_at - job.started_at
    assert job.duration_s >= 0.19


async def test_a_failed_run_says_its_last_word(folder: Path) -> None:
    job = await finish(one(folder, "echo loading; echo 'ORA-00942: no such table' >&2; echo; exit 1"), "job")
    assert job.message == "ORA-00942: no such table"


async def test_a_silent_failure_says_so(folder: Path) -> None:
    assert (await finish(one(folder, "exit 4"), "job")).message == "exit code 4, without a word"


async def test_death_by_a_signal_is_named(folder: Path) -> None:
    job = await finish(one(folder, "kill -SEGV $$"), "job")
    assert (job.state, job.exit_code, job.substate) == (State.FAILED, 128 + signal.SIGSEGV, "SIGSEGV")


async def test_a_running_job_tells_its_last_line_and_progress(folder: Path) -> None:
    adapter = one(folder, "echo '10%'; echo 'step 2: 42.5 % of 9'; sleep 600")
    await begin(adapter, "job")
    job = await until(adapter, "job", lambda job: bool(job.message))
    assert (job.message, job.progress) == ("step 2: 42.5 % of 9", 0.425)


async def test_a_pattern_with_two_groups_counts(folder: Path) -> None:
    adapter = one(folder, "echo row 30 of 120; sleep 600", progress=r"row (\d+) of (\d+)")
    await begin(adapter, "job")
    assert (await until(adapter, "job", lambda job: bool(job.message))).progress == 0.25


async def test_while_a_job_runs_its_last_result_stays(folder: Path) -> None:
    fails = one(folder, "exit 3")
    assert (await finish(fails, "job")).last_result is State.FAILED
    adapter = one(folder, ["sleep", "600"])
    await begin(adapter, "job")
    job = await see(adapter, "job")
    assert (job.state, job.last_result, job.exit_code) == (State.RUNNING, State.FAILED, 3)


async def test_the_command_gets_its_folder_variables_and_parameters(folder: Path, tmp_path: Path) -> None:
    adapter = one(
        folder,
        'pwd; echo "$PWD $DAY $MODE $PASSWORD $NIGHTDECK_RUN"',
        cwd=str(tmp_path),
        env={"MODE": "full", "PASSWORD": {"env": "PW"}},
        param=[{"name": "DAY", "default": "monday"}],
    )
    job = await finish(adapter, "job", DAY="it's; $(friday)")
    assert job.run_key is not None
    log = await adapter.read_log(job.run_key)
    expected = f"{tmp_path}\n{tmp_path} it's; $(friday) full value of PW {job.run_id}\n"
    assert log.data.decode() == expected
    assert [run.params for run in await adapter.list_runs(job.key)] == [{"DAY": "it's; $(friday)"}]


async def test_secrets_stay_out_of_the_records(folder: Path) -> None:
    adapter = one(folder, "sleep 600", env={"PASSWORD": {"env": "PW"}})
    run = await begin(adapter, "job")
    kept = b"".join(path.read_bytes() for path in (folder / "job" / run.run_id).iterdir())
    arguments = proc_file(supervisor_of(adapter, run), "cmdline")
    assert b"value of" not in kept + arguments
    raw = await adapter.read_raw(run.job, run)
    assert "value of" not in json.dumps(raw)


async def test_the_library_path_of_a_job_does_not_reach_its_supervisor(folder: Path) -> None:
    adapter = one(folder, "echo ready; sleep 600; true", env={"LD_LIBRARY_PATH": "/nowhere"})
    run = await begin(adapter, "job")
    await printed(adapter, run, "ready")
    assert b"\0LD_LIBRARY_PATH=" not in proc_file(supervisor_of(adapter, run), "environ")
    assert b"\0LD_LIBRARY_PATH=/nowhere" in proc_file(main_of(adapter, run), "environ")


async def test_a_job_begins_with_fresh_signals_and_nothing_open(folder: Path) -> None:
    script = "import os; print(open('/proc/self/status').read(), sorted(os.listdir('/proc/self/fd')), input)"
    job = await finish(one(folder, [sys.executable, "-IS", "-c", script]), "job")
    assert job.run_key is not None
    log = (await one(folder, "true").read_log(job.run_key)).data.decode()
    fields = dict(line.split(":\t", 1) for line in log.splitlines() if ":\t" in line)
    # Python itself ignores SIGPIPE and SIGXFSZ; all others must act as in a fresh login.
    of_python = 1 << (signal.SIGPIPE - 1) | 1 << (signal.SIGXFSZ - 1)
    # Below make, the C library ignores the two signals that it keeps for itself; no program can change that.
    of_libc = 1 << 31 | 1 << 32
    assert int(fields["SigIgn"], 16) & ~(of_python | of_libc) == 0
    assert int(fields["SigBlk"], 16) == 0
    assert "['0', '1', '2', '3']" in log  # 3 is the listing's own


async def test_a_job_of_a_list_needs_no_shell(folder: Path) -> None:
    job = await finish(one(folder, ["printf", "%s|", "a b", "$HOME", "*"]), "job")
    assert job.run_key is not None
    assert (await one(folder, "true").read_log(job.run_key)).data == b"a b|$HOME|*|"


async def test_no_variable_and_no_byte_is_lost_on_the_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("with.dot", "kept")
    every_byte = os.fsdecode(bytes(range(1, 256)))
    for name in ("job", "code", "status", "IFS", "OLDPWD"):  # a shell or the supervisor uses them
        monkeypatch.setenv(name, "mine")
    script = (
        "import os, sys; e = os.environ; print(e['job'], e['code'], e['status'], e['IFS'], e['OLDPWD']);"
        "every = os.fsdecode(bytes(range(1, 256)));"
        "print(e['with.dot'], e['BASH_FUNC_f%%'], e['MANY'] == sys.argv[1] == every);"
        "print(*(name for name in e if name.startswith('NIGHTDECK_')))"
    )
    command = [sys.executable, "-c", script, every_byte]
    adapter = one(folder, command, env={"BASH_FUNC_f%%": "() { :; }", "MANY": every_byte})
    job = await finish(adapter, "job")
    assert job.run_key is not None
    assert (
        await adapter.read_log(job.run_key)
    ).data == b"mine mine mine mine mine\nkept () { :; } True\nNIGHTDECK_RUN\n"


async def test_unicode_escapes_and_endless_lines_in_the_output(folder: Path) -> None:
    script = (
        "import sys; w = sys.stdout.buffer.write;"
        r"w(b'\x1b]0;title\x07\x1b[31m'); w('Fehler: Gr\u00f6\u00dfe \U0001f4a5'.encode());"
        r"w(b'\x1b[0m \xff\x00\r\n\x1b[0m\n');"
        "sys.exit(1)"
    )
    assert (await finish(one(folder, [sys.executable, "-c", script]), "job")).message == "Fehler: Größe 💥 �"
    endless = one(folder, [sys.executable, "-c", "print('é' * 5_000_000, end=''); raise SystemExit(1)"])
    message = (await finish(endless, "job")).message
    assert message.startswith("…é")
    assert len(message) < 400


async def test_a_carriage_return_begins_a_new_line(folder: Path) -> None:
    adapter = one(folder, r"printf '10%%\r55%%\r'; sleep 600")
    await begin(adapter, "job")
    job = await until(adapter, "job", lambda job: bool(job.message))
    assert (job.message, job.progress) == ("55%", 0.55)


async def test_processes_left_behind_are_told(folder: Path) -> None:
    adapter = one(folder, "sleep 600 & exit 0")
    job = await finish(adapter, "job")
    assert (job.state, job.substate) == (State.SUCCEEDED, "processes left")
    assert "1 of its processes still run" in job.message
    for process in ours(folder):
        process.send(signal.SIGKILL)
    job = await until(adapter, "job", lambda job: not job.substate)
    assert (job.state, job.message) == (State.SUCCEEDED, "")


async def test_a_job_that_daemonises_is_found_by_its_marker(folder: Path) -> None:
    adapter = one(folder, "setsid sh -c 'setsid sleep 600 & exit' & wait; echo away; exit 0")
    job = await finish(adapter, "job")
    assert job.state is State.SUCCEEDED
    assert "1 of its processes still run" in job.message
    assert "1 of its processes still run" in (await see(one(folder, "true"), "job")).message


async def test_a_killed_supervisor_costs_only_the_exit_code(folder: Path) -> None:
    adapter = one(folder, ["sleep", "600"])
    run = await begin(adapter, "job")
    supervisor_of(adapter, run).send(signal.SIGKILL)
    job = await until(adapter, "job", lambda job: job.substate == "unsupervised")
    assert (job.state, job.message) == (
        State.RUNNING,
        "its supervisor was killed: the exit code will be lost",
    )
    main_of(adapter, run).send(signal.SIGKILL)
    job = await until(adapter, "job", lambda job: not job.state.is_active)
    assert (job.state, job.substate, job.exit_code, job.last_result) == (State.UNKNOWN, "lost", None, None)
    assert job.message == "its supervisor was killed: the exit code is lost"
    assert job.ended_at is not None


def _rewrite(folder: Path, run_id: str, **changed: object) -> None:
    spec = folder / "job" / run_id / "spec.json"
    spec.write_text(json.dumps({**json.loads(spec.read_text()), **changed}))


async def _orphaned(folder: Path) -> RunKey:
    """A run whose supervisor and processes died without a word."""
    adapter = one(folder, "echo step 1; exec sleep 600")
    run = await begin(adapter, "job")
    await printed(adapter, run, "step 1")
    supervisor, main = supervisor_of(adapter, run), main_of(adapter, run)
    supervisor.send(signal.SIGKILL)
    main.send(signal.SIGKILL)
    await eventually(lambda: not supervisor.is_alive() and not main.is_alive())
    return run


async def test_a_run_that_a_restart_cut_off_has_failed(folder: Path) -> None:
    run = await _orphaned(folder)
    _rewrite(folder, run.run_id, boot="an earlier one")
    job = await see(one(folder, "true"), "job")
    assert (job.state, job.substate) == (State.FAILED, "interrupted")
    assert job.message == "the machine restarted while it ran"
    assert (job.ended_at, job.exit_code) != (None, 0)


async def test_a_run_of_another_machine_is_not_judged(folder: Path) -> None:
    run = await _orphaned(folder)
    _rewrite(folder, run.run_id, boot="another one", host="far-away")
    adapter = one(folder, "true")
    job = await see(adapter, "job")
    assert (job.state, job.substate, job.ended_at) == (State.UNKNOWN, "elsewhere", None)
    assert job.message == "started on far-away, which alone knows whether it still runs"


async def test_a_start_that_was_cut_off_has_failed(folder: Path) -> None:
    run = await _orphaned(folder)
    (folder / "job" / run.run_id / "status").write_bytes(slots.blank())
    job = await see(one(folder, "true"), "job")
    assert (job.state, job.substate) == (State.FAILED, "not started")
    assert "the command never ran" in job.message


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 50,
        b"\xff" * slots.SIZE,
        b"1 2 3 4" * 64,
        b"[1]",
        b'{"name": 5, "queued_at": {}, "params": []}',
    ],
)
async def test_a_damaged_record_is_told_and_does_no_harm(folder: Path, content: bytes) -> None:
    run = await _orphaned(folder)
    for name in ("status", "spec.json"):
        (folder / "job" / run.run_id / name).write_bytes(content)
    adapter = one(folder, "true")
    job = await see(adapter, "job")
    assert job.state in {State.UNKNOWN, State.FAILED}
    assert len(await adapter.list_runs(job.key)) == 1
    assert (await adapter.read_raw(job.key))["run"] is not None


async def test_the_exit_code_needs_no_room_on_the_disk(folder: Path) -> None:
    adapter = one(folder, ["sleep", "600"])
    run = await begin(adapter, "job")
    status = folder / "job" / run.run_id / "status"
    before = status.stat()
    # From now on the supervisor may not make any file longer than this one is.
    limit = (slots.SIZE, slots.SIZE)
    resource.prlimit(supervisor_of(adapter, run).pid, resource.RLIMIT_FSIZE, limit)
    main_of(adapter, run).send(signal.SIGKILL)
    job = await until(adapter, "job", lambda job: not job.state.is_active)
    assert (job.exit_code, job.substate) == (137, "SIGKILL")
    after = status.stat()
    assert (after.st_size, after.st_blocks) == (before.st_size, before.st_blocks)


async def test_a_command_that_may_not_write_more_is_told(folder: Path) -> None:
    job = await finish(one(folder, "ulimit -f 1; yes"), "job")
    assert (job.state, job.exit_code, job.substate) == (State.FAILED, 128 + signal.SIGXFSZ, "SIGXFSZ")


async def test_files_are_for_nobody_else(folder: Path) -> None:
    adapter = one(folder, "true")
    await finish(adapter, "job")
    assert modes_below(folder) == {"folders": {0o700}, "files": {0o600}}


async def test_a_run_inside_a_run_is_its_own(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "nested.py"
    script.write_text(START_AND_DIE.replace("os.killpg(0, 9)", "await asyncio.sleep(600)"))
    root = Path(__file__).parents[2]
    nested = [sys.executable, str(script), str(tmp_path / "inner"), "sleep 600"]
    outer = one(folder, nested, cwd=str(root), env={"PYTHONPATH": os.pathsep.join([str(root), *sys.path])})
    run = await begin(outer, "job")
    inner_id = (await printed(outer, run, "\n")).strip()
    await outer.stop(run, is_forced=True)
    await until(outer, "job", lambda job: not job.state.is_active)
    job = await see(one(tmp_path / "inner", "true"), "job")
    assert (job.run_id, job.state) == (inner_id, State.RUNNING)


def test_the_processes_of_a_run_start_light(tmp_path: Path) -> None:
    python, flags, _, _, root = isolated.launcher_words()
    heavy = {
        "pydantic",
        "psutil",
        "httpx",
        "textual",
        "json",
        "dataclasses",
        "asyncio",
        "pathlib",
        "typing",
        "subprocess",
    }
    script = (
        f"import sys; sys.path.append({root!r}); from tui.adapters.local import launch; print(*sys.modules)"
    )
    loaded = subprocess.run((python, flags, "-c", script), capture_output=True, text=True, check=True).stdout
    assert "tui.adapters.local.launch" in loaded
    assert heavy & set(loaded.split()) == set()
