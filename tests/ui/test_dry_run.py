"""On the screen of a dry run nobody can miss that nothing is sent; and every question shows its call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.errors import Unreachable
from tui.core.models import ActionKind
from tui.core.state import State
from tui.ui.screens.call import CallScreen
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.takeaway import CLIPBOARD_FILE

HOSTILE = "a'b $(id) [bold]\x1b[31m"


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(
        make_job("1", name="import", state=State.FAILED, run_id="r1", ended_at=START),
        make_job("2", name="marts", state=State.FAILED, run_id="r2", ended_at=START),
        make_job(HOSTILE, name=HOSTILE, state=State.FAILED, run_id="r3", ended_at=START),
    )
    return script


@pytest.fixture
async def deck(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock, state_dir=tmp_path) as deck:
        yield deck


@pytest.fixture
async def dry(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    async with running_deck(
        tmp_path, {"alpha": make_script(clock)}, clock, environment="prod", is_dry_run=True
    ) as deck:
        deck.engine.actions.is_dry_run = True
        yield deck


async def press(deck: Deck, *keys: str) -> None:
    for key in keys:
        await deck.pilot.press(key)
        await deck.settle()


async def ask(deck: Deck, job_id: str) -> None:
    deck.dashboard.table.go_to(make_job(job_id).key)
    await deck.press("rerun")
    assert isinstance(deck.app.screen, ConfirmDialog)


def first_line(deck: Deck) -> str:
    return deck.screen_text.partition("\n")[0]


def sent(deck: Deck) -> list[str]:
    kinds = {kind.value for kind in ActionKind}
    return [call.name for call in deck.scripts["alpha"].calls if call.name in kinds]


async def test_a_rerun_is_rehearsed_and_told(dry: Deck) -> None:
    await ask(dry, "1")
    assert "DRY RUN   Rerun import on alpha?" in dry.screen_text
    assert "ctrl-o show the call" in dry.screen_text
    await dry.type("imp")
    await press(dry, "ctrl+o")
    assert isinstance(dry.app.screen, CallScreen)
    await press(dry, "ctrl+o")
    await dry.type("ort")
    await press(dry, "enter")
    assert sent(dry) == []
    assert any("rerun import: dry run, nothing was sent; it would have been: POST" in n for n in dry.notices)
    assert "rerun: dry run now, not sent" in dry.screen_text
    assert await dry.engine.journal.entries() == []


async def test_acting_on_many_is_rehearsed_and_told_at_every_width(dry: Deck) -> None:
    for columns in (200, 80, 40, 120):
        await dry.pilot.resize_terminal(columns, 36)
        await dry.settle()
        assert " DRY RUN " in first_line(dry)
    await dry.press("mark_all", "rerun")
    await dry.settle()
    assert "DRY RUN" in dry.screen_text
    assert "WHAT WOULD BE SENT" in dry.screen_text
    await press(dry, "3", "enter")
    await dry.advance(5)
    assert "3 of 3 rehearsed, none sent" in dry.screen_text
    assert "dry run: nothing was sent; it would have been" in dry.screen_text
    assert sent(dry) == []


async def test_the_call_is_shown_over_the_question(deck: Deck, tmp_path: Path) -> None:
    await ask(deck, "1")
    assert "DRY RUN" not in deck.screen_text
    assert "c show the call" in deck.screen_text
    await press(deck, "c")
    assert isinstance(deck.app.screen, CallScreen)
    assert "curl https://alpha.example.com/rerun/1" in deck.screen_text
    await press(deck, "y", "enter", "y")
    assert (tmp_path / CLIPBOARD_FILE).read_text().startswith("curl https://alpha.example.com/rerun/1 \\\n")
    assert (isinstance(deck.app.screen, CallScreen), sent(deck)) == (True, [])
    await press(deck, "c")
    assert isinstance(deck.app.screen, ConfirmDialog)
    await press(deck, "c", "escape", "enter")
    assert sent(deck) == ["rerun"]


async def test_a_hostile_name_does_no_harm_and_a_failure_is_told(deck: Deck) -> None:
    await ask(deck, HOSTILE)
    await press(deck, "c")
    assert isinstance(deck.app.screen, CallScreen)
    text = deck.screen_text
    assert "[bold]" in text
    assert "\x1b" not in text
    assert "a%27b%20%24%28id%29%20%5Bbold%5D" in text
    await press(deck, "escape")
    deck.engine._connections.adapter = _away  # type: ignore[assignment]
    await press(deck, "c")
    assert isinstance(deck.app.screen, ConfirmDialog)
    assert any("no call to show: alpha is away" in notice for notice in deck.notices)


async def _away(connection: str) -> None:
    raise Unreachable(f"{connection} is away")
