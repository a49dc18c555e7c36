"""Proves that an engine listens on this machine's own addresses and on no other."""

from __future__ import annotations

import contextlib
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that takes connections."""

    address: str
    """As the kernel tells it: `0.0.0.0` and `::` stand for every address of the machine."""
    port: int
    program: str
    """The name of the process that has it."""

    @property
    def is_loopback(self) -> bool:
        """Whether nobody outside of this machine can reach it."""
        address = ipaddress.ip_address(self.address)
        mapped = getattr(address, "ipv4_mapped", None)
        return bool((mapped or address).is_loopback)


class Exposed(AssertionError):
    """An engine listens where others can reach it."""


def listeners(processes: Iterable[psutil.Process]) -> list[Listener]:
    """What these processes listen on, over TCP."""
    found: dict[tuple[str, int], Listener] = {}
    for process in processes:
        # A process may end between the two questions; then it listens no more.
        with contextlib.suppress(psutil.NoSuchProcess):
            name = process.name()
            for connection in process.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr:
                    address, port = connection.laddr
                    found.setdefault((address, port), Listener(address, port, name))
    return sorted(found.values(), key=lambda listener: (listener.port, listener.address))


def assert_only_loopback(found: Iterable[Listener]) -> None:
    """Fail where others could reach one of them, and also where there is none: then nothing was looked at."""
    found = list(found)
    if not found:
        raise Exposed("nothing listens at all: were these the right processes?")
    exposed = [listener for listener in found if not listener.is_loopback]
    if exposed:
        told = ", ".join(f"{each.program} on {each.address} port {each.port}" for each in exposed)
        raise Exposed(f"reachable from outside of this machine: {told}")
