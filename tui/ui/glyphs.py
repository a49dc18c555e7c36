"""The signs of the screen, in a Unicode and an ASCII set: states, marks, bars and strips of outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.core.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class GlyphSet(NamedTuple):
    """Every sign that a table row may need. Each takes one cell where the terminal has the set at all."""

    states: Mapping[State, str]
    """The sign of a state: shapes differ, so that colour never carries the meaning alone."""
    outcomes: Mapping[State, str]
    """The sign of a past run in a strip without colours; a success is the quietest."""
    cursor: str
    """Stands before the row under the cursor."""
    mark: str
    """Stands beside a marked row."""
    folded: str
    """Before a group whose jobs are hidden."""
    unfolded: str
    """Before a group whose jobs are shown."""
    watch: str
    """Stands beside a row whose run is watched."""
    prod: str
    """Stands at the left edge of a row of production."""
    ascending: str
    """Beside the title of the column that the rows are sorted by, smallest first."""
    descending: str
    """The same, largest first."""
    ellipsis: str
    """Where a text was cut."""
    dash: str
    """Where there is nothing to tell."""
    times: str
    """Behind a factor."""
    dot: str
    """Between two facts in one cell."""
    link: str
    """Before how the line to the terminal is."""
    thumb: str
    """The part of the scroll track that is on the screen."""
    heights: str
    """Bars from the lowest to the highest; empty where the set has none, then outcomes are shown."""
    bar_full: str
    """A done cell of a progress bar."""
    bar_half: str
    """A cell that is half done."""
    bar_rest: str
    """A cell that is still to do."""

    # There are two sets, and the mappings in them have no hash.
    def __hash__(self) -> int:
        return id(self)

    def height(self, share: float) -> str:
        """The bar for a share of the highest one, from 0.0 to 1.0; beyond them the lowest or highest."""
        top = len(self.heights) - 1
        return self.heights[round(max(0.0, min(1.0, share)) * top)]

    def outcome_strip(self, outcomes: Sequence[State]) -> str:
        """One sign a run, for screens that can't tell outcomes by colour."""
        return "".join(self.outcomes.get(outcome, self.dot) for outcome in outcomes)

    def progress(self, share: float, width: int) -> tuple[str, str]:
        """The done and the open part of a bar of that many cells."""
        halves = int(max(0.0, min(1.0, share)) * width * 2)
        done = self.bar_full * (halves // 2) + self.bar_half * (halves % 2)
        return done, self.bar_rest * (width - len(done))


UNICODE = GlyphSet(
    states={
        State.FAILED: "✗",
        State.WARNING: "▲",
        State.RUNNING: "▶",
        State.SCHEDULED: "◷",
        State.SUCCEEDED: "●",
        State.NEVER_RUN: "○",
        State.PAUSED: "‖",
        State.CANCELLED: "⊘",
        State.QUEUED: "…",
        State.UNKNOWN: "?",
    },
    outcomes={
        State.FAILED: "✗",
        State.WARNING: "▲",
        State.SUCCEEDED: "·",
        State.CANCELLED: "⊘",
    },
    cursor="▌",
    mark="◆",
    folded="▸",
    unfolded="▾",
    watch="◉",
    prod="▏",
    ascending="▲",
    descending="▼",
    ellipsis="…",
    dash="–",
    times="×",
    dot="·",
    link="↕",
    thumb="▐",
    heights="▁▂▃▄▅▆▇█",
    bar_full="━",
    bar_half="╸",
    bar_rest="─",
)
"""For terminals with a usual font."""

ASCII = GlyphSet(
    states={
        State.FAILED: "x",
        State.WARNING: "!",
        State.RUNNING: ">",
        State.SCHEDULED: "@",
        State.SUCCEEDED: "*",
        State.NEVER_RUN: "o",
        State.PAUSED: "=",
        State.CANCELLED: "/",
        State.QUEUED: ".",
        State.UNKNOWN: "?",
    },
    outcomes={
        State.FAILED: "x",
        State.WARNING: "!",
        State.SUCCEEDED: ".",
        State.CANCELLED: "/",
    },
    cursor=">",
    mark="+",
    folded="+",
    unfolded="-",
    watch="&",
    prod=":",
    ascending="^",
    descending="v",
    ellipsis="~",
    dash="-",
    times="x",
    dot="-",
    link="<>",
    thumb="|",
    heights="",
    bar_full="=",
    bar_half="-",
    bar_rest=".",
)
"""For consoles and fonts that know nothing else, chosen by `--ascii`."""
