"""What goes wrong behind the screen and is but a word in the header: each trouble is told once, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.config.keptfile import set_aside_now
from tui.core.models import HealthStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.core.health import Health
    from tui.engine.engine import Engine

_ILL = (HealthStatus.FAILING, HealthStatus.UNAUTHORIZED, HealthStatus.BROKEN)


class Trouble(NamedTuple):
    """One thing that does not work."""

    source: str
    """What it is about: a connection's name, history, or a file that was set aside."""
    kind: str
    """What makes it another trouble than the one before: an error's text may change with every try."""
    text: str
    """What is wrong, and what to do."""


class Troubles:
    """Remembers what was told already."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def news(self, engine: Engine, known: Iterable[str] = ()) -> list[Trouble]:
        """What has newly gone wrong since the last call.

        Args:
            engine: What may be in trouble.
            known: Texts that the user has read already.
        """
        now = [_of_connection(health) for health in engine.store.health.values() if health.status in _ILL]
        if engine.history.problem:
            now.append(Trouble("history", engine.history.problem, engine.history.problem))
        now += [Trouble(name, text, text) for name, text in set_aside_now().items()]
        told, self._told = self._told, {trouble.source: trouble.kind for trouble in now}
        news = [trouble for trouble in now if told.get(trouble.source) != trouble.kind]
        texts = tuple(known)
        return [trouble for trouble in news if not any(trouble.text in text for text in texts)]


def _of_connection(health: Health) -> Trouble:
    text = f"{health.message} ({health.hint})" if health.hint else health.message
    return Trouble(health.connection, f"{health.status} {health.code}", text)
