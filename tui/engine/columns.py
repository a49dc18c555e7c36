"""The columns of the job table: what they are called, and how jobs are sorted by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isfinite
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.core.errors import ConfigError
from tui.core.state import ACTIVE, State
from tui.engine.query.context import elapsed_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tui.core.models import Job
    from tui.engine.query.context import QueryContext

SortKey: TypeAlias = float | str | timedelta
"""What jobs are compared by. Times are distances from a fixed moment, which compare faster than times."""

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_TROUBLE = (State.FAILED, State.WARNING)

RANKS = {
    (state, result): (
        result.urgency * 2 + 1
        if result in _TROUBLE and state not in (*_TROUBLE, *ACTIVE)
        else state.urgency * 2
    )
    for state in State
    for result in (*State, None)
}
"""Urgency by state and last result: a job that rests since it failed comes right behind the failed ones,
with an odd rank."""


class Column(NamedTuple):
    """Something that the table can show of a job and sort by."""

    id: str
    """Its name in the config and in sort orders."""
    title: str
    """Its heading."""
    sort_key: Callable[[Job, QueryContext], SortKey | None]
    """What to compare; None sorts last in both directions."""
    sort_keys: Callable[[Iterable[Job], QueryContext], list[SortKey | None]]
    """The same for many jobs at once, which is much faster."""
    is_descending_first: bool = False
    """Whether the largest comes first when a user picks the column."""
    is_text: bool = False
    """Whether the key is a text, and not a number or a distance in time."""
    is_coarse: bool = False
    """Whether many jobs share few values."""
    is_steady: bool = True
    """Whether the key depends on the job alone, and not on history, config or the moment."""
    is_timed: bool = False
    """Whether the key of a running job grows as time passes."""


class SortTerm(NamedTuple):
    """One column of a sort order."""

    column: str
    """Its id."""
    is_descending: bool = False
    """Whether the largest comes first."""

    def __str__(self) -> str:
        return f"-{self.column}" if self.is_descending else self.column


class SortOrder(NamedTuple):
    """How jobs are sorted: by the first column, then the next; at last by connection and id."""

    terms: tuple[SortTerm, ...]
    """The columns, each at most once."""
    lead: Column | None = None
    """What parts the rows into groups, before all columns."""

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))

    @property
    def depends_on_time(self) -> bool:
        """Whether the order of running jobs can change although nothing is heard of them."""
        return any(COLUMNS[term.column].is_timed for term in self.terms)

    @property
    def uses_age(self) -> bool:
        """Whether it matters when jobs were last observed."""
        return any(term.column == "age" for term in self.terms)

    def inverted(self) -> SortOrder:
        """The same with the first column the other way round."""
        first, *rest = self.terms
        return SortOrder((SortTerm(first.column, not first.is_descending), *rest))

    def followed_by(self, column: str) -> SortOrder:
        """The same with a column second; one of the first two is turned round where it stands."""
        first, *rest = self.terms
        if column == first.column:
            return self.inverted()
        is_second = bool(rest) and rest[0].column == column
        is_descending = not rest[0].is_descending if is_second else COLUMNS[column].is_descending_first
        others = (term for term in rest if term.column != column)
        return SortOrder((first, SortTerm(column, is_descending), *others))

    def led_by(self, column: str) -> SortOrder:
        """Sorted first by a column in its natural direction, and among equals as before."""
        first = SortTerm(column, COLUMNS[column].is_descending_first)
        return SortOrder((first, *(term for term in self.terms if term.column != column)))


def parse_sort(text: str) -> SortOrder:
    """Read a sort order such as `-ended,name`; an empty one is the default.

    Raises:
        ConfigError: There is no such column, or one is named twice.
    """
    terms: list[SortTerm] = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        name = word.removeprefix("-").strip().casefold()
        if name not in COLUMNS:
            from tui.engine.query.suggestions import hint_for

            raise ConfigError(f"there is no column {name!r} to sort by", hint=hint_for(name, COLUMNS))
        if any(term.column == name for term in terms):
            raise ConfigError(f"the sort order names the column {name!r} twice", hint="name it once")
        terms.append(SortTerm(name, word.startswith("-")))
    return SortOrder(tuple(terms)) if terms else DEFAULT_ORDER


def _one_by_one(
    key: Callable[[Job, QueryContext], SortKey | None],
) -> Callable[[Iterable[Job], QueryContext], list[SortKey | None]]:
    return lambda jobs, context: [key(job, context) for job in jobs]


def _text(name: str, title: str, attribute: str = "", *, is_coarse: bool = False) -> Column:
    read: Callable[[Job], str] = attrgetter(attribute or name)
    return Column(
        name,
        title,
        lambda job, _: read(job).casefold() or None,
        lambda jobs, _: [text or None for text in map(str.casefold, map(read, jobs))],
        is_text=True,
        is_coarse=is_coarse,
    )


def _time(name: str, title: str, attribute: str, *, is_descending_first: bool = True) -> Column:
    read: Callable[[Job], datetime | None] = attrgetter(attribute)

    def key(job: Job, _: QueryContext) -> SortKey | None:
        time = read(job)
        return None if time is None else time - _EPOCH

    return Column(
        name,
        title,
        key,
        lambda jobs, _: [None if time is None else time - _EPOCH for time in map(read, jobs)],
        is_descending_first=is_descending_first,
    )


def _state(job: Job, _: QueryContext) -> SortKey:
    return RANKS[job.state, job.last_result]


def _last_result(job: Job, _: QueryContext) -> SortKey | None:
    return job.last_result.urgency if job.last_result else None


def _environment(job: Job, context: QueryContext) -> SortKey | None:
    return context.environments.get(job.connection, "").casefold() or None


def _troubled_runs(job: Job, context: QueryContext) -> SortKey | None:
    """How many of the last runs went wrong."""
    trend = context.trends.get(job.key)
    return sum(outcome in _TROUBLE for outcome in trend.outcomes) if trend and trend.outcomes else None


def _duration(job: Job, context: QueryContext) -> SortKey | None:
    return _finite(elapsed_s(job, context.now))


def _usual(job: Job, context: QueryContext) -> SortKey | None:
    trend = context.trends.get(job.key)
    return _finite(trend.usual_s) if trend else None


def _durations(jobs: Iterable[Job], context: QueryContext) -> list[SortKey | None]:
    return [
        taken if (taken := job.duration_s) is not None and isfinite(taken) else _duration(job, context)
        for job in jobs
    ]


def _progress(job: Job, _: QueryContext) -> SortKey | None:
    return _finite(job.progress)


def _age(job: Job, _: QueryContext) -> SortKey:
    return _EPOCH - job.observed_at


def _tags(job: Job, _: QueryContext) -> SortKey | None:
    return " ".join(job.tags).casefold() or None


def _exit_code(job: Job, _: QueryContext) -> SortKey | None:
    return job.exit_code


_LONGEST_NUMBER = 20


def _id(job: Job, _: QueryContext) -> SortKey:
    """Ids that are numbers sort as numbers."""
    return job.id.zfill(_LONGEST_NUMBER) if job.id.isdecimal() else job.id.casefold()


def _finite(number: float | None) -> float | None:
    """A number that can be ordered: what is no number is equal to nothing, not even to itself."""
    return number if number is not None and isfinite(number) else None


def _column(
    name: str,
    title: str,
    key: Callable[[Job, QueryContext], SortKey | None],
    *,
    is_descending_first: bool = False,
    is_text: bool = False,
    is_coarse: bool = False,
    is_steady: bool = True,
) -> Column:
    return Column(name, title, key, _one_by_one(key), is_descending_first, is_text, is_coarse, is_steady)


COLUMNS: Mapping[str, Column] = {
    column.id: column
    for column in (
        Column(
            "state",
            "STATE",
            _state,
            lambda jobs, _: [RANKS[job.state, job.last_result] for job in jobs],
            is_coarse=True,
        ),
        _text("name", "JOB"),
        _text("connection", "CONNECTION", is_coarse=True),
        _text("type", "SYSTEM", is_coarse=True),
        _column("environment", "ENV", _environment, is_text=True, is_coarse=True, is_steady=False),
        _column(
            "last10", "LAST 10", _troubled_runs, is_descending_first=True, is_coarse=True, is_steady=False
        ),
        _time("started", "STARTED", "started_at"),
        _time("ended", "ENDED", "ended_at"),
        Column(
            "duration",
            "DURATION",
            _duration,
            _durations,
            is_descending_first=True,
            is_steady=False,
            is_timed=True,
        ),
        _column("usual", "USUAL", _usual, is_descending_first=True, is_steady=False),
        _time("next", "NEXT", "next_run_at", is_descending_first=False),
        _column("progress", "PROGRESS", _progress, is_descending_first=True, is_coarse=True),
        _text("message", "MESSAGE", is_coarse=True),
        _column("last_result", "LAST", _last_result, is_coarse=True),
        _text("path", "PATH", is_coarse=True),
        _text("kind", "KIND", is_coarse=True),
        _column("tags", "TAGS", _tags, is_text=True, is_coarse=True),
        _column("age", "AGE", _age, is_descending_first=True),
        _text("native_state", "NATIVE", is_coarse=True),
        _text("substate", "SUBSTATE", is_coarse=True),
        _text("run_id", "RUN"),
        _column("exit_code", "EXIT", _exit_code, is_descending_first=True, is_coarse=True),
        _column("id", "ID", _id, is_text=True),
    )
}
"""Every column by its id, in the order of the column chooser."""

DEFAULT_COLUMNS = ("state", "name", "connection", "last10", "started", "duration", "next", "message")
"""What the dashboard shows until the user chooses otherwise."""

DEFAULT_ORDER = SortOrder((SortTerm("state"), SortTerm("started", is_descending=True), SortTerm("name")))
"""Problems first, then the newest start, then by name."""
