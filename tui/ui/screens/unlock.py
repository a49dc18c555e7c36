"""The question before read-only is lifted: for how long, and where actions are allowed then."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from tui.core.duration import format_span
from tui.engine.guard import RANKS, GuardLevel, level_of
from tui.ui.screens.question import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tui.core.models import Health

SPANS_S = (300.0, 600.0, 1800.0)
"""For how long it can be lifted, besides what the config says."""

WORD = "unlock"
"""What is typed where production is among the connections."""


class UnlockDialog(Question):
    """Asks whether actions shall be allowed for a while."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "longer", "longer", show=False, priority=True),
        Binding("shift+tab", "shorter", "shorter", show=False, priority=True),
    ]

    def __init__(self, connections: Iterable[Health], usual_s: float) -> None:
        """Ask about these connections.

        Args:
            connections: All of the session.
            usual_s: For how long, when nothing else is chosen.
        """
        super().__init__()
        every = sorted(connections, key=lambda health: health.connection)
        self._kept = [health.connection for health in every if health.is_read_only]
        self._opened = [health.connection for health in every if not health.is_read_only]
        self._guarded = max(
            (health.environment for health in every), key=lambda name: RANKS.index(level_of(name)), default=""
        )
        self._spans_s = sorted({*SPANS_S, usual_s})
        self.seconds = usual_s
        """For how long."""

    @property
    def environment(self) -> str:
        """The most guarded of all connections."""
        return self._guarded

    @property
    def level(self) -> GuardLevel:
        """As for an action in the most guarded environment."""
        return level_of(self._guarded)

    @property
    def expects(self) -> str:
        """The word where it is to be typed."""
        return {GuardLevel.NAME: WORD, GuardLevel.YES: "y"}.get(self.level, "")

    @property
    def wanted(self) -> str:
        """What is to be typed, in words."""
        return "the word"

    @property
    def refusal(self) -> str:
        """Where nothing would be allowed by it."""
        return "" if self._opened else "every connection is read_only in the config file: change it there"

    @property
    def ways(self) -> Sequence[tuple[str, str]]:
        """To choose another span."""
        return [] if self.refusal else [("tab", f"for {format_span(self._next(1))}")]

    def is_confirmed_by(self, typed: str) -> bool:
        """Whether the answer is what was asked for."""
        clean = typed.strip().casefold()
        return not self.refusal and (clean == self.expects or (self.level is GuardLevel.ENTER))

    def question(self) -> Content:
        """For how long."""
        parts: list[tuple[str, str]] = [
            ("Allow actions for ", "bold"),
            (format_span(self.seconds), "bold $accent"),
            ("?", "bold"),
        ]
        if self._guarded:
            style = f"bold $env-{self._guarded}"
            parts += [("    environment: ", "$text-muted"), (self._guarded, style)]
        return Content.assemble(*parts)

    def facts(self) -> Mapping[str, str]:
        """Where, where not, and what comes after it."""
        chosen = [
            f"[{format_span(span)}]" if span == self.seconds else format_span(span) for span in self._spans_s
        ]
        return {
            "for": "   ".join(chosen),
            "on": ", ".join(self._opened),
            "not on": f"{', '.join(self._kept)}: read_only in the config file" if self._kept else "",
            "then": f"read-only again by itself; {self.app.key_told('lock')} locks at once",
        }

    async def action_longer(self) -> None:
        """The next longer span, and after the longest the shortest."""
        await self._choose(1)

    async def action_shorter(self) -> None:
        """The next shorter span, and after the shortest the longest."""
        await self._choose(-1)

    async def _choose(self, step: int) -> None:
        self.seconds = self._next(step)
        await self.ask_again()

    def _next(self, step: int) -> float:
        return self._spans_s[(self._spans_s.index(self.seconds) + step) % len(self._spans_s)]
