"""What differs from run to run becomes a mark; what tells runs apart stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.masks import mask_line, numbers_of

PIECES = st.sampled_from(
    [
        *("2026-11-21", "13:24:55,123", "[11/21/2026 12:36:48]", "Sat Nov 21 13:54:06 UTC 2026", "12m04s"),
        *("1,204", "-3", "0", "4.5s", "12%", "84122000", "ORA-12541:", "WRT_8035", "exit code: 1", "rc=0"),
        *("'a b'", '"x"', "`y`", "don't", "/in/orders_1.csv", "C:\\tmp\\a", "https://h/p?q=1", "10.0.0.1:80"),
        *("3f2a77c1-0d5e-4b8a-9c11-aa00bb11cc22", "deadbeef01", "0x7f", "tMap_1", "pool-3-thread-12"),
        *("T4CConnection.java:743", "t100000-2026112113", "20261121132455_3346z", "<n>", "<time>", "a/b/c"),
    ]
)
LINES = st.lists(PIECES | st.text(max_size=6), max_size=8).map(" ".join) | st.text(max_size=60)


@given(LINES)
def test_masking_is_stable(line: str) -> None:
    masked = mask_line(line)
    assert mask_line(masked) == masked


@given(st.lists(PIECES, max_size=6).map(" ".join), st.integers(0, 9))
def test_numbers_and_times_make_no_difference(line: str, digit: int) -> None:
    """Only codes, exit codes and numbered names are told apart by their digits."""
    told_apart = re.compile(r"ORA-\d+|WRT_\d+|exit code: \d|rc=\d|tMap_\d")
    pieces = told_apart.split(line)
    changed = [re.sub(r"\d", str(digit), piece) for piece in pieces]
    kept = [*told_apart.findall(line), ""]
    other = "".join(piece + code for piece, code in zip(changed, kept, strict=True))
    assert mask_line(other) == mask_line(line)


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("[INFO ] 2026-11-21 13:25:00 tMap_1 - 1250 rows", "[INFO ] <time> tMap_1 - <n> rows"),
        (
            "ERROR : [11/21/2026 12:36:48] : CMN_1022 : Database driver error: ORA-12541: TNS:no listener",
            "ERROR : [<time>] : CMN_1022 : Database driver error: ORA-12541: TNS:no listener",
        ),
        ("=== collect (100000-2026112113) ===", "=== collect (<id>) ==="),
        ("current time: Sat Nov 21 13:54:06 UTC 2026", "current time: <time>"),
        ("instance: t100000-2026112113 took 12m04s", "instance: <id> took <time>"),
        ("\tat a.T4C.logon(T4C.java:743)", "\tat a.T4C.logon(T4C.java:<n>)".replace("4", "0")),
        ("exit code: 1", "exit code: 1"),
        ("HTTP/1.1 503 after 3 tries", "HTTP/1.1 503 after <n> tries"),
        ("read 'a b' and \"c\" from /in/x_1.csv", "read <text> and <text> from <path>"),
        ("can't and don't", "can't and don't"),
        ("GET https://h.example.com/a?b=1 from 10.2.3.4:80", "GET <url> from <ip>"),
        ("id 3f2a77c1-0d5e-4b8a-9c11-aa00bb11cc22 hash deadbeef0123", "id <uuid> hash <hex>"),
        ("pool-3-thread-12 wrote 1,204 rows", "pool-<n>-thread-<n> wrote <n> rows"),
    ],
)
def test_lines_of_real_systems(line: str, masked: str) -> None:
    assert mask_line(line) == masked


def test_numbers_are_those_that_may_count_something() -> None:
    line = "2026-11-21 13:25:00 WRT_8035 : Load complete: 84,122 rows, 0 rejected in 4.5 s (run a1b2c3d4e5)"
    assert numbers_of(line) == ["84,122", "0", "4.5"]
