"""A regular expression as a tree, so that what it may match can be asked without running it."""

from __future__ import annotations

import importlib
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NEWLINE = 10
"""Never in the text of a line, but between two of them."""

_SAMPLES = "é٣\u00a0’␀一\N{REPLACEMENT CHARACTER}"
"""One of each kind of character that classes tell apart beyond ASCII."""

ALPHABET = frozenset([*range(128), *map(ord, _SAMPLES)])
"""The characters that sets are made of; those beyond ASCII stand for others of their kind."""

FOLDED = {"k": "\N{KELVIN SIGN}", "s": "\N{LATIN SMALL LETTER LONG S}", "i": "\u0130\u0131"}
"""Characters beyond ASCII that are equal to an ASCII letter when case is ignored."""

SPECIAL = frozenset(map(ord, "".join(FOLDED.values())))
"""All of them."""


class Chars(NamedTuple):
    """One character out of a set."""

    chars: frozenset[int]


class Row(NamedTuple):
    """One after the other."""

    items: tuple[Node, ...]


class Choice(NamedTuple):
    """One of several."""

    options: tuple[Node, ...]


class Repeat(NamedTuple):
    """The same some times."""

    item: Node
    least: int
    most: int | None
    """None without a limit."""
    is_final: bool
    """Whether what was taken is never given back."""


class Edge(NamedTuple):
    """A place between characters."""

    kind: str
    """As the parser of `re` calls it."""


class Look(NamedTuple):
    """Something that must or must not stand there, without being taken."""

    item: Node


class Opaque(NamedTuple):
    """Something of which nothing is known, such as a reference to a group."""


Node: TypeAlias = "Chars | Row | Choice | Repeat | Edge | Look | Opaque"


@lru_cache(maxsize=64)
def tree_of(pattern: re.Pattern[str]) -> Node | None:
    """The tree of a pattern; None where this Python's parser is another one than the one known here."""
    try:
        parser: Any = importlib.import_module("re._parser")
        with warnings.catch_warnings():
            # It was made already, and whoever made it was warned.
            warnings.simplefilter("ignore")
            parsed = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
        return _Reader(parsed.state.flags).row(parsed)
    except (ImportError, AttributeError, KeyError, TypeError, ValueError):
        return None


class _Reader:
    """Turns what the parser of `re` made into our nodes."""

    def __init__(self, flags: int) -> None:
        self._flags = flags
        self._readers: dict[str, Callable[[Any], Node]] = {
            "LITERAL": lambda av: Chars(self._set({av})),
            "NOT_LITERAL": lambda av: Chars(ALPHABET - self._set({av})),
            "ANY": lambda _: Chars(ALPHABET if self._flags & re.DOTALL else ALPHABET - {NEWLINE}),
            "IN": self._in,
            "AT": lambda av: Edge(av.name),
            "BRANCH": lambda av: Choice(tuple(map(self.row, av[1]))),
            "SUBPATTERN": self._group,
            "ATOMIC_GROUP": lambda av: Repeat(self.row(av), 1, 1, is_final=True),
            "MAX_REPEAT": self._repeat,
            "MIN_REPEAT": self._repeat,
            "POSSESSIVE_REPEAT": lambda av: self._repeat(av)._replace(is_final=True),
            "ASSERT": lambda av: Look(self.row(av[1])),
            "ASSERT_NOT": lambda av: Look(self.row(av[1])),
        }

    def row(self, parsed: Iterable[tuple[Any, Any]]) -> Node:
        items = tuple(self._node(op.name, av) for op, av in parsed)
        return items[0] if len(items) == 1 else Row(items)

    def _node(self, name: str, value: Any) -> Node:
        reader = self._readers.get(name)
        return reader(value) if reader is not None else Opaque()

    def _group(self, value: Any) -> Node:
        _, added, dropped, content = value
        before = self._flags
        self._flags = before & ~dropped | added
        node = self.row(content)
        self._flags = before
        return node

    def _repeat(self, value: Any) -> Repeat:
        least, most, content = value
        is_endless = repr(most) == "MAXREPEAT"
        return Repeat(self.row(content), int(least), None if is_endless else int(most), is_final=False)

    def _in(self, value: Any) -> Chars:
        is_negated = value[0][0].name == "NEGATE"
        found: set[int] = set()
        for op, av in value[is_negated:]:
            if op.name == "LITERAL":
                found |= self._set({av})
            elif op.name == "RANGE":
                found |= self._set(_range(*av))
            else:
                found |= self._category(av.name)
        return Chars(ALPHABET - found if is_negated else frozenset(found))

    def _set(self, codes: set[int]) -> frozenset[int]:
        if not self._flags & re.IGNORECASE:
            return frozenset(codes)
        found = set(codes)
        for text in map(chr, codes):
            found |= {ord(other) for other in (text.lower(), text.upper()) if len(other) == 1}
        if not self._flags & re.ASCII:
            for letter, others in FOLDED.items():
                if found & {ord(letter), *map(ord, others)}:
                    found |= {ord(letter), ord(letter.upper()), *map(ord, others)}
        return frozenset(found)

    def _category(self, name: str) -> frozenset[int]:
        is_ascii = bool(self._flags & re.ASCII)
        kind = name.removeprefix("CATEGORY_").removeprefix("NOT_")
        found = {code for code in ALPHABET if (code < 128 or not is_ascii) and _CATEGORIES[kind](chr(code))}
        return ALPHABET - found if "NOT_" in name else frozenset(found)


_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda character: character.isalnum() or character == "_",
}


def _range(low: int, high: int) -> set[int]:
    """The characters between two; of those beyond ASCII only its ends and the samples."""
    found = {code for code in ALPHABET | SPECIAL if low <= code <= high}
    return found | {code for code in (low, high) if code >= 128}
