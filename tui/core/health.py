"""How well connections work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.models import HealthStatus

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Check:
    """What a system says when it is asked whether it can be used."""

    identity: str
    """The account that we act as."""
    version: str = ""
    """The server's version, where it tells one."""
    notes: tuple[str, ...] = ()
    """Anything that the user should know: a clock that disagrees, a missing permission."""


@dataclass(frozen=True, slots=True)
class Health:
    """How well one connection works, and since when."""

    connection: str
    """Its name in the config file."""
    type: str
    """Its adapter type."""
    environment: str = ""
    """`prod`, `stage`, `dev` or empty."""
    status: HealthStatus = HealthStatus.CONNECTING
    """`failing` retries by itself; `unauthorized` and `broken` wait for the user."""
    since: datetime | None = None
    """When it came into this status."""
    last_ok_at: datetime | None = None
    """The last complete sweep."""
    next_try_at: datetime | None = None
    """When the next sweep is due."""
    code: str = ""
    """Two or three characters for the health bar: `401`, `dns`, `tls`."""
    message: str = ""
    """What went wrong, in one line."""
    hint: str = ""
    """What to do about it."""
    sweep_s: float | None = None
    """Seconds that the last sweep took."""
    jobs: int = 0
    """How many jobs it told of."""
    is_read_only: bool = False
    """Whether actions on it are refused."""
    is_insecure: bool = False
    """Whether TLS verification is switched off."""
