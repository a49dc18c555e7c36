"""A terminal behind a slow line: it takes a few bytes at a time, and answers only what it has taken."""

from __future__ import annotations

import os

from tests.support.terminal import Terminal
from tui.ui.terminal_parser import ANSWER, QUESTION


class SlowTerminal(Terminal):
    """Time stands still at it: what arrives when is counted in bytes and in answers, and never in seconds."""

    is_answering = True
    """Whether questions are answered as soon as they are taken."""

    answers = 0
    """How many have been given."""

    @property
    def questions(self) -> int:
        """How many have arrived."""
        return self.raw.count(QUESTION.encode())

    def read(self, timeout: float) -> bool:
        """Take a piece."""
        came = super().read(timeout)
        while self.is_answering and self.answers < self.questions:
            self.answer()
        return came

    def answer(self) -> None:
        """Give one answer."""
        self.answers += 1
        os.write(self._master, ANSWER.encode())

    def settle(self, quiet: float = 0.4) -> None:
        """Take everything until nothing more comes for so long."""
        while self.read(quiet):
            pass
