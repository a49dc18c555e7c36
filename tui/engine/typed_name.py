"""What is typed to confirm: a job's name, unless that is one that nobody could type."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from tui.core.redaction import MASK

if TYPE_CHECKING:
    from tui.core.models import Job

LONGEST = 120
"""Characters of a name that somebody may be asked to type."""

UNNAMED = "confirm"
"""What is typed where neither name nor id can be."""

_MOST_MARKS = 3
"""Marks on one letter; no language needs more of them."""

_UNTYPABLE = frozenset({"So", "Sk"})
"""Pictures and lonely accents: some keyboards have them, most have not."""


def name_to_type(job: Job) -> str:
    """What is typed to confirm something about the job: its name, else its id, else a word."""
    return next(filter(is_typable, (job.name.strip(), job.id.strip())), UNNAMED)


def what_is_typed(job: Job) -> str:
    """What `name_to_type` gives, in words."""
    wanted = name_to_type(job)
    if wanted == job.name.strip():
        return "the job's name"
    return "the job's id" if wanted == job.id.strip() else "the word"


def is_typable(text: str) -> bool:
    """Whether somebody who sees the text can type it: letters of any language, and none too many of them."""
    if not text or len(text) > LONGEST or MASK in text:
        return False
    marks = _MOST_MARKS  # none may stand at the beginning
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        if marks > _MOST_MARKS or not (character.isascii() or _is_on_keyboards(character, category)):
            return False
    return text.isprintable() or all(one.isprintable() or one.isspace() for one in text)


def is_typed(typed: str, wanted: str) -> bool:
    """Whether it is what is wanted; what no eye can tell apart, such as two kinds of blanks, is the same."""
    return _as_seen(typed) == _as_seen(wanted)


def _is_on_keyboards(character: str, category: str) -> bool:
    is_text = category[0] in "LMNPS" and category not in _UNTYPABLE and character != "\ufe0f"
    return is_text or category == "Zs"


def _as_seen(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())
