"""What users ask systems to do, and what is known of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tui.core.keys import JobKey, RunKey
    from tui.core.models import ActionKind, ReceiptStatus
    from tui.core.state import State


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that a job accepts when it is triggered."""

    name: str
    """The name that the system expects."""
    type: str = "string"
    """`string`, `number`, `boolean`, `date` or `json`."""
    default: str = ""
    """The value used when none is given."""
    description: str = ""
    """What it does, in the system's words."""
    is_required: bool = False
    """Whether a trigger without it is refused."""
    choices: tuple[str, ...] = ()
    """The only values allowed; empty when any is."""


@dataclass(frozen=True, slots=True)
class Action:
    """One change that a user asks for."""

    kind: ActionKind
    """What to do."""
    job: JobKey
    """To which job."""
    run: RunKey | None = None
    """To which run, for stop and rerun; None means the newest."""
    params: Mapping[str, str] = field(default_factory=dict)
    """Parameters of a trigger."""
    is_forced: bool = False
    """Stop at once instead of asking the run to end."""
    is_failed_only: bool = False
    """Rerun only the steps that failed."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A system's word that it took an action."""

    run_id: str = ""
    """The run that the action made or touched, where the system tells it."""
    message: str = ""
    """What the system said."""


@dataclass(frozen=True, slots=True)
class ReceiptStep:
    """One thing that became known of an action."""

    status: ReceiptStatus
    """How far it had got."""
    at: datetime
    """When that became known here."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one action. A newer receipt of the same request replaces the older."""

    request_id: str
    """Ours, unique for every confirmation; the journal's key."""
    action: Action
    """What was asked."""
    status: ReceiptStatus
    """How far it got."""
    sent_at: datetime
    """When the request left; while it waits when it will, and of one that never left when that was clear."""
    updated_at: datetime
    """When this status became known."""
    run_id: str = ""
    """The run it made or touched, once known."""
    message: str = ""
    """What the system or nightdeck has to say about it."""
    observed_state: State | None = None
    """The state in which the poller first saw the run afterwards."""
    steps: tuple[ReceiptStep, ...] = ()
    """What became known when, the oldest first."""

    def __post_init__(self) -> None:
        """A receipt that comes without a past begins with what it tells now."""
        if not self.steps:
            object.__setattr__(self, "steps", (ReceiptStep(self.status, self.updated_at),))

    def at_step(self, status: ReceiptStatus, at: datetime, **changes: Any) -> Receipt:
        """The receipt when a further step is known.

        Args:
            status: How far the action has got.
            at: When that became known.
            changes: What else is known now.
        """
        steps = (*self.steps, ReceiptStep(status, at))
        return replace(self, status=status, updated_at=at, steps=steps, **changes)
