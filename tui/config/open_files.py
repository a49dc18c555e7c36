"""How many files and sockets this process may have open: as many as its connections need."""

from __future__ import annotations

import resource
from contextlib import suppress

EACH = 6
"""Sockets of one connection: four reads at once, a login in their midst, and a change."""

OWN = 100
"""What nightdeck has open besides: its history, logs that are read, programs that are talked to."""


def allow_open_files(connections: int) -> None:
    """Raise the soft limit where so many connections would reach it, as far as the system lets us.

    Most systems begin with 1,024 or 256, and let each process raise it. Beyond it, connections can't be made.
    """
    needed = connections * EACH + OWN
    with suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or soft >= needed:
            return
        limit = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        if limit > soft:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
