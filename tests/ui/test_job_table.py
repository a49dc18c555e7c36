"""The job table under keys, mouse and change: messages first, then what stands on the screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from textual.binding import Binding
from textual.geometry import Region

from tests.support.fleet import NOW, make_jobs, make_trends
from tests.support.table_app import THEMES, FleetSource, TableApp
from tui.core.keys import JobKey
from tui.core.models import Action, ActionKind, Job, Receipt, ReceiptStatus
from tui.core.state import State
from tui.engine.columns import parse_sort
from tui.ui.bindings import TABLE, Scope
from tui.ui.glyphs import ASCII, UNICODE
from tui.ui.screens.dashboard import Dashboard
from tui.ui.theme import load_theme
from tui.ui.widgets.job_table import JobTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.pilot import Pilot

SIZE = (120, 20)
ROWS = SIZE[1] - 1


def job(number: int, state: State = State.SUCCEEDED, **fields: object) -> Job:
    made = Job(
        connection="talend-prod",
        type="talend",
        id=str(number),
        name=f"job_{number:03d}",
        state=state,
        observed_at=NOW,
        last_result=state if state.is_final else None,
        started_at=NOW - timedelta(minutes=number + 1),
        duration_s=60.0,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def key(number: int) -> JobKey:
    return JobKey("talend-prod", str(number))


def keys(*numbers: int) -> list[JobKey]:
    return [key(number) for number in numbers]


def source(count: int = 100, failed: Iterable[int] = ()) -> FleetSource:
    return FleetSource.of(job(n, State.FAILED if n in set(failed) else State.SUCCEEDED) for n in range(count))


async def press(pilot: Pilot[None], *ids: str) -> None:
    """Press the first default key of each binding."""
    for binding in ids:
        await pilot.press(_pressed(TABLE[binding].keys[0]))


def _pressed(name: str) -> str:
    return {"*": "asterisk", "<": "less_than_sign", ">": "greater_than_sign"}.get(name, name)


def lines(app: TableApp) -> list[str]:
    table = app.table
    return [table.render_line(y).text.rstrip() for y in range(table.size.height)]


def names(app: TableApp) -> list[str]:
    return [line[4:].split()[0] for line in lines(app)[1:] if line[4:].strip()]


def told(app: TableApp) -> list[str]:
    found = [type(message).__name__ for message in app.told]
    app.told.clear()
    return found


class Painted:
    """Which regions were asked to be painted since the last look."""

    def __init__(self, table: JobTable, monkeypatch: pytest.MonkeyPatch) -> None:
        self.regions: list[Region] = []
        original = table.refresh

        def refresh(*regions: Region, **options: bool) -> JobTable:
            self.regions += regions or [table.size.region]
            return original(*regions, **options)

        monkeypatch.setattr(table, "refresh", refresh)

    def take(self) -> list[Region]:
        found, self.regions = sorted(self.regions), []
        return found


async def test_it_shows_the_first_rows_and_a_cursor_on_the_first() -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert lines(app)[0].split()[:4] == ["▲", "JOB", "SYSTEM", "LAST"]
        assert names(app) == [f"job_{n:03d}" for n in range(ROWS)]
        assert lines(app)[1].startswith("▌●")
        assert app.table.cursor_key == key(0)
        assert told(app) == ["CursorMoved"]


@pytest.mark.parametrize(
    ("pressed", "expected"),
    [
        (["cursor_down"], 1),
        (["cursor_down", "cursor_down", "cursor_up"], 1),
        (["cursor_up"], 0),
        (["page_down"], 18),
        (["page_down", "page_up"], 0),
        (["half_page_down"], 9),
        (["half_page_down", "half_page_up"], 0),
        (["cursor_bottom"], 99),
        (["cursor_bottom", "cursor_down"], 99),
        (["cursor_bottom", "cursor_top"], 0),
    ],
)
async def test_keys_move_the_cursor(pressed: Sequence[str], expected: int) -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, *pressed)
        await pilot.pause()
        assert app.table.cursor_key == key(expected)
        assert key(expected) in app.table.visible_keys
        marked = [line for line in lines(app)[1:] if line.startswith("▌")]
        assert len(marked) == 1
        assert f"job_{expected:03d}" in marked[0]


async def test_the_cursor_tells_where_it_is_and_enter_opens() -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.told.clear()
        await press(pilot, "cursor_down", "open")
        await pilot.pause()
        moved, opened = app.told
        assert isinstance(moved, JobTable.CursorMoved)
        assert (moved.key, moved.row) == (key(1), 1)
        assert isinstance(opened, JobTable.JobOpened)
        assert opened.key == key(1)


def test_newer_places_replace_older_ones_that_wait() -> None:
    first, second = JobTable.CursorMoved(key(1), 1), JobTable.CursorMoved(key(2), 2)
    assert second.can_replace(first)
    assert not second.can_replace(JobTable.JobOpened(key(1)))


async def test_marks() -> None:
    app = TableApp(source(5))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "mark", "cursor_down", "mark")
        await pilot.pause()
        assert app.table.cursor_key == key(3)
        assert set(app.table.marks) == {key(0), key(2)}
        assert app.table.marked_rows() == keys(0, 2)
        assert ["◆" in line for line in lines(app)[1:6]] == [True, False, True, False, False]
        await press(pilot, "cursor_up", "mark")
        assert set(app.table.marks) == {key(0)}
        app.source.show(keys(1, 2, 3))
        app.table.reordered()
        await press(pilot, "mark_all")
        assert set(app.table.marks) == {*keys(0, 1, 2, 3)}
        app.table.forget(keys(1))
        assert app.table.marked_rows() == keys(2, 3)
        await pilot.pause()
        app.told.clear()
        await press(pilot, "unmark_all")
        await pilot.pause()
        assert not app.table.marks
        assert [m.count for m in app.told if isinstance(m, JobTable.MarksChanged)] == [0]


async def test_failed_rows_are_found_in_both_directions_and_round_the_end() -> None:
    fleet = source(60, failed=[7, 41])
    fleet.jobs[key(50)] = job(50, State.SCHEDULED, last_result=State.FAILED)
    fleet.jobs[key(51)] = job(51, State.RUNNING, last_result=State.FAILED)
    app = TableApp(fleet)
    async with app.run_test(size=SIZE) as pilot:
        for expected in (7, 41, 50, 7):
            await press(pilot, "next_failed")
            assert app.table.cursor_key == key(expected)
        for expected in (50, 41):
            await press(pilot, "previous_failed")
            assert app.table.cursor_key == key(expected)


async def test_without_failed_rows_the_key_says_so() -> None:
    app = TableApp(source(3))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await press(pilot, "next_failed")
        await pilot.pause()
        assert [note.message for note in app._notifications] == ["no job in this list has failed"]
        assert app.table.cursor_key == key(0)


@pytest.mark.parametrize(
    ("order", "pressed", "expected"),
    [
        ("name", "sort_next", "connection,name"),
        ("name", "sort_previous", "state,name"),
        ("state", "sort_previous", "message,state"),
        ("connection", "sort_next", "-last10,connection"),
        ("-started,name", "sort_invert", "started,name"),
        ("tags", "sort_next", "state,tags"),
    ],
)
async def test_sort_keys_ask_for_an_order(order: str, pressed: str, expected: str) -> None:
    fleet = source(3)
    fleet.order = parse_sort(order)
    app = TableApp(fleet)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, pressed)
        await pilot.pause()
        assert [m.sort for m in app.told if isinstance(m, JobTable.SortRequested)] == [expected]


async def test_the_title_of_the_sorted_column_is_marked_and_turns_with_the_order() -> None:
    fleet = source(3)
    fleet.order = parse_sort("-duration")
    app = TableApp(fleet)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "DURATION ▼" in lines(app)[0]
        fleet.order = parse_sort("duration")
        app.table.reordered()
        assert "DURATION ▲" in lines(app)[0]


async def test_the_cursor_stays_with_its_job_when_rows_move() -> None:
    app = TableApp(source(10))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "cursor_down", "cursor_down")
        app.source.show(keys(9, 2, 5, 0))
        app.table.reordered()
        await pilot.pause()
        assert app.table.cursor_key == key(2)
        assert lines(app)[2].startswith("▌")
        assert names(app) == ["job_009", "job_002", "job_005", "job_000"]


async def test_when_its_job_vanishes_the_cursor_goes_to_a_neighbour_and_says_so() -> None:
    app = TableApp(source(10))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "cursor_down", "cursor_down", "cursor_down")
        await pilot.pause()
        app.told.clear()
        app.source.show(keys(0, 1, 2, 4, 5))
        app.table.reordered()
        await pilot.pause()
        assert app.table.cursor_key == key(4)
        assert told(app) == ["CursorMoved"]
        app.source.show([])
        app.table.reordered()
        await pilot.pause()
        assert app.table.cursor_key is None


async def test_until_it_is_moved_the_cursor_stays_on_the_first_row() -> None:
    app = TableApp(source(10))
    async with app.run_test(size=SIZE):
        app.source.show(keys(9, 0, 1))
        app.table.reordered()
        assert app.table.cursor_key == key(9)


async def test_a_followed_job_takes_the_window_with_it() -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "cursor_down", "cursor_down", "follow")
        app.source.show([*keys(*(n for n in range(100) if n != 2)), key(2)])
        app.table.reordered()
        assert app.table.cursor_key == key(2)
        assert key(2) in app.table.visible_keys


async def test_a_job_that_is_not_followed_leaves_the_window_alone() -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "page_down", "page_down", "page_down", "cursor_down")
        before = list(app.table.visible_keys)
        moving = app.table.cursor_key
        assert moving is not None
        app.source.show([moving, *(k for k in app.source.keys if k != moving)])
        app.table.reordered()
        await pilot.pause()
        assert app.table.cursor_key == moving
        assert len({*before} & {*app.table.visible_keys}) == ROWS - 1


async def test_a_new_order_by_the_user_keeps_the_cursor_in_sight() -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "cursor_down")
        app.source.order = parse_sort("-name")
        app.source.show(list(reversed(app.source.keys)))
        app.table.reordered()
        await pilot.pause()
        assert app.table.cursor_key == key(1)
        assert key(1) in app.table.visible_keys


async def test_go_to_shows_a_job_and_passes_over_one_that_is_not_listed() -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE):
        app.table.go_to(key(77))
        assert app.table.cursor_key == key(77)
        assert key(77) in app.table.visible_keys
        app.table.go_to(key(1000))
        assert app.table.cursor_key == key(77)


async def test_the_mouse_selects_opens_sorts_and_scrolls() -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.told.clear()
        await pilot.click(JobTable, offset=(30, 4))
        assert app.table.cursor_key == key(3)
        await pilot.click(JobTable, offset=(30, 6), times=2)
        assert told(app)[-1] == "JobOpened"
        await pilot.click(JobTable, offset=(5, 0))
        await pilot.pause()
        assert [m.sort for m in app.told if isinstance(m, JobTable.SortRequested)] == ["name,state,-started"]
        await pilot._post_mouse_events([_wheel_down()], JobTable, offset=(5, 5))
        await pilot.pause()
        assert app.table.visible_keys[0] == key(3)
        assert app.table.cursor_key == key(5)
        await pilot.click(JobTable, offset=(SIZE[0] - 1, SIZE[1] - 1))
        assert app.table.visible_keys[-1] == key(99)


def _wheel_down() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_names_from_outside_are_text_and_nothing_else() -> None:
    hostile = [
        "job[/red]",
        "[@click=app.quit]x[/]",
        "\x1b]0;owned\x07",
        "北方风电场",
        "e\u0301te\u0301",
        "\u202ertl",
        "👩\u200d🚀",
    ]
    app = TableApp(FleetSource.of(job(n, name=name, message=name) for n, name in enumerate(hostile)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        shown = "\n".join(lines(app))
        assert "job[/red]" in shown
        assert "北方风电场" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert {app.table.render_line(y).cell_length for y in range(SIZE[1])} == {SIZE[0]}


async def test_without_rows_it_says_what_to_do_and_keys_do_no_harm() -> None:
    app = TableApp(source(0))
    async with app.run_test(size=SIZE) as pilot:
        for binding in TABLE.values():
            if Scope.TABLE in binding.scopes:
                await press(pilot, binding.id)
        await pilot.click(JobTable, offset=(10, 5))
        await pilot.pause()
        shown = "\n".join(lines(app))
        assert "no jobs here" in shown
        assert "add a connection" in shown
        assert app.table.cursor_key is None
        assert app.table.check_action("open", ()) is None


async def test_every_binding_of_the_table_has_its_action() -> None:
    wanted = {binding.id for binding in TABLE.values() if Scope.TABLE in binding.scopes}
    missing = {name for name in wanted if not hasattr(JobTable, f"action_{name}")}
    of_screen = {binding.id for binding in Dashboard.BINDINGS if isinstance(binding, Binding)}
    assert missing <= of_screen
    assert [name for name in missing if not hasattr(Dashboard, f"action_{name}")] == []


async def test_a_hundred_thousand_rows_open() -> None:
    app = TableApp(source(100_000))
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "cursor_bottom")
        assert app.table.cursor_key == app.source.keys[-1]
        assert len(app.table.visible_keys) == ROWS


async def test_only_the_changed_cell_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        painted = Painted(app.table, monkeypatch)
        place = next(p for p in app.table.painter.places if p.column.id == "message")
        app.source.jobs[key(4)] = job(4, message="step 3 of 9")
        app.table.rows_changed([key(4), key(90)])
        (region,) = painted.take()
        assert (region.x, region.y, region.height) == (place.x, 5, 1)
        assert "step 3 of 9" in lines(app)[5]


async def test_what_did_not_change_is_not_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        painted = Painted(app.table, monkeypatch)
        app.table.rows_changed(app.source.keys)
        app.table.reordered()
        app.table.refresh_stale()
        app.table.tick()
        app.source.now = NOW + timedelta(milliseconds=400)
        app.table.tick()
        app.source.show(keys(*range(50), *range(51, 100)))
        app.table.reordered()
        assert painted.take() == []


async def test_time_paints_the_ages_that_read_differently(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = source(3)
    fleet.jobs[key(1)] = job(1, State.RUNNING, started_at=NOW - timedelta(seconds=20), duration_s=None)
    app = TableApp(fleet)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        painted = Painted(app.table, monkeypatch)
        fleet.now = NOW + timedelta(seconds=1)
        app.table.tick()
        assert {region.y for region in painted.take()} == {2}
        assert "21s ago" in lines(app)[2]


async def test_moving_the_cursor_paints_two_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        painted = Painted(app.table, monkeypatch)
        app.table.action_cursor_down()
        regions = painted.take()
        assert {region.y for region in regions} == {1, 2}
        assert sum(region.width for region in regions) < SIZE[0]


async def test_a_receipt_and_a_stale_connection_show_in_the_row() -> None:
    app = TableApp(source(2))
    async with app.run_test(size=(200, 10)) as pilot:
        action = Action(ActionKind.RERUN, key(0))
        app.source.receipts[key(0)] = Receipt(
            "r", action, ReceiptStatus.SENT, NOW - timedelta(seconds=2), NOW - timedelta(seconds=2)
        )
        app.table.rows_changed([key(0)])
        assert "rerun sent 2s ago" in lines(app)[1]
        app.source.now = NOW + timedelta(minutes=3)
        app.source.stale.add("talend-prod")
        app.table.tick()
        app.table.refresh_stale()
        await pilot.pause()
        assert "seen 3m ago" in lines(app)[2]


async def test_wide_columns_clock_times_and_the_columns_to_the_right() -> None:
    fleet = source(3)
    fleet.order = parse_sort("name")
    app = TableApp(fleet)
    async with app.run_test(size=(100, 10)) as pilot:
        assert "PATH" not in lines(app)[0]
        await press(pilot, "wide")
        assert "PATH" in lines(app)[0]
        assert "MESSAGE" not in lines(app)[0]
        for _ in range(9):
            await press(pilot, "scroll_right")
        assert "MESSAGE" in lines(app)[0]
        for _ in range(9):
            await press(pilot, "scroll_left")
        await press(pilot, "wide", "toggle_time")
        assert "STARTED UTC" in lines(app)[0]
        assert "14:01:31" in lines(app)[1]


async def test_chosen_columns() -> None:
    app = TableApp(source(3))
    async with app.run_test(size=SIZE):
        app.table.set_columns(["state", "name", "message"])
        assert lines(app)[0].split() == ["▲", "JOB", "MESSAGE"]
        app.table.set_columns([])
        assert "SYSTEM" in lines(app)[0]


async def test_a_resized_screen_keeps_the_cursor_in_sight() -> None:
    app = TableApp(source())
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "half_page_down", "half_page_down")
        for size in ((60, 15), (200, 60), (20, 3), (5, 1), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert {app.table.render_line(y).cell_length for y in range(size[1])} == {size[0]}
        assert app.table.cursor_key == key(18)
        assert key(18) in app.table.visible_keys


@pytest.mark.parametrize("theme", ["nightdeck-light", "ansi-16", "high-contrast"])
async def test_another_theme_is_taken_over_at_once(theme: str) -> None:
    app = TableApp(source(3))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        before = [segment.style for segment in app.table.render_line(1)]
        app.register_theme(load_theme(theme, [THEMES]))
        app.theme = theme
        await pilot.pause()
        assert [segment.style for segment in app.table.render_line(1)] != before
        assert names(app) == ["job_000", "job_001", "job_002"]


async def test_without_colours_strips_show_outcomes_and_ascii_stays_ascii() -> None:
    jobs = [replace(made, name=made.id) for made in make_jobs(200)]
    fleet = FleetSource.of(jobs, trends=make_trends(jobs))
    for glyphs, signs in ((ASCII, ".x"), (UNICODE, "·✗")):
        app = TableApp(fleet, "mono", glyphs=glyphs)
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            shown = "\n".join(lines(app))
            assert signs in shown
            assert shown.isascii() == (glyphs is ASCII)
