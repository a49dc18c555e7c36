"""SECURITY.md names for each promise where it is put to the test, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
SUBJECTS = ("Actions", "Terminal", "Secrets", "Network", "Files", "Local state", "Supply")

_NAMED = re.compile(r"`(tests/[^`]+)`")
_LINKED = re.compile(r"\]\(([^)#:]+)\)")


def promises(subject: str) -> list[str]:
    """The rows below a heading."""
    part = PAGE.partition(f"\n### {subject}\n")[2].partition("\n#")[0]
    return [line for line in part.splitlines()[3:] if line.startswith("|")]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_promise_names_where_it_is_put_to_the_test(subject: str) -> None:
    rows = promises(subject)
    assert rows
    assert [row for row in rows if not _NAMED.search(row.split("|")[2])] == []


def test_everything_that_is_named_is_there_and_tests_something() -> None:
    named = {*_NAMED.findall(PAGE), *_LINKED.findall(PAGE)}
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []
    for name in named:
        words = (ROOT / name).read_text(encoding="utf-8")
        if name.startswith("tests/"):
            assert re.search(
                r"^(?:async )?def (?:test_|campaign\(|main\()|^    (?:async )?def test_", words, re.MULTILINE
            ), name


def test_what_is_not_promised_and_how_to_report_is_said() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert headings == [
        "What is promised",
        "What is not promised",
        "Reporting a vulnerability",
        "Supported versions",
    ]
