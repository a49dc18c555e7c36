"""How the jobs of a bulk are told, each in one line, before it and while it goes on. No widget in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from tui.core.models import ActionKind
from tui.core.state import State
from tui.engine.bulk import ItemStatus
from tui.ui.side_by_side import in_lines
from tui.ui.widgets.cells.text import fit, fit_middle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.engine.bulk import BulkItem, BulkRun
    from tui.engine.bulk_plan import BulkLine, BulkPlan
    from tui.ui.glyphs import GlyphSet

VERBS: Mapping[ActionKind, tuple[str, str]] = {
    ActionKind.TRIGGER: ("Run", "Running"),
    ActionKind.RERUN: ("Rerun", "Rerunning"),
    ActionKind.STOP: ("Stop", "Stopping"),
    ActionKind.HOLD: ("Hold", "Holding"),
    ActionKind.RELEASE: ("Release", "Releasing"),
}
"""What is done, as an order and while it goes on."""

_WIDEST_NAME, _WIDEST_SYSTEM, _PLACE = 40, 18, 6
_NAME_SHARE, _SYSTEM_SHARE = 0.34, 0.18
_SIGNS: Mapping[ItemStatus, State | None] = {
    ItemStatus.WAITING: None,
    ItemStatus.CHECKING: State.QUEUED,
    ItemStatus.SENT: State.QUEUED,
    ItemStatus.REHEARSING: State.QUEUED,
    ItemStatus.ACCEPTED: State.SCHEDULED,
    ItemStatus.OBSERVED: State.SUCCEEDED,
    ItemStatus.REFUSED: State.FAILED,
    ItemStatus.UNKNOWN: State.UNKNOWN,
    ItemStatus.REHEARSED: State.WARNING,
    ItemStatus.SKIPPED: None,
    ItemStatus.NOT_SENT: State.CANCELLED,
}


class Widths(NamedTuple):
    """Cells of the columns."""

    name: int
    """The job's name."""
    system: int
    """Its connection."""
    rest: int
    """What will be sent, or what became of it."""


def widths_of(room: int) -> Widths:
    """How the columns share a line."""
    name = min(_WIDEST_NAME, int(room * _NAME_SHARE))
    system = min(_WIDEST_SYSTEM, int(room * _SYSTEM_SHARE))
    return Widths(name, system, max(1, room - 2 - name - 1 - system - 1 - _PLACE))


def head_line(room: int, title: str) -> Content:
    """The titles of the columns."""
    name, system, rest = widths_of(room)
    text = (
        f"  {fit('JOB', name, '')} {fit('SYSTEM', system, '')} {fit('ENV', _PLACE, '')}{fit(title, rest, '')}"
    )
    return Content.styled(text, "$table-header")


def plan_line(line: BulkLine, room: int, glyphs: GlyphSet) -> Content:
    """What would be sent to a job, or why it is left out."""
    rest = line.reason or (line.plan.preview if line.plan is not None else "")
    style = "$text-disabled" if line.reason else "$foreground"
    sign = (glyphs.dash, "$text-disabled") if line.reason else (glyphs.states[State.RUNNING], "$accent")
    return _line(line, room, glyphs, sign, (rest, "$text-muted" if line.reason else style), style)


def item_line(item: BulkItem, room: int, glyphs: GlyphSet) -> Content:
    """What became of a job."""
    state = item.state if item.status is ItemStatus.OBSERVED else None
    shown = state or _SIGNS[item.status]
    if shown is None:
        quiet = glyphs.dash if item.status is ItemStatus.SKIPPED else glyphs.dot
        sign = (quiet, "$text-disabled")
    else:
        sign = (glyphs.states[shown], f"$state-{shown}")
    is_quiet = item.status in (ItemStatus.WAITING, ItemStatus.SKIPPED, ItemStatus.NOT_SENT)
    style = "$text-muted" if is_quiet else sign[1]
    return _line(
        item.line, room, glyphs, sign, (told_of(item), style), "$text-disabled" if is_quiet else "$foreground"
    )


def told_of(item: BulkItem) -> str:
    """How far an item has got, in words."""
    status, message = item.status, item.message
    if status is ItemStatus.CHECKING:
        return "looking at it once more"
    run = f" {item.run_id}" if item.run_id else ""
    if status is ItemStatus.OBSERVED:
        state = f": {item.state.replace('_', ' ')}" if item.state is not None else ""
        return f"observed{run}{state}"
    if status is ItemStatus.ACCEPTED:
        return f"accepted{run}" + (f", {message}" if message else "")
    if status is ItemStatus.REHEARSED:
        return f"dry run: {message}"
    return f"{status}: {message}" if message else str(status)


def shares_text(plan: BulkPlan, room: int) -> Content:
    """The counts by system and environment, the most guarded ones first.

    Args:
        plan: What would be done.
        room: Cells of a line.
    """
    parts: list[Content] = []
    for share in plan.shares():
        told: list[tuple[str, str]] = [(share.connection, "bold")]
        if share.environment:
            told.append((f" {share.environment}", f"bold $env-{share.environment}"))
        if share.sent:
            told.append((f" {share.sent:,}", "$foreground"))
        if share.skipped:
            told.append((f" {'+ ' if share.sent else ''}{share.skipped:,} left out", "$text-muted"))
        parts.append(Content.assemble(*told))
    return in_lines(parts, room)


def tally_text(run: BulkRun, glyphs: GlyphSet, room: int) -> Content:
    """How many items have got how far."""
    parts: list[Content] = []
    for status in ItemStatus:
        count = run.tally.get(status, 0)
        if count:
            state = _SIGNS[status]
            sign = glyphs.states[state] if state is not None else glyphs.dot
            style = f"$state-{state}" if state is not None else "$text-muted"
            parts.append(Content.assemble((f"{sign} {count:,} ", f"bold {style}"), (status.value, style)))
    return in_lines(parts, room)


def _line(
    line: BulkLine,
    room: int,
    glyphs: GlyphSet,
    sign: tuple[str, str],
    rest: tuple[str, str],
    style: str,
) -> Content:
    widths = widths_of(room)
    place = f"$env-{line.environment}" if line.environment and style != "$text-disabled" else "$text-disabled"
    cells: Sequence[tuple[str, str]] = (
        (f"{sign[0]} ", sign[1]),
        (f"{fit_middle(line.name, widths.name, glyphs.ellipsis)} ", style),
        (f"{fit(line.job.connection, widths.system, glyphs.ellipsis)} ", "$text-muted"),
        (fit(line.environment, _PLACE, ""), place),
        (" ".join(rest[0].split()), rest[1]),
    )
    return Content.assemble(*cells)
