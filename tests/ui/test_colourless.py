"""Without any colour everything that matters is still told: by a sign, a word or a place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job
from tui.core.errors import Unreachable
from tui.core.models import Trend
from tui.core.state import State

NAME = re.compile(r"job (\d+)")


def rows_of(deck: Deck) -> dict[str, str]:
    """The row of each job as plain text, by its number; the last cell is the scroll track."""
    lines = (line for line in deck.screen_text.split("\n")[2:16])
    return {match[1]: line for line in lines if (match := NAME.search(line))}


@pytest.mark.parametrize("is_ascii", [False, True], ids=["unicode", "ascii"])
async def test_signs_and_words_tell_what_colours_tell(tmp_path: Path, *, is_ascii: bool) -> None:
    clock = FakeClock()
    alpha, beta = Script(clock), Script(clock)
    states = list(State)
    alpha.add(*(make_job(str(n), state=state, run_id="r") for n, state in enumerate(states)))
    beta.add(make_job("90", connection="beta", state=State.SUCCEEDED))
    alpha.add(make_job("50", run_id="r", state=State.RUNNING, started_at=START))
    async with running_deck(
        tmp_path,
        {"alpha": alpha, "beta": beta},
        clock,
        theme="mono",
        environment="prod",
        is_ascii=is_ascii,
        size=(120, 40),
    ) as deck:
        glyphs, table = deck.app.glyphs, deck.dashboard.table
        table.go_to(make_job("90", connection="beta").key)
        await deck.settle()
        rows = rows_of(deck)
        signs = [rows[str(n)][1] for n in range(len(states))]
        assert len(set(signs)) == len(states), "each state has a sign of its own"
        assert rows["90"].startswith(glyphs.cursor)
        assert rows["50"].startswith(glyphs.prod), "production is told at the edge"
        assert " prod " in deck.screen_text.split("\n")[0], "and above, as the keys are about it"

        table.go_to(make_job("50").key)
        await deck.press("watch", "mark")
        table.go_to(make_job("90", connection="beta").key)
        await deck.settle()
        assert rows_of(deck)["50"][2:4] == glyphs.mark + glyphs.watch

        outcomes = (State.SUCCEEDED, State.FAILED, State.WARNING, State.CANCELLED)
        trend = Trend(outcomes, (1.0,) * 4)
        deck.dashboard.board.store.set_trends({make_job("50").key: trend})
        await deck.settle()
        strip = "".join(glyphs.outcomes[outcome] for outcome in outcomes)
        assert strip in rows_of(deck)["50"], "how runs ended is told by signs instead of bars"
        assert len(set(strip)) == len(outcomes)

        before = rows_of(deck)["90"]
        beta.always = Unreachable("beta does not answer", hint="is it running?")
        await deck.advance(300)
        assert "beta" in deck.screen_text.split("\n")[0]
        assert "down" in deck.screen_text.split("\n")[0], "what is stale is told above"
        assert rows_of(deck)["90"] != before, "and in the row"
