"""What a cell is made of, and what it may know of its row."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tui.core.state import State
from tui.ui.glyphs import UNICODE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, tzinfo

    from tui.core.models import Job, Receipt, Trend
    from tui.ui.glyphs import GlyphSet


class Tone(StrEnum):
    """What a piece of text means; the theme says how each tone looks."""

    TEXT = "text"
    NAME = "name"
    GROUP = "group"
    MUTED = "muted"
    FAINT = "faint"
    ACCENT = "accent"
    MARKED = "marked"
    PROD = "prod"
    STAGE = "stage"
    SLOW = "slow"
    BAR = "bar"
    PROGRESS = "progress"
    PROGRESS_REST = "progress-rest"
    TITLE = "title"
    TITLE_SORTED = "title-sorted"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WARNING = "warning"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    SCHEDULED = "scheduled"
    NEVER_RUN = "never-run"
    UNKNOWN = "unknown"


STATE_TONES: Mapping[State, Tone] = {state: Tone(state.value.replace("_", "-")) for state in State}
"""The tone of each state's sign."""

Span: TypeAlias = tuple[str, Tone]
"""A piece of text of one tone."""

Cell: TypeAlias = tuple[Span, ...]
"""The pieces of a cell; together they take exactly the width of its column."""


class Look(NamedTuple):
    """Choices of the user and of the terminal that shape every row."""

    glyphs: GlyphSet = UNICODE
    """The set of signs."""
    is_absolute: bool = False
    """Whether times are clock times instead of ages."""
    zone: tzinfo | None = None
    """The zone of clock times; None is the machine's own."""
    shows_outcomes: bool = False
    """Whether strips show a sign for each outcome because colours can't."""
    is_coarse: bool = False
    """Whether bars of progress grow by tenths, as on a slow link."""


class Row(NamedTuple):
    """Everything that the cells of one row are drawn from."""

    job: Job
    """The job as last observed."""
    now: datetime
    """What ages are counted from."""
    look: Look
    """How to draw."""
    trend: Trend | None = None
    """How its last runs went, where known."""
    receipt: Receipt | None = None
    """The newest action on it, while it is worth showing."""
    environment: str = ""
    """`prod`, `stage`, `dev` or empty."""
    is_stale: bool = False
    """Whether the job may differ by now from what is shown."""
    is_watched: bool = False
    """Whether the user is told when its run ends."""
    first_error: str = ""
    """What the log of the newest run tells, where the system's message says nothing."""


def age_s(row: Row, moment: datetime) -> float:
    """Seconds since a moment; never negative, for clocks of servers run ahead."""
    return max(0.0, (row.now - moment).total_seconds())
