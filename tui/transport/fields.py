"""What is taken over of an answer: fields of a length and lists of a size that can be meant seriously."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tui.transport.limits import MAX_FIELD_CHARS, MAX_RECORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


def short(text: str) -> str:
    """The text of a field; what is longer than any name or message is cut and ends in an ellipsis.

    So an id that was cut is no id of the system: what is asked about it, or done to it, is refused there.
    """
    return text if len(text) <= MAX_FIELD_CHARS else f"{text[: MAX_FIELD_CHARS - 1]}…"


def line(text: str) -> str:
    """The text of a field as one line."""
    return short(" ".join(text[: 4 * MAX_FIELD_CHARS].split()))


def some(records: Sequence[T]) -> Sequence[T]:
    """The records of a listing, as many of them as are looked at."""
    return records if len(records) <= MAX_RECORDS else records[:MAX_RECORDS]
