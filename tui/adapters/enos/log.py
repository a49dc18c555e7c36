"""The log of a run: the logs of its tasks one after the other, each under a line that names the task.

The service gives out whole logs only, without an offset. What was read before is remembered for each task by
itself, so that one which still writes while a later one has begun is gone on with, not told from the start.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.core.models import LogChunk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PIECE = 4 * 1024 * 1024
"""Bytes of a log that are handed out at once; what is left comes with the next read."""


@dataclass(frozen=True, slots=True)
class Part:
    """The log of one task as it is now."""

    id: str
    """The task instance."""
    title: str
    """What people call it."""
    data: bytes | None
    """All of its log; None when it was not fetched, because it was read to its end before."""
    end: str = ""
    """How the task ended; empty while it goes on."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the log of one task was read."""

    offset: int = 0
    """So many bytes."""
    checksum: int = 0
    """The checksum of these bytes."""
    end: str = ""
    """How the task had ended when it was read to its end; empty when it may go on."""

    def fits(self, data: bytes) -> bool:
        """Whether a log still begins with what was read."""
        return self.offset <= len(data) and zlib.crc32(memoryview(data)[: self.offset]) == self.checksum

    def after(self, piece: bytes) -> Mark:
        """The mark after more bytes."""
        return Mark(self.offset + len(piece), zlib.crc32(piece, self.checksum))


@dataclass(frozen=True, slots=True)
class Place:
    """How far the log of a run was read."""

    marks: Mapping[str, Mark]
    """By task instance."""
    last: str = ""
    """The task whose lines came last."""
    is_midline: bool = False
    """Whether they ended in the middle of a line."""

    @classmethod
    def parse(cls, cursor: str) -> Place:
        """The place that a cursor names; the beginning for anything that is none."""
        try:
            told = json.loads(cursor) if cursor else {}
            marks = {
                str(name): Mark(int(offset), int(checksum), str(end))
                for name, offset, checksum, end in told.get("parts", ())
            }
            return cls(marks, str(told.get("last", "")), bool(told.get("midline", False)))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return cls({})

    def __str__(self) -> str:
        parts = [[name, mark.offset, mark.checksum, mark.end] for name, mark in self.marks.items()]
        told: dict[str, Any] = {"parts": parts, "last": self.last, "midline": self.is_midline}
        return json.dumps(told, separators=(",", ":"))

    def untold(self, part: Part) -> int:
        """How many bytes of a log were not read yet, as far as it was fetched."""
        mark = self.marks.get(part.id, Mark())
        return max(0, len(part.data or b"") - mark.offset)

    def is_read(self, task_id: str, end: str) -> bool:
        """Whether the log of a task that has ended like this was read to its end."""
        mark = self.marks.get(task_id)
        return mark is not None and bool(end) and mark.end == end


def chunk(parts: Sequence[Part], cursor: str, *, has_ended: bool) -> LogChunk:
    """What follows the cursor.

    Args:
        parts: The logs of the run's tasks in order. Those that were read to their end may lack bytes.
        cursor: What the last chunk said.
        has_ended: Whether the run had ended before the logs were fetched.
    """
    place = Place.parse(cursor)
    is_restart = is_rewritten(parts, place)
    if is_restart:
        place = Place({})
    marks, told = dict(place.marks), bytearray()
    last, is_midline, is_whole = place.last, place.is_midline, True
    for part in parts:
        if part.data is None:
            continue
        mark = marks.get(part.id, Mark())
        rest = part.data[mark.offset :]
        piece = rest[: max(0, PIECE - len(told))]
        is_whole = is_whole and len(piece) == len(rest)
        if piece:
            told += _header(part, last, is_midline=is_midline, is_begun=mark.offset > 0)
            told += piece
            last, is_midline = part.id, not piece.endswith(b"\n")
        mark = mark.after(piece)
        marks[part.id] = replace(mark, end=part.end) if len(piece) == len(rest) else mark
    return LogChunk(
        bytes(told),
        str(Place(marks, last, is_midline)),
        is_complete=has_ended and is_whole,
        is_restart=is_restart,
    )


def is_rewritten(parts: Sequence[Part], place: Place) -> bool:
    """Whether any log no longer begins with what was read of it."""
    return any(
        part.data is not None and part.id in place.marks and not place.marks[part.id].fits(part.data)
        for part in parts
    )


def _header(part: Part, last: str, *, is_midline: bool, is_begun: bool) -> bytes:
    if part.id == last:
        return b""
    goes_on = ", continued" if is_begun else ""
    line = f"=== {part.title} ({part.id}{goes_on}) ===\n"
    return (b"\n" if is_midline else b"") + line.encode("utf-8", "replace")
