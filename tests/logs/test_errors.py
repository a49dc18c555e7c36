"""The line that matters: what each kind of log tells of its failure, and what says nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.error_rules import EMPTY_MESSAGE, RULES
from tui.logs.errors import BLOCK, LONGEST_TOLD, ErrorFinder, find_error, says_nothing

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
    ("log", "told"),
    [
        (
            "[ERROR] COMPILATION ERROR : \n[ERROR] /src/A.java:[12,5] cannot find symbol",
            2,
        ),
        ("FAILURE: Build failed with an exception.\n\n> Could not resolve com.acme:x:1.0.", 3),
        ("ERROR: File WORK.A.DATA does not exist.\nNOTE: x\nERROR: Errors printed on page 1.", 1),
        (" *** Failure 3807 Object 'X' does not exist.\n *** RC (return code) = 8", 1),
        ("load.rb:12:in `run': undefined method `x' (NoMethodError)\n\tfrom load.rb:20:in `<main>'", 1),
        ("thread 'main' panicked at src/main.rs:10:5:\nindex out of bounds", 1),
        ("DBI connect('x') failed: timeout at load.pl line 12.", 1),
        ("fatal: [host1]: FAILED! => {}\nPLAY RECAP\nhost1 : ok=1 unreachable=0 failed=1", 1),
        ("[ERROR] 10:00:00 org.talend.x - /a/b.csv (No such file or directory)", 1),
        ('DB21034E  The command was processed\nSQL0204N  "X.Y" is an undefined name.  SQLSTATE=42704', 2),
        ("The system cannot find the file specified.\nC:\\etl>exit /b 1", 1),
        ("##[error]Process completed with exit code 1.", None),
        ("cp: /srv/orders.tmp: Disk quota exceeded", 1),
        ("cat: /srv/orders: Is a directory", 1),
        ("ping: dwh-db01: Name or service not known", 1),
        ("load.sh: line 3: ${a/}: bad substitution", 1),
        ("TNS-12541: TNS:no listener", 1),
        ("Running command: ['bash', '-c', 'load || echo ERROR: it is over']", None),
    ],
)
def test_other_programs_are_understood_as_well(log: str, told: int | None) -> None:
    found = find_error(log.split("\n"))
    assert (found.line if found else None) == told


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


TURNS = (
    *(
        "WARN slow, retrying in 5 seconds",
        "giving up after 3 attempts",
        "Starting attempt 2 of 3",
        "shutting down",
    ),
    *("exit code: 0", "ERROR: disk is slow", "java.io.IOException: lost", "Caused by: a.BException: deep"),
    *("2026-11-21 10:00:00 WARN skipped", "ERROR Error while closing: x", "\tSuppressed: a.CException: y"),
    *("The above exception was the direct cause of the following exception:", "attempt 1 of 3", "ignored"),
)
LINES = (*TALEND.split("\n"), *PYTHON.split("\n"), *JAVA.split("\n"), *TURNS, "ok", "", "  indented")


@given(st.lists(st.sampled_from(LINES), max_size=120), st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_the_pieces_in_which_a_log_comes_make_no_difference(log: list[str], sizes: list[int]) -> None:
    finder, torn = ErrorFinder(), ErrorFinder()
    for line in log:
        finder.feed([line])
    data, start = "".join(f"{line}\n" for line in log).encode(), 0
    for size in sizes * (len(data) // sum(sizes) + 1):
        torn.feed_bytes(data[start : start + size])
        start += size
    torn.finish()
    assert finder.best == torn.best == find_error(log)
    assert finder.lines == torn.lines == len(log)


def fed(data: bytes) -> ErrorFinder:
    finder = ErrorFinder()
    finder.feed_bytes(data)
    finder.finish()
    return finder


def test_bytes_are_taken_as_they_are() -> None:
    assert fed(b"  1%\r 50%\rERROR: no more\r\nok").best == ("no more", 1, "error")
    assert fed(b"ERROR: caf\xe9 \x1b]0;title\x07 \x00 closed").best is not None
    assert fed(b"ok\n\nERROR: at the end").best == ("at the end", 3, "error")
    assert fed(b"").best is None


def test_an_endless_line_costs_little_and_is_still_one_line() -> None:
    finder = ErrorFinder()
    finder.feed_bytes(b"ERROR: begins here ")
    for _ in range(64):
        finder.feed_bytes(b"x" * BLOCK)
    finder.feed_bytes(b" and ends\nERROR: the next")
    finder.finish()
    assert finder.lines == 2
    assert finder.best is not None
    assert finder.best.line == 1


def survived(*lines: str) -> int | None:
    found = find_error(lines)
    return found.line if found else None


def test_what_is_tried_again_counts_less_than_what_comes_later() -> None:
    refused, bad = "ORA-12541: TNS:no listener", "ERROR: the file is empty"
    assert survived(refused, bad) == 1
    assert survived(refused, "retrying in 5 seconds", bad) == 2 + 1
    assert survived(refused, "retrying in 5 seconds") == 1
    assert survived(refused, "retrying in 5 seconds", "giving up after 2 attempts", bad) == 1
    assert survived(bad, *["ok"] * 100, "retrying in 5 seconds", "ERROR: late") == 102 + 1
    assert survived(refused, "Starting attempt 2 of 3", bad) == 3
    assert survived(f"2026-11-21 10:00:00 WARN {refused}", bad) == 2


def test_what_follows_from_a_failure_counts_only_alone() -> None:
    closing, bad = "java.io.IOException: Stream closed", "ERROR: the file is empty"
    assert survived(bad, closing) == 1
    assert survived(closing) == 1
    assert survived(bad, "shutting down", "java.lang.IllegalStateException: pool is gone") == 1
    assert survived("shutting down", "java.lang.IllegalStateException: pool is gone") == 2
    assert survived(bad, *["ok"] * 500, "java.lang.IllegalStateException: pool is gone") == 502
    assert survived(bad, "2026-11-21 10:00:00 ERROR cannot close the pool", "a.b.FooException: x") == 1


def test_a_good_end_forgives_everything() -> None:
    assert survived("ORA-12541: TNS:no listener", "Marking task as SUCCESS") is None
    assert survived("Marking task as SUCCESS", "ORA-12541: TNS:no listener") == 2


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
        *("task load[3] failed", "task try_it failed (try 3 of 3)", "element 2: exit code 1"),
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
        "task load failed: disk full",
        "element 2: out of memory",
        "timeout",
    ],
)
def test_messages_that_say_something(message: str) -> None:
    assert not says_nothing(message)


def test_the_rules_are_well_formed() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all("told" in re.compile(rule.pattern).groupindex for rule in RULES)
    assert re.compile(EMPTY_MESSAGE).groups == 0
