"""Logs as each system writes them: the line that tells why the run failed, or that there is none."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tui.logs.errors import ErrorFinder, find_error

CORPUS = Path(__file__).parent / "corpus"

EXPECTED: dict[str, dict[str, Any]] = {
    f"{file.parent.name}/{name}": expected
    for file in sorted(CORPUS.glob("*/expected.toml"))
    for name, expected in tomllib.loads(file.read_text(encoding="utf-8")).items()
}

VENDORS = ("talend", "bmc", "enos", "informatica", "datameer")


def log_of(name: str) -> bytes:
    return (CORPUS / f"{name}.log").read_bytes()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_root_error_of_each_log_is_found(name: str) -> None:
    data, expected = log_of(name), EXPECTED[name]
    lines = data.decode("utf-8", "replace").split("\n")
    finder = ErrorFinder()
    finder.feed_bytes(data)
    finder.finish()
    found = finder.best
    assert (found.line if found else None) == expected.get("line")
    if found is not None:
        assert found.text in re.sub(r"\x1b\[[\d;]*m", "", lines[found.line - 1])
        assert found.text == expected.get("text", found.text)


@pytest.mark.parametrize("name", EXPECTED)
def test_it_makes_no_difference_how_a_log_is_handed_over(name: str) -> None:
    data = log_of(name)
    lines = [line.removesuffix("\r") for line in data.decode("utf-8", "replace").split("\n")]
    whole = ErrorFinder()
    whole.feed_bytes(data)
    whole.finish()
    torn = ErrorFinder()
    for start in range(0, len(data), 37):
        torn.feed_bytes(data[start : start + 37])
    torn.finish()
    assert whole.best == torn.best == find_error(lines)


def test_every_log_is_expected_to_tell_something_or_nothing() -> None:
    assert {f"{file.parent.name}/{file.stem}" for file in CORPUS.glob("*/*.log")} == set(EXPECTED)


@pytest.mark.parametrize("system", VENDORS)
def test_there_are_enough_logs_of_each_system(system: str) -> None:
    of_system = [expected for name, expected in EXPECTED.items() if name.startswith(f"{system}/")]
    assert len(of_system) >= 5
    assert any(not expected for expected in of_system)
    assert all(20 <= log_of(name).count(b"\n") <= 400 for name in EXPECTED)
