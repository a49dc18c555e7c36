"""What is wrong with a query is told at the word that is wrong, with what would be right."""

from __future__ import annotations

import pytest

from tui.core.errors import QueryError
from tui.engine.query import parse_query


@pytest.mark.parametrize(
    ("text", "word", "message", "hint"),
    [
        ("stat:failed", "stat", "no field 'stat'", "state"),
        ("orders foo:1", "foo", "no field 'foo'", "fields are state"),
        ("http://x", "http", "no field 'http'", "quote"),
        ("state:failled", "failled", "no state 'failled'", "failed"),
        ("state:failed,error", "error", "no state 'error'", "failed"),
        ("state:z*", "z*", "no state 'z*'", "queued"),
        ("state:none", "none", "no state 'none'", ""),
        ("last:succes", "succes", "no state 'succes'", "succeeded"),
        ("is:blue", "blue", "never 'blue'", "held"),
        ("dur>10", "10", "no span", "10m"),
        ("dur>10q", "10q", "no span", "90s"),
        ("dur>99999999w", "99999999w", "hundred years", ""),
        ("dur:10m", "10m", "only be compared", "dur>10m"),
        ("dur>none", "none", "can't be compared", ":none"),
        ("since:2", "2", "no span", "2h"),
        ("since:25:00", "25:00", "no time", ""),
        ("since:2026-13-01", "2026-13-01", "no time", ""),
        ("since:3026-01-01", "3026-01-01", "too far", ""),
        ("exit:x", "x", "no whole number", "50%"),
        ("exit>99999999999999999999", "99999999999999999999", "no whole number", ""),
        ("name>3", ">", "can't be used with >", "name~orders"),
        ("is~held", "~", "can't be used with ~", "is:held"),
        ("exit~1", "~", "can't be used with ~", "exit"),
        ("> 3", ">", "no field stands before >", "quote"),
        ("foo > 3", "foo", "no field 'foo'", "quote"),
        ("name~/(/", "/(/", "can't be read", "quote"),
        ("name~/(a+)+b/", "/(a+)+b/", "for ever", "quote"),
        ("name~/x/y", "/x/y", "right behind", '"/x/y"'),
        ("a)", ")", "never opened", "quote"),
        (") a", ")", "never opened", "quote"),
        ("()", ")", "nothing between", "leave"),
        ("or a", "or", "before 'or'", "quote"),
        ("a and or b", "or", "before 'or'", "quote"),
        ("(or a)", "or", "before 'or'", "quote"),
        (",a", ",", "before ','", "quote"),
        ("state:,failed", ",", "must follow state:", "state:failed"),
        ("state:(failed)", "(", "must follow state:", "state:failed"),
        ("a,(b)", "(", "follow the comma", ""),
    ],
)
def test_an_error_points_at_the_wrong_word(text: str, word: str, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    error = caught.value
    assert text[error.start : error.end] == word
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    "text",
    [
        *("state:", "state:failed,", "dur>", "name~", "state !=", "state: "),
        *("orders and", "orders or ", "not", "a not", "(", "(a or b", "((a)", "a or not (b"),
    ],
)
def test_what_is_not_finished_points_at_the_end(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert (caught.value.start, caught.value.end) == (len(text), len(text))
    assert caught.value.hint


@pytest.mark.parametrize("text", ['name:"a', "'b c", 'a "', "name~/a b", "name~/a\\/", 'x or "\\"'])
def test_what_is_never_closed_reaches_to_the_end(text: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert text[caught.value.start] in "\"'/"
    assert caught.value.end == len(text)
    assert "never closed" in caught.value.message


@pytest.mark.parametrize("text", ["(" * 5000 + "a" + ")" * 5000, "not " * 5000 + "a"])
def test_a_query_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="nested too deeply"):
        parse_query(text)


@pytest.mark.parametrize(
    "expression",
    ["(a+)+", "(a*)*b", "(a|b)+", "(?:x?)*", "((a+))+", "(a{1,9}){9}", "(a+){2,}", "([(]a+)+", "(\\)a+)*"],
)
def test_expressions_that_could_take_for_ever_are_refused(expression: str) -> None:
    with pytest.raises(QueryError, match="for ever"):
        parse_query(f"name~/{expression}/")


@pytest.mark.parametrize(
    "expression",
    ["(ab)+", "(a+)?", "(a|b)", "a+b+", "[(a+)]+", "\\(a+\\)+", "(\\d{2}){3}", "(a+)(b)*", "a{2,3}"],
)
def test_harmless_expressions_are_read(expression: str) -> None:
    assert str(parse_query(f"name~/{expression}/")) == f"name~/{expression}/"


def test_an_expression_longer_than_anybody_types_is_refused() -> None:
    with pytest.raises(QueryError, match="longer than"):
        parse_query(f"name~/{'a' * 1001}/")
