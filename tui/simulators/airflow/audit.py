"""The audit log: who changed what, and when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.simulators.airflow.stamps import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

_LEFT_OUT = frozenset({"dag_id", "task_id", "dag_run_id", "run_id", "logical_date"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of it."""

    number: int
    """Its id."""
    at: datetime
    """When."""
    event: str
    """What was done, as the server's own code calls it."""
    owner: str
    """By whom."""
    dag_id: str | None
    """To which DAG."""
    run_id: str | None
    """To which run."""
    extra: str
    """What else was said in the request, as JSON."""

    def row(self) -> dict[str, object]:
        """What the list tells of it."""
        return {
            "event_log_id": self.number,
            "when": written(self.at),
            "dag_id": self.dag_id,
            "task_id": None,
            "run_id": self.run_id,
            "map_index": None,
            "try_number": None,
            "event": self.event,
            "logical_date": None,
            "owner": self.owner,
            "extra": self.extra,
            "dag_display_name": self.dag_id,
            "task_display_name": None,
        }


class Audit:
    """Every entry, oldest first."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    @property
    def entries(self) -> Sequence[Entry]:
        """What was written so far."""
        return self._entries

    def add(
        self,
        at: datetime,
        event: str,
        owner: str,
        places: Mapping[str, str],
        said: Mapping[str, object],
        method: str,
    ) -> None:
        """Write an entry.

        Args:
            at: Now.
            event: What is done.
            owner: By whom.
            places: What the address names: a DAG, a run.
            said: The body of the request.
            method: Its method.
        """
        kept = {name: value for name, value in said.items() if name not in _LEFT_OUT}
        extra = json.dumps({**kept, "method": method})
        run_id = places.get("dag_run_id") or said.get("dag_run_id")
        self._entries.append(
            Entry(
                number=len(self._entries) + 1,
                at=at,
                event=event,
                owner=owner,
                dag_id=places.get("dag_id"),
                run_id=str(run_id) if run_id else None,
                extra=extra,
            )
        )
