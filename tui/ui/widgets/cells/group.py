"""The line of a group: whether it is folded, what it is called, what its jobs do, what needs somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.state import State
from tui.ui.widgets.cells.identity import GUTTER_WIDTH
from tui.ui.widgets.cells.row import STATE_TONES, Tone
from tui.ui.widgets.cells.text import fit, width_of

if TYPE_CHECKING:
    from datetime import datetime

    from tui.engine.groups import Group
    from tui.ui.widgets.cells.row import Cell, Look, Span

_GAP = "  "
_COUNT_WIDTH = 5
_LEAST_NAME = 16
_WEEK_DAYS = 7
_TROUBLE = (State.FAILED, State.WARNING)


def draw_group(
    group: Group, look: Look, now: datetime, width: int, *, name_width: int, marked: int, is_cursor: bool
) -> tuple[Cell, ...]:
    """The cells of the line; together they take exactly the width.

    Args:
        group: What is told.
        look: How to draw.
        now: What times are compared with.
        width: Cells of the line.
        name_width: Cells for the name in a table that has room for more.
        marked: How many of its jobs are marked.
        is_cursor: Whether the cursor is on the line.
    """
    glyphs = look.glyphs
    sign = glyphs.folded if group.is_folded else glyphs.unfolded
    gutter: Cell = (
        (glyphs.cursor if is_cursor else " ", Tone.ACCENT),
        (sign, STATE_TONES[group.worst]),
        (f"{glyphs.mark} " if marked else "  ", Tone.MARKED),
    )
    room = max(0, width - GUTTER_WIDTH)
    name_width = max(min(name_width, room - 2 * _COUNT_WIDTH), min(room, _LEAST_NAME))
    name = fit(group.label, name_width, glyphs.ellipsis)
    tone = Tone.MUTED if group.is_rest else Tone.GROUP
    facts = _facts(group, look, now, marked, room - name_width)
    return gutter, ((name, tone),), facts


def _facts(group: Group, look: Look, now: datetime, marked: int, room: int) -> Cell:
    """As many facts as there is room for, the most telling first."""
    told: list[Span] = []
    for spans in (
        ((f"{group.jobs:>{_COUNT_WIDTH},} {'job ' if group.jobs == 1 else 'jobs'}", Tone.MUTED),),
        *_counts(group, look),
        *((((text, Tone.MUTED),)) for text in _words(group, look, now)),
        *([((f"{marked:,} marked", Tone.MARKED),)] if marked else ()),
    ):
        gap = _GAP if told else ""
        taken = len(gap) + sum(width_of(text) for text, _ in spans)
        if taken > room:
            break
        told += [(gap, Tone.TEXT), *spans]
        room -= taken
    return (*told, (" " * room, Tone.TEXT))


def _counts(group: Group, look: Look) -> list[tuple[Span, ...]]:
    """The jobs by state, the worst first; those that rest since they failed follow the failed ones.

    Of a cause only what is in trouble counts: what such jobs wait for meanwhile is no part of it.
    """
    glyphs = look.glyphs
    counts: list[tuple[Span, ...]] = [
        ((glyphs.states[state], STATE_TONES[state]), (f" {count:,}", Tone.TEXT))
        for state, count in group.counts.items()
        if not group.systems or state in _TROUBLE
    ]
    if group.resting:
        behind = sum(state in group.counts for state in _TROUBLE)
        sign = (glyphs.states[group.worst_last], STATE_TONES[group.worst_last])
        counts.insert(behind, (("last ", Tone.MUTED), sign, (f" {group.resting:,}", Tone.TEXT)))
    return counts


def _words(group: Group, look: Look, now: datetime) -> list[str]:
    """On how many systems the cause is, and since when."""
    words = []
    if group.systems:
        words.append(f"{group.systems} {'system' if group.systems == 1 else 'systems'}")
    if group.since is not None:
        words.append(f"since {_moment(group.since, look, now)}")
    return words


def _moment(moment: datetime, look: Look, now: datetime) -> str:
    local, today = moment.astimezone(look.zone), now.astimezone(look.zone).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{local:%a %H:%M}" if (today - local.date()).days < _WEEK_DAYS else f"{local:%m-%d}"
