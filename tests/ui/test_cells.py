"""The cells of the job table: what they say, and that they take exactly the width they are given."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.support.fleet import NOW, make_jobs, make_trends
from tui.core.models import Action, ActionKind, Job, Receipt, ReceiptStatus, Trend
from tui.core.state import State
from tui.engine.columns import COLUMNS, DEFAULT_COLUMNS
from tui.ui.glyphs import ASCII, UNICODE, GlyphSet
from tui.ui.widgets.cells.identity import draw_connection, draw_gutter, draw_name
from tui.ui.widgets.cells.message import draw_message
from tui.ui.widgets.cells.row import Cell, Look, Row, Tone
from tui.ui.widgets.cells.text import fit, fit_middle, fit_right, plain
from tui.ui.widgets.cells.times import draw_duration, draw_next, draw_started, steady_s
from tui.ui.widgets.cells.trend import draw_trend
from tui.ui.widgets.columns import TABLE_COLUMNS, arrange, known_columns, tailored

JOB = Job(
    connection="talend-prod",
    type="talend",
    id="2502",
    name="load_customers",
    state=State.FAILED,
    observed_at=NOW,
    last_result=State.FAILED,
    started_at=NOW - timedelta(minutes=4),
    ended_at=NOW,
    duration_s=724.0,
    message="ORA-12541: TNS:no listener",
)
UTC_LOOK = Look(zone=UTC)


def row(job: Job = JOB, **fields: object) -> Row:
    return Row(job, NOW, UTC_LOOK)._replace(**fields)  # type: ignore[arg-type]


def said(cell: Cell) -> str:
    return "".join(text for text, _ in cell)


def tones(cell: Cell) -> dict[str, Tone]:
    return {text.strip(): tone for text, tone in cell if text.strip()}


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_sign_takes_one_cell_and_every_state_has_its_own(glyphs: GlyphSet) -> None:
    assert {cell_len(sign) for sign in glyphs.states.values()} == {1}
    assert len(set(glyphs.states.values())) == len(State)
    singles = (glyphs.cursor, glyphs.mark, glyphs.ascending, glyphs.ellipsis, glyphs.dash, glyphs.thumb)
    assert {cell_len(sign) for sign in (*singles, *glyphs.heights)} == {1}


def test_the_ascii_set_is_ascii() -> None:
    signs = [*ASCII.states.values(), *ASCII.outcomes.values(), ASCII.cursor, ASCII.mark, ASCII.ellipsis]
    assert "".join([*signs, ASCII.dash, ASCII.times, ASCII.dot, ASCII.thumb, ASCII.bar_full]).isascii()


def test_a_gutter_tells_cursor_state_and_mark() -> None:
    assert said(draw_gutter(row(), is_cursor=True, is_marked=True)) == "▌✗◆ "
    assert said(draw_gutter(row(), is_cursor=False, is_marked=False)) == " ✗  "


def test_a_name_is_cut_in_its_middle_because_names_differ_at_both_ends() -> None:
    job = replace(JOB, name="load_customers_from_crm_to_dwh_0815")
    assert said(draw_name(row(job), 20)) == "load_customer…h_0815"


def test_a_job_without_a_name_shows_its_id() -> None:
    assert said(draw_name(row(replace(JOB, name="")), 8)) == "2502    "


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("job[/red]", 12, "job[/red]   "),
        ("北方风电场", 8, "北方风… "),
        ("a\u0301e\u0301o\u0301u\u0301", 3, "a\u0301e\u0301…"),
        ("one\ntwo\tthree", 13, "one two three"),
        ("\x1b[31mred", 9, "·[31mred "),
        ("right\u202eleft", 11, "right·left "),
        ("", 3, "   "),
        ("anything", 0, ""),
        ("anything", 1, "…"),
    ],
)
def test_text_is_cut_to_cells_and_never_moves_the_cursor(text: str, width: int, expected: str) -> None:
    assert fit(text, width, "…") == expected


@settings(deadline=None)
@given(st.text(max_size=40), st.integers(0, 30), st.sampled_from([fit, fit_middle, fit_right]))
def test_fitted_text_takes_exactly_the_cells_asked_for(text: str, width: int, cut: object) -> None:
    assert callable(cut)
    assert cell_len(cut(text, width, "…")) == width


@settings(deadline=None)
@given(st.text(max_size=60))
def test_plain_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    assert all(character.isprintable() for character in plain(text))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "4m ago"),
        ({"started_at": None}, "–"),
        ({"started_at": NOW + timedelta(seconds=30)}, "now"),
        ({"kind": "service", "state": State.RUNNING, "started_at": NOW - timedelta(days=4)}, "up 4d"),
    ],
)
def test_a_start_is_told_as_an_age(fields: dict[str, object], expected: str) -> None:
    assert said(draw_started(row(replace(JOB, **fields)), 11)).rstrip() == expected  # type: ignore[arg-type]


def test_a_start_is_told_as_a_clock_time_of_the_users_zone() -> None:
    look = Look(is_absolute=True, zone=ZoneInfo("Europe/Berlin"))
    assert said(draw_started(row(look=look), 11)).rstrip() == "14:58:31"
    older = replace(JOB, started_at=datetime(2026, 11, 20, 22, 30, tzinfo=UTC))
    assert said(draw_started(row(older, look=look), 11)) == "11-20 23:30"


def test_a_narrow_age_goes_without_a_word() -> None:
    assert said(draw_started(row(), 4)) == "4m  "


def test_a_duration_is_right_aligned_and_tells_how_far_it_is_from_usual() -> None:
    cell = draw_duration(row(trend=Trend(usual_s=290.0)), 12)
    assert said(cell) == "12m04s  2.5×"
    assert tones(cell)["2.5×"] is Tone.SLOW


@pytest.mark.parametrize(
    ("usual", "expected"),
    [(700.0, "12m04s"), (None, "12m04s"), (0.0, "12m04s"), (1.0, "12m04s  724×"), (72.0, "12m04s  10×")],
)
def test_a_usual_duration_needs_no_factor(usual: float | None, expected: str) -> None:
    assert said(draw_duration(row(trend=Trend(usual_s=usual)), 12)).rstrip() == expected


def test_a_factor_of_seconds_is_noise() -> None:
    job = replace(JOB, duration_s=3.0)
    assert said(draw_duration(row(job, trend=Trend(usual_s=1.0)), 12)).strip() == "3.0s"


def test_a_success_that_was_far_too_fast_says_so() -> None:
    job = replace(JOB, state=State.SUCCEEDED, last_result=State.SUCCEEDED, duration_s=10.0)
    cell = draw_duration(row(job, trend=Trend(usual_s=100.0)), 12)
    assert said(cell) == "   10s  0.1×"
    assert tones(cell)["0.1×"] is Tone.MUTED


@pytest.mark.parametrize(
    ("glyphs", "width", "expected"),
    [
        (UNICODE, 14, "━━━━━╸───  64%"),
        (UNICODE, 6, "   64%"),
        (ASCII, 14, "=====-...  64%"),
    ],
)
def test_progress_is_a_bar_with_its_number(glyphs: GlyphSet, width: int, expected: str) -> None:
    job = replace(JOB, state=State.RUNNING, progress=0.64)
    assert said(draw_duration(row(job, look=Look(glyphs)), width)) == expected


def test_a_run_with_progress_that_takes_far_too_long_says_so() -> None:
    job = replace(JOB, state=State.RUNNING, progress=0.5)
    cell = draw_duration(row(job, trend=Trend(usual_s=60.0)), 14)
    assert said(cell) == "━━──  50% 4.0×"
    assert tones(cell)["4.0×"] is Tone.SLOW
    assert said(draw_duration(row(job, trend=Trend(usual_s=60.0)), 12)) == "━━━╸───  50%"
    assert said(draw_duration(row(job, trend=Trend(usual_s=200.0)), 14)) == "━━━━╸────  50%"


@pytest.mark.parametrize(("progress", "expected"), [(-1.0, "0%"), (7.0, "100%"), (0.999, "99%")])
def test_progress_beyond_its_bounds_stays_within_them(progress: float, expected: str) -> None:
    job = replace(JOB, state=State.RUNNING, progress=progress)
    assert said(draw_duration(row(job), 14)).split()[-1] == expected


def test_a_running_job_shows_how_long_it_runs() -> None:
    job = replace(JOB, state=State.RUNNING, duration_s=None, ended_at=None)
    assert said(draw_duration(row(job, trend=Trend(usual_s=60.0)), 12)) == " 4m00s  4.0×"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"next_run_at": NOW + timedelta(hours=2)}, "16:02"),
        ({"next_run_at": NOW + timedelta(minutes=60, seconds=1)}, "15:02"),
        ({"next_run_at": NOW + timedelta(minutes=60)}, "in 60m"),
        ({"next_run_at": NOW + timedelta(minutes=26, seconds=1)}, "in 27m"),
        ({"next_run_at": NOW + timedelta(seconds=1)}, "in 1m"),
        ({"next_run_at": NOW - timedelta(seconds=59)}, "now"),
        ({"next_run_at": NOW + timedelta(minutes=26), "state": State.RUNNING}, "14:28"),
        ({"next_run_at": NOW + timedelta(hours=12)}, "Sun 02:02"),
        ({"next_run_at": NOW + timedelta(days=30)}, "12-21"),
        ({"next_run_at": NOW - timedelta(minutes=5)}, "late 5m"),
        ({"next_run_at": NOW - timedelta(minutes=5), "state": State.RUNNING}, "13:57"),
        ({"is_held": True, "next_run_at": NOW}, "held"),
        ({}, "–"),
    ],
)
def test_the_next_run(fields: dict[str, object], expected: str) -> None:
    assert said(draw_next(row(replace(JOB, **fields)), 9)).rstrip() == expected  # type: ignore[arg-type]


def test_clock_times_are_not_counted_down() -> None:
    look = UTC_LOOK._replace(is_absolute=True)
    due = replace(JOB, next_run_at=NOW + timedelta(minutes=26))
    assert said(draw_next(row(due, look=look), 9)).rstrip() == "14:28"


def test_a_strip_has_a_bar_a_run_with_its_height_and_colour() -> None:
    outcomes = (State.SUCCEEDED, State.FAILED, State.SUCCEEDED, State.SUCCEEDED, State.SUCCEEDED)
    cell = draw_trend(row(trend=Trend(outcomes, (60.0, 60.0, 1.0, 90.0, 360.0))), 10)
    assert said(cell) == "     ▂▂▁▄█"
    assert [tone for text, tone in cell if text.strip()] == [Tone.BAR, Tone.FAILED, Tone.BAR]


@pytest.mark.parametrize("durations", [(0.0, 0.0, 5.0), (float("inf"), 1.0, 1.0), (1e300, 1.0, 1.0)])
def test_a_strip_of_odd_durations(durations: tuple[float, ...]) -> None:
    assert said(draw_trend(row(trend=Trend((State.SUCCEEDED,) * 3, durations)), 3)).count("█") == 1


def test_a_strip_without_colours_shows_outcomes() -> None:
    trend = Trend((State.SUCCEEDED, State.FAILED, State.WARNING, State.CANCELLED), (1.0, 1.0, 1.0, 1.0))
    assert said(draw_trend(row(trend=trend, look=Look(shows_outcomes=True)), 4)) == "·✗▲⊘"
    assert said(draw_trend(row(trend=trend, look=Look(ASCII)), 4)) == ".x!/"


@pytest.mark.parametrize(
    ("trend", "kind", "expected"),
    [(None, "task", "–"), (Trend(), "service", "service"), (Trend((State.FAILED,), ()), "task", "▁")],
)
def test_a_strip_of_little_or_nothing(trend: Trend | None, kind: str, expected: str) -> None:
    assert said(draw_trend(row(replace(JOB, kind=kind), trend=trend), 10)).strip() == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "ORA-12541: TNS:no listener"),
        ({"message": "", "exit_code": 3}, "exit code 3"),
        ({"state": State.SCHEDULED}, "last: failed, ORA-12541: TNS:no listener"),
        ({"state": State.SCHEDULED, "last_result": State.SUCCEEDED, "message": ""}, ""),
        ({"state": State.RUNNING, "substate": "stopping", "message": "step 3"}, "stopping · step 3"),
        ({"state": State.UNKNOWN, "message": "", "native_state": "LIMBO"}, "LIMBO"),
        ({"state": State.UNKNOWN, "native_state": "LIMBO", "message": "lost"}, "LIMBO: lost"),
    ],
)
def test_the_message_tells_what_matters(fields: dict[str, object], expected: str) -> None:
    assert said(draw_message(row(replace(JOB, **fields)), 60)).rstrip() == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": State.FAILED, "message": "exit code 1"}, "no space left"),
        ({"state": State.FAILED, "message": ""}, "no space left"),
        (
            {"state": State.SCHEDULED, "last_result": State.FAILED, "message": ""},
            "last: failed, no space left",
        ),
    ],
)
def test_what_the_log_tells_takes_the_place_of_a_message_that_says_nothing(
    fields: dict[str, object], expected: str
) -> None:
    drawn = draw_message(row(replace(JOB, **fields), first_error="no space left"), 60)  # type: ignore[arg-type]
    assert said(drawn).rstrip() == expected


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (ReceiptStatus.SENT, {}, "rerun sent 2s ago"),
        (ReceiptStatus.ACCEPTED, {}, "rerun accepted 2s ago"),
        (ReceiptStatus.REFUSED, {"message": "read-only"}, "rerun refused: read-only"),
        (ReceiptStatus.UNKNOWN, {}, "rerun sent, outcome unknown 2s ago"),
        (ReceiptStatus.OBSERVED, {"observed_state": State.RUNNING}, "rerun: running after 3s"),
    ],
)
def test_an_action_under_way_is_told_first(
    status: ReceiptStatus, fields: dict[str, object], expected: str
) -> None:
    action = Action(ActionKind.RERUN, JOB.key)
    receipt = Receipt("r", action, status, NOW - timedelta(seconds=5), NOW - timedelta(seconds=2))
    receipt = replace(receipt, **fields)  # type: ignore[arg-type]
    assert said(draw_message(row(receipt=receipt), 80)).startswith(f"{expected} · ORA-12541")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": State.SUCCEEDED, "ended_at": NOW - timedelta(seconds=1)}, "rerun: succeeded after 4s"),
        ({"state": State.RUNNING, "started_at": NOW - timedelta(seconds=3)}, "rerun: running after 2s"),
        (
            {"state": State.SCHEDULED, "last_result": State.FAILED, "ended_at": NOW - timedelta(seconds=2)},
            "rerun: failed after 3s",
        ),
        ({"state": State.SUCCEEDED, "ended_at": NOW - timedelta(hours=1)}, "rerun: queued after 1s"),
        ({"state": State.SCHEDULED, "last_result": None}, "rerun: queued after 1s"),
        ({"state": State.SUCCEEDED, "ended_at": NOW, "run_id": "another"}, "rerun: queued after 1s"),
    ],
)
def test_what_became_of_an_action_is_told_once_more_is_known(
    fields: dict[str, object], expected: str
) -> None:
    action = Action(ActionKind.RERUN, JOB.key)
    sent, seen = NOW - timedelta(seconds=5), NOW - timedelta(seconds=4)
    receipt = Receipt("r", action, ReceiptStatus.OBSERVED, sent, seen)
    receipt = replace(receipt, run_id="7", observed_state=State.QUEUED)
    job = replace(JOB, **{"run_id": "7", "started_at": None, "ended_at": None, **fields})  # type: ignore[arg-type]
    assert said(draw_message(row(job, receipt=receipt), 80)).startswith(expected)


def test_a_stale_row_tells_its_age() -> None:
    job = replace(JOB, observed_at=NOW - timedelta(minutes=3))
    assert said(draw_message(row(job, is_stale=True), 50)).startswith("seen 3m ago · ORA-12541")
    assert said(draw_message(row(replace(JOB, observed_at=NOW), is_stale=True), 50)).startswith("seen now · ")


def test_the_environment_tints_the_connection() -> None:
    assert tones(draw_connection(row(environment="prod"), 12)) == {"talend-prod": Tone.PROD}
    assert tones(draw_connection(row(environment="dev"), 12)) == {"talend-prod": Tone.MUTED}


@pytest.mark.parametrize("look", [UTC_LOOK, Look(ASCII, is_absolute=True, zone=UTC)], ids=["usual", "ascii"])
def test_every_cell_of_a_whole_fleet_takes_exactly_its_width(look: Look) -> None:
    jobs = make_jobs(400)
    trends = make_trends(jobs)
    for job in jobs:
        drawn = Row(job, NOW, look, trend=trends.get(job.key), is_stale=job.type == "bmc")
        for column in TABLE_COLUMNS.values():
            for width in (column.least, column.ideal, column.ideal + 7):
                assert cell_len(said(column.draw(drawn, width))) == width, (column.id, width, job)


@pytest.mark.parametrize("look", [UTC_LOOK, Look(is_absolute=True, zone=UTC)], ids=["ages", "clock"])
def test_a_row_that_is_called_steady_reads_the_same_until_then(look: Look) -> None:
    jobs = make_jobs(1500, seed=3)
    lengths = set()
    for number, job in enumerate(jobs):
        due = job.next_run_at and job.next_run_at - timedelta(minutes=number % 1500)
        drawn = Row(replace(job, next_run_at=due), NOW, look, is_stale=number % 3 == 0)
        seconds = steady_s(drawn)
        later = drawn._replace(now=NOW + timedelta(seconds=max(0.0, seconds - 0.001)))
        lengths.add(seconds)
        for column in TABLE_COLUMNS.values():
            if column.id != "age":
                assert column.draw(drawn, column.ideal) == column.draw(later, column.ideal), column.id
    assert {0.0, 60.0} < lengths


def test_only_timed_columns_depend_on_the_time() -> None:
    for job in make_jobs(300):
        drawn = Row(job, NOW, UTC_LOOK, is_stale=True)
        later = drawn._replace(now=NOW + timedelta(days=2))
        for column in TABLE_COLUMNS.values():
            if not column.is_timed:
                assert column.draw(drawn, column.ideal) == column.draw(later, column.ideal), column.id


def test_every_column_of_the_engine_can_be_shown() -> None:
    assert {"state", *TABLE_COLUMNS} == set(COLUMNS)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (60, ["name", "duration", "message"]),
        (80, ["name", "connection", "started", "duration", "message"]),
        (120, ["name", "connection", "last10", "started", "duration", "next", "message"]),
    ],
)
def test_a_narrow_table_leaves_out_what_matters_least(width: int, expected: list[str]) -> None:
    columns = tailored(known_columns(DEFAULT_COLUMNS), width, is_absolute=False, connection_width=12)
    assert [place.column.id for place in arrange(columns, width)] == expected


@settings(deadline=None)
@given(st.integers(1, 300), st.booleans(), st.integers(0, 30), st.lists(st.sampled_from(sorted(COLUMNS))))
def test_columns_never_reach_beyond_the_line(width: int, is_wide: bool, skipped: int, ids: list[str]) -> None:
    columns = tailored(known_columns(ids), width, is_absolute=True, connection_width=40)
    places = arrange(columns, width, skipped=skipped, is_wide=is_wide)
    assert places[0].column.id == columns[0].id
    for place, following in itertools.pairwise(places):
        assert place.x + place.width < following.x
    if len(places) > 1:
        assert places[-1].x + places[-1].width < width


def test_skipping_columns_reaches_those_that_found_no_room() -> None:
    columns = known_columns(DEFAULT_COLUMNS)
    shown = [place.column.id for place in arrange(columns, 80, skipped=2)]
    assert shown[0] == "name"
    assert "next" in shown


def test_unknown_and_repeated_columns_are_passed_over() -> None:
    assert [column.id for column in known_columns(["state", "name", "nope", "name"])] == ["name"]
    assert len(known_columns([])) == len(DEFAULT_COLUMNS) - 1
