"""What the TOML reader complains about, in words that help: where, which key, and what would be right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tui.config.paths import shown
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_NAMESPACE = re.compile(r" \(.*\)(?: twice)?$")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_HEADER = re.compile(r"^[ \t]*(\[{1,2}[\w .\"'-]+\]{1,2})[ \t]*(?:#.*)?$")
# Something must follow the equals sign: a line of a long text may be a secret that ends with one.
_KEY = re.compile(r"^[ \t]*([A-Za-z_][A-Za-z0-9_-]{0,31})[ \t]*=[ \t]*[^=\s]")

_REPEATED_TABLE = "Cannot declare"
_REPEATED_KEY = "Cannot overwrite a value"

_HINTS = (
    ("Expected '=' after a key", 'a line reads key = value; text stands in quotes: theme = "nightdeck-dark"'),
    ("Invalid value", 'text stands in quotes: theme = "nightdeck-dark"; true and false are lower case'),
    ("Invalid statement", "a line begins with a key, a [table] or a #"),
    ("Cannot mutate immutable", "the table was written in braces already; put the key inside them"),
    ("Cannot redefine namespace", "this table was begun before; move its keys together under one header"),
    ("Unescaped '\\'", "in double quotes write \\\\ for a backslash, or use single quotes"),
    ("Illegal character", "a text on one line ends with the quote that it began with"),
    ("Expected newline or end", "one key = value stands on a line; text stands in quotes"),
    ("Expected ']'", "the header of a table ends with ]"),
    ("Unterminated", "a quote that was opened is not closed"),
    ('Expected "\'"', "a quote that was opened is not closed"),
    ("Unclosed array", "a list ends with ]"),
    ("Unclosed inline table", "a table in braces ends with }"),
)


def syntax_error(path: Path, text: str, reason: str) -> ConfigError:
    """The error for a text that is no TOML.

    Args:
        path: The file.
        text: What is in it.
        reason: What the standard library's reader said.
    """
    place = _PLACE.search(reason)
    message = reason[: place.start()] if place else reason
    lines = text.split("\n")
    line, column = len(text.rstrip("\n").split("\n")), 0
    if place and place[1]:
        line, column = int(place[1]), int(place[2])
    where = f"{shown(path)}:{line}" + (f":{column}" if column else "")
    table = _table_around(lines, line)
    if message.startswith(_REPEATED_TABLE):
        return _repeated_table(where, lines, message, line)
    if message.startswith(_REPEATED_KEY):
        return _repeated_key(where, table, lines, line)
    key = _KEY.match(lines[line - 1])
    at_key = f"{key[1]}: " if key else ""
    plain = _NAMESPACE.sub("", message)
    hint = next(
        (hint for start, hint in _HINTS if message.startswith(start)), "see https://toml.io for the syntax"
    )
    return ConfigError(f"{where}: {table}{at_key}not TOML: {plain[:1].lower()}{plain[1:]}", hint=hint)


def _table_around(lines: list[str], line: int) -> str:
    """The header above a line, with a space after it; empty at the top of the file."""
    for text in reversed(lines[: line - 1]):
        if header := _HEADER.match(text):
            return f"{header[1]} "
    return ""


def _repeated_table(where: str, lines: list[str], message: str, line: int) -> ConfigError:
    path = [single or double for single, double in _QUOTED.findall(message)]
    name = ".".join(path)
    earlier = _first_line(lines, r"[ \t]*\[" + _dotted_pattern(path) + r"[ \t]*\]", line)
    since = f"; the first is on line {earlier}" if earlier else ""
    if path[:1] == ["connections"] and len(path) == 2:
        return ConfigError(
            f"{where}: [{name}] two connections are named {path[1]!r}{since}",
            hint="give one of them another name",
        )
    return ConfigError(
        f"{where}: [{name}] the table is there twice{since}", hint="move its keys under one header"
    )


def _repeated_key(where: str, table: str, lines: list[str], line: int) -> ConfigError:
    key = _KEY.match(lines[line - 1])
    if key is None:
        return ConfigError(f"{where}: {table}a key or table is there twice", hint="keep one of them")
    start = next((at for at in range(line - 2, -1, -1) if _HEADER.match(lines[at])), 0)
    earlier = _first_line(lines[start:], rf"[ \t]*{re.escape(key[1])}[ \t]*=", line - start)
    since = f"; the first is on line {earlier + start}" if earlier else ""
    return ConfigError(f"{where}: {table}the key {key[1]!r} is there twice{since}", hint="keep one of them")


def _first_line(lines: list[str], pattern: str, before: int) -> int:
    """The first line that looks so and comes earlier, counted from 1; 0 when there is none."""
    looked_for = re.compile(pattern)
    return next((n for n, text in enumerate(lines[: before - 1], 1) if looked_for.match(text)), 0)


def _dotted_pattern(path: list[str]) -> str:
    return r"[ \t]*\.".join(rf"[ \t]*[\"']?{re.escape(step)}[\"']?" for step in path)
