"""`nightdeck logs` prints a log as text and colours, whatever its bytes are, also to a terminal."""

from __future__ import annotations

import pyte
import pytest

from tests.support.cli import Scene, World
from tests.support.hostile import SGR, StrictScreen, hostile_lines, strangers
from tests.support.scripted import make_job, make_run

LINES = 10_000
ERROR = b"2026-11-21 14:00:05 ERROR \x1b[8mfailed\x1b]0;evil\x07: \x9b2J\xc2\x9b2J out of memory"


@pytest.fixture
def scene(world: World) -> Scene:
    """A system with one job, whose run left a hostile log."""
    scene = world.add_scene("alpha", make_job("1", run_id="r1"))
    scene.script.runs["1"] = [make_run("r1")]
    lines = [*hostile_lines(LINES), ERROR]
    scene.script.logs = {"r1": b"\n".join(lines)}
    return scene


@pytest.mark.parametrize("is_on_terminal", [True, False])
def test_only_text_and_colours_are_printed(
    world: World, scene: Scene, monkeypatch: pytest.MonkeyPatch, is_on_terminal: bool
) -> None:
    monkeypatch.setattr("tui.cli.logs.is_terminal", lambda: is_on_terminal)
    ended = world.run("logs", "alpha/1")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.split("\n")
    assert len(lines) > LINES
    assert strangers(ended.out, SGR) == {"\n"}
    screen = StrictScreen(200, 50)
    stream = pyte.Stream(screen)
    for line in lines[:1_000]:
        stream.feed(line)
        assert screen.asked == []
        assert not is_on_terminal or screen.cursor.attrs == screen.default_char
        screen.reset()
        screen.asked.clear()


def test_the_error_is_printed_as_text_and_colours(world: World, scene: Scene) -> None:
    ended = world.run("logs", "alpha/1", "--errors")
    assert ended.code == 0
    assert "out of memory" in ended.out
    assert strangers(ended.out, SGR) == {"\n"}
    assert strangers(ended.err, SGR) <= {"\n"}
