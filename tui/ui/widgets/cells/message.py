"""The one line that matters about a job: an action under way, its error, its step, or how it went last."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tui.core.duration import format_age
from tui.core.models import ReceiptStatus
from tui.core.state import State
from tui.ui.widgets.cells.row import STATE_TONES, Tone, age_s
from tui.ui.widgets.cells.text import fit, head, plain, width_of

if TYPE_CHECKING:
    from datetime import datetime

    from tui.core.models import Job, Receipt
    from tui.ui.widgets.cells.row import Cell, Row, Span

_RECEIPT_TONES = {
    ReceiptStatus.SENT: Tone.ACCENT,
    ReceiptStatus.ACCEPTED: Tone.ACCENT,
    ReceiptStatus.OBSERVED: Tone.SUCCEEDED,
    ReceiptStatus.REFUSED: Tone.FAILED,
    ReceiptStatus.UNKNOWN: Tone.WARNING,
    ReceiptStatus.REHEARSED: Tone.WARNING,
    ReceiptStatus.WAITING: Tone.WARNING,
    ReceiptStatus.WITHDRAWN: Tone.MUTED,
}
_TELLING = frozenset({State.FAILED, State.WARNING})
_UNEVENTFUL = frozenset({State.SUCCEEDED, State.NEVER_RUN})


def draw_message(row: Row, width: int) -> Cell:
    """The message, cut to the width; a receipt goes before it, and so does the age of a stale row."""
    spans = _spans(row)
    glyphs = row.look.glyphs
    cell: list[Span] = []
    left = width
    for index, (text, tone) in enumerate(spans):
        clean = plain(text)
        taken = width_of(clean)
        if taken > left or (taken == left and index + 1 < len(spans)):
            cell.append((fit(head(clean, left - 1) + glyphs.ellipsis, left, glyphs.ellipsis), tone))
            return tuple(cell)
        cell.append((clean, tone))
        left -= taken
    cell.append((" " * left, Tone.TEXT))
    return tuple(cell)


def _spans(row: Row) -> list[Span]:
    job = row.job
    separator = f" {row.look.glyphs.dot} "
    spans: list[Span] = []
    if row.receipt is not None:
        spans.append((receipt_text(row, row.receipt), _RECEIPT_TONES[row.receipt.status]))
    if row.is_stale:
        age = format_age(age_s(row, job.observed_at))
        spans.append(("seen now" if age == "now" else f"seen {age} ago", Tone.MUTED))
    if job.substate:
        spans.append((job.substate, STATE_TONES[job.state]))
    told = _told(row)
    if told is not None:
        spans.append(told)
    if len(spans) < 2:
        return spans
    joined = [spans[0]]
    for span in spans[1:]:
        joined += [(separator, Tone.MUTED), span]
    return joined


def _told(row: Row) -> Span | None:
    job = row.job
    message = row.first_error or job.message
    last = job.last_result
    if job.state is State.UNKNOWN and job.native_state:
        return (job.native_state + (f": {job.message}" if job.message else ""), Tone.UNKNOWN)
    if last in _TELLING and not job.state.is_final and not job.state.is_active:
        return (f"last: {last.value}" + (f", {message}" if message else ""), Tone.MUTED)
    if message:
        return (message, Tone.TEXT if job.state not in _UNEVENTFUL else Tone.MUTED)
    if job.state is State.FAILED and job.exit_code is not None:
        return (f"exit code {job.exit_code}", Tone.TEXT)
    return None


def seconds_left(receipt: Receipt, now: datetime) -> int:
    """Whole seconds until what waits is sent; the time of a row may be that of a moment ago.

    Args:
        receipt: What waits.
        now: What the row counts from.
    """
    left = min(receipt.sent_at - now, receipt.sent_at - receipt.updated_at)
    return max(0, math.ceil(left.total_seconds()))


def _what_became(job: Job, receipt: Receipt) -> tuple[State | None, datetime]:
    """In which state the action's run was seen last, and since when: it goes on after it was seen first."""
    state = job.state if job.state.is_active or job.state.is_final else job.last_result
    at = job.ended_at if state is not None and state.is_final else job.started_at
    is_its_run = bool(receipt.run_id) and job.run_id == receipt.run_id
    if not is_its_run or state in (None, receipt.observed_state) or at is None or at < receipt.sent_at:
        return receipt.observed_state, receipt.updated_at
    return state, at


def receipt_text(row: Row, receipt: Receipt) -> str:
    """What is known of an action, in a few words: `rerun sent 2s ago`."""
    kind = receipt.action.kind.value
    age = format_age(age_s(row, receipt.updated_at))
    ago = "now" if age == "now" else f"{age} ago"
    match receipt.status:
        case ReceiptStatus.REFUSED:
            return f"{kind} refused" + (f": {receipt.message}" if receipt.message else "")
        case ReceiptStatus.UNKNOWN:
            return f"{kind} sent, outcome unknown {ago}"
        case ReceiptStatus.REHEARSED:
            return f"{kind}: dry run {ago}, not sent"
        case ReceiptStatus.WAITING:
            return f"{kind} is sent in {seconds_left(receipt, row.now)} s"
        case ReceiptStatus.WITHDRAWN:
            return f"{kind} not sent: {receipt.message.partition(':')[0]}"
        case ReceiptStatus.OBSERVED:
            state, at = _what_became(row.job, receipt)
            took = format_age((at - receipt.sent_at).total_seconds())
            return f"{kind}: {state.value if state else 'seen'} after {'1s' if took == 'now' else took}"
        case _:
            return f"{kind} {receipt.status.value} {ago}"
