"""The log view: following, moving, wrapping, folding, spreading, selecting, and what is painted."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.ui.log_app import LogApp
from tui.logs.patterns import search_for
from tui.ui.widgets.log_look import TimeMode
from tui.ui.widgets.log_view import LogView

LINES = 100
TEXT = "".join(f"2026-11-21 14:00:{n % 60:02d} INFO line {n}\n" for n in range(60)) + "".join(
    f"2026-11-21 14:01:{n % 60:02d} INFO line {n}\n" for n in range(60, LINES)
)
TRACE = """2026-11-21 14:00:00 ERROR broken
java.lang.IllegalStateException: closed
\tat a.B.c(B.java:1)
\tat a.B.d(B.java:2)
\tat a.B.e(B.java:3)
\tat a.B.f(B.java:4)
Caused by: java.io.IOException: gone
\tat x.Y.z(Y.java:9)
\tat x.Y.zz(Y.java:10)
\tat x.Y.zzz(Y.java:11)
2026-11-21 14:00:01 INFO after
"""


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[LogApp]:
    app = LogApp(tmp_path / "a.log")
    app.path.write_text(TEXT)
    async with app.run_test(size=(60, 20)):
        app.view.focus()
        app.show()
        yield app


@pytest.fixture
def pilot(app: LogApp) -> Pilot[None]:
    return Pilot(app)


def write(app: LogApp, data: bytes) -> LogView:
    app.view.is_following = False
    app.write(data, is_anew=True)
    return app.view


async def test_it_follows_the_tail_until_the_reader_moves(app: LogApp, pilot: Pilot[None]) -> None:
    assert app.rows[-1].endswith("line 99")
    await pilot.press("g")
    app.write(b"late\n")
    assert app.line == 0
    assert app.rows[0].endswith("line 0")
    app.view.follow()
    assert app.rows[-1].endswith("late")
    app.write(b"later\n")
    assert app.rows[-1].endswith("later")


async def test_keys_move_as_in_less_and_vim(app: LogApp, pilot: Pilot[None]) -> None:
    await pilot.press("g", "j", "j", "k")
    assert app.line == 1
    await pilot.press("ctrl+d")
    assert app.line == 11
    await pilot.press("pagedown", "pageup", "ctrl+u")
    assert app.line == 1
    await pilot.press("G")
    assert app.line == LINES - 1
    await pilot.press("G", "j", "pagedown")
    assert app.line == LINES - 1
    assert app.view.is_following is True or app.rows[-1].endswith("line 99")


async def test_the_window_moves_no_more_than_needed(app: LogApp, pilot: Pilot[None]) -> None:
    await pilot.press("g", *["j"] * 19)
    assert app.rows[0].endswith("line 0")
    await pilot.press("j")
    assert app.rows[0].endswith("line 1")
    await pilot.press(*["k"] * 19)
    assert app.rows[0].endswith("line 1")
    await pilot.press("k")
    assert app.rows[0].endswith("line 0")


async def test_a_line_is_gone_to_with_lines_above_it(app: LogApp) -> None:
    place = app.document.place(50)
    assert place is not None
    app.view.go_to(place, is_centred=True)
    row = next(row for row, text in enumerate(app.rows) if text.endswith("line 50"))
    assert 4 <= row <= 8
    assert not app.view.is_following
    before = app.rows
    app.view.go_to(app.document.place(52) or 0, is_centred=True)
    assert [row.lstrip("▌ ") for row in app.rows] == [row.lstrip("▌ ") for row in before]


async def test_long_lines_wrap_or_scroll_sideways(app: LogApp, pilot: Pilot[None]) -> None:
    view = write(app, b"a" * 60 + b"b" * 40 + b"\nshort\n")
    assert "b" not in app.rows[0]
    assert app.rows[0].endswith("…")
    await pilot.press("right", "right", "right")
    assert app.rows[0].endswith("b" * 40)
    assert app.rows[1].strip() == "2"
    assert view.look is not None
    view.look.is_wrapped, view.look.side = True, 0
    view.look_changed()
    rows = app.rows
    assert re.sub(r"[^ab]", "", rows[0] + rows[1]) == "a" * 60 + "b" * 40
    assert rows[2].endswith("short")


async def test_wide_characters_wrap_by_cells(app: LogApp) -> None:
    view = write(app, "尺".encode() * 40 + b"\n")
    assert view.look is not None
    view.look.is_wrapped = True
    view.look_changed()
    assert sum(row.count("尺") for row in app.rows) == 40
    assert all(row.count("尺") <= 27 for row in app.rows)


async def test_a_line_longer_than_the_screen_is_gone_through_by_rows(app: LogApp, pilot: Pilot[None]) -> None:
    view = write(app, b"first\n" + b"".join(b"%04d" % n for n in range(500)) + b"\nlast\n")
    assert view.look is not None
    view.look.is_wrapped = True
    view.look_changed()
    view.go_to_first()
    long = app.document.place(1)
    assert long is not None
    seen: list[int] = []
    for _ in range(40):
        await pilot.press("j")
        seen += [place.part for place in view.places if place.line == long]
    assert set(seen) == set(range(max(seen) + 1))
    assert max(seen) > 30
    assert app.line == 2
    assert app.rows[-1].endswith("last")
    for _ in range(40):
        await pilot.press("k")
    assert app.rows[0].endswith("first")


async def test_stack_traces_fold_one_by_one_and_all(app: LogApp, pilot: Pilot[None]) -> None:
    view = write(app, TRACE.encode())
    assert view.fold(is_all=True)
    rows = [row for row in app.rows if row]
    assert len(rows) == 6
    assert "4 lines: at a.B.c(B.java:1)" in rows[2]
    assert "Caused by" in rows[3]
    view.go_to(app.document.place(1) or 0)
    assert view.fold(is_all=False)
    rows = [row for row in app.rows if row]
    assert len(rows) == 9
    assert rows[4].endswith("at a.B.e(B.java:3)")
    await pilot.press("G")
    assert app.line == 10
    assert not view.fold(is_all=False)
    assert view.fold(is_all=True)
    assert len([row for row in app.rows if row]) == 11


async def test_the_cursor_goes_over_a_fold_in_one_step(app: LogApp, pilot: Pilot[None]) -> None:
    view = write(app, TRACE.encode())
    view.go_to(app.document.place(5) or 0)
    view.fold(is_all=True)
    assert app.line == 2
    await pilot.press("j")
    assert app.line == 6
    await pilot.press("k", "k")
    assert app.line == 1
    view.go_to(app.document.place(8) or 0)
    assert app.line == 8
    assert app.rows[8].endswith("at x.Y.zz(Y.java:10)") or "zz(" in "".join(app.rows)


async def test_json_lines_are_spread(app: LogApp) -> None:
    record = {"level": "ERROR", "message": "no listener", "at": {"host": "dwh", "port": 1521}}
    view = write(app, f"plain\n{json.dumps(record)}\n14:00 main {json.dumps([1, 2])}\n".encode())
    assert view.look is not None
    view.look.is_spread = True
    view.look_changed()
    text = "\n".join(app.rows)
    assert '"message": "no listener"' in text
    assert '    "port": 1521' in text
    assert [row.strip() for row in app.rows[-11:] if row.strip() in ("1,", "2")] == ["1,", "2"]
    view.look.turned = {app.document.place(1) or 0}
    view.look_changed()
    assert '    "port": 1521' not in "\n".join(app.rows)


async def test_times_are_shown_as_written_since_the_start_or_not(app: LogApp, pilot: Pilot[None]) -> None:
    await pilot.press("g")
    assert app.rows[0].endswith("2026-11-21 14:00:00 INFO line 0")
    look = app.view.look
    assert look is not None
    look.times = TimeMode.CLOCK
    app.view.look_changed()
    assert app.rows[12].endswith("  14:00:12 INFO line 12")
    look.times = TimeMode.RELATIVE
    app.view.look_changed()
    assert app.rows[12].endswith("+12s INFO line 12")
    look.times = TimeMode.HIDDEN
    app.view.look_changed()
    assert re.fullmatch(r"▌ *1  INFO line 0", app.rows[0])


async def test_silences_are_marked_between_lines(app: LogApp) -> None:
    write(app, b"2026-11-21 14:00:00 one\n2026-11-21 14:00:01 two\n2026-11-21 14:07:05 three\n")
    assert "7m04s later" in app.rows[2]
    assert app.rows[3].endswith("three")


async def test_lines_are_selected_by_keys_and_let_go(app: LogApp, pilot: Pilot[None]) -> None:
    await pilot.press("g", "j")
    assert app.view.select()
    await pilot.press("j", "j")
    assert app.view.selection == (app.document.place(1), app.document.place(3))
    await pilot.press("k", "k", "k")
    assert app.view.selection == (0, app.document.place(1))
    assert not app.view.select()
    assert app.view.selection is None


async def test_the_mouse_goes_to_lines_selects_and_scrolls(app: LogApp, pilot: Pilot[None]) -> None:
    await pilot.press("g")
    await pilot.click(LogView, offset=(10, 5))
    assert app.line == 5
    assert app.selected() is None
    await pilot.mouse_down(LogView, offset=(10, 2))
    await pilot.hover(LogView, offset=(10, 3))
    await pilot.hover(LogView, offset=(10, 6))
    await pilot.mouse_up(LogView, offset=(10, 6))
    assert app.selected() == (app.document.place(2), app.document.place(6))
    await pilot.click(LogView, offset=(59, 15))
    assert app.line > 50


async def test_colours_of_the_log_are_kept_and_levels_coloured(app: LogApp) -> None:
    view = write(app, b"first\n\x1b[32mgreen\x1b[0m plain\nERROR broken\n")
    green, error = view.render_line(1), view.render_line(2)
    assert "\x1b" not in green.text
    colours = {segment.style.color for segment in green if segment.style and "green" in segment.text}
    plain = {segment.style.color for segment in green if segment.style and "plain" in segment.text}
    assert colours != plain
    assert {s.style.color for s in error if s.style and "broken" in s.text} != plain


async def test_what_is_searched_for_and_highlighted_stands_out(app: LogApp) -> None:
    view = write(app, b"first\nthe needle and hay\n")
    assert view.look is not None
    view.look.search = search_for(re.compile("needle"))
    view.look.highlights = [search_for(re.compile("hay"))]
    view.look_changed()
    styles = {segment.text.strip(): segment.style for segment in view.render_line(1) if segment.style}
    grounds = [styles[text].bgcolor for text in ("the", "needle", "hay")]
    assert len(set(grounds)) == len(grounds)
    assert all(styles[text].color != styles[text].bgcolor for text in ("the", "needle", "hay"))


async def test_text_that_its_own_colours_would_hide_is_seen(app: LogApp) -> None:
    view = write(app, b"first\n\x1b[38;2;16;20;27msecret\x1b[0m \x1b[97;107mwhite\x1b[8mpass\n")
    for segment in view.render_line(1):
        assert segment.style is not None
        assert segment.text.isspace() or segment.style.color != segment.style.bgcolor
    assert app.rows[1].endswith("secret whitepass")


async def test_a_rewritten_log_starts_over(app: LogApp) -> None:
    app.view.select()
    app.write(b"new\n", is_anew=True)
    assert [row for row in app.rows if row] == ["▌1  new"]
    assert app.view.selection is None


async def test_a_log_that_grows_within_a_line_shows_all_of_it(app: LogApp) -> None:
    write(app, b"one\nbegun")
    assert app.rows[1].endswith("begun")
    app.write(b" and done\nmore")
    assert app.rows[1].endswith("begun and done")
    assert app.rows[2].endswith("more")
    app.write(b" of it\n" + b"and\nmore\nlines\n")
    assert app.rows[2].endswith("more of it")


async def test_a_folded_trace_that_grows_tells_how_long_it_is(app: LogApp) -> None:
    view = write(app, b"x\n" + b"\tat a.b(C:1)\n" * 3)
    view.fold(is_all=True)
    assert "3 lines" in app.rows[1]
    app.write(b"\tat a.b(C:1)\n" * 2 + b"plain\nplain\n")
    assert "5 lines" in app.rows[1]
    assert app.rows[2].endswith("plain")


async def test_an_empty_log_paints_its_note_and_moves_nowhere(app: LogApp, pilot: Pilot[None]) -> None:
    app.view.note = "the log is empty"
    write(app, b"")
    await pilot.press("j", "k", "G", "g", "ctrl+d", "pageup", "right")
    assert app.view.cursor == 0
    assert [row.strip() for row in app.rows if row] == ["the log is empty"]
    app.view.show(None)
    await pilot.press("j", "G", "ctrl+d")
    assert app.view.document is None


async def test_the_same_way_of_showing_goes_on_with_another_log(app: LogApp) -> None:
    look = app.view.look
    assert look is not None
    look.is_wrapped, look.times = True, TimeMode.HIDDEN
    app.show()
    assert app.view.look is not look
    assert app.view.look is not None
    assert (app.view.look.is_wrapped, app.view.look.times) == (True, TimeMode.HIDDEN)


async def test_numbers_are_told_once_lines_are_counted(app: LogApp) -> None:
    from tui.logs.document import LogDocument
    from tui.logs.source import LogFile

    document = LogDocument(LogFile(app.path))
    app.opened.append(document)
    app.view.show(document)
    app.view.go_to_last()
    assert "100" not in app.rows[-1][:6]
    await document.count_lines(app.view.take_counts)
    assert app.rows[-1].startswith("▌100")
