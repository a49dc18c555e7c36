"""A TOML file as it was read, with the line of every key. Runs before first paint: standard library only."""

from __future__ import annotations

import tomllib
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tui.config.files import read_small
from tui.config.paths import shown
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tui.config.scanner import KeyPath, KeyScanner

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Document:
    """One TOML file: its values, and where each of them stands."""

    def __init__(self, path: Path, text: str) -> None:
        """Read a TOML text.

        Raises:
            ConfigError: The text is no TOML; the message has file, line and column.
        """
        self.path = path
        """The file."""
        self._text = text.removeprefix("\N{BYTE ORDER MARK}").replace("\r\n", "\n")
        self.raw: dict[str, Any] = _parse(path, self._text)
        """The values as TOML has them."""

    def line_of(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest table around it that the file has; counted from 1."""
        for size in range(len(path), 0, -1):
            if line := self._keys.lines.get(path[:size]):
                return line
        return None

    def place_of(self, path: KeyPath) -> tuple[str, str]:
        """The header of the table that a key stands in, and the key as seen from there."""
        for size in range(len(path) - 1, 0, -1):
            if header := self._keys.headers.get(path[:size]):
                return header, dotted(path[size:])
        if header := self._keys.headers.get(path):
            return header, ""
        return "", dotted(path)

    def value_at(self, path: KeyPath) -> Any:
        """The value at a path, or None when there is none."""
        value: Any = self.raw
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def has(self, path: KeyPath) -> bool:
        """Whether the file gives a value at the path; TOML has no null."""
        return self.value_at(path) is not None

    @property
    def paths(self) -> frozenset[KeyPath]:
        """Every path that the text has."""
        return frozenset(self._keys.lines)

    @cached_property
    def _keys(self) -> KeyScanner:
        """Scanned when first needed: a config without problems never is."""
        from tui.config.scanner import KeyScanner

        return KeyScanner(self._text)


def read_document(path: Path) -> Document:
    """Read a TOML file.

    Raises:
        ConfigError: It isn't there, can't be read, or is no TOML; the message has file, line and column.
    """
    try:
        content = read_small(path)
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no config file {shown(path)}", hint="`nightdeck config init` writes one with comments"
        ) from error
    except PermissionError as error:
        raise ConfigError(
            f"{shown(path)}: the config file cannot be read: {error.strerror}",
            hint="make it yours and readable: chmod 600",
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{shown(path)}: the config file cannot be read: {reason}", hint="name a TOML file with --config"
        ) from error
    return Document(path, _decode(path, content))


def dotted(path: KeyPath) -> str:
    """A path as people write it: `job[2].name`."""
    text = ""
    for step in path:
        text += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        kind = "UTF-16" if content.startswith(_UTF_16) else "not UTF-8"
        raise ConfigError(
            f"{shown(path)}:{line}: the text is {kind}", hint="save the file in the encoding UTF-8"
        ) from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
    except RecursionError:
        reason = "lists or tables are nested too deeply"
    from tui.config.syntax import syntax_error

    # Raised outside of the handler: the first error holds the text of the whole file, secrets included.
    raise syntax_error(path, text, reason)
