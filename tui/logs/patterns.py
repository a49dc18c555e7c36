r"""What somebody searches a log for: a regular expression, or plain text where it is none.

- A text is a regular expression as Python's `re` knows them. One that is none, or that could take forever on
  some line, is searched as plain text, and `problem` tells why.
- A text that begins with `\V`, as in vim, is plain text whatever follows: `\Va.b (c` finds `a.b (c`.
- Smart case: case matters only when there is an upper-case letter; those of `\S`, `\N{...}` or `(?P<...>`
  don't count.

What is searched is a line as it is shown: decoded, without colours, tabs as spaces, of a line that carriage
returns rewrote the last version, at most as long as lines are shown.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

from tui.logs.lines import LONGEST_LINE
from tui.logs.pattern_checks import is_hopeless
from tui.logs.pattern_tree import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable

PLAIN = r"\V"
"""Begins a text in which no sign has a meaning of its own."""

LONGEST_SEARCH = 1_000
"""Characters of a search; nobody types more, and long patterns take long to make ready."""

MOST_SPANS = 500
"""Matches of a line that are told: more are not told apart by anybody."""

_LONGEST_TEXT = LONGEST_LINE + 40
_SIGNS = frozenset(r"\.^$*+?{}[]|()")
_NO_CASE = re.compile(r"\\N\{[^}]*\}?|\\x..|\\[uU]\w*|\\.|\(\?P[<=>]\w*", re.DOTALL)
"""What has letters without being text."""


class Search(NamedTuple):
    """What is looked for in the lines of a log."""

    text: str
    """As it was typed."""
    pattern: re.Pattern[str]
    """What it means."""
    is_plain: bool = False
    """Whether it is searched as text, not as a regular expression."""
    problem: str | None = None
    """Why it is no regular expression although it looks like one."""

    def matches(self, text: str) -> bool:
        """Whether a line has it."""
        return self.pattern.search(text) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where it stands in a line: first character and the one after the last; never nothing at all."""
        found: list[tuple[int, int]] = []
        for match in self.pattern.finditer(text, 0, _LONGEST_TEXT):
            if match.end() > match.start():
                found.append(match.span())
                if len(found) == MOST_SPANS:
                    break
        return found


def parse_search(text: str) -> Search | None:
    """What a typed text searches for; None when there is nothing to search for."""
    text = text[:LONGEST_SEARCH]
    if text.startswith(PLAIN):
        plain = text.removeprefix(PLAIN)
        return _plain(text, plain) if plain else None
    if not text:
        return None
    if not _SIGNS & set(text):
        return _plain(text, text)
    try:
        search = search_for(_compiled(text, 0 if _has_upper(_NO_CASE.sub("", text)) else re.IGNORECASE), text)
        tree = tree_of(search.pattern)
        if tree is not None and is_hopeless(tree):
            return _plain(text, text, "it could take forever: a repeat within a repeat")
    except re.error as error:
        return _plain(text, text, error.msg)
    except (RecursionError, OverflowError):
        return _plain(text, text, "it is too complicated")
    return search


def search_for(pattern: re.Pattern[str], text: str | None = None) -> Search:
    """A search that was not typed, such as for errors."""
    return Search(pattern.pattern if text is None else text, pattern)


def united_spans(searches: Iterable[Search], text: str) -> list[tuple[int, int]]:
    """Where any of some searches stands in a line, in order, without overlaps."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(span for search in searches for span in search.spans(text)):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _plain(text: str, plain: str, problem: str | None = None) -> Search:
    flags = 0 if _has_upper(plain) else re.IGNORECASE
    # Letters of other scripts that count as equal to ASCII ones would only surprise, and cost time.
    flags |= re.ASCII if plain.isascii() else 0
    return Search(text, re.compile(re.escape(plain), flags), is_plain=True, problem=problem)


def _compiled(text: str, flags: int) -> re.Pattern[str]:
    with warnings.catch_warnings():
        # About what other programs, or a later Python, would take for nested sets.
        warnings.simplefilter("ignore")
        return re.compile(text, flags)


def _has_upper(text: str) -> bool:
    return any(character.isupper() for character in text)
