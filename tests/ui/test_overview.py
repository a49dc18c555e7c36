"""What the overview says of a job, and how runs and receipts are told."""

from __future__ import annotations

from datetime import UTC, timedelta

from textual.style import Style

from tests.support.clock import START
from tests.support.scripted import make_job, make_run
from tui.core.models import Action, ActionKind, Receipt, ReceiptStatus, Trend
from tui.core.state import State
from tui.engine.same_error import SameError
from tui.ui.glyphs import UNICODE
from tui.ui.widgets.overview import Overview, is_web_address, linked
from tui.ui.widgets.receipt_lines import receipt_lines
from tui.ui.widgets.run_lines import run_line

AGO = START - timedelta(minutes=4)


def test_a_failed_job_tells_why_and_how_long_it_usually_takes() -> None:
    job = make_job(
        state=State.FAILED,
        last_result=State.FAILED,
        exit_code=1,
        message="ORA-12541: TNS:no listener",
        started_at=AGO,
        duration_s=724.0,
    )
    trend = Trend((State.SUCCEEDED,) * 3, (290.0,) * 3, 290.0)
    told = Overview(job, START, UTC, trend=trend).content().plain
    for words in ("failed", "exit code 1", "(4m ago)", "took 12m04s, usually 4m50s", "ORA-12541"):
        assert words in told


def test_the_first_error_takes_the_place_of_a_message_that_says_nothing_and_tells_who_shares_it() -> None:
    job = make_job(state=State.FAILED, last_result=State.FAILED, message="exit code 1")
    same = SameError(13, 3, AGO - timedelta(hours=12))
    told = Overview(job, START, UTC, first_error="ORA-12541: TNS:no listener", same=same).content(120).plain
    assert "ORA-12541: TNS:no listener   the same error: 13 jobs in 3 systems since 01:56:00" in told
    assert "exit code 1" not in told
    alone = Overview(job, START, UTC, same=SameError(2, 1, None)).content().plain
    assert "the same error: 2 jobs" in alone
    assert "systems" not in alone


def test_a_scheduled_job_tells_its_last_result_and_a_stale_one_its_age() -> None:
    job = make_job(state=State.SCHEDULED, last_result=State.WARNING, observed_at=START - timedelta(hours=2))
    told = Overview(job, START, UTC, is_stale=True).content().plain
    assert "last run ▲ warning" in told
    assert "not heard of for 2h" in told


def test_a_running_job_counts_and_a_held_one_says_so() -> None:
    job = make_job(state=State.RUNNING, last_result=None, started_at=AGO, is_held=True)
    told = Overview(job, START, UTC).content().plain
    assert "running for 4m00s" in told
    assert "on hold" in told


def test_markup_in_names_stays_text() -> None:
    job = make_job(state=State.FAILED, last_result=State.FAILED, message="[red]x[/red] [/]")
    assert "[red]x[/red] [/]" in Overview(job, START, UTC).content().plain


def test_runs_are_drawn_with_their_parameters_and_trigger() -> None:
    runs = [
        make_run(
            "r2", state=State.FAILED, started_at=AGO, duration_s=100.0, triggered_by="ops", params={"d": "1"}
        ),
        make_run("r1", started_at=AGO - timedelta(hours=1), duration_s=50.0),
    ]
    told = Overview(make_job(), START, UTC, runs=runs).content().plain
    assert "triggered by ops" in told
    assert "parameters    d = 1" in told
    assert told.count("━") == 22 + 11


def test_a_run_in_the_list_tells_attempt_exit_and_message() -> None:
    run = make_run(
        attempt=2, state=State.FAILED, started_at=AGO, duration_s=10.0, exit_code=3, message="no space"
    )
    told = run_line(run, START, UTC, 10.0).plain
    for words in ("failed", "attempt 2", "exit 3", "no space", "10s"):
        assert words in told


def told(receipt: Receipt, seconds: float = 0) -> list[str]:
    return list(receipt_lines(receipt, START + timedelta(seconds=seconds), UTC, UNICODE))


def test_a_receipt_tells_each_step_with_its_time() -> None:
    action = Action(ActionKind.RERUN, make_job().key)
    receipt = Receipt("q1", action, ReceiptStatus.SENT, START, START)
    assert told(receipt, 2) == ["rerun: sent 14:00:00"]
    receipt = receipt.at_step(ReceiptStatus.ACCEPTED, START + timedelta(seconds=1))
    receipt = receipt.at_step(
        ReceiptStatus.OBSERVED, START + timedelta(seconds=9), observed_state=State.RUNNING
    )
    assert told(receipt, 60) == ["rerun: sent 14:00:00 · accepted 14:00:01 · observed running 14:00:09"]


def test_what_is_not_known_is_not_told() -> None:
    action = Action(ActionKind.STOP, make_job().key)
    unknown = Receipt("q1", action, ReceiptStatus.UNKNOWN, START, START, message="the answer was lost")
    assert told(unknown) == ["stop: unknown 14:00:00", "the answer was lost"]
    waiting = Receipt("q1", action, ReceiptStatus.WAITING, START + timedelta(seconds=5), START)
    assert told(waiting, 1.5) == ["stop: confirmed, and sent in 4 s"]
    assert told(waiting, -0.4) == ["stop: confirmed, and sent in 5 s"]
    withdrawn = Receipt("q1", action, ReceiptStatus.WITHDRAWN, START, START, message="taken back")
    assert told(withdrawn) == ["stop: not sent 14:00:00", "taken back"]


def test_only_the_address_of_a_web_page_becomes_a_link() -> None:
    page = "https://tac.example.com/tasks/7?tab=log"
    (span,) = linked(page).spans
    assert isinstance(span.style, Style)
    assert span.style.link == page
    for other in (
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://a b",
        "https://a\x1b]8;;",
        "https://é",
        "",
    ):
        assert not is_web_address(other)
        assert linked(other).spans == []


def test_the_log_and_the_page_follow_the_message() -> None:
    job = make_job(
        state=State.FAILED, last_result=State.FAILED, message="it broke", run_id="r7", tags=("a", "b")
    )
    told = Overview(job, START, UTC, log=["ERROR first", "  at x"], url="https://a.example.com/7").content(60)
    lines = told.plain.splitlines()
    assert (
        lines.index("it broke")
        < lines.index("ERROR first")
        < lines.index("page          https://a.example.com/7")
    )
    assert lines.index("run           r7") < lines.index("tags          a, b")
    wide = Overview(job, START, UTC).content(120).plain.splitlines()
    assert any("r7" in line and "a, b" not in line and "id" in line for line in wide)
