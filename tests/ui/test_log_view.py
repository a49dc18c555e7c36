"""The log view: following, moving, searching, wrapping, filtering, bookmarks, and what is painted."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.support.dashboard import THEMES
from tui.core.models import LogChunk
from tui.ui.theme import load_theme
from tui.ui.widgets.log_view import LogView

LINES = 100


class LogApp(App[None]):
    """The view alone."""

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(load_theme("nightdeck-dark", [THEMES]))
        self.theme = "nightdeck-dark"

    def compose(self) -> ComposeResult:
        yield LogView()

    @property
    def view(self) -> LogView:
        return self.query_one(LogView)


def chunk(text: str, *, is_complete: bool = False, is_restart: bool = False) -> LogChunk:
    return LogChunk(text.encode(), "", is_complete=is_complete, is_restart=is_restart)


def painted(view: LogView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


@pytest.fixture
async def pilot() -> AsyncIterator[Pilot[None]]:
    app = LogApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.view.focus()
        yield pilot


@pytest.fixture
async def view(pilot: Pilot[None]) -> LogView:
    app = pilot.app
    assert isinstance(app, LogApp)
    app.view.feed(chunk("".join(f"2026-11-21 14:00:{n % 60:02d} INFO line {n}\n" for n in range(LINES))))
    await pilot.pause()
    return app.view


async def test_it_follows_the_tail_until_the_reader_moves(pilot: Pilot[None], view: LogView) -> None:
    await pilot.pause()
    assert painted(view)[-1].endswith("line 99")
    await pilot.press("g")
    view.feed(chunk("late\n"))
    await pilot.pause()
    assert view.cursor == 0
    assert painted(view)[0].endswith("line 0")
    view.follow()
    await pilot.pause()
    assert painted(view)[-1].endswith("late")


async def test_keys_move_as_in_less_and_vim(pilot: Pilot[None], view: LogView) -> None:
    await pilot.press("g", "j", "j", "k")
    assert view.cursor == 1
    await pilot.press("ctrl+d")
    assert view.cursor == 11
    await pilot.press("pagedown", "pageup", "ctrl+u")
    assert view.cursor == 1
    await pilot.press("G")
    assert view.cursor == LINES - 1


async def test_finding_goes_round_and_tells_when_there_is_nothing(pilot: Pilot[None], view: LogView) -> None:
    await pilot.press("g")
    assert view.find(re.compile("line 42$"), 1)
    assert view.cursor == 42
    assert view.find(re.compile("line 7$"), 1)
    assert view.cursor == 7
    assert not view.find(re.compile("nowhere"), 1)
    assert not view.find_error(1)


async def test_only_matching_lines_keep_their_numbers(pilot: Pilot[None], view: LogView) -> None:
    view.show_only(re.compile("line .7$"))
    await pilot.pause()
    rows = [row for row in painted(view) if row]
    assert len(rows) == 9
    assert re.search(r"\b18\b.*line 17$", rows[0])
    view.show_only(None)
    await pilot.pause()
    assert view.layout_of_lines.height == LINES


async def test_long_lines_wrap_or_scroll_sideways(pilot: Pilot[None], view: LogView) -> None:
    view.start_over()
    view.feed(chunk("a" * 60 + "b" * 40 + "\nshort\n"))
    await pilot.pause()
    assert "b" not in painted(view)[0]
    await pilot.press("right", "right")
    assert "b" in painted(view)[0]
    assert view.toggle_wrap()
    await pilot.pause()
    assert re.sub(r"[^ab]", "", "".join(painted(view)[:2])) == "a" * 60 + "b" * 40
    assert not view.toggle_wrap()


async def test_bookmarks_are_gone_through_in_order(pilot: Pilot[None], view: LogView) -> None:
    assert not view.find_bookmark(1)
    for line in (10, 30):
        view.go_to(line)
        view.toggle_bookmark()
    view.go_to(0)
    for expected in (10, 30, 10):
        assert view.find_bookmark(1)
        assert view.cursor == expected
    assert view.find_bookmark(-1)
    assert view.cursor == 30
    view.go_to(0)
    await pilot.pause()
    assert painted(view)[10].startswith("◆")


async def test_times_can_be_hidden(pilot: Pilot[None], view: LogView) -> None:
    await pilot.press("g")
    assert "14:00:00" in painted(view)[0]
    view.has_times = False
    await pilot.pause()
    assert painted(view)[0].endswith("  INFO line 0")


async def test_colours_of_the_log_are_kept_and_levels_coloured(pilot: Pilot[None], view: LogView) -> None:
    view.start_over()
    view.feed(chunk("\x1b[32mgreen\x1b[0m plain\nERROR broken\n"))
    await pilot.pause()
    green, error = view.render_line(0), view.render_line(1)
    assert "\x1b" not in green.text
    colours = {segment.style.color for segment in green if segment.style and "green" in segment.text}
    plain = {segment.style.color for segment in green if segment.style and "plain" in segment.text}
    assert colours != plain
    assert {s.style.color for s in error if s.style and "broken" in s.text} != plain


async def test_a_rewritten_log_starts_over(pilot: Pilot[None], view: LogView) -> None:
    view.feed(chunk("new\n", is_restart=True))
    await pilot.pause()
    assert [row for row in painted(view) if row] == ["▸1  new"]


async def test_an_empty_log_paints_nothing_and_moves_nowhere(pilot: Pilot[None], view: LogView) -> None:
    view.start_over()
    await pilot.press("j", "k", "G", "g", "ctrl+d")
    assert view.cursor == 0
    assert not any(painted(view))
