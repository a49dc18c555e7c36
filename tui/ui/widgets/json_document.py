"""A record as lines of JSON, each found by its number and drawn when it is seen. Pure: no widget."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = {None: "null", True: "true", False: "false"}
_DEEPEST = 200
"""Levels that are opened up; what lies deeper stands in one line."""


class Kind(StrEnum):
    """What stands in a line."""

    OPEN = "open"
    CLOSE = "close"
    TEXT = "text"
    NUMBER = "number"
    WORD = "word"
    EMPTY = "empty"


class JsonLine(NamedTuple):
    """One line, ready to be drawn."""

    depth: int
    """Levels above it."""
    name: str
    """The name in its object as JSON writes it; empty in lists and at the top."""
    kind: Kind
    """What stands in it."""
    text: str
    """The value as JSON writes it, or a bracket."""
    has_comma: bool
    """Whether another value follows in the same object or list."""


class JsonDocument:
    """Knows of each line its value, its place, and where the object or list that begins there ends."""

    def __init__(self, record: object) -> None:
        """Take the lines apart.

        Args:
            record: JSON-like values: mappings, sequences, texts, numbers, truth values, None.
        """
        self._values: list[object] = []
        self._names: list[str | int | None] = []
        self._depths: list[int] = []
        self._parents: list[int] = []
        self._ends: list[int] = []
        self._has_comma = bytearray()
        self._haystack: list[str] | None = None
        self._add(record, None, 0, -1, has_comma=False)

    def __len__(self) -> int:
        return len(self._values)

    def line(self, index: int) -> JsonLine:
        """What stands in a line.

        Args:
            index: Counted from 0.
        """
        value, name, end = self._values[index], self._names[index], self._ends[index]
        is_list = _is_list(value)
        if end < index:
            kind, text = Kind.CLOSE, "]" if is_list else "}"
        elif end > index:
            kind, text = Kind.OPEN, "[" if is_list else "{"
        else:
            kind, text = _kind(value), _text(value)
        told = _text(name) if isinstance(name, str) and kind is not Kind.CLOSE else ""
        return JsonLine(self._depths[index], told, kind, text, bool(self._has_comma[index]))

    def end(self, index: int) -> int:
        """The line with the closing bracket of an object or list; the line itself for everything else.

        Args:
            index: Any line; of a closing bracket the line itself.
        """
        return max(index, self._ends[index])

    def begin(self, index: int) -> int:
        """The line with the opening bracket that a closing one belongs to; else the line itself.

        Args:
            index: Any line.
        """
        return min(index, self._ends[index])

    def parent(self, index: int) -> int:
        """The line with the opening bracket around a line; -1 at the top.

        Args:
            index: Any line.
        """
        return self._parents[self.begin(index)]

    def size(self, index: int) -> int:
        """How many values an object or list holds."""
        value = self._values[index]
        return len(value) if hasattr(value, "__len__") else 0

    def value(self, index: int) -> object:
        """The value that stands in a line or begins or ends there."""
        return self._values[index]

    def path(self, index: int) -> str:
        """Where a value stands, as jq writes it: `.runs[3].name`."""
        parts: list[str] = []
        index = self.begin(index)
        while index > 0:
            name = self._names[index]
            if isinstance(name, int):
                parts.append(f"[{name}]")
            else:
                is_plain = name is not None and _PLAIN_NAME.fullmatch(name)
                parts.append(f".{name}" if is_plain else f"[{_text(name)}]")
            index = self._parents[index]
        path = "".join(reversed(parts))
        return path if path.startswith(".") else f".{path}"

    def lines_at(self, paths: Collection[str]) -> Sequence[int]:
        """The lines where objects and lists at these paths begin."""
        if not paths:
            return ()
        return [line for line in range(len(self)) if self._ends[line] > line and self.path(line) in paths]

    def copy_text(self, index: int) -> str:
        """The value as somebody would paste it: a text without quotes, everything else as JSON."""
        value = self._values[index]
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)

    def find(self, wanted: str) -> Sequence[int]:
        """The lines whose name or value holds a text; capitals count only when there are some in it.

        Args:
            wanted: What to look for; empty finds nothing.
        """
        if not wanted:
            return ()
        if self._haystack is None:
            self._haystack = list(map(self._searched, range(len(self))))
        if wanted != wanted.lower():
            return [index for index, text in enumerate(self._haystack) if wanted in text]
        return [index for index, text in enumerate(self._haystack) if wanted in text.lower()]

    def _searched(self, index: int) -> str:
        name, value = self._names[index], self._values[index]
        if self._ends[index] < index:
            return ""
        told = name if isinstance(name, str) else ""
        if self._ends[index] > index:
            return told
        return f"{told}: {value}" if isinstance(value, str) else f"{told}: {_text(value)}"

    def _add(
        self, value: object, name: str | int | None, depth: int, parent: int, *, has_comma: bool
    ) -> None:
        index = self._put(value, name, depth, parent, has_comma=has_comma)
        inner = _entries(value) if depth < _DEEPEST else ()
        if not inner:
            return
        for place, (key, item) in enumerate(inner, start=1):
            self._add(item, key, depth + 1, index, has_comma=place < len(inner))
        self._has_comma[index] = False
        self._ends[index] = self._put(value, name, depth, parent, has_comma=has_comma)
        self._ends[-1] = index

    def _put(self, value: object, name: str | int | None, depth: int, parent: int, *, has_comma: bool) -> int:
        index = len(self._values)
        self._values.append(value)
        self._names.append(name)
        self._depths.append(depth)
        self._parents.append(parent)
        self._ends.append(index)
        self._has_comma.append(has_comma)
        return index


def _entries(value: object) -> Sequence[tuple[str | int, object]]:
    """What an object or list holds, with names or places; nothing for everything else."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if _is_list(value) else ()


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, (list, tuple))


def _kind(value: object) -> Kind:
    if isinstance(value, str):
        return Kind.TEXT
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Kind.NUMBER
    return Kind.WORD if value is None or isinstance(value, bool) else Kind.EMPTY


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
