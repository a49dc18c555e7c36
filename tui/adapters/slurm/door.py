"""The two ways to a Slurm, as the adapter sees them: its commands on this host, and slurmrestd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tui.core.errors import SystemUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.adapters.slurm.order import Order
    from tui.adapters.slurm.record import Record, Step
    from tui.core.models import ActionKind


class NoAccounting(SystemUnavailable):
    """The cluster keeps no history of its jobs, or this way does not lead to it."""

    code = "acct"


class Cluster(NamedTuple):
    """What a Slurm says of itself."""

    identity: str
    """The account that we act as, and where."""
    version: str
    """Its release, and over REST the version of the API that is spoken."""
    notes: tuple[str, ...] = ()
    """What a user should know of the way to it."""


@dataclass(frozen=True, slots=True)
class Past:
    """Which part of the history is wanted."""

    window_s: float
    """How far back."""
    name: str = ""
    """Only jobs of this name; all when empty."""
    run_id: str = ""
    """Only this run; then the window does not matter."""


class Door(Protocol):
    """One way to a Slurm. Reads raise SystemUnavailable; changes are sent once and raise like `trigger`."""

    user: str
    """Whose jobs are `me`."""
    missing: Mapping[ActionKind, str]
    """What can't be done this way with a job that has no table, and why."""

    async def open(self) -> None:
        """Prepare for work, without speaking to the system."""
        ...

    async def aclose(self) -> None:
        """Give back what `open` took."""
        ...

    async def ask(self) -> Cluster:
        """Who we are, and what is there."""
        ...

    async def queue(self) -> Sequence[Record]:
        """Every job that the controller has in mind: waiting, running, and ended a while ago."""
        ...

    async def history(self, past: Past) -> Sequence[Record]:
        """What the accounting knows. Raises NoAccounting."""
        ...

    async def steps(self, run_id: str) -> Sequence[Step]:
        """The steps of a run, as the accounting knows them. Raises NoAccounting."""
        ...

    async def raw(self, run_id: str) -> Sequence[object]:
        """The controller's own records of a run; empty when it has forgotten it."""
        ...

    async def output_of(self, job_id: str) -> str:
        """The file of a job's output as the controller names it; empty where it can't be asked."""
        ...

    async def script_of(self, job_id: str) -> str:
        """The batch script of a job that the controller has in mind. Raises ActionRefused."""
        ...

    async def submit(self, order: Order) -> str:
        """Submit a job, once; returns its id."""
        ...

    async def stop(self, run_id: str) -> None:
        """End a run, once."""
        ...

    async def hold(self, run_ids: Sequence[str]) -> None:
        """Keep waiting jobs from starting, once."""
        ...

    async def release(self, run_ids: Sequence[str]) -> None:
        """Let held jobs start, once."""
        ...

    async def requeue(self, run_id: str) -> None:
        """Let a run begin anew under its own id, once."""
        ...

    def shown_submission(self, order: Order) -> str:
        """What `submit` would send, for people; no secret is in it."""
        ...

    def shown_change(self, kind: ActionKind, run_ids: Sequence[str]) -> str:
        """What another change would send, for people."""
        ...
