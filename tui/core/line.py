"""How the requests of one connection travel, as far as that was seen: for `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

MOST_HOSTS = 16
"""Servers that are remembered: a system has one to three."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What was agreed with one server."""

    version: str
    """The version of TLS, such as `TLSv1.3`."""
    ends_at: datetime | None = None
    """When the server's certificate ends; None where it was not verified, for then it says nothing."""


class Line:
    """What was agreed with the servers of one connection, since it was opened."""

    def __init__(self) -> None:
        self._handshakes: dict[str, Handshake] = {}

    @property
    def handshakes(self) -> Mapping[str, Handshake]:
        """By server, in the order in which they were spoken to."""
        return self._handshakes

    def knows(self, host: str) -> bool:
        """Whether nothing more is to be noted of a server."""
        return host in self._handshakes or len(self._handshakes) >= MOST_HOSTS

    def note(self, host: str, handshake: Handshake) -> None:
        """Remember what was agreed with a server."""
        self._handshakes[host] = handshake
