"""What is said when no job fits: whoever asks for a whole text is told how to ask for a part."""

from __future__ import annotations

import pytest

from tui.engine.query import parse_query
from tui.engine.query.fitting import NOTHING_FITS, nothing_fits


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name:load", "name:load asks for the whole text, name~load for a part of it"),
        (
            "state:failed job:load,orders",
            "name:load,orders asks for the whole text, name~load,orders for a part of it",
        ),
        ("load or tag:night", "tag:night asks for the whole text, tag~night for a part of it"),
        ('name:"load all"', 'name:"load all" asks for the whole text, name~"load all" for a part of it'),
    ],
)
def test_a_whole_text_may_mean_a_part(text: str, told: str) -> None:
    assert nothing_fits(parse_query(text)) == (NOTHING_FITS, told, "\\ clears it")


@pytest.mark.parametrize(
    "text",
    [
        "load",
        "name:load*",
        "name~load",
        "state:failed",
        "env:prod",
        "dur>2x",
        "not name:load",
        "is:held",
    ],
)
def test_other_filters_are_as_they_are_meant(text: str) -> None:
    assert nothing_fits(parse_query(text)) == (NOTHING_FITS, "\\ clears it")
