"""What the composition root hands over for one configured connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tui.core.adapter import Adapter
    from tui.core.errors import NightdeckError


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """One connection as configured. Nothing heavy has been imported for it yet."""

    name: str
    """Its name in the config file."""
    type: str
    """Its adapter type."""
    environment: str
    """`prod`, `stage`, `dev` or empty."""
    is_read_only: bool
    """Whether actions on it are refused."""
    is_insecure: bool
    """Whether TLS verification is switched off."""
    refresh_s: float | None
    """Seconds between two sweeps; None means the adapter's default."""
    open_adapter: Callable[[], Awaitable[Adapter]]
    """Imports, validates, resolves secrets, constructs and opens. Raises NightdeckError."""
    fresh_s: float | None = None
    """Seconds after which a row is read again before it is acted on; None suits it to the refreshes."""
    problem: NightdeckError | None = None
    """Why the config of this connection can't be used; then it is shown as broken and never opened."""
