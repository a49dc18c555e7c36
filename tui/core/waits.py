"""How long the program waits for its user where that is a matter of safety."""

from __future__ import annotations

from typing import NamedTuple

from tui.core.duration import span_s


class Wait(NamedTuple):
    """A span that the config may set, in seconds."""

    least: float
    """The shortest."""
    usual: float
    """What it is when the config says nothing."""
    most: float
    """The longest."""

    def read(self, value: object) -> float:
        """Seconds of a value of the config.

        Raises:
            ValueError: It is no span, or out of bounds.
        """
        seconds = span_s(value)
        if not self.least <= seconds <= self.most:
            raise ValueError(f"{value!r} is not between {self.least:g} and {self.most:g} seconds")
        return seconds

    def of(self, value: object) -> float:
        """The same; the usual span where the value is wrong."""
        try:
            return self.read(value)
        except ValueError:
            return self.usual


UNLOCKED = Wait(10.0, 600.0, 8 * 3600.0)
"""For how long read-only is lifted: at least to act at all, and at most for a working day."""

UNDO = Wait(0.0, 5.0, 60.0)
"""For how long a stop waits: after a minute nobody expects any more that something is still to be sent."""
