"""Templates: what a log says for the first time is found, and what it says every night is not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs import templates
from tui.logs.levels import Level
from tui.logs.templates import Side, TemplateMiner

WORDS = st.sampled_from(["load", "done", "failed", "ERROR", "orders", "17", "'x'", "2026-11-21", "a7f", "-"])
LOGS = st.lists(st.lists(WORDS, max_size=6).map(" ".join) | st.text(max_size=20), max_size=40)


def compared(usual: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    """The first lines of what is new in the other log, and of what is missing there."""
    miner = TemplateMiner()
    miner.feed(usual, Side.USUAL)
    miner.feed(other, Side.OTHER)
    found = miner.templates()
    return (
        [each.other.text for each in found if each.other is not None and each.usual is None],
        [each.usual.text for each in found if each.usual is not None and each.other is None],
    )


@given(LOGS)
def test_a_log_against_itself_has_nothing_new_and_misses_nothing(log: list[str]) -> None:
    assert compared(log, log) == ([], [])


@given(LOGS, LOGS)
def test_every_line_is_counted_once(usual: list[str], other: list[str]) -> None:
    miner = TemplateMiner()
    miner.feed(usual, Side.USUAL)
    miner.feed(other, Side.OTHER)
    found = miner.templates()
    for side, log in ((Side.USUAL, usual), (Side.OTHER, other)):
        seen = [each.usual if side is Side.USUAL else each.other for each in found]
        assert sum(each.times for each in seen if each) == sum(1 for line in log if line.strip())
        firsts = [each for each in seen if each]
        assert all(log[each.first - 1] == each.text for each in firsts)


@given(LOGS)
def test_the_pieces_in_which_a_log_comes_make_no_difference(log: list[str]) -> None:
    whole, pieces = TemplateMiner(), TemplateMiner()
    whole.feed(log, Side.USUAL)
    for line in log:
        pieces.feed([line], Side.USUAL)
    assert whole.templates() == pieces.templates()


def test_numbers_times_and_ids_are_nothing_new() -> None:
    usual = ["[INFO ] 2026-11-20 01:00:00 tMap_1 - 1250 rows", "run t100000-2026112013 of 'a'", "took 3m12s"]
    other = ["[INFO ] 2026-11-21 23:59:59 tMap_1 - 7 rows", "run t100000-2026112114 of 'b c'", "took 1h02m"]
    assert compared(usual, other) == ([], [])


def test_words_that_vary_every_night_are_learnt() -> None:
    usual = [f"INFO copied table {name} to the stage" for name in ("orders", "items", "prices")]
    assert compared(usual, ["INFO copied table customers to the stage"]) == ([], [])


def test_one_word_makes_a_line_new_where_nothing_varied_before() -> None:
    new, missing = compared(["INFO load of stage one done"], ["INFO load of stage one broken"])
    assert (new, missing) == (["INFO load of stage one broken"], ["INFO load of stage one done"])


def test_another_level_is_never_taken_for_the_usual() -> None:
    usual = [f"INFO copied table {name} to the stage" for name in ("orders", "items", "prices")]
    line = "ERROR copied table orders to the stage"
    assert compared(usual, [line])[0] == [line]


def test_codes_of_errors_and_exits_are_told_apart() -> None:
    usual = ["WARN retry after ORA-12541: TNS", "exit code: 0"]
    assert compared(usual, ["WARN retry after ORA-01017: TNS", "exit code: 137"])[0] == [
        "WARN retry after ORA-01017: TNS",
        "exit code: 137",
    ]


def test_many_new_lines_that_say_the_same_are_one_with_a_count() -> None:
    miner = TemplateMiner()
    miner.feed(["INFO all is well today"], Side.USUAL)
    miner.feed(
        ["start"] + [f"ERROR row {n} rejected: customer {n} is missing" for n in range(500)], Side.OTHER
    )
    (_, _, rejected) = miner.templates()
    assert rejected.level is Level.ERROR
    assert rejected.other is not None
    assert (rejected.other.times, rejected.other.first) == (500, 2)
    assert [line[10:14] for line in rejected.other.last] == ["497 ", "498 ", "499 "]


def test_colours_are_no_difference() -> None:
    assert compared(["\x1b[32mINFO\x1b[0m loaded"], ["INFO loaded"]) == ([], [])


def test_a_log_that_never_repeats_itself_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "MOST_TEMPLATES", 10)
    letters = "abcdefghijklmnopqrstuvwxyz"
    log = [f"{a}{b} {b}{a}" for a in letters for b in letters]
    miner = TemplateMiner()
    miner.feed(log, Side.USUAL)
    miner.feed(log, Side.OTHER)
    assert len(miner.templates()) == 10
    assert miner.untold == [len(log) - 10, len(log) - 10]
    assert all(each.usual and each.other for each in miner.templates())


def test_a_place_with_very_many_words_counts_as_varying() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    names = [f"{a}{b}" for a in letters for b in letters]
    usual = [f"{name} was copied to the stage tonight" for name in names]
    assert compared(usual, ["zz9 was copied to the stage tonight"])[0] == []
