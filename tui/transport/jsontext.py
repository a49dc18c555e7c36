"""Reading JSON of any size without keeping the event loop from its other work."""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import TYPE_CHECKING, Any, TypeVar

from tui.transport.limits import LARGE_JSON_CHARS, SLICE_RECORDS, SLICE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Sequence

T = TypeVar("T")

_DECODER = json.JSONDecoder(strict=False)
"""Not strict: some systems put raw line breaks into strings."""

_DEEPEST_WRAPPER = 4
"""Objects around the records that are taken apart in steps; known systems use at most two."""

_BLANK = re.compile(r"[ \t\r\n]*+")
_UP_TO_HALF_SURROGATE = re.compile(
    r"((?:[^\\]++|\\[^u]|\\u(?![dD][89a-fA-F])|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})*+)"
    r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


async def parse_json(text: str) -> Any:
    """The value of a JSON text. A large one is parsed in slices, so that nothing else waits long.

    A thread would not do: the parser holds the interpreter's lock to the end.

    Raises:
        ValueError: It is no JSON.
    """
    text = _without_half_surrogates(text)
    try:
        if len(text) <= LARGE_JSON_CHARS:
            return _DECODER.decode(text)
        return await _in_slices(_steps(text))
    except RecursionError:
        pass
    raise ValueError("it is nested too deeply")


async def slices(records: Sequence[T], size: int = SLICE_RECORDS) -> AsyncIterator[Sequence[T]]:
    """The records in slices, with a turn of the event loop after each: for work that turns them into jobs."""
    for start in range(0, len(records), size):
        if start:
            await asyncio.sleep(0)
        yield records[start : start + size]


async def _in_slices(steps: Generator[None, None, Any]) -> Any:
    due = time.perf_counter() + SLICE_S
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value
        if time.perf_counter() > due:
            await asyncio.sleep(0)
            due = time.perf_counter() + SLICE_S


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


def _without_half_surrogates(text: str) -> str:
    r"""The text with `\ud83d` alone turned into a replacement character: no file or database takes a half."""
    if "\\ud" not in text and "\\uD" not in text:
        return text
    pieces: list[str] = []
    at = 0
    while match := _UP_TO_HALF_SURROGATE.match(text, at):
        pieces += (match[1], "\\ufffd")
        at = match.end()
    return "".join((*pieces, text[at:]))
