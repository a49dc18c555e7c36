"""Logs in memory and logs that are too large for it, to walk through by offset."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class TextWalk:
    """Lines of any length, all in memory."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = list(lines)
        self.starts = [0]
        for line in lines:
            self.starts.append(self.starts[-1] + len(line.encode()) + 1)
        self.size = self.starts.pop()

    def start_of(self, offset: int) -> int:
        return max(start for start in self.starts if start <= offset)

    def after(self, start: int) -> int | None:
        index = self.starts.index(start) + 1
        return self.starts[index] if index < len(self.starts) else None

    def before(self, start: int) -> int | None:
        index = self.starts.index(start)
        return self.starts[index - 1] if index else None

    def plain(self, start: int) -> str:
        return self._lines[self.starts.index(start)]


class EndlessWalk:
    """Any number of lines of one length, made when they are asked for."""

    def __init__(self, lines: int, length: int, line: Callable[[int], str]) -> None:
        self.size = lines * length
        self.asked = 0
        self._length = length
        self._line = line

    def start_of(self, offset: int) -> int:
        return offset - offset % self._length

    def after(self, start: int) -> int | None:
        return start + self._length if start + self._length < self.size else None

    def before(self, start: int) -> int | None:
        return start - self._length if start else None

    def plain(self, start: int) -> str:
        self.asked += 1
        return self._line(start // self._length)
