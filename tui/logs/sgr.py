"""What a log may do with colour sequences (SGR): change how text looks, but never hide it."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEQUENCE = r"\x1b\[[0-9;:]{0,60}m"
"""Matches such a sequence; no program needs a longer one, and some terminals stumble over it."""

_FOREGROUND, _BACKGROUND, _UNDERLINE_COLOUR = 38, 48, 58
_EXTENDED = (_FOREGROUND, _BACKGROUND, _UNDERLINE_COLOUR)
_BY_NUMBER, _BY_SHARES = 5, 2
_UNDERLINE, _NO_UNDERLINE = 4, 24
_BRIGHTEST = 255
_WITH_SPACE = 4

_SAFE = frozenset(
    [
        *(0, 1, 2, 3, _UNDERLINE, 7, 9),  # no blinking (5, 6), nothing concealed (8), no other fonts (10-20)
        *(21, 22, 23, _NO_UNDERLINE, 27, 29),
        *range(30, 38),
        *range(39, 48),
        49,
        *range(90, 98),
        *range(100, 108),
    ]
)


@lru_cache(maxsize=1024)
def safe_sequence(sequence: str) -> str:
    """What a sequence may still do, in the form that every terminal knows; empty when that is nothing.

    Args:
        sequence: Matches `SEQUENCE`.
    """
    parameters = sequence[2:-1]
    if not parameters:
        return sequence
    kept = ";".join(_safe(parameters.split(";")))
    return f"\x1b[{kept}m" if kept else ""


def _safe(parameters: Sequence[str]) -> Iterator[str]:
    rest = iter(parameters)
    for parameter in rest:
        if ":" in parameter:
            yield from _of_parts([_number(part) for part in parameter.split(":")])
            continue
        code = _number(parameter)
        if code in _EXTENDED:
            kind = _number(next(rest, ""))
            count = {_BY_NUMBER: 1, _BY_SHARES: 3}.get(kind)
            if count is None:
                # Terminals don't agree on where such a colour ends: what follows could mean anything.
                return
            yield from _colour(code, kind, list(map(_number, islice(rest, count))))
        elif code in _SAFE:
            yield str(code)


def _of_parts(parts: Sequence[int]) -> Iterator[str]:
    """A parameter with parts of its own: `38:2::255:0:0`, `4:3`."""
    code, kind, *values = parts
    if code == _UNDERLINE:
        yield str(_UNDERLINE if kind else _NO_UNDERLINE)
    elif code in _EXTENDED:
        if kind == _BY_SHARES and len(values) >= _WITH_SPACE:
            # The first part names a space of colours.
            values = values[1:4]
        yield from _colour(code, kind, values)


def _colour(code: int, kind: int, values: Sequence[int]) -> Iterator[str]:
    is_whole = len(values) == {_BY_NUMBER: 1, _BY_SHARES: 3}.get(kind)
    if is_whole and code != _UNDERLINE_COLOUR and all(value <= _BRIGHTEST for value in values):
        yield ";".join(map(str, (code, kind, *values)))


def _number(parameter: str) -> int:
    return int(parameter) if parameter else 0
