"""What is kept of each confirmed start: what was told of it, and what it came to at the system."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from tui.core.models import Action, Receipt, ReceiptStatus

UNLISTED = "informatica code"
"""The system that lists no runs: one whose id was lost with the answer is never found."""


class Promise(StrEnum):
    """What must hold, in words for users."""

    ONCE = "one confirmation makes at most one run"
    NOT_REFUSED = "a run that was made is never called refused"
    NOT_MADE_UP = "a run is told of only if it was made"
    IN_JOURNAL = "every run that was made is in the journal"
    RIGHT_NAME = "a receipt names the run that was made"
    IN_DOUBT = "nothing is started again while an earlier start is in doubt"


@dataclass
class Confirmation:
    """One request that the user confirmed, with what it came to at the system."""

    request_id: str
    action: Action
    old_run: str
    """The run that the job's row showed before."""
    system: str
    """Which of the systems it was sent to."""
    fault: str = ""
    tricks: list[str] = field(default_factory=list)
    made: int = 0
    """How many runs the system made of it."""
    requests: int = 0
    """How many requests for a change it received meanwhile."""
    receipts: list[Receipt] = field(default_factory=list)
    """What was told of it, in order."""
    steps: list[tuple[str, str]] = field(default_factory=list)
    """Status and message of each entry in the journal."""
    newest_run: str = ""
    """The run that the job's row shows in the end."""
    is_clock_far: bool = False
    """Whether the server's clock was further from ours than nightdeck takes for usual."""
    was_lost: bool = False
    """Whether its outcome was unknown for a while."""
    was_asked_again: bool = False
    """Whether the user tried to start the job again meanwhile."""

    @property
    def last(self) -> str:
        """What is known in the end: the journal's last word, else that of the last receipt."""
        told = self.steps[-1][0] if self.steps else ""
        if told in ("", ReceiptStatus.SENT) and self.receipts:
            return self.receipts[-1].status.value
        return told

    @property
    def names(self) -> set[str]:
        """The runs that were named as the one that it made."""
        good = (ReceiptStatus.OBSERVED, ReceiptStatus.ACCEPTED)
        return {receipt.run_id for receipt in self.receipts if receipt.status in good} - {""}

    def __str__(self) -> str:
        told = [f"{r.status} {r.run_id!r} {r.message}" for r in self.receipts]
        tricks = ", ".join([self.fault or "no fault", *self.tricks])
        return (
            f"{self.action.kind} {self.action.job.id} under {tricks}: {self.made} runs,"
            f" {self.requests} requests, row {self.old_run!r} -> {self.newest_run!r}\n"
            f"  told {told}\n  journal {self.steps}"
        )


@dataclass
class Book:
    """Everything that was confirmed in one world, and what was wrong with it."""

    confirmations: list[Confirmation] = field(default_factory=list)
    wrongs: list[tuple[Promise, str]] = field(default_factory=list)
    """What was broken, and the story."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often what happened, beside that."""
