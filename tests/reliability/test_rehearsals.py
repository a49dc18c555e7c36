"""A few of what the campaign of rehearsals tries by the thousand."""

from __future__ import annotations

from tests.reliability.rehearsals import campaign


def test_a_few_hold() -> None:
    figures = campaign(100)
    assert [figure for figure in figures if not figure.holds] == []
