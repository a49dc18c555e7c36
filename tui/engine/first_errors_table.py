"""First errors in the history file: what was found in the log of each run, so that no log is read twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.keys import RunKey
from tui.logs.error_rules import RULES_VERSION
from tui.logs.errors import FoundError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from tui.logs.rule_set import RuleSet

KEPT = 5_000
"""Runs whose first error is kept; the ones found longest ago go first."""

_WRITE = """
INSERT OR REPLACE INTO first_errors
    (connection, job_id, run_id, attempt, text, line, rule, rules_version, found_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

_READ = """
SELECT connection, job_id, run_id, attempt, text, line, rule FROM first_errors
WHERE rules_version = ? ORDER BY found_at DESC LIMIT ?
"""

_PRUNE = """
DELETE FROM first_errors WHERE found_at < (
    SELECT found_at FROM first_errors ORDER BY found_at DESC LIMIT 1 OFFSET ?
)
"""


def write_first_errors(
    connection: sqlite3.Connection,
    errors: Mapping[RunKey, FoundError | None],
    now: float,
    rules: RuleSet | None = None,
) -> None:
    """Keep what was found; None says that the log tells no error, which is worth knowing as well."""
    nothing = FoundError("", 0, "")
    rows = [
        (*key, found.text, found.line, found.rule, _version(rules), now)
        for key, found in ((key, error or nothing) for key, error in errors.items())
    ]
    connection.executemany(_WRITE, rows)
    connection.execute(_PRUNE, (KEPT - 1,))


def read_first_errors(
    connection: sqlite3.Connection, rules: RuleSet | None = None
) -> dict[RunKey, FoundError | None]:
    """Everything that these rules have found, the built-in ones when None."""
    return {
        RunKey(name, job_id, run_id, attempt): FoundError(text, line, rule) if text else None
        for name, job_id, run_id, attempt, text, line, rule in connection.execute(
            _READ, (_version(rules), KEPT)
        )
    }


def _version(rules: RuleSet | None) -> int:
    return RULES_VERSION if rules is None else rules.version
