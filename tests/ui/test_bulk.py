"""Acting on many jobs from the dashboard: plan, confirmation, progress, end; nothing is sent by accident."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.screen import Screen

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core import errors
from tui.core.models import Accepted, ActionKind
from tui.core.state import State
from tui.engine.bulk_plan import BulkLimits
from tui.ui.bulk_options import BulkOptions, Chosen, usual_kind
from tui.ui.screens.bulk import BulkScreen
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.dashboard import Dashboard
from tui.ui.screens.leaving import LeavingDialog

RERUN, STOP = ActionKind.RERUN, ActionKind.STOP


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    for number in range(1, 5):
        script.add(make_job(str(number), name=f"load {number}", state=State.FAILED, run_id=f"r{number}"))
    running: dict[str, Any] = {"state": State.RUNNING, "run_id": "r5", "started_at": START - timedelta(60)}
    script.add(make_job("5", name="feed", **running))
    return script


@pytest.fixture
async def deck(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock) as deck:
        yield deck


async def mark(deck: Deck, *job_ids: str) -> None:
    for job_id in job_ids:
        deck.dashboard.table.go_to(make_job(job_id).key)
        await deck.pilot.press("space")
    await deck.settle()


async def press(deck: Deck, *keys: str) -> None:
    await deck.pilot.press(*keys)
    await deck.settle()


async def open_bulk(deck: Deck, binding: str, *job_ids: str) -> BulkScreen:
    await mark(deck, *job_ids)
    await deck.press(binding)
    screen = shown(deck)
    assert isinstance(screen, BulkScreen)
    return screen


def shown(deck: Deck) -> Screen[Any]:
    """The screen on top, as mypy has not narrowed it."""
    return deck.app.screen


def exports_in(folder: Path) -> list[Path]:
    """The files that were saved."""
    return list((folder / "exports").iterdir())


def sent(deck: Deck, name: str = "rerun") -> list[str]:
    return [args[0].id for args in deck.scripts["alpha"].called(name)]


async def test_nothing_is_sent_before_it_was_confirmed_and_then_once(deck: Deck, tmp_path: Path) -> None:
    await mark(deck, "1")
    await deck.press("rerun")
    assert isinstance(shown(deck), ConfirmDialog), "one mark is confirmed as ever"
    await press(deck, "escape")
    await mark(deck, "2", "5")
    for _ in range(2):
        deck.app.post_message(events.Key("B", "B"))
    await deck.settle()
    assert [type(screen) for screen in deck.app.screen_stack] == [Dashboard, BulkScreen]
    await press(deck, "escape")
    assert (shown(deck), sent(deck)) == (deck.dashboard, [])
    await deck.press("rerun")
    text = deck.screen_text
    assert "Rerun 2 jobs?   of 3 marked" in text
    assert "alpha 2 + 1 left out" in text
    assert "rerun 1" in text
    assert "it is running already" in text
    await press(deck, "q")
    assert (shown(deck), sent(deck), deck.engine.bulk) == (deck.dashboard, [], None)

    screen = await open_bulk(deck, "rerun")
    for _ in range(3):
        deck.app.post_message(events.Key("enter", "\r"))
    await deck.settle()
    await deck.advance(1)
    assert sent(deck) == ["1", "2"]
    assert screen.run is not None
    assert screen.run.is_over
    assert "2 of 2 sent" in deck.screen_text
    assert len(deck.dashboard.table.marks) == 0

    deck.app.startup = deck.app.startup._replace(state_dir=tmp_path)
    await press(deck, "1", "s", "1", "s", "2", "s", "3", "y")
    saved = {path.suffix: path.read_text() for path in exports_in(tmp_path)}
    assert set(saved) == {".md", ".csv", ".json"}
    assert saved[".md"].startswith("# rerun of 2 jobs\n")
    statuses = [job["status"] for job in json.loads(saved[".json"])["jobs"]]
    assert statuses == [item.status for item in screen.run.items]
    assert statuses[2] == "skipped"
    assert any(notice.startswith("summary copied") for notice in deck.notices)


async def test_action_and_options_are_chosen_by_key_or_mouse(deck: Deck) -> None:
    screen = await open_bulk(deck, "bulk", "1", "2")
    await deck.pilot.click("#options", offset=(10, 0))
    await deck.settle()
    assert screen.options.kind is ActionKind.TRIGGER
    await deck.press("stop")
    assert "Not possible: no job that this can be done to" in deck.screen_text
    await press(deck, "enter", "y", "2")
    assert deck.engine.bulk is None
    await deck.press("mark_all")
    assert "Stop 1 job?   of 5 listed" in deck.screen_text
    await press(deck, "tab", "c", "i", "l", "L", "l", "n")
    assert screen.options == BulkOptions(STOP, is_turned=True, is_all=True, limits=BulkLimits(3, 1, 5, 50))
    assert "by force: yes" in deck.screen_text
    await press(deck, "enter")
    assert sent(deck, "stop") == []
    await press(deck, "y")
    assert deck.scripts["alpha"].called("stop")[0][-1] is True
    await press(deck, "c", "R", "T")
    assert len(deck.scripts["alpha"].called("stop")) == 1
    assert sent(deck) == sent(deck, "trigger") == []


async def test_progress_is_told_live_and_an_abort_keeps_the_rest_from_being_sent(deck: Deck) -> None:
    deck.scripts["alpha"].answer(RERUN, Accepted("r9"))
    deck.scripts["alpha"].answer(RERUN, errors.ActionRefused("the task is busy"))
    screen = await open_bulk(deck, "bulk", "1", "2", "3", "4")
    await press(deck, *["i"] * 5, "enter")
    assert screen.options.limits.stagger_s == 30
    assert "accepted r9" in deck.screen_text
    assert "Rerunning: 1 of 4 sent" in deck.screen_text
    await deck.advance(31)
    assert "refused: the task is busy" in deck.screen_text
    deck.scripts["alpha"].change("1", state=State.RUNNING, run_id="r9", started_at=deck.clock.now())
    await deck.advance(25)
    assert "observed r9: running" in deck.screen_text
    await press(deck, "escape")
    assert "2 jobs not sent yet." in deck.screen_text
    await press(deck, "escape")
    assert shown(deck) is screen
    await press(deck, "escape", "a")
    assert "not sent: aborted" in deck.screen_text
    await deck.advance(100)
    assert sent(deck) == ["1", "2"]
    await press(deck, "escape")
    assert shown(deck) is deck.dashboard


async def test_it_goes_on_in_the_background_and_quitting_meanwhile_asks(deck: Deck) -> None:
    await open_bulk(deck, "bulk", "1", "2")
    await press(deck, *["i"] * 5, "enter", "escape", "b")
    assert shown(deck) is deck.dashboard
    assert "many: 1 of 2 sent" in deck.screen_text
    await deck.press("bulk")
    assert "Rerunning: 1 of 2 sent" in deck.screen_text
    await press(deck, "escape", "b")
    await deck.advance(31)
    assert sent(deck) == ["1", "2"]
    assert "rerun: 2 of 2 sent" in deck.notices
    await deck.press("bulk")
    assert "Rerun is over: 2 of 2 sent" in deck.screen_text
    await press(deck, "escape")

    again = await open_bulk(deck, "bulk", "3", "4")
    assert again.is_planning
    await press(deck, *["i"] * 5, "enter", "escape", "b")
    await deck.press("interrupt")
    assert any("1 not sent yet never will be" in notice for notice in deck.notices)
    await deck.press("quit")
    assert isinstance(shown(deck), LeavingDialog)
    assert "Quit with 1 job not sent yet?" in deck.screen_text
    await press(deck, "escape")
    assert shown(deck) is deck.dashboard
    await deck.press("quit")
    await press(deck, "y")
    assert deck.app._exit
    assert sent(deck) == ["1", "2", "3"]


async def test_production_takes_the_number_on_the_smallest_screen(tmp_path: Path) -> None:
    clock = FakeClock()
    scripts = {"alpha": make_script(clock)}
    async with running_deck(tmp_path, scripts, clock, environment="prod", size=(60, 15)) as deck:
        await open_bulk(deck, "bulk", "1", "2")
        assert "Type the number of jobs to confirm: 2" in deck.screen_text
        await press(deck, "enter", "y", "3", "enter")
        assert sent(deck) == []
        await press(deck, "backspace", "2", "enter", "enter")
        await deck.advance(1)
        assert sent(deck) == ["1", "2"]


class TestOptions:
    def test_values_go_round(self) -> None:
        options = BulkOptions()
        for _ in range(8):
            options = options.with_limit("at_once", 1)
        assert options.limits.at_once == 2
        assert BulkOptions().with_limit("most_failures", -3).limits.most_failures == 0

    def test_the_order_holds_what_was_chosen(self) -> None:
        chosen = Chosen([make_job("1").key], [make_job("1").key, make_job("2").key])
        assert len(BulkOptions(is_all=True).order(chosen).jobs) == 2
        order = BulkOptions(RERUN, is_turned=True).order(chosen)
        assert (order.is_failed_only, order.is_forced, len(order.jobs)) == (True, False, 1)
        assert not BulkOptions(RERUN, is_turned=True).of_kind(STOP).is_turned

    @pytest.mark.parametrize(
        ("changes", "kind"),
        [({"state": State.RUNNING}, STOP), ({"is_held": True}, ActionKind.RELEASE), ({}, RERUN)],
    )
    def test_what_is_most_likely_wanted_comes_first(self, changes: dict[str, Any], kind: ActionKind) -> None:
        assert usual_kind([make_job(**changes)]) is kind
        assert usual_kind([make_job(**changes), make_job("2")]) is RERUN
