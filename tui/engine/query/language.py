"""The query language: one for the table's filter, the command line and the views in the config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.engine.query.conditions import conjunction, disjunction, negation, steady
from tui.engine.query.context import search_text
from tui.engine.query.syntax import EVERYTHING, And, Not, Or, Term, Words, all_of, render

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tui.core.models import Job
    from tui.engine.query.conditions import Condition, Predicate
    from tui.engine.query.context import QueryContext
    from tui.engine.query.syntax import Node

_COST_WORDS = 3


class Query:
    """What jobs are asked for. Queries of the same shape are equal, however they were written."""

    __slots__ = ("_bound", "_condition", "_context", "root", "text")

    text: str
    """As it was written."""
    root: Node
    """Its shape."""

    def __init__(self, root: Node, text: str | None = None) -> None:
        """Make a query of a shape.

        Args:
            root: The shape; its terms must make sense, as those that the parser made do.
            text: How it was written; by default its plain spelling.
        """
        self.root = root
        self.text = render(root) if text is None else text
        self._condition = _compile(root)
        self._context: QueryContext | None = None
        self._bound: Predicate | None = None

    @property
    def is_everything(self) -> bool:
        """Whether every job fits."""
        return self.root == EVERYTHING

    @property
    def depends_on_time(self) -> bool:
        """Whether a job can begin or cease to fit although nothing is heard of it."""
        return self._condition.depends_on_time

    @property
    def uses_text(self) -> bool:
        """Whether the query has free text, so that `bind`'s predicate needs each job's search text."""
        return self._condition.uses_text

    @property
    def uses_age(self) -> bool:
        """Whether it matters when jobs were last observed."""
        return self._condition.uses_age

    def bind(self, context: QueryContext) -> Predicate:
        """The question as asked at one moment, for many jobs: called with a job and its search text."""
        if self._bound is None or self._context is not context:
            self._bound, self._context = self._condition.bind(context), context
        return self._bound

    def matches(self, job: Job, context: QueryContext) -> bool:
        """Whether the job is asked for."""
        return self.bind(context)(job, search_text(job) if self.uses_text else "")

    def select(self, jobs: Iterable[Job], context: QueryContext) -> list[Job]:
        """The jobs that are asked for, in the order given."""
        fits = self.bind(context)
        if self.uses_text:
            return [job for job in jobs if fits(job, search_text(job))]
        return [job for job in jobs if fits(job, "")]

    def next_turn(self, job: Job, context: QueryContext, begin: datetime) -> datetime | None:
        """The first moment from `begin` on at which the job may begin or cease to fit by itself."""
        first: datetime | None = None
        for turn in self._condition.turns:
            moment = turn(job, context)
            if moment is not None and moment >= begin and (first is None or moment < first):
                first = moment
        return first

    def valid_until(self, context: QueryContext) -> datetime | None:
        """When the question itself changes, such as `since:today` at midnight; None means never."""
        return min((changes_at(context) for changes_at in self._condition.changes_at), default=None)

    def __and__(self, other: Query) -> Query:
        """What both ask for."""
        return Query(all_of([self.root, other.root]))

    def __str__(self) -> str:
        """Its plain spelling, which is read as an equal query."""
        return render(self.root)

    def __repr__(self) -> str:
        return f"Query({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.root == other.root

    def __hash__(self) -> int:
        return hash(self.root)


def parse_query(text: str) -> Query:
    """Read a query.

    Raises:
        QueryError: It can't be read. It points at the wrong word, or at the end when something is missing.
    """
    from tui.engine.query.parser import parse

    return Query(parse(text), text)


def _compile(node: Node) -> Condition:
    match node:
        case Term():
            from tui.engine.query.fields import FIELDS

            return FIELDS[node.field].condition(node.operator, node.values)
        case Words():
            return _words(node.values)
        case Not():
            return negation(_compile(node.part))
        case And(parts=()):
            return steady(0, lambda _job, _text: True)
        case And():
            return conjunction([_compile(part) for part in node.parts])
        case Or():
            return disjunction([_compile(part) for part in node.parts])


def _words(values: tuple[str, ...]) -> Condition:
    needles = [value.casefold() for value in values]
    if len(needles) == 1:
        needle = needles[0]
        return steady(_COST_WORDS, lambda _, text: needle in text, uses_text=True)
    return steady(_COST_WORDS, lambda _, text: any(needle in text for needle in needles), uses_text=True)


ALL = Query(EVERYTHING)
"""The query that every job fits."""
