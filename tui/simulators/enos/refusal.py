"""How calls fail: refused by the gateway before the service has seen them, or by the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from tui.simulators.enos.vocabulary import ServiceCode


@dataclass(eq=False)
class Refused(Exception):
    """The service says no."""

    code: int
    """The `code`."""
    text: str
    """The `msg`."""

    @classmethod
    def parameter(cls, text: str = "Incorrect parameter.") -> Self:
        """A parameter is wrong, or names what isn't there."""
        return cls(ServiceCode.WRONG_PARAMETER, text)

    @classmethod
    def privilege(cls) -> Self:
        """The caller may not."""
        return cls(ServiceCode.NO_PRIVILEGE, "User has no privilege.")


@dataclass(eq=False)
class GatewayRefused(Exception):
    """The gateway says no."""

    status: int
    """The number in its answer."""
    text: str
    """The `msg`."""
