"""How the server says no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Detail = str | Mapping[str, object] | Sequence[Mapping[str, object]]
"""What stands behind `detail`: a sentence, an object, or the faults of a body."""


@dataclass(eq=False)
class Refused(Exception):
    """An answer that is no success."""

    code: int
    """The HTTP status."""
    detail: Detail
    """What is wrong."""

    @classmethod
    def unknown_dag(cls, dag_id: str) -> Refused:
        """No DAG has this id, say most of the routes."""
        return cls(404, f"The Dag with ID: `{dag_id}` was not found")

    @classmethod
    def unknown_run(cls, dag_id: str, run_id: str) -> Refused:
        """The DAG has no run of this id."""
        return cls(404, f"The DagRun with dag_id: `{dag_id}` and run_id: `{run_id}` was not found")

    @classmethod
    def conflict(cls) -> Refused:
        """The database has such a row already; it tells no more than that, unless it is told to."""
        message = (
            "Serious error when handling your request. Check logs for more details - "
            "you will find it in api server when you look for ID 3yJ8kQ1z"
        )
        return cls(
            409,
            {
                "reason": "Unique constraint violation",
                "statement": "hidden",
                "orig_error": "hidden",
                "message": message,
            },
        )
