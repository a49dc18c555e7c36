"""What can be written at the cursor of a query: fields and their values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from tui.core.errors import QueryError
from tui.engine.query.fields import BY_NAME, FIELDS
from tui.engine.query.kinds import BadValue
from tui.engine.query.meanings import meaning_of
from tui.engine.query.syntax import Operator, Value, quote_value
from tui.engine.query.tokens import TokenKind, tokenize

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tui.engine.query.fields import Field
    from tui.engine.query.tokens import Token

MOST = 50
"""More proposals are never made."""

_QUOTES = "\"'"
_TYPED = frozenset({TokenKind.WORD, TokenKind.STRING, TokenKind.REGEX})
_BEFORE_VALUE = frozenset({TokenKind.OPERATOR, TokenKind.COMMA})
_KEYWORDS = {
    "not": "the opposite of what follows",
    "or": "one or the other",
    "and": "both; a space says the same",
}


class Completion(NamedTuple):
    """Something that can be written at the cursor."""

    text: str
    """What to put in place of the text from `start` to `end`."""
    start: int
    """Index of the first character that it replaces."""
    end: int
    """Index after the last character that it replaces: the cursor."""
    title: str
    """What it means, for the list of proposals; empty where the text says it all."""


class _Word(NamedTuple):
    """The piece of a query that ends at the cursor."""

    text: str
    start: int
    field: Field | None
    operator: Operator


def complete(text: str, cursor: int, values: Mapping[str, Collection[str]]) -> list[Completion]:
    """What can be written at the cursor, the likeliest first; what the cursor stands behind is the beginning.

    Args:
        text: The query as typed so far; it need not make sense.
        cursor: Index of the character after the cursor.
        values: Values that occur, by a field's canonical name; where they are counted, the numbers are told.
    """
    cursor = max(0, min(cursor, len(text)))
    word = _word_before(text[:cursor])
    if word is None:
        return []
    if word.field is None:
        return _propose_fields(word, cursor)
    field = word.field
    begun = word.text.casefold()
    choices = [choice for choice in field.choices if choice.startswith(begun)]
    known = dict.fromkeys([*choices, *_holding(begun, values.get(field.name, ()))])
    sensible = (value for value in known if value.casefold() != begun and _is_sensible(word, field, value))
    counts = values.get(field.name)
    numbers = counts if isinstance(counts, Mapping) else {}
    return [
        Completion(quote_value(value), word.start, cursor, meaning_of(field.name, value, numbers.get(value)))
        for value in islice(sensible, MOST)
    ]


def _propose_fields(word: _Word, cursor: int) -> list[Completion]:
    begun = word.text.casefold()
    by_name = [name for name in FIELDS if name.startswith(begun)]
    by_alias = [field.name for name, field in BY_NAME.items() if name.startswith(begun)]
    fields = [FIELDS[name] for name in dict.fromkeys([*by_name, *by_alias])]
    proposals = [(f"{field.name}{_first_operator(field)}", field.title) for field in fields]
    if begun:
        proposals += [(f"{word} ", title) for word, title in _KEYWORDS.items() if word.startswith(begun)]
    return [Completion(text, word.start, cursor, title) for text, title in proposals]


def _first_operator(field: Field) -> str:
    """The operator that the field's example shows."""
    behind = field.example[len(field.name) :]
    return max((operator for operator in Operator if behind.startswith(operator)), key=len)


def _holding(begun: str, known: Iterable[str]) -> list[str]:
    """Those that begin as typed, then those that hold it."""
    holding = [value for value in known if begun in value.casefold()]
    return sorted(
        holding, key=lambda value: (not value.casefold().startswith(begun), value.casefold(), value)
    )


def _is_sensible(word: _Word, field: Field, value: str) -> bool:
    """Whether the value can follow the operator."""
    try:
        field.condition(word.operator, (Value(value),))
    except BadValue:
        return False
    return word.operator in field.operators


def _word_before(before: str) -> _Word | None:
    """What is being written, or None where nothing can be proposed."""
    try:
        tokens = tokenize(before)[:-1]
    except QueryError as error:
        if before[error.start] not in _QUOTES:
            return None
        tokens = tokenize(before[: error.start])[:-1]
        field, operator = _term_of(tokens)
        return _Word(before[error.start + 1 :], error.start, field, operator) if field else None
    last = tokens[-1] if tokens else None
    if last is None or (last.end < len(before) and last.kind not in _BEFORE_VALUE):
        return _Word("", len(before), None, Operator.IS)
    if last.kind is TokenKind.WORD:
        return _Word(last.text, last.start, *_term_of(tokens[:-1]))
    if last.kind in _BEFORE_VALUE:
        field, operator = _term_of(tokens)
        return _Word("", len(before), field, operator) if field else None
    return _Word("", len(before), None, Operator.IS) if last.kind is TokenKind.OPEN else None


def _term_of(tokens: list[Token]) -> tuple[Field | None, Operator]:
    """The field and operator that a value behind the tokens belongs to; no field where it is free text."""
    index = len(tokens) - 1
    while index > 0 and tokens[index].kind is TokenKind.COMMA and tokens[index - 1].kind in _TYPED:
        index -= 2
    if index < 1 or tokens[index].kind is not TokenKind.OPERATOR:
        return None, Operator.IS
    sign = tokens[index].text
    return BY_NAME.get(tokens[index - 1].text.casefold()), Operator(":" if sign == "=" else sign)
