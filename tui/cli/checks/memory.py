"""The memory of the program: whether a crash would write it to the disk, with the secrets in it."""

from __future__ import annotations

import resource

from tui.cli.checks.finding import Finding, Status


def check_memory() -> Finding:
    """Whether core dumps are allowed; that is the user's choice."""
    if resource.getrlimit(resource.RLIMIT_CORE)[0] == 0:
        return Finding("memory", Status.OK, "a crash of Python leaves no copy of it: core dumps are off")
    told = "core dumps are allowed: a crash of Python may leave a copy of it, with secrets, on the disk"
    return Finding("memory", Status.OK, told, "before starting nightdeck: ulimit -c 0")
