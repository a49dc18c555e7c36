"""A minute of random faults over all adapters at once; the loop's lateness is told by the command alone."""

from __future__ import annotations

import pytest

from tests.reliability.soak import figures_of, soak

SECONDS = 60
"""How long it lasts: half an hour in the campaign."""


def test_a_minute_of_random_faults_leaves_nothing_behind() -> None:
    figures = figures_of(soak(SECONDS))
    assert all(figure.holds for figure in figures), figures


@pytest.mark.parametrize("grown", ["memory_mb", "tasks", "sockets", "descriptors", "threads"])
def test_growth_breaks_the_promise(grown: str) -> None:
    flat = dict.fromkeys(("memory_mb", "tasks", "sockets", "descriptors", "threads"), 0.0)
    report = {
        "sweeps": {"one": 5},
        "troubles": {"one": 3},
        "receipts": {"accepted": 1},
        "errors": [],
        "growth": {**flat, grown: 100.0},
        "left_tasks": 0,
    }
    assert [figure.broken for figure in figures_of(report)] == [0, 0, 1, 0]
