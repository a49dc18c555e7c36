"""The garbage collector leaves alone what was loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from tui.ui.collector import GROWTH, settle, settle_grown


@pytest.fixture(autouse=True)
def usual_collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_what_lives_is_hidden_from_the_collector_and_garbage_is_not() -> None:
    kept = [[number] for number in range(1000)]
    settle()
    assert gc.get_freeze_count() > len(kept)
    assert not any(found is kept for found in gc.get_objects())
    assert gc.get_threshold()[0] > 700


def test_it_can_be_told_again() -> None:
    settle()
    before = gc.get_freeze_count()
    kept = [[number] for number in range(1000)]
    settle()
    assert gc.get_freeze_count() >= before + len(kept)


def test_a_table_that_has_grown_is_hidden_again() -> None:
    settle()
    kept = [[number] for number in range(1000)]
    before = gc.get_freeze_count()
    assert settle_grown(GROWTH - 1, 0) == 0
    assert gc.get_freeze_count() == before
    assert settle_grown(GROWTH, 0) == GROWTH
    assert gc.get_freeze_count() >= before + len(kept)
