"""Finding the line of each key in a TOML text, which the standard library's reader does not tell."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

KeyPath = tuple[str | int, ...]
"""Keys from the root of a document to a value; numbers count the items of lists from 0."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG_BASIC = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL)
_LONG_LITERAL = re.compile(r"'''.*?'{3,5}", re.DOTALL)
_PLAIN = re.compile(r"[^,\]}\n#]*")
_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_STRINGS = (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL)


class KeyScanner:
    """Walks through a text that is known to be TOML and notes where each key stands."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        """The line, counted from 1, on which each key first stands."""
        self.headers: dict[KeyPath, str] = {}
        """What stands in the header of each table: `[ui]`, `[[views]]`."""
        self._text = text
        self._at = 0
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._sizes: dict[KeyPath, int] = {}
        self._scan()

    def _scan(self) -> None:
        table: KeyPath = ()
        self._skip_blank()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_blank()

    def _header(self) -> KeyPath:
        start, line = self._at, self._line()
        is_list = self._text.startswith("[[", start)
        self._at += 2 if is_list else 1
        keys = self._keys()
        self._at += 2 if is_list else 1
        path: KeyPath = ()
        for key in keys[:-1]:
            path = self._enter((*path, key), line)
        path = (*path, keys[-1])
        self.lines.setdefault(path, line)
        if is_list:
            self._sizes[path] = self._sizes.get(path, 0) + 1
            path = (*path, self._sizes[path] - 1)
        self.lines.setdefault(path, line)
        self.headers[path] = self._text[start : self._at]
        return path

    def _enter(self, path: KeyPath, line: int) -> KeyPath:
        """Go into a table, which is the last one when the key names a list of tables."""
        self.lines.setdefault(path, line)
        size = self._sizes.get(path)
        return path if size is None else (*path, size - 1)

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._skip_blank()
        self._value(path)

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._text.startswith(".", self._at):
            self._at += 1
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        self._skip_blank()
        for pattern in (_BARE, _BASIC, _LITERAL):
            if match := pattern.match(self._text, self._at):
                self._at = match.end()
                self._skip_blank()
                word = match[0]
                return str(tomllib.loads(f"key = {word}")["key"]) if word[0] in "\"'" else word
        raise ValueError(f"no key at offset {self._at}")

    def _value(self, path: KeyPath) -> None:
        first = self._text[self._at]
        if first == "[":
            self._list(path)
        elif first == "{":
            self._inline_table(path)
        else:
            self._scalar()

    def _list(self, path: KeyPath) -> None:
        self._at += 1
        self._skip_blank()
        index = 0
        while self._text[self._at] != "]":
            item = (*path, index)
            self.lines.setdefault(item, self._line())
            self._value(item)
            self._skip_separator()
            index += 1
        self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        self._skip_blank()
        while self._text[self._at] != "}":
            self._pair(path)
            self._skip_separator()
        self._at += 1

    def _scalar(self) -> None:
        for pattern in (*_STRINGS, _PLAIN):
            if match := pattern.match(self._text, self._at):
                self._at = match.end()
                return

    def _skip_separator(self) -> None:
        self._skip_blank()
        if self._text.startswith(",", self._at):
            self._at += 1
            self._skip_blank()

    def _skip_blank(self) -> None:
        if match := _BLANK.match(self._text, self._at):
            self._at = match.end()

    def _line(self) -> int:
        return bisect_right(self._breaks, self._at - 1) + 1
