"""Which views there are, which digit opens them, and what becomes of those that are kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tui.config.viewfile import ViewFile, load_view_file
from tui.core.errors import ConfigError
from tui.ui.viewbook import ViewBook
from tui.ui.views import BUILT_IN, SavedView, read_views, saved_views, view_toml

NIGHT = SavedView("night", 'state:failed "x"', "-ended", ("name", "message:40"), "system")


def make_book(folder: Path | None = None, config: int = 0) -> ViewBook:
    given = saved_views([{"name": f"config {n}"} for n in range(config)])
    kept = load_view_file(folder) if folder is not None else ViewFile()
    return ViewBook(given, kept, folder)


def names(book: ViewBook) -> list[str]:
    return [view.name for view in book.views]


def test_the_built_in_views_are_on_the_first_digits() -> None:
    assert names(make_book()) == ["problems", "running", "slow", "by system"]
    assert [make_book().digit_of(name) for name in ("all", "problems", "by system", "gone")] == [
        "0",
        "1",
        "4",
        "",
    ]


def test_a_view_that_is_kept_gets_the_next_digit_and_is_there_at_the_next_start(tmp_path: Path) -> None:
    book = make_book(tmp_path)
    assert book.next_digit("night") == "5"
    book.keep(NIGHT)
    assert (book.digit_of("night"), book.is_own("night"), book.named("night")) == ("5", True, NIGHT)
    later = make_book(tmp_path)
    assert later.named("night") == NIGHT
    later.drop("night")
    assert names(make_book(tmp_path)) == [view.name for view in BUILT_IN]


def test_an_own_view_replaces_a_built_in_one_in_its_place() -> None:
    book = make_book()
    book.keep(SavedView("running", "state:running"))
    assert names(book) == [view.name for view in BUILT_IN]
    assert book.digit_of("running") == "2"
    book.drop("running")
    assert book.named("running") in BUILT_IN


def test_more_views_than_digits_are_reached_by_name() -> None:
    book = make_book(config=5)
    assert book.next_digit("night") == ""
    book.keep(NIGHT)
    assert (book.digit_of("by system"), book.digit_of("night"), book.named("night")) == ("9", "", NIGHT)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (" ", "needs a name"),
        ("x" * 41, "40 characters"),
        ("a\nb", "letters"),
        ("all", "every job"),
        ("config 0", "the config has"),
    ],
)
def test_a_name_that_cannot_be_is_told(name: str, reason: str) -> None:
    book = make_book(config=1)
    assert reason in book.reason_against(name)
    with pytest.raises(ConfigError):
        book.keep(SavedView(name))


def test_columns_are_kept_for_any_view_until_they_are_the_usual_ones_again() -> None:
    book = make_book()
    slow = book.views[2]
    book.keep_columns("slow", ("name", "duration:9"))
    assert book.columns_of(slow) == ("name", "duration:9")
    book.keep_columns("slow", ())
    assert book.columns_of(slow) == slow.columns


def test_the_text_for_the_config_is_read_as_the_same_view() -> None:
    raw = tomllib.loads(view_toml(NIGHT))
    assert read_views(raw["views"]) == [NIGHT]
    assert view_toml(SavedView("bare")) == '[[views]]\nname = "bare"\n'
