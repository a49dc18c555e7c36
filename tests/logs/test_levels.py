"""Which level a line is coloured by."""

from __future__ import annotations

import pytest

from tests.logs.test_corpus import EXPECTED, log_of
from tui.logs.levels import ERROR_LINE, WARNING_LINE, Level, level_of
from tui.logs.lines import without_colours


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-11-21 14:10:05 ERROR tOracleInput_1 - cannot open connection", Level.ERROR),
        ("java.sql.SQLRecoverableException: ORA-12541: TNS:no listener", Level.ERROR),
        ("Traceback (most recent call last):", Level.ERROR),
        ("ValueError: no such column", Level.ERROR),
        ("Microsoft.Data.SqlClient.SqlException (0x80131904): truncated", Level.ERROR),
        ("Caused by: oracle.net.ns.NetException: refused", Level.ERROR),
        ("[10:00:00 ERR] the share is gone", Level.ERROR),
        ("psql: error: connection to server failed", Level.ERROR),
        ("fatal: not a git repository", Level.ERROR),
        ("ts=1 level=error msg=x", Level.ERROR),
        ('{"level":"error","msg":"x"}', Level.ERROR),
        ("./run.sh: line 9: 4711 Killed   ./load", Level.ERROR),
        ("WARN  12 records dropped", Level.WARNING),
        ("warning: deprecated", Level.WARNING),
        ("[10:00:00 WRN] slow", Level.WARNING),
        ("ts=1 level=warn msg=x", Level.WARNING),
        ("INFO started", Level.INFO),
        ("[10:00:00 INF] started", Level.INFO),
        ("DEBUG cache hit", Level.DEBUG),
        ("    at oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:743)", Level.DEBUG),
        ('  File "a.py", line 1, in <module>', Level.DEBUG),
        ("12 rows, 0 errors", None),
        ("error_count=0", None),
        ("no error", None),
        ("ErrorHandler initialised", None),
        ("Done. PASS=5 WARN=0 ERROR=0 SKIP=0", None),
        ("errors: 0, warnings: 0", None),
        ("set ON_ERROR_STOP", None),
        ("PREFATAL TERROR BACKWARN", None),
        ("plain words", None),
    ],
)
def test_a_line_has_the_level_that_its_words_tell(line: str, level: Level | None) -> None:
    assert level_of(line) is level
    assert (ERROR_LINE.search(line) is not None) == (level is Level.ERROR)
    assert level is not Level.WARNING or WARNING_LINE.search(line) is not None


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected])
def test_what_the_rules_find_is_reached_by_the_key_for_errors_as_well(name: str) -> None:
    lines = [without_colours(line) for line in log_of(name).decode("utf-8", "replace").split("\n")]
    at = EXPECTED[name]["line"]
    # What ends a traceback need not look like an error: its beginning does, some lines before.
    looked_at = lines[at - 1 : at] if "Traceback" not in "".join(lines) else lines[max(0, at - 20) : at]
    assert any(ERROR_LINE.search(line) or WARNING_LINE.search(line) for line in looked_at)
