from __future__ import annotations

import pytest

from tests.support.cli import Scene, World
from tests.support.scripted import FullAdapter, make_job, make_run
from tui.core.errors import ServerFailed, Unauthorized, Unreachable
from tui.core.models import LogChunk
from tui.core.state import State


@pytest.fixture
def scene(world: World) -> Scene:
    """A system with one job, whose newest run has a log."""
    scene = world.add_scene("alpha", make_job("1", run_id="r2"))
    scene.script.runs["1"] = [make_run("r2"), make_run("r1")]
    scene.script.logs = {"r2": b"first\nsecond\nlast without an end", "r1": b"older\n"}
    return scene


def test_the_newest_run_s_log_is_printed_whole(world: World, scene: Scene) -> None:
    ended = world.run("logs", "alpha/1")
    assert (ended.code, ended.out, ended.err) == (0, "first\nsecond\nlast without an end\n", "")


def test_the_log_of_another_run_is_printed(world: World, scene: Scene) -> None:
    assert world.run("logs", "alpha/1", "--run", "r1").out == "older\n"


def test_only_colours_survive(world: World, scene: Scene) -> None:
    scene.script.logs["r2"] = b"\x1b[31mred\x1b[0m \x1b[2J\x1b]0;title\x07 \xe2\x80\xae \x9b1m\xff\tend\r\n"
    (line,) = world.run("logs", "alpha/1").out.splitlines()
    assert line.startswith("\x1b[31mred\x1b[0m ")
    assert "\x1b" not in line.replace("\x1b[31m", "").replace("\x1b[0m", "")
    assert not set(line) & set("\x07\x9b\u202e\t\r")


def test_colours_end_with_their_line_on_a_terminal(
    world: World, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.script.logs["r2"] = b"\x1b[31mred\nplain\n"
    assert world.run("logs", "alpha/1").out == "\x1b[31mred\nplain\n"
    monkeypatch.setattr("tui.cli.logs.is_terminal", lambda: True)
    assert world.run("logs", "alpha/1").out == "\x1b[31mred\x1b[0m\nplain\n"


def test_no_line_of_a_long_log_is_lost(world: World, scene: Scene) -> None:
    scene.script.logs["r2"] = b"".join(b"%d\n" % number for number in range(250_000))
    lines = world.run("logs", "alpha/1").out.splitlines()
    assert len(lines) == 250_000
    assert (lines[0], lines[-1]) == ("0", "249999")


def test_characters_may_lie_across_pieces(world: World, scene: Scene) -> None:
    scene.script.logs["r2"] = "尺".encode() * 100_000
    out = world.run("logs", "alpha/1").out
    assert "\N{REPLACEMENT CHARACTER}" not in out
    assert out.startswith("尺" * 20_000)


def test_a_job_that_never_ran_has_no_log(world: World) -> None:
    world.add_local(a="true")
    ended = world.run("logs", "a")
    assert (ended.code, ended.out) == (4, "")
    assert ended.talk == ["here/a has not run yet (`nightdeck trigger` starts it)"]


def test_a_log_that_is_gone_is_code_4(world: World, scene: Scene) -> None:
    scene.script.logs.clear()
    ended = world.run("logs", "alpha/1")
    assert (ended.code, ended.out) == (4, "")
    assert ended.talk[0].startswith("no log of run r2")


def test_a_system_that_keeps_no_logs_is_code_5(world: World) -> None:
    world.add_scene("alpha", make_job("1", run_id="r1"), type="listing")
    ended = world.run("logs", "alpha/1")
    assert (ended.code, ended.out) == (5, "")
    assert "keeps no logs" in ended.err


@pytest.mark.parametrize("options", [(), ("--errors",)])
def test_a_system_that_fails_is_code_3(world: World, scene: Scene, options: tuple[str, ...]) -> None:
    scene.script.read_error = Unreachable("connection refused")
    ended = world.run("logs", "alpha/1", *options)
    assert (ended.code, ended.out, ended.talk) == (3, "", ["connection refused"])


LOG = [f"line {number}" for number in range(1, 61)]
LOG[19] = "2026-11-21 10:00:00 \x1b[31mERROR\x1b[0m ORA-12541: TNS:no listener"
LOG[21] = "\x1b[31mERROR\x1b[0m again"
LOG[58] = "java.lang.IllegalStateException: closed"


def numbers(out: str) -> list[int]:
    return [int(line[1:].split()[0]) for line in out.splitlines()]


def marked(out: str) -> list[str]:
    return [line for line in out.splitlines() if line.startswith(">")]


def test_the_root_error_is_printed_with_what_is_around_it(world: World, scene: Scene) -> None:
    scene.script.logs["r2"] = "\n".join(LOG).encode()
    ended = world.run("logs", "alpha/1", "--errors")
    assert ended.code == 0
    assert numbers(ended.out) == [*range(17, 33)]
    assert marked(ended.out) == [">     20  2026-11-21 10:00:00 ERROR ORA-12541: TNS:no listener"]
    assert ended.talk == ["line 20 of 60 tells most; 2 other lines tell of errors"]


TRACE = """\
ERROR the job failed
java.lang.RuntimeException: cannot load customers
    at a.B.c(B.java:1)
{frames}Caused by: java.sql.SQLException: the table is locked
    at d.E.f(E.java:2)
{frames}    ... 12 more
after the trace
"""


@pytest.mark.parametrize(("frames", "before", "after"), [(20, 23, 22), (500, 60, 60)])
def test_the_whole_stack_trace_is_printed_within_bounds(
    world: World, scene: Scene, frames: int, before: int, after: int
) -> None:
    trace = TRACE.format(frames="    at x.Y.z(Y.java:3)\n" * frames)
    log = "".join(f"line {number}\n" for number in range(100)) + trace + "the end\n" * 100
    scene.script.logs["r2"] = log.encode()
    ended = world.run("logs", "alpha/1", "--errors")
    (line,) = marked(ended.out)
    number = int(line[1:].split()[0])
    assert line.endswith("Caused by: java.sql.SQLException: the table is locked")
    assert number == 100 + 3 + frames + 1
    told = numbers(ended.out)
    assert told == [*range(told[0], told[-1] + 1)]
    assert number - told[0] >= before
    assert told[-1] - number == after
    assert ended.talk[0].startswith(f"line {number:,} of ")


def test_a_lone_error_is_told_alone(world: World, scene: Scene) -> None:
    scene.script.logs["r2"] = b"ERROR a\n" + b"x\n" * 30
    ended = world.run("logs", "alpha/1", "--errors")
    assert numbers(ended.out) == [*range(1, 14)]
    assert ended.talk == ["line 1 of 31 tells most"]


def test_a_warning_is_told_where_the_run_ended_with_one(world: World, scene: Scene) -> None:
    scene.script.logs["r2"] = b"begin\n12 records dropped\nend\n"
    assert world.run("logs", "alpha/1", "--errors").out == ""
    scene.script.change("1", state=State.WARNING, last_result=State.WARNING)
    assert marked(world.run("logs", "alpha/1", "--errors").out) == [">      2  12 records dropped"]


def test_a_log_without_errors_is_told(world: World, scene: Scene) -> None:
    ended = world.run("logs", "alpha/1", "--errors")
    assert (ended.code, ended.out) == (0, "")
    assert ended.talk == ["no line of the log tells of an error"]


def test_a_log_is_followed_until_the_run_ends(world: World, scene: Scene) -> None:
    script = scene.script
    script.change("1", state=State.RUNNING)
    script.logs["r2"] = b"begin\n"
    grown = iter([b"begin\n", b"begin\nmid", b"begin\nmiddle\n", b"begin\nmiddle\n", b"begin\nmiddle\nend\n"])

    def grow(name: str) -> None:
        if name == "read_log":
            script.logs["r2"] = next(grown, script.logs["r2"])
            if script.logs["r2"].endswith(b"end\n"):
                script.change("1", state=State.SUCCEEDED)

    scene.on_read = grow
    ended = world.run("logs", "alpha/1", "--follow")
    assert (ended.code, ended.out) == (0, "begin\nmiddle\nend\n")
    assert ended.talk == ["the run has ended: succeeded"]
    assert len(script.called("read_log")) == 5


def test_without_follow_a_running_log_is_printed_as_far_as_it_is(world: World, scene: Scene) -> None:
    scene.script.change("1", state=State.RUNNING)
    ended = world.run("logs", "alpha/1")
    assert (ended.code, ended.out) == (0, "first\nsecond\nlast without an end\n")


def test_an_outage_is_waited_out_while_a_log_is_followed(world: World, scene: Scene) -> None:
    failures = iter([ServerFailed("503"), ServerFailed("503"), None])
    scene.on_read = lambda _: setattr(scene.script, "read_error", next(failures, None))
    ended = world.run("logs", "alpha/1", "--follow")
    assert (ended.code, ended.out) == (0, "first\nsecond\nlast without an end\n")
    assert ended.talk == ["alpha: 503; waiting for it to come back", "the run has ended: succeeded"]


def test_wrong_credentials_are_not_waited_out(world: World, scene: Scene) -> None:
    scene.on_read = lambda _: setattr(scene.script, "read_error", Unauthorized("401"))
    assert world.run("logs", "alpha/1", "--follow").code == 3


def test_a_log_that_is_yet_to_come_is_waited_for(world: World, scene: Scene) -> None:
    script = scene.script
    script.change("1", state=State.QUEUED)
    script.logs.clear()
    scene.at_sweep(3, lambda: script.change("1", state=State.RUNNING))
    scene.at_sweep(4, lambda: script.logs.update(r2=b"here it is\n"))
    scene.at_sweep(6, lambda: pytest.fail("the log is there, and how the run ended was asked"))
    scene.on_read = lambda _: script.logs and script.change("1", state=State.SUCCEEDED)
    ended = world.run("logs", "alpha/1", "--follow")
    assert (ended.code, ended.out) == (0, "here it is\n")


@pytest.mark.parametrize(
    ("options", "out", "talk"),
    [
        ((), "ERROR one\ntwo\nERROR anew\n", ["the log was written anew: it follows from its beginning"]),
        (("--errors",), ">      1  ERROR anew\n", ["line 1 of 1 tells most"]),
    ],
)
def test_a_log_that_was_written_anew_follows_from_its_beginning(
    world: World,
    scene: Scene,
    options: tuple[str, ...],
    out: str,
    talk: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chunks = iter(
        [
            LogChunk(b"ERROR one\ntwo\nthr", "1", is_complete=False),
            LogChunk(b"ERROR anew\n", "2", is_complete=True, is_restart=True),
        ]
    )

    async def read_log(*_: object) -> LogChunk:
        return next(chunks)

    monkeypatch.setattr(FullAdapter, "read_log", read_log)
    ended = world.run("logs", "alpha/1", *options)
    assert ended.out == out
    assert ended.talk == talk


def test_the_log_of_a_real_run_is_followed(world: World) -> None:
    world.add_local(a="echo one; echo two; sleep 0.3; exec echo three")
    assert world.run("trigger", "a").code == 0
    ended = world.run("logs", "a", "--follow")
    assert (ended.code, ended.out) == (0, "one\ntwo\nthree\n")
