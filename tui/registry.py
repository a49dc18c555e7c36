"""Which systems are supported, told without importing any; and importing the one that is needed."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING

from tui.config.problems import nearest_word
from tui.core.adapter import Adapter
from tui.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "nightdeck.adapters"
"""The group of entry points in which other packages offer adapters, named by their type."""
ATTRIBUTE = "ADAPTER"
"""The name under which an adapter's module offers its class."""

_PACKAGE = "tui.adapters"
_ONE_AT_A_TIME = Lock()
"""Python 3.11 fails with SystemError now and then when two threads take source text apart at the same time,
as pydantic does for the docstrings of settings."""
_TRIES = 3
"""And other threads may do so too, as on a first start, where nothing has been compiled yet; a moment later
the same import succeeds."""

_FOLDER = Path(__file__).with_name("adapters")
# What importing a package of somebody else's may raise; it must not take nightdeck with it.
_BROKEN_IMPORT = (
    *(ImportError, SyntaxError, AttributeError, NameError, TypeError, ValueError, LookupError),
    *(OSError, RuntimeError, AssertionError, ArithmeticError),
)


def adapter_names() -> Sequence[str]:
    """The types that a connection may have, in alphabetical order; imports no adapter."""
    return sorted({*_shipped(), *(point.name for point in _offered())})


def is_adapter_name(type_name: str) -> bool:
    """Whether there is an adapter of this type; looks at other packages only when it isn't one of ours."""
    return type_name in _shipped() or any(point.name == type_name for point in _offered())


def load_adapter(type_name: str) -> type[Adapter]:
    """Import one adapter.

    Args:
        type_name: A connection's `type`.

    Raises:
        ConfigError: There is no such type, or its package is broken.
    """
    try:
        found = _import(type_name)
    except _BROKEN_IMPORT as error:
        raise ConfigError(
            f"the adapter {type_name!r} cannot be loaded: {type(error).__name__}: {_first_line(error)}",
            hint="install again the package that it came with",
        ) from error
    if found is None:
        raise unknown_type(type_name)
    adapter = getattr(found, ATTRIBUTE, None) if isinstance(found, ModuleType) else found
    if not (isinstance(adapter, type) and issubclass(adapter, Adapter) and _is_complete(adapter)):
        raise ConfigError(
            f"the adapter {type_name!r} cannot be loaded: its {ATTRIBUTE} is no complete adapter class",
            hint="see CONTRIBUTING.md for what an adapter has to offer",
        )
    return adapter


def unknown_type(type_name: str) -> ConfigError:
    """The error of a connection whose type no adapter has."""
    known = adapter_names()
    nearest = nearest_word(type_name, known)
    meant = f", did you mean {nearest!r}?" if nearest else ""
    return ConfigError(f"unknown type {type_name!r}{meant}", hint=f"there are {', '.join(known)}")


def _shipped() -> set[str]:
    modules = pkgutil.iter_modules([str(_FOLDER)])
    return {module.name for module in modules if not module.name.startswith("_")}


def _import_module(name: str) -> ModuleType:
    with _ONE_AT_A_TIME:
        for _ in range(_TRIES - 1):
            try:
                return importlib.import_module(name)
            except SystemError:
                continue
        return importlib.import_module(name)


def _import(type_name: str) -> object:
    """The module or class of an adapter, or None when there is none of this type."""
    if type_name in _shipped():
        module = _import_module(f"{_PACKAGE}.{type_name}")
        return getattr(module, ATTRIBUTE, None) or module
    point = next((point for point in _offered() if point.name == type_name), None)
    return None if point is None else point.load()


def _offered() -> Iterable[EntryPoint]:
    """What other packages offer. To read their metadata takes milliseconds: only done when needed."""
    from importlib.metadata import entry_points

    return entry_points(group=ENTRY_POINTS)


def _is_complete(adapter: type[Adapter]) -> bool:
    return all(hasattr(adapter, name) for name in ("type_name", "title", "Settings"))


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")
