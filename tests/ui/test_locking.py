"""Read-only on the screen: put on with a key, lifted for a while after a question, down again by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import FullAdapter, Script, make_job, scripted_spec
from tui.core.models import ActionKind, Health
from tui.core.state import State
from tui.ui.screens.command_palette import Palette
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.log_screen import LogScreen
from tui.ui.screens.unlock import UnlockDialog

LOCKED = "nightdeck is read-only: nothing is sent; K unlocks it"


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(make_job("1", name="import", state=State.FAILED, run_id="r1", ended_at=START))
    return script


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def deck(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Deck]:
    async with running_deck(
        tmp_path, {"alpha": make_script(clock)}, clock, is_read_only=True, environment="prod"
    ) as deck:
        yield deck


async def keys(deck: Deck, *keys: str) -> None:
    for key in keys:
        await deck.pilot.press(key)
        await deck.settle()


async def unlock(deck: Deck, typed: str = "unlock") -> None:
    await deck.press("lock")
    assert isinstance(deck.app.screen, UnlockDialog)
    await deck.type(typed)
    await keys(deck, "enter")


async def look(deck: Deck, seconds: float) -> None:
    """Let time pass, and the second tick of the screen come."""
    await deck.advance(seconds)
    deck.dashboard._tick()
    await deck.settle()


def sent(deck: Deck) -> int:
    return sum(len(deck.scripts["alpha"].called(kind.value)) for kind in ActionKind)


async def test_production_is_unlocked_by_typing_the_word(deck: Deck) -> None:
    assert "read-only" in deck.screen_text.splitlines()[-1]
    await deck.press("rerun")
    assert (deck.notices[-1], sent(deck)) == (LOCKED, 0)
    await unlock(deck, "y")
    assert isinstance(deck.app.screen, UnlockDialog)
    await keys(deck, "backspace")
    assert deck.engine.is_read_only
    await deck.type("unlock")
    await keys(deck, "enter")
    assert "unlocked 10:00" in deck.screen_text.splitlines()[0]
    await deck.press("lock")
    assert deck.engine.is_read_only
    assert deck.notices[-1] == "read-only: nothing is sent; K unlocks it"
    assert "unlocked" not in deck.screen_text.splitlines()[0]


async def test_the_first_line_counts_down_and_it_locks_by_itself(deck: Deck) -> None:
    await unlock(deck)
    await look(deck, 19)
    assert "unlocked 9:41" in deck.screen_text.splitlines()[0]
    deck.app.use_slow_link("on")
    assert deck.app.unlocked_told == "unlocked 10m", "in minutes on a slow line"
    deck.app.use_slow_link("off")
    assert deck.dashboard.reason_against("rerun") == ""
    await look(deck, 581)
    assert "unlocked" not in deck.screen_text.splitlines()[0]
    assert deck.notices[-1] == "the time is over: read-only again, nothing is sent; K unlocks it"
    assert deck.dashboard.reason_against("rerun") == LOCKED
    before = len(deck.notices)
    await look(deck, 1)
    assert len(deck.notices) <= before, "told once"


async def test_a_question_that_is_open_then_is_refused(deck: Deck) -> None:
    await unlock(deck)
    await deck.press("rerun")
    assert isinstance(deck.app.screen, ConfirmDialog)
    await look(deck, 600)
    assert "Not possible: nightdeck is read-only" in deck.screen_text
    await keys(deck, "enter")
    assert sent(deck) == 0


async def test_an_answer_within_the_second_before_the_screen_looks_is_refused_too(deck: Deck) -> None:
    await unlock(deck)
    await deck.press("rerun")
    await deck.type("import")
    await deck.clock.advance(600)
    await keys(deck, "enter")
    assert sent(deck) == 0
    assert "rerun import: refused, nightdeck is read-only: nothing is sent" in deck.notices


async def test_another_span_is_chosen_with_a_key_also_over_the_palette(deck: Deck) -> None:
    await deck.press("palette")
    assert isinstance(deck.app.screen, Palette)
    await deck.type("lock or")
    await keys(deck, "enter")
    assert "Allow actions for 10m?" in deck.screen_text
    await keys(deck, "tab")
    assert "Allow actions for 30m?" in deck.screen_text
    await keys(deck, "tab")
    await deck.type("unlock")
    await keys(deck, "enter")
    assert deck.engine.actions.guard.lock.remaining_s == 300


async def test_the_key_works_in_a_log_as_well(deck: Deck) -> None:
    await deck.press("open_log")
    assert isinstance(deck.app.screen, LogScreen)
    await unlock(deck)
    assert not deck.engine.is_read_only
    await deck.press("lock")
    assert deck.engine.is_read_only


@pytest.mark.parametrize(
    ("environment", "expects"),
    [("", ""), ("dev", ""), ("stage", "y"), ("prod", "unlock"), ("production-eu", "unlock")],
)
def test_it_takes_what_the_most_guarded_connection_takes(environment: str, expects: str) -> None:
    others = [Health("alpha", "local"), Health("beta", "local", environment="dev")]
    dialog = UnlockDialog([*others, Health("gamma", "local", environment=environment)], 600)
    assert dialog.expects == expects
    for answer in ("", "y", "unlock"):
        assert dialog.is_confirmed_by(answer) is (answer == expects or not expects)


async def test_a_key_that_is_too_little_for_stage_unlocks_nothing(tmp_path: Path, clock: FakeClock) -> None:
    scripts = {"alpha": make_script(clock)}
    async with running_deck(tmp_path, scripts, clock, is_read_only=True, environment="stage") as deck:
        await deck.press("lock")
        await keys(deck, "enter")
        assert deck.engine.is_read_only
        await keys(deck, "y")
        assert not deck.engine.is_read_only


async def test_a_session_that_began_open_is_locked_and_unlocked_the_same_way(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock) as deck:
        assert "unlocked" not in deck.screen_text.splitlines()[0]
        await deck.press("lock")
        assert deck.dashboard.reason_against("rerun") == LOCKED
        await deck.press("lock")
        await keys(deck, "enter")
        assert "unlocked 10:00" in deck.screen_text.splitlines()[0]
        await look(deck, 600)
        assert deck.engine.is_read_only


async def test_what_the_config_locks_stays_locked_and_says_where_to_change_it(
    tmp_path: Path, clock: FakeClock
) -> None:
    fixed = replace(scripted_spec("beta", make_script(clock), FullAdapter), is_read_only=True)
    scripts = {"alpha": make_script(clock)}
    async with running_deck(tmp_path, scripts, clock, specs=[fixed], is_read_only=True) as deck:
        await deck.press("lock")
        assert "beta: read_only in the config file" in deck.screen_text
        await keys(deck, "enter")
        deck.dashboard.table.go_to(make_job("1", connection="beta").key)
        await deck.settle()
        reason = deck.dashboard.reason_against("rerun")
        assert reason == "the connection beta is read-only in the config file: nothing is sent"


async def test_where_everything_is_locked_by_the_config_nothing_can_be_lifted(
    tmp_path: Path, clock: FakeClock
) -> None:
    fixed = replace(scripted_spec("beta", make_script(clock), FullAdapter), is_read_only=True)
    async with running_deck(tmp_path, {}, clock, specs=[fixed], is_read_only=True) as deck:
        await deck.press("lock")
        assert "Not possible: every connection is read_only in the config file" in deck.screen_text
        await keys(deck, "enter")
        assert deck.engine.is_read_only
