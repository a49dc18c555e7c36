"""Short texts one of which every matching line has: the fastest thing to look for in the bytes of a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.logs.pattern_tree import Chars, Choice, Repeat, Row, tree_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.logs.pattern_tree import Node

MOST = 48
"""So many texts at once are still found fast."""

_PRINTABLE = frozenset(range(33, 127))
"""What is shown as it is and stays one byte; a space may have been a tab."""

_CODE_POINT = re.compile(r"[Uu+0-9A-Fa-f]*")
"""Text that may stand within the picture of a hidden character, such as `<U+202E>`."""

_PENALTY = 1


class Needles(NamedTuple):
    """Texts one of which a line has, unless colours divide it."""

    texts: tuple[bytes, ...]
    ignores_case: bool
    """Whether case does not matter in any of them; they are in small letters then."""
    may_be_hidden: bool
    """Whether what they stand for may have been made from bytes beyond ASCII."""
    is_whole: bool
    """Whether every line that has one of them matches."""


def needles_of(pattern: re.Pattern[str]) -> Needles | None:
    """The most telling of such texts; None when the pattern asks for none."""
    tree = tree_of(pattern)
    found = _best(tree) if tree is not None else None
    if tree is None or found is None:
        return None
    ignores_case = any(len(letters) > 1 for text in found for letters in text)
    spelt = dict.fromkeys(_spelt(text, ignores_case=ignores_case).encode() for text in found)
    # What has another one in it is found with that.
    texts = tuple(text for text in spelt if not any(other in text for other in spelt if other != text))
    if len(texts) > MOST:
        return None
    is_whole = all(isinstance(item, Chars) for item in _items(tree)) and len(found[0]) == len(_items(tree))
    return Needles(texts, ignores_case, not all(map(_is_plain, texts)), is_whole)


_Text: TypeAlias = "tuple[frozenset[int], ...]"
"""Characters one after the other, each with the letters that count as equal."""


def _best(node: Node) -> Sequence[_Text] | None:
    """Texts one of which is in everything that a node matches."""
    if isinstance(node, Chars):
        return [(node.chars,)] if _is_letter(node) else None
    if isinstance(node, Row):
        return _best_in_row(node.items)
    if isinstance(node, Choice):
        options = [_best(option) for option in node.options]
        return [text for option in options for text in option or ()] if all(options) else None
    if isinstance(node, Repeat) and node.least > 0:
        return _best(node.item)
    return None


def _best_in_row(items: Sequence[Node]) -> Sequence[_Text] | None:
    found: list[Sequence[_Text]] = []
    run: list[frozenset[int]] = []
    for item in items:
        if isinstance(item, Chars) and _is_letter(item):
            run.append(item.chars)
            continue
        if run:
            found.append([tuple(run)])
            run = []
        inner = _best(item)
        if inner is not None:
            found.append(inner)
    if run:
        found.append([tuple(run)])
    return max(found, key=_worth, default=None)


def _worth(texts: Sequence[_Text]) -> tuple[int, int]:
    """Longer ones are rarer, fewer are found faster."""
    spelt = [_spelt(text, ignores_case=True).encode() for text in texts]
    return min(len(text) - _PENALTY * (not _is_plain(text)) for text in spelt), -len(spelt)


def _is_letter(chars: Chars) -> bool:
    """Whether it stands for one printable character, in small or capital letters."""
    found = chars.chars
    return (
        0 < len(found) <= len("aA")
        and found <= _PRINTABLE
        and len({chr(code).lower() for code in found}) == 1
    )


def _is_plain(text: bytes) -> bool:
    """Whether it can't be part of the picture of a hidden character."""
    spelt = text.decode()
    return "<" not in spelt and ">" not in spelt and _CODE_POINT.fullmatch(spelt) is None


def _spelt(text: _Text, *, ignores_case: bool) -> str:
    spelt = "".join(chr(max(letters)) for letters in text)
    return spelt.lower() if ignores_case else spelt


def _items(tree: Node) -> tuple[Node, ...]:
    return tree.items if isinstance(tree, Row) else (tree,)
