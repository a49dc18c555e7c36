"""The help tells the keys in effect where it was opened, why some can't act, and all keys."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Static

from tests.ui.key_app import REASON, KeyApp
from tui.ui.bindings import TABLE
from tui.ui.keysheet import KeyRow, all_rows, lay_out, rows_of, with_joined_views
from tui.ui.screens.help import HelpScreen


def help_of(app: KeyApp) -> HelpScreen:
    assert isinstance(app.screen, HelpScreen)
    return app.screen


def text_of(app: KeyApp) -> str:
    screen = help_of(app)
    return f"{screen.query_one('#title', Static).content}\n{screen.query_one('#keys', Static).content}"


async def test_it_tells_the_keys_of_where_it_was_opened() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        rows = {row.id: row for row in help_of(app).rows}
    assert rows["rerun"].keys == ("R",)
    assert rows["open"].keys == ("enter",)
    assert rows["cursor_down"].keys == ("j", "↓")
    # Nothing answers these here, so they aren't told.
    assert not {"only_matching", "sort_next", "copy"} & set(rows)


async def test_it_tells_rebound_keys() -> None:
    app = KeyApp(keymap={"rerun": "Z", "stop": "", "raw": "f5", "help": "ctrl-h,?"})
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        rows = {row.id: row for row in help_of(app).rows}
        assert "ctrl-h all keys" in text_of(app)
    assert rows["rerun"].keys == ("Z",)
    assert rows["raw"].keys == ("f5",)
    assert rows["stop"].keys == ()


async def test_a_grey_key_says_why_and_nothing_is_read_as_markup() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        rows = {row.id: row for row in help_of(app).rows}
        assert rows["hold"].reason == REASON
        assert rows["rerun"].reason == ""
        assert "Talend does not [offer]" in text_of(app)


async def test_a_second_press_tells_all_keys_and_a_third_those_of_here() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("question_mark", "question_mark")
        await pilot.pause()
        ids = {row.id for row in help_of(app).rows}
        assert "All keys" in text_of(app)
        assert {"only_matching", "sort_next", "copy"} < ids
        await pilot.press("question_mark")
        await pilot.pause()
        assert "Keys here" in text_of(app)


async def test_typing_filters() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("question_mark", "slash", *"stop")
        await pilot.pause()
        assert [row.id for row in help_of(app).rows] == ["stop"]
        assert "rerun" not in text_of(app)
        await pilot.press(*"zzz")
        await pilot.pause()
        assert "no key matches" in text_of(app)
        await pilot.press("escape")
        await pilot.pause()
        assert len(help_of(app).rows) > 10
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.main


async def test_enter_keeps_the_filter_and_gives_the_keys_back() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("question_mark", "slash", *"rerun", "enter", "question_mark")
        await pilot.pause()
        assert help_of(app).query_one(Input).value == "rerun"
        assert {row.id for row in help_of(app).rows} == {"rerun"}
        await pilot.press("backslash")
        await pilot.pause()
        assert len(help_of(app).rows) > 10


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_it_closes_and_nothing_else_happens(key: str) -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("question_mark", "R", "X", key)
        await pilot.pause()
        assert app.screen is app.main
    assert app.main.done == []


async def test_it_fits_a_small_terminal_and_scrolls() -> None:
    app = KeyApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.pause()
        box = help_of(app).query_one("VerticalScroll")
        panel = help_of(app).query_one("Vertical")
        assert panel.region.bottom <= 24
        assert panel.region.right <= 80
        assert box.max_scroll_y > 0
        tops = []
        for press in ("G", "g", "j", "k", "ctrl+d", "ctrl+u", "pagedown", "pageup", "end", "home"):
            await pilot.press(press)
            await pilot.pause()
            tops.append(box.scroll_offset.y)
        last, half, page = box.max_scroll_y, box.size.height // 2, box.size.height
        assert tops == [last, 0, 1, 0, half, 0, min(page, last), 0, last, 0]


@pytest.mark.parametrize("width", [24, 53, 76, 110, 170, 240])
def test_the_rows_share_the_width(width: int) -> None:
    rows = with_joined_views(all_rows({}))
    content = lay_out(rows, width)
    lines = content.plain.split("\n")
    assert all(len(line) <= width for line in lines)
    if width >= 53:
        text = content.plain
        assert all(row.description in text and row.id in text for row in rows)
    if width >= 110:
        assert len(lines) < len(rows)


def test_all_rows_tell_every_binding_and_what_a_log_makes_of_it() -> None:
    rows = all_rows({"rerun": "Z", "pause": "unbound"})
    assert {row.id for row in rows} == set(TABLE)
    in_log = {row.id: row.description for row in rows if row.heading == "In a log"}
    assert in_log["find"] == "search"
    assert in_log["only_matching"] == "only matching lines"
    by_id = {row.id: row for row in rows if row.heading != "In a log"}
    assert by_id["rerun"].keys == ("Z",)
    assert by_id["pause"].keys == ()


def test_saved_views_take_one_row_while_they_are_on_their_digits() -> None:
    joined = with_joined_views(all_rows({}))
    assert [row.id for row in joined if row.id.startswith("view_")] == ["view_1 … 9", "view_all"]
    rebound = with_joined_views(all_rows({"view_9": "f9"}))
    assert [row.id for row in rebound if row.id.startswith("view_")] == ["view_1 … 8", "view_9", "view_all"]


def test_a_filter_looks_for_every_word_everywhere() -> None:
    row = KeyRow("rerun", ("R",), "rerun or trigger", "Acting on systems", "Run the job again, after asking.")
    assert row.matches(["trigger", "AGAIN"])
    assert row.matches([])
    assert not row.matches(["trigger", "stop"])


async def test_rows_of_a_screen_are_in_the_order_of_the_table() -> None:
    app = KeyApp()
    async with app.run_test(size=(120, 36)):
        ids = [row.id for row in rows_of(app.main)]
    order = list(TABLE)
    assert ids == sorted(ids, key=order.index)
