"""The rows as files: every public key, no secret, times instead of ages, and Markdown that reads as it is."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.support.clock import START
from tests.support.scripted import make_job
from tui.cli.job_table import JOB_KEYS
from tui.core.models import Trend
from tui.core.redaction import Redactor
from tui.core.state import State
from tui.engine.markdown import escaped
from tui.ui.table_export import ExportColumn, ExportRow, exported, markdown_table

SECRET = "hunter2hunter2"
FAILED = make_job(
    "1",
    name="load|customers",
    state=State.SCHEDULED,
    last_result=State.FAILED,
    started_at=START,
    ended_at=START + timedelta(seconds=64),
    duration_s=64.0,
    exit_code=0,
    progress=0.5,
    message=f"login failed\nfor token {SECRET}",
    tags=("night", SECRET),
)
TREND = Trend((State.SUCCEEDED, State.FAILED), (60.0, 64.0), 60.0)
ROWS = [
    ExportRow(FAILED, True, "prod", 64.0, TREND),
    ExportRow(make_job("2", name="b", duration_s=float("nan"))),
]
COLUMNS = [
    ExportColumn(name, name.upper())
    for name in ("state", "name", "environment", "started", "duration", "usual", "last10", "exit_code")
] + [ExportColumn(name, name.upper()) for name in ("progress", "tags", "next", "last_result", "message")]
TEXTS = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=40)


def mask(text: str) -> str:
    redactor = Redactor()
    redactor.add(SECRET)
    return redactor.mask(text)


@pytest.mark.parametrize("suffix", ["csv", "json", "md"])
def test_no_secret_leaves_the_program(suffix: str) -> None:
    text = exported(suffix, ROWS, COLUMNS, mask)
    assert SECRET not in text
    assert "•••" in text


def test_json_has_the_public_keys_and_only_what_json_can_tell() -> None:
    first, second = json.loads(exported("json", ROWS, COLUMNS, mask))
    assert tuple(first) == JOB_KEYS
    assert (first["state"], first["last_result"], first["stale"]) == ("scheduled", "failed", True)
    assert first["started_at"] == START.isoformat()
    assert second["duration_s"] is None


def test_csv_has_the_keys_and_words_of_the_command_line() -> None:
    first, _ = csv.DictReader(io.StringIO(exported("csv", ROWS, COLUMNS, mask)))
    assert tuple(first) == JOB_KEYS
    assert (first["stale"], first["exit_code"], first["path"]) == ("true", "0", "")
    assert exported("csv", [], COLUMNS, mask) == "connection\n"


def test_markdown_shows_the_columns_of_the_table_with_times_and_escaped_pipes() -> None:
    title, line, first, _ = exported("md", ROWS, COLUMNS, mask).splitlines()
    assert title.startswith("| STATE | NAME | ENVIRONMENT | STARTED |")
    assert line.count("---:") == 4
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", first)[1:-1]]
    assert cells[:5] == [
        "scheduled, last failed, stale",
        r"load\|customers",
        "prod",
        START.isoformat(),
        "1m04s",
    ]
    assert cells[5] == "1m00s"
    assert cells[7:12] == ["0", "50%", "night •••", "", "failed"]
    assert cells[12] == "login failed for token •••"


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=3))
def test_whatever_a_text_holds_the_table_reads_as_it_is(rows: list[list[str]]) -> None:
    columns = [ExportColumn("name", "JOB"), ExportColumn("message", "MESSAGE")]
    rendered = (
        MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown_table(columns, rows))
    )
    cells = [
        html.unescape(re.sub(r"<[^>]*>", "", cell))
        for cell in re.findall(r"<td>(.*?)</td>", rendered, re.DOTALL)
    ]
    assert cells == [" ".join(text.split()) for row in rows for text in row]
    assert not re.findall(r"<(?!/?(?:table|thead|tbody|tr|th|td)\b)", rendered)


def test_names_stay_readable() -> None:
    assert escaped("load_customers_daily R&D") == "load_customers_daily R&D"
    assert escaped("_x_ *y* <z> &lt; a|b") == r"\_x\_ \*y\* \<z\> \&lt; a\|b"


def test_times_of_jobs_that_run_are_counted_by_the_caller() -> None:
    row = ExportRow(replace(FAILED, state=State.RUNNING, duration_s=None), elapsed_s=5.0)
    text = exported("md", [row], [ExportColumn("duration", "DURATION")], mask)
    assert text.splitlines()[-1] == "| 5.0s |"
