"""The config in effect, for `config show`: each setting with where it comes from, and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import TYPE_CHECKING, Any

from tui.config.masking import is_secret_at, kept_in
from tui.config.paths import shown
from tui.core.redaction import MASK, Redactor
from tui.core.settings import ConnectionSettings

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

    @property
    def text(self) -> str:
        """The value as TOML."""
        return toml_text(self.value)


def effective_settings(loaded: Loaded, models: Mapping[str, type[BaseModel]]) -> Sequence[Setting]:
    """Every setting in the order of the schema, with the connections last.

    Args:
        loaded: The config.
        models: For each connection whose adapter is known, the model of its table, which has its defaults.
    """
    return tuple(_settings(loaded, models))


def toml_lines(settings: Sequence[Setting]) -> Iterator[str]:
    """The settings as a TOML file, each with its source in a comment."""
    table = None
    for setting in settings:
        if setting.table != table or (setting.table.startswith("[[") and setting.key == "name"):
            if table is not None:
                yield ""
            table = setting.table
            yield table
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
        section = getattr(config, name)
        for key in type(section).model_fields:
            yield Setting(f"[{name}]", key, getattr(section, key), _source(document, (name, key)))
    for binding, keys in config.keymap.items():
        yield Setting("[keymap]", binding, keys, _source(document, ("keymap", binding)))
    for view in config.views:
        index = _index_of_view(document, view.name)
        for key in type(view).model_fields:
            yield Setting("[[views]]", key, getattr(view, key), _source(document, ("views", index, key)))
    for name, table in config.connections.items():
        yield from _connection(document, name, table, models.get(name))


def _connection(
    document: Document, name: str, table: Mapping[str, Any], model: type[BaseModel] | None
) -> Iterator[Setting]:
    header = f"[connections.{toml_key(name)}]"
    redactor = Redactor()
    known = model or ConnectionSettings
    for key, value in table.items():
        source = _source(document, ("connections", name, key))
        # A misspelt key may hold a password, whatever it is called.
        shown_value = _masked(value, known, (key,), redactor) if key in known.model_fields else MASK
        yield Setting(header, key, shown_value, source)
    for key, field in known.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if key not in table and not field.is_required() and default is not None:
            yield Setting(header, key, default, DEFAULT_SOURCE)


def _masked(value: Any, model: type[BaseModel], path: KeyPath, redactor: Redactor) -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(item, model, (*path, key), redactor) for key, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, model, (*path, index), redactor) for index, item in enumerate(value)]
    if is_secret_at(model, path):
        kept = kept_in(path, model)
        # An argument of a command may be a secret itself; the command's name is none.
        return value if kept and (kept != "command" or path[-1] in {"command", 0}) else MASK
    return redactor.mask(value) if isinstance(value, str) else value


def _index_of_view(document: Document, name: str) -> int:
    tables = document.value_at(("views",)) or []
    return next(i for i, table in enumerate(tables) if isinstance(table, dict) and table.get("name") == name)


def _source(document: Document, path: KeyPath) -> str:
    return f"{shown(document.path)}:{document.line_of(path)}" if document.has(path) else DEFAULT_SOURCE
