"""Several logs as one: in order, complete, with stack traces in one piece."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.lines import without_colours
from tui.logs.merge_prefix import COLOURS, MERGE_PREFIX, merge_names, merge_prefixes, without_prefix
from tui.logs.merging import MOST_LOGS, MOST_PENDING, MOST_PENDING_BYTES, MergedTimes, Merger
from tui.logs.timestamps import LineTimes

AT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)


def _line(second: float, text: str = "x") -> bytes:
    return f"{AT + timedelta(seconds=second):%Y-%m-%d %H:%M:%S.%f} {text}".encode()


def _merger(*names: str) -> Merger:
    return Merger(names, [UTC] * len(names), AT)


def _bare(lines: list[bytes]) -> list[tuple[str, str]]:
    bare = []
    for line in lines:
        text = without_colours(line.decode())
        length, rest = without_prefix(text)
        bare.append((text[:length].split(" ")[0], rest.split(" ", 2)[-1]))
    return bare


def test_lines_come_in_the_order_of_their_times_with_the_names_of_their_logs() -> None:
    merger = _merger("orders", "dwh")
    merger.feed(0, [_line(0, "a"), _line(2, "c")], is_complete=True)
    merger.feed(1, [_line(1, "b"), _line(2, "d")], is_complete=True)
    taken = merger.take()
    assert _bare(taken) == [("orders", "a"), ("dwh", "b"), ("orders", "c"), ("dwh", "d")]
    assert taken[1] == b"\x1b[1;38;5;166mdwh   \x1b[0m \xe2\x94\x82 " + _line(1, "b")
    assert merger.pending == 0


def test_a_log_that_may_have_earlier_lines_holds_the_others() -> None:
    merger = _merger("a", "b")
    merger.feed(0, [_line(0, "1"), _line(5, "2"), _line(9, "3")])
    assert merger.held_by == 1
    assert merger.take() == []
    merger.feed(1, [_line(7, "4")])
    assert _bare(merger.take()) == [("a", "1"), ("a", "2")]
    assert merger.held_by == 1
    assert _bare(merger.take(flush=True)) == [("b", "4"), ("a", "3")]


def test_a_stack_trace_stays_in_one_piece() -> None:
    merger = _merger("a", "b")
    merger.feed(0, [_line(0, "failed")])
    merger.feed(1, [_line(1, "fine"), _line(2, "fine")])
    assert merger.take() == []
    merger.feed(0, [b"    at Frame.one", b"    at Frame.two"])
    merger.feed(0, [_line(3, "again")])
    assert _bare(merger.take())[:4] == [
        ("a", "failed"),
        ("a", "  at Frame.one"),
        ("a", "  at Frame.two"),
        ("b", "fine"),
    ]


def test_the_rest_of_what_was_flushed_comes_next() -> None:
    merger = _merger("a", "b")
    merger.feed(0, [_line(0, "failed")])
    assert len(merger.take(flush=True)) == 1
    merger.feed(1, [_line(1), _line(2)])
    merger.feed(0, [b"rest"])
    assert merger.held_by == 0
    assert [name for name, _ in _bare(merger.take(flush=True))] == ["a", "b", "b"]


def test_what_stands_before_the_first_time_stays_with_it() -> None:
    merger = _merger("a", "b")
    merger.feed(0, [b"banner", _line(5, "first")], is_complete=True)
    merger.feed(1, [_line(3, "earlier")], is_complete=True)
    assert [name for name, _ in _bare(merger.take())] == ["b", "a", "a"]


def test_a_log_without_times_is_merged_as_it_comes() -> None:
    merger = _merger("a", "b")
    merger.feed(0, [b"no time"] * 300)
    merger.feed(1, [_line(0)], is_complete=True)
    assert len(merger.take()) == 301
    merger.feed(0, [b"more"])
    assert len(merger.take()) == 1


def test_what_waits_is_bounded() -> None:
    merger = _merger("a", "b")
    merger.feed(0, [_line(index / 100) for index in range(MOST_PENDING + 500)])
    assert len(merger.take()) == 500
    assert merger.pending == MOST_PENDING
    merger = _merger("a", "b")
    merger.feed(0, [_line(0, "x" * (MOST_PENDING_BYTES // 2)) for _ in range(3)])
    assert len(merger.take()) == 2


def test_a_trace_without_end_is_bounded_too() -> None:
    merger = _merger("a", "b")
    merger.feed(0, [_line(0), *[b"    at Frame"] * (MOST_PENDING + 1)])
    assert len(merger.take()) == MOST_PENDING + 2


def test_lines_that_were_rewritten_keep_their_name() -> None:
    merger = _merger("a")
    merger.feed(0, [b"10 %\r50 %\r100 %", b"dos\r"], is_complete=True)
    assert [line.rpartition(b"\xe2\x94\x82 ")[2] for line in merger.take()] == [b"100 %", b"dos\r"]


def test_each_log_has_its_zone() -> None:
    names, zones = ("berlin", "shanghai"), (ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai"))
    merger = Merger(names, zones, AT)
    merger.feed(0, [b"2026-11-21 15:00:00 second"], is_complete=True)
    merger.feed(1, [b"2026-11-21 21:00:00 first"], is_complete=True)
    taken = merger.take()
    assert [name for name, _ in _bare(taken)] == ["shanghai", "berlin"]
    times = MergedTimes(names, zones, AT)
    stamps = [times.found(without_colours(line.decode())) for line in taken]
    assert [stamp.at for stamp in stamps if stamp is not None] == [AT - timedelta(hours=1), AT]
    assert times.found("2026-11-21 15:00:00 of no log") is None


def test_more_logs_than_colours_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 8"):
        _merger(*"abcdefghi")
    assert len(COLOURS) == len(set(COLOURS)) == MOST_LOGS


def _contrast(colour: int, ground: int) -> float:
    def light(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    steps = (0, 95, 135, 175, 215, 255)
    number = colour - 16
    red, green, blue = (light(steps[n]) for n in (number // 36, number // 6 % 6, number % 6))
    own, other = 0.2126 * red + 0.7152 * green + 0.0722 * blue, light(ground)
    return (max(own, other) + 0.05) / (min(own, other) + 0.05)


@pytest.mark.parametrize("colour", COLOURS)
def test_names_are_readable_on_dark_and_on_light_ground(colour: int) -> None:
    assert _contrast(colour, ground=18) >= 3
    assert _contrast(colour, ground=255) >= 3


def test_names_are_harmless_short_and_unlike() -> None:
    assert merge_names(["a\x1b[2Jb", "a│b", "load", "load", "", "x" * 30]) == [
        "ab",
        "a|b",
        "load",
        "load 2",
        "log",
        f"{'x' * 19}…",
    ]
    assert merge_names(["订单" * 8, "x" * 30, "x" * 30])[::2] == [f"{'订单' * 4}订…", f"{'x' * 17}… 2"]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_whatever_the_names_are_they_can_be_taken_off_again(names: list[str]) -> None:
    shown = merge_names(names)
    assert len(set(shown)) == len(names)
    for name, prefix in zip(shown, merge_prefixes(names), strict=True):
        text = without_colours(prefix.decode()) + "2026-11-21 14:00:00 x"
        assert without_prefix(text) == (len(text) - 21, "2026-11-21 14:00:00 x")
        match = MERGE_PREFIX.match(text)
        assert match is not None
        assert match["name"].rstrip() == name
        stamp = LineTimes(UTC, AT).found(text)
        assert stamp is not None
        assert stamp.at == AT


_LOG = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=12)


@given(st.lists(_LOG, min_size=1, max_size=4), st.data())
def test_nothing_is_lost_torn_or_out_of_order(logs: list[list[tuple[int, int]]], data: st.DataObject) -> None:
    merger = _merger(*(f"log{index}" for index in range(len(logs))))
    lines: list[list[bytes]] = []
    for index, log in enumerate(logs):
        second, own = 0, []
        for step, (ahead, frames) in enumerate(log):
            second += ahead
            own.append(_line(second, f"{index}.{step} head {second}"))
            own += [f"    at {index}.{step} frame {frame}".encode() for frame in range(frames)]
        lines.append(own)
    taken: list[bytes] = []
    left = [list(own) for own in lines]
    while any(left):
        index = data.draw(st.sampled_from([index for index, own in enumerate(left) if own]))
        count = data.draw(st.integers(1, len(left[index])))
        merger.feed(index, left[index][:count])
        del left[index][:count]
        taken += merger.take()
    for index in range(len(logs)):
        merger.feed(index, [], is_complete=True)
    taken += merger.take()
    assert merger.pending == 0
    bare = [without_prefix(without_colours(line.decode())) for line in taken]
    texts = [text for _, text in bare]
    for index, own in enumerate(lines):
        assert [text for text in texts if f" {index}." in text] == [line.decode() for line in own]
    heads = [text for text in texts if "head" in text]
    assert heads == sorted(heads, key=lambda text: (int(text.split()[-1]), text.split()[2].split(".")[0]))
    for before, text in pairwise(texts):
        if "frame" in text:
            assert text.split()[1] in before
