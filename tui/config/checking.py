"""Checking a config table by table, so that one wrong key costs only itself."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from tui.config.paths import shipped_themes_dir, user_themes_dir
from tui.config.problems import Problem, listed, nearest_word, problem_at
from tui.config.schema import Config, ErrorRuleTable, Keys, NotificationsSection, UiSection, View
from tui.config.validation import settings_problems, unknown_key
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from tui.config.document import Document
    from tui.config.scanner import KeyPath

_Model = TypeVar("_Model", bound=BaseModel)

_CONNECTION_NAME = re.compile(r"\w[\w.@+-]{0,63}")
_KEYS: TypeAdapter[tuple[str, ...]] = TypeAdapter(Keys)
_CONNECTIONS = ("connections",)


class DocumentCheck:
    """Goes through a document once, and gathers what holds and what is wrong."""

    def __init__(self, document: Document) -> None:
        self.problems: list[Problem] = []
        """What is wrong so far."""
        self.broken: dict[str, Problem] = {}
        """Connections that can't be used, by name."""
        self._document = document
        self._raw = document.raw

    def config(self) -> Config:
        """The config as far as it can be used."""
        for key in self._raw:
            if key not in Config.model_fields:
                self.problems.append(unknown_key(self._document, (key,), Config))
        ui = self._table_of(("ui",), UiSection) or UiSection()
        if not self._is_theme(ui.theme):
            ui = ui.model_copy(update={"theme": UiSection().theme})
        return Config(
            ui=ui,
            keymap=self._keymap(),
            views=self._listed("views", View, "name", "view"),
            error_rules=self._error_rules(),
            notifications=self._table_of(("notifications",), NotificationsSection) or NotificationsSection(),
            connections=self._connections(),
        )

    def _table_of(self, path: KeyPath, model: type[_Model]) -> _Model | None:
        """A table as a model, without the keys that are refused; None when nothing of it can be used."""
        raw = deepcopy(self._document.value_at(path))
        if raw is None:
            return None
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            found = settings_problems(self._document, path, model, error)
        self.problems += found
        for problem in found:
            if len(problem.path) > len(path) and isinstance(raw, dict):
                raw.pop(problem.path[len(path)], None)
        try:
            return model.model_validate(raw)
        except ValidationError:
            return None

    def _keymap(self) -> dict[str, tuple[str, ...]]:
        raw = self._mapping("keymap")
        keymap = {}
        for binding, keys in raw.items():
            try:
                keymap[binding] = _KEYS.validate_python(keys)
            except ValidationError:
                message = f'{binding} must be a key such as "R", or a list of keys'
                self._tell(("keymap", binding), message)
        return keymap

    def _error_rules(self) -> tuple[ErrorRuleTable, ...]:
        known = len(self.problems)
        rules = self._listed("error_rules", ErrorRuleTable, "id", "rule")
        hint = r"write it in single quotes, such as '\bE\d{4}: (?P<told>.*)': between them a \ is itself"
        self.problems[known:] = [
            problem._replace(hint=problem.hint or hint) if problem.key == "pattern" else problem
            for problem in self.problems[known:]
        ]
        return rules

    def _listed(self, key: str, model: type[_Model], name: str, what: str) -> tuple[_Model, ...]:
        """A list of tables as models, without those that can't be used or are called as an earlier one.

        Args:
            key: What the list is called.
            model: What each table is.
            name: The key by which they are told apart.
            what: What each of them is called in messages.
        """
        raw = self._raw.get(key, [])
        if not isinstance(raw, list):
            self._tell((key,), f"{key} must be a list of tables", hint=f"begin each {what} with [[{key}]]")
            return ()
        found: dict[str, _Model] = {}
        lines: dict[str, int | None] = {}
        for index in range(len(raw)):
            table = self._table_of((key, index), model)
            if table is None:
                continue
            called = getattr(table, name)
            if called in found:
                self._tell(
                    (key, index, name),
                    f"there is a {what} {called!r} already, on line {lines[called]}",
                    hint=f"give one of them another {name}",
                )
                continue
            found[called] = table
            lines[called] = self._document.line_of((key, index))
        return tuple(found.values())

    def _connections(self) -> dict[str, dict[str, Any]]:
        usable = {}
        tables = self._mapping("connections")
        if not tables:
            self.problems.append(
                Problem(
                    self._document.path,
                    "no connection is configured",
                    hint="`nightdeck config init` writes a sample to begin with",
                    is_warning=True,
                )
            )
        for name, table in tables.items():
            path = (*_CONNECTIONS, name)
            if not isinstance(table, dict):
                self._break(
                    name, f"the connection {name!r} must be a table", f"begin it with [connections.{name}]"
                )
            elif not _CONNECTION_NAME.fullmatch(name):
                self._break(
                    name,
                    f"a connection can't be named {name!r}",
                    "names have letters, digits, - _ . @ + and at most 64 of them",
                )
            elif not isinstance(table.get("type"), str):
                what = (
                    "the key 'type' must be a text in quotes"
                    if "type" in table
                    else "the key 'type' is missing"
                )
                hint = '`nightdeck adapters` lists the types: type = "local"'
                self._break(name, what, hint, key=(*path, "type"))
            else:
                usable[name] = table
        return usable

    def _break(self, name: str, message: str, hint: str, key: KeyPath = ()) -> None:
        problem = problem_at(self._document, key or (*_CONNECTIONS, name), message, hint=hint)
        self.problems.append(problem)
        self.broken[name] = problem

    def _mapping(self, key: str) -> dict[str, Any]:
        raw = self._raw.get(key, {})
        if isinstance(raw, dict):
            return raw
        self._tell((key,), f"{key} must be a table", hint=f"begin it with [{key}]")
        return {}

    def _is_theme(self, theme: str) -> bool:
        themes = theme_names()
        if theme in themes or not themes or not self._document.has(("ui", "theme")):
            return True
        there = listed(themes)
        hint = f"there are {there}" if there else "name a .toml file of the themes folder"
        nearest = nearest_word(theme, themes)
        self._tell(("ui", "theme"), f"there is no theme {theme!r}", nearest=nearest, hint=hint)
        return False

    def _tell(self, path: KeyPath, message: str, *, nearest: str = "", hint: str = "") -> None:
        self.problems.append(problem_at(self._document, path, message, nearest=nearest, hint=hint))


def theme_names() -> frozenset[str]:
    """The names of all themes: the shipped ones and the user's."""
    names: set[str] = set()
    for folder_of in (shipped_themes_dir, user_themes_dir):
        try:
            names |= {path.stem for path in folder_of().glob("*.toml")}
        except (ConfigError, OSError):
            continue
    return frozenset(names)
