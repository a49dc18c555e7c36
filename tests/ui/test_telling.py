"""Being told: watched rows, notices inside and outside the terminal, its title, and what is copied."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual.color import Color

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job, make_run
from tui.core.keys import RunKey
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.telling import News, Targets
from tui.ui.ends import APART_S
from tui.ui.multiplexer import Multiplexer
from tui.ui.terminal import CLIPBOARD_MOST_BYTES
from tui.ui.widgets.header import Header

RUNNING: dict[str, Any] = {"state": State.RUNNING, "last_result": None, "started_at": START}


def make_script(clock: FakeClock) -> Script:
    script = Script(clock)
    script.add(
        make_job("1", name="load", state=State.FAILED, last_result=State.FAILED, run_id="r1"),
        *(make_job(f"{n}", name=f"sync {n}", run_id=f"r{n}", **RUNNING) for n in range(2, 6)),
        make_job("9", name="marts", state=State.SCHEDULED, run_id="r9", ended_at=START),
    )
    return script


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def deck(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Deck]:
    beta = Script(clock)
    beta.add(make_job("7", connection="beta", name="elsewhere"))
    async with running_deck(
        tmp_path, {"alpha": make_script(clock), "beta": beta}, clock, state_dir=tmp_path
    ) as deck:
        yield deck


def sent_by(deck: Deck) -> list[str]:
    """What goes to the terminal past the screen from now on."""
    sent: list[str] = []
    deck.app.send_raw = sent.append  # type: ignore[method-assign, assignment]
    return sent


async def told_by(deck: Deck) -> str:
    """The notices up to now, as one text."""
    await deck.settle()
    return "\n".join(deck.notices)


async def watch(deck: Deck, *ids: str) -> None:
    for job_id in ids:
        deck.dashboard.table.go_to(make_job(job_id).key)
        await deck.press("watch")


async def end(deck: Deck, job_id: str, state: State, message: str = "") -> None:
    deck.scripts["alpha"].change(job_id, state=state, last_result=state, ended_at=START, message=message)
    deck.engine.refresh()
    await deck.settle()


def line_of(deck: Deck, name: str) -> str:
    return next(line for line in deck.screen_text.split("\n") if f" {name} " in line)


async def test_watched_runs_are_marked_jumped_to_and_told_with_their_error(deck: Deck) -> None:
    sent = sent_by(deck)
    await watch(deck, "9", "2", "4")
    assert "marts: you will be told when its next run ends" in deck.notices
    assert "sync 2: you will be told when it ends" in deck.notices
    assert "◉ sync 2" in line_of(deck, "sync 2")
    assert "◉" not in line_of(deck, "sync 3")
    assert "3 watching" in deck.screen_text
    seen = []
    for _ in range(4):
        await deck.press("watched")
        seen.append(deck.cursor)
    assert sorted(seen[:3]) == ["marts", "sync 2", "sync 4"]
    assert seen[3] == seen[0]

    await end(deck, "2", State.FAILED, "ORA-12541: TNS:no listener")
    told = "sync 2 on alpha: failed, ORA-12541: TNS:no listener"
    assert [n.severity for n in deck.app._notifications if n.message == told] == ["error"]
    (outside,) = (sequence for sequence in sent if "777" in sequence)
    assert f"]777;notify;nightdeck;{told}" in outside
    assert "◉" not in line_of(deck, "sync 2")


async def test_many_ends_at_once_become_one_notice_and_a_hidden_job_is_shown_by_the_jump(
    deck: Deck, clock: FakeClock
) -> None:
    await watch(deck, "2", "3", "4", "5", "9")
    await end(deck, "2", State.SUCCEEDED)
    for job_id in ("3", "4", "5"):
        await end(deck, job_id, State.FAILED if job_id == "4" else State.SUCCEEDED)
    assert [n for n in deck.notices if "sync 3" in n and "told" not in n] == []
    await clock.advance(APART_S)
    deck.app._look_behind()
    assert "3 watched runs ended: 1 failed, 2 succeeded\nsync 4 on alpha: failed" in await told_by(deck)
    deck.dashboard.filter("name:load")
    await deck.press("watched")
    assert deck.cursor == "marts"
    await deck.press("watch", "watched")
    assert "nothing is watched; m watches the job under the cursor" in deck.notices


async def test_of_a_run_that_was_followed_by_another_the_jobs_runs_tell_the_end(deck: Deck) -> None:
    await watch(deck, "3")
    deck.scripts["alpha"].runs = {"3": [make_run("r3", "3", state=State.FAILED, message="disk full")]}
    deck.scripts["alpha"].change("3", run_id="r33")
    deck.engine.refresh()
    await deck.settle()
    assert "sync 3 on alpha: failed, disk full" in deck.notices


async def test_a_job_that_is_gone_is_no_longer_watched(deck: Deck) -> None:
    await watch(deck, "3")
    deck.scripts["alpha"].remove("3")
    deck.engine.refresh()
    await deck.settle()
    assert "alpha/3 is gone, so it is no longer watched" in deck.notices
    assert len(deck.app.watches) == 0


async def test_targets_are_told_and_what_goes_wrong_is_told_once(deck: Deck) -> None:
    told: list[News] = []

    def send(url: str, news: News) -> str:
        told.append(news)
        return "it is asleep"

    deck.engine.targets = Targets([lambda: "ntfy://topic"], Redactor(), send)
    await watch(deck, "2")
    await end(deck, "2", State.FAILED, "no space left")
    await deck.clock.wait_until(lambda: any("asleep" in notice for notice in deck.notices))
    assert told == [News("nightdeck: ended", "sync 2 on alpha: failed, no space left", is_bad=True)]
    assert "target 1 was not told: it is asleep" in deck.notices


async def test_the_title_tells_the_counts_when_they_change_and_is_given_back(deck: Deck) -> None:
    sent = sent_by(deck)
    deck.app.give_back_title()
    sent.clear()
    deck.app.show_title()
    deck.app.show_title()
    assert sent == ["\x1b[22;2t\x1b]2;1✗ 4▶ nightdeck\x07"]
    await end(deck, "2", State.FAILED)
    deck.app.show_title()
    assert sent[1:] == ["\x1b]2;2✗ 3▶ nightdeck\x07"]
    deck.app.give_back_title()
    deck.app.give_back_title()
    assert sent[2:] == ["\x1b[23;2t"]


async def test_the_title_can_be_switched_off_and_has_an_ascii_form(tmp_path: Path, clock: FakeClock) -> None:
    scripts = {"alpha": make_script(clock)}
    async with running_deck(tmp_path, scripts, clock, is_ascii=True, has_title=False) as deck:
        sent = sent_by(deck)
        deck.app.show_title()
        assert sent == []
        deck.app.startup = deck.app.startup._replace(has_title=True)
        deck.app.show_title()
        assert sent == ["\x1b[22;2t\x1b]2;1x 4> nightdeck\x07"]
        await watch(deck, "2")
        assert "& sync 2" in line_of(deck, "sync 2")


async def test_what_is_copied_is_in_a_private_file_too_and_the_notice_says_what_came_of_it(
    deck: Deck, tmp_path: Path
) -> None:
    sent, kept = sent_by(deck), tmp_path / "clipboard.txt"
    deck.dashboard.table.go_to(make_job("1").key)
    await deck.press("copy")
    assert kept.read_text() == "alpha/load"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert base64.b64decode(sent[0].removeprefix("\x1b]52;c;").removesuffix("\x07")) == b"alpha/load"
    assert deck.notices[-1].startswith(
        "job copied, if your terminal allows it (OSC 52): alpha/load\nalso in "
    )

    deck.app.copy_text("x" * (CLIPBOARD_MOST_BYTES + 1), "log")
    assert kept.stat().st_size == CLIPBOARD_MOST_BYTES + 1
    assert "log not copied, too long for OSC 52: 74,995 bytes\nit is in " in await told_by(deck)

    deck.app.multiplexer = Multiplexer("tmux", passes=False, copies=False)
    deck.app.copy_text("short", "address")
    assert "tmux lets none through; to change it: set -g set-clipboard on" in await told_by(deck)
    assert sum("]52;" in sequence for sequence in sent) == 1, "what tmux swallows is not sent"
    await watch(deck, "2", "3")
    (warned,) = (notice for notice in deck.notices if "allow-passthrough" in notice)
    assert warned.startswith("sync 2: you will be told")


async def test_the_mouse_is_given_back_and_taken_again(deck: Deck) -> None:
    await deck.app.run_action("mouse")
    assert "mouse off: the terminal selects text again" in await told_by(deck)
    await deck.app.run_action("mouse")
    assert "mouse on: clicks and the wheel work here" in await told_by(deck)


async def test_production_is_unmistakable_while_the_keys_are_about_it(
    tmp_path: Path, clock: FakeClock
) -> None:
    beta = Script(clock)
    beta.add(make_job("7", connection="beta", name="elsewhere"))
    scripts = {"alpha": make_script(clock), "beta": beta}
    async with running_deck(tmp_path, scripts, clock, environment="prod") as deck:
        header = deck.app.screen.query_one(Header)
        deck.dashboard.board.store.set_health(
            deck.dashboard.board.store.health["beta"].__class__("beta", "scripted", "dev")
        )
        deck.dashboard.table.go_to(make_job("1").key)
        await deck.settle()
        first = deck.screen_text.split("\n")[0]
        assert " prod " in first
        tint = Color.parse(deck.app.theme_variables["prod-tint"])
        assert header.background_colors[1] == tint
        deck.dashboard.table.go_to(make_job("7", connection="beta").key)
        await deck.settle()
        assert " prod " not in deck.screen_text.split("\n")[0]
        assert line_of(deck, "load").startswith("▏")
        assert not line_of(deck, "elsewhere").startswith("▏")
        deck.dashboard.table.mark([RunKey("alpha", "1", "r1").job])
        await deck.settle()
        assert " prod " in deck.screen_text.split("\n")[0], "a marked job is what keys act on"
