"""A sort order over numbered jobs: made at once, then kept by work in proportion to what changes.

Jobs have slot numbers, and an order is an array of them. Sorting looks at one column after the other, because
lists of plain numbers or texts sort faster than tuples; tuples are made only for what a binary search meets.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import compress, islice
from operator import eq
from typing import TYPE_CHECKING, Any, TypeAlias

from tui.engine.columns import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tui.core.keys import JobKey
    from tui.core.models import Job
    from tui.engine.columns import Column, SortKey, SortOrder
    from tui.engine.query.context import QueryContext

Entry: TypeAlias = "tuple[Any, ...]"
"""What a slot is sorted by, all columns and directions in one: entries compare like their slots."""

Slots: TypeAlias = "array[int]"
"""Slot numbers in order."""

SLOT_CODE = "I"
"""The array type of slot numbers."""

_FEW = 24
"""So few slots are sorted by their entries, and so few moves made one by one: faster ways begin slowly."""

_SMALL_GROUP = 8
"""Groups of equals that have fewer slots on average are not worth being sorted one by one."""

_LEAST_STRIDE = 32
"""At most every so manieth entry is fetched before many are searched for."""

_FENCES_EACH = 4
"""And about so many for each of those that are searched for: to fetch more costs more than it saves."""

_WHOLE_COLUMN_SHARE = 16
"""When one slot of so many needs its value in a column, those of all slots are read at once."""

_MIRROR = bytes(max(0xF8 - byte, 0) for byte in range(256))
"""Turns the order of UTF-8 texts round; 0xF8 is above every byte that occurs in them."""

_MIRROR_END = b"\xff"


class Ranking:
    """Sorts slots, and knows each slot's entry as of when it was sorted or last placed."""

    def __init__(self, order: SortOrder, jobs: list[Job], keys: list[JobKey], context: QueryContext) -> None:
        """Prepare to sort.

        Args:
            order: The columns to sort by.
            jobs: Every slot's job; the owner keeps it up to date.
            keys: Every slot's key.
            context: What the sort keys refer to now.
        """
        self._levels = [(order.lead, False)] if order.lead is not None else []
        self._levels += [(COLUMNS[term.column], term.is_descending) for term in order.terms]
        self._makers = [
            (column.sort_key, _part(column, is_descending=is_descending))
            for column, is_descending in self._levels
        ]
        self._jobs = jobs
        self._keys = keys
        self._context = context
        self._columns: dict[int, list[SortKey | None]] = {}
        # Keys that depend on more than the job are kept: asked again later they could differ from the order.
        self._kept = {
            level: column.sort_keys(jobs, context)
            for level, (column, _) in enumerate(self._levels)
            if not column.is_steady
        }
        self._entries = _Entries(self._make_known_entry)

    def sort(self, slots: Sequence[int]) -> Slots:
        """The slots in order.

        Args:
            slots: In the order of their keys, which decides among equals.
        """
        ranked: list[int] = []
        self._arrange(list(slots), 0, ranked)
        self._columns.clear()
        return array(SLOT_CODE, ranked)

    def entry(self, slot: int) -> Entry:
        """What the slot is sorted by since it was last placed."""
        return self._entries[slot]

    def position(self, slots: Slots, entry: Entry) -> int:
        """The index in sorted slots at which the entry's slot is or would have to be."""
        return bisect_left(slots, entry, key=self._entries.__getitem__)

    def positions(self, slots: Slots, entries: Sequence[Entry]) -> list[int]:
        """The index of each entry's slot, or of where it would have to be."""
        entry_of = self._entries.__getitem__
        if len(entries) <= _FEW:
            return [bisect_left(slots, entry, key=entry_of) for entry in entries]
        # Most steps of each search go through a short list, which stays in the processor's cache.
        stride = max(_LEAST_STRIDE, len(slots) // (len(entries) * _FENCES_EACH))
        fences = list(map(entry_of, slots[::stride]))
        found = []
        for entry in entries:
            end = bisect_left(fences, entry) * stride
            begin = max(0, end - stride)
            found.append(bisect_left(slots, entry, begin, min(end, len(slots)), key=entry_of))
        return found

    def make_entry(self, slot: int, job: Job, context: QueryContext) -> Entry:
        """What the slot would be sorted by with this job, now."""
        values = [part(sort_key(job, context)) for sort_key, part in self._makers]
        # The key is unpacked: the garbage collector leaves alone a tuple that holds nothing but plain values.
        return (*values, *self._keys[slot])

    def place(self, slot: int, entry: Entry) -> None:
        """Remember that from now on the slot is sorted by the entry."""
        self._entries[slot] = entry

    def _make_known_entry(self, slot: int) -> Entry:
        job = self._jobs[slot]
        if not self._kept:
            return self.make_entry(slot, job, self._context)
        kept = self._kept
        values = [
            part(kept[level][slot] if level in kept else sort_key(job, self._context))
            for level, (sort_key, part) in enumerate(self._makers)
        ]
        return (*values, *self._keys[slot])

    def _arrange(self, slots: list[int], level: int, ranked: list[int]) -> None:
        """Append the slots, all equal in the columns before this level, in order."""
        if len(slots) < 2 or level == len(self._levels):
            ranked += slots
        elif len(slots) <= _FEW:
            ranked += sorted(slots, key=self._entries.__getitem__)
        else:
            column, is_descending = self._levels[level]
            arrange = self._arrange_groups if column.is_coarse else self._arrange_values
            arrange(slots, level, ranked, is_descending=is_descending)

    def _arrange_groups(
        self, slots: list[int], level: int, ranked: list[int], *, is_descending: bool
    ) -> None:
        value_of = self._values(slots, level)
        groups: dict[Any, list[int]] = {}
        for slot in slots:
            value = value_of[slot]
            if value in groups:
                groups[value].append(slot)
            else:
                groups[value] = [slot]
        if len(groups) * _SMALL_GROUP > len(slots):
            self._arrange_values(slots, level, ranked, is_descending=is_descending)
            return
        missing = groups.pop(None, [])
        for value in sorted(groups, reverse=is_descending):
            self._arrange(groups[value], level + 1, ranked)
        self._arrange(missing, level + 1, ranked)

    def _arrange_values(
        self, slots: list[int], level: int, ranked: list[int], *, is_descending: bool
    ) -> None:
        value_of = self._values(slots, level)
        present = [slot for slot in slots if value_of[slot] is not None]
        present.sort(key=value_of.__getitem__, reverse=is_descending)
        if level + 1 == len(self._levels):
            ranked += present
            if len(present) < len(slots):
                ranked += [slot for slot in slots if value_of[slot] is None]
            return
        # Both neighbours are fetched together: to fetch all first would miss the processor's cache twice.
        is_tie = map(
            eq, map(value_of.__getitem__, present), map(value_of.__getitem__, islice(present, 1, None))
        )
        ties = list(compress(range(len(present)), is_tie))
        distinct = len(present) - len(ties)
        if min(distinct, len(ties)) * _SMALL_GROUP > len(present):
            # Very many small groups: sort all by the rest, then by this, which leaves equals in order.
            begin = len(ranked)
            self._arrange(present, level + 1, ranked)
            ranked[begin:] = sorted(ranked[begin:], key=value_of.__getitem__, reverse=is_descending)
        else:
            done = 0
            for start, end in _runs(ties):
                ranked += present[done:start]
                self._arrange(present[start:end], level + 1, ranked)
                done = end
            ranked += present[done:]
        if len(present) < len(slots):
            missing = [slot for slot in slots if value_of[slot] is None]
            self._arrange(missing, level + 1, ranked)

    def _values(self, slots: list[int], level: int) -> Mapping[int, Any] | Sequence[Any]:
        """The values of a column by slot, at least of those named."""
        known = self._kept.get(level) or self._columns.get(level)
        if known is not None:
            return known
        sort_keys = self._levels[level][0].sort_keys
        if len(slots) * _WHOLE_COLUMN_SHARE > len(self._jobs):
            return self._columns.setdefault(level, sort_keys(self._jobs, self._context))
        jobs = [self._jobs[slot] for slot in slots]
        return dict(zip(slots, sort_keys(jobs, self._context), strict=True))


class _Entries(dict[int, Entry]):
    """Entries by slot, made when first asked for."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[int], Entry]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, slot: int) -> Entry:
        entry = self[slot] = self._make(slot)
        return entry


class _Last:
    """Sorts behind everything else: what stands for no value, in both directions."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return self is not other


_LAST = _Last()


def _part(column: Column, *, is_descending: bool) -> Callable[[Any], object]:
    """Turns a sort key into what stands for it in an entry."""
    if not is_descending:
        return lambda value: _LAST if value is None else value
    if column.is_text:
        return lambda value: _LAST if value is None else _mirrored(value)
    return lambda value: _LAST if value is None else -value


def _mirrored(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").translate(_MIRROR) + _MIRROR_END


class Moves:
    """What leaves sorted slots and what enters them."""

    __slots__ = ("_entering", "_leaving")

    def __init__(self) -> None:
        self._leaving: list[tuple[Entry, int]] = []
        self._entering: list[tuple[Entry, int]] = []

    def add(self, slot: int, old: Entry | None, new: Entry | None) -> None:
        """Note that the slot, placed by its old entry if any, is now placed by its new one if any."""
        if old is not None:
            self._leaving.append((old, slot))
        if new is not None:
            self._entering.append((new, slot))

    def apply(self, slots: Slots, ranking: Ranking) -> tuple[Slots, bool]:
        """The slots after the moves, in place or as a copy, and whether they differ at all.

        The ranking must still know the old entries.
        """
        if not self._leaving and not self._entering:
            return slots, False
        self._leaving.sort()
        self._entering.sort()
        leaving = ranking.positions(slots, [entry for entry, _ in self._leaving])
        entering = ranking.positions(slots, [entry for entry, _ in self._entering])
        final = [index - bisect_left(leaving, index) + number for number, index in enumerate(entering)]
        entered = [slot for _, slot in self._entering]
        is_changed = leaving != final or [slot for _, slot in self._leaving] != entered
        if not is_changed:
            return slots, False
        if len(leaving) + len(entering) > _FEW:
            return _merged(slots, leaving, zip(entering, entered, strict=True)), True
        for index in reversed(leaving):
            del slots[index]
        for index, slot in zip(final, entered, strict=True):
            slots.insert(index, slot)
        return slots, True


def _merged(slots: Slots, leaving: list[int], entering: Iterable[tuple[int, int]]) -> Slots:
    """A copy without the slots at some indexes, and with others put in before the indexes they come with."""
    merged = array(SLOT_CODE)
    start = 0
    put_in = ((index, 0, number, slot) for number, (index, slot) in enumerate(entering))
    take_out = ((index, 1, 0, 0) for index in leaving)
    for index, is_taken_out, _, slot in sorted([*put_in, *take_out]):
        merged += slots[start:index]
        if not is_taken_out:
            merged.append(slot)
        start = index + is_taken_out
    merged += slots[start:]
    return merged


def _runs(ties: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Start and end of every run of equal neighbours, given the indexes of those that equal the next."""
    begin = 0
    for number, index in enumerate(ties):
        if number + 1 == len(ties) or ties[number + 1] != index + 1:
            yield ties[begin], index + 2
            begin = number + 1
