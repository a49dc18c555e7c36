"""The page of features: complete, and each claim held by a test that exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "features.md"
IDS = [
    f"{letter}{number}"
    for letter, most in (("A", 19), ("B", 12), ("C", 20), ("D", 16), ("I", 14), ("J", 6), ("K", 6), ("L", 7))
    for number in range(1, most + 1)
]


class Row(NamedTuple):
    id: str
    feature: str
    has: str
    how: str
    peer: str
    test: str


def rows() -> list[Row]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [
        Row(*(cell.strip() for cell in line.strip("|").split("|")))
        for line in lines
        if re.match(r"\| [A-Z]\d", line)
    ]


@cache
def functions_of(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return frozenset(function.name for function in functions if function.name.startswith("test_"))


def test_every_feature_has_its_row() -> None:
    assert [row.id for row in rows()] == IDS
    assert all(row.has in ("yes", "partly", "no") for row in rows())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_what_is_claimed_is_held_by_a_test_and_what_is_missing_is_told(row: Row) -> None:
    if row.has == "no":
        assert not row.test
        return
    path, _, name = row.test.strip("`").partition("::")
    assert name in functions_of(TESTS / path)
    if row.has == "partly":
        assert row.how
