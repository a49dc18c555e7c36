"""What nightdeck is built from is pinned to the last package, bounded on both sides, and audited honestly."""

from __future__ import annotations

import json
import sys

import pytest

from tests.supply import pins
from tests.supply.audit import verdict

UNBOUNDED = {"certifi"}
"""Dependencies without an upper bound: the newest certificate authorities are the right ones."""

BUILT_WITH = ("Makefile", "pyproject.toml", "constraints.txt", ".ci/run")


def test_everything_that_is_installed_is_pinned_to_the_version_that_is() -> None:
    to_run, to_develop = pins.pinned()
    why = "pin it in constraints.txt; or install what is pinned: make test"
    assert pins.needed(pins.runtime()).items() <= to_run.items(), why
    assert pins.needed(pins.development()).items() <= {**to_run, **to_develop}.items(), why


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="some packages are needed on Python 3.11 alone")
def test_nothing_is_pinned_that_nobody_needs() -> None:
    """A package that comes in or goes away is seen in the difference of one file."""
    to_run, to_develop = pins.pinned()
    needed = set(pins.needed(pins.runtime()))
    assert set(to_run) == needed
    assert set(to_develop) == set(pins.needed(pins.development())) - needed


def test_each_dependency_is_bounded_on_both_sides() -> None:
    for wanted in [*pins.runtime(), *pins.extras()]:
        operators = {specifier.operator for specifier in wanted.specifier}
        assert operators == ({">="} if wanted.name in UNBOUNDED else {">=", "<"}), wanted


def test_what_is_pinned_is_what_pyproject_allows() -> None:
    to_run, to_develop = pins.pinned()
    everything = {**to_run, **to_develop}
    for wanted in [*pins.runtime(), *pins.development()]:
        assert wanted.specifier.contains(everything[wanted.name.lower()], prereleases=True), wanted


def test_the_lowest_versions_can_be_asked_for() -> None:
    lowest = pins.lowest(pins.runtime())
    assert set(lowest) == {wanted.name for wanted in pins.runtime()}
    for wanted in pins.runtime():
        assert wanted.specifier.contains(lowest[wanted.name])


def test_a_line_that_pins_nothing_is_an_error() -> None:
    assert pins.pins("# why\n\na-b==1.0\n") == {"a-b": "1.0"}
    for line in ("a>=1", "a", "-e .", "a==1 --hash=x", "https://host/a.whl"):
        with pytest.raises(ValueError, match="pins nothing"):
            pins.pins(line)


@pytest.mark.parametrize("name", BUILT_WITH)
def test_no_package_comes_from_a_place_of_its_own(name: str) -> None:
    text = (pins.ROOT / name).read_text(encoding="utf-8")
    assert not [word for word in ("index-url", "find-links", "trusted-host", "://", "git+") if word in text]


class TestAudit:
    def test_nothing_is_known_against_any(self) -> None:
        told = verdict(answer({"name": "a", "version": "1", "vulns": []}), "")
        assert told == ("1 pinned packages, nothing is known against any of them", 0)

    def test_what_is_known_is_told_with_what_mends_it(self) -> None:
        known = [{"id": "PYSEC-1", "fix_versions": ["2", "3"]}, {"id": "PYSEC-2", "fix_versions": []}]
        told = verdict(answer({"name": "a", "version": "1", "vulns": known}), "")
        assert told == ("a 1: PYSEC-1, mended in 2 or 3\na 1: PYSEC-2, mended in no version yet", 1)

    def test_what_was_not_looked_up_is_no_success(self) -> None:
        good = {"name": "a", "version": "1", "vulns": []}
        told = verdict(answer(good, {"name": "b", "skip_reason": "not found"}), "")
        assert told == ("the vulnerability service knows nothing of 1 of 2 packages: b", 2)
        assert verdict(answer(), "").code == 2

    @pytest.mark.parametrize("output", ["", "not JSON", "{}", "[]"])
    def test_a_service_that_is_away_is_told_in_one_line(self, output: str) -> None:
        told, code = verdict(output, "Traceback …\n  File …\nConnectionError: name or service not known\n\n")
        assert code == 2
        assert told.endswith("nothing is known: ConnectionError: name or service not known")
        assert "\n" not in told


def answer(*packages: object) -> str:
    return json.dumps({"dependencies": packages})
