"""The words of a query, with their places in the text."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from tui.core.errors import QueryError


class TokenKind(Enum):
    """What a piece of a query's text is."""

    FIELD = auto()
    OPERATOR = auto()
    WORD = auto()
    STRING = auto()
    REGEX = auto()
    COMMA = auto()
    OPEN = auto()
    CLOSE = auto()
    END = auto()


class Token(NamedTuple):
    """A piece of a query's text."""

    kind: TokenKind
    """What it is."""
    text: str
    """What it says: for strings and expressions without their delimiters and escapes."""
    start: int
    """Index of its first character in the query."""
    end: int
    """Index after its last character."""


_SPACE = re.compile(r"\s*")
_OPERATOR = re.compile(r"!=|!~|>=|<=|[:=~<>]")
_FIELD = re.compile(rf"([^\W\d]\w*)\s*({_OPERATOR.pattern})")
_WORD = re.compile(r"[^\s(),]+")
_STRING = re.compile(r"""(["'])((?:\\.|(?!\1)[^\\])*)\1""", re.DOTALL)
_REGEX = re.compile(r"/((?:\\.|[^\\/])*)/", re.DOTALL)
_ESCAPED_QUOTE = re.compile(r"""\\([\\"'])""")
_MARKS = {"(": TokenKind.OPEN, ")": TokenKind.CLOSE, ",": TokenKind.COMMA}
_REGEX_OPERATORS = ("~", "!~")


def tokenize(text: str) -> list[Token]:
    """Cut a query into tokens; the last one is always END.

    Raises:
        QueryError: A quote or an expression is never closed, or an operator has no field before it.
    """
    tokens: list[Token] = []
    operator = ""
    is_value_next = False
    position = _skip_space(text, 0)
    while position < len(text):
        token: Token | None
        if mark := _MARKS.get(text[position]):
            token = Token(mark, text[position], position, position + 1)
            is_value_next = mark is TokenKind.COMMA
            operator = operator if is_value_next else ""
        elif not is_value_next and (found := _FIELD.match(text, position)):
            operator = found[2]
            tokens.append(Token(TokenKind.FIELD, found[1], *found.span(1)))
            token = Token(TokenKind.OPERATOR, operator, *found.span(2))
            is_value_next = True
        else:
            if not is_value_next:
                operator = ""
            token = _read_value(text, position, is_value_next=is_value_next, operator=operator)
            is_value_next = False
        tokens.append(token)
        position = _skip_space(text, token.end)
    tokens.append(Token(TokenKind.END, "", len(text), len(text)))
    return tokens


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _read_value(text: str, position: int, *, is_value_next: bool, operator: str) -> Token:
    first = text[position]
    if first in "\"'":
        return _read_string(text, position)
    if first == "/" and operator in _REGEX_OPERATORS:
        return _read_regex(text, position)
    if not is_value_next and (found := _OPERATOR.match(text, position)):
        raise QueryError(
            f"no field stands before {found[0]}",
            start=found.start(),
            end=found.end(),
            hint=f'write a field such as state{found[0]} or quote it to search for it: "{found[0]}"',
        )
    word = _WORD.match(text, position)
    end = word.end() if word else position + 1
    return Token(TokenKind.WORD, text[position:end], position, end)


def _read_string(text: str, position: int) -> Token:
    found = _STRING.match(text, position)
    if not found:
        raise QueryError(
            "this quote is never closed", start=position, end=len(text), hint=f"end it with {text[position]}"
        )
    return Token(TokenKind.STRING, _ESCAPED_QUOTE.sub(r"\1", found[2]), position, found.end())


def _read_regex(text: str, position: int) -> Token:
    found = _REGEX.match(text, position)
    if not found:
        raise QueryError(
            "this expression is never closed",
            start=position,
            end=len(text),
            hint="end it with / or quote it to look for the text itself",
        )
    rest = _WORD.match(text, found.end())
    if rest:
        raise QueryError(
            f"{rest[0]!r} stands right behind an expression",
            start=position,
            end=rest.end(),
            hint=f'quote it to look for the text itself: "{text[position : rest.end()]}"',
        )
    return Token(TokenKind.REGEX, found[1].replace(r"\/", "/"), position, found.end())
