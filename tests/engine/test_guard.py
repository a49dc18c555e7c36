from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.actions import Desk, make_action
from tests.support.clock import FakeClock
from tests.support.scripted import make_job
from tui.core.keys import JobKey
from tui.core.models import ActionKind
from tui.core.redaction import MASK
from tui.engine.guard import (
    GuardLevel,
    confirmation_refusal,
    expected_confirmation,
    guard_level,
)

JOB = make_job(name="load customers")


@pytest.mark.parametrize(
    ("environment", "level"),
    [
        ("", GuardLevel.ENTER),
        ("dev", GuardLevel.ENTER),
        ("stage", GuardLevel.YES),
        ("prod", GuardLevel.NAME),
        ("production-eu", GuardLevel.NAME),
    ],
)
def test_level_follows_the_environment_and_the_unknown_is_production(
    environment: str, level: GuardLevel
) -> None:
    assert guard_level(environment, make_action(ActionKind.RERUN)) is level


@pytest.mark.parametrize("environment", ["", "dev", "stage", "prod"])
def test_a_job_is_deleted_only_by_its_name(environment: str) -> None:
    assert guard_level(environment, make_action(ActionKind.DELETE)) is GuardLevel.NAME


@pytest.mark.parametrize(
    ("environment", "level"),
    [("", GuardLevel.YES), ("dev", GuardLevel.YES), ("stage", GuardLevel.YES), ("prod", GuardLevel.NAME)],
)
def test_force_takes_more_than_a_key_press(environment: str, level: GuardLevel) -> None:
    assert guard_level(environment, make_action(ActionKind.STOP, is_forced=True)) is level


@pytest.mark.parametrize(
    ("level", "expected"),
    [(GuardLevel.ENTER, ""), (GuardLevel.YES, "y"), (GuardLevel.NAME, "load customers")],
)
def test_tells_what_must_be_typed(level: GuardLevel, expected: str) -> None:
    assert expected_confirmation(level, JOB) == expected
    assert confirmation_refusal(level, JOB, expected) == ""


def test_a_job_without_a_name_is_confirmed_by_its_id() -> None:
    assert expected_confirmation(GuardLevel.NAME, make_job("4711", name=" ")) == "4711"


def test_of_a_job_whose_name_is_masked_the_id_is_typed() -> None:
    assert expected_confirmation(GuardLevel.NAME, make_job("4711", name=f"load {MASK}")) == "4711"


@pytest.mark.parametrize("level", list(GuardLevel))
def test_nothing_typed_at_all_never_confirms(level: GuardLevel) -> None:
    assert confirmation_refusal(level, JOB, None) == "not confirmed"


@pytest.mark.parametrize("typed", ["", "load", "Load customers", "load customers2", "y", "1"])
def test_production_takes_the_exact_name(typed: str) -> None:
    assert "load customers" in confirmation_refusal(GuardLevel.NAME, JOB, typed)


def test_spaces_around_the_name_do_not_matter() -> None:
    assert confirmation_refusal(GuardLevel.NAME, JOB, " load customers\n") == ""


@pytest.mark.parametrize(("typed", "is_refused"), [("y", False), ("YES", False), ("", True), ("n", True)])
def test_stage_takes_a_yes(typed: str, is_refused: bool) -> None:
    assert bool(confirmation_refusal(GuardLevel.YES, JOB, typed)) is is_refused


def test_read_only_refuses_everywhere_or_on_one_connection(tmp_path: Path) -> None:
    key = JobKey("alpha", "1")
    everywhere = Desk(tmp_path, FakeClock(), is_read_only=True).actions.guard
    assert "nightdeck is read-only" in everywhere.refusal(key)
    everywhere.lock.unlock()
    assert everywhere.refusal(key) == ""
    one = Desk(tmp_path, FakeClock(), is_connection_read_only=True).actions.guard
    assert "connection alpha is read-only" in one.refusal(key)
