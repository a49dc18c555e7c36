"""Which lines of a block of a file fit a search, or several: the one place that decides it.

A block owns the lines that begin in it, also one that ends in a later block.
"""

from __future__ import annotations

import re
from array import array
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.logs.lines import LONGEST_LINE, MOST_BYTES, bytes_of_line, shown_line, without_colours
from tui.logs.needles import needles_of
from tui.logs.pattern_checks import can_take_newline, is_for_blocks
from tui.logs.pattern_tree import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Read: TypeAlias = Callable[[int, int], bytes]
    """Gives so many bytes from an offset on, fewer at the end of the file."""

PIECE = 1 << 16
"""Bytes of whole lines that are looked at in one go: some milliseconds at most."""

_PLAIN = bytes(range(32, 127)) + b"\n"
_FEW = 4
"""Needles that are worth looking for one by one."""

_FAR = 1 << 20


class LineTest(NamedTuple):
    """What a line has to fit: all of these patterns, where inverse ones must not match."""

    parts: tuple[tuple[re.Pattern[str], bool], ...]
    """Each pattern, and whether it is inverse."""

    def accepts(self, text: str) -> bool:
        """Whether a line as it is shown fits."""
        return all((pattern.search(text) is None) == is_inverse for pattern, is_inverse in self.parts)


class BlockSearch:
    """Finds the lines of a block that fit."""

    def __init__(self, test: LineTest, block: int) -> None:
        """Make ready.

        Args:
            test: What lines have to fit.
            block: Bytes of a block.
        """
        self._test = test
        self._block = block
        positive = [pattern for pattern, is_inverse in test.parts if not is_inverse]
        needles = (needles_of(pattern) for pattern in positive)
        self._needles = [each for each in needles if each is not None and len(each.texts) <= _FEW]
        self._fast = next(filter(None, map(_for_blocks, positive)), None)
        self._counting = _for_counting(positive[0]) if len(test.parts) == len(positive) == 1 else None
        self._is_single = len(test.parts) == 1

    def starts(self, read: Read, number: int) -> array[int]:
        """Where the lines of a block that fit begin."""
        found = array("Q")
        for base, body in self.pieces(read, number):
            found.extend(self.starts_in(base, body))
        return found

    def count(self, read: Read, number: int) -> int:
        """How many of the lines that a block owns fit."""
        return sum(self._count_in(base, body) for base, body in self.pieces(read, number))

    def pieces(self, read: Read, number: int) -> Iterator[tuple[int, bytes]]:
        """The lines that a block owns, some whole ones at a time, each time with the offset of the first."""
        first = number * self._block
        start = max(first - 1, 0)
        raw = read(start, first + self._block - start)
        at = 0 if first == 0 else raw.find(b"\n") + 1
        if first and not at:
            return
        while at < len(raw):
            stop = raw.rfind(b"\n", at, at + PIECE) + 1 if at + PIECE < len(raw) else raw.rfind(b"\n", at) + 1
            if not stop:
                stop = raw.find(b"\n", at) + 1
            if not stop:
                yield start + at, _one_line(read, start + at, raw[at:])
                return
            yield start + at, raw[at:stop]
            at = stop

    def starts_in(self, base: int, body: bytes) -> list[int]:
        """Where the lines that fit begin, among some whole ones."""
        if self._needles and b"\x1b" not in body and self._lacks_needle(body):
            return []
        if self._fast is not None and not body.translate(None, _PLAIN):
            return self._in_plain_text(base, body, self._fast)
        found = []
        accepts = self._test.accepts
        for line in body.splitlines(keepends=True) if b"\r" not in body else _lines(body):
            if accepts(text_of(line)):
                found.append(base)
            base += len(line)
        return found

    def confirmed(self, read: Read, offsets: Iterable[int]) -> int:
        """How many of some lines fit.

        Args:
            read: Reads the file.
            offsets: Where they begin, in order.
        """
        count = 0
        raw, start = b"", 0
        for offset in offsets:
            if not start <= offset < start + len(raw):
                start = offset
                raw = read(start, PIECE)
            end = raw.find(b"\n", offset - start) + 1
            if not end:
                start = offset
                raw = read(start, PIECE)
                end = raw.find(b"\n") + 1
            line = raw[offset - start : end] if end else _one_line(read, offset, raw)
            count += self._test.accepts(text_of(line))
        return count

    def _count_in(self, base: int, body: bytes) -> int:
        if self._counting is None or body.translate(None, _PLAIN) or _has_long_line(body):
            return len(self.starts_in(base, body))
        return len(self._counting.findall(body.decode("ascii")))

    def _lacks_needle(self, body: bytes) -> bool:
        """Whether no line can fit, for want of a text that one would have."""
        small: bytes | None = None
        for needles in self._needles:
            if needles.may_be_hidden and not body.isascii():
                continue
            if needles.ignores_case:
                small = body.lower() if small is None else small
            content = body if not needles.ignores_case or small is None else small
            if not any(text in content for text in needles.texts):
                return True
        return False

    def _in_plain_text(self, base: int, body: bytes, pattern: re.Pattern[str]) -> list[int]:
        """The same where bytes are characters, and all lines can be searched at once."""
        found = []
        text = body.decode("ascii")
        at, length = 0, len(text)
        while at < length:
            match = pattern.search(text, at)
            if match is None:
                break
            begin = text.rfind("\n", at, match.start()) + 1 or at
            end = text.find("\n", match.start())
            end = length if end < 0 else end
            if begin >= length:
                break
            # What runs on into the next line says nothing about this one.
            is_sure = self._is_single and match.end() <= end and end - begin <= LONGEST_LINE
            if is_sure or self._test.accepts(text_of(body[begin : end + 1])):
                found.append(base + begin)
            at = end + 1
        return found


def text_of(line: bytes) -> str:
    """A line as it is shown, without colours; the same that `LogDocument.plain` tells.

    Args:
        line: All its bytes with its end, if it has one.
    """
    if len(line) <= LONGEST_LINE and line.isascii():
        text = line.decode("ascii").rstrip("\r\n")
        if text.isprintable():
            return text
    raw, is_cut = bytes_of_line(lambda start, length: line[start : start + length], 0, len(line))
    return without_colours(shown_line(raw, is_cut=is_cut))


@lru_cache(maxsize=32)
def _for_blocks(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    tree = tree_of(pattern)
    if tree is None or not is_for_blocks(tree):
        return None
    return re.compile(pattern.pattern, pattern.flags | re.MULTILINE)


@lru_cache(maxsize=32)
def _for_counting(pattern: re.Pattern[str]) -> re.Pattern[str] | None:
    """A pattern that matches once in every line that fits, where a match can't leave its line."""
    fast, tree = _for_blocks(pattern), tree_of(pattern)
    if fast is None or tree is None or can_take_newline(tree):
        return None
    try:
        counting = re.compile(rf"(?:{fast.pattern}).*\n?", fast.flags & ~re.DOTALL)
    except re.error:
        return None
    # What is empty would match once more after the end of the last line.
    return None if counting.search("") else counting


def _has_long_line(body: bytes) -> bool:
    half = LONGEST_LINE // 2
    return any(body.find(b"\n", at, at + half) < 0 for at in range(0, len(body) - half, half))


def _lines(body: bytes) -> Iterable[bytes]:
    """Lines that end in line feeds only."""
    *whole, last = body.split(b"\n")
    lines = [line + b"\n" for line in whole]
    return [*lines, last] if last else lines


def _one_line(read: Read, start: int, known: bytes) -> bytes:
    """A line that is longer than what is known of it; of a very long one its beginning and its end.

    Args:
        read: Reads the file.
        start: Where it begins.
        known: Its first bytes, with no line end among them.
    """
    head, tail = known, b""
    at = start + len(known)
    while piece := read(at, _FAR):
        end = piece.find(b"\n") + 1
        part = piece[:end] if end else piece
        if len(head) <= MOST_BYTES:
            head += part
        else:
            tail = (tail + part)[-MOST_BYTES:]
        at += len(part)
        if end:
            break
    return head + tail
