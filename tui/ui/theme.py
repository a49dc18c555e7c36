"""Themes: TOML files with colours and no code, made into Textual themes with CSS variables of our own.

A theme is called what its file is called. Its variables: `$background $surface $panel $foreground $accent`,
`$text-muted $text-disabled` (the base's `muted` and `faint`), `$selection $selection-text`; for the tables
`$state-failed`, `$env-prod`, `$prod-tint`, `$level-error`, `$table-cursor`, `$log-match`; and text styles:
`$style-cursor`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from tui.config.document import Document
from tui.config.files import read_small
from tui.config.problems import Problem, listed, nearest_word, problem_at
from tui.core.errors import ConfigError
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.config.scanner import KeyPath

DEFAULT_THEME = "nightdeck-dark"
"""The theme of those who chose none, or one that can't be used."""

COLOURLESS_THEME = "mono"
"""The theme under NO_COLOR: the terminal's own colours; bold, dim and reverse where a colour would tell."""

_BASE = (
    "background",
    "surface",
    "panel",
    "foreground",
    "muted",
    "faint",
    "accent",
    "selection",
    "selection-text",
)
_STYLE_DEFAULTS = {"cursor": "none", "header": "none", "marked": "bold", "stale": "none", "match": "bold"}

TABLES: Mapping[str, tuple[str, ...]] = {
    "base": _BASE,
    "states": tuple(State),
    "environments": ("prod", "stage", "dev"),
    "levels": ("error", "warning", "info", "debug"),
    "table": ("header", "cursor", "cursor-text", "marked", "stale", "match", "progress", "progress-rest"),
    "log": ("number", "time", "cursor", "match", "match-text"),
    "styles": tuple(_STYLE_DEFAULTS),
}
"""The tables of a theme file and their keys: all are colours but the `styles`."""

_PREFIXES = {
    "base": "",
    "states": "state-",
    "environments": "env-",
    "levels": "level-",
    "table": "table-",
    "log": "log-",
}
_REQUIRED = {"base": ("background", "foreground", "accent"), "states": tuple(State)}
_LIKE = {
    "surface": "background",
    "panel": "surface",
    "muted": "foreground",
    "faint": "muted",
    "selection": "accent",
    "selection-text": "background",
    "env-prod": "state-failed",
    "env-stage": "state-warning",
    "env-dev": "state-succeeded",
    "level-error": "state-failed",
    "level-warning": "state-warning",
    "level-info": "foreground",
    "level-debug": "muted",
    "table-header": "muted",
    "table-cursor": "panel",
    "table-cursor-text": "foreground",
    "table-marked": "accent",
    "table-stale": "muted",
    "table-match": "accent",
    "table-progress": "state-running",
    "table-progress-rest": "faint",
    "log-number": "muted",
    "log-time": "muted",
    "log-cursor": "table-cursor",
    "log-match": "selection",
    "log-match-text": "selection-text",
}
"""Where a colour that a theme leaves out is taken from; a source stands before what is taken from it.
So a short theme is complete, and stays so when a later version knows more keys."""
_TINT = 0.14
"""How much of the colour of production is in the ground of what is about it: calm, and every text on it can
be read."""
_STYLE_WORDS = ("none", "bold", "dim", "italic", "underline", "reverse")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_PLACE = re.compile(r".*?:(\d+)(?::\d+)?: (.*)", re.DOTALL)
_SUFFIX = ".toml"
_LARGEST = 64 * 1024


def is_colourless(environ: Mapping[str, str]) -> bool:
    """Whether the user wants no colour at all.

    Then the app is made with `ansi_color=True`, as Textual else paints greys, and takes `COLOURLESS_THEME`.
    """
    return "NO_COLOR" in environ


def theme_names(folders: Iterable[Path]) -> tuple[str, ...]:
    """The names of all themes, without reading any."""
    return tuple(sorted(_files(folders)))


def load_theme(name: str, folders: Sequence[Path]) -> Theme:
    """One theme, reading its file alone.

    Args:
        name: What its file is called, without `.toml`.
        folders: Where to look; a later folder wins.

    Raises:
        ConfigError: There is no such theme, or its file is wrong.
    """
    for folder in reversed(folders):
        path = folder / f"{name}{_SUFFIX}"
        if _NAME.fullmatch(name) and path.is_file():
            loaded = _read_theme(path)
            if isinstance(loaded, Theme):
                return loaded
            raise loaded[0].as_error()
    near = nearest_word(name, theme_names(folders))
    meant = f", did you mean {near!r}?" if near else ""
    raise ConfigError(
        f"[ui] theme: there is no theme {name!r}{meant}",
        hint=f"choose one of {', '.join(theme_names(folders))}",
    )


def load_themes(folders: Iterable[Path]) -> tuple[dict[str, Theme], Sequence[Problem]]:
    """All themes by name, and one line for each thing that is wrong; a theme with a problem is left out.

    Args:
        folders: Where to look; a later folder wins.
    """
    themes: dict[str, Theme] = {}
    problems: list[Problem] = []
    for name, path in sorted(_files(folders).items()):
        loaded = _read_theme(path)
        if isinstance(loaded, Theme):
            themes[name] = loaded
        else:
            problems.extend(loaded)
    return themes, problems


def _files(folders: Iterable[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in folders:
        if folder.is_dir():
            found.update({path.stem: path for path in folder.glob(f"*{_SUFFIX}")})
    return found


def _read_theme(path: Path) -> Theme | Sequence[Problem]:
    if not _NAME.fullmatch(path.stem):
        return [Problem(path, "a theme's file is named with letters, digits, - and _ alone")]
    try:
        document = Document(path, read_small(path, _LARGEST).decode("utf-8"))
    except OSError as error:
        return [Problem(path, f"the theme cannot be read: {error.strerror or error}")]
    except UnicodeDecodeError:
        return [Problem(path, "the theme is not UTF-8 text")]
    except ConfigError as error:
        # Its message begins with the file and the line, which a problem has apart.
        place = _PLACE.match(error.message)
        line, reason = (int(place[1]), place[2]) if place else (None, error.message)
        return [Problem(path, reason, line=line, hint=error.hint)]
    reader = _ThemeReader(document)
    return reader.problems or reader.theme()


class _ThemeReader:
    """Checks one theme file key by key, and makes the theme of what is right."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._raw: Mapping[str, Any] = document.raw
        self.problems: list[Problem] = []
        self._is_ansi = self._flag("ansi", is_default=False)
        self._is_dark = self._flag("dark", is_default=True)
        self._colours: dict[str, str] = {}
        self._styles = dict(_STYLE_DEFAULTS)
        known = ("dark", "ansi", *TABLES)
        for name, value in self._raw.items():
            if name not in known:
                self._tell((name,), f"{name} is unknown", nearest_word(name, known))
            elif name in TABLES:
                self._read_table(name, value)
        self._fill_in()

    def theme(self) -> Theme:
        """The theme, once nothing is wrong."""
        colour = self._colours
        return Theme(
            name=self._document.path.stem,
            primary=colour["accent"],
            secondary=colour["muted"],
            accent=colour["accent"],
            foreground=colour["foreground"],
            background=colour["background"],
            surface=colour["surface"],
            panel=colour["panel"],
            error=colour["state-failed"],
            warning=colour["state-warning"],
            success=colour["state-succeeded"],
            dark=self._is_dark,
            ansi=self._is_ansi,
            variables=_variables(colour, self._styles, is_ansi=self._is_ansi),
        )

    def _flag(self, name: str, *, is_default: bool) -> bool:
        value = self._raw.get(name, is_default)
        if not isinstance(value, bool):
            self._tell((name,), f"{name} is true or false")
            return is_default
        return value

    def _read_table(self, table: str, values: object) -> None:
        if not isinstance(values, dict):
            self._tell((table,), f"{table} is a table: [{table}]")
            return
        for key, value in values.items():
            if key not in TABLES[table]:
                known = listed(TABLES[table])
                near = nearest_word(key, TABLES[table])
                self._tell(
                    (table, key),
                    f"{key} is unknown" if near or not known else f"{key} is none of {known}",
                    near,
                )
            elif table == "styles":
                self._read_style(key, value)
            else:
                self._read_colour(table, key, value)

    def _read_style(self, key: str, value: object) -> None:
        words = value.split() if isinstance(value, str) else []
        wrong = [word for word in words if word not in _STYLE_WORDS]
        if wrong or not words:
            self._tell(
                ("styles", key),
                f"{key} is no text style made of {', '.join(_STYLE_WORDS)}",
                nearest_word(wrong[0], _STYLE_WORDS) if wrong else "",
            )
        self._styles[key] = " ".join(words)

    def _read_colour(self, table: str, key: str, value: object) -> None:
        try:
            colour = Color.parse(value) if isinstance(value, str) else None
        except ColorParseError as error:
            self._tell((table, key), f"{key} is no colour: {value!r}", error.suggested_color or "")
            return
        if colour is None or colour.auto or colour.a < 1:
            self._tell((table, key), f'{key} is no opaque colour such as "#7aa2c4"')
        elif self._is_ansi != (colour.ansi is not None):
            wanted = (
                "one of the terminal's own such as ansi_red" if self._is_ansi else 'one such as "#7aa2c4"'
            )
            self._tell(
                (table, key), f"{key} is {value!r}; with ansi = {str(self._is_ansi).lower()} it is {wanted}"
            )
        self._colours[_PREFIXES[table] + key] = str(value)

    def _fill_in(self) -> None:
        for table, keys in _REQUIRED.items():
            missing = [key for key in keys if _PREFIXES[table] + key not in self._colours]
            if missing and not self.problems:
                self._tell((table,), f"{' and '.join(missing)} missing in [{table}]")
        if not self.problems:
            for variable, source in _LIKE.items():
                self._colours.setdefault(variable, self._colours[source])

    def _tell(self, path: KeyPath, message: str, nearest: str = "") -> None:
        self.problems.append(problem_at(self._document, path, message, nearest=nearest))


def _variables(colour: Mapping[str, str], styles: Mapping[str, str], *, is_ansi: bool) -> dict[str, str]:
    """Our own variables, and Textual's own where its guesses would bring in a second accent."""
    base = {name: value for name, value in colour.items() if name not in _BASE}
    base["prod-tint"] = colour["panel"] if is_ansi else _tinted(colour["background"], colour["env-prod"])
    # Code names a state by its value, style sheets by CSS custom with a hyphen.
    base["state-never-run"] = colour["state-never_run"]
    # Textual's own lists lose "reverse" on their way to the screen (8.2).
    list_cursor = "bold underline" if "reverse" in styles["cursor"] else styles["cursor"]
    return (
        base
        | {f"style-{name}": style for name, style in styles.items()}
        | {
            "text": colour["foreground"],
            "text-muted": colour["muted"],
            "text-disabled": colour["faint"],
            "foreground-muted": colour["muted"],
            "foreground-disabled": colour["faint"],
            "selection": colour["selection"],
            "selection-text": colour["selection-text"],
            "surface-active": colour["surface"],
            # Textual's ansi themes have to bring these; in the others they stand for "nothing".
            "ansi-background": colour["background"] if is_ansi else "transparent",
            "ansi-foreground": colour["foreground"] if is_ansi else "transparent",
            "border": colour["accent"],
            "border-blurred": colour["faint"],
            "block-cursor-background": colour["table-cursor"],
            "block-cursor-foreground": colour["table-cursor-text"],
            "block-cursor-text-style": list_cursor,
            "block-cursor-blurred-background": colour["table-cursor"],
            "block-cursor-blurred-foreground": colour["table-cursor-text"],
            "block-cursor-blurred-text-style": list_cursor,
            "block-hover-background": colour["panel"],
            "input-cursor-background": colour["foreground"],
            "input-cursor-foreground": colour["background"],
            "input-cursor-text-style": "reverse" if is_ansi else "none",
            "input-selection-background": colour["selection"],
            "input-selection-foreground": colour["selection-text"],
            "screen-selection-background": colour["selection"],
            "screen-selection-foreground": colour["selection-text"],
            "scrollbar": colour["faint"],
            "scrollbar-hover": colour["muted"],
            "scrollbar-active": colour["accent"],
            **dict.fromkeys(_SCROLLBAR_TROUGHS, colour["background"]),
        }
    )


def _tinted(ground: str, colour: str) -> str:
    return Color.parse(ground).blend(Color.parse(colour), _TINT).hex


_SCROLLBAR_TROUGHS = (
    "scrollbar-background",
    "scrollbar-background-hover",
    "scrollbar-background-active",
    "scrollbar-corner-color",
)
