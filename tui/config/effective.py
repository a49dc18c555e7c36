"""The config in effect, for `config show`: each setting with where it comes from, and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Any

from tui.config.masking import is_secret_at, kept_in, model_at
from tui.config.paths import shown
from tui.core.redaction import MASK, Redactor
from tui.core.settings import ConnectionSettings, SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel

    from tui.config.document import Document
    from tui.config.load import Loaded
    from tui.config.scanner import KeyPath

DEFAULT_SOURCE = "default"
"""What stands for a file and line where nobody set the value."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting in effect."""

    table: str
    """The header of its table, as a config file would have it: `[ui]`, `[[views]]`."""
    key: str
    """Its key within the table."""
    value: Any
    """Its value, JSON-like, with secrets masked."""
    source: str
    """File and line, or `default`."""
    place: KeyPath = ()
    """The keys from the root of the file to its table."""

    @property
    def text(self) -> str:
        """The value as TOML; a text of several lines keeps them."""
        value = self.value
        is_long = isinstance(value, str) and "\n" in value and "'''" not in value
        if is_long and all(c.isprintable() or c in "\n\t" for c in value):
            return f"'''\n{value}'''"
        return toml_text(value)


def effective_settings(loaded: Loaded, models: Mapping[str, type[BaseModel]]) -> Sequence[Setting]:
    """Every setting in the order of the schema, with the connections last.

    Args:
        loaded: The config.
        models: For each connection whose adapter is known, the model of its table, which has its defaults.
    """
    return tuple(_settings(loaded, models))


def toml_lines(settings: Sequence[Setting]) -> Iterator[str]:
    """The settings as a TOML file, each with its source in a comment."""
    place: KeyPath | None = None
    for setting in settings:
        if setting.place != place:
            if place is not None:
                yield ""
            place = setting.place
            yield setting.table
        yield f"{toml_key(setting.key)} = {setting.text}  # {setting.source}"


def toml_text(value: Any) -> str:
    """A JSON-like value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(map(_escaped, value)) + '"'
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{toml_key(key)} = {toml_text(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_text, value))}]"
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _escaped(character: str) -> str:
    plain = character if character.isprintable() else f"\\U{ord(character):08x}"
    return _ESCAPES.get(character, plain)


def toml_key(key: str) -> str:
    """A key as TOML writes it: in quotes where it needs them."""
    is_bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if is_bare else toml_text(key)


def _settings(loaded: Loaded, models: Mapping[str, type[BaseModel]]) -> Iterator[Setting]:
    config, document = loaded.config, loaded.document
    for name in ("ui", "notifications"):
        yield from _section(document, f"[{name}]", (name,), getattr(config, name))
    for binding, keys in config.keymap.items():
        source = _source(document, ("keymap", binding))
        yield Setting("[keymap]", binding, keys, source, ("keymap",))
    for view in config.views:
        place: KeyPath = ("views", _index_of(document, "views", "name", view.name))
        yield from _section(document, "[[views]]", place, view)
    for rule in config.error_rules:
        place = ("error_rules", _index_of(document, "error_rules", "id", rule.id))
        yield from _section(document, "[[error_rules]]", place, rule)
    for name, table in config.connections.items():
        shown_table = _Table(
            document, ("connections", name), models.get(name) or ConnectionSettings, Redactor()
        )
        yield from shown_table.settings((), table)


def _section(document: Document, header: str, place: KeyPath, section: BaseModel) -> Iterator[Setting]:
    for key in type(section).model_fields:
        value = _without_secrets(getattr(section, key))
        yield Setting(header, key, value, _source(document, (*place, key)), place)


def _without_secrets(value: Any) -> Any:
    """A setting's value with its references to secrets as they may be shown."""
    if isinstance(value, tuple):
        return tuple(map(_without_secrets, value))
    if not isinstance(value, SecretRef):
        return value
    if value.literal is not None:
        return MASK
    if value.command is not None:
        # An argument may be a secret itself; the command's name is none.
        return {"command": [name if not at else MASK for at, name in enumerate(value.command)]}
    return value.model_dump(exclude_none=True)


@dataclass(frozen=True, slots=True)
class _Table:
    """One connection's table, as it may be shown."""

    document: Document
    root: KeyPath
    model: type[BaseModel]
    redactor: Redactor

    def settings(self, path: KeyPath, table: Mapping[str, Any]) -> Iterator[Setting]:
        """What the table at a path below the connection says, then its defaults, then the tables below it."""
        model = model_at(self.model, path)
        known = model.model_fields if model else {}
        place = (*self.root, *path)
        header = _header(place)
        below: list[tuple[KeyPath, Mapping[str, Any]]] = []
        for key, value in table.items():
            if key in known and isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
                below += [((*path, key, index), item) for index, item in enumerate(value)]
            else:
                # A misspelt key may hold a password, whatever it is called.
                shown_value = self.masked((*path, key), value) if key in known else MASK
                yield Setting(header, key, shown_value, _source(self.document, (*place, key)), place)
        for key, field in known.items():
            default = field.get_default(call_default_factory=True)
            if key not in table and not field.is_required() and default is not None:
                yield Setting(header, key, default, DEFAULT_SOURCE, place)
        for deeper, item in below:
            yield from self.settings(deeper, item)

    def masked(self, path: KeyPath, value: Any) -> Any:
        """A value as it may be shown."""
        if isinstance(value, Mapping):
            return {key: self.masked((*path, key), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.masked((*path, index), item) for index, item in enumerate(value)]
        if is_secret_at(self.model, path):
            kept = kept_in(path, self.model)
            # An argument of a command may be a secret itself; the command's name is none.
            return value if kept and (kept != "command" or path[-1] in {"command", 0}) else MASK
        return self.redactor.mask(value) if isinstance(value, str) else value


def _header(place: KeyPath) -> str:
    """The header of the table at a place, as TOML writes it."""
    name = ".".join(toml_key(step) for step in place if isinstance(step, str))
    return f"[[{name}]]" if isinstance(place[-1], int) else f"[{name}]"


def _index_of(document: Document, tables: str, key: str, name: str) -> int:
    """Which table of a list is called so."""
    listed = document.value_at((tables,)) or []
    return next(i for i, table in enumerate(listed) if isinstance(table, dict) and table.get(key) == name)


def _source(document: Document, path: KeyPath) -> str:
    return f"{shown(document.path)}:{document.line_of(path)}" if document.has(path) else DEFAULT_SOURCE
