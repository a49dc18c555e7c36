"""Writing texts as words of a POSIX shell: runnable whatever they hold, and harmless to look at."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tui.engine.secret_pieces import Digest, Encoded, Hole, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.engine.secret_pieces import Piece

_PERCENT = "%"


def word(pieces: Sequence[Piece]) -> str:
    """One word that a shell makes the text of again; variables hold the secrets."""
    return "".join(map(_written, pieces)) or "''"


def quoted(text: str) -> str:
    """A text without secrets as one word. A NUL, which no word can hold, is left out."""
    return "".join(_quoted(text)) or "''"


def printf_words(pieces: Sequence[Piece]) -> str:
    """A `printf` command that prints exactly these bytes, also those that no word can hold.

    Args:
        pieces: The text with a character for each byte.
    """
    form, arguments = [], []
    for piece in pieces:
        if isinstance(piece, Text):
            form.append("".join(map(_octal_unless_plain, piece.text)))
        else:
            form.append("%s")
            arguments.append(_written(piece))
    return " ".join(["printf", f"'{''.join(form)}'", *arguments])


def _written(piece: Piece) -> str:
    if isinstance(piece, Text):
        return quoted(piece.text)
    if isinstance(piece, Hole):
        return f'"${piece.name}"'
    inner = f"printf %s {word(piece.pieces)}"
    if isinstance(piece, Digest):
        return f'"$({inner} | sha256sum | cut -c1-64)"'
    return f'"$({inner} | base64 | {_tidied(piece)})"'


def _tidied(piece: Encoded) -> str:
    """`base64` breaks lines, and knows one alphabet: not every one of them can be told otherwise."""
    unwanted = r"'\n'" if piece.is_padded else r"'=\n'"
    return f"tr -d {unwanted}" + (" | tr +/ -_" if piece.is_url_safe else "")


def _quoted(text: str) -> Iterable[str]:
    at = 0
    for end, is_visible in _runs(text):
        part, at = text[at:end], end
        if is_visible:
            yield shlex.quote(part)
        elif part := part.replace("\0", ""):
            octal = "".join(f"\\{byte:03o}" for byte in b"".join(map(_bytes, part)))
            yield f"\"$(printf '{octal}')\""


def _runs(text: str) -> Iterable[tuple[int, bool]]:
    """Where each run of visible or of other characters ends."""
    was_visible = None
    for at, character in enumerate(text):
        # The end of a line is fine inside quotes, and at the end of `$(…)` it would be lost.
        is_visible = character.isprintable() or character == "\n"
        if was_visible is not None and is_visible != was_visible:
            yield at, was_visible
        was_visible = is_visible
    if was_visible is not None:
        yield len(text), was_visible


def _bytes(character: str) -> bytes:
    """As the system has it: what is no character of a file's or an argument's text was one byte of it."""
    is_byte = "\udc80" <= character <= "\udcff"
    return character.encode("utf-8", "surrogateescape" if is_byte else "surrogatepass")


def _octal_unless_plain(byte: str) -> str:
    if byte.isascii() and byte.isprintable() and byte not in "-'\\":
        return byte * 2 if byte == _PERCENT else byte
    return f"\\{ord(byte):03o}"
