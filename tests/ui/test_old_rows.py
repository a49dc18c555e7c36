"""The question tells how old the row is, and its answer is not for a job that has changed since."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.state import State
from tui.ui.screens.confirm import ConfirmDialog


@pytest.fixture
async def deck(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    script = Script(clock)
    script.add(make_job("1", name="import", state=State.FAILED, run_id="r1", ended_at=START))
    async with running_deck(tmp_path, {"alpha": script}, clock) as deck:
        deck.engine.set_paused(True)
        await deck.advance(125)
        await deck.press("rerun")
        assert isinstance(deck.app.screen, ConfirmDialog)
        yield deck


async def confirm(deck: Deck) -> list[object]:
    await deck.pilot.press("enter")
    await deck.settle()
    return list(deck.scripts["alpha"].called("rerun"))


async def test_an_old_row_is_told_and_read_again(deck: Deck) -> None:
    assert "row seen  2m ago, state failed: read again before it is sent" in deck.screen_text
    before = deck.scripts["alpha"].sweeps
    assert len(await confirm(deck)) == 1
    assert deck.scripts["alpha"].sweeps > before


async def test_what_a_colleague_started_meanwhile_is_not_started_again(deck: Deck) -> None:
    deck.scripts["alpha"].change("1", state=State.RUNNING, run_id="r2")
    assert await confirm(deck) == []
    told = "another run began meanwhile: it is running: nothing was sent (look at it, and confirm again)"
    assert deck.notices[-1] == f"rerun import: refused, {told}"
