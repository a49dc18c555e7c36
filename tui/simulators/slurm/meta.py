"""What stands at the head of every answer in JSON: who answers, and in which version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulators.slurm.vocabulary import CLUSTER

if TYPE_CHECKING:
    from tui.simulators.slurm.rows import Row
    from tui.simulators.slurm.vocabulary import Behaviour


def release_of(behaviour: Behaviour) -> str:
    """The version as text."""
    major, minor, micro = behaviour.release
    return f"{major}.{minor:02}.{micro}"


def meta(behaviour: Behaviour, api: str, plugin: str = "openapi") -> Row:
    """The head of an answer.

    Args:
        behaviour: What the installation does.
        api: The version of the interface.
        plugin: What stands before the version: `openapi`, or `openapi/db` for the accounting.
    """
    major, minor, micro = behaviour.release
    number: Any = str if behaviour.is_new else int
    version = {"major": number(major), "micro": number(micro), "minor": number(minor)}
    if behaviour.is_new:
        word = "slurmdbd" if plugin.endswith("db") else "slurmctld"
        return {
            "plugin": {
                "type": f"openapi/{word}",
                "name": f"Slurm OpenAPI {word}",
                "data_parser": f"data_parser/{api}",
                "accounting_storage": "accounting_storage/slurmdbd",
            },
            "client": {"source": "[localhost]:40000", "user": "root", "group": "root"},
            "command": [],
            "slurm": {"version": version, "release": release_of(behaviour), "cluster": CLUSTER},
        }
    is_past = plugin.endswith("db")
    kind = {"type": f"openapi/{'db' * is_past}{api}", "name": f"Slurm OpenAPI {'DB ' * is_past}{api}"}
    return {"plugin": kind, "Slurm": {"version": version, "release": release_of(behaviour)}}
