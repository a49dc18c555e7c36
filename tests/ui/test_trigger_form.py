"""Filling in parameters: checked as typed, brought in from earlier runs, edited outside, and sent once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.screen import Screen

from tests.support.clock import FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job, make_run
from tui.core import errors
from tui.core.models import Parameter
from tui.core.redaction import MASK
from tui.core.state import State
from tui.ui.screens.confirm import ConfirmDialog
from tui.ui.screens.trigger_form import TriggerForm

PARAMETERS = [
    Parameter("load_date", "date", description="the day to load", is_required=True),
    Parameter("region", default="EU", choices=("EU", "US", "APAC")),
    Parameter("full", "boolean", default="false"),
    Parameter("options", "json"),
    Parameter("api_token"),
]


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(
        make_job("1", name="import", state=State.FAILED, run_id="r1"),
        make_job("2", name="free", state=State.SCHEDULED),
    )
    script.parameters["1"] = list(PARAMETERS)
    used = {"load_date": "2026-11-20", "region": "US", "gone": "x", "api_token": MASK}
    script.runs["1"] = [make_run("r1", "1", params=used)]
    return script


@pytest.fixture
async def deck(tmp_path: Path) -> AsyncIterator[Deck]:
    clock = FakeClock()
    async with running_deck(tmp_path, {"alpha": make_script(clock)}, clock) as deck:
        deck.app.startup = deck.app.startup._replace(state_dir=tmp_path / "ui")
        yield deck


async def press(deck: Deck, *keys: str) -> None:
    await deck.pilot.press(*keys)
    await deck.settle()


def stored_in(folder: Path) -> list[bytes]:
    """What is in the files of the folder."""
    stored = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert stored
    return stored


async def paste(deck: Deck, text: str) -> None:
    """A text as the terminal pastes it: one event instead of many keys."""
    deck.app.post_message(events.Paste(text))
    await deck.settle()


async def open_form(deck: Deck, job_id: str = "1") -> TriggerForm:
    deck.dashboard.table.go_to(make_job(job_id).key)
    await deck.press("trigger")
    form = shown(deck)
    assert isinstance(form, TriggerForm)
    await deck.clock.wait_until(lambda: bool(form.lines))
    await deck.settle()
    return form


def shown(deck: Deck) -> Screen[Any]:
    """The screen on top, as mypy has not narrowed it."""
    return deck.app.screen


def sent(deck: Deck) -> list[dict[str, str]]:
    return [args[1] for args in deck.scripts["alpha"].called("trigger")]


def use_editor(deck: Deck, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Let a shell script be the editor; the terminal need not be given away in a test."""
    editor = tmp_path / "editor.sh"
    editor.write_text(f"#!/bin/sh\n{script}\n")
    editor.chmod(0o700)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.setattr(type(deck.app), "suspend", lambda _: _Nothing())


class _Nothing:
    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


async def test_values_are_checked_where_they_are_typed_and_sent_once(deck: Deck) -> None:
    form = await open_form(deck)
    assert "Run import on alpha" in deck.screen_text
    assert "load_date*" in deck.screen_text
    assert "‹ EU ›  default" in deck.screen_text
    await press(deck, "enter")
    assert (shown(deck), sent(deck)) == (form, [])
    assert "✗ is required" in deck.screen_text
    assert "1 value is not right yet" in deck.screen_text
    await paste(deck, "2026-1")
    assert "✗ must be a date such as 2026-11-21" in deck.screen_text
    await paste(deck, "1-21")
    assert "✗ must" not in deck.screen_text
    await press(deck, "down", "right", "down", "space", "down")
    await paste(deck, '{"a": 1,}')
    assert "✗ line 1 column 9: " in deck.screen_text
    await press(deck, "backspace", "backspace", "}", "enter")
    assert isinstance(shown(deck), ConfirmDialog)
    wanted = {"load_date": "2026-11-21", "region": "US", "full": "true", "options": '{"a": 1}'}
    assert "load_date = 2026-11-21   region = US" in deck.screen_text
    assert sent(deck) == []
    for _ in range(3):
        deck.app.post_message(events.Key("enter", "\r"))
    await deck.settle()
    assert sent(deck) == [wanted]
    assert shown(deck) is deck.dashboard


async def test_going_back_sends_nothing_and_a_key_pressed_twice_asks_once(deck: Deck) -> None:
    await open_form(deck)
    await press(deck, "escape")
    assert (shown(deck), sent(deck)) == (deck.dashboard, [])
    await open_form(deck)
    await paste(deck, "2026-11-21")
    await press(deck, "enter", "e")
    form = shown(deck)
    assert isinstance(form, TriggerForm)
    await deck.clock.wait_until(lambda: bool(form.lines))
    assert form.values.given == {"load_date": "2026-11-21"}
    await press(deck, "escape")
    assert isinstance(shown(deck), ConfirmDialog)
    await press(deck, "escape")
    assert (shown(deck), sent(deck)) == (deck.dashboard, [])

    deck.dashboard.table.go_to(make_job("1").key)
    for key in ("R", "R", "T"):
        deck.app.post_message(events.Key(key, key))
    await deck.settle()
    assert len(deck.app.screen_stack) == 2
    await edit_a_rerun(deck)


async def edit_a_rerun(deck: Deck) -> None:
    """A rerun repeats the old parameters: with others it is a trigger."""
    assert "Rerun import on alpha?" in deck.screen_text
    await press(deck, "e")
    form = shown(deck)
    assert isinstance(form, TriggerForm)
    await deck.clock.wait_until(lambda: bool(form.lines))
    assert form.values.given["region"] == "US"
    await deck.settle()
    await press(deck, "enter")
    assert "is no parameter that the system tells of" in deck.screen_text
    line = next(line for line in form.lines if line.name_now == "gone")
    line.focus_value()
    await press(deck, "ctrl+r", "enter")
    assert "Run import on alpha?" in deck.screen_text
    await press(deck, "enter")
    assert sent(deck) == [{"load_date": "2026-11-20", "region": "US"}]
    assert deck.scripts["alpha"].called("rerun") == []


async def test_values_are_brought_in_chosen_and_kept_secret(deck: Deck, tmp_path: Path) -> None:
    form = await open_form(deck)
    await press(deck, "down", "a")
    assert form.values.given == {"region": "APAC"}
    await press(deck, "left")
    assert form.values.given == {"region": "US"}
    await press(deck, "backspace")
    assert form.values.given == {}
    await deck.pilot.click(form.lines[2].editor)
    await deck.settle()
    assert form.values.given == {"full": "true"}
    await press(deck, "escape")
    form = await open_form(deck)
    await press(deck, "ctrl+o")
    assert form.values.given == {"load_date": "2026-11-20", "region": "US"}
    assert "from run r1; api_token can't be brought back" in deck.screen_text
    await press(deck, *["backspace"] * 2, *"25", "enter", "escape")
    form = await open_form(deck)
    await press(deck, "ctrl+o")
    assert form.values.given["load_date"] == "2026-11-25"
    assert "from what was typed here before" in deck.screen_text
    await press(deck, "ctrl+o", "ctrl+r")
    assert form.values.given == {"region": "US"}
    await press(deck, "escape")
    form = await open_form(deck)
    await press(deck, "ctrl+o", "up")
    await paste(deck, "hunter2")
    assert form.values.given["api_token"] == "hunter2"
    assert "hunter2" not in deck.screen_text
    await press(deck, "enter")
    assert f"api_token = {MASK}" in deck.screen_text
    await press(deck, "enter")
    assert sent(deck)[0]["api_token"] == "hunter2"
    assert not any(b"hunter2" in content for content in stored_in(tmp_path))


async def test_free_names_are_added_and_removed(deck: Deck) -> None:
    form = await open_form(deck, "2")
    await press(deck, *"day", "tab", *"21")
    assert [line.name_now for line in form.lines] == ["day", ""]
    await press(deck, "ctrl+n", *"day", "enter")
    assert "✗ is in it twice" in deck.screen_text
    await press(deck, "2", "tab", *"x", "enter")
    await press(deck, "e")
    again = shown(deck)
    assert isinstance(again, TriggerForm)
    await deck.clock.wait_until(lambda: len(again.lines) == 3)
    await press(deck, "ctrl+r")
    assert again.values.given == {"day2": "x"}
    await press(deck, "enter", "enter")
    assert sent(deck) == [{"day2": "x"}]
    deck.scripts["alpha"].read_error = errors.TimedOut("no answer")
    form = await open_form(deck)
    assert "the system could not tell them: no answer" in deck.screen_text
    assert form.lines[0].is_free


async def test_production_takes_the_name_and_the_form_opens_beside_it(tmp_path: Path) -> None:
    clock = FakeClock()
    scripts = {"alpha": make_script(clock)}
    async with running_deck(tmp_path, scripts, clock, environment="prod", size=(60, 15)) as deck:
        await open_form(deck, "2")
        await press(deck, *"a", "tab", *"1", "enter")
        assert "ctrl-t edit parameters" in deck.screen_text
        await press(deck, "ctrl+t")
        assert isinstance(shown(deck), TriggerForm)
        await press(deck, "escape", *"fre", "enter")
        assert sent(deck) == []
        await press(deck, *"e", "enter")
        assert sent(deck) == [{"a": "1"}]


class TestEditor:
    async def test_all_values_are_edited_as_a_text(
        self, deck: Deck, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        seen = tmp_path / "seen"
        use_editor(
            deck,
            monkeypatch,
            tmp_path,
            f'stat -c %a "$1" > {seen}; cat "$1" >> {seen}; '
            'printf \'load_date = 2026-11-22\\nfull = true\\nodd = 1\\n\' > "$1"; touch "$1~"',
        )
        form = await open_form(deck)
        await paste(deck, "2026-11-21")
        await press(deck, "ctrl+e")
        text = seen.read_text()
        assert text.startswith("600\n# Parameters of import\n")
        assert 'load_date = "2026-11-21"' in text
        assert form.values.given == {"load_date": "2026-11-22", "full": "true", "odd": "1"}
        assert "✗ is no parameter that the system tells of" in deck.screen_text
        failing = {"/no/such/editor": "could not open /no/such/editor", "false": "false ended with 1"}
        for editor, told in failing.items():
            monkeypatch.setenv("EDITOR", editor)
            await press(deck, "ctrl+e")
            assert told in deck.screen_text
            assert form.values.given["odd"] == "1"
        assert [path for path in (tmp_path / "ui").iterdir() if path.name.startswith("editing")] == []

    async def test_what_can_not_be_read_comes_back_with_the_error_and_is_not_lost(
        self, deck: Deck, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        count = tmp_path / "count"
        use_editor(
            deck,
            monkeypatch,
            tmp_path,
            f'echo x >> {count}; [ $(wc -l < {count}) = 1 ] && printf "load_date = \\nmine = 1\\n" > "$1"; '
            f'cp "$1" {tmp_path}/last',
        )
        form = await open_form(deck)
        await press(deck, "ctrl+e")
        last = (tmp_path / "last").read_text()
        assert last.startswith("# NOT READABLE: Invalid value (at line 1, column 13)\nload_date = \nmine = 1")
        assert "not readable: Invalid value (at line 1, column 13)" in deck.screen_text
        assert form.values.given == {}
        await press(deck, "ctrl+e")
        assert "mine = 1" in (tmp_path / "last").read_text()
