"""Choosing columns and orders without a screen: what moves, what stays, how widths share the line."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.support.fleet import NOW, make_jobs, make_trends
from tui.engine.columns import COLUMNS, DEFAULT_COLUMNS, DEFAULT_ORDER, parse_sort
from tui.engine.shown_columns import LEAST_WIDTH, MOST_WIDTH, with_width
from tui.ui.column_choice import ColumnChoice
from tui.ui.glyphs import ASCII, UNICODE, GlyphSet
from tui.ui.screens.columns import NOTES
from tui.ui.screens.sorting import DIRECTIONS
from tui.ui.sort_choice import SortChoice
from tui.ui.widgets.cells.row import Look, Row
from tui.ui.widgets.columns import TABLE_COLUMNS, arrange, heading, known_columns, tailored

WIDTHS = st.just(0) | st.integers(LEAST_WIDTH, MOST_WIDTH)
SHOWN = st.lists(
    st.builds(with_width, st.sampled_from(sorted(TABLE_COLUMNS)), WIDTHS),
    max_size=12,
    unique_by=lambda column: column.partition(":")[0],
)


class TestColumns:
    def test_the_shown_ones_come_first_and_everything_is_listed(self) -> None:
        choice = ColumnChoice(["state", "message:40", "name"])
        assert [(line.id, line.width) for line in choice.lines[:2]] == [("message", 40), ("name", 0)]
        assert {line.id for line in choice.lines} == set(TABLE_COLUMNS)
        assert choice.columns == ("state", "message:40", "name")

    def test_a_line_stays_where_it_is_when_it_is_shown(self) -> None:
        choice = ColumnChoice(["name", "message"])
        before = [line.id for line in choice.lines]
        assert choice.turn(5)
        assert [line.id for line in choice.lines] == before
        assert choice.columns == ("state", "name", "message", before[5])

    def test_a_column_is_moved_and_made_wider_and_the_last_one_stays(self) -> None:
        choice = ColumnChoice(["name", "message"])
        assert choice.move(0, 1) == 1
        assert choice.move(1, 99) == len(choice.lines) - 1
        choice.widen(0, 1, 32)
        choice.widen(0, 1, 32)
        assert list(choice.columns) == ["state", "message:34", "name"]
        choice.widen(0, -99, 32)
        assert choice.lines[0].width == LEAST_WIDTH
        choice.free_width(0)
        choice.turn(len(choice.lines) - 1)
        assert list(choice.columns) == ["state", "message"]
        assert not choice.turn(0)
        choice.set_columns(())
        assert choice.columns == DEFAULT_COLUMNS

    @given(SHOWN)
    def test_what_is_chosen_is_what_was_shown(self, columns: list[str]) -> None:
        expected = ("state", *columns) if columns else DEFAULT_COLUMNS
        assert ColumnChoice(columns).columns == expected
        assert ColumnChoice(["nothing of the kind"]).columns == DEFAULT_COLUMNS

    def test_every_column_is_told_in_a_line(self) -> None:
        assert set(NOTES) == set(TABLE_COLUMNS)


class TestSort:
    def test_columns_are_picked_one_after_the_other(self) -> None:
        choice = SortChoice("-ended")
        choice.turn("name")
        choice.turn("duration")
        assert choice.text == "-ended,name,-duration"
        choice.move("duration", -1)
        choice.invert("name")
        assert choice.text == "-ended,-duration,-name"
        choice.turn("ended")
        assert (choice.text, choice.rank("ended"), choice.rank("name")) == ("-duration,-name", 0, 2)
        choice.invert("exit_code")
        assert choice.text.endswith(",exit_code")

    def test_the_usual_order_is_empty_and_so_is_none(self) -> None:
        choice = SortChoice("")
        assert tuple(choice.terms) == DEFAULT_ORDER.terms
        assert choice.text == ""
        for term in DEFAULT_ORDER.terms:
            choice.turn(term.column)
        assert choice.text == ""

    @given(st.lists(st.tuples(st.sampled_from("tikj"), st.sampled_from(sorted(COLUMNS))), max_size=20))
    def test_whatever_is_pressed_the_order_can_be_read(self, presses: list[tuple[str, str]]) -> None:
        choice = SortChoice("name")
        for press, column in presses:
            match press:
                case "t":
                    choice.turn(column)
                case "i":
                    choice.invert(column)
                case _:
                    choice.move(column, 1 if press == "j" else -1)
        assert parse_sort(choice.text).terms == tuple(choice.terms) or not choice.terms
        assert sorted(choice.columns) == sorted(COLUMNS)

    def test_every_direction_is_told_in_words(self) -> None:
        assert set(DIRECTIONS) == {name for name, column in COLUMNS.items() if not column.is_text} | {"id"}


class TestWidths:
    def placed(self, columns: list[str], width: int) -> dict[str, int]:
        wanted = tailored(known_columns(columns), width, is_absolute=False, connection_width=12)
        return {place.column.id: place.width for place in arrange(wanted, width)}

    def test_a_column_has_the_width_it_was_given_and_the_message_takes_the_rest(self) -> None:
        auto = self.placed([*DEFAULT_COLUMNS], 160)
        fixed = self.placed(["name:20", *DEFAULT_COLUMNS[2:]], 160)
        assert fixed["name"] == 20 < auto["name"]
        assert fixed["message"] > auto["message"]
        assert sum(fixed.values()) == sum(auto.values())

    def test_a_width_beyond_the_screen_shrinks_before_others_are_left_out(self) -> None:
        assert list(self.placed(["name", "duration", "message:200"], 80)) == ["name", "duration", "message"]

    @settings(deadline=None)
    @given(SHOWN, st.integers(1, 260))
    def test_columns_never_reach_beyond_the_line(self, columns: list[str], width: int) -> None:
        wanted = tailored(known_columns(columns), width, is_absolute=False, connection_width=12)
        places = arrange(wanted, width)
        assert [place.column.id for place in places if place.column not in wanted] == []
        for place, following in itertools.pairwise(places):
            assert place.x + place.width < following.x
        if len(places) > 1:
            assert places[-1].x + places[-1].width < width
        for place in places:
            assert not place.column.fixed or place.width <= place.column.fixed

    @given(SHOWN)
    def test_with_room_enough_every_width_is_obeyed(self, columns: list[str]) -> None:
        wanted = tailored(known_columns(columns), 5000, is_absolute=False, connection_width=12)
        for place in arrange(wanted, 5000):
            assert not place.column.fixed or place.width == place.column.fixed


@pytest.mark.parametrize(
    ("room", "expected"),
    [(30, "STARTED UTC ▼2"), (12, "STARTED ▼2"), (9, "STARTED▼2"), (6, "STA…▼2"), (2, "▼2")],
)
def test_the_sign_of_the_order_is_never_cut_off(room: int, expected: str) -> None:
    assert heading("STARTED", "UTC", "▼2", room, "…") == expected
    assert cell_len(heading("STARTED", "UTC", "▼2", room, "…")) <= room


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_column_can_be_drawn_as_narrow_as_a_user_wants_it(glyphs: GlyphSet) -> None:
    jobs = make_jobs(60)
    trends = make_trends(jobs)
    for job in jobs:
        drawn = Row(job, NOW, Look(glyphs), trend=trends.get(job.key), is_stale=job.type == "bmc")
        for column in TABLE_COLUMNS.values():
            for width in (LEAST_WIDTH, 3, 4, 5, 7, 11, 60):
                text = "".join(piece for piece, _ in column.draw(drawn, width))
                assert cell_len(text) == width, (column.id, width, job)
