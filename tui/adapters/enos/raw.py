"""The system's own records, with the JSON in their strings read, and without what may hold secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.adapters.enos.wire import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN = "(hidden: it may hold secrets)"
"""What stands where a command line or a script would be."""

_SECRET = frozenset({"cmd", "content", "command"})
_NESTED = frozenset({"graph", "parameters", "runmode", "run_mode", "tasks", "relations", "flows"})
_DEEPEST = 12


def shown_record(record: Mapping[str, Any]) -> dict[str, object]:
    """A record for people."""
    return {str(name): _shown(str(name), value, 0) for name, value in record.items()}


def _shown(name: str, value: Any, depth: int) -> Any:
    name = name.lower()
    if name in _SECRET and value not in (None, ""):
        return HIDDEN
    if depth >= _DEEPEST:
        return "…"
    told = decoded(value) if name in _NESTED else value
    if isinstance(told, dict):
        return {str(key): _shown(str(key), inner, depth + 1) for key, inner in told.items()}
    if isinstance(told, list):
        return [_shown("", inner, depth + 1) for inner in told]
    if name in _NESTED and isinstance(told, str) and any(f'"{word}"' in told.lower() for word in _SECRET):
        # It is no JSON after all, as in older versions, and may hold a command somewhere.
        return HIDDEN
    return told
