"""Turning the bytes of a log into UTF-8, whatever their system encodes them in."""

from __future__ import annotations

import codecs


class AsUtf8:
    """Takes bytes piece by piece, cut anywhere. UTF-8 is left as it is, also where it is broken."""

    def __init__(self, encoding: str) -> None:
        """Begin.

        Args:
            encoding: What the bytes are encoded in; one that is not known counts as UTF-8.
        """
        self._decoder = _decoder(encoding)

    def feed(self, data: bytes, *, is_last: bool = False) -> bytes:
        """The next bytes as UTF-8.

        Args:
            data: As the system sent them.
            is_last: Whether nothing follows.
        """
        if self._decoder is None:
            return data
        return self._decoder.decode(data, final=is_last).encode("utf-8", "replace")


def _decoder(encoding: str) -> codecs.IncrementalDecoder | None:
    """What decodes; None where the bytes are UTF-8 already, or nobody knows what they are."""
    try:
        if codecs.lookup(encoding).name in ("utf-8", "ascii"):
            return None
        return codecs.getincrementaldecoder(encoding)(errors="replace")
    except LookupError:
        return None
