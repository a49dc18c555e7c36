"""Commands on this machine. The adapter is loaded late: the processes that it starts import from here."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tui.adapters.local.adapter import LocalAdapter

    ADAPTER = LocalAdapter

__all__ = ["ADAPTER", "LocalAdapter"]


def __getattr__(name: str) -> type[LocalAdapter]:
    """The adapter class, imported on first use."""
    if name in __all__:
        from tui.adapters.local.adapter import LocalAdapter

        return LocalAdapter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
