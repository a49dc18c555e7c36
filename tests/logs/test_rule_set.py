"""Rules for errors made ready for use, and those of the user among them."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.logs.test_corpus import EXPECTED, log_of
from tui.logs import error_context, rule_set
from tui.logs.error_rules import RULES, RULES_VERSION, SUSPECT
from tui.logs.errors import ErrorFinder, find_error
from tui.logs.rule_set import RuleSet, bare_text, default_rules, own_rule, word_of

PLAIN = "2026-11-21 10:00:00 INFO reading"


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        (r"\bLOAD-E\d{4} (?P<told>.*)", "load-e"),
        (r"^too late: .*", "too late:"),
        (r"(?i)Quota (?:was )?used up", "used up"),
        (r"broken|torn", ""),
        (r"(?:broken|torn) page", "page"),
        (r"ab?", ""),
        (r"error\.code=[\]x]+ at end", "error.code="),
        (r"abc{0}defg", "defg"),
        (r"abcd+e", "abcd"),
        (r"abcd*e", "abc"),
        (r"\x41bcdef", ""),
        (r"(?x) spaced out", ""),
        (r"a\ b\.c", "a b.c"),
        ("grüße an alle", "e an alle"),
        (r"\d+", ""),
    ],
)
def test_a_word_that_every_line_has_is_found_in_a_pattern(pattern: str, word: str) -> None:
    assert word_of(pattern) == word


@given(st.from_regex(r"[a-c ()|?*+{}\[\]1.\\d^$-]{1,12}", fullmatch=True), st.data())
def test_no_line_that_a_pattern_fits_is_without_its_word(pattern: str, data: st.DataObject) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, FutureWarning):
        assume(False)
    text = st.text(alphabet="abc1 .()|-", max_size=20) | st.from_regex(pattern)
    line = data.draw(text)
    if re.search(pattern, line):
        assert word_of(pattern) in line.lower()


def test_a_rule_of_the_user_comes_before_or_after_the_built_in_ones() -> None:
    log = [PLAIN, "LOAD-E0042 the index is locked", PLAIN, "ORA-12541: TNS:no listener"]
    loader = own_rule("loader", r"LOAD-E\d{4} (?P<told>.*)")
    before, after = default_rules().with_extra([loader]), default_rules().with_extra(after=[loader])
    assert find_error(log, rules=before) == ("the index is locked", 2, "loader")
    assert find_error(log, rules=after) == ("ORA-12541: TNS:no listener", 4, "oracle")
    assert find_error(log[:3], rules=after) == ("the index is locked", 2, "loader")
    assert find_error(log[:3]) is None


def test_without_a_group_all_is_told_from_where_the_pattern_fits() -> None:
    rules = default_rules().with_extra([own_rule("late", "too late")])
    assert find_error(["2026-11-21 10:00:00 delivery 7 is too late by 3 h"], rules=rules) == (
        "too late by 3 h",
        1,
        "late",
    )


def test_a_rule_in_whose_pattern_no_word_is_sure_is_asked_of_every_line() -> None:
    rules = default_rules().with_extra([own_rule("odd", r"^(?:X|Y)\d\d$")])
    assert rules.reads_every_line()
    assert not default_rules().reads_every_line()
    assert find_error([*[PLAIN] * 50, "Y42", *[PLAIN] * 50], rules=rules) == ("Y42", 51, "odd")


def test_the_first_of_several_counts_where_the_rule_says_so() -> None:
    lines = ["bad cell 1", "bad cell 2"]
    first = default_rules().with_extra([own_rule("cell", r"bad cell \d", is_first=True)])
    last = default_rules().with_extra([own_rule("cell", r"bad cell \d")])
    assert [getattr(find_error(lines, rules=rules), "line", None) for rules in (first, last)] == [1, 2]


def test_a_rule_for_warnings_counts_only_where_they_are_asked_for() -> None:
    rules = default_rules().with_extra([own_rule("late", "too late", is_warning=True)])
    assert find_error(["too late"], rules=rules) is None
    assert find_error(["too late"], rules=rules, takes_warnings=True) == ("too late", 1, "late")


def test_noise_of_the_user_never_counts() -> None:
    rules = default_rules().with_extra(noise=["ORA-28002"])
    log = ["ORA-01017: invalid password", "ORA-28002: the password will expire"]
    assert find_error(log) == ("ORA-28002: the password will expire", 2, "oracle")
    assert find_error(log, rules=rules) == ("ORA-01017: invalid password", 1, "oracle")


def test_other_rules_have_another_version() -> None:
    assert default_rules().version == RuleSet(RULES).version == RULES_VERSION
    one = default_rules().with_extra([own_rule("a", "x")])
    other = default_rules().with_extra([own_rule("a", "y")])
    quiet = default_rules().with_extra(noise=["x"])
    assert len({RULES_VERSION, one.version, other.version, quiet.version}) == 4
    assert one.version == default_rules().with_extra([own_rule("a", "x")]).version


def test_rules_keep_few_lines_in_mind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_set, "_MOST_SHAPES", 20)
    rules = RuleSet(RULES)
    finder = ErrorFinder(rules)
    finder.feed([f"error {a}{b}" for a in string.ascii_lowercase for b in "xyz"])
    assert finder.lines == 26 * 3
    assert 0 < len(rules._readings) <= 20


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("2026-11-21 10:00:00,123 ERROR boom", "ERROR boom"),
        ("[2026-11-21T10:00:00.123+0000] {load.py:12} INFO -   File 'x'", "  File 'x'"),
        ("2026-11-21T10:00:00.123456789Z stderr F ValueError: x", "ValueError: x"),
        ("Nov 21 10:00:00 batch01 etl[4711]: ValueError: x", "ValueError: x"),
        ("    | ValueError: x", "ValueError: x"),
        ("worker-1  | 10:00:00 ValueError: x", "ValueError: x"),
        ("ValueError: x", "ValueError: x"),
    ],
)
def test_what_other_programs_put_before_a_line_is_left_out(line: str, bare: str) -> None:
    assert bare_text(line) == bare


def test_every_pattern_compiles_and_every_rule_has_words() -> None:
    for name in (
        "NOISE",
        "AFTERMATH",
        "SAID_AGAIN",
        "TEARDOWN",
        "RETRIED",
        "GIVEN_UP",
        "BEGUN_ANEW",
        "ENDED_WELL",
    ):
        assert all(re.compile(pattern) for pattern in getattr(error_context, name))
    assert all(word == word.lower() for rule in RULES for word in rule.words)
    assert all(rule.words for rule in RULES)


def test_no_rule_fits_a_line_without_its_words() -> None:
    lines = {line for name in EXPECTED for line in log_of(name).decode("utf-8", "replace").splitlines()}
    suspect = [bare_text(line) for line in lines if any(word in line.lower() for word in SUSPECT)]
    assert len(suspect) > 200
    for rule in RULES:
        fitting = [line.lower() for line in suspect if re.search(rule.pattern, line)]
        assert all(any(word in line for word in rule.words) for line in fitting), rule.id
