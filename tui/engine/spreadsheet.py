"""CSV that people open in a spreadsheet: no text in it is taken for a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BEGINNINGS = frozenset("=+-@＝＋－＠")


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV, one a line; texts that a spreadsheet would take for formulas begin with an apostrophe.

    The command line's own CSV is for programs and changes no text.

    Args:
        rows: From the top, with a row of names if there is to be one.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    for row in rows:
        writer.writerow([plain_cell(value) if isinstance(value, str) else value for value in row])
    return file.getvalue()


def plain_cell(text: str) -> str:
    """A text as it is, with an apostrophe before what a spreadsheet would compute."""
    return f"'{text}" if text.lstrip()[:1] in _BEGINNINGS else text
