"""What is known of the runs of one ETL.

The API names no runs and keeps none but the last, so a run gets an id of our own making: when it was asked
for, when it was first seen to run, or the `last_exec_ts` of one that was over before anybody looked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from tui.adapters.bmc.states import NEVER, Told
from tui.adapters.bmc.times import compact
from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_RUNS = 20
"""Runs of one ETL that are remembered: the list goes into the state file with each new run."""

QUEUED_FOR = timedelta(minutes=2)
"""So long an accepted request may go unseen before nobody knows what became of it."""

BEGINS_WITHIN = timedelta(minutes=10)
"""A run that begins so long after a request, or later, may as well be another one."""

SKEW = timedelta(minutes=2)
"""How far the system's clock may be from ours."""

FORGOTTEN_AFTER = timedelta(hours=1)
"""After so long the ETL's own status counts again, although the run that was asked for was never seen."""


class Phase(StrEnum):
    """How far a run has got."""

    ASKED = "asked"
    """It was asked for, and nothing more is seen of it."""
    RUNNING = "running"
    """It was seen to run, and not to end."""
    ENDED = "ended"
    """It is over."""


@dataclass(slots=True)
class KnownRun:
    """One run."""

    id: str
    """Our own name for it."""
    phase: Phase
    """How far it has got."""
    asked: datetime | None = None
    """When it was asked for, if it was by us."""
    seen: datetime | None = None
    """When it was first seen to run."""
    started: datetime | None = None
    """When it began, as far as that is known to a few seconds."""
    ended: datetime | None = None
    """When it ended, likewise; of a run that nobody saw, its `last_exec_ts`."""
    closed: datetime | None = None
    """When it was first seen to be over."""
    mark: str = ""
    """The `last_exec_ts` that is known to be of this run."""
    state: State = State.UNKNOWN
    """How it ended."""
    native: str = ""
    """The system's words for that."""
    exit_code: str = ""
    """The word for how it ended alone."""
    params: dict[str, str] = field(default_factory=dict)
    """What it was asked for with."""
    is_found: bool = False
    """Whether it was running already when anybody looked for the first time."""
    is_first: bool = False
    """Whether the ETL had never run before it."""
    is_stopped: bool = False
    """Whether we asked the system to stop it."""

    def judge(self, result: State | None, native: str, exit_code: str) -> None:
        """Note how it ended.

        Args:
            result: What the system's words mean; None when they tell nothing.
            native: The words.
            exit_code: The word for how it ended alone.
        """
        self.state, self.native, self.exit_code = result or State.UNKNOWN, native, exit_code
        if self.is_stopped:
            self.stop()

    def stop(self) -> None:
        """Note that the system was asked to stop it: then a bad end is what was wanted."""
        self.is_stopped = True
        if self.phase is Phase.ENDED and self.state in {State.FAILED, State.UNKNOWN}:
            self.state = State.CANCELLED


@dataclass(slots=True)
class Book:
    """The runs of one ETL, oldest first, and what the API told last."""

    runs: list[KnownRun] = field(default_factory=list)
    """Its runs."""
    base: Told | None = None
    """The last documented status; None before the first one."""
    seen: datetime | None = None
    """When the API told something last."""
    turned: datetime | None = None
    """When a service was seen to change between on and off."""
    start_asked: datetime | None = None
    """When we asked a service to start, until it is seen to run."""
    strange: Told | None = None
    """What it told last, when that is no documented status."""

    @property
    def told(self) -> Told | None:
        """What it told last."""
        return self.strange or self.base

    @property
    def is_blank(self) -> bool:
        """Whether it has never told of a run or of a schedule."""
        return self.base is None or (self.base.word == NEVER and not self.base.has_run)

    @property
    def running(self) -> KnownRun | None:
        """The run that goes on."""
        return next((run for run in reversed(self.runs) if run.phase is Phase.RUNNING), None)

    @property
    def last_ended(self) -> KnownRun | None:
        """The newest run that is over."""
        return next((run for run in reversed(self.runs) if run.phase is Phase.ENDED), None)

    @property
    def newest_id(self) -> str:
        """The id of the newest run that was seen."""
        seen = (run.id for run in reversed(self.runs) if run.phase is not Phase.ASKED)
        return next(seen, "")

    def asked(self, now: datetime) -> KnownRun | None:
        """The newest run that was asked for and not seen yet, unless that is forgotten by now."""
        for run in reversed(self.runs):
            if run.phase is Phase.ASKED and run.asked is not None and now - run.asked < FORGOTTEN_AFTER:
                return run
        return None

    def find(self, run_id: str) -> KnownRun | None:
        """One run."""
        return next((run for run in self.runs if run.id == run_id), None)

    def ask(self, params: Mapping[str, str], newest_before: str, now: datetime) -> KnownRun:
        """Note that the system took our request for a run.

        Args:
            params: What it was asked for with.
            newest_before: The `newest_id` when the request was sent.
            now: When the answer came.

        Returns:
            The run. While the answer was on its way it may have been seen already.
        """
        seen = self.running or self.last_ended
        if seen is not None and self.newest_id != newest_before:
            run = seen
        else:
            run = KnownRun(self.new_id("asked", now), Phase.ASKED)
            self.add(run)
        run.asked, run.params = now, dict(params)
        return run

    def begin(self, name: str, moment: datetime, now: datetime) -> KnownRun:
        """A run that was not seen before: the one that we asked for, if there is such.

        Args:
            name: What to name it by, if it is not ours.
            moment: The time in its name; one long before our request is not ours.
            now: When it was seen.
        """
        for run in self.runs:
            if run.phase is not Phase.ASKED or run.asked is None:
                continue
            is_late = moment >= run.asked - SKEW or self._is_newer(moment, run.asked)
            if now - run.asked < BEGINS_WITHIN and is_late:
                return run
        self.runs = [run for run in self.runs if run.phase is not Phase.ASKED]
        run = KnownRun(self.new_id(name, moment), Phase.ENDED)
        self.add(run)
        return run

    def _is_newer(self, moment: datetime, asked: datetime) -> bool:
        """Whether a time is later than what was told shortly before a request: by the system's own clock."""
        if self.base is None or self.seen is None or self.seen < asked - SKEW:
            return False
        return moment > self.base.moment if self.base.moment is not None else not self.base.has_run

    def add(self, run: KnownRun) -> None:
        """Append a run; the oldest ones are forgotten."""
        self.runs.append(run)
        del self.runs[:-MOST_RUNS]

    def new_id(self, name: str, moment: datetime) -> str:
        """An id that no other run of this ETL has."""
        wanted = f"{name}-{compact(moment)}"
        taken = {run.id for run in self.runs}
        ids = (wanted if number == 1 else f"{wanted}-{number}" for number in range(1, len(taken) + 2))
        return next(run_id for run_id in ids if run_id not in taken)


_SHAPE: TypeAdapter[Book] = TypeAdapter(Book)


def to_json(book: Book) -> Any:
    """The book as it is kept."""
    return _SHAPE.dump_python(book, mode="json", exclude_defaults=True)


def from_json(value: Any) -> Book:
    """A book as it was kept; an empty one when it can't be read."""
    try:
        return _SHAPE.validate_python(value) if value is not None else Book()
    except ValidationError:
        return Book()
