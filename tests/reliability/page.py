"""The figures in `docs/reliability.md`, campaign by campaign, and all promises in the README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tests.reliability.fault_matrix import lines_of as matrix_lines
from tests.reliability.figures import Figure, lines_of

if TYPE_CHECKING:
    from tests.reliability.fault_matrix import Row

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
README = ROOT / "README.md"
COMMAND = "make reliability"
"""What makes the figures."""

CELLS = "cells"
"""Name of the part that has the matrix, cell by cell."""

_PART = "<!-- {name}: made by {command} -->\n{text}\n<!-- end of {name} -->"
_HEAD = 2
"""Lines of a Markdown table before its first row."""


def write(rows: Sequence[Row], figures: Mapping[str, Iterable[Figure]]) -> None:
    """Put what was counted in the place of what was counted before."""
    page = PAGE.read_text(encoding="utf-8")
    if rows:
        page = with_part(page, CELLS, matrix_lines(rows))
    for name, each in figures.items():
        page = with_part(page, name, lines_of(each))
    PAGE.write_text(page, encoding="utf-8")
    README.write_text(with_all_promises(README.read_text(encoding="utf-8"), page), encoding="utf-8")


def with_all_promises(readme: str, page: str) -> str:
    """The README with the figures of every campaign that the page has."""
    tables = [text for name, text in parts_of(page).items() if name != CELLS]
    told = [line for text in tables for line in text.splitlines()[_HEAD:]]
    return with_part(readme, "reliability", [*lines_of(()), *told])


def parts_of(text: str) -> Mapping[str, str]:
    """What stands between marks, by name."""
    found = re.finditer(r"<!-- (\w+): made by [^\n]*-->\n(.*?)\n?<!-- end of \1 -->", text, re.DOTALL)
    return {match[1]: match[2] for match in found}


def with_part(text: str, name: str, lines: Iterable[str], command: str = COMMAND) -> str:
    """The text with other lines between the marks of that name. Raises ValueError when there are none."""
    pattern = re.compile(rf"<!-- {name}: .*?<!-- end of {name} -->", re.DOTALL)
    part = _PART.format(name=name, command=command, text="\n".join(lines))
    made, count = pattern.subn(lambda _: part, text)
    if count != 1:
        raise ValueError(f"there is no place, or more than one, for {name}")
    return made
