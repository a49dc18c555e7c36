"""Simulated systems under names of their own, so that names and certificates can fail like the rest."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trustme

from tests.support.faults import FaultyServer, Simulator

DOMAIN = ".test"
"""Where all names end that are looked up here and nowhere else."""


class NamedServer(FaultyServer):
    """A server that is spoken to by a name.

    Args:
        system: Answers the requests that no fault spoils.
        host: Its name.
        authority: Who vouches for it; None for plain HTTP.
    """

    def __init__(self, system: Simulator, host: str, authority: trustme.CA | None = None) -> None:
        self.host = host
        """Its name."""
        super().__init__(system, tls=None if authority is None else _context(host, authority))

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self._port}"

    async def drop(self) -> None:
        """End every connection that is open, and take new ones."""
        await self.stop()
        await self.listen()

    async def show_certificate(self, authority: trustme.CA) -> None:
        """Show a certificate of this authority from now on."""
        self._tls = _context(self.host, authority)
        await self.drop()


_UNKNOWN: set[str] = set()
_USUAL = socket.getaddrinfo
_users = 0


@contextmanager
def names_known() -> Iterator[set[str]]:
    """Look up names of `DOMAIN` here: all lead to this machine, but for those in the set that is given.

    May be used several times at once; the set is the same for all.
    """
    global _users
    _users += 1
    socket.getaddrinfo = _look_up
    try:
        yield _UNKNOWN
    finally:
        _users -= 1
        if not _users:
            socket.getaddrinfo = _USUAL
            _UNKNOWN.clear()


def _look_up(host: Any, *args: Any, **options: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name.endswith(DOMAIN):
        if name in _UNKNOWN:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        host = "127.0.0.1"
    return _USUAL(host, *args, **options)


def _context(host: str, authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context
