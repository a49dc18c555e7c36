"""A record taken apart into lines, folded, opened and searched."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.ui.widgets.json_document import JsonDocument, Kind
from tui.ui.widgets.json_outline import Outline

RECORD = {
    "id": 7,
    "label": 'load "orders"',
    "runs": [{"state": "ok", "log": None}, {"state": "failed", "log": "a\nb"}],
    "odd name": True,
    "empty": {},
}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=25,
)


def written(document: JsonDocument) -> str:
    """All lines, joined as a file would have them."""
    lines = [document.line(index) for index in range(len(document))]
    return "\n".join(
        f"{line.name}{': ' if line.name else ''}{line.text}{',' if line.has_comma else ''}" for line in lines
    )


def shown(outline: Outline) -> list[int]:
    """The lines of the record that are shown."""
    return [outline.row(number).line for number in range(len(outline)) if not outline.row(number).part]


def test_lines_tell_name_kind_and_depth() -> None:
    document = JsonDocument(RECORD)
    told = [document.line(index) for index in range(len(document))]
    assert (told[0].kind, told[0].text, told[0].depth) == (Kind.OPEN, "{", 0)
    assert (told[1].name, told[1].kind, told[1].text, told[1].has_comma) == ('"id"', Kind.NUMBER, "7", True)
    assert told[2].text == '"load \\"orders\\""'
    assert (told[3].name, told[3].kind) == ('"runs"', Kind.OPEN)
    assert (told[5].text, told[6].text, told[6].kind) == ('"ok"', "null", Kind.WORD)
    assert (told[-2].text, told[-2].kind, told[-2].has_comma) == ("{}", Kind.EMPTY, False)
    assert (told[-1].kind, told[-1].text) == (Kind.CLOSE, "}")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (0, "."),
        (1, ".id"),
        (3, ".runs"),
        (5, ".runs[0].state"),
        (10, ".runs[1].log"),
        (12, ".runs"),
        (13, '.["odd name"]'),
    ],
)
def test_a_path_leads_back_to_the_value(line: int, path: str) -> None:
    assert JsonDocument(RECORD).path(line) == path


def test_what_is_copied_can_be_pasted() -> None:
    document = JsonDocument(RECORD)
    assert document.copy_text(2) == 'load "orders"'
    assert document.copy_text(1) == "7"
    assert json.loads(document.copy_text(3)) == RECORD["runs"]
    assert json.loads(document.copy_text(12)) == RECORD["runs"]


def test_a_search_finds_names_and_values_and_heeds_capitals_only_when_there_are_some() -> None:
    document = JsonDocument(RECORD)
    assert document.find("FAILED") == []
    assert document.find("Failed".lower()) == [9]
    assert document.find("state") == [5, 9]
    assert document.find("runs") == [3]
    assert document.find("") == ()


def test_folding_hides_what_is_inside_and_a_match_unfolds_it() -> None:
    document = JsonDocument(RECORD)
    outline = Outline(document)
    assert outline.toggle(3) == 3
    assert shown(outline) == [0, 1, 2, 3, 13, 14, 15]
    assert outline.row_of(9) == 3
    outline.reveal(9)
    assert outline.row(outline.row_of(9)).line == 9
    assert outline.fold_around(5) == 4
    assert outline.fold_around(12) == 3
    assert outline.toggle(3) == 3
    assert 4 in outline.folded


def test_everything_folds_and_unfolds() -> None:
    outline = Outline(JsonDocument(RECORD))
    outline.toggle_all()
    assert shown(outline) == [0, 1, 2, 3, 13, 14, 15]
    outline.toggle_all()
    assert len(outline) == len(outline.document)


def test_a_long_text_is_shown_whole_below_its_line() -> None:
    document = JsonDocument({"log": "x" * 50 + "\nend", "n": 1})
    outline = Outline(document, width=34)
    outline.toggle(1)
    parts = [outline.part_text(row) for number in range(len(outline)) if (row := outline.row(number)).part]
    assert parts == ["x" * 28, "x" * 22, "end"]
    assert outline.row_of(2) == 5
    outline.resize(200)
    assert len(outline) == len(document) + 2
    outline.toggle(1)
    assert len(outline) == len(document)


@given(record=VALUES)
@settings(max_examples=30, deadline=None)
def test_the_lines_are_the_record(record: Any) -> None:
    document = JsonDocument(record)
    assert json.loads(written(document)) == record
    for index in range(len(document)):
        assert document.begin(document.end(index)) == document.begin(index)
        assert document.parent(index) < document.begin(index)


@given(record=VALUES, data=st.data())
@settings(max_examples=30, deadline=None)
def test_no_order_of_folding_loses_a_line(record: Any, data: st.DataObject) -> None:
    document = JsonDocument(record)
    outline = Outline(document)
    for line in data.draw(st.lists(st.integers(0, len(document) - 1), max_size=6)):
        stands_on = outline.toggle(line)
        assert outline.row(outline.row_of(stands_on)).line <= stands_on
        hidden = {inner for begin in outline.folded for inner in range(begin + 1, document.end(begin) + 1)}
        assert shown(outline) == [index for index in range(len(document)) if index not in hidden]
    wanted = data.draw(st.integers(0, len(document) - 1))
    outline.reveal(wanted)
    assert wanted in shown(outline) or document.begin(wanted) in outline.folded


@given(record=VALUES, wanted=st.text(min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_a_search_finds_exactly_what_holds_the_text(record: Any, wanted: str) -> None:
    document = JsonDocument(record)
    found = set(document.find(wanted.lower()))
    for index in range(len(document)):
        line, value = document.line(index), document.value(index)
        if line.kind is Kind.TEXT and wanted.lower() in str(value).lower():
            assert index in found
        assert line.kind is not Kind.CLOSE or index not in found
