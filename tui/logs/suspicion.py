"""Which lines of a block are worth a closer look: nearly none, and that has to be known at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LOWER = bytes(range(256)).lower()
_KEPT = "abcdefiklnoprtuvwx-,]"
"""What blocks are searched without: figures, blanks and most signs make up half of a log, and no word is
hard to know without them and some letters. It is searched the faster for it."""
_DROPPED = bytes(code for code in range(128) if chr(code).lower() not in _KEPT)


class Suspicion:
    """Looks for words in blocks of lines."""

    def __init__(
        self, words: Iterable[str], *, far: Iterable[str], near: Iterable[str], reads_every_line: bool = False
    ) -> None:
        """Prepare to look.

        Args:
            words: Lower-case words that make a line worth a look.
            far: What makes it so when something was found before.
            near: What makes it so when something was found shortly before.
            reads_every_line: Whether every line is worth a look.
        """
        self._words = _encoded(words)
        self._far = _encoded(far)
        self._near = _encoded(near)
        self._coarse = _squeezed(self._words)
        self._coarse_far = _squeezed((*self._words, *self._far))
        self._reads_every_line = reads_every_line

    def starts(self, block: bytes, *, has_found: bool, is_near: bool) -> Mapping[int, bool]:
        """Where the lines that are worth a look begin, in order, and whether each is so in any case.

        Args:
            block: Whole lines.
            has_found: Whether something was found before.
            is_near: Whether that was shortly before.
        """
        if self._reads_every_line:
            return dict.fromkeys(_all_starts(block), True)
        if not is_near and not _has_any(block, self._coarse_far if has_found else self._coarse):
            return {}
        lowered = block.lower()
        suspect = _starts_of(self._words, lowered)
        # What is found in the block itself may be turned by what follows in it.
        more = _starts_of(self._far, lowered) if has_found or suspect else set()
        more |= _starts_of(self._near, lowered) if is_near or suspect else set()
        return {start: start in suspect for start in sorted(suspect | more)}


def _encoded(words: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(word.encode() for word in words)


def _squeezed(words: Iterable[bytes]) -> tuple[bytes, ...]:
    """The words as they stand in a squeezed block; of words that hold another one the latter is enough."""
    squeezed = {word.translate(_LOWER, _DROPPED) for word in words}
    return tuple(word for word in sorted(squeezed) if not any(o != word and o in word for o in squeezed))


def _has_any(block: bytes, squeezed_words: Iterable[bytes]) -> bool:
    squeezed = block.translate(_LOWER, _DROPPED)
    return any(word in squeezed for word in squeezed_words)


def _starts_of(words: Iterable[bytes], lowered: bytes) -> set[int]:
    starts: set[int] = set()
    for word in words:
        at = lowered.find(word)
        while at >= 0:
            starts.add(lowered.rfind(b"\n", 0, at) + 1)
            end = lowered.find(b"\n", at)
            at = lowered.find(word, end) if end >= 0 else -1
    return starts


def _all_starts(block: bytes) -> Sequence[int]:
    starts = [0]
    end = block.find(b"\n")
    while end >= 0:
        starts.append(end + 1)
        end = block.find(b"\n", end + 1)
    return starts
