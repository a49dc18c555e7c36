"""What the account may not do, as Airflow's answers (403) told: its API has no question for that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.core.models import ActionKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.core.clock import Clock

FORGOTTEN_S = 600.0
"""Seconds after which a refused action is offered again: somebody may have given the right meanwhile."""

_RIGHTS: Mapping[ActionKind, str] = {
    ActionKind.TRIGGER: "start runs",
    ActionKind.STOP: "stop or clear runs",
    ActionKind.RERUN: "stop or clear runs",
    ActionKind.HOLD: "pause or release DAGs",
    ActionKind.RELEASE: "pause or release DAGs",
}
"""The rights that Airflow knows, and the actions that need them."""


@dataclass
class Rights:
    """Remembers refusals.

    Args:
        account: Who we are, for the reason.
        clock: Tells how old a refusal is.
    """

    account: str
    clock: Clock
    _refused: dict[tuple[str, str], float] = field(default_factory=dict)
    _granted: set[str] = field(default_factory=set)

    def note_refused(self, kind: ActionKind, dag_id: str) -> None:
        """Airflow said no."""
        self._refused[_RIGHTS[kind], dag_id] = self.clock.monotonic()

    def note_granted(self, kind: ActionKind, dag_id: str) -> None:
        """Airflow said yes: the right is there, at least for this DAG."""
        right = _RIGHTS[kind]
        self._granted.add(right)
        self._refused.pop((right, dag_id), None)

    def reason_against(self, kind: ActionKind, dag_id: str) -> str:
        """Why an action would be refused; empty when it may be tried.

        A right that was refused once and never granted is taken to be missing for all DAGs.
        """
        right = _RIGHTS.get(kind)
        if right is None:
            return ""
        now = self.clock.monotonic()
        self._refused = {key: at for key, at in self._refused.items() if now - at < FORGOTTEN_S}
        is_missing = right not in self._granted and any(told == right for told, _ in self._refused)
        return self.reason(kind) if is_missing or (right, dag_id) in self._refused else ""

    def reason(self, kind: ActionKind) -> str:
        """What to say of a missing right."""
        return f"Airflow does not let {self.account} {_RIGHTS[kind]}"
