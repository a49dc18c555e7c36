"""The error that counts in a file: in all of a short one, at the end or else the beginning of a long one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.logs import root_error
from tui.logs.root_error import find_root_error
from tui.logs.source import LogFile

LINE = b"2026-11-21 14:00:00 INFO  a row was loaded\n"
EARLY, LATE = b"ORA-00001: early\n", b"ORA-12541: TNS:no listener\n"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root_error, "WHOLE", 4_000)
    monkeypatch.setattr(root_error, "HEAD", 1_000)
    monkeypatch.setattr(root_error, "TAIL", 2_000)
    monkeypatch.setattr(root_error, "_PIECE", 64)


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (LINE * 3 + LATE + LINE, LATE),
        (LINE * 3 + LATE, LATE),
        (LATE.rstrip(), LATE.rstrip()),
        (EARLY + LINE * 500 + LATE + LINE * 20, LATE),
        (LINE * 2 + EARLY + LINE * 500, EARLY),
        (LINE * 100 + EARLY + LINE * 400, None),
        (LINE * 500, None),
        (b"", None),
    ],
)
def test_it_is_named_by_where_its_line_begins(tmp_path: Path, log: bytes, found: bytes | None) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(log)
    file = LogFile(path)
    start = find_root_error(file)
    file.close()
    assert start == (None if found is None else log.index(found))


def test_a_warning_counts_where_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LINE + b"WARN 12 records dropped\n")
    file = LogFile(path)
    assert find_root_error(file) is None
    assert find_root_error(file, takes_warnings=True) == len(LINE)
    file.close()
