"""What is asked of a pattern's tree: whether it may take forever, and whether it fits whole blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.logs.pattern_tree import ALPHABET, NEWLINE, Chars, Choice, Edge, Look, Opaque, Repeat, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.logs.pattern_tree import Node

MANY = 16
"""Repeats from which two ways to match the same text multiply to more than anybody waits for."""

SOME = 5
"""Repeats from which that is so when what is repeated has no limit itself."""

MOST_WIDE = 4
"""Parts such as `.*` in one pattern: each multiplies the time by the length of the line."""

_WIDE = 64
_WHITE = frozenset(code for code in ALPHABET if chr(code).isspace())


class Ends(NamedTuple):
    """With which characters the text that a node matches may begin and end."""

    first: tuple[tuple[int, frozenset[int]], ...]
    """Each with the place in the tree that it is matched by."""
    last: tuple[tuple[int, frozenset[int]], ...]
    is_empty: bool
    """Whether it may match nothing at all."""


def is_hopeless(tree: Node) -> bool:
    """Whether there are texts, not even long ones, on which the pattern may take forever.

    That is when something is repeated that can match the same text in two ways, as in `(a+)+` or `(a|a)*`:
    the ways multiply with each repeat. And when there are very many parts without a limit.
    """
    wide = sum(
        node.most is None and isinstance(node.item, Chars) and len(node.item.chars) > _WIDE
        for node in nodes_of(tree)
        if isinstance(node, Repeat)
    )
    return wide > MOST_WIDE or any(
        _is_ambiguous(node) for node in nodes_of(tree) if isinstance(node, Repeat) and _is_often(node)
    )


def is_for_blocks(tree: Node) -> bool:
    """Whether many lines can be searched at once, and what matches within a line is found there, too."""
    for node in nodes_of(tree):
        if isinstance(node, Look | Opaque) or (isinstance(node, Edge) and node.kind.endswith("STRING")):
            return False
        if isinstance(node, Repeat) and (node.is_final or (_is_long(node) and _takes_lines(node))):
            return False
    return True


def can_take_newline(tree: Node) -> bool:
    """Whether a match may run from one line into the next where several are searched at once."""
    return any(isinstance(node, Chars) and NEWLINE in node.chars for node in nodes_of(tree))


def nodes_of(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    yield node
    if isinstance(node, Row):
        for item in node.items:
            yield from nodes_of(item)
    elif isinstance(node, Choice):
        for option in node.options:
            yield from nodes_of(option)
    elif isinstance(node, Repeat | Look):
        yield from nodes_of(node.item)


def ends_of(node: Node) -> Ends:
    """With which characters the text that a node matches may begin and end."""
    return _Places().ends(node)


def _is_long(repeat: Repeat) -> bool:
    return repeat.most is None or repeat.most >= MANY


def _takes_lines(repeat: Repeat) -> bool:
    """Whether it could run on over many lines; blanks are few."""
    return any(
        isinstance(node, Chars) and NEWLINE in node.chars and not node.chars <= _WHITE
        for node in nodes_of(repeat)
    )


def _is_often(repeat: Repeat) -> bool:
    if isinstance(repeat.item, Chars):
        return False
    most = repeat.most
    if most is None or most >= MANY:
        return True
    return most >= SOME and any(
        isinstance(node, Repeat) and node.most is None for node in nodes_of(repeat.item)
    )


def _is_ambiguous(repeat: Repeat) -> bool:
    """Whether after some character the next one can be matched by two places of what is repeated.

    A place that is reached in two ways, by a repeat inside and by the one outside, counts as two.
    """
    places = _Places()
    ends = places.ends(Repeat(repeat.item, 1, None, is_final=False))
    # Which of so many were nothing can be answered in many ways.
    is_vague = ends.is_empty and repeat.most is not None
    return places.is_ambiguous or places.is_opaque or is_vague


class _Places:
    """Numbers the places where a pattern matches a character, and knows which may follow which."""

    def __init__(self) -> None:
        self._follow: list[list[tuple[int, frozenset[int]]]] = []
        self.is_ambiguous = False
        self.is_opaque = False

    def ends(self, node: Node) -> Ends:
        if isinstance(node, Chars):
            self._follow.append([])
            place = ((len(self._follow) - 1, node.chars),)
            return Ends(place, place, is_empty=False)
        if isinstance(node, Row):
            return self._row(node)
        if isinstance(node, Choice):
            return self._choice(node)
        if isinstance(node, Repeat):
            return self._repeat(node)
        self.is_opaque = self.is_opaque or isinstance(node, Opaque)
        return Ends((), (), is_empty=True)

    def _row(self, row: Row) -> Ends:
        first: list[tuple[int, frozenset[int]]] = []
        last: tuple[tuple[int, frozenset[int]], ...] = ()
        is_empty = True
        for item in row.items:
            ends = self.ends(item)
            self._link(last, ends)
            if is_empty:
                first += ends.first
            last = (*last, *ends.last) if ends.is_empty else ends.last
            is_empty = is_empty and ends.is_empty
        return self._checked(Ends(tuple(first), last, is_empty))

    def _choice(self, choice: Choice) -> Ends:
        ends = [self.ends(option) for option in choice.options]
        self.is_ambiguous = self.is_ambiguous or sum(end.is_empty for end in ends) > 1
        return self._checked(
            Ends(
                tuple(place for end in ends for place in end.first),
                tuple(place for end in ends for place in end.last),
                any(end.is_empty for end in ends),
            )
        )

    def _repeat(self, repeat: Repeat) -> Ends:
        ends = self.ends(repeat.item)
        if repeat.most is None or repeat.most > 1:
            self._link(ends.last, ends)
        return ends._replace(is_empty=ends.is_empty or repeat.least == 0)

    def _checked(self, ends: Ends) -> Ends:
        self.is_ambiguous = self.is_ambiguous or _overlap(ends.first)
        return ends

    def _link(self, last: tuple[tuple[int, frozenset[int]], ...], ends: Ends) -> None:
        for number, _ in last:
            follow = self._follow[number]
            follow += ends.first
            self.is_ambiguous = self.is_ambiguous or _overlap(follow)


def _overlap(places: list[tuple[int, frozenset[int]]] | tuple[tuple[int, frozenset[int]], ...]) -> bool:
    met: set[int] = set()
    for _, chars in places:
        if met & chars:
            return True
        met |= chars
    return False
