"""What is asked before a change: options that can be turned, deleting, jobs in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.models import Action, ActionKind, Parameter
from tui.core.state import State
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.sequence import SequenceDialog


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(
        make_job("1", name="import", state=State.FAILED, run_id="r1", ended_at=START),
        make_job("2", name="report", state=State.RUNNING, run_id="r2", started_at=START - timedelta(60)),
        make_job("3", name="marts", state=State.SCHEDULED),
    )
    return script


@pytest.fixture
async def deck(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock) as deck:
        yield deck


async def ask(deck: Deck, job_id: str, action: str) -> ConfirmDialog:
    deck.dashboard.table.go_to(make_job(job_id).key)
    await command(deck, action)
    assert isinstance(deck.app.screen, ConfirmDialog)
    return deck.app.screen


async def command(deck: Deck, action: str) -> None:
    """Do what the palette does with a command that has no key."""
    await deck.app.run_action(f"screen.{action}", deck.dashboard)
    await deck.settle()


async def press(deck: Deck, *keys: str) -> None:
    for key in keys:
        await deck.pilot.press(key)
        await deck.settle()


def calls(deck: Deck, name: str) -> list[tuple[object, ...]]:
    return list(deck.scripts["alpha"].called(name))


async def test_only_what_failed_is_repeated_when_that_is_chosen(deck: Deck) -> None:
    await ask(deck, "1", "rerun")
    assert "tab only what failed" in deck.screen_text
    await press(deck, "tab")
    assert "Rerun import on alpha only what failed?" in deck.screen_text
    await press(deck, "tab")
    assert "tab only what failed" in deck.screen_text
    await press(deck, "tab", "enter")
    assert [args[-1] for args in calls(deck, "rerun")] == [True]


async def test_a_stop_by_force_takes_a_yes(deck: Deck) -> None:
    await ask(deck, "2", "stop")
    await press(deck, "tab", "enter")
    assert calls(deck, "stop") == []
    assert "Stop report on alpha by force?" in deck.screen_text
    await press(deck, "y")
    assert [args[-1] for args in calls(deck, "stop")] == [True]


async def test_a_job_is_deleted_when_its_name_was_typed(deck: Deck) -> None:
    await ask(deck, "3", "delete")
    await deck.type("y")
    await press(deck, "enter")
    assert calls(deck, "delete") == []
    await press(deck, "backspace")
    await deck.type("marts")
    await press(deck, "enter")
    assert len(calls(deck, "delete")) == 1
    await deck.advance(20)
    assert "marts" not in deck.rows


async def test_what_can_only_be_released_is_released(deck: Deck) -> None:
    deck.scripts["alpha"].reasons[ActionKind.HOLD] = "it has no schedule to hold"
    await ask(deck, "3", "hold")
    await press(deck, "enter")
    assert (calls(deck, "hold"), len(calls(deck, "release"))) == ([], 1)


class TestLacking:
    @pytest.fixture(autouse=True)
    def takes(self, deck: Deck) -> None:
        """The job takes two parameters, of which one must be given."""
        wanted = [Parameter("ticket", is_required=True), Parameter("day", default="today", is_required=True)]
        deck.scripts["alpha"].parameters["3"] = wanted

    async def test_a_trigger_without_what_it_needs_is_not_sent_and_told_how(self, deck: Deck) -> None:
        await ask(deck, "3", "rerun")
        assert "Not possible: it needs a value for ticket" in deck.screen_text
        assert "e edit parameters" in deck.screen_text
        await press(deck, "enter", "y")
        assert calls(deck, "trigger") == []

    async def test_filled_in_it_is_sent_once(self, deck: Deck) -> None:
        await ask(deck, "3", "rerun")
        await press(deck, "e")
        await deck.type("T-1000")
        await press(deck, "enter")
        assert "Not possible" not in deck.screen_text
        await press(deck, "enter")
        ((_, params, *_),) = calls(deck, "trigger")
        assert params == {"ticket": "T-1000", "day": "today"}

    async def test_an_answer_that_comes_after_it_was_filled_in_takes_nothing_back(self, deck: Deck) -> None:
        dialog = await ask(deck, "3", "rerun")
        gate, late = asyncio.Event(), ("ticket",)

        async def lacking(_: Action) -> tuple[str, ...]:
            await gate.wait()
            return late

        asking = asyncio.create_task(dialog._look_for_lacking(lacking))
        await press(deck, "e")
        await deck.type("T-1000")
        await press(deck, "enter")
        gate.set()
        await asking
        await deck.settle()
        assert "Not possible" not in deck.screen_text

    async def test_the_system_is_asked_once(self, deck: Deck) -> None:
        await ask(deck, "3", "rerun")
        assert len(calls(deck, "list_parameters")) == 1

    async def test_a_rerun_repeats_what_was_given_and_asks_for_nothing(self, deck: Deck) -> None:
        await ask(deck, "1", "rerun")
        assert "Not possible" not in deck.screen_text
        assert calls(deck, "list_parameters") == []


class TestInOrder:
    async def mark(self, deck: Deck, *job_ids: str) -> None:
        for job_id in job_ids:
            deck.dashboard.table.go_to(make_job(job_id).key)
            await deck.press("mark")

    async def end(self, deck: Deck, job_id: str, state: State = State.SUCCEEDED) -> None:
        deck.scripts["alpha"].change(job_id, state=state, last_result=state, ended_at=deck.clock.now())
        await deck.advance(20)

    async def test_jobs_run_in_the_order_of_their_marks(self, deck: Deck) -> None:
        await self.mark(deck, "3", "1")
        await command(deck, "run_in_order")
        assert isinstance(deck.app.screen, SequenceDialog)
        text = deck.screen_text
        assert "Run 2 jobs one after the other?" in text
        assert text.index("1. marts") < text.index("2. import")
        await press(deck, "enter")
        assert [args[0].id for args in calls(deck, "trigger")] == ["3"]  # type: ignore[attr-defined]
        assert "in order: 1 of 2: marts running" in deck.screen_text
        await self.end(deck, "3")
        assert [args[0].id for args in calls(deck, "trigger")] == ["3", "1"]  # type: ignore[attr-defined]
        await self.end(deck, "1", State.FAILED)
        assert "2 of 2: import failed" in deck.notices

    async def test_pressed_again_it_starts_no_more(self, deck: Deck) -> None:
        await self.mark(deck, "3", "1")
        await command(deck, "run_in_order")
        await press(deck, "enter")
        await command(deck, "run_in_order")
        await self.end(deck, "3")
        assert len(calls(deck, "trigger")) == 1

    async def test_one_job_is_no_sequence(self, deck: Deck) -> None:
        await self.mark(deck, "3")
        await command(deck, "run_in_order")
        assert any("mark the jobs first" in notice for notice in deck.notices)

    async def test_going_back_sends_nothing(self, deck: Deck) -> None:
        await self.mark(deck, "3", "1")
        await command(deck, "run_in_order")
        await press(deck, "escape")
        assert (calls(deck, "trigger"), len(deck.dashboard.table.marks)) == ([], 2)
