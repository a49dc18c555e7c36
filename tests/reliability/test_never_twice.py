"""A small part of the campaign: real sockets, faults, kills, locked journals, and no start made twice."""

from __future__ import annotations

from tests.reliability.never_twice import SHARES, Seed, figures_of, run_batch, seeds_of
from tests.reliability.trigger_bulk import USED, bulks
from tests.reliability.trigger_kills import kill_often
from tests.reliability.trigger_world import FAULTS, SYSTEMS, TRICKS

STARTS = 4
"""Of each system."""

MORE = 8
"""Of those that cost few requests."""

BULKS = 4
"""One of them is a sequence."""


def test_no_confirmation_makes_two_runs_and_none_is_lost() -> None:
    book = run_batch([Seed(system, 1000, MORE if system in USED else STARTS) for system in SYSTEMS])
    assert [story for _, story in book.wrongs] == []
    figures = figures_of(book)
    assert all(figure.holds for figure in figures), figures


def test_nor_do_bulks_and_sequences() -> None:
    figures = bulks(BULKS)
    assert all(figure.holds for figure in figures), figures


def test_nor_does_a_killed_program() -> None:
    figures = {figure.promise: figure for figure in kill_often(1, seed=2)}
    assert figures["a start is not made twice when the program is killed"].tried == 1
    assert sum(figure.broken for figure in figures.values()) == 0


def test_a_campaign_has_everything_in_it() -> None:
    assert SHARES.keys() == SYSTEMS.keys()
    assert sum(SHARES.values()) == 100
    assert sum(seed.tries for seed in seeds_of(10_000)) == 10_000
    assert min(*FAULTS.values(), *TRICKS.values(), *SHARES.values()) > 0
