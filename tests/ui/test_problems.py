"""The problems view over all systems: what went wrong stays until something succeeds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.dashboard import Deck, running_deck
from tests.support.scripted import Script, make_job, make_run
from tui.core.errors import Unreachable
from tui.core.models import Trend
from tui.core.state import State
from tui.engine.query import QueryContext, parse_query

if TYPE_CHECKING:
    from pathlib import Path

FAILED, WARNING, SUCCEEDED, CANCELLED = State.FAILED, State.WARNING, State.SUCCEEDED, State.CANCELLED


@pytest.mark.parametrize(
    ("fields", "outcomes", "is_problem"),
    [
        ({"state": FAILED, "last_result": FAILED}, (), True),
        ({"state": WARNING, "last_result": WARNING}, (), True),
        ({"state": State.RUNNING, "last_result": FAILED}, (), True),
        ({"state": State.QUEUED, "last_result": WARNING}, (), True),
        ({"state": State.SCHEDULED, "last_result": FAILED}, (), True),
        ({"state": State.PAUSED, "last_result": FAILED, "is_held": True}, (), True),
        ({"state": State.UNKNOWN, "last_result": FAILED}, (), True),
        ({"state": CANCELLED, "last_result": CANCELLED}, (SUCCEEDED, FAILED, CANCELLED, CANCELLED), True),
        ({"state": State.SCHEDULED, "last_result": CANCELLED}, (WARNING, CANCELLED), True),
        ({"state": CANCELLED, "last_result": CANCELLED}, (FAILED, SUCCEEDED, CANCELLED), False),
        ({"state": CANCELLED, "last_result": CANCELLED}, (CANCELLED,), False),
        ({"state": CANCELLED, "last_result": CANCELLED}, (), False),
        ({"state": SUCCEEDED, "last_result": SUCCEEDED}, (FAILED, SUCCEEDED), False),
        ({"state": SUCCEEDED, "last_result": FAILED}, (), False),
        ({"state": State.RUNNING, "last_result": SUCCEEDED}, (FAILED, SUCCEEDED), False),
        ({"state": State.PAUSED, "last_result": SUCCEEDED, "is_held": True}, (), False),
        ({"state": State.NEVER_RUN, "last_result": None}, (), False),
        ({"state": State.RUNNING, "last_result": None}, (), False),
    ],
)
def test_a_problem_is_what_went_wrong_with_no_success_since(
    fields: dict[str, Any], outcomes: tuple[State, ...], is_problem: bool
) -> None:
    job = make_job(**fields)
    context = QueryContext(START, {job.key: Trend(outcomes)} if outcomes else {}, {})
    assert parse_query("is:problem").matches(job, context) is is_problem


async def problems_after(deck: Deck, connection: str, job_id: str, **changes: Any) -> list[str]:
    """What is listed once a system tells that one of its jobs has changed."""
    deck.scripts[connection].change(job_id, **changes)
    await deck.advance(20)
    return sorted(deck.rows)


async def test_it_lists_problems_of_all_systems_until_they_succeed(tmp_path: Path, clock: FakeClock) -> None:
    alpha, beta = Script(clock), Script(clock)
    begun: dict[str, Any] = {
        "run_id": "r1",
        "started_at": START - timedelta(minutes=9),
        "message": "disk full",
    }
    alpha.add(
        make_job("1", name="load", state=FAILED, last_result=FAILED, **begun),
        make_job("2", name="held", state=State.PAUSED, last_result=FAILED, is_held=True),
        make_job("3", name="fine"),
    )
    beta.add(
        make_job("1", connection="beta", name="export", state=WARNING, last_result=WARNING, **begun),
        make_job("2", connection="beta", name="calm", state=State.SCHEDULED),
    )
    async with running_deck(tmp_path, {"alpha": alpha, "beta": beta}, clock) as deck:
        await deck.press("problems")
        assert sorted(deck.rows) == ["export", "held", "load"]
        assert "3 of 5 jobs" in deck.screen_text
        running = await problems_after(deck, "alpha", "1", state=State.RUNNING, run_id="r2", message="step 1")
        assert running == ["export", "held", "load"]
        waiting = await problems_after(deck, "beta", "1", state=State.SCHEDULED, next_run_at=START)
        assert waiting == ["export", "held", "load"]
        alpha.runs = {
            "1": [
                make_run("r2", "1", state=CANCELLED, started_at=START, ended_at=START),
                make_run("r1", "1", state=FAILED, started_at=begun["started_at"], ended_at=START),
            ]
        }
        deck.dashboard.table.go_to(make_job("1").key)
        ended = await problems_after(
            deck, "alpha", "1", state=CANCELLED, last_result=CANCELLED, ended_at=START
        )
        assert ended == ["export", "held", "load"]
        mended = await problems_after(deck, "alpha", "1", state=SUCCEEDED, last_result=SUCCEEDED, run_id="r3")
        assert mended == ["export", "held"]
        assert await problems_after(deck, "beta", "1", state=SUCCEEDED, last_result=SUCCEEDED) == ["held"]
        assert await problems_after(deck, "beta", "2", state=FAILED, last_result=FAILED) == ["calm", "held"]
        beta.always = Unreachable("beta does not answer", hint="is it running?")
        await deck.advance(120)
        assert sorted(deck.rows) == ["calm", "held"]
        assert await problems_after(deck, "alpha", "2", state=State.SCHEDULED, is_held=False) == [
            "calm",
            "held",
        ]
        await deck.press("problems")
        assert len(deck.rows) == 5


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
