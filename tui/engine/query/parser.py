"""Reads a query by recursive descent over its tokens.

Written by hand: a parser library would cost more of the program's start than the whole table takes to paint,
and none points at the wrong word of a query that is still being typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import QueryError
from tui.engine.query.fields import BY_NAME, FIELDS
from tui.engine.query.kinds import BadValue
from tui.engine.query.patterns import has_wildcard
from tui.engine.query.suggestions import nearest
from tui.engine.query.syntax import (
    EVERYTHING,
    KEYWORDS,
    Not,
    Operator,
    Term,
    Value,
    ValueKind,
    Words,
    all_of,
    any_of,
)
from tui.engine.query.tokens import TokenKind, tokenize

if TYPE_CHECKING:
    from tui.engine.query.fields import Field
    from tui.engine.query.syntax import Node
    from tui.engine.query.tokens import Token

DEEPEST = 50
"""So many parentheses and nots may lie in each other."""

_VALUES = frozenset({TokenKind.WORD, TokenKind.STRING, TokenKind.REGEX})
_SPELLINGS = {"=": Operator.IS}
_EXACT = frozenset({Operator.IS, Operator.IS_NOT})


def parse(text: str) -> Node:
    """The shape of a query.

    Raises:
        QueryError: A word makes no sense; where something is missing, it points at the end.
    """
    return _Parser(tokenize(text)).parse()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0

    def parse(self) -> Node:
        if self._is_next(TokenKind.END):
            return EVERYTHING
        node = self._alternatives()
        if not self._is_next(TokenKind.END):
            raise _error("this parenthesis was never opened", self._next, hint="leave it out or quote it")
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _is_next(self, *kinds: TokenKind) -> bool:
        return self._tokens[self._index].kind in kinds

    def _take(self) -> Token:
        token = self._tokens[self._index]
        self._index += 1
        return token

    def _keyword(self) -> str:
        """The keyword that comes next, or an empty string."""
        token = self._next
        word = token.text.casefold()
        return word if token.kind is TokenKind.WORD and word in KEYWORDS else ""

    def _alternatives(self) -> Node:
        parts = [self._conjunction()]
        while self._keyword() == "or":
            self._take()
            parts.append(self._conjunction())
        return any_of(parts)

    def _conjunction(self) -> Node:
        parts = [self._operand()]
        while not self._is_next(TokenKind.END, TokenKind.CLOSE) and self._keyword() != "or":
            if self._keyword() == "and":
                self._take()
            parts.append(self._operand())
        return all_of(parts)

    def _operand(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _error("the query is nested too deeply", self._next, hint=f"at most {DEEPEST} levels")
        node = self._operand_here()
        self._depth -= 1
        return node

    def _operand_here(self) -> Node:
        token = self._next
        if self._keyword() == "not":
            self._take()
            return Not(self._operand())
        if token.kind is TokenKind.OPEN:
            return self._group()
        if token.kind is TokenKind.FIELD:
            return self._term()
        if self._keyword() or token.kind not in _VALUES:
            raise self._missing_operand(token)
        return Words(tuple(value.text for value in self._values()))

    def _group(self) -> Node:
        opening = self._take()
        node = self._alternatives()
        if not self._is_next(TokenKind.CLOSE):
            raise _error(
                "a parenthesis is never closed", self._next, hint=f"the one at {opening.start + 1} needs a )"
            )
        self._take()
        return node

    def _term(self) -> Node:
        name, sign = self._take(), self._take()
        field = BY_NAME.get(name.text.casefold())
        if field is None:
            raise _unknown_field(name)
        operator = _SPELLINGS.get(sign.text) or Operator(sign.text)
        if operator not in field.operators:
            allowed = " ".join(known for known in Operator if known in field.operators)
            raise _error(
                f"{field.name} can't be used with {sign.text}",
                sign,
                hint=f"it takes {allowed}, as in {field.example}",
            )
        if not self._is_next(*_VALUES):
            raise _error(
                f"a value must follow {name.text}{sign.text}", self._next, hint=f"as in {field.example}"
            )
        tokens = self._values()
        values = tuple(_value(token, operator) for token in tokens)
        _check(field, operator, values, tokens)
        return Term(field.name, operator, values)

    def _values(self) -> list[Token]:
        tokens = [self._take()]
        while self._is_next(TokenKind.COMMA):
            self._take()
            if not self._is_next(*_VALUES):
                raise _error("another value must follow the comma", self._next, hint="or leave the comma out")
            tokens.append(self._take())
        return tokens

    def _missing_operand(self, token: Token) -> QueryError:
        before = self._tokens[self._index - 1] if self._index else None
        if before is not None and token.kind is TokenKind.END:
            return _error(f"something must follow {before.text!r}", token, hint="or leave it out")
        if token.kind is TokenKind.CLOSE and before is not None and before.kind is TokenKind.OPEN:
            return _error("there is nothing between the parentheses", token, hint="leave them out")
        hint = f'quote it to search for it: "{token.text}"'
        if token.kind is TokenKind.CLOSE and before is None:
            return _error("this parenthesis was never opened", token, hint=hint)
        return _error(f"something must stand before {token.text!r}", token, hint=hint)


def _error(message: str, token: Token, *, hint: str) -> QueryError:
    return QueryError(message, start=token.start, end=token.end, hint=hint)


def _unknown_field(name: Token) -> QueryError:
    meant = nearest(name.text, BY_NAME)
    advice = f"did you mean {meant}" if meant else f"fields are {', '.join(FIELDS)}"
    return _error(f"there is no field {name.text!r}", name, hint=f"{advice}; quote the word to search for it")


def _value(token: Token, operator: Operator) -> Value:
    if token.kind is TokenKind.REGEX:
        return Value(token.text, ValueKind.REGEX)
    is_pattern = token.kind is TokenKind.WORD and operator in _EXACT and has_wildcard(token.text)
    return Value(token.text, ValueKind.PATTERN if is_pattern else ValueKind.PLAIN)


def _check(field: Field, operator: Operator, values: tuple[Value, ...], tokens: list[Token]) -> None:
    try:
        field.condition(operator, values)
    except BadValue as error:
        raise _error(error.message, tokens[error.index], hint=error.hint) from error
