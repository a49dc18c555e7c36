"""The place that is kept when a line drops: it comes back whole, and a spoilt file stops no start."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tui.config.placefile import (
    FILE_NAME,
    KeptWatch,
    Place,
    Reading,
    forget_place,
    load_place,
    save_place,
)
from tui.core.errors import ConfigError
from tui.core.keys import JobKey, RunKey

LEFT_AT = datetime(2026, 11, 28, 3, 12, 5, tzinfo=UTC)
JOB = JobKey("prod é", 'a "job" \\ [x]')
PLACE = Place(
    LEFT_AT,
    view="problems",
    query="state:failed and name:*x*",
    sort="-ended,name",
    cursor=JOB,
    is_detail_focused=True,
    pane="runs",
    reading=Reading(RunKey("prod é", JOB.id, "r-1", 3), 48_211, is_following=False),
    marks=(JOB, JobKey("b", "2")),
    watches=(KeptWatch(JOB, "r-1"), KeptWatch(JobKey("b", "2"), "", is_next=True, has_begun=True)),
)


@pytest.mark.parametrize("place", [PLACE, Place(LEFT_AT)], ids=["full", "bare"])
def test_a_place_comes_back_whole_and_is_private(tmp_path: Path, place: Place) -> None:
    folder = tmp_path / "new" / "state"
    save_place(place, folder)
    assert load_place(folder) == place
    assert (folder / FILE_NAME).stat().st_mode & 0o777 == 0o600
    forget_place(folder)
    forget_place(folder)
    assert load_place(folder) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\xff",
        "left_at = 3",
        "left_at = 2026-11-28T03:12:05",
        "left_at = [[[[",
    ],
)
def test_a_spoilt_file_is_no_place(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text, encoding="latin-1")
    assert load_place(tmp_path) is None


def test_what_is_wrong_in_a_file_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(
        """
        left_at = 2026-11-28T03:12:05Z
        query = 7
        view = "problems"
        cursor = { connection = "a" }
        marks = [1, { connection = "b", id = "2" }]
        watches = "many"
        log = { run = { connection = "a", job_id = "1", run_id = 5 }, line = 3 }
        """
    )
    assert load_place(tmp_path) == Place(LEFT_AT, view="problems", marks=(JobKey("b", "2"),))


def test_a_place_that_cannot_be_kept_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError):
        save_place(PLACE, tmp_path / "file")
