"""What a terminal sends: keys, and the answer to the one question that nightdeck asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import constants
from textual._parser import Read1
from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable

QUESTION = "\x1b[5n"
"""Asks every terminal since the VT100 whether it is well: four bytes, and four in answer."""

ANSWER = "\x1b[0n"
"""That it is. No key sends this, where the answer about the cursor's place is also that of Shift with F3."""

_FAULT = "\x1b[3n"


class TerminalParser(XTermParser):
    """Takes answers out of what is typed, and waits for the rest of a key as long as the line needs."""

    def __init__(self, *, is_debugged: bool = False) -> None:
        """Begin to parse.

        Args:
            is_debugged: Textual's own.
        """
        self.escape_delay_s = constants.ESCAPE_DELAY
        """Seconds after which a lone Esc is taken for the key."""
        self._has_answer = False
        super().__init__(is_debugged)

    def afresh(self) -> TerminalParser:
        """One that has read nothing yet, as patient as this one."""
        parser = TerminalParser()
        parser.escape_delay_s = self.escape_delay_s
        return parser

    def take_answer(self) -> bool:
        """Whether the terminal has answered since this was last asked."""
        has_answer, self._has_answer = self._has_answer, False
        return has_answer

    def read1(self, timeout: float | None = None) -> Read1:  # type: ignore[override] # Textual calls it as such
        """What the parser waits for; each wait for more of a key is as long as the line needs."""
        return Read1(None if timeout is None else self.escape_delay_s)

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:  # noqa: FBT001, FBT002 - Textual's form
        if sequence in (ANSWER, _FAULT):
            self._has_answer = True
            return (Key(Keys.Ignore, sequence),)
        return super()._sequence_to_key_events(sequence, alt)
