"""Tests of one text against values: equality, shell patterns, parts and regular expressions."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

from tui.engine.query.syntax import ValueKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.engine.query.syntax import Value

_COST_EQUAL = 3
_COST_PART = 4
_COST_REGEX = 9

_WILDCARD = re.compile(r"[*?\[]")
_SIMPLE_PATTERN = re.compile(r"(\*?)([^*?\[]*)(\*?)")
_LONGEST_EXPRESSION = 1000
"""Longer expressions are no filters that somebody typed."""

_SCAN = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<open>\(\??)|(?P<close>\))|(?P<varying>[*+?|]|\{\d*,\d*\})|(?P<times>\{\d+\})",
    re.DOTALL,
)


class TextTest(NamedTuple):
    """A test of one text, whatever its case."""

    cost: int
    """How dear it is beside other tests."""
    fits: Callable[[str], bool]
    """Whether the text fits."""
    part: str | None = None
    """The folded text that must occur, when that is all that is asked."""


def has_wildcard(text: str) -> bool:
    """Whether the text is a shell pattern rather than plain text."""
    return _WILDCARD.search(text) is not None


def equality(values: Sequence[Value]) -> TextTest:
    """Whether a text is one of the values, of which some may be shell patterns. Raises ValueError."""
    plain = frozenset(value.text.casefold() for value in values if value.kind is not ValueKind.PATTERN)
    patterns = [_pattern(value.text.casefold()) for value in values if value.kind is ValueKind.PATTERN]
    if not patterns:
        return TextTest(_COST_EQUAL, lambda text: text.casefold() in plain)
    if len(patterns) == 1 and not plain:
        only = patterns[0]
        return TextTest(_COST_PART, lambda text: only(text.casefold()))

    def fits(text: str) -> bool:
        folded = text.casefold()
        return folded in plain or any(pattern(folded) for pattern in patterns)

    return TextTest(_COST_PART + len(patterns), fits)


def containment(values: Sequence[Value]) -> TextTest:
    """Whether a text holds one of the values or fits one that is an expression. Raises ValueError."""
    parts = [value.text.casefold() for value in values if value.kind is not ValueKind.REGEX]
    searches = [_expression(value.text) for value in values if value.kind is ValueKind.REGEX]
    if len(parts) == 1 and not searches:
        part = parts[0]
        return TextTest(_COST_PART, lambda text: part in text.casefold(), part)
    if len(searches) == 1 and not parts:
        return TextTest(_COST_REGEX, searches[0])

    def fits(text: str) -> bool:
        folded = text.casefold()
        return any(part in folded for part in parts) or any(search(text) for search in searches)

    return TextTest(_COST_PART + _COST_REGEX * len(searches), fits)


def _pattern(folded: str) -> Callable[[str], bool]:
    simple = _SIMPLE_PATTERN.fullmatch(folded)
    if simple:
        before, part, after = simple.groups()
        if before and after:
            return lambda text: part in text
        return (lambda text: text.endswith(part)) if before else (lambda text: text.startswith(part))
    from fnmatch import translate

    match = re.compile(translate(folded)).match
    return lambda text: match(text) is not None


def _expression(text: str) -> Callable[[str], bool]:
    """A search for an expression, whatever the case. Raises ValueError."""
    if len(text) > _LONGEST_EXPRESSION:
        raise ValueError(f"the expression is longer than {_LONGEST_EXPRESSION} characters")
    if _repeats_what_varies(text):
        raise ValueError(
            "the expression repeats a group that varies itself, as (a+)+ does: it could take for ever"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = re.compile(text, re.IGNORECASE).search
            # Python looks for a fixed part many times as fast when it need not mind the case.
            folded_search = re.compile(text.casefold()).search if _can_be_folded(text) else None
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"the expression can't be read: {error}") from error
    if folded_search is not None:
        return lambda found: folded_search(found.casefold()) is not None
    return lambda found: search(found) is not None


def _can_be_folded(expression: str) -> bool:
    """Whether folding text and expression alike does what ignoring the case does."""
    if not expression.isascii() or "(?" in expression:
        return False
    return "\\" not in expression or expression == expression.casefold()


def _repeats_what_varies(expression: str) -> bool:
    """Whether a group with a choice or a repeat in it is repeated: `re` may then never come to an end."""
    varies = [False]
    closed_at = -1
    for found in _SCAN.finditer(expression):
        if (found["varying"] or found["times"]) and found.start() == closed_at and found[0] not in "?|":
            return True
        if found["open"]:
            varies.append(False)
        elif found["close"] and len(varies) > 1:
            inner = varies.pop()
            closed_at = found.end() if inner else -1
            varies[-1] = varies[-1] or inner
        elif found["varying"]:
            varies[-1] = True
    return False
