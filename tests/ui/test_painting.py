"""What is sent to the terminal: fewer bytes, the same picture."""

from __future__ import annotations

import itertools
from collections import OrderedDict

import pyte
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.support.hostile import StrictScreen
from tests.support.pictures import Picture, picture_of
from tui.ui.painting import NarrowUpdate, RowStrip
from tui.ui.shown import ShownScreen

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
    # pyte takes a mark on the last cell of the last line for a reason to scroll; no terminal does.
    screen.reset_mode(pyte.modes.DECAWM)
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


WIDE = st.sampled_from(["a", "bc", "  ", "世界", "x😀", "é", "e\u0301", "▂▃█", "load", "   "])
LINES = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, WIDTH - 1), st.lists(st.tuples(WIDE, STYLES), max_size=6)),
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@example([(0, 0, [("aaa", None), ("x😀", None)]), (0, 2, [("x😀", None)])])
@example([(0, 0, [("世界", None), ("load", None)]), (0, 1, [("é世", None)]), (0, 4, [("x😀", None)])])
@given(LINES)
def test_what_is_sent_of_each_update_alone_gives_the_picture_of_all(
    updates: list[tuple[int, int, list[tuple[str, Style | None]]]],
) -> None:
    shown, system = ShownScreen(WIDTH, 3), ColorSystem.TRUECOLOR
    blank = RowStrip([Segment(" " * WIDTH, Style.parse("#ffffff on #101010"))])
    few = [shown.paint(y, 0, blank, system) for y in range(3)]
    whole = list(few)
    for y, left, pieces in updates:
        part = RowStrip([Segment(*piece) for piece in pieces]).crop(0, WIDTH - left)
        few.append(shown.paint(y, left, part, system))
        whole.append(f"\x1b[m\x1b[{y + 1};{left + 1}H{part.render(CONSOLE)}")
        assert shown.paint(y, left, part, system) == "", "what stands there is sent again"
    assert picture(*few) == picture(*whole)


def test_a_character_that_differs_costs_a_few_bytes() -> None:
    style = Style.parse("#c9d1dc on #10141b")
    shown, system = ShownScreen(WIDTH, 3), ColorSystem.TRUECOLOR
    shown.paint(1, 0, RowStrip([Segment("load_customers_0001  4m ago", style)]), system)
    shown.finish()
    sent = shown.paint(1, 0, RowStrip([Segment("load_customers_0002  5m ago", style)]), system)
    assert "2  5" in sent
    assert "load" not in sent
    assert len(sent) < 60


def test_links_are_always_sent_whole() -> None:
    shown, system = ShownScreen(WIDTH, 3), ColorSystem.TRUECOLOR
    link = RowStrip([Segment("open", Style(link="https://example.com", color="red"))])
    plain = RowStrip([Segment("open", Style.parse("red"))])
    assert "open" in shown.paint(0, 0, link, system)
    assert "open" in shown.paint(0, 0, link, system)
    assert "open" in shown.paint(0, 0, plain, system)
    assert shown.paint(0, 0, plain, system) == ""


def test_a_changed_cell_costs_less_than_its_line() -> None:
    style = Style.parse("#111111 on #222222")
    line = RowStrip([Segment("x" * WIDTH, style)])
    update = NarrowUpdate([OrderedDict({0: line})], [(0, 40, 45)], [[WIDTH]]).render_segments(CONSOLE)
    assert update.count("x") == 5


@pytest.mark.parametrize("text", ["🫨", "🇩🇪", "👍🏽", "尺\u0301", "\u05c8", "⚡", "e\u0301", "\ue0b0"])
@pytest.mark.parametrize("width", [0, 1, 2, 3])
def test_what_stands_behind_a_character_does_not_depend_on_its_width(
    text: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Terminals know different versions of Unicode: only the character itself may look otherwise."""
    screen = StrictScreen(WIDTH, 3)
    stream = pyte.Stream(screen)
    shown, style = ShownScreen(WIDTH, 3), Style.parse("#ffffff on #101010")
    usual = pyte.screens.wcwidth
    monkeypatch.setattr(pyte.screens, "wcwidth", lambda one: usual(one) if one.isascii() else width)
    for before in ("ab  ", "ab cd", f"ab{text} ef", "ab"):
        row = RowStrip([Segment(f"{before}{text} behind".ljust(30), style)])
        behind = row.cell_length - len(row.text) + row.text.index("behind")
        stream.feed(shown.paint(1, 0, row, ColorSystem.TRUECOLOR) + shown.finish())
        assert "".join(screen.row(1)[behind : behind + 6]) == "behind"
        assert [cell[:1] for cell in screen.row(1)[:2]] == ["a", "b"]


@pytest.mark.parametrize(
    "name", ["⚠\ufe0f backup", "1\ufe0f\u20e3 first", "✅\ufe0f done", "a\ufe0f", "\ufe0f", "⚠\ufe0f\ufe0f"]
)
def test_pictures_in_names_take_the_room_that_is_reckoned_with(name: str) -> None:
    shown = ShownScreen(WIDTH, 3)
    row = RowStrip([Segment("│"), Segment(name), Segment(" │")])
    screen = StrictScreen(WIDTH, 3)
    pyte.Stream(screen).feed(shown.paint(0, 0, row, ColorSystem.TRUECOLOR))
    assert screen.row(0)[row.cell_length - 1] == "│"
