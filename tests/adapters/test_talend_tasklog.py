"""Cutting a task's log into runs, and telling which known run each of them is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.adapters.talend.ledger import KnownRun
from tui.adapters.talend.tasklog import Execution, aligned, executions, unescaped
from tui.core.state import State
from tui.transport.turns import at_once

VENDOR = (
    "### Job STARTED  at 2024/10/23 16:49:20 (jobId=20241023_164912_b77id, "
    "jobExecutionId=20241023164920_j6K8U) ###\nreading\n"
    "### Job ENDED SUCCESSFULLY  at 2024/10/23 16:50:40 (jobId=20241023_164912_b77id, "
    "jobExecutionId=20241023164920_j6K8U) ###\n"
)
"""The form that is documented."""
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def banner(word: str, seconds: float, execution_id: str) -> str:
    """A banner line so many seconds after noon."""
    time = (NOON + timedelta(seconds=seconds)).strftime("%Y/%m/%d %H:%M:%S")
    return f"### Job {word}  at {time} (jobId=20261121_110000_b77id, jobExecutionId={execution_id}) ###"


def cut(text: str) -> list[Execution]:
    """The runs in it, times in UTC."""
    return at_once(executions(text, ZoneInfo("UTC")))


def test_the_documented_banners_are_read() -> None:
    (found,) = at_once(executions(VENDOR, ZoneInfo("Europe/Berlin")))
    assert (found.id, found.state) == ("20241023164920_j6K8U", State.SUCCEEDED)
    assert found.started_at == datetime(2024, 10, 23, 14, 49, 20, tzinfo=UTC)
    assert found.ended_at == datetime(2024, 10, 23, 14, 50, 40, tzinfo=UTC)
    assert VENDOR[found.start : found.end] == VENDOR


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("ENDED SUCCESSFULLY", State.SUCCEEDED),
        ("ENDED WITH ERRORS", State.FAILED),
        ("ENDED", State.FAILED),
        ("ENDED (KILLED BY USER)", State.CANCELLED),
        ("ENDED AFTER STOP", State.CANCELLED),
    ],
)
def test_only_the_words_of_success_are_success(word: str, state: State) -> None:
    (found,) = cut(f"{banner('STARTED', 0, 'a_1')}\nx\n{banner(word, 9, 'a_1')}\n")
    assert (found.native, found.state) == (word, state)


def test_a_run_without_an_end_goes_on_or_is_cut_off() -> None:
    (found,) = cut(banner("STARTED", 0, "a_1") + "\nworking")
    assert (found.state, found.ended_at, found.native) == (None, None, "")


def test_an_end_without_a_beginning_is_a_run() -> None:
    (found,) = cut("tail of it\n" + banner("ENDED SUCCESSFULLY", 5, "a_1"))
    assert (found.started_at, found.ended_at) == (None, NOON + timedelta(seconds=5))


def test_lines_after_the_last_banner_belong_to_the_run_before() -> None:
    text = "".join(
        f"{banner('STARTED', at, name)}\n{name}\n{banner('ENDED SUCCESSFULLY', at + 2, name)}\nexit {name}\n"
        for at, name in ((0, "a_1"), (10, "b_2"))
    )
    first, second = cut(text)
    assert text[first.start : first.end].endswith("exit a_1\n")
    assert text[second.start : second.end].endswith("exit b_2\n")
    assert first.end == second.start


def test_runs_at_the_same_time_keep_their_own_ends() -> None:
    text = "\n".join(
        (
            banner("STARTED", 0, "a_1"),
            banner("STARTED", 1, "b_2"),
            banner("ENDED WITH ERRORS", 2, "a_1"),
            banner("ENDED SUCCESSFULLY", 3, "b_2"),
        )
    )
    assert [(item.id, item.state) for item in cut(text)] == [
        ("a_1", State.FAILED),
        ("b_2", State.SUCCEEDED),
    ]


@pytest.mark.parametrize("end", ["\n", " ", "", "\\n", "\r\n"])
def test_line_ends_are_not_relied_on(end: str) -> None:
    text = unescaped(end.join((banner("STARTED", 0, "a_1"), "x", banner("ENDED SUCCESSFULLY", 2, "a_1"), "")))
    (found,) = cut(text)
    assert found.state is State.SUCCEEDED
    assert "\\n" not in text


def test_a_real_line_end_leaves_backslashes_alone() -> None:
    assert unescaped("C:\\new\nx") == "C:\\new\nx"
    assert unescaped("a\\r\\nb\\nc") == "a\nb\nc"


@given(st.lists(st.sampled_from(["### Job ", "x\n", banner("STARTED", 0, "a_1"), banner("ENDED", 1, "a_1")])))
def test_the_pieces_never_overlap(parts: list[str]) -> None:
    found = cut("".join(parts))
    assert all(item.start < item.end for item in found)
    assert all(first.end == second.start for first, second in pairwise(found))


def test_a_banner_across_the_border_of_two_steps_is_found() -> None:
    for shift in range(0, 240, 7):
        text = "x" * (1024 * 1024 - shift) + VENDOR + "y" * (1024 * 1024)
        assert [item.id for item in cut(text)] == ["20241023164920_j6K8U"]


def at(seconds: float, run_id: str, execution: str = "") -> KnownRun:
    """A run that was asked for so many seconds after noon."""
    return KnownRun(id=run_id, is_own=True, begun=NOON + timedelta(seconds=seconds), execution=execution)


def logged(*starts: float) -> list[Execution]:
    """Runs that began so many seconds after noon, named b0, b1, …"""
    return cut("\n".join(banner("STARTED", start, f"b{i}") for i, start in enumerate(starts)))


@pytest.mark.parametrize(
    ("known", "starts", "expected"),
    [
        ([at(0, "k0")], [2], {"b0": "k0"}),
        ([at(0, "k0"), at(5, "k1")], [4, 9], {"b0": "k0", "b1": "k1"}),
        ([at(0, "k0"), at(3, "k1")], [1], {"b0": "k0"}),
        ([at(0.9, "k0")], [0], {"b0": "k0"}),
        ([at(0, "k0")], [-3600, 1], {"b1": "k0"}),
        ([at(0, "k0")], [1200], {}),
        ([at(0, "k0")], [-90], {}),
        ([at(0, "k0", execution="b1")], [1, 30], {"b1": "k0"}),
        ([KnownRun(id="k0")], [0], {}),
        ([at(0, "k0"), at(60, "k1"), at(120, "k2")], [1, 63, 121], {"b0": "k0", "b1": "k1", "b2": "k2"}),
    ],
)
def test_known_runs_are_found_in_the_log(
    known: list[KnownRun], starts: list[float], expected: dict[str, str]
) -> None:
    assert {name: run.id for name, run in aligned(known, logged(*starts)).items()} == expected
