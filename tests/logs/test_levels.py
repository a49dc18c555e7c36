"""Which level a line is coloured by."""

from __future__ import annotations

import pytest

from tui.logs.levels import Level, level_of


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-11-21 14:10:05 ERROR tOracleInput_1 - cannot open connection", Level.ERROR),
        ("java.sql.SQLRecoverableException: ORA-12541: TNS:no listener", Level.ERROR),
        ("Traceback (most recent call last):", Level.ERROR),
        ("ValueError: no such column", Level.ERROR),
        ("Caused by: oracle.net.ns.NetException: refused", Level.ERROR),
        ("WARN  12 records dropped", Level.WARNING),
        ("warning: deprecated", Level.WARNING),
        ("INFO started", Level.INFO),
        ("DEBUG cache hit", Level.DEBUG),
        ("    at oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:743)", Level.DEBUG),
        ("12 rows, 0 errors", None),
        ("plain words", None),
    ],
)
def test_a_line_has_the_level_that_its_words_tell(line: str, level: Level | None) -> None:
    assert level_of(line) is level
