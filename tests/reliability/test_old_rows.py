"""A row that has grown old is read again, and what a colleague did meanwhile is not acted over."""

from __future__ import annotations

from tests.reliability.old_rows import SYSTEMS, WORKS, campaign


def test_every_system_is_looked_at_before_it_is_acted_on() -> None:
    size = len(WORKS) - len(SYSTEMS)
    figures = campaign(size)
    assert [figure for figure in figures if not figure.holds] == []
    assert sum(figure.tried for figure in figures) == size
