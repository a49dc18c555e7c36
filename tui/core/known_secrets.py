"""Finding known secrets in text, in whatever form they stand there."""

from __future__ import annotations

import re
import string
from base64 import b64encode
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.core.disguises import disguises_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.core.disguises import Disguises

MASK = "•••"
"""What stands where a secret stood."""

SHORTEST_FOLDED = 8
"""Shorter secrets are not looked for across blanks and line breaks, where chance would make them up."""

SHORTEST_PIECE = 32
"""Characters of a longer secret that count as much as all of it: whoever wraps lines tears it apart."""

_LONGEST_ENCODED = 128
"""Pieces of longer secrets are looked for as they are alone: in base64 they would be hundreds."""

_SAMPLE = SHORTEST_PIECE // 2
"""Characters of the samples of which one is in each piece, wherever it begins."""

_BREAK = re.compile(r"\s+")
_ANY_BREAK = re.compile(r"(?:\s|\\{1,4}[nr]|\\(?=\s))+")
"""White space in which a text may have been folded, also as it is escaped."""

_BASE64 = frozenset(f"{string.ascii_letters}{string.digits}_+/=-")
_HEX = frozenset(string.hexdigits)
_NO_WORD: frozenset[str] = frozenset()

Span: TypeAlias = tuple[int, int]
"""Where something begins, and where it ends."""


class KnownSecrets:
    """Some secrets and how they look; made anew when there is another one."""

    def __init__(self, known: Sequence[tuple[str, Disguises]] = ()) -> None:
        """Prepare the search.

        Args:
            known: Each secret, and its forms.
        """
        self._folded = _Search([_squeezed(item) for item in known if _may_be_folded(item[0])])
        self._as_is = _Search([item for item in known if not _may_be_folded(item[0]) or _has_breaks(item[0])])
        # A mask can bring the halves of a secret together only if the secret holds a part of a mask.
        self.may_join = any(MASK[0] in secret for secret, _ in known)
        """Whether a masked text has to be looked through once more."""
        self._is_empty = not known

    def __bool__(self) -> bool:
        return not self._is_empty

    def hide(self, text: str) -> str:
        """The text with a mask in the place of each secret; blanks and line breaks inside of one stay."""
        if self._is_empty:
            return text
        while spans := self.spans(text):
            text = _masked(text, spans, keeps_lines=not self.may_join)
            if not self.may_join:
                break
            # Each round shortens the text, so this ends.
        return text

    def spans(self, text: str) -> list[Span]:
        """Where the secrets are, in their order; of one that was torn apart each part."""
        if self._is_empty:
            return []
        found = [hit.widened(text) for hit in self._as_is.hits(text)]
        found += self._torn(text)
        return _merged(found) if found else found

    def _torn(self, text: str) -> Iterator[Span]:
        """Secrets that may be whole only when white space is taken out, part by part."""
        is_escaped = "\\" in text
        flat = _ANY_BREAK.sub("", text) if is_escaped else "".join(text.split())
        hits = list(self._folded.hits(flat))
        if not hits:
            return
        if len(flat) == len(text):
            yield from (hit.widened(text) for hit in hits)
            return
        breaks = [match.span() for match in (_ANY_BREAK if is_escaped else _BREAK).finditer(text)]
        starts = [0, *(end for _, end in breaks)]
        ends = [*(start for start, _ in breaks), len(text)]
        offsets = [0, *accumulate(end - start for start, end in zip(starts, ends, strict=True))]
        for hit in hits:
            index = bisect_right(offsets, hit.start) - 1
            while index < len(starts) and offsets[index] < hit.end:
                before = max(hit.start, offsets[index]) - offsets[index]
                after = min(hit.end, offsets[index + 1]) - offsets[index]
                yield _Hit(starts[index] + before, starts[index] + after, hit.alphabet).widened(text)
                index += 1


class _Hit(NamedTuple):
    """Where a form of a secret is."""

    start: int
    end: int
    alphabet: frozenset[str] = _NO_WORD
    """What the words are made of that are masked as wholes, for what stands around it tells of it, too."""

    def widened(self, text: str) -> Span:
        start, end, alphabet = self
        while start > 0 and text[start - 1] in alphabet:
            start -= 1
        while end < len(text) and text[end] in alphabet:
            end += 1
        return start, end


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

    def hits(self, text: str) -> Iterator[_Hit]:
        if not self._patterns:
            return
        lowered, standard = _lowered(text), _standard(text)
        for anchor, pattern in self._patterns:
            if anchor in lowered:
                yield from (_Hit(*match.span()) for match in pattern.finditer(text))
        yield from _places(standard, self._cores, _BASE64)
        yield from _places(lowered, self._digits, _HEX)
        if "%" in text or "\\" in text or "&#" in text:
            yield from _places(lowered, self._escapes, _NO_WORD)
        covered: dict[str, list[_Hit]] = {}
        for sample, form, place in self._samples:
            if sample in standard:
                known = covered.setdefault(form, [])
                # Else each sample of a long secret would be followed to both its ends again.
                found = list(_pieces(standard, sample, form, place, known))
                known += found
                yield from found


def _may_be_folded(secret: str) -> bool:
    """Whether a secret is looked for across white space: not what neighbouring words or numbers may be."""
    bare = "".join(secret.split())
    return len(bare) >= SHORTEST_FOLDED and not (bare.isalpha() or bare.isdigit())


def _has_breaks(secret: str) -> bool:
    """Whether what is taken for a break in a text may be a part of the secret."""
    return "\\" in secret or _BREAK.search(secret) is not None


def _squeezed(item: tuple[str, Disguises]) -> tuple[str, Disguises]:
    """A secret as it is looked for in a text without white space."""
    secret, disguises = item
    bare = "".join(secret.split())
    if bare == secret:
        return item
    plain = disguises_of(bare)
    # What encodes the secret as a whole encodes its white space, too.
    return bare, replace(disguises, anchor=plain.anchor, pattern=plain.pattern)


def _standard(text: str) -> str:
    """The text in the standard alphabet of base64."""
    return text.replace("-", "+").replace("_", "/")


def _lowered(text: str) -> str:
    """The text in lower case, each character in its place."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _places(searched: str, needles: Sequence[str], alphabet: frozenset[str]) -> Iterator[_Hit]:
    for needle in needles:
        at = searched.find(needle)
        while at >= 0:
            yield _Hit(at, at + len(needle), alphabet)
            at = searched.find(needle, at + len(needle))


def _pieces(text: str, sample: str, form: str, place: int, known: Sequence[_Hit]) -> Iterator[_Hit]:
    """Where long pieces of a form are that hold a sample of it.

    Args:
        text: The text.
        sample: Some characters of the form.
        form: All of it.
        place: Where the sample is in it.
        known: Pieces that were found already; what lies in one of them is passed over.
    """
    at = text.find(sample)
    while at >= 0:
        inside = next((hit.end for hit in known if hit.start <= at and at + len(sample) <= hit.end), None)
        if inside is not None:
            at = text.find(sample, max(at + 1, inside - len(sample) + 1))
            continue
        start, end = at, at + len(sample)
        while start > 0 and place - (at - start) > 0 and text[start - 1] == form[place - (at - start) - 1]:
            start -= 1
        while end < len(text) and place + end - at < len(form) and text[end] == form[place + end - at]:
            end += 1
        if end - start >= SHORTEST_PIECE:
            yield _Hit(start, end)
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


def _masked(text: str, spans: Sequence[Span], *, keeps_lines: bool) -> str:
    pieces, at = [], 0
    for start, end in spans:
        ends = "\n" * text.count("\n", start, end) if keeps_lines else ""
        pieces += [text[at:start], MASK, ends]
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
