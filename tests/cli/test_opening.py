from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, ClassVar

import pytest

from tests.support.cli import World

VIEWS = '[[views]]\nname = "mine"\nquery = "state:failed"\n'


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--view", "mnie"), 4, "there is no view 'mnie', did you mean 'mine'?"),
        (("--view", "zzz"), 4, "there are mine, problems, running, slow, by system, all"),
        (("--connection", "hree"), 4, "there is no connection 'hree', did you mean 'here'?"),
        (("state:failed", "and"), 2, "something must follow 'and'"),
        (("--config", "gone.toml"), 2, "there is no config file gone.toml"),
        (("demo", "--view", "zzz"), 4, "there is no view 'zzz'"),
        (("demo", "sate:failed"), 2, "there is no field 'sate'"),
    ],
)
def test_what_is_wrong_is_told_where_it_was_typed(
    world: World, words: tuple[str, ...], code: int, told: str
) -> None:
    world.add_config(VIEWS)
    world.add_local()
    ended = world.run(*words)
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ((), "`nightdeck jobs` prints the same jobs anywhere"),
        (("demo",), "`nightdeck jobs` prints the same jobs anywhere"),
        (("--view", "mine"), "`nightdeck jobs` prints the same jobs anywhere"),
        (("trigr", "load orders"), "did you mean `nightdeck trigger`?"),
    ],
)
def test_without_a_terminal_it_says_what_to_do(world: World, words: tuple[str, ...], hint: str) -> None:
    world.add_config(VIEWS)
    ended = world.run(*words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.talk == [f"the dashboard needs a terminal ({hint})"]


@pytest.mark.parametrize(
    "raw", ["views = 5", "views = [1]\n[ui]\nx = 1", "connections = 7", "[[views]]\nname = 3"]
)
def test_a_config_of_the_wrong_shape_is_no_reason_to_break(world: World, raw: str) -> None:
    world.add_config(raw)
    assert world.run("--view", "problems", "--connection", "x").code in (2, 4)


class FakeApp:
    """What the dashboard is opened with."""

    opened: ClassVar[list[Any]] = []
    return_code = 3
    parting = ""

    def __init__(self, startup: Any, store: Any, clock: Any, open_session: Any) -> None:
        self.startup, self.store, self.open_session = startup, store, open_session

    def run(self, *, mouse: bool) -> None:
        self.mouse = mouse
        self.opened.append(self)


@pytest.fixture
def screen(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with a terminal, and an app that only notes how it was opened."""
    module = ModuleType("tui.ui.app")
    module.__dict__["NightdeckApp"] = FakeApp
    monkeypatch.setitem(sys.modules, "tui.ui.app", module)
    monkeypatch.setattr("tui.cli.opening._require_terminal", lambda _: None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(FakeApp, "opened", [])
    return world


def test_the_dashboard_opens_with_what_was_typed(screen: World) -> None:
    screen.add_config(f"{VIEWS}[ui]\nmouse = false")
    screen.add_local(a="true")
    assert screen.run("state:failed", "name~x", "--ascii", "--read-only").code == 3
    (app,) = FakeApp.opened
    assert (app.startup.query, app.startup.is_ascii, app.mouse) == ("state:failed name~x", True, False)
    session = app.open_session()
    assert session.engine.is_read_only
    assert set(session.engine.store.health) == {"here"}
    assert session.engine.store is app.store


def test_the_dashboard_opens_with_a_view(screen: World) -> None:
    screen.add_config(VIEWS)
    screen.run("--view", "mine")
    (app,) = FakeApp.opened
    assert (app.startup.view, app.startup.query) == ("mine", "")


def test_the_dashboard_opens_with_what_is_remembered(screen: World) -> None:
    screen.add_local(a="true", b="true")
    screen.remember()
    screen.run()
    (app,) = FakeApp.opened
    assert sorted(job.name for job in app.store.jobs.values()) == ["a", "b"]


def test_the_demo_needs_no_config_and_remembers_nothing_of_it(screen: World) -> None:
    screen.config.write_text("[broken", encoding="utf-8")
    screen.run("demo", "--jobs", "50")
    (app,) = FakeApp.opened
    assert app.startup.title == "demo"
    assert not app.store.jobs
    assert len(app.open_session().engine.store.health) > 1
