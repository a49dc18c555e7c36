"""How the overview tells an action: each step of it with its time, and what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.models import ReceiptStatus
from tui.ui.moments import clock_time
from tui.ui.widgets.cells.message import seconds_left

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from tui.core.models import Receipt, ReceiptStep
    from tui.ui.glyphs import GlyphSet

_WORDS = {ReceiptStatus.WITHDRAWN: "not sent", ReceiptStatus.REHEARSED: "dry run"}
"""Statuses that people know by other words."""


def receipt_lines(receipt: Receipt, now: datetime, zone: tzinfo, glyphs: GlyphSet) -> Sequence[str]:
    """An action in a few words: `rerun: sent 03:12:01 · accepted 03:12:02 · observed running 03:12:09`.

    Args:
        receipt: The newest receipt of the action.
        now: What counts as today.
        zone: In which zone clock times are told.
        glyphs: The signs to draw with.

    Returns:
        The steps, and the message if there is one.
    """
    if receipt.status is ReceiptStatus.WAITING:
        return [f"{receipt.action.kind}: confirmed, and sent in {seconds_left(receipt, now)} s"]
    told = f" {glyphs.dot} ".join(_step(step, receipt, now, zone) for step in receipt.steps)
    return [f"{receipt.action.kind}: {told}", *filter(None, [receipt.message])]


def _step(step: ReceiptStep, receipt: Receipt, now: datetime, zone: tzinfo) -> str:
    state = receipt.observed_state if step.status is ReceiptStatus.OBSERVED else None
    how = f" {state.replace('_', ' ')}" if state is not None else ""
    return f"{_WORDS.get(step.status, step.status)}{how} {clock_time(step.at, now, zone)}"
