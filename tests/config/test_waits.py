"""Spans of time that the config sets where they are a matter of safety."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tui.config.load import load_config
from tui.config.schema import UiSection
from tui.core.duration import format_span, parse_duration, span_s
from tui.core.waits import UNDO, UNLOCKED
from tui.ui.startup import Startup, read_startup


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("5s", 5), ("10m", 600), ("1h30m", 5400), ("0", 0), ("0s", 0), (0, 0), (2.5, 2.5), ("500ms", 0.5)],
)
def test_a_span_is_text_or_a_number_of_seconds(value: object, seconds: float) -> None:
    assert span_s(value) == seconds


@pytest.mark.parametrize("value", ["", "soon", "5", "-5s", -1, True, None, [5], float("nan")])
def test_anything_else_is_none(value: object) -> None:
    with pytest.raises(ValueError, match="span of time"):
        span_s(value)


@pytest.mark.parametrize("seconds", [0, 5, 61, 600, 1800, 5400, 28_800])
def test_a_span_is_written_as_it_is_read(seconds: int) -> None:
    assert parse_duration(format_span(seconds)) == seconds


def test_the_defaults_are_the_same_everywhere() -> None:
    section = UiSection()
    assert (UNLOCKED.read(section.unlock_for), UNDO.read(section.undo)) == (UNLOCKED.usual, UNDO.usual)
    assert (Startup().unlock_s, Startup().undo_s) == (UNLOCKED.usual, UNDO.usual)
    assert read_startup({})[:] == Startup(views=read_startup({}).views)[:]


@pytest.mark.parametrize(
    ("key", "value"), [("unlock_for", "5s"), ("unlock_for", "9h"), ("undo", "2m"), ("undo", "later")]
)
def test_what_is_out_of_bounds_is_told_and_counts_for_nothing(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        UiSection.model_validate({key: value})
    file = tmp_path / "config.toml"
    file.write_text(f'[ui]\n{key} = "{value}"\n')
    loaded = load_config(file)
    assert [problem for problem in loaded.problems if key in str(problem)]
    startup = read_startup(loaded.document.raw)
    assert (startup.unlock_s, startup.undo_s) == (UNLOCKED.usual, UNDO.usual)


def test_the_window_is_turned_off_by_nothing_less_than_zero() -> None:
    for value in (0, "0", "0s"):
        assert read_startup({"ui": {"undo": value}}).undo_s == 0
    for wrong in (False, "", None, "off"):
        assert read_startup({"ui": {"undo": wrong}}).undo_s == UNDO.usual
