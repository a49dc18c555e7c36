"""The shape of a query: what its text says, without places and spelling, and how to write it again."""

from __future__ import annotations

import re
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYWORDS = frozenset({"and", "or", "not"})
"""Words with a meaning of their own; quoted they are ordinary text."""


class Operator(StrEnum):
    """How a field is held against its values."""

    IS = ":"
    IS_NOT = "!="
    HAS = "~"
    HAS_NOT = "!~"
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="


class ValueKind(Enum):
    """How a value is to be taken."""

    PLAIN = auto()
    PATTERN = auto()
    REGEX = auto()


class _Shape:
    """A value made of its attributes. No dataclass: six of them would take 5 ms of the program's start."""

    __slots__: tuple[str, ...] = ()

    def _content(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash((type(self), self._content()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._content()}"


class Value(_Shape):
    """One alternative of a term."""

    __slots__ = ("kind", "text")

    def __init__(self, text: str, kind: ValueKind = ValueKind.PLAIN) -> None:
        """Make an alternative.

        Args:
            text: What was written, without quotes and slashes.
            kind: Whether to take it as it is, with shell wildcards, or as an expression.
        """
        self.text = text
        self.kind = kind


class Term(_Shape):
    """A field held against values, of which one must fit."""

    __slots__ = ("field", "operator", "values")

    def __init__(self, field: str, operator: Operator, values: tuple[Value, ...]) -> None:
        """Make a term.

        Args:
            field: The field's canonical name.
            operator: How they are compared.
            values: The alternatives; at least one.
        """
        self.field = field
        self.operator = operator
        self.values = values


class Words(_Shape):
    """Free text: one of the alternatives, at least one, must occur in the job's own words."""

    __slots__ = ("values",)

    def __init__(self, values: tuple[str, ...]) -> None:
        self.values = values


class Not(_Shape):
    """What must not hold."""

    __slots__ = ("part",)

    def __init__(self, part: Node) -> None:
        self.part = part


class And(_Shape):
    """Parts that must hold together; none when everything fits. Made by `all_of`, so that it is flat."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Node, ...]) -> None:
        self.parts = parts


class Or(_Shape):
    """Two or more parts of which one must hold. Made by `any_of`, so that it is flat."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Node, ...]) -> None:
        self.parts = parts


Node: TypeAlias = "Term | Words | Not | And | Or"
"""Any part of a query."""

EVERYTHING = And(())
"""The query that every job fits."""


def all_of(parts: Iterable[Node]) -> Node:
    """The parts joined by and, as flat as it can be."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Node]) -> Node:
    """The parts, at least one, joined by or, as flat as it can be."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


_BARE_WORD = re.compile(r"[-\w][-\w.%+/@]*")
_BARE_VALUE = re.compile(r"[-\w][-\w.%+/@:]*")


def quote_value(text: str) -> str:
    """A text as the value of a field: bare where that is read the same, else in quotes."""
    return text if _BARE_VALUE.fullmatch(text) else _quote(text)


def render(node: Node) -> str:
    """The text of a query, in its shortest plain spelling."""
    match node:
        case Term():
            return f"{node.field}{node.operator}{','.join(map(_render_value, node.values))}"
        case Words():
            return ",".join(map(_render_word, node.values))
        case Not():
            return f"not {_render_inside(node.part, (And, Or))}"
        case And():
            return " ".join(_render_inside(part, (Or,)) for part in node.parts)
        case Or():
            return " or ".join(render(part) for part in node.parts)


def _render_inside(node: Node, loose: tuple[type, ...]) -> str:
    return f"({render(node)})" if isinstance(node, loose) else render(node)


def _render_value(value: Value) -> str:
    if value.kind is ValueKind.REGEX:
        return f"/{_escape_slashes(value.text)}/"
    return value.text if value.kind is ValueKind.PATTERN else quote_value(value.text)


def _render_word(text: str) -> str:
    is_bare = _BARE_WORD.fullmatch(text) and text.casefold() not in KEYWORDS
    return text if is_bare else _quote(text)


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _escape_slashes(expression: str) -> str:
    """Every slash gets a backslash, unless it has one: an expression never holds a bare slash inside."""
    return re.sub(r"(\\.)|/", lambda found: found[1] or r"\/", expression, flags=re.DOTALL)
