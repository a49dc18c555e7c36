"""Reading JSON of any size without keeping the event loop from its other work."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tui.transport.limits import BLOCK_CHARS, LARGE_JSON_CHARS, MAX_JSON_VALUES
from tui.transport.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Generator

_DECODER = json.JSONDecoder(strict=False)
"""Not strict: some systems put raw line breaks into strings."""

_DEEPEST_WRAPPER = 4
"""Objects around the records that are taken apart in steps; known systems use at most two."""

_SIGNS = ("[", "{", ",")
"""Before each value of an array or object stands one of these, or it is the whole text."""

_STRING_OR_SIGN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{,]', re.DOTALL)
_COUNTED_AT_ONCE = 5000

_PIECES_AT_ONCE = 10_000

_BLANK = re.compile(r"[ \t\r\n]*+")
_UP_TO_HALF_SURROGATE = re.compile(
    r"((?:[^\\]{1,512}+|\\[^u]|\\u(?![dD][89a-fA-F])"
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}){0,500}+)"
    r"(\\u[dD][89a-fA-F][0-9a-fA-F]{2})?"
)
"""As much of a text as is in order, up to 256 kB, and the half surrogate after it if there is one."""


class TooManyValues(ValueError):
    """A JSON text that is well, and has more values than anybody needs."""


async def parse_json(text: str) -> Any:
    """The value of a JSON text; a large one is parsed in short steps.

    Raises:
        ValueError: It is no JSON.
        TooManyValues: It is larger than anything that is meant seriously.
    """
    try:
        text = await in_turns(_without_half_surrogates(text))
        if len(text) <= LARGE_JSON_CHARS:
            return _DECODER.decode(text)
        await in_turns(_checking_size(text))
        return await in_turns(_steps(text))
    except RecursionError:
        pass
    raise ValueError("it is nested too deeply")


def _checking_size(text: str) -> Generator[None, None, None]:
    """Count the values. Raises TooManyValues.

    A quick count takes the signs inside of strings as well; only if that is too much it is made exactly.
    """
    count = 0
    for start in range(0, len(text), BLOCK_CHARS):
        count += sum(text.count(sign, start, start + BLOCK_CHARS) for sign in _SIGNS)
        yield
    if count <= MAX_JSON_VALUES:
        return
    count = 0
    for token in _STRING_OR_SIGN.finditer(text):
        if token[0] in _SIGNS:
            count += 1
        if count > MAX_JSON_VALUES:
            raise TooManyValues(f"more than {MAX_JSON_VALUES:,} values")
        if count % _COUNTED_AT_ONCE == 0:
            yield


def _steps(text: str) -> Generator[None, None, Any]:
    value, end = yield from _value(text, _skip(text, 0), 0)
    if _skip(text, end) != len(text):
        raise json.JSONDecodeError("Extra data", text, end)
    return value


def _value(text: str, at: int, depth: int) -> Generator[None, None, tuple[Any, int]]:
    """A value in steps: an array record by record, the objects around it member by member."""
    first = text[at : at + 1]
    if first == "[":
        return (yield from _array(text, at + 1))
    if first == "{" and depth < _DEEPEST_WRAPPER:
        return (yield from _object(text, at + 1, depth + 1))
    return _DECODER.raw_decode(text, at)


def _array(text: str, at: int) -> Generator[None, None, tuple[list[Any], int]]:
    records: list[Any] = []
    at = _skip(text, at)
    if text[at : at + 1] == "]":
        return records, at + 1
    while True:
        record, at = _DECODER.raw_decode(text, _skip(text, at))
        records.append(record)
        yield
        at = _skip(text, at)
        if text[at : at + 1] == "]":
            return records, at + 1
        at = _past(text, at, ",")


def _object(text: str, at: int, depth: int) -> Generator[None, None, tuple[dict[str, Any], int]]:
    members: dict[str, Any] = {}
    at = _skip(text, at)
    if text[at : at + 1] == "}":
        return members, at + 1
    while True:
        at = _skip(text, at)
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        name, at = _DECODER.raw_decode(text, at)
        at = _past(text, _skip(text, at), ":")
        members[name], at = yield from _value(text, _skip(text, at), depth)
        yield
        at = _skip(text, at)
        if text[at : at + 1] == "}":
            return members, at + 1
        at = _past(text, at, ",")


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _past(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise json.JSONDecodeError(f"Expecting {sign!r} delimiter", text, at)
    return at + 1


def _without_half_surrogates(text: str) -> Generator[None, None, str]:
    r"""The text with `\ud83d` alone turned into a replacement character: no file or database takes a half."""
    if "\\" not in text or not (yield from _has_surrogates(text)):
        return text
    blocks: list[str] = []
    pieces: list[str] = []
    at = 0
    while match := _UP_TO_HALF_SURROGATE.match(text, at):
        pieces.append(match[1])
        if match[2]:
            pieces.append("\\ufffd")
        if match.end() == at:
            break
        at = match.end()
        if len(pieces) > _PIECES_AT_ONCE:
            # A text of nothing but halves would become millions of pieces.
            blocks.append("".join(pieces))
            pieces.clear()
        yield
    return "".join((*blocks, *pieces, text[at:]))


def _has_surrogates(text: str) -> Generator[None, None, bool]:
    for start in range(0, len(text), BLOCK_CHARS):
        # Two characters of the next block are looked at, too, for an escape may lie across the border.
        end = start + BLOCK_CHARS + 2
        if text.find("\\ud", start, end) >= 0 or text.find("\\uD", start, end) >= 0:
            return True
        yield
    return False
