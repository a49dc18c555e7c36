"""Real programs and real kills: what is written is private and whole, and nobody is listened to."""

from __future__ import annotations

import pytest

from tests.reliability.private_files import (
    LINKED,
    Tally,
    die_often,
    figures_of,
    linked_folders,
    plant_links,
    spend_an_evening,
)

KILLS = 24
"""Kills in the tests; the campaign dies at every step."""


@pytest.mark.parametrize("umask", ["0", "777"])
def test_an_evening_leaves_only_private_files_whatever_the_umask(umask: str) -> None:
    tally = Tally()
    spend_an_evening(tally, umask)
    private, _, silent, tidy = figures_of(tally)
    assert private.holds, private
    assert silent.holds, silent
    assert tidy.holds, tidy


@pytest.mark.parametrize(
    ("names", "with_dashboard"), [((*LINKED, *linked_folders()), True), (("history.db-wal",), False)]
)
def test_links_that_somebody_has_planted_are_not_followed(
    names: tuple[str, ...], with_dashboard: bool
) -> None:
    tally = Tally()
    plant_links(tally, names, with_dashboard=with_dashboard)
    figure = figures_of(tally)[1]
    assert figure.holds, figure


def test_a_kill_at_any_step_leaves_files_whole() -> None:
    for figure in die_often(KILLS):
        assert figure.holds, figure
