"""How many lines of each block of a file fit a search, as far as it is known."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.logs.source import LogFile

_UNKNOWN = 0xFFFFFFFF
_PIECE = 1 << 16


class BlockCounts:
    """One number a block; keeps up with a file that grows or is written anew."""

    def __init__(self, file: LogFile, block: int) -> None:
        """Know nothing.

        Args:
            file: The file.
            block: Bytes of a block.
        """
        self._file = file
        self._block = block
        self._counts = array("I")
        self._marks = bytearray()
        self.generation = file.generation
        """The file's, when it was last looked at."""
        self.size = 0
        """Bytes of the file that count."""
        self.count = 0
        """Lines that fit in the blocks that are known."""
        self.known = 0
        """How many blocks are known."""
        self._line = 0
        """Where the last line begins, which may still grow."""
        self.catch_up()

    def __len__(self) -> int:
        return len(self._counts)

    def __getitem__(self, number: int) -> int | None:
        count = self._counts[number]
        return None if count == _UNKNOWN else count

    @property
    def is_complete(self) -> bool:
        """Whether all blocks are known."""
        return self.known == len(self._counts)

    def catch_up(self) -> int | None:
        """Look at the file again. Tells the first block of which nothing is known any more, or None."""
        size = max(0, self._file.size)
        if self.generation != self._file.generation:
            self.generation = self._file.generation
            self._counts, self._marks = array("I"), bytearray()
            self.size = self.count = self.known = self._line = 0
            self._grow(size)
            return 0
        if size <= self.size:
            return None
        changed = self._line // self._block
        for number in range(changed, len(self._counts)):
            self._forget(number)
        self._grow(size)
        return changed

    def accept(self, first: int, counts: Sequence[int], size: int) -> None:
        """Take over what was found.

        Args:
            first: The first block.
            counts: Its count and those of the ones that follow.
            size: How large the file was taken to be: its last line may have grown since.
        """
        end = len(self._counts)
        if size < self.size:
            end = self._line_at(size) // self._block
        for number, count in enumerate(counts[: max(0, end - first)], first):
            if self._counts[number] == _UNKNOWN:
                self._counts[number] = count
                self._marks[number] = count > 0
                self.known += 1
                self.count += count

    def next_busy(self, number: int, step: int) -> int | None:
        """The nearest block that has lines that fit or is unknown, from a block on, itself included."""
        if number < 0:
            return None
        found = self._marks.find(1, number) if step > 0 else self._marks.rfind(1, 0, number + 1)
        return found if found >= 0 else None

    def next_unknown(self, number: int, step: int) -> int | None:
        """The nearest unknown block, from a block on, itself included."""
        at = self.next_busy(number, step)
        while at is not None and self._counts[at] != _UNKNOWN:
            at = self.next_busy(at + step, step)
        return at

    def unknown(self, number: int) -> list[tuple[int, int]]:
        """Runs of unknown blocks, as the first and the one after the last: from a block on, then others."""
        number = max(0, min(number, len(self._counts)))
        runs: list[tuple[int, int]] = []
        for first, end in ((number, len(self._counts)), (0, number)):
            at = self.next_unknown(first, 1)
            while at is not None and at < end:
                stop = min(end, self.unknown_around(at)[1])
                runs.append((at, stop))
                at = self.next_unknown(stop, 1)
        return runs

    def unknown_around(self, number: int) -> tuple[int, int]:
        """The run of unknown blocks that an unknown one is in: its first, and the one after its last."""
        first = end = number
        while first > 0 and self._counts[first - 1] == _UNKNOWN:
            first -= 1
        while end < len(self._counts) and self._counts[end] == _UNKNOWN:
            end += 1
        return first, end

    def before(self, number: int) -> int | None:
        """How many lines fit in all blocks before one; None where some are unknown."""
        counts = self._counts[:number]
        return None if _UNKNOWN in counts else sum(counts)

    def _grow(self, size: int) -> None:
        number = -(-size // self._block) - len(self._counts)
        self._counts.extend([_UNKNOWN] * number)
        self._marks.extend(b"\x01" * number)
        # What came since may have no line end: then the last line is still the same.
        self._line = self._line_at(size)
        self.size = size

    def _forget(self, number: int) -> None:
        count = self._counts[number]
        if count != _UNKNOWN:
            self._counts[number] = _UNKNOWN
            self._marks[number] = 1
            self.known -= 1
            self.count -= count

    def _line_at(self, size: int) -> int:
        """Where the last line began when the file had so many bytes."""
        at = size
        known = self.size if size > self.size else 0
        while at > known:
            start = max(known, at - _PIECE)
            found = self._file.read(start, at - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            at = start
        return self._line if size > self.size else 0
