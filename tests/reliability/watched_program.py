"""Nightdeck under an odd umask, noting whatever it does that others could see: `UMASK REPORT ARGUMENT...`.

A line for each: what it makes, what others could read even for a moment, and sockets that could be reached.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

WRITTEN = "written"
"""Begins the line of a file or folder that was made."""

OPEN = "open"
"""Begins the line of one that was made for others, too, or opened to them."""

BOUND = "bound"
"""Begins the line of a socket on a network that others could speak to."""

_OTHERS = 0o077
_open = os.open


def watch(report: int) -> None:
    """Note what is made from now on.

    Args:
        report: Where the lines go.
    """

    def say(word: str, path: Any) -> None:
        os.write(report, f"{word} {os.fsdecode(path) if not isinstance(path, int) else path}\n".encode())

    def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        descriptor = _open(path, flags, mode, dir_fd=dir_fd)
        if flags & os.O_CREAT:
            say(OPEN if mode & _OTHERS or os.fstat(descriptor).st_mode & _OTHERS else WRITTEN, path)
        return descriptor

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            # What `os.open` makes is looked at above; all else makes files as the umask pleases.
            if mode is not None and flags & os.O_CREAT and path != os.devnull:
                say(OPEN, path)
        elif event in {"os.mkdir", "os.chmod"}:
            say(OPEN if arguments[1] & _OTHERS else WRITTEN, arguments[0])
        elif event == "socket.bind" and arguments[0].family in {socket.AF_INET, socket.AF_INET6}:
            say(BOUND, str(arguments[1]))

    os.open = opened
    sys.addaudithook(heard)


def main() -> None:
    """Be nightdeck."""
    umask, report, *arguments = sys.argv[1:]
    descriptor = _open(report, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.umask(int(umask, 8))
    sys.argv = ["nightdeck", *arguments]
    sys.dont_write_bytecode = True
    watch(descriptor)
    from tui.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
