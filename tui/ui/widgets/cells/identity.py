"""Which job it is: its state's sign, its name, its system, and the plain facts of the wide table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.ui.widgets.cells.row import STATE_TONES, Tone
from tui.ui.widgets.cells.text import fit, fit_middle, fit_right

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.models import Job
    from tui.ui.widgets.cells.row import Cell, Row

_ENVIRONMENT_TONES = {"prod": Tone.PROD, "stage": Tone.STAGE}

GUTTER_WIDTH = 4
"""Cells before the first column: cursor or the bar of production, state, mark and watch."""


def draw_gutter(row: Row, *, is_cursor: bool, is_marked: bool) -> Cell:
    """The signs before the name."""
    glyphs, state = row.look.glyphs, row.job.state
    is_prod = row.environment == "prod"
    edge = glyphs.cursor if is_cursor else (glyphs.prod if is_prod else " ")
    signs = (glyphs.mark if is_marked else "") + (glyphs.watch if row.is_watched else "")
    return (
        (edge, Tone.PROD if is_prod else Tone.ACCENT),
        (glyphs.states[state], STATE_TONES[state]),
        (f"{signs:<2}", Tone.MARKED),
    )


def draw_name(row: Row, width: int) -> Cell:
    """The name that users know the job by, else its id."""
    return ((fit_middle(row.job.name or row.job.id, width, row.look.glyphs.ellipsis), Tone.NAME),)


def draw_connection(row: Row, width: int) -> Cell:
    """The connection, tinted by its environment."""
    tone = _ENVIRONMENT_TONES.get(row.environment, Tone.MUTED)
    return ((fit_middle(row.job.connection, width, row.look.glyphs.ellipsis), tone),)


def fact(read: Callable[[Job], str], tone: Tone = Tone.MUTED) -> Callable[[Row, int], Cell]:
    """A drawing function for one text of the job, cut at its end."""

    def draw(row: Row, width: int) -> Cell:
        glyphs, text = row.look.glyphs, read(row.job)
        return ((fit(text or glyphs.dash, width, glyphs.ellipsis), tone if text else Tone.FAINT),)

    return draw


def middle_fact(read: Callable[[Job], str], tone: Tone = Tone.MUTED) -> Callable[[Row, int], Cell]:
    """The same, cut in its middle: for paths and ids, which differ at both ends."""

    def draw(row: Row, width: int) -> Cell:
        glyphs, text = row.look.glyphs, read(row.job)
        return ((fit_middle(text or glyphs.dash, width, glyphs.ellipsis), tone if text else Tone.FAINT),)

    return draw


def draw_exit_code(row: Row, width: int) -> Cell:
    """The exit code, right-aligned."""
    code, glyphs = row.job.exit_code, row.look.glyphs
    if code is None:
        return ((fit_right(glyphs.dash, width, glyphs.ellipsis), Tone.FAINT),)
    return ((fit_right(str(code), width, glyphs.ellipsis), Tone.TEXT if code else Tone.MUTED),)


def draw_environment(row: Row, width: int) -> Cell:
    """The environment's name, tinted as the connection is."""
    glyphs, environment = row.look.glyphs, row.environment
    tone = _ENVIRONMENT_TONES.get(environment, Tone.MUTED) if environment else Tone.FAINT
    return ((fit(environment or glyphs.dash, width, glyphs.ellipsis), tone),)


def draw_last_result(row: Row, width: int) -> Cell:
    """How the newest finished run ended, in a word."""
    result, glyphs = row.job.last_result, row.look.glyphs
    if result is None:
        return ((fit(glyphs.dash, width, glyphs.ellipsis), Tone.FAINT),)
    return ((fit(result.value, width, glyphs.ellipsis), STATE_TONES[result]),)
