"""Several logs as one, in the order of their times, each line with the name of its log before it."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tui.logs.lines import decoded, without_colours
from tui.logs.merge_prefix import MERGE_PREFIX, merge_names, merge_prefixes
from tui.logs.timestamps import LineTimes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from tui.logs.timestamps import Stamp

MOST_LOGS = 8
"""Logs that are merged at once: as many as there are colours for their names."""

MOST_PENDING = 20_000
"""Lines of one log that wait for the others; beyond it they go on without waiting."""

MOST_PENDING_BYTES = 4 * 1024 * 1024
"""Bytes of one log that wait for the others."""

_HEAD = 1_024
"""Bytes of a line in which its time is looked for."""

_TIMELESS = 200
"""A log whose first so many lines have no time has none: its lines are taken as they come."""

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class _Group:
    """A line with a time, and those after it that have none."""

    __slots__ = ("at", "lines")

    def __init__(self, at: datetime, lines: list[bytes]) -> None:
        self.at = at
        self.lines = lines


class _Source:
    """One of the logs: what of it waits for the others."""

    def __init__(self, prefix: bytes, times: LineTimes) -> None:
        self.prefix = prefix
        self.times = times
        self.groups: deque[_Group] = deque()
        self.is_complete = False
        self.lines = 0
        self.bytes = 0
        self._at: datetime | None = None
        """The latest time of its lines, waiting or gone."""
        self._untimed = 0

    @property
    def is_timeless(self) -> bool:
        """Whether it seems to have no times at all."""
        return self._at is None and self._untimed >= _TIMELESS

    @property
    def is_full(self) -> bool:
        """Whether too much of it waits."""
        return self.lines > MOST_PENDING or self.bytes > MOST_PENDING_BYTES

    @property
    def is_certain(self) -> bool:
        """Whether all lines of its first group are here, and no earlier one can come."""
        return self.is_complete or self.is_timeless or len(self.groups) > 1

    def feed(self, line: bytes) -> None:
        """Take a line over."""
        line = _rewritten(line)
        self.lines += 1
        self.bytes += len(line)
        stamp = self.times.found(without_colours(decoded(line[:_HEAD])), self._at)
        if stamp is None:
            self._untimed += 1
            if self.groups:
                self.groups[-1].lines.append(line)
            else:
                # Of a group that is gone already, or the beginning of a log before its first time.
                self.groups.append(_Group(_BEFORE_ALL, [line]))
            return
        # No line goes before one that its own log has before it.
        at = stamp.at if self._at is None else max(self._at, stamp.at)
        if self._at is None and self.groups:
            self.groups[-1].at = at
            self.groups[-1].lines.append(line)
        else:
            self.groups.append(_Group(at, [line]))
        self._at = at

    def take(self) -> list[bytes]:
        """Its first group, with the name before each line."""
        group = self.groups.popleft()
        self.lines -= len(group.lines)
        self.bytes -= sum(map(len, group.lines))
        return [self.prefix + line for line in group.lines]


class Merger:
    """Brings the lines of several logs into the order of their times.

    The order within a log never changes, and lines without a time stay behind the one before them. Of lines
    with the same time those of the first log come first. A log without any times is merged as it comes.
    """

    def __init__(
        self,
        names: Sequence[str],
        zones: Sequence[tzinfo],
        now: datetime,
        since: Sequence[datetime | None] | None = None,
    ) -> None:
        """Merge logs.

        Args:
            names: What to set before the lines of each.
            zones: The zone of the times of each that tell none.
            now: What time it is; aware.
            since: When each of them begins, where that is known.

        Raises:
            ValueError: There are too many of them.
        """
        if len(names) > MOST_LOGS:
            raise ValueError(f"at most {MOST_LOGS} logs can be merged")
        begins = since if since is not None else [None] * len(names)
        self._sources = [
            _Source(prefix, LineTimes(zone, now, begin))
            for prefix, zone, begin in zip(merge_prefixes(names), zones, begins, strict=True)
        ]

    @property
    def held_by(self) -> int | None:
        """The log that the others wait for: what to read next; None when all can go on."""
        return self._next(flush=False)[1]

    @property
    def pending(self) -> int:
        """Lines that wait."""
        return sum(source.lines for source in self._sources)

    def feed(self, source: int, lines: Sequence[bytes], *, is_complete: bool = False) -> None:
        """Take over lines of a log.

        Args:
            source: Which log, by its place among the names.
            lines: Its next lines without their ends.
            is_complete: Whether nothing will follow.
        """
        log = self._sources[source]
        for line in lines:
            log.feed(line)
        log.is_complete = log.is_complete or is_complete

    def take(self, *, flush: bool = False) -> list[bytes]:
        """The lines whose order is certain, each with the name of its log before it, without line ends.

        Args:
            flush: Whether to take all that waits: for when a log has been quiet for a while.
        """
        taken: list[bytes] = []
        while True:
            ready, _ = self._next(flush=flush or any(source.is_full for source in self._sources))
            if ready is None:
                return taken
            taken += self._sources[ready].take()

    def _next(self, *, flush: bool) -> tuple[int | None, int | None]:
        """The log whose first group comes next, if that is certain; else the log that has to tell more."""
        first: int | None = None
        for index, source in enumerate(self._sources):
            if not source.groups:
                if not (flush or source.is_complete or source.is_timeless):
                    return None, index
            elif first is None or source.groups[0].at < self._sources[first].groups[0].at:
                first = index
        if first is not None and not flush and not self._sources[first].is_certain:
            return None, first
        return first, None


class MergedTimes:
    """Finds the times of the lines of merged logs, each of which has its own zone and form."""

    def __init__(
        self,
        names: Sequence[str],
        zones: Sequence[tzinfo],
        now: datetime,
        since: Sequence[datetime | None] | None = None,
    ) -> None:
        """Look for times; all arguments are those of `Merger`."""
        begins = since if since is not None else [None] * len(names)
        self._times = {
            name: LineTimes(zone, now, begin)
            for name, zone, begin in zip(merge_names(names), zones, begins, strict=True)
        }

    def found(self, text: str, near: datetime | None = None) -> Stamp | None:
        """The time of a line, or None when it begins with none.

        Args:
            text: The line without colours, with the name before it.
            near: The time of the line before, for times without a date.
        """
        match = MERGE_PREFIX.match(text)
        times = self._times.get(match["name"].rstrip()) if match is not None else None
        return times.found(text, near) if times is not None else None


def _rewritten(line: bytes) -> bytes:
    """The line, of one that carriage returns rewrote its last version: the name would be overwritten else."""
    if b"\r" not in line:
        return line
    end = b"\r" if line.endswith(b"\r") else b""
    return line.rstrip(b"\r").rpartition(b"\r")[2] + end
