"""The body of a submission over REST, in the shapes of old and new versions."""

from __future__ import annotations

import pwd
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.adapters.slurm.order import Order

_PATH = "/usr/local/bin:/usr/bin:/bin"
"""Where commands are found: slurmrestd gives a job no variable that is not in the request."""
_LIST_SINCE = 39
"""The version since which the environment is a list of `NAME=value`; before, it is an object."""
_OBJECTS_SINCE = 40
"""The version since which a number that may be unset is an object."""


def body_of(order: Order, script: str, version: int, user: str) -> dict[str, Any]:
    """What `POST job/submit` takes.

    Args:
        order: What is asked for.
        script: The text of the batch script.
        version: The last number of the API's version.
        user: Whose job it will be.
    """
    environment = {"PATH": _PATH, **_home_of(user), **order.variables}
    job: dict[str, Any] = {
        "name": order.name,
        "comment": order.comment,
        "current_working_directory": order.folder,
        "environment": (
            [f"{name}={value}" for name, value in environment.items()]
            if version >= _LIST_SINCE
            else environment
        ),
    }
    if order.output:
        job["standard_output"] = order.output
    if order.partition:
        job["partition"] = order.partition
    if order.cpus is not None:
        job["cpus_per_task"] = order.cpus
    if order.megabytes is not None:
        job["memory_per_node"] = _number(order.megabytes, version)
    if order.minutes is not None:
        job["time_limit"] = _number(order.minutes, version)
    return {"job": job, "script": script}


def _number(value: int, version: int) -> int | Mapping[str, object]:
    return {"set": True, "infinite": False, "number": value} if version >= _OBJECTS_SINCE else value


def _home_of(user: str) -> dict[str, str]:
    """Name and home folder, as a login would give them, where this host knows the user."""
    try:
        return {"USER": user, "LOGNAME": user, "HOME": pwd.getpwnam(user).pw_dir}
    except (KeyError, ValueError):
        return {"USER": user, "LOGNAME": user}
