"""The filters that are remembered: newest first, no doubles, for their owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.config.past_filters import FILE_NAME, keep_filter, load_filters
from tui.config.past_texts import LONGEST, MOST, with_newest
from tui.core.errors import ConfigError


def test_the_newest_comes_first_and_none_twice(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    for text in ("state:failed", "conn:prod-*", "  state:failed "):
        kept = keep_filter(text, folder)
    assert list(kept) == ["state:failed", "conn:prod-*"]
    assert load_filters(folder) == kept
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("".join(f"name:job{number}\n" for number in range(MOST)))
    kept = keep_filter("last:failed", tmp_path)
    assert (len(kept), kept[0], kept[-1]) == (MOST, "last:failed", f"name:job{MOST - 2}")


def test_what_another_session_kept_meanwhile_stays(tmp_path: Path) -> None:
    mine = keep_filter("mine", tmp_path)
    keep_filter("theirs", tmp_path)
    assert list(keep_filter("mine again", tmp_path)) == ["mine again", "theirs", *mine]


@pytest.mark.parametrize("text", ["", "   ", "x" * (LONGEST + 1), "tab\there", "two\nlines", "\x1b[31m"])
def test_what_nobody_would_type_again_is_not_kept(text: str) -> None:
    assert list(with_newest(text, ["old"])) == ["old"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_whatever_the_file_holds_only_single_lines_come_of_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert all(line.isprintable() and line.strip() for line in load_filters(tmp_path))


def test_a_missing_file_is_no_trouble_and_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    assert load_filters(tmp_path / "gone") == ()
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(ConfigError, match="not a folder"):
        keep_filter("x", blocked)
