"""What a term asks of a job, as a function that is bound once to a moment and then called for every job."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tui.core.models import Job
    from tui.engine.query.context import QueryContext

Predicate: TypeAlias = "Callable[[Job, str], bool]"
"""Whether a job fits. Its second argument is the job's search text; any text does where none is asked for."""

Turn: TypeAlias = "Callable[[Job, QueryContext], datetime | None]"
"""When a job will begin or cease to fit by the mere passing of time, in the past or in the future."""


class Condition(NamedTuple):
    """What a term or a whole query asks of a job."""

    cost: int
    """How dear it is beside others: the cheapest is asked first."""
    bind: Callable[[QueryContext], Predicate]
    """The question as asked at one moment."""
    turns: tuple[Turn, ...] = ()
    """When single jobs change sides as time passes."""
    changes_at: tuple[Callable[[QueryContext], datetime], ...] = ()
    """When the question itself changes for all jobs, such as `since:today` at midnight."""
    uses_text: bool = False
    """Whether the predicate needs the search text."""
    uses_age: bool = False
    """Whether it matters when a job was last observed, which nobody is told of."""

    @property
    def depends_on_time(self) -> bool:
        """Whether a job can change sides although nothing is heard of it."""
        return bool(self.turns or self.changes_at)


def steady(cost: int, predicate: Predicate, *, uses_text: bool = False) -> Condition:
    """A condition that asks the same at any moment."""
    return Condition(cost, lambda _: predicate, uses_text=uses_text)


def conjunction(conditions: Sequence[Condition]) -> Condition:
    """What holds when all conditions do; the cheapest is asked first."""
    return _join(conditions, _every)


def disjunction(conditions: Sequence[Condition]) -> Condition:
    """What holds when one of the conditions does; the cheapest is asked first."""
    return _join(conditions, _any)


def negation(condition: Condition) -> Condition:
    """What holds when the condition does not."""

    def bind(context: QueryContext) -> Predicate:
        holds = condition.bind(context)
        return lambda job, text: not holds(job, text)

    return condition._replace(bind=bind)


def _join(conditions: Sequence[Condition], joined: Callable[[Sequence[Predicate]], Predicate]) -> Condition:
    if len(conditions) == 1:
        return conditions[0]
    ordered = sorted(conditions, key=lambda condition: condition.cost)
    return Condition(
        cost=sum(condition.cost for condition in ordered),
        bind=lambda context: joined([condition.bind(context) for condition in ordered]),
        turns=tuple(turn for condition in ordered for turn in condition.turns),
        changes_at=tuple(change for condition in ordered for change in condition.changes_at),
        uses_text=any(condition.uses_text for condition in ordered),
        uses_age=any(condition.uses_age for condition in ordered),
    )


def _every(predicates: Sequence[Predicate]) -> Predicate:
    if len(predicates) == 2:
        first, second = predicates
        return lambda job, text: first(job, text) and second(job, text)
    if len(predicates) == 3:
        first, second, third = predicates
        return lambda job, text: first(job, text) and second(job, text) and third(job, text)

    def holds(job: Job, text: str) -> bool:
        for predicate in predicates:  # noqa: SIM110 - all() with a generator takes twice as long
            if not predicate(job, text):
                return False
        return True

    return holds


def _any(predicates: Sequence[Predicate]) -> Predicate:
    if len(predicates) == 2:
        first, second = predicates
        return lambda job, text: first(job, text) or second(job, text)

    def holds(job: Job, text: str) -> bool:
        for predicate in predicates:  # noqa: SIM110 - any() with a generator takes twice as long
            if predicate(job, text):
                return True
        return False

    return holds
