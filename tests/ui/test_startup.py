"""What the first screen takes from an unchecked config: what is wrong is passed over, never raised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tui.ui.files import export_path, write_private
from tui.ui.moments import clock_time, display_zone
from tui.ui.startup import read_startup
from tui.ui.views import BUILT_IN, saved_views


def test_the_defaults_hold_for_an_empty_config() -> None:
    startup = read_startup({})
    assert startup.theme == "nightdeck-dark"
    assert [view.name for view in startup.views] == [view.name for view in BUILT_IN]


@pytest.mark.parametrize("ui", [None, [], {"theme": 3, "mouse": "yes", "keymap": []}, "dark"])
def test_wrong_types_are_passed_over(ui: object) -> None:
    startup = read_startup(
        {"ui": ui, "views": [1, {"name": 5}, {"name": "x", "columns": 5}], "keymap": 7, "notifications": "no"}
    )
    assert startup.theme == "nightdeck-dark"
    assert startup.has_mouse
    assert startup.keymap == {}


def test_the_file_counts_and_the_command_line_wins() -> None:
    raw = {"ui": {"theme": "ember", "mouse": False, "time": "absolute"}, "notifications": {"bell": False}}
    startup = read_startup(raw, query="state:failed")
    assert (startup.theme, startup.has_mouse, startup.is_absolute_time) == ("ember", False, True)
    assert not startup.has_bell
    assert startup.query == "state:failed"


def test_a_users_view_replaces_the_built_in_of_its_name() -> None:
    views = saved_views([{"name": "running", "query": "state:running", "columns": ["name"]}])
    assert views[0].query == "state:running"
    assert [view.name for view in views].count("running") == 1


def test_times_are_as_short_as_they_are_clear() -> None:
    now = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
    zone = display_zone("Europe/Berlin")
    assert clock_time(now, now, zone) == "15:00:00"
    assert clock_time(now - timedelta(days=2), now, zone) == "Nov 19 15:00"
    assert clock_time(now - timedelta(days=400), now, zone) == "2025-10-17 16:00"
    assert display_zone("No/Where") == display_zone("local")


def test_an_export_is_private_and_never_overwrites(tmp_path: Path) -> None:
    path = export_path(tmp_path, "../../etc/pass wd", "csv")
    assert path.parent == tmp_path / "exports"
    write_private(path, "x")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_private(path, "y")
