"""Keeping known secrets out of logs: of lines on the screen, of blocks on their way out, of what is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.logs.lines import without_colours

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.redaction import Redactor

CONTEXT = 256
"""Bytes beside a line that are looked at for the rest of a secret that goes on there."""

_LONGEST_HELD = 1 << 16
"""Bytes of a line without an end that are kept back."""


def hidden(text: str, redactor: Redactor | None) -> str:
    """Lines without known secrets; those in which one was lose their colours, which may tear it apart.

    Args:
        text: Any number of lines. There are as many afterwards.
        redactor: Knows the secrets; None hides nothing.
    """
    if redactor is None or not redactor.known:
        return text
    if "\x1b" not in text:
        return redactor.hide(text)
    plain = without_colours(text)
    masked = redactor.hide(plain)
    if masked == plain:
        return text
    lines = zip(text.split("\n"), plain.split("\n"), masked.split("\n"), strict=True)
    return "\n".join(coloured if before == after else after for coloured, before, after in lines)


def hidden_bytes(data: bytes, redactor: Redactor | None) -> bytes:
    """Lines of UTF-8, and whatever else is in them, without known secrets.

    Args:
        data: Any number of lines. There are as many afterwards.
        redactor: Knows the secrets; None hides nothing.
    """
    if redactor is None or not redactor.known:
        return data
    return hidden(data.decode("utf-8", "surrogateescape"), redactor).encode("utf-8", "surrogateescape")


def hidden_between(
    text: str, read: Callable[[int, int], bytes], start: int, end: int, redactor: Redactor | None
) -> str:
    """Lines without known secrets, also without those that begin before them or go on after them.

    Args:
        text: The lines; no line end behind the last one.
        read: Gives so many bytes of their file from an offset on, fewer at its end.
        start: Where they begin in the file.
        end: Where what follows begins.
        redactor: Knows the secrets; None hides nothing.
    """
    if redactor is None or not redactor.known:
        return text
    before = min(CONTEXT, start)
    head = read(start - before, before).removesuffix(b"\n").rpartition(b"\n")[2] if before else b""
    tail = read(end, CONTEXT).partition(b"\n")[0]
    lines = hidden(f"{_decoded(head)}\n{text}\n{_decoded(tail)}", redactor)
    return lines[lines.index("\n") + 1 : lines.rindex("\n")]


class HidingStream:
    """Takes known secrets out of a text that comes in pieces, also those that come in two of them."""

    def __init__(self, redactor: Redactor | None) -> None:
        """Begin.

        Args:
            redactor: Knows the secrets; None hides nothing.
        """
        self._redactor = redactor
        self._held = b""

    def feed(self, data: bytes, *, is_last: bool = False) -> bytes:
        """What can be kept after the next piece.

        A line without an end waits for the next piece; one that brings nothing sets it free.

        Args:
            data: UTF-8, but for what could not be decoded.
            is_last: Whether nothing follows.
        """
        if self._redactor is None or not (self._redactor.known or self._held):
            return data
        whole = self._held + data
        cut = len(whole)
        if data and not is_last:
            cut = max(whole.rfind(b"\n"), whole.rfind(b"\r")) + 1
            cut = len(whole) if len(whole) - cut > _LONGEST_HELD else cut
        self._held = whole[cut:]
        return hidden_bytes(whole[:cut], self._redactor)


def _decoded(raw: bytes) -> str:
    return without_colours(raw.decode("utf-8", "replace").rstrip("\r"))
