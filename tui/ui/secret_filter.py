"""The last look at every line before it is painted: no known secret is in it, wherever it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

from tui.core.redaction import MASK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.color import Color

    from tui.core.known_secrets import KnownSecrets, Span


class SecretFilter(LineFilter):
    """Masks secrets where they stand, so that nothing beside them moves."""

    def __init__(self, known: KnownSecrets) -> None:
        """Prepare it.

        Args:
            known: What may not be painted.
        """
        super().__init__()
        self.known = known
        """What may not be painted."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments without secrets, as wide as before."""
        del background
        spans = self.known.spans("".join(text for text, _, control in segments if not control))
        return _masked(segments, spans) if spans else segments


def _masked(segments: Sequence[Segment], spans: Sequence[Span]) -> list[Segment]:
    masked, at = [], 0
    for segment in segments:
        text, style, control = segment
        if control:
            masked.append(segment)
            continue
        masked.append(Segment(_without(text, at, spans), style))
        at += len(text)
    return masked


def _without(text: str, at: int, spans: Sequence[Span]) -> str:
    """A piece of a line without its share of what is masked.

    Args:
        text: The piece.
        at: Where it begins in the line.
        spans: What is masked of the line.
    """
    pieces, done = [], 0
    for first, last in spans:
        start, end = max(first - at, 0), min(last - at, len(text))
        if start < end:
            width = cell_len(text[start:end])
            # The mask stands where the secret begins; the rest of its room is blank.
            mask = MASK if first >= at else ""
            pieces += [text[done:start], mask[:width].ljust(width)]
            done = end
    return "".join([*pieces, text[done:]])
