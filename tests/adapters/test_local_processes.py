"""Which process is which: the kernel's own tables, and psutil where there are none."""

from __future__ import annotations

import errno
import os
import secrets
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tui.adapters.local import identity, processes
from tui.adapters.local.launch import MARKER

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=["proc", "psutil"])
def has_proc(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With and without /proc."""
    monkeypatch.setattr(identity, "HAS_PROC", request.param == "proc")
    return bool(request.param == "proc")


RUN = secrets.token_hex(8)
"""No other test session looks for this one."""


@pytest.fixture
def marked() -> Iterator[subprocess.Popen[bytes]]:
    """A process that carries a run's id, in a session of its own."""
    process = subprocess.Popen(("sleep", "600"), env={**os.environ, MARKER: RUN}, start_new_session=True)
    while not Path(f"/proc/{process.pid}/environ").read_bytes():
        pass  # not yet the new program
    yield process
    process.kill()
    process.wait()


def find(pid: int) -> processes.Process:
    return next(process for process in processes.living() if process.pid == pid)


@pytest.mark.usefixtures("has_proc")
def test_a_process_is_described(marked: subprocess.Popen[bytes]) -> None:
    found = find(marked.pid)
    assert (found.parent, found.group, found.session) == (os.getpid(), marked.pid, marked.pid)
    assert found.mark == identity.start_mark(marked.pid)
    assert found.is_alive()
    assert processes.marked([found]) == {RUN: [found]}
    assert processes.marked([find(os.getpid())]) == {}
    assert find(os.getpid()).mark != found.mark


@pytest.mark.usefixtures("has_proc")
def test_the_members_of_a_run(marked: subprocess.Popen[bytes]) -> None:
    assert [process.pid for process in processes.members(RUN, lambda _: False)] == [marked.pid]
    assert processes.members(RUN, lambda _: False, spared=[marked.pid]) == []
    assert processes.members("other", lambda _: False) == []
    by_pid = processes.members("other", lambda process: process.pid == marked.pid)
    assert [process.pid for process in by_pid] == [marked.pid]


def test_a_process_that_turns_into_another_program_is_looked_at_again(
    marked: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([None, RUN])
    monkeypatch.setattr(processes, "_run_of", lambda _: next(answers))
    found = find(marked.pid)
    assert processes.marked([found]) == {RUN: [found]}


def test_the_threads_of_the_kernel_are_left_alone(
    marked: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = identity.stat_fields(marked.pid)
    monkeypatch.setattr(identity, "stat_fields", lambda _: fields)
    assert processes.living()
    kernel_thread = [*fields[:6], str(int(fields[6]) | 0x00200000), *fields[7:]]
    monkeypatch.setattr(identity, "stat_fields", lambda _: kernel_thread)
    assert processes.living() == []


@pytest.mark.usefixtures("has_proc")
def test_a_zombie_is_dead(marked: subprocess.Popen[bytes]) -> None:
    found = find(marked.pid)
    assert found.send(signal.SIGKILL)
    os.waitid(os.P_PID, marked.pid, os.WEXITED | os.WNOWAIT)
    assert identity.start_mark(marked.pid) == ""
    assert not found.is_alive()
    assert marked.pid not in {process.pid for process in processes.living()}
    assert found.send(signal.SIGKILL) is False
    marked.wait()
    assert identity.start_mark(marked.pid) == ""
    assert found.send(signal.SIGKILL) is False


@pytest.mark.usefixtures("has_proc")
@pytest.mark.parametrize("handles", ["yes", "no", "old kernel"])
def test_a_signal_reaches_only_the_very_process(
    marked: subprocess.Popen[bytes], handles: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pid: int) -> int:
        raise OSError(errno.ENOSYS, str(pid))

    if handles == "no":
        monkeypatch.delattr(os, "pidfd_open")
    elif handles == "old kernel":
        monkeypatch.setattr(os, "pidfd_open", refuse)
    found = find(marked.pid)
    assert found._replace(mark=found.mark + "0").send(signal.SIGKILL) is False
    assert found._replace(mark="").send(signal.SIGKILL) is False
    assert marked.poll() is None
    assert found.send(signal.SIGTERM) is True
    assert marked.wait() == -signal.SIGTERM
    assert found.send(signal.SIGTERM) is False


def test_a_name_full_of_brackets_does_no_harm() -> None:
    script = "import sys; open('/proc/self/comm', 'w').write(') S 1 (x'); sys.stdin.read()"
    with subprocess.Popen(("python3", "-c", script), stdin=subprocess.PIPE) as process:
        fields = identity.stat_fields(process.pid)
        assert int(fields[1]) == os.getpid()
        assert identity.start_mark(process.pid).endswith(f"/{fields[19]}")


def test_the_mark_tells_one_start_of_the_machine_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = identity.start_mark(os.getpid())
    assert identity.BOOT
    assert mark.startswith(f"{identity.BOOT}/")
    monkeypatch.setattr(identity, "BOOT", "another")
    assert identity.start_mark(os.getpid()) != mark
