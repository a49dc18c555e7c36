"""A dialog that is answered once, however often Enter was pressed before it was gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen

if TYPE_CHECKING:
    from tui.ui.app import NightdeckApp

T = TypeVar("T")


class AnsweredOnce(ModalScreen[T]):
    """Takes the first answer. Keys that were queued behind it answer nothing, and close no other screen."""

    app: NightdeckApp

    def __init__(self) -> None:
        super().__init__()
        self.is_answered = False
        """Whether the answer was given."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close the dialog with its answer, the first time."""
        if self.is_answered:
            return AwaitComplete()
        self.is_answered = True
        return super().dismiss(result)
