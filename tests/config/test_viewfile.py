from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.config.viewfile import FILE_NAME, SPOILT_NAME, ViewFile, change_view_file, load_view_file
from tui.core.errors import ConfigError

NIGHT = {"name": "night", "query": "state:failed", "columns": ["name", "message:40"]}
NAMES = st.text(min_size=1, max_size=20)
COLUMNS = st.lists(st.text(max_size=10), min_size=1, max_size=3).map(tuple)


def keep(table: Mapping[str, object], folder: Path) -> ViewFile:
    return change_view_file(lambda kept: kept.with_view(table), folder)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.dictionaries(NAMES, st.text(max_size=20), max_size=3), st.dictionaries(NAMES, COLUMNS, max_size=3))
def test_what_is_kept_comes_back(
    tmp_path: Path, queries: dict[str, str], columns: dict[str, tuple[str, ...]]
) -> None:
    views = tuple({"name": name, "query": query} for name, query in queries.items())
    written = change_view_file(lambda _: ViewFile(views, columns), tmp_path)
    assert load_view_file(tmp_path) == written == ViewFile(views, columns)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.binary(max_size=100)
    | st.sampled_from([b"views = 3\ncolumns = 4", b"[[views]]\nname = 3", b"views=[1]"])
)
def test_whatever_the_file_holds_a_start_is_never_stopped(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert load_view_file(tmp_path).views == ()


def test_a_view_takes_the_place_of_the_one_with_its_name(tmp_path: Path) -> None:
    keep(NIGHT, tmp_path)
    keep({"name": "day"}, tmp_path)
    change_view_file(lambda kept: kept.with_columns("night", ("name",)), tmp_path)
    kept = keep({"name": "night", "query": "last:failed"}, tmp_path)
    assert [(view["name"], view.get("query")) for view in kept.views] == [
        ("night", "last:failed"),
        ("day", None),
    ]
    assert kept.columns == {}
    assert change_view_file(lambda kept: kept.without_view("night"), tmp_path).views == ({"name": "day"},)


def test_two_dashboards_forget_nothing_of_each_other(tmp_path: Path) -> None:
    keep(NIGHT, tmp_path)
    load_view_file(tmp_path)
    keep({"name": "of another dashboard"}, tmp_path)
    change_view_file(lambda kept: kept.with_columns("all", ("name:30",)), tmp_path)
    kept = load_view_file(tmp_path)
    assert [view["name"] for view in kept.views] == ["night", "of another dashboard"]
    assert kept.columns == {"all": ("name:30",)}


def test_the_file_is_for_the_owner_alone_and_a_spoilt_one_is_set_aside(tmp_path: Path) -> None:
    keep(NIGHT, tmp_path)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    (tmp_path / FILE_NAME).write_text("views = ")
    assert load_view_file(tmp_path) == ViewFile()
    assert (tmp_path / SPOILT_NAME).read_text() == "views = "


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tui.core.private_files.os.fsync", fail)
    with pytest.raises(ConfigError, match=r"cannot be kept in .*: No space left on device"):
        keep(NIGHT, tmp_path)
