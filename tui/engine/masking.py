"""A system's own record, fit to be shown: no secrets in it, and nothing that a terminal would obey."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.core.redaction import MASK
from tui.logs.scrub import plain_text

if TYPE_CHECKING:
    from tui.core.redaction import Redactor

_DEEPEST = 40
"""Levels that are shown; records of real systems have a handful."""

_LONGEST_LINE = 10_000
"""Characters of one line in a record."""

_LONGEST_TEXT = 100_000
"""Characters of one text in a record."""

_MOST_VALUES = 20_000
"""Values of one record that are shown; each is looked through for secrets."""

_MOST_CHARS = 1_000_000
"""Characters of all texts of one record that are shown."""

_LONGEST_SECRET = 2000
"""A text that was cut may end in the first part of a secret, which nothing masks: so much of its end goes."""

_CUT = "…"


def masked(value: object, redactor: Redactor) -> object:
    """The value with secrets masked and texts scrubbed, in all its branches; a vast one is cut.

    Args:
        value: JSON-like: mappings, sequences, texts, numbers.
        redactor: Knows the secrets, and which names look like those of one.
    """
    return _Masking(redactor).value(value, 0)


class _Masking:
    """Goes through one record, as far as it can be shown."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._values_left = _MOST_VALUES
        self._chars_left = _MOST_CHARS

    def value(self, value: object, depth: int) -> object:
        """A value that has so many levels above it."""
        self._values_left -= 1
        if isinstance(value, str):
            return self._clean(value)
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if depth >= _DEEPEST:
            return _CUT
        if isinstance(value, Mapping):
            return dict(self._entries(value, depth + 1))
        if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
            return list(self._items(value, depth + 1))
        return self._clean(str(value))

    def _entries(self, members: Mapping[object, object], depth: int) -> Iterator[tuple[str, object]]:
        for name, inner in members.items():
            if self._is_full:
                yield _CUT, f"{len(members):,} entries"
                return
            text = self._clean(str(name))
            is_told = inner is not None and inner not in ("", [], {})
            is_secret = is_told and MASK in self._redactor.mask(f"{text}: x")
            yield text, MASK if is_secret else self.value(inner, depth)

    def _items(self, values: Sequence[object], depth: int) -> Iterator[object]:
        for inner in values:
            if self._is_full:
                yield f"{_CUT} {len(values):,} entries"
                return
            yield self.value(inner, depth)

    @property
    def _is_full(self) -> bool:
        return self._values_left <= 0 or self._chars_left <= 0

    def _clean(self, text: str) -> str:
        shown = self._redactor.mask(text[:_LONGEST_TEXT])
        if len(text) > _LONGEST_TEXT:
            shown = shown[:-_LONGEST_SECRET] + _CUT
        self._chars_left -= len(shown)
        return "\n".join(plain_text(line, _LONGEST_LINE) for line in shown.split("\n"))
