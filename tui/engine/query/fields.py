"""The fields that a query can ask about: names, what they read, which operators and values they take."""

from __future__ import annotations

from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State
from tui.engine.query import kinds, measures
from tui.engine.query.operands import DAY_WORDS
from tui.engine.query.syntax import Operator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from tui.engine.query.conditions import Condition
    from tui.engine.query.syntax import Value

_IS = frozenset({Operator.IS, Operator.IS_NOT})
_HAS = frozenset({Operator.HAS, Operator.HAS_NOT})
_COMPARES = frozenset({Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST})

_STATES = tuple(state.value for state in State)
_PRESENCE = (kinds.NONE, kinds.ANY)
_SPANS = ("10m", "1h", "2h", "24h", "7d")


class Field(NamedTuple):
    """Something about a job that a query can ask for."""

    name: str
    """Its canonical name."""
    aliases: tuple[str, ...]
    """Other names that mean the same."""
    title: str
    """What it is, for help and completion."""
    operators: frozenset[Operator]
    """The operators that make sense with it."""
    condition: Callable[[Operator, Sequence[Value]], Condition]
    """What a term asks. Raises BadValue, naming the value that makes no sense."""
    example: str
    """A term that shows its use."""
    choices: tuple[str, ...] = ()
    """Values to offer while typing, where they don't depend on the jobs."""


def _text(
    name: str, read: Callable[..., str], title: str, example: str, *aliases: str, is_repeated: bool = False
) -> Field:
    condition = partial(kinds.text_condition, read, is_repeated=is_repeated)
    return Field(name, aliases, title, _IS | _HAS, condition, example)


def _moment(
    name: str, attribute: str, title: str, example: str, *aliases: str, is_ahead: bool = False
) -> Field:
    read: Callable[..., datetime | None] = attrgetter(attribute)
    condition = partial(measures.moment_condition, read, is_ahead=is_ahead)
    choices = _SPANS if is_ahead else (*_SPANS, *DAY_WORDS)
    return Field(name, aliases, title, _IS | _COMPARES, condition, example, choices)


def _number(name: str, read: Callable[..., int | None], title: str, example: str, *aliases: str) -> Field:
    condition = partial(measures.number_condition, read)
    return Field(name, aliases, title, _IS | _COMPARES, condition, example, _PRESENCE)


_ALL = (
    Field(
        "state", ("status",), "what the job is doing now", _IS | _HAS,
        kinds.state_condition, "state:failed,warning", _STATES,
    ),
    Field(
        "last", ("last_result", "result"), "outcome of its newest finished run", _IS | _HAS,
        kinds.result_condition, "last:failed", (*_STATES, *_PRESENCE),
    ),
    _text("name", attrgetter("name"), "its name", "name~orders", "job"),
    _text("conn", attrgetter("connection"), "its connection", "conn:prod-*", "connection", is_repeated=True),
    _text("system", attrgetter("type"), "type of its system", "system:talend", "type", is_repeated=True),
    Field(
        "env", ("environment",), "environment of its connection", _IS | _HAS,
        kinds.environment_condition, "env:prod", ("prod", "stage", "dev"),
    ),
    _text("path", attrgetter("path"), "its folder or project", "path:DWH", "folder", is_repeated=True),
    _text("kind", attrgetter("kind"), "what its system calls it", "kind:task", is_repeated=True),
    Field("tag", ("tags",), "one of its labels", _IS | _HAS, kinds.tag_condition, "tag:nightly"),
    Field("is", (), "a fact about it", _IS, kinds.flag_condition, "is:held", tuple(kinds.FLAGS)),
    Field(
        "dur", ("duration", "took"), "how long its newest run took or has taken, or times its usual",
        _IS | _COMPARES, measures.duration_condition, "dur>2x", ("2x", "1m", "10m", "1h", *_PRESENCE),
    ),
    _moment("since", "started_at", "its newest run started within", "since:2h", "started", "started_at"),
    _moment("ended", "ended_at", "its newest run ended within", "ended<10m", "ended_at"),
    _moment("next", "next_run_at", "it will start within", "next:1h", "next_run_at", is_ahead=True),
    Field(
        "age", ("observed", "observed_at"), "how old what we know of it is",
        _IS | _COMPARES, measures.age_condition, "age>5m", _SPANS,
    ),
    _text("message", attrgetter("message"), "its message", "message~timeout", "msg"),
    _text("id", attrgetter("id"), "its id in its system", "id:2502"),
    _text("run", attrgetter("run_id"), "id of its newest run", "run:1406*", "run_id"),
    _number("exit", attrgetter("exit_code"), "exit code of its newest finished run", "exit!=0", "exit_code"),
    _number("progress", measures.percent_done, "percent done of its run", "progress>50%"),
    _text(
        "native", attrgetter("native_state"), "its system's own word for the state", "native~error",
        "native_state", is_repeated=True,
    ),
    _text(
        "sub", attrgetter("substate"), "what stands beside its state", "sub:stopping",
        "substate", is_repeated=True,
    ),
)  # fmt: skip

FIELDS: Mapping[str, Field] = {field.name: field for field in _ALL}
"""Every field by its canonical name, the most used first."""

BY_NAME: Mapping[str, Field] = {name: field for field in _ALL for name in (field.name, *field.aliases)}
"""Every field by each of its names."""


def without_begun_field(text: str) -> str | None:
    """A query without its last word, when that word may become the name of a field; else None.

    Args:
        text: The query as it is being typed.
    """
    before, blank, word = text.rpartition(" ")
    is_begun = bool(word) and any(name.startswith(word.casefold()) for name in BY_NAME)
    return before + blank if is_begun else None
