"""Writing a filter: what is proposed, what comes back from earlier, what is wrong, all in one line."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events

from tests.support.clock import FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.config.past_filters import load_filters
from tui.core.state import State
from tui.ui.widgets.completing import Completing, Written
from tui.ui.widgets.filter_line import FilterLine
from tui.ui.widgets.proposals import MOST_LINES, Proposals
from tui.ui.widgets.query_input import LONGEST_PASTE, QueryInput
from tui.ui.widgets.recall import Recall

NAMES = {" ": "space", ":": "colon", ">": "greater_than_sign", "~": "tilde"}
VALUES = {"conn": ["talend-prod", "talend-stage"]}


@pytest.fixture
async def deck(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    script = Script(clock)
    script.add(
        make_job("1", name="load_customers", state=State.FAILED, path="DWH", tags=("nightly",)),
        make_job("2", name="hourly_sync", state=State.RUNNING, path="DWH"),
        make_job("3", name="build_marts", state=State.SCHEDULED, path="CRM"),
    )
    async with running_deck(tmp_path, {"alpha": script}, clock, state_dir=tmp_path / "ui") as deck:
        await deck.press("find")
        yield deck


def line_of(deck: Deck) -> FilterLine:
    return deck.dashboard.query_one(FilterLine)


def input_of(deck: Deck) -> QueryInput:
    return deck.dashboard.query_one(QueryInput)


def listed(deck: Deck) -> list[str]:
    proposals = deck.dashboard.query_one(Proposals)
    assert bool(proposals.items) <= proposals.display
    return [item.text for item in proposals.items]


async def press(deck: Deck, *keys: str) -> None:
    await deck.pilot.press(*keys)
    await deck.pilot.pause()


async def write(deck: Deck, text: str) -> None:
    await press(deck, *(NAMES.get(letter, letter) for letter in text))


async def keep(deck: Deck, text: str) -> None:
    await write(deck, text)
    await press(deck, "enter")
    await deck.settle()
    await deck.press("find")
    await press(deck, "ctrl+u")


async def test_fields_and_values_are_proposed_taken_walked_through_and_closed(deck: Deck) -> None:
    assert listed(deck) == []
    await write(deck, "sta")
    assert listed(deck) == ["state:", "since:"]
    assert "what the job is doing now" in deck.screen_text
    assert input_of(deck).ghost == "te:"
    await press(deck, "right")
    assert line_of(deck).text == "state:"
    assert listed(deck)[:2] == ["queued", "running"]
    assert "it ended badly · 1 job" in deck.screen_text
    await write(deck, "fa")
    await press(deck, "tab")
    assert line_of(deck).text == "state:failed"
    assert deck.rows == ["load_customers"]
    assert listed(deck) == []
    await press(deck, "ctrl+u")
    await write(deck, "path:")
    assert listed(deck) == ["CRM", "DWH"]
    await press(deck, "tab")
    assert (line_of(deck).text, deck.rows) == ("path:CRM", ["build_marts"])
    await press(deck, "down")
    assert (line_of(deck).text, len(deck.rows)) == ("path:DWH", 2)
    await press(deck, "up")
    assert line_of(deck).text == "path:CRM"
    await press(deck, "shift+tab")
    assert line_of(deck).text == "path:"
    await press(deck, "tab", "escape")
    assert listed(deck) == []
    assert line_of(deck).text == "path:CRM"
    assert line_of(deck).is_editing
    await press(deck, "escape")
    assert (line_of(deck).text, len(deck.rows)) == ("", 3)
    assert deck.dashboard.table.has_focus
    await deck.press("find")
    await press(deck, "ctrl+u")
    await press(deck, "tab")
    assert listed(deck)[0] == "state:"
    assert deck.dashboard.query_one(Proposals).size.height == MOST_LINES
    for _ in range(MOST_LINES + 1):
        await deck.pilot.press("down")
    await deck.settle()
    chosen = deck.dashboard.query_one(Proposals).chosen
    assert line_of(deck).text == listed(deck)[chosen]
    assert f"{listed(deck)[chosen]} " in deck.screen_text
    await press(deck, "escape", "ctrl+u")
    assert listed(deck) == []
    assert input_of(deck).ghost == ""
    await write(deck, "marts")
    assert listed(deck) == []
    await press(deck, "down")
    assert deck.dashboard.table.has_focus
    assert deck.rows == ["build_marts"]


async def test_what_is_wrong_is_underlined_and_what_is_unfinished_is_insisted_on(deck: Deck) -> None:
    await write(deck, "state:failed du")
    await write(deck, "r>")
    assert input_of(deck).wrong is None
    assert deck.rows == ["load_customers"], "the word that becomes a field hides nothing"
    await press(deck, "backspace", "backspace", "backspace", "backspace", *"sttate", "colon", "x")
    assert input_of(deck).wrong == (13, 19)
    style = next(s.style for s in input_of(deck).render_line(0) if s.text == "sttate")
    assert style is not None
    assert style.underline
    assert "did you mean state" in deck.screen_text
    await press(deck, "enter")
    assert line_of(deck).is_editing
    # What the systems tell meanwhile does not hide it.
    deck.scripts["alpha"].change("1", message="again")
    await deck.advance(20)
    assert "did you mean state" in deck.screen_text
    await press(deck, "ctrl+u")
    assert input_of(deck).wrong is None
    assert "3 jobs" in deck.screen_text
    await write(deck, "state:")
    assert input_of(deck).wrong is None
    await press(deck, "enter")
    assert line_of(deck).is_editing
    assert input_of(deck).wrong is not None
    assert "queued" in listed(deck)
    await press(deck, "down", "down", "down", "down", "down", "enter")
    assert deck.dashboard.board.query.text == "state:failed"
    assert deck.dashboard.table.has_focus


async def test_a_pasted_text_becomes_one_line_and_the_list_fits_a_small_terminal(deck: Deck) -> None:
    input_of(deck).post_message(events.Paste("state:failed\n  path:DWH\r\n\x1b[31m\tload\n"))
    await deck.settle()
    assert line_of(deck).text == "state:failed path:DWH [31m load"
    await press(deck, "ctrl+u")
    input_of(deck).post_message(events.Paste("x" * 100_000))
    await deck.settle()
    assert len(line_of(deck).text) == LONGEST_PASTE
    await press(deck, "ctrl+u")
    await deck.pilot.resize_terminal(60, 15)
    await write(deck, "state")
    await write(deck, ":")
    region = deck.dashboard.query_one(Proposals).region
    assert region.right <= 60
    assert region.bottom <= 15


async def test_earlier_filters_come_back_by_their_beginning(deck: Deck, tmp_path: Path) -> None:
    for text in ("state:failed", "marts", "path:DWH"):
        await keep(deck, text)
    assert load_filters(tmp_path / "ui") == ("path:DWH", "marts", "state:failed")
    await press(deck, "up")
    assert (line_of(deck).text, len(deck.rows)) == ("path:DWH", 2)
    await press(deck, "ctrl+p")
    assert deck.rows == ["build_marts"]
    await press(deck, "down", "ctrl+n")
    assert (line_of(deck).text, len(deck.rows)) == ("", 3)
    await write(deck, "st")
    await press(deck, "up")
    assert line_of(deck).text == "state:failed"
    await press(deck, "up", "ctrl+n")
    assert line_of(deck).text == "st"
    await press(deck, "ctrl+u")
    await write(deck, "mar")
    assert input_of(deck).ghost == "ts"
    await press(deck, "right", "enter")
    await deck.settle()
    assert load_filters(tmp_path / "ui") == ("marts", "path:DWH", "state:failed")
    await deck.press("find")
    await press(deck, "ctrl+u")
    deck.engine.redactor.add("hunter2hunter2")
    await keep(deck, "message~hunter2hunter2")
    assert load_filters(tmp_path / "ui") == ("marts", "path:DWH", "state:failed")


def test_a_proposal_in_the_middle_leaves_what_stands_behind_it() -> None:
    completing = Completing()
    completing.values = VALUES
    completing.look(Written("conn:ta and x", 7))
    assert completing.ghost == ""
    assert completing.turn(1) == Written("conn:talend-prod and x", 16)
    assert completing.turn(1) == Written("conn:talend-stage and x", 17)
    assert completing.turn(1) == Written("conn:talend-prod and x", 16)
    assert completing.turn(-1) == Written("conn:ta and x", 7)
    assert completing.turn(-1) == Written("conn:talend-stage and x", 17)


def test_a_closed_list_stays_closed_for_this_word_only() -> None:
    completing = Completing()
    completing.look(Written("sta", 3))
    assert completing.close()
    completing.look(Written("stat", 4))
    assert not completing.items
    completing.look(Written("stat du", 7))
    assert [item.text for item in completing.items] == ["dur>"]
    assert not Completing().close()


def test_a_walk_begins_anew_after_an_edit() -> None:
    recall = Recall()
    recall.entries = ["state:failed", "State:running", "marts"]
    assert recall.later() is None
    assert recall.earlier("STATE") == "state:failed"
    assert recall.earlier("anything") == "State:running"
    assert recall.earlier("anything") is None
    assert recall.is_walking
    recall.stop()
    assert recall.earlier("m") == "marts"
    assert recall.later() == "m"
    assert not recall.is_walking
