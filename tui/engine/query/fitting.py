"""What is said when no job fits a query: what it asks for, and how to ask for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.engine.query.fields import FIELDS
from tui.engine.query.syntax import And, Operator, Or, Term, ValueKind, render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.engine.query.language import Query
    from tui.engine.query.syntax import Node

NOTHING_FITS = "no job fits the filter"
_CLEAR = "\\ clears it"


def nothing_fits(query: Query) -> tuple[str, ...]:
    """What is so, and what to do about it, in lines: who asks for a whole text may mean a part of it."""
    for term in _terms(query.root):
        if _asks_for_whole_text(term):
            whole, part = render(term), render(Term(term.field, Operator.HAS, term.values))
            return NOTHING_FITS, f"{whole} asks for the whole text, {part} for a part of it", _CLEAR
    return NOTHING_FITS, _CLEAR


def _asks_for_whole_text(term: Term) -> bool:
    field = FIELDS[term.field]
    is_free = Operator.HAS in field.operators and not field.choices
    is_plain = all(value.kind is ValueKind.PLAIN for value in term.values)
    return is_free and is_plain and term.operator is Operator.IS


def _terms(node: Node) -> Iterator[Term]:
    match node:
        case Term():
            yield node
        case And() | Or():
            for part in node.parts:
                yield from _terms(part)
