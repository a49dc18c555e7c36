"""Facts that travel up to the screens, each in the past tense."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.errors import NightdeckError
    from tui.core.keys import JobKey
    from tui.engine.engine import Engine


class StoreChanged(Message):
    """The store changed since the last such message; what changed meanwhile is in it, or a piece of it."""

    def __init__(
        self,
        jobs: frozenset[JobKey],
        removed: frozenset[JobKey],
        *,
        is_health: bool,
        is_last: bool = True,
    ) -> None:
        super().__init__()
        self.jobs = jobs
        """Jobs that are new or differ."""
        self.removed = removed
        """Jobs that are gone."""
        self.is_health = is_health
        """Whether a connection's health changed or was confirmed."""
        self.is_last = is_last
        """Whether it is the last piece: then all of it is to be shown."""


class SessionOpened(Message):
    """The config has been read and the pollers run."""

    def __init__(self, engine: Engine, problems: Sequence[str]) -> None:
        super().__init__()
        self.engine = engine
        """What the screens ask from now on."""
        self.problems = problems
        """One line for everything in the config that is wrong."""


class SessionFailed(Message):
    """The config could not be used at all; cached rows stay on the screen."""

    def __init__(self, error: NightdeckError) -> None:
        super().__init__()
        self.error = error
        """What is wrong and what to do."""


class FilterEdited(Message):
    """The text of the filter line changed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        """The whole text as it stands."""


class FilterLeft(Message):
    """The user is done with the filter line."""

    def __init__(self, *, is_kept: bool) -> None:
        super().__init__()
        self.is_kept = is_kept
        """True to keep the filter, False to return to the one before."""
