"""Who may do what, and what must be typed first: the gate before every action."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from tui.core.models import ActionKind
from tui.engine.typed_name import is_typed, name_to_type, what_is_typed

if TYPE_CHECKING:
    from tui.core.adapter import Adapter
    from tui.core.keys import JobKey
    from tui.core.models import Action, Job
    from tui.engine.lock import SessionLock


class GuardLevel(StrEnum):
    """How much a user must do to confirm an action."""

    ENTER = "enter"
    """Press Enter."""
    YES = "yes"
    """Type `y`."""
    NAME = "name"
    """Type the job's name."""


RANKS = (GuardLevel.ENTER, GuardLevel.YES, GuardLevel.NAME)
"""The levels, the most careful one last."""

_LEVELS = {
    "": GuardLevel.ENTER,
    "dev": GuardLevel.ENTER,
    "stage": GuardLevel.YES,
    "prod": GuardLevel.NAME,
}


class Systems(Protocol):
    """The connections, as far as actions need them."""

    def environment(self, connection: str) -> str:
        """`prod`, `stage`, `dev` or empty."""
        ...

    def is_read_only(self, connection: str) -> bool:
        """Whether the connection's config refuses actions."""
        ...

    def fresh_s(self, connection: str) -> float:
        """Seconds after which a row of the connection is read again before it is acted on."""
        ...

    async def adapter(self, connection: str) -> Adapter:
        """The open adapter. Raises NightdeckError."""
        ...

    async def sweep(self, connection: str) -> None:
        """Read all of the connection's jobs again, into the store. Raises NightdeckError."""
        ...

    def touch(self, job: JobKey) -> None:
        """Let the poller look at the job soon."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What would happen if an action were confirmed."""

    request_id: str
    """Pass it to `perform`: the same one is never sent twice."""
    action: Action
    """What was asked, with the run and the parameters that it will be sent with."""
    job: Job
    """The job as it is known now."""
    environment: str
    """The connection's environment."""
    level: GuardLevel
    """How it must be confirmed."""
    expects: str
    """What must be typed; empty when Enter is enough."""
    preview: str
    """The request that would be sent, without secrets."""
    age_s: float
    """Seconds since the job was observed."""
    is_stale: bool
    """Whether the job will be read again before anything is sent."""
    refusal: str = ""
    """Why it can't be done; empty when it can."""
    is_in_doubt: bool = False
    """Whether it is refused because an earlier start has an unknown outcome: the user may accept that."""


def level_of(environment: str) -> GuardLevel:
    """How carefully an environment is treated; one that we don't know counts as production."""
    return _LEVELS.get(environment, GuardLevel.NAME)


def guard_level(environment: str, action: Action) -> GuardLevel:
    """How an action must be confirmed.

    A job that is deleted doesn't come back, so its name is typed everywhere; a run that is stopped by force
    can't tidy up, so that is asked about more strictly than a plain stop.

    Args:
        environment: The connection's; one that we don't know counts as production.
        action: What is asked for.
    """
    level = level_of(environment)
    if action.kind is ActionKind.DELETE:
        return GuardLevel.NAME
    return GuardLevel.YES if action.is_forced and level is GuardLevel.ENTER else level


def expected_confirmation(level: GuardLevel, job: Job) -> str:
    """What must be typed; empty when Enter is enough."""
    if level is GuardLevel.NAME:
        return name_to_type(job)
    return "y" if level is GuardLevel.YES else ""


def confirmation_refusal(level: GuardLevel, job: Job, confirmation: str | None) -> str:
    """Why what was typed doesn't confirm the action; empty when it does.

    Args:
        level: How it must be confirmed.
        job: The job that would be acted on.
        confirmation: What was typed; None when nobody was asked or the user went back.
    """
    if confirmation is None:
        return "not confirmed"
    typed = confirmation.strip()
    if level is GuardLevel.NAME and not is_typed(typed, name_to_type(job)):
        return f"not confirmed: {what_is_typed(job)} is {name_to_type(job)!r}"
    if level is GuardLevel.YES and typed.casefold() not in ("y", "yes"):
        return "not confirmed: it takes a y"
    return ""


class Guard:
    """Says no while everything, or one connection, is read-only."""

    def __init__(self, systems: Systems, lock: SessionLock) -> None:
        self._systems = systems
        self.lock = lock
        """Refuses everything, and may be lifted for a while; what a connection's config refuses may not."""

    @property
    def is_read_only(self) -> bool:
        """Whether every action is refused at this moment."""
        return self.lock.is_locked

    def refusal(self, job: JobKey) -> str:
        """Why nothing may be done to the job; empty when something may. No I/O."""
        if self.is_read_only:
            return "nightdeck is read-only: nothing is sent"
        if self._systems.is_read_only(job.connection):
            return f"the connection {job.connection} is read-only in the config file: nothing is sent"
        return ""
