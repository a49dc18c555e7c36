"""What the terminal writes with: colours and attributes, and the shortest way from one to another."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.color import ColorSystem
    from rich.style import Style

RESET = "\x1b[m"
"""Back to the terminal's own."""

_DEFAULT_FRONT = "39"
_DEFAULT_BACK = "49"
_SEEN_ON_BLANKS = ("4", "7", "9", "21", "53")


class Pen(NamedTuple):
    """What the terminal has been told to write with: SGR parameters, empty for the terminal's own."""

    attributes: str = ""
    front: str = ""
    back: str = ""
    marks_blanks: bool = False

    def sequence_to(self, other: Pen) -> str:
        """The shortest sequence that turns this pen into another; empty when they write alike."""
        anew = ";".join(filter(None, ("0", other.attributes, other.front, other.back)))
        if self.attributes and self.attributes != other.attributes:
            return _sgr(anew)
        changes: list[str] = []
        if other.attributes != self.attributes:
            changes.append(other.attributes)
        if other.front != self.front:
            changes.append(other.front or _DEFAULT_FRONT)
        if other.back != self.back:
            changes.append(other.back or _DEFAULT_BACK)
        return _sgr(min(";".join(changes), anew, key=len)) if changes else ""


def _sgr(parameters: str) -> str:
    return RESET if parameters == "0" else f"\x1b[{parameters}m"


NO_PEN = Pen()
"""The terminal's own."""


@lru_cache(maxsize=4096)
def pen_of(style: Style, system: ColorSystem) -> Pen:
    """The pen of a style on a terminal with these colours."""
    flags = {
        "1": style.bold,
        "2": style.dim,
        "3": style.italic,
        "4": style.underline,
        "5": style.blink,
        "7": style.reverse,
        "8": style.conceal,
        "9": style.strike,
        "21": style.underline2,
        "53": style.overline,
    }
    front = ";".join(style.color.downgrade(system).get_ansi_codes()) if style.color else ""
    back = ";".join(style.bgcolor.downgrade(system).get_ansi_codes(foreground=False)) if style.bgcolor else ""
    return Pen(
        ";".join(code for code, is_set in flags.items() if is_set),
        front,
        back,
        any(flags[code] for code in _SEEN_ON_BLANKS),
    )
