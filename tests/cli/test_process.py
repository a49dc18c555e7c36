"""What only a process of its own shows: pipes, signals, terminals."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pexpect
import pytest

from tests.support.cli import World, environment, program

PATIENCE_S = 30


@pytest.fixture
def prod(world: World) -> World:
    """A production system: its actions are confirmed by the job's name."""
    world.add_config('[connections.prod]\ntype = "local"\nenvironment = "prod"')
    world.add_config('[[connections.prod.job]]\nname = "load orders"\ncommand = "true"')
    world.add_config('[connections.stage]\ntype = "local"\nenvironment = "stage"')
    world.add_config('[[connections.stage.job]]\nname = "load orders"\ncommand = "true"')
    return world


def on_terminal(*words: str, columns: int = 80) -> pexpect.spawn[str]:
    """A command line on a terminal of its own."""
    executable, *arguments = program(*words)
    return pexpect.spawn(
        executable,
        arguments,
        env=environment(),
        dimensions=(24, columns),
        timeout=PATIENCE_S,
        encoding="utf-8",
        echo=False,
    )


def end_of(child: pexpect.spawn[str]) -> tuple[int | None, str]:
    """Exit code and last words of what runs on a terminal."""
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before or ""


def test_a_typed_name_confirms_an_action_in_production(prod: World) -> None:
    child = on_terminal("trigger", "prod/load orders")
    child.expect_exact("trigger load orders on prod (prod): ")
    child.expect_exact("Type the job's name (load orders) to confirm: ")
    child.sendline("load orders")
    code, told = end_of(child)
    assert code == 0
    assert "accepted" in told


def test_a_wrong_name_refuses(prod: World) -> None:
    child = on_terminal("trigger", "prod/load orders")
    child.expect_exact("to confirm: ")
    child.sendline("load order")
    code, told = end_of(child)
    assert code == 5
    assert "not confirmed: the job's name is 'load orders'" in told
    assert prod.run("runs", "prod/load orders", "-o", "json").json == []


@pytest.mark.parametrize(("typed", "expected"), [("y", 0), ("n", 5), ("", 5)])
def test_on_stage_it_takes_a_y(prod: World, typed: str, expected: int) -> None:
    child = on_terminal("trigger", "stage/load orders")
    child.expect_exact("Type y to confirm: ")
    child.sendline(typed)
    assert end_of(child)[0] == expected


def test_the_end_of_the_input_confirms_nothing(prod: World) -> None:
    child = on_terminal("trigger", "prod/load orders")
    child.expect_exact("to confirm: ")
    child.sendeof()
    code, told = end_of(child)
    assert code == 5
    assert "not confirmed" in told


def test_ctrl_c_at_the_question_leaves_at_once_and_quietly(prod: World) -> None:
    child = on_terminal("trigger", "prod/load orders")
    child.expect_exact("to confirm: ")
    child.sendintr()
    code, told = end_of(child)
    assert code == 130
    assert "Traceback" not in told
    assert prod.run("journal", "-o", "json").json == []


def test_where_the_question_could_not_be_seen_it_is_not_asked(prod: World) -> None:
    words = " ".join(f"'{word}'" for word in program("trigger", "prod/load orders"))
    child = pexpect.spawn("/bin/sh", ["-c", f"{words} 2>told"], env=environment(), timeout=PATIENCE_S)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5
    assert "pass --yes" in (prod.folder / "told").read_text()


def test_a_table_ends_where_the_terminal_ends(world: World) -> None:
    world.add_local(**{"x" * 70: "true"})
    child = on_terminal("jobs", columns=60)
    code, told = end_of(child)
    lines = told.splitlines()
    assert code == 0
    assert len(lines) == 2
    assert max(map(len, lines)) <= 60
    assert "never run" in lines[1]


def test_the_dashboard_takes_a_terminal(world: World) -> None:
    done = world.run_apart()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("nightdeck: the dashboard needs a terminal")


@pytest.mark.parametrize("words", [("jobs", "-o", "jsonl"), ("logs", "many")], ids=" ".join)
def test_a_pipe_that_is_closed_ends_it_quietly(world: World, words: tuple[str, ...]) -> None:
    # More than a pipe holds.
    world.add_local(many="yes | head -100000", **{f"job_{number}": "true" for number in range(300)})
    if words[0] == "logs":
        assert world.run("trigger", "many", "--wait").code == 0
    with world.started(*words) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 141
        assert process.stderr.read() == ""


@pytest.mark.parametrize("words", [("logs", "slow", "--follow"), ("watch", "--initial")], ids=" ".join)
def test_what_has_nothing_to_say_ends_with_its_reader(running: World, words: tuple[str, ...]) -> None:
    with running.started(*words) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE_S) == 141


@pytest.fixture
def running(world: World) -> Iterator[World]:
    """A job that runs until it is stopped."""
    world.add_local(slow="echo begun; sleep 60")
    assert world.run("trigger", "slow").code == 0
    yield world
    assert world.run("stop", "slow", "--force", "--wait").code == 0


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str
)
def test_a_signal_ends_a_command_that_waits_in_order(running: World, number: int, code: int) -> None:
    with running.started("logs", "slow", "--follow") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        assert process.wait(PATIENCE_S) == code
        assert process.stderr.read() == ""


def test_signals_end_a_command_whose_reader_does_not_read(world: World) -> None:
    world.add_local(many="yes 0123456789abcdef | head -200000")
    assert world.run("trigger", "many", "--wait").code == 0
    with world.started("logs", "many") as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
        assert process.returncode in (143, -signal.SIGTERM)


def test_a_signal_that_nohup_ignores_stays_ignored(running: World) -> None:
    with running.started("logs", "slow", "--follow", ignored=signal.SIGHUP) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 143


def test_what_waits_prints_its_receipt_before_it_waits(world: World) -> None:
    world.add_local(slow="sleep 60")
    with world.started("trigger", "slow", "--wait", "-o", "jsonl") as process:
        assert process.stdout is not None
        assert '"status": "accepted"' in process.stdout.readline()
        assert world.run("stop", "slow", "--force").code == 0
        assert process.wait(PATIENCE_S) == 7


def test_the_program_can_be_run_from_anywhere(world: World, tmp_path: Path) -> None:
    world.add_local(a="true")
    done = world.run_apart("jobs", "-o", "csv", cwd=os.sep)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2
