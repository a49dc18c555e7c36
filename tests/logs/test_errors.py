"""The line that matters: what each kind of log tells of its failure, and what says nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.error_rules import EMPTY_MESSAGE, RULES
from tui.logs.errors import LONGEST_TOLD, ErrorFinder, find_error, says_nothing

TALEND = """\
[INFO ] 2026-11-21 13:59:53 tMap_1 - 58750 rows
Exception in component tDBConnection_1 (BuildMarts)
java.sql.SQLRecoverableException: ORA-12541: TNS:no listener (dwh-db01:1521)
\tat oracle.jdbc.driver.T4CConnection.logon(T4CConnection.java:743)
[FATAL]: dwh.buildmarts_1_4.BuildMarts - tDBConnection_1 ORA-12541: TNS:no listener (dwh-db01:1521)
Job BuildMarts ended with exit code 1.
### Job ENDED WITH ERROR  at 2026/11/21 13:59:58 (jobId=20150622_150008_b77id) ###"""

INFORMATICA = """\
INFO : [11/21/2026 12:36:42] : WRT_8161 : Target load: 115000 rows requested.
ERROR : [11/21/2026 12:36:48] : CMN_1022 : Database driver error: file not found: /in/a.csv
ERROR : [11/21/2026 12:36:48] : TM_6085 : A fatal error occurred. Terminating the session.
INFO : [11/21/2026 12:36:48] : TM_6020 : Session failed."""

JAVA = """\
2026-11-21 10:00:00,123 ERROR [main] Main - boom
java.lang.RuntimeException: wrapped
\tat a.B.c(B.java:1)
Caused by: java.io.IOException: in the middle
Caused by: java.net.ConnectException: Connection refused
\t... 3 more"""

PYTHON = """\
Traceback (most recent call last):
  File "a.py", line 1, in <module>
ValueError: first

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "b.py", line 2, in <module>
    load(day)
KeyError: 'load_date'
exit code 1"""


@pytest.mark.parametrize(
    ("log", "told", "line"),
    [
        (TALEND, "ORA-12541: TNS:no listener (dwh-db01:1521)", 5),
        (INFORMATICA, "CMN_1022 : Database driver error: file not found: /in/a.csv", 2),
        (JAVA, "ConnectException: Connection refused", 5),
        (PYTHON, "KeyError: 'load_date'", 10),
        ("+ x\n./run.sh: line 3: sqlldrr: command not found\nexit 127", None, 2),
        ('psql:a.sql:12: ERROR:  relation "stage.orders" does not exist\nLINE 1: select', None, 1),
        ("ERROR 1045 (28000): Access denied for user 'etl'@'h'", None, 1),
        ("ORA-20001: customer 17 is missing\nORA-06512: at line 12", "ORA-20001: customer 17 is missing", 1),
        ("a\nPSQLException: FATAL: no pg_hba.conf entry [SQLSTATE=28000]\nfailed", None, 2),
        ("26/11/21 ERROR Executor: x\nJob aborted due to stage failure: Task 3 failed 4 times", None, 2),
        ("slurmstepd: error: *** JOB 7 ON n01 CANCELLED AT 10:00 DUE TO TIME LIMIT ***", None, 1),
        ("cp: error writing 'x': No space left on device", None, 1),
        ("java.lang.OutOfMemoryError: GC overhead limit exceeded\nCaused by: a.BException: x", None, 1),
        (
            "curl: (6) Could not resolve host: dwh-db01\nexit code: 6",
            "curl: (6) Could not resolve host: dwh-db01",
            1,
        ),
        (
            "2026-11-21 10:00:00 ERROR table is locked\n2026-11-21 10:00:01 ERROR giving up",
            "table is locked",
            1,
        ),
        ("./run.sh: line 9: 4711 Killed   ./load", "./run.sh: line 9: 4711 Killed", 1),
        ("panic: runtime error: index out of range", None, 1),
        ("\x1b[31mERROR\x1b[0m cannot open the source", "cannot open the source", 1),
    ],
)
def test_each_kind_of_log_tells_its_error(log: str, told: str | None, line: int) -> None:
    found = find_error(log.split("\n"))
    assert found is not None
    assert found.line == line
    assert found.text in log.split("\n")[line - 1].replace("\x1b[0m", "")
    if told is not None:
        assert found.text == told


@pytest.mark.parametrize(
    "log",
    [
        "all is well\nLoad complete: 84122 rows, 0 rejected.\nSession completed.",
        "errors: 0\nexit code: 0",
        "working\nexit code: 3",
        "WARN 3 rows rejected",
        "",
    ],
)
def test_a_log_without_an_error_tells_none(log: str) -> None:
    assert find_error(log.split("\n")) is None


def test_a_warning_counts_only_where_it_is_asked_for_and_after_errors() -> None:
    lines = ["2026-11-21 10:00:00 WARN  Loader - 12 records dropped", "done"]
    warned = find_error(lines, takes_warnings=True)
    assert warned is not None
    assert warned.text == "Loader - 12 records dropped"
    both = find_error([*lines, "ERROR: disk is slow"], takes_warnings=True)
    assert both is not None
    assert "disk is slow" in both.text


def test_a_run_that_tried_again_failed_of_its_last_error() -> None:
    found = find_error(["ORA-12541: TNS:no listener", "retrying", "ORA-01017: invalid password", "giving up"])
    assert found is not None
    assert (found.text, found.line) == ("ORA-01017: invalid password", 3)


def test_a_long_error_is_one_harmless_line() -> None:
    found = find_error([f"ERROR: bad\u202e value {'x' * 5000}"])
    assert found is not None
    assert len(found.text) == LONGEST_TOLD
    assert found.text.isprintable()


@given(st.lists(st.sampled_from([*TALEND.split("\n"), *PYTHON.split("\n"), "ok", ""]), max_size=200))
def test_the_pieces_in_which_a_log_comes_make_no_difference(log: list[str]) -> None:
    finder = ErrorFinder()
    for line in log:
        finder.feed([line])
    assert finder.best == find_error(log)


@pytest.mark.parametrize(
    "message",
    [
        *("", "failed", "Failed.", "error", "exit code 1", "exit code: 137", "Session failed.", "Job failed"),
        *("Run failed with exit code 1", "failed (exit code 3)", "The job has failed", "rc=8", "warning"),
        *(
            "the flow failed, in collect",
            "ended with error",
            "finished with warnings",
            "see the log",
            "status 2",
        ),
    ],
)
def test_messages_that_say_nothing(message: str) -> None:
    assert says_nothing(message)


@pytest.mark.parametrize(
    "message",
    [
        "ORA-12541: TNS:no listener",
        "failed to connect",
        "Error: boom",
        "exit code 1: no such file",
        "timeout",
    ],
)
def test_messages_that_say_something(message: str) -> None:
    assert not says_nothing(message)


def test_the_rules_are_well_formed() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all("told" in re.compile(rule.pattern).groupindex for rule in RULES)
    assert re.compile(EMPTY_MESSAGE).groups == 0
