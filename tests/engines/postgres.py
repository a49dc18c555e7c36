"""A PostgreSQL for one engine: in a folder of its own, reached through a socket in it and by no network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from tests.engines import packages
from tests.engines.packages import Packages
from tests.engines.processes import Services

PACKAGES: Packages = {"postgresql": ("/usr/lib/postgresql", "*/bin/postgres")}
"""The database of Debian, in whichever version it has."""

USER = "postgres"
"""The user of the machine that it runs as when we are root, whom it refuses; Debian's package makes it."""

NAME = "postgres"
"""What its processes are called. Asked to end, they do; killed, they leave shared memory behind."""

_AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--pdeathsig=INT")
"""It asks for the end with us anew, for who turns into another user loses that."""

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
"""Nothing in it is worth keeping."""


def programs() -> Path | None:
    """The folder with its programs: on the path, or where Debian puts them, then of the newest version."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    (folder, file) = PACKAGES["postgresql"]
    found_there = [path.parent for path in Path(folder).glob(file)]
    return max(found_there, key=lambda place: int(place.parent.name), default=None)


def missing() -> list[str]:
    """What stands against starting it here, in words; empty when nothing does."""
    if programs() is None:
        return ["the package postgresql"]
    return [] if os.geteuid() or shutil.which("setpriv") else ["setpriv, of util-linux"]


def install(of: str, otherwise: str) -> None:
    """Install it where it is missing, as `packages.install` does. Raises CannotInstall."""
    if programs() is None:
        packages.install(packages.lacking(PACKAGES), of=of, otherwise=otherwise)


def start(services: Services) -> Path:
    """Make a database and serve it.

    Args:
        services: Those of the engine; its folder takes the database's.

    Returns:
        The folder with its socket; the only user is `postgres`, without a password, as is the database.
    """
    place = programs()
    assert place is not None, "asked to start what is missing"
    folder = services.folder / "postgres"
    folder.mkdir(mode=0o700, exist_ok=True)
    with_rights: Sequence[str] = ()
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
        with_rights = _AS_USER
    data = folder / "data"
    if not data.exists():
        only_us = ("--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-sync")
        services.run(*with_rights, place / "initdb", *only_us, f"--pgdata={data}")
    options = (*_FAST, "listen_addresses=", f"unix_socket_directories={folder}")
    settings = [word for option in options for word in ("-c", option)]
    services.start(NAME, *with_rights, place / "postgres", "-D", data, *settings)
    ready = (place / "pg_isready", "--quiet", f"--host={folder}")
    services.wait_until(lambda: services.run(*ready) == "", "PostgreSQL takes connections")
    return folder
