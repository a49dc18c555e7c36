"""A nightdeck that is killed at any moment starts again and has lost nothing; the campaign kills more."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.local_state import figures_of, kill_often

KILLS = 9
"""One of them while another nightdeck writes into the same history."""


def test_nothing_that_was_shown_or_sent_is_lost_to_a_kill(tmp_path: Path) -> None:
    tally = kill_often(tmp_path / "state", KILLS)
    assert [(figure.promise, figure.detail) for figure in figures_of(tally) if not figure.holds] == []
    assert tally.pairs == 1
    assert tally.runs > KILLS
    assert (tally.lost_runs, tally.lost_requests, tally.lost_outcomes) == ([], [], [])
