"""Fields of words, states and facts: how their operators and values become conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.state import ACTIVE, FINAL, State
from tui.engine.query.conditions import Condition, disjunction, negation, steady
from tui.engine.query.patterns import containment, equality
from tui.engine.query.suggestions import hint_for
from tui.engine.query.syntax import Operator, Value, ValueKind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from tui.core.models import Job, Trend
    from tui.engine.query.conditions import Predicate
    from tui.engine.query.context import QueryContext
    from tui.engine.query.patterns import TextTest

NONE = "none"
"""The value of a field that has none: `last:none`."""

ANY = "any"
"""Whatever value a field has, as long as it has one: `next:any`."""

_COST_STATE = 1
_COST_FLAG = 2
_COST_REPEATED = 2
_MOST_REMEMBERED = 10_000
"""So many different texts have their verdict kept; a field of few texts never comes near it."""

TROUBLE = frozenset({State.FAILED, State.WARNING})
"""The outcomes that somebody should look at."""

_NEGATIVE = frozenset({Operator.IS_NOT, Operator.HAS_NOT})


class BadValue(ValueError):
    """A value makes no sense for its field.

    Args:
        message: What is wrong with it.
        index: Which of the term's values it is.
        hint: What would be right.
    """

    def __init__(self, message: str, index: int, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.index = index
        self.hint = hint


def signed(operator: Operator, condition: Condition) -> Condition:
    """The condition, or its opposite where the operator says not."""
    return negation(condition) if operator in _NEGATIVE else condition


def text_condition(
    read: Callable[[Job], str], operator: Operator, values: Sequence[Value], *, is_repeated: bool = False
) -> Condition:
    """What a term on a text field asks.

    Args:
        read: The text of a job.
        operator: Equality or containment.
        values: The alternatives.
        is_repeated: Whether many jobs share few texts, so that verdicts are worth keeping.
    """
    test = _text_test(operator, values)
    if is_repeated:
        return signed(operator, steady(_COST_REPEATED, _remembering(read, test.fits)))
    fits, part = test.fits, test.part
    if part is not None:
        return signed(operator, steady(test.cost, lambda job, _: part in read(job).casefold()))
    return signed(operator, steady(test.cost, lambda job, _: fits(read(job))))


def tag_condition(operator: Operator, values: Sequence[Value]) -> Condition:
    """What a term on the labels asks: whether one of them fits; a job without any has an empty one."""
    fits = _text_test(operator, values).fits
    verdicts: dict[tuple[str, ...], bool] = {}

    def predicate(job: Job, _: str) -> bool:
        verdict = verdicts.get(job.tags)
        if verdict is None:
            if len(verdicts) >= _MOST_REMEMBERED:
                verdicts.clear()
            verdict = verdicts[job.tags] = any(fits(tag) for tag in job.tags or ("",))
        return verdict

    return signed(operator, steady(_COST_REPEATED, predicate))


def environment_condition(operator: Operator, values: Sequence[Value]) -> Condition:
    """What a term on the environment asks; a connection of which none is known has an empty one."""
    fits = _text_test(operator, values).fits

    def bind(context: QueryContext) -> Predicate:
        verdicts = {connection: fits(name) for connection, name in context.environments.items()}
        otherwise = fits("")
        return lambda job, _: verdicts.get(job.connection, otherwise)

    return signed(operator, Condition(_COST_REPEATED, bind))


def state_condition(operator: Operator, values: Sequence[Value]) -> Condition:
    """What a term on the state asks."""
    wanted = _states(operator, values, [state.value for state in State])
    return steady(_COST_STATE, lambda job, _: job.state in wanted)


def result_condition(operator: Operator, values: Sequence[Value]) -> Condition:
    """What a term on the last outcome asks; there may be none."""
    wanted = _states(operator, values, [*(state.value for state in State), NONE, ANY])
    return steady(_COST_STATE, lambda job, _: job.last_result in wanted)


def flag_condition(operator: Operator, values: Sequence[Value]) -> Condition:
    """What a term with `is` asks."""
    for index, value in enumerate(values):
        if value.text.casefold() not in FLAGS:
            raise BadValue(f"a job is never {value.text!r}", index, hint_for(value.text, FLAGS))
    return signed(operator, disjunction([FLAGS[value.text.casefold()] for value in values]))


def _text_test(operator: Operator, values: Sequence[Value]) -> TextTest:
    build = equality if operator in (Operator.IS, Operator.IS_NOT) else containment
    for index, value in enumerate(values):
        try:
            build([value])
        except ValueError as error:
            raise BadValue(str(error), index, "quote it to look for the text itself") from error
    return build(values)


def _remembering(read: Callable[[Job], str], fits: Callable[[str], bool]) -> Predicate:
    verdicts: dict[str, bool] = {}

    def predicate(job: Job, _: str) -> bool:
        text = read(job)
        verdict = verdicts.get(text)
        if verdict is None:
            if len(verdicts) >= _MOST_REMEMBERED:
                verdicts.clear()
            verdict = verdicts[text] = fits(text)
        return verdict

    return predicate


def _states(operator: Operator, values: Sequence[Value], known: Sequence[str]) -> Collection[State | None]:
    """Every state that a term lets through, None standing for no state."""
    every: list[State | None] = [*State, None]
    if operator in (Operator.IS, Operator.IS_NOT):
        for index, value in enumerate(values):
            if not any(_names(value, name) for name in known):
                raise BadValue(f"there is no state {value.text!r}", index, hint_for(value.text, known))
        fitting = {state for state in every if any(_is_state(value, state) for value in values)}
    else:
        fits = _text_test(operator, values).fits
        fitting = {state for state in every if fits(state.value if state else "")}
    return frozenset(every) - fitting if operator in _NEGATIVE else frozenset(fitting)


def _names(value: Value, name: str) -> bool:
    return equality([value]).fits(name)


def _is_state(value: Value, state: State | None) -> bool:
    if value.kind is ValueKind.PLAIN and value.text.casefold() == ANY:
        return state is not None
    return _names(value, state.value if state else NONE)


def _is_overdue(context: QueryContext) -> Predicate:
    now = context.now

    def predicate(job: Job, _: str) -> bool:
        planned = job.next_run_at
        return planned is not None and planned < now and not job.is_held and job.state not in ACTIVE

    return predicate


def _becomes_overdue(job: Job, _: QueryContext) -> datetime | None:
    return job.next_run_at


def _is_problem(context: QueryContext) -> Predicate:
    trends, trouble = context.trends, TROUBLE
    # A name of this function is found faster than a member of an enumeration, and this is asked of every job.
    succeeded, cancelled = State.SUCCEEDED, State.CANCELLED

    def predicate(job: Job, _: str) -> bool:
        state, last = job.state, job.last_result
        if state in trouble:
            return True
        if state is succeeded or last is succeeded:
            return False
        if last in trouble:
            return True
        return (last is cancelled or state is cancelled) and _was_trouble(trends.get(job.key))

    return predicate


def _was_trouble(trend: Trend | None) -> bool:
    """Whether the newest run that was not cancelled went wrong: a rerun that somebody ended mends nothing."""
    outcomes = reversed(trend.outcomes) if trend is not None else ()
    return next((outcome for outcome in outcomes if outcome is not State.CANCELLED), None) in TROUBLE


FLAGS: Mapping[str, Condition] = {
    "active": steady(_COST_STATE, lambda job, _: job.state in ACTIVE),
    "final": steady(_COST_STATE, lambda job, _: job.state in FINAL),
    "held": steady(_COST_STATE, lambda job, _: job.is_held),
    "overdue": Condition(_COST_FLAG, _is_overdue, turns=(_becomes_overdue,)),
    "problem": Condition(_COST_FLAG, _is_problem),
}
"""The facts that `is` knows: waiting or running; ended; on hold; should have started by now; failed or warned
with no success since."""
