"""How a sign or a word at the beginning narrows the palette to one kind of thing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """What an entry of the palette is; the word that narrows the list to it, followed by a colon."""

    ACTION = "action"
    JOB = "job"
    RUN = "run"
    VIEW = "view"
    THEME = "theme"
    SETTING = "setting"


SIGNS: Mapping[str, Kind] = {">": Kind.ACTION, "@": Kind.JOB, "#": Kind.RUN, "~": Kind.VIEW}
"""The signs that do the same as the words of the kinds that are needed most."""

PLACEHOLDER = "find anything, or only  > actions  @ jobs  # runs  ~ views  setting:  theme:"
"""What tells them while nothing is typed."""


class Sought(NamedTuple):
    """What was typed."""

    kind: Kind | None
    """The only kind that is wanted; None for all."""
    text: str
    """The rest, as typed."""

    @property
    def words(self) -> list[str]:
        """The rest in words, in lower case."""
        return self.text.lower().split()

    def wants(self, kind: Kind) -> bool:
        """Whether entries of a kind are wanted."""
        return self.kind is None or self.kind is kind


def sought(text: str) -> Sought:
    """Read what was typed into the palette."""
    text = text.strip()
    if text[:1] in SIGNS:
        return Sought(SIGNS[text[0]], text[1:].strip())
    word, colon, rest = text.partition(":")
    singular = word.strip().lower().removesuffix("s")
    if colon and singular in set(Kind):
        return Sought(Kind(singular), rest.strip())
    return Sought(None, text)
