"""The first line: how many jobs fail, run and wait, and how each connection does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui.core.duration import format_age
from tui.core.models import HealthStatus
from tui.core.state import State
from tui.ui.dry_run import BADGE, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tui.core.models import Health
    from tui.ui.board import Board

_COUNTED: tuple[tuple[str, str, tuple[State, ...]], ...] = (
    ("failed", "$state-failed", (State.FAILED,)),
    ("warning", "$state-warning", (State.WARNING,)),
    ("unknown", "$state-unknown", (State.UNKNOWN,)),
    ("running", "$state-running", (State.RUNNING,)),
    ("queued", "$state-queued", (State.QUEUED,)),
    ("ok", "$state-succeeded", (State.SUCCEEDED,)),
    ("idle", "$text-muted", (State.SCHEDULED, State.PAUSED, State.CANCELLED, State.NEVER_RUN)),
)
"""What the header counts: word, colour, states. What is zero is left out."""

_MARKS = {
    HealthStatus.OK: ("●", "$state-succeeded"),
    HealthStatus.CONNECTING: ("◌", "$text-muted"),
    HealthStatus.PAUSED: ("‖", "$state-paused"),
    HealthStatus.FAILING: ("✕", "$state-failed"),
    HealthStatus.UNAUTHORIZED: ("▲", "$state-warning"),
    HealthStatus.BROKEN: ("▲", "$state-warning"),
}
_ASCII_MARKS = dict(zip(_MARKS, ("*", "o", "=", "x", "!", "!"), strict=True))
_TLS_OFF = " tls off"
_WORST_FIRST = (
    HealthStatus.FAILING,
    HealthStatus.UNAUTHORIZED,
    HealthStatus.BROKEN,
    HealthStatus.CONNECTING,
    HealthStatus.PAUSED,
    HealthStatus.OK,
)
_NAME = "nightdeck"
_BADGE = "bold $env-prod reverse"
_NARROW = 100
"""Columns below which the badge of production takes the place of the name: the connections need the room."""
_ROOM_FOR_A_NUMBER = 6
_ROOM_FOR_THE_WORST = 18
_COARSE_AFTER_S = 10
"""A healthy connection's age is told only beyond this: a number that changes each second distracts."""


class Header(Widget):
    """One line that tells the whole story; a broken connection is told here with its age."""

    DEFAULT_CSS = """
    Header { height: 1; width: 1fr; background: $panel; color: $foreground; }
    Header.-prod { background: $prod-tint; }
    """

    line: reactive[Content] = reactive(Content(), layout=False)
    """What is painted; assigning an equal line paints nothing."""

    unlocked: reactive[str] = reactive("", repaint=False, init=False)
    """How long actions are still allowed, where that ends; told whatever else has no room."""

    is_prod: reactive[bool] = reactive(default=False, repaint=False, init=False)
    """Whether the keys are about a job of production."""

    def __init__(
        self, board: Board, *, title: str = "", is_ascii: bool = False, is_dry_run: bool = False
    ) -> None:
        """Show a board's counts and health.

        Args:
            board: What to tell about.
            title: A word beside the program's name.
            is_ascii: Whether only ASCII characters may be drawn.
            is_dry_run: Whether nothing is sent, which is told whatever else has no room.
        """
        super().__init__()
        self._is_dry_run = is_dry_run
        self._board = board
        self._title = title
        self._is_ascii = is_ascii

    def render(self) -> Content:
        """The line as it was last computed."""
        return self.line

    def on_resize(self) -> None:
        """Fit the line to the new width."""
        self.update_line()

    def watch_is_prod(self, is_prod: bool) -> None:  # noqa: FBT001 - Textual's form
        """Wear the colour of production, and say so for those who see no colours."""
        self.set_class(is_prod, "-prod")
        self.update_line()

    def watch_unlocked(self) -> None:
        """Count down."""
        self.update_line()

    def update_line(self) -> None:
        """Compute the line anew; it is painted only when it differs."""
        left = self._left()
        room = self.size.width - left.cell_length - 2
        right = health_line(self._board.health, self._board.now, room, is_ascii=self._is_ascii)
        gap = max(1, self.size.width - left.cell_length - right.cell_length - 1)
        line = Content.assemble(left, " " * gap, right)
        if not line.is_same(self.line):
            self.line = line

    def _left(self) -> Content:
        # The counts stay where they are when the cursor goes to and fro between production and the rest.
        is_narrow = self.size.width < _NARROW
        parts: list[str | tuple[str, str]] = [(f" {_NAME}", "bold $accent")]
        if self.is_prod and is_narrow:
            parts = [" ", (f"{'prod':^{len(_NAME)}}", _BADGE)]
        if self._is_dry_run:
            parts = [*parts, " "] if self.is_prod or not is_narrow else [" "]
            parts.append((f" {WORDS} ", BADGE))
        if self.unlocked:
            parts = [*parts, " "] if self.is_prod or self._is_dry_run or not is_narrow else [" "]
            parts.append((f" {self.unlocked} ", BADGE))
        if self._title and not is_narrow:
            parts.append((f" {self._title}", "$text-muted"))
        parts.append(("  ", ""))
        separator = ""
        room = self.size.width - sum(len(part if isinstance(part, str) else part[0]) for part in parts)
        room -= self._room_for_health()
        for word, style, states in _COUNTED:
            number = sum(self._board.counts.get(state, 0) for state in states)
            room -= len(f"{separator}{number:,} {word}") if number else 0
            if number and room >= 0:
                parts += [
                    (separator, "$text-muted"),
                    (f"{number:,}", f"bold {style}"),
                    (f" {word}", "$text-muted"),
                ]
                separator = " · " if not self._is_ascii else " | "
        if self.is_prod and not is_narrow:
            parts += [("  ", ""), (" prod ", _BADGE)]
        return Content.assemble(*parts)

    def _room_for_health(self) -> int:
        """Cells that the counts leave, so that the worst connection is never pushed off the line."""
        is_well = all(health.status is HealthStatus.OK for health in self._board.health.values())
        return _ROOM_FOR_A_NUMBER if is_well else _ROOM_FOR_THE_WORST


def health_line(health: Mapping[str, Health], now: datetime, room: int, *, is_ascii: bool = False) -> Content:
    """The connections in one line, worst first; those that don't fit are counted.

    Args:
        health: The connections by name.
        now: What ages are counted from.
        room: Cells that the line may take.
        is_ascii: Whether only ASCII characters may be drawn.
    """
    ranked = sorted(
        health.values(), key=lambda h: (_WORST_FIRST.index(h.status), not h.is_insecure, h.connection)
    )
    return _fit([(_connection(one, now, is_ascii=is_ascii), one.is_insecure) for one in ranked], room)


def _fit(pieces: Sequence[tuple[Content, bool]], room: int) -> Content:
    """As many connections as fit, and how many don't; whether TLS is off for one of those is told as well."""
    shown: list[Content] = []
    used = 0
    waiting = list(pieces)
    while waiting:
        piece, _ = waiting[0]
        if used + piece.cell_length + 2 + _rest(waiting[1:]).cell_length > room:
            break
        waiting.pop(0)
        used += piece.cell_length + 2
        shown.append(piece)
    if waiting:
        shown.append(_rest(waiting))
    return Content("  ").join(shown)


def _rest(waiting: Sequence[tuple[Content, bool]]) -> Content:
    """How many connections don't fit; nothing where all do."""
    if not waiting:
        return Content("")
    parts = [(f"+{len(waiting)}", "$text-muted")]
    if any(is_insecure for _, is_insecure in waiting):
        parts.append((_TLS_OFF, "$state-warning"))
    return Content.assemble(*parts)


def _connection(health: Health, now: datetime, *, is_ascii: bool) -> Content:
    glyph, style = _MARKS[health.status]
    if is_ascii:
        glyph = _ASCII_MARKS[health.status]
    name_style = f"$env-{health.environment}" if health.environment == "prod" else "$text-muted"
    parts: list[tuple[str, str]] = [(f"{health.connection} ", name_style), (glyph, style)]
    note = _note(health, now)
    if note:
        parts.append((f" {note}", style if health.status is not HealthStatus.OK else "$text-muted"))
    if health.is_insecure:
        parts.append((_TLS_OFF, "$state-warning"))
    return Content.assemble(*parts)


def _note(health: Health, now: datetime) -> str:
    age = (now - health.last_ok_at).total_seconds() if health.last_ok_at is not None else None
    if health.status is HealthStatus.OK:
        return format_age(age) if age is not None and age >= _COARSE_AFTER_S else ""
    if health.status is HealthStatus.CONNECTING:
        return ""
    told = [health.code] if health.code else []
    if age is not None:
        told.append(format_age(age))
    return " ".join(told)
