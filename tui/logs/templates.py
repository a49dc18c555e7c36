"""Log lines grouped by what they say, in the manner of Drain: masks first, then a tree of fixed depth.

A miner learns from one log what is usual and then sorts another log's lines among it. Only what varied in the
usual log may vary: a line of the other log that differs in a word is new, however alike it is. Lines of
different levels never fall together, so that `load failed` is never taken for another `load done`.
"""

from __future__ import annotations

from collections import deque
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.logs.levels import level_of
from tui.logs.lines import without_colours
from tui.logs.masks import mask_shape, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.logs.levels import Level
    from tui.logs.masks import Masked

ALIKE = 0.7
"""Share of equal words, marks left out, from which two lines of the same log say the same."""

FEWEST_EQUAL = 2
"""So many words must be equal all the same: short lines are alike too easily."""

MOST_CHILDREN = 100
"""Words that the tree tells apart at one place; further ones share a branch, since such a place varies."""

MOST_COMPARED = 64
"""Templates of one branch that a line is compared with: the newest ones."""

MOST_TEMPLATES = 20_000
"""Templates that are kept; a log with more says everything only once, and nothing can be grouped."""

LAST_KEPT = 3
"""Newest lines of each template that are kept, to see whether its numbers grow."""

_ANY = "<*>"
_DEPTH = 2
_MOST_WORDS = 400


class Side(IntEnum):
    """Which of two logs a line belongs to."""

    USUAL = 0
    """The log that tells what is usual."""
    OTHER = 1
    """The log that is compared with it."""


class Seen(NamedTuple):
    """How a template occurs in one log."""

    times: int
    """How many lines."""
    first: int
    """Number of the first of them, counted from 1."""
    text: str
    """The first of them."""
    last: tuple[str, ...]
    """The last few of them, oldest first."""


class Template(NamedTuple):
    """Lines that say the same, in both logs."""

    words: tuple[str, ...]
    """What they share; marks stand for what differs."""
    level: Level | None
    """How serious they are."""
    usual: Seen | None
    """How they occur in the usual log; None when they don't."""
    other: Seen | None
    """How they occur in the other one."""


_Path: TypeAlias = "tuple[object, ...]"
"""Level, number of words and first words: the way to a branch of the tree."""


class _Group:
    """A template while lines are still added to it."""

    __slots__ = ("counts", "firsts", "last", "level", "texts", "words")

    def __init__(self, words: list[str], level: Level | None) -> None:
        self.words = words
        self.level = level
        self.counts = [0, 0]
        self.firsts = [0, 0]
        self.texts = ["", ""]
        self.last = (deque[str](maxlen=LAST_KEPT), deque[str](maxlen=LAST_KEPT))

    def fits(self, words: Sequence[str]) -> bool:
        """Whether a line says exactly this."""
        return all(mine in (word, _ANY) for mine, word in zip(self.words, words, strict=True))

    def equal(self, words: Sequence[str]) -> int:
        """How many words are equal."""
        return sum(mine == word for mine, word in zip(self.words, words, strict=True))

    def is_alike(self, words: Sequence[str]) -> bool:
        """Whether a line says nearly the same; marks, which all lines are full of, prove nothing."""
        pairs = [
            pair for pair in zip(self.words, words, strict=True) if "<" not in pair[0] or "<" not in pair[1]
        ]
        equal = sum(mine == word for mine, word in pairs)
        return equal >= max(FEWEST_EQUAL, ALIKE * len(pairs))

    def widen(self, words: Sequence[str]) -> None:
        """Let the words in which a line differs be any."""
        self.words = [mine if mine == word else _ANY for mine, word in zip(self.words, words, strict=True)]

    def seen(self, side: Side) -> Seen | None:
        """How it occurs in one of the logs."""
        count = self.counts[side]
        return Seen(count, self.firsts[side], self.texts[side], tuple(self.last[side])) if count else None


class TemplateMiner:
    """Sorts lines into templates: first all of the usual log, then all of the other one."""

    def __init__(self) -> None:
        self.untold = [0, 0]
        """Lines of each side that were left out because there were too many templates."""
        self.lines = [0, 0]
        """Lines of each side that were read."""
        self._groups: list[_Group] = []
        self._children: dict[_Path, set[str]] = {}
        self._branches: dict[_Path, list[_Group]] = {}
        self._shapes: dict[str, Masked | _Group] = {}
        self._texts: dict[str, _Group | None] = {}

    def feed(self, lines: Iterable[str], side: Side) -> None:
        """Take over some lines of one log, in order; the usual log must be fed before the other one."""
        number = self.lines[side]
        shapes = self._shapes
        for raw in lines:
            number += 1
            line = without_colours(raw) if "\x1b" in raw else raw
            shape = shape_of(line)
            # Nearly every line of a log has the shape of an earlier one: only the first of a shape is work.
            group = shapes.get(shape)
            if not isinstance(group, _Group):
                group = self._sort(line, shape, group, side)
                if group is None:
                    continue
            if not group.counts[side]:
                group.firsts[side] = number
                group.texts[side] = line
            group.counts[side] += 1
            group.last[side].append(line)
        self.lines[side] = number

    def templates(self) -> list[Template]:
        """Every template, in the order in which they were met."""
        return [
            Template(tuple(group.words), group.level, group.seen(Side.USUAL), group.seen(Side.OTHER))
            for group in self._groups
        ]

    def _sort(self, line: str, shape: str, masked: Masked | None, side: Side) -> _Group | None:
        if not shape or shape.isspace():
            return None
        is_new_shape = masked is None
        masked = masked or mask_shape(shape)
        text = masked.text(line)
        if text not in self._texts:
            self._texts[text] = self._find(text.split(None, _MOST_WORDS), level_of(line), side)
        group = self._texts[text]
        if is_new_shape:
            self._shapes[shape] = masked if masked.kept or group is None else group
        if group is None:
            self.untold[side] += 1
        return group

    def _find(self, words: list[str], level: Level | None, side: Side) -> _Group | None:
        branch = self._branch(words, level)
        compared = branch[-MOST_COMPARED:]
        fitting = [group for group in compared if group.fits(words)]
        if fitting:
            return max(fitting, key=lambda group: (group.counts[Side.USUAL] > 0, group.equal(words)))
        # What the other log says for the first time may widen nothing of the usual log: it would be hidden.
        open_ = [group for group in compared if side is Side.USUAL or not group.counts[Side.USUAL]]
        alike = [group for group in open_ if group.is_alike(words)]
        if alike:
            best = max(alike, key=lambda group: group.equal(words))
            best.widen(words)
            return best
        if len(self._groups) >= MOST_TEMPLATES:
            return None
        group = _Group(words, level)
        branch.append(group)
        self._groups.append(group)
        return group

    def _branch(self, words: list[str], level: Level | None) -> list[_Group]:
        """The templates of the same level and length that begin alike."""
        path: _Path = (level, len(words))
        for word in words[:_DEPTH]:
            known = self._children.setdefault(path, set())
            is_told_apart = word in known or len(known) < MOST_CHILDREN
            if is_told_apart:
                known.add(word)
            path = (*path, word if is_told_apart else _ANY)
        return self._branches.setdefault(path, [])
