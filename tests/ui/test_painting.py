"""What is sent to the terminal: fewer bytes, the same picture."""

from __future__ import annotations

import itertools
from collections import OrderedDict

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.support.pictures import Picture, picture_of
from tui.ui.painting import NarrowUpdate, RowStrip

WIDTH = 60
CONSOLE = Console(color_system="truecolor", force_terminal=True, legacy_windows=False)

STYLES = st.sampled_from(
    [
        None,
        Style.parse("#ff0000 on #101010"),
        Style.parse("#00ff00 on #101010"),
        Style.parse("bold #00ff00 on #101010"),
        Style.parse("underline #00ff00 on #202020"),
        Style.parse("reverse #0000ff"),
        Style.parse("dim italic"),
        Style.parse("on #303030"),
        Style.parse("red on default"),
    ]
)
TEXTS = st.sampled_from(["a", "bc d", "  ", "▂▃█", "load_orders", " x "])
SEGMENTS = st.lists(st.builds(Segment, TEXTS, STYLES), max_size=8)


def picture(*sequences: str) -> Picture:
    screen = pyte.Screen(WIDTH, 3)
    stream = pyte.Stream(screen)
    for sequence in sequences:
        stream.feed(sequence)
    return picture_of(screen)


@settings(deadline=None)
@given(SEGMENTS)
def test_fewer_colour_changes_give_the_same_picture(segments: list[Segment]) -> None:
    usual, ours = Strip(segments), RowStrip(segments)
    assert picture(ours.render(CONSOLE)) == picture(usual.render(CONSOLE))
    assert len(ours.render(CONSOLE)) <= len(usual.render(CONSOLE))


@settings(deadline=None)
@given(SEGMENTS, st.integers(0, 30), st.integers(0, 30))
def test_a_part_of_a_strip_is_the_part_of_its_picture(
    segments: list[Segment], start: int, width: int
) -> None:
    strip = RowStrip(segments)
    part = strip.crop(start, start + width)
    assert (
        picture(f"\x1b[1;{start + 1}H", part.render(CONSOLE))[0][start : start + part.cell_length]
        == (picture(strip.render(CONSOLE))[0][start : start + part.cell_length])
    )


def test_a_strip_with_links_is_painted_as_usual() -> None:
    segments = [Segment("open", Style(link="https://example.com", color="red")), Segment(" it")]
    assert "\x1b]8;" in RowStrip(segments).render(CONSOLE)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, WIDTH), st.integers(0, WIDTH)), max_size=6),
    st.integers(1, WIDTH - 1),
)
def test_an_update_paints_its_spans_and_nothing_else(spans: list[tuple[int, int, int]], cut: int) -> None:
    old, new = Style.parse("#111111 on #222222"), Style.parse("#eeeeee on #dddddd")
    lines = ["abcdefghij" * 6, "0123456789" * 6, "ABCDEFGHIJ" * 6]

    def chops(style: Style) -> list[OrderedDict[int, Strip | None]]:
        whole = [RowStrip([Segment(line, style)]) for line in lines]
        return [OrderedDict({0: strip.crop(0, cut), cut: strip.crop(cut)}) for strip in whole]

    ends = [[cut, WIDTH]] * 3
    clean = sorted((y, min(a, b), max(a, b)) for y, a, b in spans if a != b)
    before = NarrowUpdate(chops(old), [(y, 0, WIDTH) for y in range(3)], ends).render_segments(CONSOLE)
    update = NarrowUpdate(chops(new), clean, ends).render_segments(CONSOLE)
    painted = picture(before, update)
    for y, x in itertools.product(range(3), range(WIDTH)):
        is_inside = any(line == y and first <= x < last for line, first, last in clean)
        assert painted[y][x].fg == ("eeeeee" if is_inside else "111111")
        assert painted[y][x].data == lines[y][x]


def test_a_changed_cell_costs_less_than_its_line() -> None:
    style = Style.parse("#111111 on #222222")
    line = RowStrip([Segment("x" * WIDTH, style)])
    update = NarrowUpdate([OrderedDict({0: line})], [(0, 40, 45)], [[WIDTH]]).render_segments(CONSOLE)
    assert update.count("x") == 5
