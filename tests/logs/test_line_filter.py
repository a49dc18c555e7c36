"""Walking through the lines that filters leave, while the rest is still being searched."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.logs.searches import LOGS, SEARCHES, opened, right
from tui.logs.line_filter import LineFilter
from tui.logs.patterns import Search, parse_search
from tui.logs.walking import StillSearching, Walk

FILTERS = st.lists(st.tuples(st.sampled_from(SEARCHES), st.booleans()), min_size=1, max_size=3)


def parsed(text: str) -> Search:
    search = parse_search(text)
    assert search is not None
    return search


def walked(walk: Walk) -> tuple[list[int], list[int]]:
    """All lines, going forwards and going backwards."""
    forwards: list[int] = []
    at = walk.first()
    while at is not None:
        forwards.append(at)
        at = walk.after(at)
    backwards: list[int] = []
    at = walk.last()
    while at is not None:
        backwards.append(at)
        at = walk.before(at)
    return forwards, backwards[::-1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=LOGS, filters=FILTERS, block=st.integers(1, 64))
def test_the_lines_that_are_left_fit_all_filters(
    tmp_path: Path, log: bytes, filters: list[tuple[Search, bool]], block: int
) -> None:
    with opened(tmp_path / "log", log) as document:
        expected = right(document, filters)
        walk = LineFilter(document, filters, block=block)
        asyncio.run(walk.run())
        assert (walk.count, walk.is_complete) == (len(expected), True)
        assert walked(walk) == (expected, expected)
        for start in range(len(log)):
            after = [each for each in expected if each > start]
            before = [each for each in expected if each < start]
            assert walk.after(start) == (after[0] if after else None)
            assert walk.before(start) == (before[-1] if before else None)
            itself = start if start in expected else None
            assert walk.at_or_after(start) == (itself if itself is not None else walk.after(start))
            assert walk.at_or_before(start) == (itself if itself is not None else walk.before(start))
            assert walk.number(start) == len(before)


async def test_filters_are_stacked_and_another_process_sees_them_all(tmp_path: Path) -> None:
    log = b"".join(b"INFO %d of loader\nWARN %d of loader\n" % (number, number) for number in range(2_000))
    filters = [
        *((parsed("loader"), False), (parsed("INFO"), True)),
        *((parsed("7 "), False), (parsed("^WARN 1.7"), True)),
    ]
    with opened(tmp_path / "log", log) as document:
        expected = right(document, filters)
        walk = LineFilter(document, filters, block=512, large=0)
        await walk.run()
        assert (walk.count, walk.is_complete, walk.progress) == (len(expected), True, 1.0)
        assert walked(walk) == (expected, expected)
        await walk.stop()


async def test_only_inverse_filters_leave_the_rest(tmp_path: Path) -> None:
    with opened(tmp_path / "log", b"DEBUG a\nINFO b\n" * 1_000 + b"DEBUG c") as document:
        walk = LineFilter(document, [(parsed("DEBUG"), True)], block=256, large=0)
        await walk.run()
        assert walk.count == 1_000
        assert walk.last() == 15 * 999 + 8
        await walk.stop()


async def test_what_was_not_searched_yet_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.logs.hits._PATIENCE", -1.0)
    log = b"foo\n" + b"bar\n" * 1_000 + b"foo\n"
    with opened(tmp_path / "log", log) as document:
        walk = LineFilter(document, [(parsed("foo"), False)], block=64)
        assert walk.first() == 0
        with pytest.raises(StillSearching):
            walk.after(0)
        assert await walk.find(0) == 4_004
        assert walk.after(0) == 4_004
        assert walk.last() == 4_004


async def test_lines_that_come_are_left_too(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with opened(path, b"foo\nbar") as document:
        walk = LineFilter(document, [(parsed("foo"), False)], block=64)
        await walk.run()
        with path.open("ab") as more:
            more.write(b" foo\nfoo")
        document.refresh()
        assert not walk.is_complete
        assert walk.after(0) == 4
        await walk.run()
        assert (walk.count, walk.last()) == (3, 12)
