"""Files that are saved or opened elsewhere: no text of a system means anything in them."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from tests.support.hostile_texts import hostile_texts
from tui.core.models import Parameter
from tui.engine.markdown import escaped
from tui.engine.parameters import ParameterValues
from tui.engine.parameters_file import as_toml, values_in
from tui.engine.spreadsheet import csv_text, plain_cell
from tui.logs.scrub import plain_text

FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "＝1+1", "\t=1", " =1", "－1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_spreadsheet_takes_no_text_for_a_formula(formula: str) -> None:
    assert plain_cell(formula) == f"'{formula}"
    rows = list(csv.reader(io.StringIO(csv_text([["name", "exit"], [formula, -3]]))))
    assert rows[1] == [f"'{formula}", "-3"]


@pytest.mark.parametrize("text", ["load", "a=b", "", "2026-11-21", "'=1", "e-mail", "1+1"])
def test_every_other_text_is_saved_as_it_is(text: str) -> None:
    assert plain_cell(text) == text


def test_csv_of_hostile_texts_is_read_back_as_it_was() -> None:
    texts = [plain_text(text) for text in hostile_texts(2_000, seed=31)]
    rows = list(csv.reader(io.StringIO(csv_text([[text, text] for text in texts]))))
    assert [row[0].removeprefix("'") for row in rows] == [text.removeprefix("'") for text in texts]
    assert not any(row[0].lstrip().startswith(("=", "+", "-", "@")) for row in rows)


_ACTIVE = re.compile(r"(?<!\\)(?:\\\\)*[<>\[\]|`*~$]")


def test_markdown_has_no_link_picture_or_tag_of_a_system() -> None:
    for text in hostile_texts(2_000, seed=32):
        shown = escaped(plain_text(text))
        assert "\n" not in shown
        assert not _ACTIVE.search(shown), shown
    assert escaped("![x](http://evil.example)<img src=x>|") == r"!\[x\](http://evil.example)\<img src=x\>\|"


def test_parameters_in_an_editor_are_text_alone() -> None:
    for text in (*hostile_texts(500, seed=33), "vim: set modeline:", "x ex:!id", "-*- eval: (x) -*-"):
        clean = plain_text(text)
        parameter = Parameter("day", description=clean, default=clean)
        values = ParameterValues([parameter], {"day": clean, "other": clean})
        told = as_toml(values, f"job {clean}")
        assert values_in(told) == {"day": clean, "other": clean}
        assert not re.search(r"(?i)(?:^|[ \t])(?:vim?|ex)[<=>]?\d*:|-\*-|local variables:", told), told
        json.dumps(values_in(told))
