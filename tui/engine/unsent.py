"""Receipts of actions that never left this machine: refused, taken back, waiting, rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.models import Receipt, ReceiptStatus
from tui.engine.secrecy import mask_text

if TYPE_CHECKING:
    from tui.core.clock import Clock
    from tui.core.models import Action
    from tui.core.redaction import Redactor
    from tui.engine.store import Store
    from tui.engine.undo_window import Held


class Unsent:
    """Makes such receipts, and shows them where that hides nothing that did leave."""

    def __init__(self, store: Store, clock: Clock, redactor: Redactor) -> None:
        self._store = store
        self._clock = clock
        self._redactor = redactor

    def receipt(
        self, request_id: str, action: Action, message: str, status: ReceiptStatus = ReceiptStatus.REFUSED
    ) -> Receipt:
        """The receipt of something that is not sent.

        Args:
            request_id: Ours.
            action: What was asked.
            message: Why it is not sent.
            status: How that is told.
        """
        now = self._clock.now()
        return Receipt(request_id, action, status, now, now, message=mask_text(message, self._redactor))

    def show_waiting(self, request_id: str, action: Action, held: Held) -> None:
        """Tell in the job's row that something waits, and until when."""
        now = self._clock.now()
        self.show(Receipt(request_id, action, ReceiptStatus.WAITING, held.due_at, now))

    def show(self, receipt: Receipt) -> None:
        """Show it in the job's row, unless that would hide a request that did leave."""
        shown = self._store.receipts.get(receipt.action.job)
        if shown is None:
            fits = True
        elif shown.request_id == receipt.request_id:
            fits = shown.status is ReceiptStatus.WAITING
        else:
            fits = shown.status is not ReceiptStatus.UNKNOWN
        if fits:
            self._store.set_receipt(receipt)
