"""Patterns for programs that search the bytes of a file, made from a pattern for the text of its lines.

Such a pattern finds at least every line that matters, and some others: whoever uses it asks the pattern for
text about each line that was found. It allows for everything that lies between bytes and text: encodings,
tabs that became spaces, carriage returns, colours, and pictures of what can't be seen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.logs.pattern_checks import ends_of
from tui.logs.pattern_tree import NEWLINE, SPECIAL, Chars, Choice, Edge, Look, Repeat, Row, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.logs.pattern_tree import Node

_TAB, _SPACE, _ASCII = 9, 32, 128
_PRINTABLE = frozenset(range(_SPACE, 127))
_WIDE = frozenset([*range(_SPACE), *range(127, 256)]) - {NEWLINE}
"""Bytes of what is no ASCII text: also control characters, which are shown as pictures."""

_WORD = frozenset(code for code in range(128) if chr(code).isalnum() or chr(code) == "_")
_MOST_BYTES = 4
"""Bytes of a character."""

_MOST_COUNTED = 64
"""A greater number of repeats is taken for any number."""

_ANY = frozenset(range(256)) - {NEWLINE}
_Sets: TypeAlias = "tuple[Iterable[int], ...]"
"""Bytes one after the other, each out of a set."""

_REWRITTEN: tuple[_Sets, ...] = (([0x1B],), ([0x0D], _ANY - {0x0D}))
"""Lines with colours, and lines that were written over."""

_HIDDEN: tuple[_Sets, ...] = (
    *(([0xAD],), ([0xC2], range(0x80, 0xA0)), ([0xCD], [0x8F]), ([0xD8], [0x9C])),
    *(([0xE1], [0x85], [0x9F, 0xA0]), ([0xE1], [0x9E], [0xB4, 0xB5]), ([0xE1], [0xA0], range(0x8B, 0x8F))),
    *(([0xE2], [0x80], [*range(0x8B, 0x90), *range(0xA8, 0xAF)]), ([0xE2], [0x81], range(0xA0, 0xB0))),
    *(([0xE3], [0x85], [0xA4]), ([0xEF], [0xBB], [0xBF]), ([0xEF], [0xBE], [0xA0])),
    *(
        ([0xEF], [0xBF], range(0xB0, 0xBC)),
        ([0xF0], [0x9B], [0xB2]),
        ([0xF0], [0x9D], [0x85]),
        ([0xF3], [0xA0]),
    ),
)
"""What is shown as its code point in angle brackets."""

_EQUAL: tuple[_Sets, ...] = (([0xE2], [0x84], [0xAA]), ([0xC5], [0xBF]), ([0xC4], [0xB0, 0xB1]))
"""Letters beyond ASCII that are equal to `k`, `s` or `i` when case is ignored."""

_ONE_SPACE = Chars(frozenset([_SPACE]))
_POSIX_SIGNS = b".[]{}()*+?|^$\\"
_BRACKET_SIGNS = b"][\\^-"
"""What has a meaning in a bracket expression, in the order in which it has none."""

_FIRST_SIGN = 0xE000
_SIGN = re.compile("[\ue000-\uf8ff]")
"""Stands for a set of bytes while a pattern is written."""


class BytePattern(NamedTuple):
    """The same pattern for several programs."""

    rust: str
    """For ripgrep."""
    posix: bytes
    """An extended regular expression for grep."""


class _Unfit(Exception):
    """The pattern asks for something that bytes can't tell."""


def byte_pattern(pattern: re.Pattern[str]) -> BytePattern | None:
    """The pattern for bytes; None where there is none, or it would fit every line."""
    tree = tree_of(pattern)
    if tree is None:
        return None
    writer = _Writer()
    try:
        found = writer.write(tree)
    except _Unfit:
        return None
    if re.compile(writer.rust(found).encode()).search(b"") is not None:
        return None
    others = [*_REWRITTEN, *_HIDDEN]
    if pattern.flags & re.IGNORECASE and not pattern.flags & re.ASCII:
        others += _EQUAL
    found = "|".join([found, *("".join(map(writer.set, other)) for other in others)])
    return BytePattern(f"(?-u){writer.rust(found)}", writer.posix(found))


class _Writer:
    """Writes a tree as an extended regular expression, in which one sign stands for a set of bytes."""

    def __init__(self) -> None:
        self._sets: list[frozenset[int]] = []

    def rust(self, written: str) -> str:
        """What was written, for ripgrep and for Python."""
        return _SIGN.sub(lambda sign: _rust_set(self._sets[ord(sign[0]) - _FIRST_SIGN]), written)

    def posix(self, written: str) -> bytes:
        """What was written, for grep."""
        sets = (_posix_set(self._sets[ord(sign) - _FIRST_SIGN]) for sign in _SIGN.findall(written))
        texts = (text.encode() for text in _SIGN.split(written))
        return next(texts) + b"".join(one + text for one, text in zip(sets, texts, strict=True))

    def set(self, codes: Iterable[int]) -> str:
        """The sign for one byte of a set."""
        self._sets.append(frozenset(codes))
        return chr(_FIRST_SIGN + len(self._sets) - 1)

    def write(self, node: Node) -> str:
        if isinstance(node, Chars):
            return self._unit(node.chars, 1, 1)
        if isinstance(node, Row):
            return self._row(node.items)
        if isinstance(node, Choice):
            return self._choice(node)
        if isinstance(node, Repeat):
            return self._repeat(node)
        if isinstance(node, Edge):
            return self._edge(node)
        if isinstance(node, Look):
            return ""
        raise _Unfit

    def _row(self, items: tuple[Node, ...]) -> str:
        pieces = []
        at = 0
        while at < len(items):
            item = items[at]
            before = items[at - 1] if at else None
            stop = at + 1
            while item == _ONE_SPACE and stop < len(items) and items[stop] == item:
                stop += 1
            after = items[stop] if stop < len(items) else None
            if item == _ONE_SPACE:
                # Between other characters so many spaces are as many tabs at most, and not none.
                least = int(_is_no_space(before) and _is_no_space(after))
                pieces.append(self.set({_TAB, _SPACE}) + _times(least, stop - at))
            elif item == Edge("AT_BOUNDARY"):
                pieces.append(r"\b" if _is_word(before, is_end=True) or _is_word(after, is_end=False) else "")
            else:
                pieces.append(self.write(item))
            at = stop
        return "".join(pieces)

    def _choice(self, choice: Choice) -> str:
        options = [self.write(option) for option in choice.options]
        filled = "|".join(filter(None, options))
        return f"({filled}){'' if all(options) else '?'}" if filled else ""

    def _repeat(self, repeat: Repeat) -> str:
        if repeat.most == 0:
            return ""
        if isinstance(repeat.item, Chars):
            return self._unit(repeat.item.chars, repeat.least, repeat.most)
        item = self.write(repeat.item)
        if repeat.most != 1 and any(mark in item for mark in "{*+"):
            # Numbers in numbers multiply.
            return f"({item}){_times(min(repeat.least, 1), None)}"
        return f"({item}){_times(repeat.least, repeat.most)}" if item else ""

    def _edge(self, edge: Edge) -> str:
        if edge.kind.startswith("AT_BEGINNING"):
            return "^"
        return f"{self.set({0x0D})}*$" if edge.kind.startswith("AT_END") else ""

    def _unit(self, chars: frozenset[int], least: int, most: int | None) -> str:
        """A set of characters some times.

        A character takes up to four bytes. What may be a space may have come from a tab, and a tab makes
        several: then nothing is left for those that follow it.
        """
        codes = set(chars & _PRINTABLE)
        if _SPACE in codes:
            codes.add(_TAB)
            least = 0
        if any(code >= _ASCII for code in chars - SPECIAL):
            codes |= _WIDE
            most = None if most is None else most * _MOST_BYTES
        if not codes:
            raise _Unfit
        return self.set(codes) + _times(least, most)


def _is_no_space(node: Node | None) -> bool:
    return isinstance(node, Chars) and _SPACE not in node.chars


def _is_word(node: Node | None, *, is_end: bool) -> bool:
    """Whether what a node matches surely begins, or ends, with a letter, digit or underscore of ASCII."""
    if node is None:
        return False
    ends = ends_of(node)
    return not ends.is_empty and all(
        chars - SPECIAL <= _WORD for _, chars in (ends.last if is_end else ends.first)
    )


def _times(least: int, most: int | None) -> str:
    if most is not None and most > _MOST_COUNTED:
        most = None
    least = min(least, _MOST_COUNTED)
    if most is None:
        return ("*", "+")[least] if least < len("*+") else f"{{{least},}}"
    if least == most:
        return "" if least == 1 else f"{{{least}}}"
    return "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"


def _rust_set(codes: frozenset[int]) -> str:
    members = "".join(
        _rust_byte(low) if low == high else f"{_rust_byte(low)}-{_rust_byte(high)}"
        for low, high in _spans(codes)
    )
    return members if len(codes) == 1 else f"[{members}]"


def _rust_byte(code: int) -> str:
    return chr(code) if code in _WORD else f"\\x{code:02x}"


def _posix_set(codes: frozenset[int]) -> bytes:
    """A bracket expression; what has a meaning in it stands where it has none."""
    if len(codes) == 1:
        code = bytes(codes)
        return b"\\" + code if code in _POSIX_SIGNS else code
    # No argument of a program can have a NUL: such a set is told by what it hasn't.
    is_negated = 0 in codes
    members = frozenset(range(256)) - codes - {NEWLINE} if is_negated else codes
    if not members:
        return b"."
    plain = b"".join(
        bytes((low,)) if low == high else bytes((low, ord("-"), high))
        for low, high in _spans(members - set(_BRACKET_SIGNS))
    )
    first, *last = (bytes((code,)) if code in members else b"" for code in _BRACKET_SIGNS)
    inside = first + plain + b"".join(last)
    if inside == b"^-":
        inside = b"-^"
    return b"[" + (b"^" if is_negated else b"") + inside + b"]"


def _spans(codes: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of codes that follow each other."""
    found: list[tuple[int, int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found
