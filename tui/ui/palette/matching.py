"""How well a text answers to what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

START = 80.0
"""The score of a word that a text begins with."""

_EXACT, _WORD, _INSIDE, _SCATTERED = 100.0, 60.0, 40.0, 20.0
_LENGTH_COUNTS = 0.01
_MOST_APART = 0.75


class Match(NamedTuple):
    """How well a text answers to what was typed."""

    score: float
    """Higher is better."""
    spans: tuple[tuple[int, int], ...]
    """Parts of the text that were found: first character and the one after the last."""


def match(words: Sequence[str], folded: str) -> Match | None:
    """Look for every word in a text; where one isn't in it as it is, its letters may stand a little apart.

    Args:
        words: What was typed, in lower case.
        folded: Where to look, in lower case.
    """
    score = 0.0
    spans: list[tuple[int, int]] = []
    for word in words:
        at = folded.find(word)
        if at >= 0:
            spans.append((at, at + len(word)))
            score += _rank(folded, word, at)
            continue
        scattered = _scattered(word, folded)
        if not 0 < len(scattered) <= len(word) * _MOST_APART:
            return None
        spans += scattered
        score += _SCATTERED / len(scattered)
    return Match(score / max(1, len(words)) - _LENGTH_COUNTS * len(folded), tuple(spans))


def _rank(folded: str, word: str, at: int) -> float:
    if at == 0:
        return _EXACT if folded[len(word) : len(word) + 1] in ("", " ") else START
    return _INSIDE if folded[at - 1].isalnum() else _WORD


def _scattered(word: str, folded: str) -> list[tuple[int, int]]:
    """Where the letters of a word are in a text, in order, leftmost first: one look, however odd the text."""
    spans: list[tuple[int, int]] = []
    at = -1
    for letter in word:
        at = folded.find(letter, at + 1)
        if at < 0:
            return []
        if spans and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], at + 1)
        else:
            spans.append((at, at + 1))
    return spans
