"""Finding known secrets in text, in whatever form they stand there."""

from __future__ import annotations

import re
import string
from base64 import b64encode
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.core.disguises import Disguises

MASK = "•••"
"""What stands where a secret stood."""

SHORTEST_FOLDED = 8
"""Shorter secrets are not looked for across line breaks, where chance would make them up."""

SHORTEST_PIECE = 32
"""Characters of a longer secret that count as much as all of it: whoever wraps lines tears it apart."""

_LONGEST_ENCODED = 128
"""Pieces of longer secrets are looked for as they are alone: in base64 they would be hundreds."""

_SAMPLE = SHORTEST_PIECE // 2
"""Characters of the samples of which one is in each piece, wherever it begins."""

_BREAK = re.compile(r"\n")
_ANY_BREAK = re.compile(r"\n|\\{1,4}[nr]")
_BEFORE_BREAK, _AFTER_BREAK = " \t\r\\", " \t"
"""What belongs to a break rather than to the text beside it."""

_BASE64 = frozenset(f"{string.ascii_letters}{string.digits}_+/=-")
_HEX = frozenset(string.hexdigits)
Span: TypeAlias = tuple[int, int]
"""Where something begins, and where it ends."""


class KnownSecrets:
    """Some secrets and how they look; made anew when there is another one."""

    def __init__(self, known: Sequence[tuple[str, Disguises]] = ()) -> None:
        """Prepare the search.

        Args:
            known: Each secret, and its forms.
        """
        self._foldable = _Search([item for item in known if _is_foldable(item[0])])
        self._others = _Search([item for item in known if not _is_foldable(item[0])])
        # A mask can bring the halves of a secret together only if the secret holds a part of a mask.
        self.may_join = any(MASK[0] in secret for secret, _ in known)
        """Whether a masked text has to be looked through once more."""
        self._is_empty = not known

    def __bool__(self) -> bool:
        return not self._is_empty

    def hide(self, text: str) -> str:
        """The text with a mask in the place of each secret; line breaks inside of one stay."""
        if self._is_empty:
            return text
        while spans := self.spans(text):
            text = _masked(text, spans)
            if not self.may_join:
                break
            # Each round shortens the text, so this ends.
        return text

    def spans(self, text: str) -> list[Span]:
        """Where the secrets are, in their order; of one that was folded each part."""
        if self._is_empty:
            return []
        found = list(self._others.spans(text))
        is_folded = "\n" in text or "\\n" in text or "\\r" in text
        found += self._folded(text) if is_folded else self._foldable.spans(text)
        return _merged(found) if found else found

    def _folded(self, text: str) -> Iterator[Span]:
        """Secrets that may be whole only when line breaks are taken out, part by part."""
        starts, parts, at = [], [], 0
        breaks = (_ANY_BREAK if "\\" in text else _BREAK).finditer(text)
        for start, end in (*(match.span() for match in breaks), (len(text), len(text))):
            part = text[at:start]
            part = part.rstrip(_BEFORE_BREAK) if end > start else part
            bare = part.lstrip(_AFTER_BREAK) if at else part
            starts.append(at + len(part) - len(bare))
            parts.append(bare)
            at = end
        offsets = [0, *accumulate(map(len, parts))]
        for start, end in self._foldable.spans("".join(parts)):
            index = bisect_right(offsets, start) - 1
            while index < len(parts) and offsets[index] < end:
                before = max(start, offsets[index]) - offsets[index]
                after = min(end, offsets[index + 1]) - offsets[index]
                yield starts[index] + before, starts[index] + after
                index += 1


class _Search:
    """All that is looked for, the same things once."""

    def __init__(self, known: Sequence[tuple[str, Disguises]]) -> None:
        forms = [disguises for _, disguises in known]
        self._patterns = [(each.anchor, each.pattern) for each in forms]
        self._cores = tuple(dict.fromkeys(core for each in forms for core in each.cores))
        self._digits = tuple(dict.fromkeys(digits for each in forms for digits in each.digits))
        self._escapes = tuple(dict.fromkeys(escaped for each in forms for escaped in each.escapes))
        self._samples = tuple(
            (form[at : at + _SAMPLE], form, at)
            for form in _long_forms([secret for secret, _ in known])
            for at in range(0, len(form) - _SAMPLE + 1, _SAMPLE)
        )

    def spans(self, text: str) -> Iterator[Span]:
        lowered, standard = _lowered(text), _standard(text)
        for anchor, pattern in self._patterns:
            if anchor in lowered:
                yield from (match.span() for match in pattern.finditer(text))
        yield from _words(text, standard, self._cores, _BASE64)
        yield from _words(text, lowered, self._digits, _HEX)
        if "%" in text or "\\" in text or "&#" in text:
            yield from _words(text, lowered, self._escapes, frozenset())
        found: dict[str, list[Span]] = {}
        for sample, form, place in self._samples:
            if sample in standard:
                yield from _pieces(standard, sample, form, place, found.setdefault(form, []))


def _is_foldable(secret: str) -> bool:
    """Whether a secret is looked for across line breaks; white space in one may be a break as it is."""
    return len(secret) >= SHORTEST_FOLDED and "\\" not in secret and not re.search(r"\s", secret)


def _standard(text: str) -> str:
    """The text in the standard alphabet of base64."""
    return text.replace("-", "+").replace("_", "/")


def _lowered(text: str) -> str:
    """The text in lower case, each character in its place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _words(text: str, searched: str, needles: Sequence[str], alphabet: frozenset[str]) -> Iterator[Span]:
    """Where the words are that hold a needle: whole ones, for what stands around a secret tells of it too.

    Args:
        text: The text.
        searched: The same in the form of the needles, each character in its place.
        needles: What is looked for.
        alphabet: What such words are made of.
    """
    for needle in needles:
        at = searched.find(needle)
        while at >= 0:
            start, end = at, at + len(needle)
            while start > 0 and text[start - 1] in alphabet:
                start -= 1
            while end < len(text) and text[end] in alphabet:
                end += 1
            yield start, end
            at = searched.find(needle, end)


def _pieces(text: str, sample: str, form: str, place: int, found: list[Span]) -> Iterator[Span]:
    """Where long pieces of a form are that hold a sample of it.

    Args:
        text: The text.
        sample: Some characters of the form.
        form: All of it.
        place: Where the sample is in it.
        found: The pieces that were found by other samples: what lies in one of them is not measured again.
    """
    at = text.find(sample)
    while at >= 0:
        start, end = at, at + len(sample)
        around = next((known for known in found if known[0] <= start and end <= known[1]), None)
        if around is not None:
            at = text.find(sample, around[1] - len(sample) + 1)
            continue
        while start > 0 and place - (at - start) > 0 and text[start - 1] == form[place - (at - start) - 1]:
            start -= 1
        while end < len(text) and place + end - at < len(form) and text[end] == form[place + end - at]:
            end += 1
        found.append((start, end))
        if end - start >= SHORTEST_PIECE:
            yield start, end
        at = text.find(sample, end)


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _masked(text: str, spans: Sequence[Span]) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [text[at:start], MASK]
        at = end
    return "".join([*pieces, text[at:]])


def _long_forms(secrets: Sequence[str]) -> Iterator[str]:
    """The forms of long secrets of which a piece tells enough; of an address it may be a mere host."""
    for secret in secrets:
        if "://" in secret:
            continue
        raw = secret.encode("utf-8", "surrogatepass")
        encoded = [
            b64encode(bytes(shift) + raw).decode("ascii")[4 * bool(shift) :].rstrip("=") for shift in range(3)
        ]
        forms = [_standard(secret), *(encoded if len(secret) <= _LONGEST_ENCODED else ())]
        yield from (form for form in forms if len(form) > SHORTEST_PIECE)
