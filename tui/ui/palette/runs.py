"""The runs that the palette finds: the newest of the job under the cursor, and any by its id."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from tui.core.duration import format_age
from tui.ui.palette.entry import Entry
from tui.ui.palette.narrowing import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.models import Run
    from tui.ui.palette.narrowing import Sought
    from tui.ui.palette.source import PaletteSource

SHORTEST_ID = 3
"""Characters of a word that may be the beginning of a run's id, where nothing says that it is one."""


def run_entries(runs: Sequence[Run], source: PaletteSource) -> Sequence[Entry]:
    """A line for each run; choosing it opens its log.

    Args:
        runs: What was found.
        source: Where their jobs are, and what opens a log.
    """
    return [
        Entry(
            f"run: {run.key.run_id}",
            "",
            _note(run, source),
            partial(source.open_log, run.key),
            Kind.RUN,
            name=str(run.key),
        )
        for run in runs
    ]


def may_be_id(what: Sought) -> bool:
    """Whether to look for a run whose id begins as what was typed."""
    if what.kind is Kind.RUN:
        return bool(what.text)
    is_word = what.kind is None and " " not in what.text
    return is_word and len(what.text) >= SHORTEST_ID and any(map(str.isdigit, what.text))


def _note(run: Run, source: PaletteSource) -> Content:
    job = source.job(run.key.job)
    moment = run.ended_at or run.started_at or run.queued_at
    age = f"   {format_age((source.moment - moment).total_seconds())} ago" if moment is not None else ""
    return Content.assemble(
        (f"{source.glyphs.states[run.state]} {run.state.replace('_', ' '):<9}  ", f"$state-{run.state}"),
        (job.name if job is not None else run.key.job.id, "$foreground"),
        (f"   {run.key.connection}{age}", "$text-muted"),
    )
